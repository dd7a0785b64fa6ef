package incident

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
)

// NewWords keeps a customer's own words, with the hash that stays when they are erased.
func NewWords(text string) *Words {
	w := &Words{Text: text, Nonce: rand.Text()}
	w.Hash = w.sum()
	return w
}

// Verify returns nil if the text is what was hashed when it came in. Erased
// words cannot be verified any more, which is an error too.
func (w *Words) Verify() error {
	switch {
	case w.Erased:
		return errors.New("incident: verifying words: they were erased")
	case w.Hash != w.sum():
		return errors.New("incident: verifying words: text and nonce do not match the hash, so they were changed after they came in")
	}
	return nil
}

// Erase removes text and nonce and keeps the hash. A repeat does nothing.
func (w *Words) Erase() { *w = Words{Hash: w.Hash, Erased: true} }

// sum hashes nonce, a zero byte and text: the zero byte keeps the two apart.
func (w *Words) sum() string {
	h := sha256.Sum256([]byte(w.Nonce + "\x00" + w.Text))
	return hex.EncodeToString(h[:])
}
