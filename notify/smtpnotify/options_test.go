package smtpnotify_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/notify/smtpnotify"
)

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	token := func(context.Context) (string, error) { return "", nil }
	auth := func(a smtpnotify.Auth) smtpnotify.Options { return smtpnotify.Options{Auth: &a} }
	for _, c := range []struct {
		name, server, from string
		o                  smtpnotify.Options
		want               string
	}{
		{"no port", "mx.example", from, smtpnotify.Options{}, "host and port"},
		{"no host", ":587", from, smtpnotify.Options{}, "host and port"},
		{"nobody", "mx.example:587", "", smtpnotify.Options{}, "must be one address"},
		{"two senders", "mx.example:587", "a@acme.example, b@acme.example", smtpnotify.Options{}, "must be one address"},
		{"a sender that no server takes", "mx.example:587", `"a b"@acme.example`, smtpnotify.Options{}, "the address of From"},
		{"a return path that is none", "mx.example:587", from, smtpnotify.Options{ReturnPath: "Bounces <b@acme.example>"}, "the return path"},
		{"VERP without keys", "mx.example:587", from, smtpnotify.Options{ReturnPath: "b@acme.example", VERP: true}, "VERP needs Keys"},
		{"VERP without a return path", "mx.example:587", from, smtpnotify.Options{Keys: [][]byte{key(1)}, VERP: true}, "VERP needs Keys and ReturnPath"},
		{"VERP that does not fit", "mx.example:587", from, smtpnotify.Options{Keys: [][]byte{key(1)}, ReturnPath: "returned-messages-of-our-house--@acme.example", VERP: true}, "at most 31 characters"},
		{"a short key", "mx.example:587", from, smtpnotify.Options{Keys: [][]byte{[]byte("short")}}, "Keys: signedlink: key 1 has 5 bytes"},
		{"a domain that is none", "mx.example:587", from, smtpnotify.Options{Domain: "acme example"}, "set Domain"},
		{"a foreign domain", "mx.example:587", "support@körper.example", smtpnotify.Options{}, "in ASCII: set Domain"},
		{"a list that is none", "mx.example:587", from, smtpnotify.Options{ListID: "Acme <status"}, "ListID must look like"},
		{"a list of two lines", "mx.example:587", from, smtpnotify.Options{ListID: "Acme\r\nX: y <status.acme.example>"}, "ListID must look like"},
		{"a greeting of two lines", "mx.example:587", from, smtpnotify.Options{Hello: "a\r\nMAIL"}, "the name in EHLO"},
		{"no verification", "mx.example:587", from, smtpnotify.Options{TLS: &tls.Config{InsecureSkipVerify: true}}, "protects from nobody"},
		{"no such security", "mx.example:587", from, smtpnotify.Options{Security: 9}, "no security 9"},
		{"negative", "mx.example:587", from, smtpnotify.Options{Connections: -1}, "a negative bound"},
		{"negative time", "mx.example:587", from, smtpnotify.Options{Idle: -time.Second}, "a negative bound"},
		{"credentials in clear text", "127.0.0.1:25", from, smtpnotify.Options{Security: smtpnotify.SecurityLoopbackPlaintext, Auth: &smtpnotify.Auth{Username: "ada", Password: "p"}}, "never sent in clear text"},
		{"no user", "mx.example:587", from, auth(smtpnotify.Auth{Password: "p"}), "needs a user name"},
		{"no password", "mx.example:587", from, auth(smtpnotify.Auth{Username: "ada"}), "needs a password or a token"},
		{"both", "mx.example:587", from, auth(smtpnotify.Auth{Username: "ada", Password: "p", Token: token}), "give one"},
		{"a token for PLAIN", "mx.example:587", from, auth(smtpnotify.Auth{Username: "ada", Token: token, Mechanism: smtpnotify.MechanismPLAIN}), "only XOAUTH2 takes"},
		{"XOAUTH2 without a token", "mx.example:587", from, auth(smtpnotify.Auth{Username: "ada", Password: "p", Mechanism: smtpnotify.MechanismXOAUTH2}), "needs a token"},
		{"an unknown mechanism", "mx.example:587", from, auth(smtpnotify.Auth{Username: "ada", Password: "p", Mechanism: "NTLM"}), "no such mechanism"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := smtpnotify.New(c.server, c.from, &c.o)
			require.ErrorContains(t, err, c.want)
			require.ErrorContains(t, err, "smtpnotify: ")
		})
	}
	_, err := smtpnotify.New("mx.example", "", &smtpnotify.Options{Connections: -1})
	for _, all := range []string{"host and port", "(From) must be", "a negative bound"} {
		require.ErrorContains(t, err, all, "everything at once")
	}
}

func TestNewCopies(t *testing.T) {
	t.Parallel()
	s := newServer(t, serverOptions{auth: mechanisms()})
	o := &smtpnotify.Options{
		TLS:  &tls.Config{RootCAs: s.Roots, MinVersion: tls.VersionTLS13},
		Auth: &smtpnotify.Auth{Username: "ada", Password: password},
	}
	n := newNotifier(t, s.Addr, o)
	assert.Empty(t, o.TLS.ServerName, "what the host gave stays as it is")
	o.TLS.RootCAs, o.Auth.Password, o.Auth = x509.NewCertPool(), "changed", nil
	_, err := n.Notify(t.Context(), delivery("d-1"))
	require.NoError(t, err)
}

func TestPinnedCertificates(t *testing.T) {
	t.Parallel()
	s := newServer(t, serverOptions{})
	seen := false
	n := s.dial(t, func(o *smtpnotify.Options) {
		o.TLS = &tls.Config{
			InsecureSkipVerify: true,
			VerifyConnection:   func(tls.ConnectionState) error { seen = true; return nil },
		}
	})
	_, err := n.Notify(t.Context(), delivery("d-1"))
	require.NoError(t, err)
	assert.True(t, seen)
}
