package smtpnotify_test

import (
	"encoding/json"
	"flag"
	"mime"
	"net/mail"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/notify/smtpnotify"
)

var update = flag.Bool("update", false, "write what messages look like now to testdata")

// composed returns a message as it would be sent.
func composed(t testing.TB, d *notify.Delivery, o *smtpnotify.Options) string {
	t.Helper()
	body, err := newNotifier(t, "mx.example:587", o).Compose(d)
	require.NoError(t, err)
	return string(body)
}

// fixed hides what differs from one message to the next.
func fixed(message string) string {
	if m := regexp.MustCompile(`boundary=(\S+)`).FindStringSubmatch(message); m != nil {
		message = strings.ReplaceAll(message, m[1], "BOUNDARY")
	}
	return regexp.MustCompile(`Amends-Delivery: \S+(\r\n \S+| \S+)*`).ReplaceAllString(message, "Amends-Delivery: TOKEN")
}

func TestGolden(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 4, 13, 30, 0, 0, time.FixedZone("", 3600))
	first := delivery("inc-1.3/c-1@email")
	first.Message.HTML = "<p>Restores fail since 13:30.<br>Your backups are intact.</p>\n"
	first.Message.From, first.Message.ReplyTo = "Ada Example", "Support <help@acme.example>"
	first.Message.Unsubscribe = "https://acme.example/unsubscribe/abc"

	later := delivery("inc-1.4/c-1@email")
	later.To.Name = "Björn Beispiel"
	later.Message.Locale, later.Message.Subject = "de", "Wiederherstellen schlägt fehl: die Ursache, was wir tun, und wann Sie wieder von uns hören"
	later.Message.Text = "Grüße,\nAda\n"
	later.Prior = &notify.Receipt{
		ProviderID: "<aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@acme.example>",
		Ref:        map[string]string{"root": "<thread.bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb@acme.example>"},
	}

	ack := delivery("ack:r-1/c-1@email")
	ack.Message.Kind, ack.Message.Thread = notify.KindAcknowledgement, ""

	for _, c := range []struct {
		name string
		d    *notify.Delivery
		o    smtpnotify.Options
	}{
		{"first", first, smtpnotify.Options{ListID: "Acme status <status.acme.example>"}},
		{"later", later, smtpnotify.Options{Keys: [][]byte{key(1)}, Domain: "mail.acme.example"}},
		{"acknowledgement", ack, smtpnotify.Options{ReturnPath: "bounces@acme.example"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.o.Now = func() time.Time { return at }
			got := strings.ReplaceAll(fixed(composed(t, c.d, &c.o)), "\r\n", "\n")
			file := filepath.Join("testdata", c.name+".golden")
			if *update {
				require.NoError(t, os.WriteFile(file, []byte(got), 0o600))
			}
			want, err := os.ReadFile(file)
			require.NoError(t, err)
			assert.Equal(t, string(want), got)
		})
	}
}

func header(t testing.TB, d *notify.Delivery, o *smtpnotify.Options) mail.Header {
	t.Helper()
	m, err := mail.ReadMessage(strings.NewReader(composed(t, d, o)))
	require.NoError(t, err)
	return m.Header
}

func words(t testing.TB, s string) string {
	t.Helper()
	text, err := new(mime.WordDecoder).DecodeHeader(s)
	require.NoError(t, err)
	return text
}

