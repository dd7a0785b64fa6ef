package smtpnotify

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of RFC 5321 section 4.5.3.1, in bytes; that of a whole address follows
// from the bound of a path.
const (
	maxLocal   = 64
	maxAddress = 254
)

// mailbox is the address of one mailbox, in the form that the envelope needs.
type mailbox struct{ local, domain string }

func (m mailbox) String() string { return m.local + "@" + m.domain }

// ascii says whether every server understands the address; one that is not
// needs SMTPUTF8 (RFC 6531).
func (m mailbox) ascii() bool { return isASCII(m.local) && isASCII(m.domain) }

// errMailbox says what is wrong with an address without showing it.
var errMailbox = errors.New("it is not the address of one mailbox, as in ada@example.com")

// parseMailbox reads an address that is nothing but one mailbox. It takes less
// than the standard allows: neither quoted local parts nor address literals,
// which no customer has, and which servers read differently from one another.
func parseMailbox(s string) (mailbox, error) {
	at := strings.LastIndexByte(s, '@')
	if at < 0 || len(s) > maxAddress || !utf8.ValidString(s) {
		return mailbox{}, errMailbox
	}
	m := mailbox{local: s[:at], domain: s[at+1:]}
	if len(m.local) > maxLocal || !validLocal(m.local) || !validDomain(m.domain) {
		return mailbox{}, errMailbox
	}
	return m, nil
}

// validLocal accepts a dot-atom (RFC 5321 section 4.1.2), with letters of all
// scripts (RFC 6531 section 3.3).
func validLocal(s string) bool {
	for atom := range strings.SplitSeq(s, ".") {
		if atom == "" || strings.ContainsFunc(atom, func(r rune) bool {
			return !foreign(r) && !letterOrDigit(r) && !strings.ContainsRune("!#$%&'*+-/=?^_`{|}~", r)
		}) {
			return false
		}
	}
	return true
}

// validDomain accepts a host name, with letters of all scripts.
func validDomain(s string) bool {
	if len(s) > 253 {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		if strings.ContainsFunc(label, func(r rune) bool { return !foreign(r) && !letterOrDigit(r) && r != '-' }) {
			return false
		}
	}
	return true
}

func letterOrDigit(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
}

// foreign accepts letters, marks and digits beyond ASCII; nothing that is
// invisible or that turns the direction of writing.
func foreign(r rune) bool {
	return r >= utf8.RuneSelf && r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r))
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
