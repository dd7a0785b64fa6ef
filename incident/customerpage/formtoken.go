package customerpage

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/internal/signedlink"
)

// formSealer seals forms under keys derived from those of the links. Every page
// holds several forms, so there are far more of them than links: they must not
// use up what a key of links is good for, nor can they weaken it.
func formSealer(keys [][]byte) (*signedlink.Sealer, error) {
	derived := make([][]byte, len(keys))
	for i, key := range keys {
		var err error
		if derived[i], err = hkdf.Key(sha256.New, key, nil, "amends customer page form", signedlink.MinKey); err != nil {
			return nil, fmt.Errorf("customerpage: key %d of forms: %w", i+1, err)
		}
	}
	s, err := signedlink.New(derived...)
	if err != nil {
		return nil, fmt.Errorf("customerpage: keys of forms: %w", err)
	}
	return s, nil
}

// formToken says which form a page showed, and makes sending it twice harmless.
type formToken struct {
	say     incident.Saying
	target  string // the report or request that it is about
	key     string // of the word that the form becomes
	expires time.Time
}

// newKey is fresh for each form that is shown.
func newKey() string {
	var b [16]byte
	rand.Read(b[:]) // never fails: see crypto/rand
	return hex.EncodeToString(b[:])
}

// seal ties a form to the link whose page shows it: on the page of any other link it does not open.
func (t formToken) seal(s *signedlink.Sealer, linkToken string) string {
	payload := append(make([]byte, 0, 64+len(t.target)), formatOne)
	payload = binary.AppendUvarint(payload, uint64(max(t.expires.Unix(), 0)))
	payload = appendText(payload, string(t.say))
	payload = appendText(payload, t.key)
	payload = appendText(payload, t.target)
	return s.Seal(formPurpose(linkToken), payload)
}

// openForm returns what a page of this link sealed, and whether it did.
func openForm(s *signedlink.Sealer, linkToken, token string) (formToken, bool) {
	payload, err := s.Open(formPurpose(linkToken), token)
	if err != nil {
		return formToken{}, false
	}
	r := reader{rest: payload}
	if r.octet() != formatOne {
		return formToken{}, false
	}
	t := formToken{expires: time.Unix(int64(r.number()), 0)}
	t.say, t.key, t.target = incident.Saying(r.text()), r.text(), r.text()
	return t, !r.bad && len(r.rest) == 0
}

func formPurpose(linkToken string) string { return "customer page form of " + linkToken }