func TestThreads(t *testing.T) {
	t.Parallel()
	s := &script{}
	n := s.notifier(t, func(o *smtpnotify.Options) { o.Keys = [][]byte{key(1)} })
	send := func(id, thread string, prior *notify.Receipt) (notify.Receipt, mail.Header) {
		d := delivery(id)
		d.Message.Thread, d.Prior = thread, prior
		r, err := n.Notify(t.Context(), d)
		require.NoError(t, err)
		m, err := mail.ReadMessage(strings.NewReader(s.taken()[len(s.taken())-1]))
		require.NoError(t, err)
		return r, m.Header
	}
	stored := func(r notify.Receipt) *notify.Receipt {
		text, err := json.Marshal(r)
		require.NoError(t, err)
		assert.Less(t, len(text), 250, "a receipt is small")
		var back notify.Receipt
		require.NoError(t, json.Unmarshal(text, &back))
		return &back
	}
	one, h1 := send("d-1", "inc-1", nil)
	root := one.Ref["root"]
	assert.Equal(t, one.ProviderID, h1.Get("Message-Id"))
	assert.Equal(t, root, h1.Get("References"), "the first refers to a message that never was")
	assert.Equal(t, root, h1.Get("In-Reply-To"))

	two, h2 := send("d-2", "inc-1", stored(one))
	assert.Equal(t, one.ProviderID, h2.Get("In-Reply-To"))
	assert.Equal(t, root+" "+one.ProviderID, h2.Get("References"))
	assert.Equal(t, root, two.Ref["root"])

	_, h3 := send("d-3", "inc-1", nil)
	assert.Equal(t, root, h3.Get("References"), "another recipient's, or one whose receipt was lost")

	again, h1again := send("d-1", "inc-1", nil)
	assert.Equal(t, one, again, "the same on every attempt")
	assert.Equal(t, h1.Get("Message-Id"), h1again.Get("Message-Id"))

	_, other := send("d-4", "inc-2", nil)
	assert.NotEqual(t, root, other.Get("References"))
	alone, h := send("d-5", "", nil)
	assert.Empty(t, h.Get("References"))
	assert.Empty(t, alone.Ref)

	_, h = send("d-6", "inc-1", &notify.Receipt{ProviderID: "1234.5678", Ref: map[string]string{"ts": "x", "root": "<a@b>\r\nBcc: eve@example.org"}})
	assert.Equal(t, root, h.Get("References"), "what another adapter kept, or somebody changed, is no reference")
	assert.Empty(t, h.Get("Bcc"))
}

func TestMessageIDsShowNothing(t *testing.T) {
	t.Parallel()
	id := "inc-7~customer-4711.3/anna.meier@email"
	d := delivery(id)
	d.Message.Thread = "inc-7~customer-4711"
	seen := map[string]bool{}
	for _, o := range []*smtpnotify.Options{nil, {Keys: [][]byte{key(1)}}, {Keys: [][]byte{key(2)}}, {Domain: "MAIL.acme.example"}} {
		text := composed(t, d, o)
		assert.NotContains(t, text, "4711")
		assert.NotContains(t, text, "anna")
		assert.NotContains(t, text, "inc-7")
		m, err := mail.ReadMessage(strings.NewReader(text))
		require.NoError(t, err)
		assert.Regexp(t, `^<[a-z2-7]{32}@(mail\.)?acme\.example>$`, m.Header.Get("Message-Id"))
		seen[m.Header.Get("Message-Id")] = true
	}
	assert.Len(t, seen, 4, "who knows neither key nor delivery can compute none")
}

