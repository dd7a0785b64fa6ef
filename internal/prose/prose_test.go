package prose_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"

	"github.com/amends-dev/amends/internal/prose"
)

func TestPlain(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, text, want, line string }{
		{"line breaks of all kinds", "a\r\nb\rc\u2028d\u2029e\u0085f\n", "a\nb\nc\nd\ne\nf\n", "a b c d e f"},
		{"control characters", "a\x00b\x1b[31mc\td", "ab[31mc\td", "ab[31mc d"},
		{"not UTF-8", "a\xffb", "a\uFFFDb", "a\uFFFDb"},
		{"spaces", "  a   b ", "  a   b ", "a b"},
		{"empty", "", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, c.want, prose.Plain(c.text))
			assert.Equal(t, c.line, prose.OneLine(c.text))
		})
	}
}

func TestFit(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, text, want string
		limit            int
	}{
		{"it fits", "one\ntwo", "one\ntwo", 7},
		{"empty", "", "", 0},
		{"the middle goes, at line breaks", strings.Repeat("a line\n", 20) + "the end", "a line\na line\na line\na line\na line\na line\n\n[…]\n\na line\nthe end", 70},
		{"without line breaks the end goes, too", strings.Repeat("word ", 50), "word word word word word word word word word\n\n[…]", 60},
		{"without spaces there is no word to keep", strings.Repeat("x", 100), strings.Repeat("x", 38) + "\n\n[…]", 50},
		{"a quotation that was cut does not go on", "> " + strings.Repeat("we lie ", 40), "> we lie we lie we lie we lie we lie\n\n[…]", 50},
		{"nothing fits", "one two three", "[…]", 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, c.want, prose.Fit(c.text, c.limit, func(s string) int { return len(s) }))
		})
	}
}

func FuzzFitIsSmallEnough(f *testing.F) {
	f.Add("one\ntwo\n\n> three\n- four", 10, 3)
	f.Add(strings.Repeat("äöü €\n", 100), 100, 40)
	f.Fuzz(func(t *testing.T, text string, limit, overhead int) {
		text = prose.Plain(text)
		limit, overhead = limit&0xffff, overhead&0xff
		// A size as that of JSON: so much for each line, and for the whole.
		size := func(s string) int { return len(s) + overhead*(1+strings.Count(s, "\n")) }
		got := prose.Fit(text, limit, size)
		if size(got) > limit && got != "[…]" {
			t.Errorf("%d is larger than %d", size(got), limit)
		}
		if size(text) <= limit && got != text {
			t.Errorf("cut without need")
		}
		if !utf8.ValidString(got) {
			t.Errorf("a character was cut in two")
		}
		// Whatever is left is part of what was there, line by line.
		lines := strings.Split(text, "\n")
		for line := range strings.SplitSeq(got, "\n") {
			if line == "" || line == "[…]" {
				continue
			}
			found := false
			for _, l := range lines {
				found = found || strings.HasPrefix(strings.TrimLeftFunc(l, unicode.IsSpace), strings.TrimSpace(line))
			}
			if !found {
				t.Errorf("%q is the beginning of no line", line)
			}
		}
	})
}
