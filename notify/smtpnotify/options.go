package smtpnotify

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"strings"
	"time"
)

// Security says how a connection to the server is encrypted.
type Security int

// Ways to encrypt a connection.
const (
	// SecurityByPort is implicit TLS on port 465 and required STARTTLS on every
	// other (RFC 8314 section 3.3).
	SecurityByPort Security = iota
	// SecurityImplicitTLS speaks TLS from the first byte.
	SecurityImplicitTLS
	// SecuritySTARTTLS asks for TLS after the greeting. A server that does not
	// offer it gets nothing: neither credentials nor a message.
	SecuritySTARTTLS
	// SecurityLoopbackPlaintext encrypts nothing: for a relay on this machine,
	// and for tests. A connection that leaves the machine is refused, and so are credentials.
	SecurityLoopbackPlaintext
)

// Options configures a [Notifier]. The zero value, like a nil *Options, holds the defaults.
type Options struct {
	// Security says how the connection is encrypted. If zero, [SecurityByPort].
	Security Security
	// TLS holds root certificates of the host's own, client certificates and the
	// like. It is copied; its MinVersion is raised to TLS 1.2, and its ServerName
	// is the server's host if empty. If nil, the roots of the system.
	TLS *tls.Config
	// Auth holds the credentials. If nil, none are used.
	Auth *Auth
	// Hello is the name in EHLO. If empty, the connection's own address as a
	// literal (RFC 5321 section 4.1.3).
	Hello string
	// Dial opens connections. If nil, a [net.Dialer] does.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)

	// Connections bounds the open connections. Deliveries beyond wait for one, which
	// counts as time of their attempt: give the channel not many more workers
	// ([notify.Channel].Workers). If zero, 4.
	Connections int
	// Messages bounds the messages that a connection carries. If zero, 100.
	Messages int
	// Idle is how long a connection may be unused before it is no longer used
	// again. If zero, 30 s.
	Idle time.Duration
	// Timeout bounds one attempt where the context does not end earlier. If zero, 2 min.
	Timeout time.Duration
	// Pause is how long a server is left alone that says that we are too fast:
	// SMTP has no way to say how long. If zero, 1 min.
	Pause time.Duration

	// Keys seal the keys of deliveries into messages, so that a message that comes
	// back can be told by [Notifier.ParseBounce]; and they key the message IDs. They
	// are secret, random and at least 32 bytes long. The first one seals, all of
	// them open. If empty, nothing is sealed, and message IDs are plain hashes.
	Keys [][]byte
	// ReturnPath is the address that failures are reported to (the envelope's
	// sender). If empty, that of From.
	ReturnPath string
	// VERP gives each message a return path of its own, as in
	// bounces+q3jx…@acme.example, so that even a report that shows nothing of the message tells
	// which it was. The server must accept such senders, and the mailbox must take what comes to them.
	// It needs Keys and ReturnPath. If false, every message has the same return path.
	VERP bool
	// Success asks servers that can (RFC 3461) to report deliveries too. If
	// false, only failures and delays are asked for.
	Success bool

	// Domain is the right side of message IDs. If empty, that of From. It must
	// stay the same, or messages of one thread no longer find each other.
	Domain string
	// ListID names the list that the messages belong to (RFC 2919), as in
	// "Acme status <status.acme.example>". If empty, there is no List-Id field.
	ListID string
	// Now tells the time for the Date field. If nil, time.Now. Only a host that
	// replays history sets it.
	Now func() time.Time
}

// settings are options with every default filled in.
type settings struct {
	Options

	address  string // host:port
	host     string
	from     mail.Address
	sender   mailbox // of From
	returns  mailbox // of ReturnPath
	listID   string
	security Security
}

