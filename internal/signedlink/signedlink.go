// Package signedlink seals what a link must carry, so that whoever has the link
// can neither read nor change it nor make another one. A token holds its payload
// encrypted and authenticated with AES-256-GCM, in letters that a URL may hold
// unescaped.
//
// Sealing rather than signing keeps IDs of customers out of addresses, which end
// up in logs of proxies and in histories of browsers.
package signedlink

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
)

// MinKey is the least length of a key in bytes.
const MinKey = 32

// maxToken bounds the work that a stranger can cause.
const maxToken = 4096

// ErrInvalid says that a token was not sealed with one of the keys for this
// purpose: it is forged, altered, cut short, or its key was taken out of use.
var ErrInvalid = errors.New("invalid link")

// Sealer seals and opens tokens. It is immutable and safe for concurrent use.
type Sealer struct{ aeads []cipher.AEAD }

// New returns a sealer. The first key seals, all of them open, so that keys are
// rotated by putting a new one in front and dropping the old one when its links
// have expired. Keys are secret, random and at least [MinKey] bytes long. One key
// is good for 4 billion tokens.
func New(keys ...[]byte) (*Sealer, error) {
	if len(keys) == 0 {
		return nil, errors.New("signedlink: there is no key: make one of 32 random bytes and keep it where your other secrets are")
	}
	s := &Sealer{}
	for i, key := range keys {
		if len(key) < MinKey {
			return nil, fmt.Errorf("signedlink: key %d has %d bytes: want %d random ones", i+1, len(key), MinKey)
		}
		derived, err := hkdf.Key(sha256.New, key, nil, "amends signed link", 32)
		if err != nil {
			return nil, fmt.Errorf("signedlink: key %d: %w", i+1, err)
		}
		block, err := aes.NewCipher(derived)
		if err != nil {
			return nil, fmt.Errorf("signedlink: key %d: %w", i+1, err)
		}
		aead, err := cipher.NewGCMWithRandomNonce(block)
		if err != nil {
			return nil, fmt.Errorf("signedlink: key %d: %w", i+1, err)
		}
		s.aeads = append(s.aeads, aead)
	}
	return s, nil
}

// letters of a token. Strict: the unused bits of the last letter are zero, so
// that a token has one spelling.
//
//nolint:gochecknoglobals // never written
var letters = base64.RawURLEncoding.Strict()

// Seal returns a token that only [Sealer.Open] with the same purpose opens. Two
// tokens of one payload differ.
func (s *Sealer) Seal(purpose string, payload []byte) string {
	return letters.EncodeToString(s.aeads[0].Seal(nil, nil, payload, []byte(purpose))) //nolint:gosec // the AEAD makes a random nonce itself
}

// Open returns what was sealed, or [ErrInvalid], which says nothing about why.
func (s *Sealer) Open(purpose, token string) ([]byte, error) {
	if len(token) > maxToken {
		return nil, ErrInvalid
	}
	for i := range len(token) {
		if token[i] == '\n' || token[i] == '\r' {
			return nil, ErrInvalid // the decoder would pass over them
		}
	}
	sealed, err := letters.DecodeString(token)
	if err != nil {
		return nil, ErrInvalid
	}
	for _, a := range s.aeads {
		if payload, err := a.Open(nil, nil, sealed, []byte(purpose)); err == nil {
			return payload, nil
		}
	}
	return nil, ErrInvalid
}
