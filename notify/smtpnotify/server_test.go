package smtpnotify_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"math/big"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/notify/smtpnotify"
)

// arrival is a message as a server took it.
type arrival struct {
	From string
	Mail smtp.MailOptions
	To   []string
	Rcpt []smtp.RcptOptions
	Data string
	Conn int // number of the connection
}

// trouble is what a server does at a step instead of going on.
type trouble struct {
	step  string // "mail", "rcpt", "data" (after the message was read)
	err   error
	drop  bool // cut the connection
	block bool // answer nothing until the test ends
}

// server is a real SMTP server on loopback with a certificate of its own.
type server struct {
	Addr  string
	Roots *x509.CertPool

	auth map[string]func() sasl.Server // offered mechanisms; nil: no AUTH

	mu       sync.Mutex
	troubles []trouble
	arrived  []arrival
	accepted int
	open     int
	most     int
	over     chan struct{}
}

// serverOptions configures a server. The zero value is one that requires STARTTLS.
type serverOptions struct {
	implicit bool
	tls      func(*tls.Config)
	smtp     func(*smtp.Server)
	auth     map[string]func() sasl.Server
}

func newServer(t testing.TB, o serverOptions) *server {
	t.Helper()
	cert, roots := certificate(t)
	s := &server{Roots: roots, over: make(chan struct{}), auth: o.auth}
	config := &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}
	if o.tls != nil {
		o.tls(config)
	}
	srv := smtp.NewServer(smtp.BackendFunc(s.session))
	srv.Domain, srv.TLSConfig, srv.ErrorLog = "mx.example", config, silent{}
	srv.ReadTimeout, srv.WriteTimeout = time.Minute, time.Minute
	if o.smtp != nil {
		o.smtp(srv)
	}
	raw, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s.Addr = raw.Addr().String()
	var l net.Listener = &counted{Listener: raw, s: s}
	if o.implicit {
		l = tls.NewListener(l, config)
	}
	var wg sync.WaitGroup
	wg.Go(func() { _ = srv.Serve(l) })
	t.Cleanup(func() {
		close(s.over)
		_ = srv.Close()
		_ = raw.Close() // Serve may not have told srv of it yet
		wg.Wait()
	})
	return s
}

// silent drops what the server logs of connections that tests cut.
type silent struct{}

func (silent) Printf(string, ...any) {}
func (silent) Println(...any)        {}

// counted counts the connections that are open.
type counted struct {
	net.Listener
	s *server
}

func (l *counted) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	l.s.mu.Lock()
	defer l.s.mu.Unlock()
	l.s.accepted++
	l.s.open++
	l.s.most = max(l.s.most, l.s.open)
	return &countedConn{Conn: c, s: l.s}, nil
}

type countedConn struct {
	net.Conn
	s    *server
	once sync.Once
}

func (c *countedConn) Close() error {
	c.once.Do(func() {
		c.s.mu.Lock()
		defer c.s.mu.Unlock()
		c.s.open--
	})
	return c.Conn.Close()
}

func (s *server) session(c *smtp.Conn) (smtp.Session, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	x := &session{s: s, c: c, number: s.accepted}
	if s.auth == nil {
		return x, nil
	}
	return &authSession{session: x}, nil
}

// fail makes the next message meet a trouble.
func (s *server) fail(t trouble) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.troubles = append(s.troubles, t)
}

func (s *server) arrivals() []arrival {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.arrived)
}

// counts returns how many connections were accepted, and how many were open at once.
func (s *server) counts() (accepted, most int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.accepted, s.most
}

// meet takes the trouble of a step, if the next one is for it.
func (s *server) meet(c *smtp.Conn, step string) error {
	s.mu.Lock()
	if len(s.troubles) == 0 || s.troubles[0].step != step {
		s.mu.Unlock()
		return nil
	}
	t := s.troubles[0]
	s.troubles = s.troubles[1:]
	s.mu.Unlock()
	switch {
	case t.drop:
		_ = c.Conn().Close()
		return errors.New("dropped")
	case t.block:
		<-s.over
		return errors.New("over")
	}
	return t.err
}

type session struct {
	s      *server
	c      *smtp.Conn
	number int
	in     arrival
}

func (x *session) Reset()        { x.in = arrival{} }
func (x *session) Logout() error { return nil }

func (x *session) Mail(from string, o *smtp.MailOptions) error {
	x.in = arrival{From: from, Mail: *o, Conn: x.number}
	return x.s.meet(x.c, "mail")
}

func (x *session) Rcpt(to string, o *smtp.RcptOptions) error {
	x.in.To = append(x.in.To, to)
	x.in.Rcpt = append(x.in.Rcpt, *o)
	return x.s.meet(x.c, "rcpt")
}

func (x *session) Data(r io.Reader) error {
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	x.in.Data = string(data)
	if err := x.s.meet(x.c, "data"); err != nil {
		return err
	}
	x.s.mu.Lock()
	defer x.s.mu.Unlock()
	x.s.arrived = append(x.s.arrived, x.in)
	return nil
}

// authSession is a session with AUTH.
type authSession struct{ *session }

func (x *authSession) AuthMechanisms() []string {
	var all []string
	for m := range x.s.auth {
		all = append(all, m)
	}
	slices.Sort(all)
	return all
}

func (x *authSession) Auth(mechanism string) (sasl.Server, error) {
	if begin := x.s.auth[mechanism]; begin != nil {
		return begin(), nil
	}
	return nil, smtp.ErrAuthUnknownMechanism
}

// certificate makes a certificate for loopback, and the pool that trusts it.
func certificate(t testing.TB) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mx.example"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, IsCA: true, BasicConstraintsValid: true,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"localhost", "mx.example"},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	leaf, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, roots
}

const from = "Acme <support@acme.example>"

// dial returns a notifier for a server, with changes to its options.
func (s *server) dial(t testing.TB, change func(*smtpnotify.Options)) *smtpnotify.Notifier {
	t.Helper()
	o := &smtpnotify.Options{TLS: &tls.Config{RootCAs: s.Roots, MinVersion: tls.VersionTLS12}}
	if change != nil {
		change(o)
	}
	return newNotifier(t, s.Addr, o)
}

func newNotifier(t testing.TB, addr string, o *smtpnotify.Options) *smtpnotify.Notifier {
	t.Helper()
	n, err := smtpnotify.New(addr, from, o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, n.Close()) })
	return n
}

func delivery(id string) *notify.Delivery {
	return &notify.Delivery{
		ID: id, Attempt: 1, Channel: "email",
		To: notify.Recipient{ID: "c-1", Address: "bert@customer.example", Name: "Bert Example"},
		Message: &notify.Message{
			Thread: "inc-1", Seq: 1, Kind: notify.KindUpdate, Locale: "en",
			Subject: "Restores fail", Text: "Restores fail since 13:30.\nYour backups are intact.\n",
		},
	}
}

// key returns a key for tests.
func key(b byte) []byte { return slices.Repeat([]byte{b}, 32) }
