package smtpnotify_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-smtp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/notify/notifytest"
	"github.com/amends-dev/amends/notify/smtpnotify"
)

// read parses a message as a mail program does: its header, and its texts by media type.
func read(t testing.TB, data string) (mail.Header, map[string]string) {
	t.Helper()
	m, err := mail.ReadMessage(strings.NewReader(data))
	require.NoError(t, err)
	texts := map[string]string{}
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	require.NoError(t, err)
	if !strings.HasPrefix(kind, "multipart/") {
		texts[kind] = decode(t, m.Header.Get("Content-Transfer-Encoding"), m.Body)
		assert.Equal(t, "UTF-8", params["charset"])
		return m.Header, texts
	}
	assert.Equal(t, "multipart/alternative", kind)
	r := multipart.NewReader(m.Body, params["boundary"])
	for {
		p, err := r.NextRawPart()
		if errors.Is(err, io.EOF) {
			return m.Header, texts
		}
		require.NoError(t, err)
		kind, params, err := mime.ParseMediaType(p.Header.Get("Content-Type"))
		require.NoError(t, err)
		assert.Equal(t, "UTF-8", params["charset"])
		texts[kind] = decode(t, p.Header.Get("Content-Transfer-Encoding"), p)
	}
}

func decode(t testing.TB, encoding string, r io.Reader) string {
	t.Helper()
	switch encoding {
	case "base64":
		r = base64.NewDecoder(base64.StdEncoding, r)
	case "quoted-printable":
		r = quotedprintable.NewReader(r)
	}
	text, err := io.ReadAll(r)
	require.NoError(t, err)
	return strings.ReplaceAll(string(text), "\r\n", "\n")
}

func TestConforms(t *testing.T) {
	t.Parallel()
	notifytest.TestNotifier(t, func(t *testing.T) notifytest.Harness {
		t.Helper()
		s := newServer(t, serverOptions{})
		refuse := func(code int, enhanced smtp.EnhancedCode) error {
			return &smtp.SMTPError{Code: code, EnhancedCode: enhanced, Message: "<bert@customer.example>: not with Bert Example"}
		}
		return notifytest.Harness{
			Notifier:     s.dial(t, nil),
			To:           delivery("").To,
			MayDuplicate: true, // SMTP has no idempotency key
			Delivered: func() []notifytest.Received {
				var out []notifytest.Received
				for _, a := range s.arrivals() {
					header, texts := read(t, a.Data)
					out = append(out, notifytest.Received{ID: header.Get("Message-Id"), Text: texts["text/plain"]})
				}
				return out
			},
			Fault: func(kind notifytest.FaultKind) bool {
				s.fail(map[notifytest.FaultKind]trouble{
					notifytest.FaultTemporary:     {step: "rcpt", err: refuse(451, smtp.EnhancedCode{4, 3, 0})},
					notifytest.FaultThrottled:     {step: "mail", err: refuse(450, smtp.EnhancedCode{4, 7, 1})},
					notifytest.FaultUncertain:     {step: "data", drop: true},
					notifytest.FaultLasting:       {step: "data", err: refuse(554, smtp.EnhancedCode{5, 6, 0})},
					notifytest.FaultGone:          {step: "rcpt", err: refuse(550, smtp.EnhancedCode{5, 1, 1})},
					notifytest.FaultMisconfigured: {step: "mail", err: refuse(550, smtp.EnhancedCode{5, 7, 1})},
					notifytest.FaultBlocked:       {step: "data", block: true},
				}[kind])
				return true
			},
		}
	})
}

