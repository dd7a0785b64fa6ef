package smtpnotify

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strconv"
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

// wire is a connection below TLS. It bounds what is read between two writes.
type wire struct {
	net.Conn
	left int
}

func (w *wire) Read(p []byte) (int, error) {
	if w.left <= 0 {
		return 0, errFlood
	}
	n, err := w.Conn.Read(p[:min(len(p), w.left)])
	w.left -= n
	return n, err
}

func (w *wire) Write(p []byte) (int, error) {
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
		_, _, _ = c.command(221, "QUIT")
		_ = c.client.Close() // says so in TLS, too
	}
	_ = c.raw.Close()
}

// command sends a line and reads the answer, which must begin with expect.
func (c *conn) command(expect int, format string, args ...any) (int, string, error) {
	if err := c.client.Text.PrintfLine(format, args...); err != nil {
		return 0, "", err
	}
	return c.client.Text.ReadResponse(expect)
}

// transact hands one message over. Where the server said no, the connection is
// left ready for the next.
func (c *conn) transact(ctx context.Context, l *letter, success bool) *failure {
	end := c.watch(ctx)
	defer end()
	c.sent++
	f := c.dialogue(l, success)
	switch {
	case f == nil:
	case !f.usable():
		c.broken = true
	case f.step == stepRcpt || f.step == stepData: // a transaction is open
		c.reset()
	}
	return f
}

func (c *conn) reset() {
	if _, _, err := c.command(2, "RSET"); err != nil {
		c.broken = true
	}
}

// dialogue is one mail transaction (RFC 5321 section 3.3).
func (c *conn) dialogue(l *letter, success bool) *failure {
	if f := c.envelope(l, success); f != nil {
		return f
	}
	if _, _, err := c.command(354, "DATA"); err != nil {
		return failed(stepData, err)
	}
	w := c.client.Text.DotWriter()
	if _, err := w.Write(l.body); err != nil {
		return failed(stepBody, err)
	}
	// A write that failed did not hand over all of its bytes, and the last of them
	// end the final dot: the server cannot have taken the message.
	if err := w.Close(); err != nil {
		return failed(stepBody, err)
	}
	if _, _, err := c.client.Text.ReadResponse(2); err != nil {
		return failed(stepEnd, err)
	}
	return nil
}

// envelope names sender and recipient, with the extensions that the server has.
func (c *conn) envelope(l *letter, success bool) *failure {
	options := ""
	if offered, limit := c.client.Extension("SIZE"); offered { // RFC 1870
		if most, err := strconv.Atoi(limit); err == nil && most > 0 && len(l.body) > most {
			return refused(stepMail, notify.Lasting, fmt.Sprintf("the message has %d bytes and the server takes %d", len(l.body), most))
		}
		options += " SIZE=" + strconv.Itoa(len(l.body))
	}
	if !l.ascii() {
		if offered, _ := c.client.Extension("SMTPUTF8"); !offered {
			return refused(stepMail, notify.Lasting, "the address needs SMTPUTF8 (RFC 6531), which the server does not offer: "+
				"write its domain in ASCII (xn--), if only that is foreign, or use another server")
		}
		options += " SMTPUTF8"
	}
	reports, _ := c.client.Extension("DSN") // RFC 3461
	if reports {
		options += " RET=HDRS"
		if l.envid != "" {
			options += " ENVID=" + l.envid
		}
	}
	if _, _, err := c.command(2, "MAIL FROM:<%s>%s", l.from, options); err != nil {
		return failed(stepMail, err)
	}
	options = ""
	switch {
	case reports && success:
		options = " NOTIFY=SUCCESS,FAILURE,DELAY"
	case reports:
		options = " NOTIFY=FAILURE,DELAY"
	}
	if _, _, err := c.command(2, "RCPT TO:<%s>%s", l.to, options); err != nil {
		return failed(stepRcpt, err)
	}
	return nil
}