func TestWhoWritesToWhom(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, from, person, want string }{
		{"the house alone", "Acme <support@acme.example>", "", `Acme`},
		{"a person of the house", "Acme <support@acme.example>", "Ada", `Ada, Acme`},
		{"a person who is the house", "Acme <support@acme.example>", "Acme", `Acme`},
		{"a person who says the house", "Acme <support@acme.example>", "Ada, Acme", `Ada, Acme`},
		{"no house", "support@acme.example", "Ada", `Ada`},
		{"nobody", "support@acme.example", "", ``},
		{"quotes", "Acme <support@acme.example>", `Ada "Countess" Example`, `Ada "Countess" Example, Acme`},
		{"foreign letters", "Äcme <support@acme.example>", "Åsa", `Åsa, Äcme`},
		{"an address for a name", "Acme <support@acme.example>", "boss@bank.example", `boss@bank.example, Acme`},
		{"line breaks", "Acme <support@acme.example>", "Ada\r\nBcc: eve@example.org", `Ada Bcc: eve@example.org, Acme`},
		{"another direction of writing", "Acme <support@acme.example>", "Ada\u202E elpmaxE\u2066", `Ada elpmaxE, Acme`},
		{"what is not UTF-8", "Acme <support@acme.example>", "Ada\xff", "Ada\uFFFD, Acme"},
		{"a very long name", "Acme <support@acme.example>", strings.Repeat("Ada ", 500), strings.TrimSpace(strings.Repeat("Ada ", 30)[:119]) + "…, Acme"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			n, err := smtpnotify.New("mx.example:587", c.from, nil)
			require.NoError(t, err)
			d := delivery("d-1")
			d.Message.From = c.person
			body, err := n.Compose(d)
			require.NoError(t, err)
			m, err := mail.ReadMessage(strings.NewReader(string(body)))
			require.NoError(t, err)
			got, err := mail.ParseAddress(m.Header.Get("From"))
			require.NoError(t, err)
			assert.Equal(t, c.want, got.Name)
			assert.Equal(t, "support@acme.example", got.Address)
			to, err := mail.ParseAddress(m.Header.Get("To"))
			require.NoError(t, err)
			assert.Equal(t, &mail.Address{Name: "Bert Example", Address: "bert@customer.example"}, to)
		})
	}
}

func TestFields(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		change func(*notify.Message)
		field  string
		want   string
	}{
		{"an update is generated", func(*notify.Message) {}, "Auto-Submitted", "auto-generated"},
		{"an acknowledgement replies", func(m *notify.Message) { m.Kind = notify.KindAcknowledgement }, "Auto-Submitted", "auto-replied"},
		{"so does that of a reply", func(m *notify.Message) { m.Kind = notify.KindReplyAcknowledgement }, "Auto-Submitted", "auto-replied"},
		{"an answer is a person's", func(m *notify.Message) { m.Kind = notify.KindAnswer }, "Auto-Submitted", ""},
		{"no automatic replies, but reports of failure", func(*notify.Message) {}, "X-Auto-Response-Suppress", "DR, RN, NRN, OOF, AutoReply"},
		{"leaving", func(m *notify.Message) { m.Unsubscribe = "https://acme.example/u/1?a=b" }, "List-Unsubscribe", "<https://acme.example/u/1?a=b>"},
		{"at one click", func(m *notify.Message) { m.Unsubscribe = "https://acme.example/u/1" }, "List-Unsubscribe-Post", "List-Unsubscribe=One-Click"},
		{"leaving by http", func(m *notify.Message) { m.Unsubscribe = "http://acme.example/u/1" }, "List-Unsubscribe", ""},
		{"and not at one click", func(m *notify.Message) { m.Unsubscribe = "mailto:leave@acme.example" }, "List-Unsubscribe-Post", ""},
		{"nothing to leave", func(*notify.Message) {}, "List-Unsubscribe-Post", ""},
		{"language", func(m *notify.Message) { m.Locale = "de-AT" }, "Content-Language", "de-AT"},
		{"what is no language", func(m *notify.Message) { m.Locale = "de\r\nBcc: x" }, "Content-Language", ""},
		{"answers", func(m *notify.Message) { m.ReplyTo = "help@acme.example" }, "Reply-To", "<help@acme.example>"},
		{"no list", func(*notify.Message) {}, "List-Id", ""},
		{"nothing about the program", func(*notify.Message) {}, "User-Agent", ""},
		{"a subject of many lines", func(m *notify.Message) { m.Subject = "a\r\n b\u2028c\x00d\te" }, "Subject", "a b cd e"},
		{"no subject", func(m *notify.Message) { m.Subject = "" }, "Subject", ""},
		{"a subject that turns", func(m *notify.Message) { m.Subject = "exe\u202Egpj" }, "Subject", "exegpj"},
		{"a very long subject", func(m *notify.Message) { m.Subject = strings.Repeat("ü", 5000) }, "Subject", strings.Repeat("ü", 399) + "…"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := delivery("d-1")
			c.change(d.Message)
			h := header(t, d, nil)
			assert.Equal(t, c.want, words(t, h.Get(c.field)))
			assert.Empty(t, h.Get("Bcc"))
		})
	}
}