func TestMessageArrivesAsItIs(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, text, html string
	}{
		{"text", "Restores fail.\n\nYour backups are intact.", ""},
		{"text and HTML", "Restores fail.", "<p>Restores fail.</p>"},
		{"HTML alone", "", "<p>Restores fail.</p>"},
		{"empty", "", ""},
		{"dots and From at the beginnings of lines", ".\n..\n.hidden\nFrom here\n", ""},
		{"German", "Grüße aus Köln: 12,50 €\n", "<p>Grüße aus Köln</p>\n"},
		{"Japanese", "復元に失敗しています。\n", ""},
		{"a line of 5000 characters", strings.Repeat("x", 5000), ""},
		{"100 kB", strings.Repeat("The quick brown fox. äöü €\n", 4000), strings.Repeat("<p>äöü</p>\n", 9000)},
		{"what looks like a boundary", "--boundary--\n--\n=_\n", "<p>--</p>"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, serverOptions{})
			d := delivery("d-1")
			d.Message.Text, d.Message.HTML = c.text, c.html
			_, err := s.dial(t, nil).Notify(t.Context(), d)
			require.NoError(t, err)
			got := s.arrivals()
			require.Len(t, got, 1)
			assert.Equal(t, "support@acme.example", got[0].From)
			assert.Equal(t, []string{"bert@customer.example"}, got[0].To)
			for line := range strings.SplitSeq(got[0].Data, "\r\n") {
				require.LessOrEqual(t, len(line), 998, "RFC 5322 section 2.1.1")
			}
			assert.NotContains(t, strings.ReplaceAll(got[0].Data, "\r\n", ""), "\n", "lines end with both")
			_, texts := read(t, got[0].Data)
			if c.text == "" || c.html == "" { // SMTP ends a message with a line feed
				assert.Equal(t, strings.TrimSuffix(c.text+c.html, "\n"), strings.TrimSuffix(texts["text/plain"]+texts["text/html"], "\n"))
				return
			}
			assert.Equal(t, c.text, texts["text/plain"])
			assert.Equal(t, c.html, texts["text/html"])
		})
	}
}

func TestOneMessageForEachRecipient(t *testing.T) {
	t.Parallel()
	s := newServer(t, serverOptions{smtp: func(s *smtp.Server) { s.MaxRecipients = 1 }})
	n := s.dial(t, nil)
	for i := range 3 {
		d := delivery(fmt.Sprintf("d-%d", i))
		d.To.Address = fmt.Sprintf("person-%d@customer.example", i)
		_, err := n.Notify(t.Context(), d)
		require.NoError(t, err)
	}
	for i, a := range s.arrivals() {
		assert.Equal(t, []string{fmt.Sprintf("person-%d@customer.example", i)}, a.To)
		for j := range 3 {
			assert.Equal(t, i == j, strings.Contains(a.Data, fmt.Sprintf("person-%d@", j)), "nobody sees another's address")
		}
	}
}

func TestConnectionsAreReusedWithinTheirBounds(t *testing.T) {
	t.Parallel()
	t.Run("one after another", func(t *testing.T) {
		t.Parallel()
		s := newServer(t, serverOptions{})
		n := s.dial(t, nil)
		for i := range 20 {
			_, err := n.Notify(t.Context(), delivery(fmt.Sprintf("d-%d", i)))
			require.NoError(t, err)
		}
		accepted, _ := s.counts()
		assert.Equal(t, 1, accepted)
		assert.Len(t, s.arrivals(), 20)
	})
	t.Run("so many messages each", func(t *testing.T) {
		t.Parallel()
		s := newServer(t, serverOptions{})
		n := s.dial(t, func(o *smtpnotify.Options) { o.Messages = 3 })
		for i := range 10 {
			_, err := n.Notify(t.Context(), delivery(fmt.Sprintf("d-%d", i)))
			require.NoError(t, err)
		}
		accepted, _ := s.counts()
		assert.Equal(t, 4, accepted)
	})
	t.Run("64 at once", func(t *testing.T) {
		t.Parallel()
		s := newServer(t, serverOptions{})
		n := s.dial(t, func(o *smtpnotify.Options) { o.Connections = 4 })
		var wg sync.WaitGroup
		for i := range 64 {
			wg.Go(func() {
				d := delivery(fmt.Sprintf("d-%d", i))
				d.Message.Text = fmt.Sprintf("number %d.", i)
				_, err := n.Notify(t.Context(), d)
				assert.NoError(t, err)
			})
		}
		wg.Wait()
		accepted, most := s.counts()
		assert.LessOrEqual(t, most, 4)
		assert.LessOrEqual(t, accepted, 4, "none was opened in place of another")
		texts := map[string]bool{}
		for _, a := range s.arrivals() {
			_, text := read(t, a.Data)
			texts[text["text/plain"]] = true
		}
		assert.Len(t, texts, 64, "each arrived, none was mixed up")
	})
	t.Run("after a refusal", func(t *testing.T) {
		t.Parallel()
		s := newServer(t, serverOptions{})
		n := s.dial(t, nil)
		for _, step := range []string{"mail", "rcpt", "data"} {
			s.fail(trouble{step: step, err: &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "no"}})
			_, err := n.Notify(t.Context(), delivery("d-1"))
			require.Error(t, err)
			_, err = n.Notify(t.Context(), delivery("d-1"))
			require.NoError(t, err)
		}
		accepted, _ := s.counts()
		assert.Equal(t, 1, accepted)
	})
}

