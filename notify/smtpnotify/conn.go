package smtpnotify

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"time"

	"github.com/wneessen/go-mail/smtp"

	"github.com/amends-dev/amends/notify"
)

// goodbye bounds how long an orderly end of a connection may take.
const goodbye = time.Second

// conn is one connection to the server. One goroutine uses it at a time.
type conn struct {
	raw    *wire
	client *smtp.Client
	sent   int       // messages that it was used for
	since  time.Time // when it was given back
	broken bool      // it must not be used again
}

// maxAnswer bounds what a server may say to one command. TLS certificates are
// the longest of it.
const maxAnswer = 256 << 10

// errFlood says that a server talks without end.
var errFlood = errors.New("the server's answer is too long")

// wire is a connection below TLS. It bounds what is read between two writes;
// after more than that it is of no more use.
type wire struct {
	net.Conn
	left int
	full bool
}

func (w *wire) Read(p []byte) (int, error) {
	if w.left <= 0 {
		w.full = true
		return 0, errFlood
	}
	n, err := w.Conn.Read(p[:min(len(p), w.left)])
	w.left -= n
	return n, err
}

func (w *wire) Write(p []byte) (int, error) {
	if w.full {
		return 0, errFlood
	}
	w.left = maxAnswer
	return w.Conn.Write(p)
}

// watch cuts the connection when ctx is done, which ends every read and write.
// The function that it returns ends the watch; afterwards a connection that was
// cut is marked as broken.
func (c *conn) watch(ctx context.Context) (end func()) {
	cut := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		_ = c.raw.Close()
		close(cut)
	})
	return func() {
		if !stop() {
			<-cut
			c.broken = true
		}
	}
}

// dial opens a connection that is ready for a message.
func (n *Notifier) dial(ctx context.Context) (*conn, *failure) {
	raw, err := n.s.Dial(ctx, "tcp", n.s.address)
	if err != nil {
		return nil, &failure{step: stepDial, err: err}
	}
	c := &conn{raw: &wire{Conn: raw, left: maxAnswer}}
	end := c.watch(ctx)
	f := n.open(ctx, c)
	end()
	if f != nil {
		_ = raw.Close()
		return nil, f
	}
	return c, nil
}

// open says hello, encrypts and proves who we are.
func (n *Notifier) open(ctx context.Context, c *conn) *failure {
	var carrier net.Conn = c.raw
	switch n.s.security {
	case SecurityLoopbackPlaintext:
		if tcp, ok := c.raw.RemoteAddr().(*net.TCPAddr); ok && !tcp.IP.IsLoopback() {
			return refused(stepDial, notify.Unusable, "the server is not on this machine: nothing is sent to it in clear text")
		}
	case SecurityImplicitTLS:
		encrypted := tls.Client(c.raw, n.s.TLS)
		if err := encrypted.HandshakeContext(ctx); err != nil {
			return handshakeFailed(err)
		}
		carrier = encrypted
	case SecurityByPort, SecuritySTARTTLS:
	}
	var err error
	if c.client, err = smtp.NewClient(carrier, n.s.host); err != nil {
		if isAlert(err) { // in TLS 1.3 a server refuses our certificate only after its own part of the handshake
			return handshakeFailed(err)
		}
		return failed(stepGreeting, err)
	}
	hello := n.s.Hello
	if hello == "" {
		hello = literal(c.raw.LocalAddr())
	}
	if err := c.client.Hello(hello); err != nil {
		return failed(stepHello, err)
	}
	if n.s.security == SecuritySTARTTLS {
		if offered, _ := c.client.Extension("STARTTLS"); !offered {
			return refused(stepTLS, notify.Unusable, "the server does not offer it, and nothing is sent in clear text: use its port for TLS, or another server")
		}
		if err := c.client.StartTLS(n.s.TLS); err != nil {
			return handshakeFailed(err)
		}
	}
	return n.prove(ctx, c)
}

// prove authenticates, if there are credentials.
func (n *Notifier) prove(ctx context.Context, c *conn) *failure {
	if n.s.Auth == nil {
		return nil
	}
	_, offered := c.client.Extension("AUTH")
	mechanism, err := n.s.Auth.start(ctx, n.s.host, offered)
	switch {
	case errors.Is(err, errNotOffered):
		return &failure{step: stepAuth, err: err, class: notify.Unusable, known: true}
	case err != nil:
		class, _ := notify.Classify(err)
		return &failure{step: stepAuth, err: err, class: class, known: true}
	}
	if err := c.client.Auth(mechanism); err != nil {
		f := failed(stepAuth, err)
		if errors.Is(f.err, errNonsense) { // the mechanism gave up on what the server said
			f.known, f.class = true, notify.Unusable
		}
		return f
	}
	return nil
}

// literal returns the address literal of our end (RFC 5321 section 4.1.3).
func literal(a net.Addr) string {
	tcp, ok := a.(*net.TCPAddr)
	switch {
	case !ok:
		return "localhost"
	case tcp.IP.To4() != nil:
		return "[" + tcp.IP.String() + "]"
	}
	return "[IPv6:" + tcp.IP.String() + "]"
}

// quit ends a connection in order, or cuts it if the server takes too long.
func (c *conn) quit() {
	if !c.broken {
		_ = c.raw.SetDeadline(time.Now().Add(goodbye))
		_ = c.command(221, "QUIT")
		_ = c.client.Close() // says so in TLS, too
	}
	_ = c.raw.Close()
}

// command sends a line and reads the answer, which must begin with expect.
func (c *conn) command(expect int, format string, args ...any) error {
	if err := c.client.Text.PrintfLine(format, args...); err != nil {
		return err
	}
	_, _, err := c.client.Text.ReadResponse(expect)
	return err
}
