package smtpnotify_test

import (
	"context"
	"crypto/hmac"
	"crypto/md5"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"log/slog"
	"net"
	"strings"
	"testing"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/notify/smtpnotify"
)

func TestEncryptionIsRequired(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		server serverOptions
		change func(*smtpnotify.Options)
		want   string // of the error; "" is success
	}{
		{name: "STARTTLS by default"},
		{name: "implicit", server: serverOptions{implicit: true}, change: func(o *smtpnotify.Options) { o.Security = smtpnotify.SecurityImplicitTLS }},
		{
			name: "STARTTLS is not offered", want: "the server does not offer it",
			server: serverOptions{smtp: func(s *smtp.Server) { s.TLSConfig = nil }},
		},
		{
			name: "TLS spoken to a server that speaks first", want: "first record does not look like a TLS handshake",
			change: func(o *smtpnotify.Options) { o.Security = smtpnotify.SecurityImplicitTLS },
		},
		{
			name: "a certificate of somebody unknown", want: "certificate signed by unknown authority",
			change: func(o *smtpnotify.Options) { _, o.TLS.RootCAs = certificate(t) },
		},
		{
			name: "a certificate of somebody unknown, implicit", want: "certificate signed by unknown authority",
			server: serverOptions{implicit: true},
			change: func(o *smtpnotify.Options) {
				o.Security = smtpnotify.SecurityImplicitTLS
				_, o.TLS.RootCAs = certificate(t)
			},
		},
		{
			name: "a certificate for another name", want: "certificate is valid for localhost, mx.example, not other.example",
			change: func(o *smtpnotify.Options) { o.TLS.ServerName = "other.example" },
		},
		{
			name: "no certificate of ours", want: "certificate required",
			server: serverOptions{tls: func(c *tls.Config) { c.ClientAuth = tls.RequireAnyClientCert }},
		},
		{
			name: "no certificate of ours, implicit", want: "certificate required",
			server: serverOptions{implicit: true, tls: func(c *tls.Config) { c.ClientAuth = tls.RequireAnyClientCert }},
			change: func(o *smtpnotify.Options) { o.Security = smtpnotify.SecurityImplicitTLS },
		},
		{
			name: "TLS 1.1", want: "protocol version not supported",
			server: serverOptions{tls: func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS11 }},
			change: func(o *smtpnotify.Options) { o.TLS.MinVersion = tls.VersionTLS10 },
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, c.server)
			_, err := s.dial(t, c.change).Notify(t.Context(), delivery("d-1"))
			if c.want == "" {
				require.NoError(t, err)
				require.Len(t, s.arrivals(), 1)
				return
			}
			class, _ := classOf(t, err)
			assert.Equal(t, notify.Unusable, class)
			require.ErrorContains(t, err, c.want)
			assert.Empty(t, s.arrivals())
		})
	}
}

func TestAHandshakeThatBreaksIsTriedAgain(t *testing.T) {
	t.Parallel()
	for name, reply := range map[string]string{
		"dropped":         drop,
		"refused for now": "454 4.7.0 TLS not available due to temporary reason",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &script{ext: []string{"STARTTLS"}, replies: map[string][]string{"STARTTLS": {reply}}}
			_, err := s.notifier(t, func(o *smtpnotify.Options) { o.Security = smtpnotify.SecuritySTARTTLS }).Notify(t.Context(), delivery("d-1"))
			class, _ := classOf(t, err)
			assert.Equal(t, notify.Temporary, class)
			assert.Empty(t, s.seen("MAIL"))
		})
	}
	t.Run("dropped in the middle", func(t *testing.T) {
		t.Parallel()
		ours, theirs := net.Pipe()
		done := make(chan struct{})
		go func() {
			defer close(done)
			_, _ = theirs.Read(make([]byte, 100))
			_ = theirs.Close()
		}()
		n := newNotifier(t, "mx.example:465", &smtpnotify.Options{
			Dial: func(context.Context, string, string) (net.Conn, error) { return ours, nil },
		})
		_, err := n.Notify(t.Context(), delivery("d-1"))
		class, _ := classOf(t, err)
		assert.Equal(t, notify.Temporary, class)
		<-done
	})
}