func TestClose(t *testing.T) {
	t.Parallel()
	s := &script{}
	n := s.notifier(t, nil)
	_, err := n.Notify(t.Context(), delivery("d-1"))
	require.NoError(t, err)
	require.NoError(t, n.Close())
	assert.Len(t, s.seen("QUIT"), 1, "it ends what is idle, in order")
	require.NoError(t, n.Close(), "a repeat does nothing")
	_, err = n.Notify(t.Context(), delivery("d-2"))
	require.ErrorIs(t, err, smtpnotify.ErrClosed)
	class, _ := notify.Classify(err)
	assert.Equal(t, notify.Temporary, class, "another process may send it")
}

func TestCheck(t *testing.T) {
	t.Parallel()
	s := &script{replies: map[string][]string{"RCPT": {"", "554 5.7.1 <ada@elsewhere.example>: Relay access denied"}}}
	n := s.notifier(t, nil)
	require.NoError(t, n.Check(t.Context(), "ada@elsewhere.example"))
	err := n.Check(t.Context(), "ada@elsewhere.example")
	require.ErrorContains(t, err, "554 5.7.1: smtpnotify: RCPT")
	require.ErrorContains(t, n.Check(t.Context(), "ada"), "not the address of one mailbox")
	_, err = n.Notify(t.Context(), delivery("d-1"))
	require.NoError(t, err)
	assert.Equal(t, 1, s.dialled(), "it leaves the connection ready for messages")
	assert.Len(t, s.taken(), 1, "and sends none of its own")
}

