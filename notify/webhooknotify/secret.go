package webhooknotify

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// Secret is what the two sides of a webhook share. It is never shown: every way
// of formatting it hides it.
type Secret struct{ key []byte }

const (
	secretPrefix = "whsec_"
	leastSecret  = 24 // bytes, by Standard Webhooks 1.0.0
	mostSecret   = 64
)

// ErrSecret says that a text is no secret of Standard Webhooks.
var ErrSecret = errors.New("it must be whsec_ and the base64 of 24 to 64 bytes")

// ParseSecret reads a secret as Standard Webhooks writes it: whsec_ and the
// base64 of 24 to 64 bytes, with padding. The error wraps [ErrSecret] and does not show it.
func ParseSecret(text string) (Secret, error) {
	encoded, ok := strings.CutPrefix(text, secretPrefix)
	if !ok || len(encoded) > base64.StdEncoding.EncodedLen(mostSecret) || strings.ContainsAny(encoded, "\r\n") { // base64 would skip these
		return Secret{}, fmt.Errorf("webhooknotify: reading a secret: %w", ErrSecret)
	}
	key, err := base64.StdEncoding.Strict().DecodeString(encoded)
	if err != nil || len(key) < leastSecret || len(key) > mostSecret {
		return Secret{}, fmt.Errorf("webhooknotify: reading a secret: %w", ErrSecret)
	}
	return Secret{key}, nil
}

// GenerateSecret returns a fresh secret of 32 random bytes, as [ParseSecret]
// reads it: store it as you store passwords, and show it to the customer.
func GenerateSecret() string {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // it never fails, or the program ends
	return secretPrefix + base64.StdEncoding.EncodeToString(key)
}

// Sign returns the signature of a body under a webhook-id at a time: v1 and the
// base64 of the HMAC-SHA256 of "id.seconds.body". id must hold no full stop, as those of [ID] do not.
func (s Secret) Sign(id string, at time.Time, body []byte) string {
	return string(s.appendSignature(nil, id, at, body))
}

func (s Secret) appendSignature(to []byte, id string, at time.Time, body []byte) []byte {
	h := hmac.New(sha256.New, s.key)
	head := make([]byte, 0, 80)
	head = append(head, id...)
	head = append(head, '.')
	head = strconv.AppendInt(head, at.Unix(), 10)
	head = append(head, '.')
	h.Write(head)
	h.Write(body)
	return base64.StdEncoding.AppendEncode(append(to, "v1,"...), h.Sum(head[:0]))
}

// Format implements [fmt.Formatter] and hides the secret, whatever the verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, secretPrefix+"[…]") }

// ID returns the webhook-id of a delivery: msg_ and the SHA-256 of Delivery.ID.
// It is the same on every attempt and after a restart. Standard Webhooks wants
// no full stop in it and nothing that a user could choose; delivery IDs hold both, and
// the names of contacts. No two of them have the same.
func ID(delivery string) string {
	sum := sha256.Sum256([]byte(delivery))
	return "msg_" + base64.RawURLEncoding.EncodeToString(sum[:])
}
