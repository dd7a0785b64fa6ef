package smtpnotify_test

import (
	"errors"
	"io"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/notify/smtpnotify"
)

const bounced = "inc-1.3/c-1@email"

// returning returns a notifier with a return path for each message, and the
// words that samples of bounces leave open.
func returning(t testing.TB) (n *smtpnotify.Notifier, messageID string, fill *strings.Replacer) {
	t.Helper()
	o := smtpnotify.Options{Keys: [][]byte{key(1), key(2)}, ReturnPath: "bounces@acme.example", VERP: true}
	n = newNotifier(t, "mx.example:587", &o)
	body, err := n.Compose(delivery(bounced))
	require.NoError(t, err)
	m, err := mail.ReadMessage(strings.NewReader(string(body)))
	require.NoError(t, err)
	messageID = m.Header.Get("Message-Id")
	id, _, _ := strings.Cut(strings.Trim(messageID, "<>"), "@")
	o.Keys = [][]byte{key(3)}
	foreign := newNotifier(t, "mx.example:587", &o).Seal(bounced)
	return n, messageID, strings.NewReplacer(
		"{{TOKEN}}", n.Seal(bounced), "{{FOREIGN}}", foreign, "{{MESSAGEID}}", messageID, "{{ID}}", id, "{{UPPERID}}", strings.ToUpper(id))
}

func TestParseBounce(t *testing.T) {
	t.Parallel()
	n, messageID, fill := returning(t)
	b := func(kind smtpnotify.BounceKind, delivery, id string, class notify.Class, status, reason string) smtpnotify.Bounce {
		return smtpnotify.Bounce{Kind: kind, Delivery: delivery, MessageID: id, Class: class, Status: status, Reason: reason}
	}
	want := map[string]smtpnotify.Bounce{
		"postfix":       b(smtpnotify.BounceFailed, bounced, messageID, notify.AddressGone, "5.1.1", "failed, status 5.1.1"),
		"exchange":      b(smtpnotify.BounceFailed, "", messageID, notify.Lasting, "5.2.2", "failed, status 5.2.2"),
		"delayed":       b(smtpnotify.BounceDelayed, bounced, messageID, 0, "4.4.1", "delayed, status 4.4.1"),
		"delivered":     b(smtpnotify.BounceDelivered, bounced, messageID, 0, "2.0.0", "delivered, status 2.0.0"),
		"verp":          b(smtpnotify.BounceFailed, "", messageID, notify.Lasting, "5.4.7", "failed, status 5.4.7"),
		"forwarded":     b(smtpnotify.BounceFailed, bounced, messageID, notify.AddressGone, "5.2.1", "failed, status 5.2.1"),
		"international": b(smtpnotify.BounceFailed, bounced, messageID, notify.AddressGone, "5.1.1", "failed, status 5.1.1"),
		"exim":          b(smtpnotify.BounceFailed, "", messageID, notify.Lasting, "", "it came back without a status"),
		"outofoffice":   b(smtpnotify.BounceAutoReply, "", "", 0, "", "an automatic reply"),
		"vacation":      b(smtpnotify.BounceAutoReply, bounced, messageID, 0, "", "an automatic reply"),
		"person":        b(smtpnotify.BounceOther, "", "", 0, "", "not a report"),
		"read":          b(smtpnotify.BounceOther, "", "", 0, "", "a report that it was read or deleted"),
		"forged":        b(smtpnotify.BounceFailed, "", "", notify.AddressGone, "5.1.1", "failed, status 5.1.1"),
		"truncated":     b(smtpnotify.BounceFailed, bounced, messageID, notify.AddressGone, "5.1.2", "failed, status 5.1.2"),
		"nothing":       b(smtpnotify.BounceOther, "", "", 0, "", "a report that says nothing of what became of the message"),
	}
	files, err := filepath.Glob("testdata/bounces/*.eml")
	require.NoError(t, err)
	require.Len(t, files, len(want))
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".eml")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sample, err := os.ReadFile(file)
			require.NoError(t, err)
			text := fill.Replace(string(sample))
			for how, r := range map[string]io.Reader{
				"line feeds":              strings.NewReader(text),
				"as on the wire":          strings.NewReader(strings.ReplaceAll(text, "\n", "\r\n")),
				"byte by byte":            iotest.OneByteReader(strings.NewReader(text)),
				"from a mailbox file":     strings.NewReader("From MAILER-DAEMON Wed Mar  4 13:31:02 2026\n" + text),
				"with a very long answer": strings.NewReader(text + strings.Repeat("x\n", 600_000)),
			} {
				got, err := n.ParseBounce(r)
				require.NoError(t, err, how)
				assert.Equal(t, want[name], got, how)
			}
		})
	}
}

func TestBouncesOfBeforeTheKeysChanged(t *testing.T) {
	t.Parallel()
	old := newNotifier(t, "mx.example:587", &smtpnotify.Options{Keys: [][]byte{key(2)}})
	n, _, fill := returning(t)
	sample, err := os.ReadFile("testdata/bounces/delayed.eml")
	require.NoError(t, err)
	text := strings.Replace(string(sample), "{{TOKEN}}", old.Seal(bounced), 1)
	b, err := n.ParseBounce(strings.NewReader(text))
	require.NoError(t, err)
	assert.Equal(t, bounced, b.Delivery, "every key opens")

	none := newNotifier(t, "mx.example:587", nil)
	b, err = none.ParseBounce(strings.NewReader(fill.Replace(string(sample))))
	require.NoError(t, err)
	assert.Equal(t, smtpnotify.BounceDelayed, b.Kind)
	assert.Empty(t, b.Delivery, "without keys nothing is sealed or opened")
}