// far is a connection that leaves the machine, as far as it says.
type far struct{ net.Conn }

func (far) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 25} }

func TestClearTextStaysOnTheMachine(t *testing.T) {
	t.Parallel()
	ours, theirs := net.Pipe()
	t.Cleanup(func() { _ = theirs.Close() })
	n := newNotifier(t, "mx.example:25", &smtpnotify.Options{
		Security: smtpnotify.SecurityLoopbackPlaintext,
		Dial:     func(context.Context, string, string) (net.Conn, error) { return far{ours}, nil },
	})
	_, err := n.Notify(t.Context(), delivery("d-1"))
	class, _ := classOf(t, err)
	assert.Equal(t, notify.Unusable, class)
	require.ErrorContains(t, err, "not on this machine")

	s := newServer(t, serverOptions{})
	_, err = newNotifier(t, s.Addr, &smtpnotify.Options{Security: smtpnotify.SecurityLoopbackPlaintext}).Notify(t.Context(), delivery("d-1"))
	require.NoError(t, err, "loopback")
}

const password = "correct horse, battery staple"

var errWrong = &smtp.SMTPError{Code: 535, EnhancedCode: smtp.EnhancedCode{5, 7, 8}, Message: "secret text for ada: " + password}

// mechanisms are what servers offer. Each knows one user and password.
func mechanisms() map[string]func() sasl.Server {
	same := func(user, pass string) error {
		if user != "ada" || pass != password {
			return errWrong
		}
		return nil
	}
	return map[string]func() sasl.Server{
		"PLAIN": func() sasl.Server {
			return sasl.NewPlainServer(func(_, user, pass string) error { return same(user, pass) })
		},
		"LOGIN":    func() sasl.Server { return &login{check: same} },
		"CRAM-MD5": func() sasl.Server { return &cram{} },
		"XOAUTH2": func() sasl.Server {
			return step(func(in []byte) ([]byte, bool, error) {
				if string(in) == "user=ada\x01auth=Bearer "+password+"\x01\x01" {
					return nil, true, nil
				}
				return nil, false, errWrong
			})
		},
		"SCRAM-SHA-1":   func() sasl.Server { return &scram{hash: sha1.New} },
		"SCRAM-SHA-256": func() sasl.Server { return &scram{hash: sha256.New} },
	}
}

type step func(in []byte) ([]byte, bool, error)

func (s step) Next(in []byte) ([]byte, bool, error) { return s(in) }

type login struct {
	check func(user, pass string) error
	user  string
	asked int
}

func (l *login) Next(in []byte) ([]byte, bool, error) {
	l.asked++
	switch l.asked {
	case 1:
		return []byte("Username:"), false, nil
	case 2:
		l.user = string(in)
		return []byte("Password:"), false, nil
	}
	return nil, true, l.check(l.user, string(in))
}

type cram struct{ asked bool }

func (c *cram) Next(in []byte) ([]byte, bool, error) {
	const challenge = "<1896.697170952@mx.example>"
	if !c.asked {
		c.asked = true
		return []byte(challenge), false, nil
	}
	mac := hmac.New(md5.New, []byte(password))
	_, _ = io.WriteString(mac, challenge)
	if string(in) != "ada "+hex.EncodeToString(mac.Sum(nil)) {
		return nil, true, errWrong
	}
	return nil, true, nil
}

// scram is the server's side of RFC 5802, for one user.
type scram struct {
	hash  func() hash.Hash
	first string // client-first-message-bare and server-first-message
	nonce string
	done  bool
}

func (s *scram) mac(key []byte, text string) []byte {
	m := hmac.New(s.hash, key)
	_, _ = io.WriteString(m, text)
	return m.Sum(nil)
}