func TestExtensions(t *testing.T) {
	t.Parallel()
	t.Run("reports of delivery", func(t *testing.T) {
		t.Parallel()
		s := newServer(t, serverOptions{smtp: func(s *smtp.Server) { s.EnableDSN = true }})
		for _, success := range []bool{false, true} {
			n := s.dial(t, func(o *smtpnotify.Options) { o.Keys, o.Success = [][]byte{key(1)}, success })
			_, err := n.Notify(t.Context(), delivery("d-1"))
			require.NoError(t, err)
		}
		got := s.arrivals()
		require.Len(t, got, 2)
		assert.Equal(t, smtp.DSNReturnHeaders, got[0].Mail.Return)
		assert.NotEmpty(t, got[0].Mail.EnvelopeID)
		assert.NotContains(t, got[0].Mail.EnvelopeID, "d-1", "it is sealed")
		assert.Equal(t, []smtp.DSNNotify{smtp.DSNNotifyFailure, smtp.DSNNotifyDelayed}, got[0].Rcpt[0].Notify)
		assert.Equal(t, []smtp.DSNNotify{smtp.DSNNotifySuccess, smtp.DSNNotifyFailure, smtp.DSNNotifyDelayed}, got[1].Rcpt[0].Notify)
	})
	t.Run("an envelope ID has at most 100 characters", func(t *testing.T) {
		t.Parallel()
		s := newServer(t, serverOptions{smtp: func(s *smtp.Server) { s.EnableDSN = true }})
		n := s.dial(t, func(o *smtpnotify.Options) { o.Keys = [][]byte{key(1)} })
		_, err := n.Notify(t.Context(), delivery(strings.Repeat("k", 500)))
		require.NoError(t, err)
		assert.Len(t, s.arrivals()[0].Mail.EnvelopeID, 32)
	})
	t.Run("size", func(t *testing.T) {
		t.Parallel()
		s := newServer(t, serverOptions{smtp: func(s *smtp.Server) { s.MaxMessageBytes = 2000 }})
		n := s.dial(t, nil)
		d := delivery("d-1")
		d.Message.Text = strings.Repeat("too long ", 1000)
		_, err := n.Notify(t.Context(), d)
		class, _ := notify.Classify(err)
		assert.Equal(t, notify.Lasting, class)
		require.ErrorContains(t, err, "the server takes 2000")
		_, err = n.Notify(t.Context(), delivery("d-2"))
		require.NoError(t, err)
		assert.EqualValues(t, len(s.arrivals()[0].Data), s.arrivals()[0].Mail.Size)
		accepted, _ := s.counts()
		assert.Equal(t, 1, accepted)
	})
	t.Run("foreign letters in addresses", func(t *testing.T) {
		t.Parallel()
		d := delivery("d-1")
		d.To.Address = "jörg@körper.example"
		s := newServer(t, serverOptions{smtp: func(s *smtp.Server) { s.EnableSMTPUTF8 = true }})
		n := s.dial(t, nil)
		_, err := n.Notify(t.Context(), d)
		require.NoError(t, err)
		_, err = n.Notify(t.Context(), delivery("d-2"))
		require.NoError(t, err)
		got := s.arrivals()
		assert.Equal(t, []string{"jörg@körper.example"}, got[0].To)
		assert.True(t, got[0].Mail.UTF8)
		assert.False(t, got[1].Mail.UTF8, "only where it is needed: the next server may not have it")

		_, err = newServer(t, serverOptions{}).dial(t, nil).Notify(t.Context(), d)
		class, _ := notify.Classify(err)
		assert.Equal(t, notify.Lasting, class)
		require.ErrorContains(t, err, "SMTPUTF8")
		assert.NotContains(t, err.Error(), "örg")
	})
	t.Run("a server of old", func(t *testing.T) {
		t.Parallel()
		s := &script{replies: map[string][]string{"EHLO": {"502 5.5.1 What?"}}}
		_, err := s.notifier(t, func(o *smtpnotify.Options) { o.Hello = "host.acme.example" }).Notify(t.Context(), delivery("d-1"))
		require.NoError(t, err)
		assert.Equal(t, []string{"HELO host.acme.example"}, s.seen("HELO"))
		assert.Equal(t, []string{"MAIL FROM:<support@acme.example>"}, s.seen("MAIL"))
	})
}

func TestVERP(t *testing.T) {
	t.Parallel()
	s := newServer(t, serverOptions{})
	n := s.dial(t, func(o *smtpnotify.Options) {
		o.Keys, o.ReturnPath, o.VERP = [][]byte{key(1)}, "bounces@acme.example", true
	})
	receipts := map[string]bool{}
	for _, id := range []string{"d-1", "d-1", "d-2"} {
		r, err := n.Notify(t.Context(), delivery(id))
		require.NoError(t, err)
		receipts[r.ProviderID] = true
	}
	got := s.arrivals()
	assert.Regexp(t, `^bounces\+[a-z2-7]{32}@acme\.example$`, got[0].From)
	assert.Equal(t, got[0].From, got[1].From, "the same on every attempt")
	assert.NotEqual(t, got[0].From, got[2].From)
	id := strings.TrimSuffix(strings.TrimPrefix(got[0].From, "bounces+"), "@acme.example")
	assert.True(t, receipts["<"+id+"@acme.example>"], "a host finds the receipt by it")
	assert.NotContains(t, got[0].Data, "bounces", "the return path is the envelope's")
}