// TestBounceOfAMessageThatWasSent closes the circle with what a server really got.
func TestBounceOfAMessageThatWasSent(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"d-1", bounced, strings.Repeat("long/", 100) + "é\x00"} {
		s := &script{ext: []string{"DSN"}}
		n := s.notifier(t, func(o *smtpnotify.Options) { o.Keys = [][]byte{key(1)} })
		receipt, err := n.Notify(t.Context(), delivery(id))
		require.NoError(t, err)
		head, _, _ := strings.Cut(s.taken()[0], "\r\n\r\n")
		report := "From: MAILER-DAEMON@mx.example\r\nContent-Type: multipart/report; boundary=b\r\n\r\n" +
			"--b\r\nContent-Type: message/delivery-status\r\n\r\nAction: failed\r\nStatus: 5.0.0\r\n\r\n" +
			"--b\r\nContent-Type: text/rfc822-headers\r\n\r\n" + head + "\r\n\r\n--b--\r\n"
		b, err := n.ParseBounce(strings.NewReader(report))
		require.NoError(t, err)
		assert.Equal(t, smtpnotify.Bounce{
			Kind: smtpnotify.BounceFailed, Delivery: id, MessageID: receipt.ProviderID, Class: notify.Lasting, Status: "5.0.0", Reason: "failed, status 5.0.0",
		}, b)

		_, envid, _ := strings.Cut(s.seen("MAIL")[0], "ENVID=")
		report = "From: x\n" + "Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\nOriginal-Envelope-Id: " + envid + "\nAction: failed\nStatus: 5.0.0\n"
		b, err = n.ParseBounce(strings.NewReader(report))
		require.NoError(t, err)
		assert.Equal(t, receipt.ProviderID, b.MessageID, "the envelope ID alone")
		assert.Equal(t, len(id) < 40, b.Delivery == id)
	}
}

func TestParseBounceFails(t *testing.T) {
	t.Parallel()
	n, _, _ := returning(t)
	for name, text := range map[string]string{"nothing": "", "empty lines": "\n\n\n", "no field": "hello\nworld\n", "binary": "\x00\xff\x01"} {
		_, err := n.ParseBounce(strings.NewReader(text))
		assert.ErrorIs(t, err, smtpnotify.ErrNotMail, name)
	}
	broken := errors.New("the disk is gone")
	_, err := n.ParseBounce(iotest.ErrReader(broken))
	require.ErrorIs(t, err, broken)
	_, err = n.ParseBounce(io.MultiReader(strings.NewReader("From: x\nContent-Type: multipart/report; boundary=b\n\n--b\n"), iotest.ErrReader(broken)))
	require.ErrorIs(t, err, broken)
}

// endless is a message that never ends, and counts what was read of it.
type endless struct {
	head string
	fill string
	read int
}

func (e *endless) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		if e.head == "" {
			e.head = e.fill
		}
		m := copy(p[n:], e.head)
		e.head = e.head[m:]
		n += m
	}
	e.read += n
	return n, nil
}

func TestParseBounceIsBounded(t *testing.T) {
	t.Parallel()
	n, _, _ := returning(t)
	const report = "From: x\nContent-Type: multipart/report; boundary=b\n\n"
	for name, e := range map[string]*endless{
		"a header":       {head: "From: x\n", fill: "X: y\n"},
		"a field":        {head: "From: x\nX:", fill: " y\n"},
		"a line":         {head: "From: ", fill: "xxxxxxxx"},
		"parts":          {head: report, fill: "--b\n\n\n"},
		"groups":         {head: report + "--b\nContent-Type: message/delivery-status\n\n", fill: "Action: failed\nStatus: 5.1.1\n\n"},
		"a part's field": {head: report + "--b\nX: ", fill: "y\n "},
		"a body":         {head: report, fill: "text\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := n.ParseBounce(e)
			if err != nil {
				require.ErrorIs(t, err, smtpnotify.ErrNotMail)
			}
			assert.LessOrEqual(t, e.read, 1<<20)
		})
	}
}

// FuzzParseBounce checks that strangers can name no delivery, and that nothing of what they write gets out.
func FuzzParseBounce(f *testing.F) {
	n, messageID, fill := returning(f)
	files, err := filepath.Glob("testdata/bounces/*.eml")
	require.NoError(f, err)
	for _, file := range files {
		sample, err := os.ReadFile(file)
		require.NoError(f, err)
		f.Add(strings.NewReplacer("{{TOKEN}}", "{{FOREIGN}}").Replace(string(sample)))
	}
	f.Fuzz(func(t *testing.T, text string) {
		b, err := n.ParseBounce(strings.NewReader(fill.Replace(text)))
		if err != nil {
			if !errors.Is(err, smtpnotify.ErrNotMail) || b != (smtpnotify.Bounce{}) {
				t.Fatalf("%v, %+v", err, b)
			}
			return
		}
		if b.Delivery != "" && !strings.Contains(text, "{{TOKEN}}") {
			t.Fatalf("a delivery was named without its token: %+v", b)
		}
		if strings.ContainsAny(b.Reason+b.Status, "@<>\r\n") || len(b.Reason) > 100 || len(b.Status) > 9 {
			t.Fatalf("more than codes got out: %+v", b)
		}
		if b.MessageID != "" && len(b.MessageID) != len(messageID) {
			t.Fatalf("not a message ID of ours: %+v", b)
		}
		if (b.Kind == smtpnotify.BounceFailed) != (b.Class == notify.Lasting || b.Class == notify.AddressGone) {
			t.Fatalf("a class that does not fit: %+v", b)
		}
	})
}