func (s *scram) Next(in []byte) ([]byte, bool, error) {
	const salt, rounds = "a salt of a test", 4096
	switch {
	case s.done:
		return nil, true, nil
	case len(in) == 0: // the client waits to be asked
		return nil, false, nil
	case s.first == "":
		bare, found := strings.CutPrefix(string(in), "n,,")
		_, nonce, _ := strings.Cut(bare, ",r=")
		if !found || !strings.HasPrefix(bare, "n=ada,") {
			return nil, true, errWrong
		}
		s.nonce = nonce + "server"
		reply := fmt.Sprintf("r=%s,s=%s,i=%d", s.nonce, base64.StdEncoding.EncodeToString([]byte(salt)), rounds)
		s.first = bare + "," + reply
		return []byte(reply), false, nil
	}
	without, proof, _ := strings.Cut(string(in), ",p=")
	salted, err := pbkdf2.Key(s.hash, password, []byte(salt), rounds, s.hash().Size())
	if err != nil {
		return nil, true, err
	}
	auth := s.first + "," + without
	client := s.mac(salted, "Client Key")
	stored := s.hash()
	_, _ = stored.Write(client)
	signature := s.mac(stored.Sum(nil), auth)
	for i := range client {
		client[i] ^= signature[i]
	}
	if without != "c=biws,r="+s.nonce || proof != base64.StdEncoding.EncodeToString(client) {
		return nil, true, errWrong
	}
	s.done = true
	return []byte("v=" + base64.StdEncoding.EncodeToString(s.mac(s.mac(salted, "Server Key"), auth))), false, nil
}

