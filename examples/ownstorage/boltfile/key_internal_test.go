package boltfile

import (
	"cmp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Keys are in the order of what they are made of, part by part, whatever is in the parts.
func FuzzKeysAreInOrder(f *testing.F) {
	f.Add("a", "b", "a", "c")
	f.Add("a\x00", "", "a", "\x00\x01")
	f.Add("a", "\xff", "a\x00\x01", "")
	f.Add("", "x", "\x00", "")
	f.Fuzz(func(t *testing.T, a1, a2, b1, b2 string) {
		want := cmp.Or(strings.Compare(a1, b1), strings.Compare(a2, b2))
		require.Equal(t, want, strings.Compare(text(a1)+a2, text(b1)+b2))
		require.Equal(t, want, strings.Compare(text(a1, a2), text(b1, b2)))
		require.Equal(t, a1 == b1, strings.HasPrefix(text(b1)+b2, text(a1)), "a range holds what is its own, and nothing else")
	})
}

func FuzzNumbersAreInOrder(f *testing.F) {
	f.Add(int64(0), int64(-1))
	f.Add(int64(1)<<62, int64(-1)<<62)
	f.Fuzz(func(t *testing.T, a, b int64) {
		want := cmp.Compare(a, b)
		require.Equal(t, want, strings.Compare(moment(time.UnixMicro(a)), moment(time.UnixMicro(b))))
		require.Equal(t, -want, strings.Compare(highest(int(a)), highest(int(b))))
		require.Less(t, moment(time.UnixMicro(a)), endless())
	})
}

func TestMomentOfTheZeroTime(t *testing.T) {
	t.Parallel()
	assert.Less(t, moment(time.Time{}), moment(time.Unix(0, 0)), "what has no time comes first")
}

// Whatever a value has become, reading it is an error or gives what was written.
func FuzzDamageIsFound(f *testing.F) {
	f.Add("Restores hang", 5, byte(1))
	f.Add("", 0, byte(0))
	f.Fuzz(func(t *testing.T, s string, at int, change byte) {
		want := account{Entries: len(s), Caps: []string{strings.ToValidUTF8(s, "?")}}
		raw, err := encode(want)
		require.NoError(t, err)
		raw[uint(at)%uint(len(raw))] ^= change
		var got account
		if err := decode(raw, &got); err == nil {
			require.Zero(t, change, "a byte was changed and nobody noticed")
			require.Equal(t, want, got)
		}
		require.Error(t, decode(raw[:uint(at)%uint(len(raw))], &got), "a part of a value is none")
	})
}
