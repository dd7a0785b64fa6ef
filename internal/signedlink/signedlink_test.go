package signedlink_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/internal/signedlink"
)

func key(b byte) []byte { return bytes.Repeat([]byte{b}, signedlink.MinKey) }

func sealer(t testing.TB, keys ...[]byte) *signedlink.Sealer {
	t.Helper()
	s, err := signedlink.New(keys...)
	require.NoError(t, err)
	return s
}

func ExampleNew() {
	s, err := signedlink.New([]byte("an example of a key of 32 bytes!"))
	fmt.Println(err)
	payload, err := s.Open("page", s.Seal("page", []byte("inc-1/c-7")))
	fmt.Println(string(payload), err)
	_, err = s.Open("unsubscribe", s.Seal("page", []byte("inc-1/c-7")))
	fmt.Println(err)
	// Output:
	// <nil>
	// inc-1/c-7 <nil>
	// invalid link
}

func TestOpensWhatWasSealed(t *testing.T) {
	t.Parallel()
	s := sealer(t, key(1))
	for _, payload := range []string{"", "a", "space\x00record\x00customer", strings.Repeat("x", 2000)} {
		got, err := s.Open("p", s.Seal("p", []byte(payload)))
		require.NoError(t, err)
		assert.Equal(t, payload, string(got))
	}
	token := s.Seal("p", []byte("customer-17"))
	assert.NotEqual(t, token, s.Seal("p", []byte("customer-17")), "two tokens of one payload tell nobody that they are")
	assert.NotContains(t, token, "customer")
	assert.Equal(t, strings.Trim(token, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"), "", "a URL holds it unescaped")
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	s := sealer(t, key(1))
	token := s.Seal("p", []byte("payload"))
	for name, forged := range map[string]string{
		"empty": "", "cut short": token[:len(token)-1], "longer": token + "A", "with a line feed": token[:8] + "\n" + token[8:],
		"padded": token + "=", "of another key": sealer(t, key(2)).Seal("p", []byte("payload")), "of another purpose": s.Seal("q", []byte("payload")),
		"very long": strings.Repeat("A", 1<<20),
	} {
		_, err := s.Open("p", forged)
		assert.ErrorIs(t, err, signedlink.ErrInvalid, name)
	}
	for i := range len(token) { // each letter counts, in each of its bits
		for _, r := range "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_" {
			if altered := token[:i] + string(r) + token[i+1:]; altered != token {
				_, err := s.Open("p", altered)
				require.ErrorIs(t, err, signedlink.ErrInvalid)
			}
		}
	}
}

func TestRotation(t *testing.T) {
	t.Parallel()
	before, during, after := sealer(t, key(1)), sealer(t, key(2), key(1)), sealer(t, key(2))
	old := before.Seal("p", []byte("x"))
	_, err := during.Open("p", old)
	require.NoError(t, err, "old links work while the old key is kept")
	_, err = after.Open("p", during.Seal("p", []byte("x")))
	require.NoError(t, err, "the first key seals")
	_, err = after.Open("p", old)
	assert.ErrorIs(t, err, signedlink.ErrInvalid)
}

func TestKeys(t *testing.T) {
	t.Parallel()
	_, err := signedlink.New()
	require.ErrorContains(t, err, "no key")
	_, err = signedlink.New(key(1), []byte("short"))
	assert.ErrorContains(t, err, "key 2 has 5 bytes")
}

// FuzzNeverOpensAForgedToken has no token of its key among its seeds, so whatever opens is forged.
func FuzzNeverOpensAForgedToken(f *testing.F) {
	s := sealer(f, key(1))
	other := sealer(f, key(2))
	f.Add(other.Seal("p", []byte("payload")))
	f.Add(s.Seal("q", []byte("payload")))
	f.Add("")
	f.Add(strings.Repeat("A", 64))
	f.Fuzz(func(t *testing.T, token string) {
		if payload, err := s.Open("p", token); err == nil {
			t.Fatalf("opened %q: %q", token, payload)
		}
	})
}
