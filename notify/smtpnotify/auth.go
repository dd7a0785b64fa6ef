package smtpnotify

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"

	"github.com/wneessen/go-mail/smtp"
)

// Mechanism is a way to prove to a server who we are (SASL).
type Mechanism string

// Mechanisms. Each of them is used over TLS only.
const (
	MechanismAny         Mechanism = ""              // the first that the server offers: SCRAM-SHA-256, SCRAM-SHA-1, PLAIN, LOGIN, CRAM-MD5
	MechanismSCRAMSHA256 Mechanism = "SCRAM-SHA-256" // RFC 7677
	MechanismSCRAMSHA1   Mechanism = "SCRAM-SHA-1"   // RFC 5802
	MechanismPLAIN       Mechanism = "PLAIN"         // RFC 4616
	MechanismLOGIN       Mechanism = "LOGIN"
	MechanismCRAMMD5     Mechanism = "CRAM-MD5" // RFC 2195
	MechanismXOAUTH2     Mechanism = "XOAUTH2"  // with Token
)

// Auth holds credentials. It prints as nothing but its type.
type Auth struct {
	Username string `json:"-"`
	Password string `json:"-"`
	// Token returns a fresh OAuth 2 access token. If set it is asked for each new
	// connection, and takes the place of Password, with [MechanismXOAUTH2]. An error of it is
	// temporary, unless it has a class of package notify; its text must not hold the token.
	Token func(ctx context.Context) (string, error) `json:"-"`
	// Mechanism is the only one to use. If empty, [MechanismAny].
	Mechanism Mechanism `json:"-"`
}

// Format implements [fmt.Formatter]: whatever the verb, nothing of the credentials shows.
func (Auth) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, "smtpnotify.Auth(redacted)") }

// LogValue implements [slog.LogValuer].
func (Auth) LogValue() slog.Value { return slog.StringValue("redacted") }

func (a Auth) check() error {
	switch {
	case a.Username == "":
		return errors.New("Auth needs a user name")
	case a.Token != nil && a.Password != "":
		return errors.New("Auth has a password and a token: give one")
	case a.Token != nil && a.Mechanism != MechanismAny && a.Mechanism != MechanismXOAUTH2:
		return errors.New("Auth has a token, which only XOAUTH2 takes")
	case a.Token == nil && a.Mechanism == MechanismXOAUTH2:
		return errors.New("XOAUTH2 needs a token")
	case a.Token == nil && a.Password == "":
		return errors.New("Auth needs a password or a token")
	case a.Mechanism != MechanismAny && a.Mechanism != MechanismXOAUTH2 && !slices.Contains(preferred(), a.Mechanism):
		return errors.New("there is no such mechanism of Auth")
	}
	return nil
}

// preferred lists the mechanisms with a password: first those that do not give it
// to the server, then plain ones, which TLS protects; CRAM-MD5 last, since
// servers must keep the password itself for it, and many that offer it do not.
func preferred() []Mechanism {
	return []Mechanism{MechanismSCRAMSHA256, MechanismSCRAMSHA1, MechanismPLAIN, MechanismLOGIN, MechanismCRAMMD5}
}

// errNotOffered says that the server has no mechanism that we may use.
var errNotOffered = errors.New("the server offers no mechanism that Options.Auth allows")

// start picks a mechanism among those that the server offers.
func (a Auth) start(ctx context.Context, host, offered string) (smtp.Auth, error) {
	words := strings.Fields(strings.ToUpper(offered))
	has := func(m Mechanism) bool {
		return (a.Mechanism == MechanismAny || a.Mechanism == m) && slices.Contains(words, string(m))
	}
	if a.Token != nil {
		if !has(MechanismXOAUTH2) {
			return nil, errNotOffered
		}
		token, err := a.Token(ctx)
		if err != nil {
			return nil, fmt.Errorf("asking for a token: %w", err)
		}
		return smtp.XOAuth2Auth(a.Username, token), nil
	}
	for _, m := range preferred() {
		if !has(m) {
			continue
		}
		switch m {
		case MechanismSCRAMSHA256:
			return smtp.ScramSHA256Auth(a.Username, a.Password), nil
		case MechanismSCRAMSHA1:
			return smtp.ScramSHA1Auth(a.Username, a.Password), nil
		case MechanismPLAIN:
			return smtp.PlainAuth("", a.Username, a.Password, host, false), nil
		case MechanismLOGIN:
			return smtp.LoginAuth(a.Username, a.Password, host, false), nil
		case MechanismCRAMMD5:
			return smtp.CRAMMD5Auth(a.Username, a.Password), nil
		default:
		}
	}
	return nil, errNotOffered
}
