package smtpnotify_test

import (
	"crypto/tls"
	"io"
	"net"
	netsmtp "net/smtp"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/emersion/go-smtp"
	"github.com/stretchr/testify/require"
	"github.com/wneessen/go-mail"

	"github.com/amends-dev/amends/notify/smtpnotify"
)

// sink takes everything and keeps nothing.
type sink struct{ mailroom }

func (sink) Data(r io.Reader) error {
	_, err := io.Copy(io.Discard, r)
	return err
}

// BenchmarkSend sends one small message after another to a server on loopback,
// in this process, over STARTTLS: what is measured holds the server's part, which is
// the same for all. "limit" writes a finished message with net/smtp on one
// connection; the others compose each.
func BenchmarkSend(b *testing.B) {
	s := newServer(b, serverOptions{smtp: func(s *smtp.Server) {
		s.Backend = smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return sink{}, nil })
	}})
	config := &tls.Config{RootCAs: s.Roots, MinVersion: tls.VersionTLS12, ServerName: "127.0.0.1"}
	body, err := newNotifier(b, "mx.example:587", nil).Compose(delivery("d-1"))
	require.NoError(b, err)

	var last atomic.Int64
	ours := func(b *testing.B, n *smtpnotify.Notifier) {
		b.Helper()
		d := delivery("d-" + strconv.FormatInt(last.Add(1), 10))
		if _, err := n.Notify(b.Context(), d); err != nil {
			b.Error(err)
		}
	}
	rate := func(b *testing.B) {
		b.Helper()
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
	}
	b.Run("reused", func(b *testing.B) {
		n := s.dial(b, nil)
		b.ReportAllocs()
		for b.Loop() {
			ours(b, n)
		}
		rate(b)
	})
	b.Run("reused,64senders", func(b *testing.B) {
		n := s.dial(b, nil)
		b.ReportAllocs()
		b.SetParallelism(32)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				ours(b, n)
			}
		})
		rate(b)
	})
	b.Run("dialled", func(b *testing.B) {
		n := s.dial(b, func(o *smtpnotify.Options) { o.Messages = 1 })
		b.ReportAllocs()
		for b.Loop() {
			ours(b, n)
		}
		rate(b)
	})
	b.Run("limit:net/smtp,reused", func(b *testing.B) {
		c := connect(b, s.Addr, config)
		b.ReportAllocs()
		for b.Loop() {
			plainly(b, c, body)
		}
		rate(b)
		require.NoError(b, c.Quit())
	})
	b.Run("net/smtp,dialled", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			c := connect(b, s.Addr, config)
			plainly(b, c, body)
			require.NoError(b, c.Quit())
		}
		rate(b)
	})
	host, port, err := net.SplitHostPort(s.Addr)
	require.NoError(b, err)
	number, err := strconv.Atoi(port)
	require.NoError(b, err)
	client, err := mail.NewClient(host, mail.WithPort(number), mail.WithTLSConfig(config), mail.WithTLSPolicy(mail.TLSMandatory))
	require.NoError(b, err)
	b.Run("go-mail,reused", func(b *testing.B) {
		c, err := client.DialToSMTPClientWithContext(b.Context())
		require.NoError(b, err)
		b.ReportAllocs()
		for b.Loop() {
			require.NoError(b, client.SendWithSMTPClient(c, letter(b)))
		}
		rate(b)
		require.NoError(b, client.CloseWithSMTPClient(c))
	})
	b.Run("go-mail,dialled", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			require.NoError(b, client.DialAndSendWithContext(b.Context(), letter(b)))
		}
		rate(b)
	})
}

func connect(b *testing.B, addr string, config *tls.Config) *netsmtp.Client {
	b.Helper()
	c, err := netsmtp.Dial(addr)
	require.NoError(b, err)
	require.NoError(b, c.StartTLS(config))
	return c
}

func plainly(b *testing.B, c *netsmtp.Client, body []byte) {
	b.Helper()
	require.NoError(b, c.Mail("support@acme.example"))
	require.NoError(b, c.Rcpt("bert@customer.example"))
	w, err := c.Data()
	require.NoError(b, err)
	_, err = w.Write(body)
	require.NoError(b, err)
	require.NoError(b, w.Close())
}

// letter is the same message as a user of go-mail writes it.
func letter(b *testing.B) *mail.Msg {
	b.Helper()
	d := delivery("d-1")
	m := mail.NewMsg()
	require.NoError(b, m.From(from))
	require.NoError(b, m.AddToFormat(d.To.Name, d.To.Address))
	m.Subject(d.Message.Subject)
	m.SetBodyString(mail.TypeTextPlain, d.Message.Text)
	return m
}

// BenchmarkCompose makes messages without sending them.
func BenchmarkCompose(b *testing.B) {
	n := newNotifier(b, "mx.example:587", &smtpnotify.Options{Keys: [][]byte{key(1)}})
	d := delivery("d-1")
	d.Message.HTML = "<p>Restores fail since 13:30.</p>"
	b.ReportAllocs()
	for b.Loop() {
		if _, err := n.Compose(d); err != nil {
			b.Fatal(err)
		}
	}
}
