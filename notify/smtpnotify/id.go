package smtpnotify

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"strings"

	"github.com/amends-dev/amends/internal/signedlink"
)

// idLength is the length of what message IDs and return paths are made of.
const idLength = 32

// maxENVID is the longest envelope ID (RFC 3461 section 4.4).
const maxENVID = 100

// purposeDelivery separates our tokens from those of others with the same keys.
const purposeDelivery = "smtpnotify delivery"

// names makes the names under which messages are known outside. The keys of
// deliveries hold IDs of customers and contacts, so a name shows nothing of
// them: it is either a hash, which is stable, or a sealed token, which only we
// can open and which differs every time.
type names struct {
	domain string
	secret []byte             // keys the hashes; a constant if the host has no keys
	sealer *signedlink.Sealer // nil if the host has no keys
}

func newNames(domain string, keys [][]byte) (*names, error) {
	n := &names{domain: strings.ToLower(domain), secret: []byte("amends smtpnotify")}
	if len(keys) == 0 {
		return n, nil
	}
	var err error
	if n.sealer, err = signedlink.New(keys...); err != nil {
		return nil, fmt.Errorf("smtpnotify: Keys: %w", err)
	}
	if n.secret, err = hkdf.Key(sha256.New, keys[0], nil, "amends smtpnotify message id", sha256.Size); err != nil {
		return nil, fmt.Errorf("smtpnotify: Keys: %w", err)
	}
	return n, nil
}

// letters are those that survive servers which do not keep upper and lower case apart.
//
//nolint:gochecknoglobals // never written
var letters = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// id returns the 160-bit name of a thing of a kind.
func (n *names) id(kind, of string) string {
	h := hmac.New(sha256.New, n.secret)
	_, _ = h.Write([]byte(kind + "\x00" + of)) // a hash never fails
	return letters.EncodeToString(h.Sum(nil)[:idLength*5/8])
}

// isID says whether s has the form of an id.
func isID(s string) bool {
	return len(s) == idLength && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz234567") == ""
}

// message returns the Message-ID of a delivery.
func (n *names) message(id string) string { return "<" + id + "@" + n.domain + ">" }

// root returns the ID of a message that never was, to which all messages of a
// thread refer. Mail programs join those that share a reference, so that even
// the first one that a reader gets needs nothing to be stored.
func (n *names) root(thread string) string {
	return "<thread." + n.id("thread", thread) + "@" + n.domain + ">"
}

// ours returns the id in one of our Message-IDs.
func (n *names) ours(messageID string) (string, bool) {
	local, found := strings.CutPrefix(strings.TrimSpace(messageID), "<")
	if !found || len(local) < idLength {
		return "", false
	}
	id := strings.ToLower(local[:idLength])
	return id, isID(id) && strings.EqualFold(local[idLength:], "@"+n.domain+">")
}

// reference says whether s is a Message-ID that may go into a header as it is.
func reference(s string) bool {
	return len(s) >= 5 && len(s) <= 300 && s[0] == '<' && s[len(s)-1] == '>' && strings.Count(s, "@") == 1 &&
		!strings.ContainsFunc(s[1:len(s)-1], func(r rune) bool { return r <= ' ' || r > '~' || r == '<' || r == '>' })
}

// seal returns the token of a delivery, "" without keys.
func (n *names) seal(delivery string) string {
	if n.sealer == nil {
		return ""
	}
	return n.sealer.Seal(purposeDelivery, []byte(delivery))
}

// open returns the delivery that a token was sealed for.
func (n *names) open(token string) (string, bool) {
	if n.sealer == nil {
		return "", false
	}
	key, err := n.sealer.Open(purposeDelivery, strings.TrimSpace(token))
	return string(key), err == nil
}