// resolve checks what was given and fills in the defaults.
func resolve(server, from string, opts *Options) (*settings, error) {
	s := &settings{address: server}
	if opts != nil {
		s.Options = *opts
	}
	var errs []error
	errs = append(errs, s.resolveServer(), s.resolveNames(from), s.resolveTLS(), s.resolveAuth())
	if s.Connections == 0 {
		s.Connections = 4
	}
	if s.Messages == 0 {
		s.Messages = 100
	}
	if s.Connections < 0 || s.Messages < 0 || s.Idle < 0 || s.Timeout < 0 || s.Pause < 0 {
		errs = append(errs, errors.New("a negative bound: leave it zero for the default"))
	}
	s.Idle = orDefault(s.Idle, 30*time.Second)
	s.Timeout = orDefault(s.Timeout, 2*time.Minute)
	s.Pause = orDefault(s.Pause, time.Minute)
	if s.Now == nil {
		s.Now = time.Now
	}
	if s.Dial == nil {
		s.Dial = (&net.Dialer{}).DialContext
	}
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("smtpnotify: options: %w", err)
	}
	return s, nil
}

func orDefault(d, def time.Duration) time.Duration {
	if d == 0 {
		return def
	}
	return d
}

func (s *settings) resolveServer() error {
	host, port, err := net.SplitHostPort(s.address)
	if err != nil || host == "" || port == "" {
		return errors.New(`the server must be host and port, as in "smtp.example.com:587"`)
	}
	s.host, s.security = host, s.Security
	switch {
	case s.Security < SecurityByPort || s.Security > SecurityLoopbackPlaintext:
		return fmt.Errorf("there is no security %d", int(s.Security))
	case s.Security == SecurityByPort && port == "465":
		s.security = SecurityImplicitTLS
	case s.Security == SecurityByPort:
		s.security = SecuritySTARTTLS
	}
	if strings.ContainsFunc(s.Hello, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return errors.New("the name in EHLO must be a host name or an address literal")
	}
	return nil
}

func (s *settings) resolveNames(from string) error {
	parsed, err := mail.ParseAddress(from)
	if err != nil {
		return errors.New(`the sender (From) must be one address, as in "Acme <support@acme.example>"`)
	}
	s.from = mail.Address{Name: nameText(parsed.Name), Address: parsed.Address}
	if s.sender, err = parseMailbox(parsed.Address); err != nil {
		return fmt.Errorf("the address of From: %w", err)
	}
	s.returns = s.sender
	if s.ReturnPath != "" {
		if s.returns, err = parseMailbox(s.ReturnPath); err != nil {
			return fmt.Errorf("the return path: %w", err)
		}
	}
	if s.VERP && (len(s.Keys) == 0 || s.ReturnPath == "") {
		return errors.New("VERP needs Keys and ReturnPath")
	}
	if s.VERP && len(s.returns.local)+1+idLength > maxLocal {
		return fmt.Errorf("VERP needs a return path of at most %d characters before the @", maxLocal-1-idLength)
	}
	if s.Domain == "" {
		s.Domain = s.sender.domain
	}
	if !validDomain(s.Domain) || !isASCII(s.Domain) {
		return errors.New("the domain of message IDs must be a host name in ASCII: set Domain")
	}
	if s.ListID != "" {
		if s.listID, err = listID(s.ListID); err != nil {
			return err
		}
	}
	return nil
}

func (s *settings) resolveTLS() error {
	if s.security == SecurityLoopbackPlaintext {
		return nil
	}
	c := s.TLS.Clone()
	if c == nil {
		c = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	if c.InsecureSkipVerify && c.VerifyConnection == nil && c.VerifyPeerCertificate == nil {
		return errors.New("TLS without verification protects from nobody: give RootCAs that the server's certificate derives from")
	}
	c.MinVersion = max(c.MinVersion, tls.VersionTLS12)
	if c.ServerName == "" {
		c.ServerName = s.host
	}
	s.TLS = c
	return nil
}

func (s *settings) resolveAuth() error {
	if s.Auth == nil {
		return nil
	}
	a := *s.Auth
	s.Auth = &a
	if s.security == SecurityLoopbackPlaintext {
		return errors.New("credentials are never sent in clear text: take Auth away, or encrypt")
	}
	return a.check()
}