func TestRefusedBeforeAnythingIsSent(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		change func(*notify.Delivery)
		want   notify.Class
	}{
		{"no address", func(d *notify.Delivery) { d.To.Address = "" }, notify.AddressGone},
		{"two addresses", func(d *notify.Delivery) { d.To.Address = "bert@customer.example,eve@customer.example" }, notify.AddressGone},
		{"a name beside the address", func(d *notify.Delivery) { d.To.Address = "Bert <bert@customer.example>" }, notify.AddressGone},
		{"a line break in the address", func(d *notify.Delivery) { d.To.Address = "bert@customer.example\r\nRCPT TO:<eve@customer.example>" }, notify.AddressGone},
		{"no ID", func(d *notify.Delivery) { d.ID = "" }, notify.Lasting},
		{"no message", func(d *notify.Delivery) { d.Message = nil }, notify.Lasting},
		{"an address for answers that is none", func(d *notify.Delivery) { d.Message.ReplyTo = "help" }, notify.Lasting},
		{"two addresses for answers", func(d *notify.Delivery) { d.Message.ReplyTo = "a@acme.example, b@acme.example" }, notify.Lasting},
		{"a line break in them", func(d *notify.Delivery) { d.Message.ReplyTo = "a@acme.example\r\nBcc: eve@customer.example" }, notify.Lasting},
		{"a line break in the link", func(d *notify.Delivery) { d.Message.Unsubscribe = "https://acme.example/\r\nBcc: eve@customer.example" }, notify.Lasting},
		{"two links", func(d *notify.Delivery) { d.Message.Unsubscribe = "https://acme.example/>,<https://eve.example/" }, notify.Lasting},
		{"a very long link", func(d *notify.Delivery) { d.Message.Unsubscribe = "https://acme.example/" + strings.Repeat("x", 900) }, notify.Lasting},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := &script{}
			n := s.notifier(t, nil)
			d := delivery("d-1")
			c.change(d)
			_, err := n.Notify(t.Context(), d)
			class, _ := classOf(t, err)
			assert.Equal(t, c.want, class)
			assert.Zero(t, s.dialled())
		})
	}
}

func TestMailbox(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", 64)
	for _, ok := range []string{
		"ada@example.com", "a.d.a@example.co.uk", "ada+tag@example.com", "!#$%&'*+-/=?^_`{|}~@example.com", "ada@localhost", "ada@xn--krper-jua.example",
		"jörg@körper.example", "用户@例子.example", long + "@example.com",
	} {
		got, err := smtpnotify.ParseMailbox(ok)
		require.NoError(t, err, ok)
		assert.Equal(t, ok, got)
	}
	for _, bad := range []string{
		"", "@", "ada", "ada@", "@example.com", "ada@@example.com", "a@b@example.com", ".ada@example.com", "ada.@example.com", "a..da@example.com",
		"ada@example..com", "ada@.example.com", "ada@example.com.", "ada@-example.com", "ada@example-.com", "ada@exa_mple.com", "ada@[192.0.2.1]",
		`"ada"@example.com`, "ada @example.com", "ada@example.com ", "ada@exam ple.com", "Ada <ada@example.com>", "<ada@example.com>", "ada@example.com,bert@example.com",
		"ada@example.com;bert@example.com", "ada(comment)@example.com", "ada@example.com\n", "ada\x00@example.com", "ada\u202E@example.com", "ada\u200B@example.com",
		"ada@example\u3002com", "ada\xff@example.com", "a\u00a0da@example.com", long + "a@example.com", "ada@" + long + ".example", "ada@" + strings.Repeat("a.", 130) + "example",
	} {
		_, err := smtpnotify.ParseMailbox(bad)
		assert.Error(t, err, "%q", bad)
	}
}