func TestAuthentication(t *testing.T) {
	t.Parallel()
	all := mechanisms()
	token := func(text string, err error) func(context.Context) (string, error) {
		return func(context.Context) (string, error) { return text, err }
	}
	only := func(names ...string) map[string]func() sasl.Server {
		some := map[string]func() sasl.Server{}
		for _, n := range names {
			some[n] = all[n]
		}
		return some
	}
	for _, c := range []struct {
		name    string
		offered map[string]func() sasl.Server
		auth    smtpnotify.Auth
		want    notify.Class
		text    string // of the error; "" is success
	}{
		{"SCRAM-SHA-256", only("SCRAM-SHA-256"), smtpnotify.Auth{Username: "ada", Password: password}, 0, ""},
		{"SCRAM-SHA-1", only("SCRAM-SHA-1"), smtpnotify.Auth{Username: "ada", Password: password}, 0, ""},
		{"PLAIN", only("PLAIN"), smtpnotify.Auth{Username: "ada", Password: password}, 0, ""},
		{"LOGIN", only("LOGIN"), smtpnotify.Auth{Username: "ada", Password: password}, 0, ""},
		{"CRAM-MD5", only("CRAM-MD5"), smtpnotify.Auth{Username: "ada", Password: password}, 0, ""},
		{"XOAUTH2", only("XOAUTH2", "PLAIN"), smtpnotify.Auth{Username: "ada", Token: token(password, nil)}, 0, ""},
		{"the best of all", all, smtpnotify.Auth{Username: "ada", Password: password}, 0, ""},
		{"the one that is asked for", all, smtpnotify.Auth{Username: "ada", Password: password, Mechanism: smtpnotify.MechanismLOGIN}, 0, ""},

		{"PLAIN with another password", only("PLAIN"), smtpnotify.Auth{Username: "ada", Password: "other " + password}, notify.Unusable, "535 5.7.8: smtpnotify: AUTH"},
		{"LOGIN with another password", only("LOGIN"), smtpnotify.Auth{Username: "ada", Password: "other " + password}, notify.Unusable, "535 5.7.8"},
		{"CRAM-MD5 with another password", only("CRAM-MD5"), smtpnotify.Auth{Username: "ada", Password: "other " + password}, notify.Unusable, "535 5.7.8"},
		{"SCRAM with another password", only("SCRAM-SHA-256"), smtpnotify.Auth{Username: "ada", Password: "other " + password}, notify.Unusable, "535 5.7.8"},
		{"XOAUTH2 with another token", only("XOAUTH2"), smtpnotify.Auth{Username: "ada", Token: token("other "+password, nil)}, notify.Unusable, "535 5.7.8"},
		{"none is offered", nil, smtpnotify.Auth{Username: "ada", Password: password}, notify.Unusable, "offers no mechanism"},
		{"another is offered", only("PLAIN"), smtpnotify.Auth{Username: "ada", Password: password, Mechanism: smtpnotify.MechanismSCRAMSHA256}, notify.Unusable, "offers no mechanism"},
		{"no XOAUTH2", only("PLAIN"), smtpnotify.Auth{Username: "ada", Token: token(password, nil)}, notify.Unusable, "offers no mechanism"},
		{"no token now", only("XOAUTH2"), smtpnotify.Auth{Username: "ada", Token: token("", errors.New("it rains"))}, notify.Temporary, "asking for a token: it rains"},
		{"no token ever", only("XOAUTH2"), smtpnotify.Auth{Username: "ada", Token: token("", notify.Misconfigured(errors.New("revoked")))}, notify.Unusable, "revoked"},
		{
			"not now",
			map[string]func() sasl.Server{"PLAIN": func() sasl.Server {
				return step(func([]byte) ([]byte, bool, error) {
					return nil, true, &smtp.SMTPError{Code: 454, EnhancedCode: smtp.EnhancedCode{4, 7, 0}, Message: "secret text"}
				})
			}},
			smtpnotify.Auth{Username: "ada", Password: password},
			notify.Temporary, "454 4.7.0",
		},
		{
			"a new password is needed",
			map[string]func() sasl.Server{"PLAIN": func() sasl.Server {
				return step(func([]byte) ([]byte, bool, error) {
					return nil, true, &smtp.SMTPError{Code: 432, EnhancedCode: smtp.EnhancedCode{4, 7, 12}, Message: "secret text"}
				})
			}},
			smtpnotify.Auth{Username: "ada", Password: password},
			notify.Unusable, "432 4.7.12",
		},
		{
			"a server that proves nothing",
			map[string]func() sasl.Server{"SCRAM-SHA-256": func() sasl.Server {
				return step(func([]byte) ([]byte, bool, error) { return []byte("secret text"), false, nil })
			}},
			smtpnotify.Auth{Username: "ada", Password: password},
			notify.Unusable, "not SMTP",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, serverOptions{auth: c.offered})
			_, err := s.dial(t, func(o *smtpnotify.Options) { o.Auth = &c.auth }).Notify(t.Context(), delivery("d-1"))
			if c.text == "" {
				require.NoError(t, err)
				return
			}
			class, _ := classOf(t, err)
			assert.Equal(t, c.want, class)
			require.ErrorContains(t, err, c.text)
			for _, secret := range []string{password, "ada", "secret"} {
				assert.NotContains(t, err.Error(), secret)
			}
			assert.Empty(t, s.arrivals())
		})
	}
}

func TestCredentialsDoNotPrint(t *testing.T) {
	t.Parallel()
	a := smtpnotify.Auth{Username: "ada", Password: password}
	o := smtpnotify.Options{Auth: &a}
	var logged strings.Builder
	slog.New(slog.NewTextHandler(&logged, nil)).Info("x", slog.Any("auth", a), slog.Any("pointer", &a))
	for _, text := range []string{
		fmt.Sprint(a), fmt.Sprint(&a), fmt.Sprintf("%+v %#v %q %x", a, a, a, a), fmt.Sprintf("%+v", o), logged.String(),
	} {
		assert.NotContains(t, text, password)
		assert.NotContains(t, text, "ada")
		assert.NotContains(t, text, hex.EncodeToString([]byte(password)))
	}
}
