package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"math/big"
	"net"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
)

// mailServer is a real SMTP server on loopback, as the customers' mail servers
// together: over TLS, with a certificate of its own. What it accepts it gives to take.
type mailServer struct {
	addr  string
	roots *x509.CertPool // that know its certificate
	take  func(to string, message []byte) error

	mu     sync.Mutex
	config *tls.Config
	server *smtp.Server // nil while it is down
}

func startMail(ctx context.Context, take func(to string, message []byte) error) (*mailServer, error) {
	cert, roots, err := certificate("127.0.0.1")
	if err != nil {
		return nil, fmt.Errorf("quickstart: mail server: %w", err)
	}
	m := &mailServer{addr: "127.0.0.1:0", roots: roots, take: take, config: &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}}
	return m, m.start(ctx)
}

// start begins to answer, at the address that it had before if it was stopped.
func (m *mailServer) start(ctx context.Context) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.server != nil {
		return nil
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", m.addr)
	if err != nil {
		return fmt.Errorf("quickstart: mail server: %w", err)
	}
	m.addr = l.Addr().String()
	s := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &session{server: m}, nil }))
	s.Domain, s.TLSConfig, s.ReadTimeout, s.WriteTimeout = "mx.larder.example", m.config, time.Minute, time.Minute
	s.MaxRecipients, s.MaxMessageBytes, s.ErrorLog = 1, 1<<20, silent{}
	m.server = s
	go func() { _ = s.Serve(l) }()
	return nil
}

// stop breaks every connection and answers nobody any more.
func (m *mailServer) stop() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.server != nil {
		_ = m.server.Close() // what it says about connections that are gone already matters to nobody
		m.server = nil
	}
}

// silent is a log of connections that break: here they are meant to.
type silent struct{}

func (silent) Printf(string, ...any) {}
func (silent) Println(...any)        {}

// session is one connection of a client.
type session struct {
	server *mailServer
	to     string
}

func (s *session) Mail(string, *smtp.MailOptions) error { return nil }

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = to
	return nil
}

func (s *session) Data(r io.Reader) error {
	message, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	return s.server.take(s.to, message)
}

func (s *session) Reset()        { s.to = "" }
func (s *session) Logout() error { return nil }

// certificate makes one for a host that nobody but us knows.
func certificate(host string) (tls.Certificate, *x509.CertPool, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: host}, IPAddresses: []net.IP{net.ParseIP(host)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true, IsCA: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, roots, nil
}