// FuzzMailbox checks that what is taken for a mailbox is one for everybody, and cannot leave its place in a command.
func FuzzMailbox(f *testing.F) {
	for _, s := range []string{"ada@example.com", "ada@example.com>", "ada@example.com\r\nDATA", `"a b"@c`, "jörg@körper.example", "a@b,c@d"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := smtpnotify.ParseMailbox(s)
		if err != nil {
			return
		}
		if got != s || strings.ContainsAny(s, " \t\r\n<>,;:\"()\\[]") {
			t.Fatalf("%q was taken", s)
		}
		a, err := mail.ParseAddress(s)
		if err != nil || a.Address != s || a.Name != "" {
			t.Fatalf("%q is no address to others: %v", s, err)
		}
	})
}

// FuzzNothingOfOthersBecomesAField checks that whatever texts hold, a message has the fields that it should have and no other.
func FuzzNothingOfOthersBecomesAField(f *testing.F) {
	f.Add("Bert\r\nBcc: eve@example.org", "Subject\nX: y", "inc\r\n\r\nbody", "Ada\rX: y", "de\nX: y", "https://acme.example/\nX: y", "text\n.\nQUIT\n")
	f.Add("=?UTF-8?Q?a=0D=0AX:_y?=", "\u2028X: y", "<a@b>", strings.Repeat("x", 3000), "en", "https://acme.example/?q=%0d%0aX:y", "--b\nX: y")
	f.Add("\x85X: y", "\u202Ex", "", "\"\\\"", "", "HTTPS://a", "\xff")
	n, err := smtpnotify.New("mx.example:587", from, &smtpnotify.Options{Keys: [][]byte{key(1)}, ListID: "status.acme.example"})
	require.NoError(f, err)
	known := []string{
		"Amends-Delivery", "Auto-Submitted", "Content-Language", "Content-Transfer-Encoding", "Content-Type", "Date", "From", "In-Reply-To", "List-Id", "List-Unsubscribe",
		"List-Unsubscribe-Post", "Message-Id", "Mime-Version", "References", "Subject", "To", "X-Auto-Response-Suppress",
	}
	f.Fuzz(func(t *testing.T, name, subject, thread, person, locale, leave, text string) {
		d := delivery("d-" + thread)
		d.To.Name = name
		d.Message.Subject, d.Message.Thread, d.Message.From, d.Message.Locale = subject, thread, person, locale
		d.Message.Unsubscribe, d.Message.Text = leave, text
		body, err := n.Compose(d)
		if err != nil {
			if class, _ := notify.Classify(err); class != notify.Lasting {
				t.Fatalf("%v", err)
			}
			return
		}
		head, _, _ := strings.Cut(string(body), "\r\n\r\n")
		for line := range strings.SplitSeq(head, "\r\n") {
			if strings.ContainsAny(line, "\r\n\x00") || len(line) > 998 || strings.Trim(line, " ") == "" || strings.ContainsFunc(line, func(r rune) bool { return r > '~' }) {
				t.Fatalf("a line of the header: %q", line)
			}
		}
		m, err := mail.ReadMessage(strings.NewReader(string(body)))
		if err != nil {
			t.Fatal(err)
		}
		for field, values := range m.Header {
			if !slices.Contains(known, field) || len(values) != 1 {
				t.Fatalf("field %s: %q", field, values)
			}
		}
		for _, field := range []string{"From", "To"} {
			if list, err := m.Header.AddressList(field); err != nil || len(list) != 1 {
				t.Fatalf("%s is %q: %v", field, m.Header.Get(field), err)
			}
		}
	})
}
