package candor_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/policy/candor"
)

// hostile are texts that repeat what the review has to look at closely.
var hostile = []struct{ name, words string }{
	{"diminishers without end", "only a few users were hit, "},
	{"diminishers and breaks", "only a few users were hit; "},
	{"sentences", "Only a few users were hit. "},
	{"one word", "x"},
	{"stops without spaces", "a.)"},
	{"apologies on a condition", "we apologise if "},
	{"apologies", "sorry "},
	{"promises", "update within 5 minutes "},
	{"times", "in 5 minutes "},
	{"two of them", "update within 5 minutes or by 10:30 "},
	{"negations", "not only "},
	{"adverbs", "very "},
	{"blame", "due to our provider "},
	{"code that nothing closes", "<code>"},
	{"tags in tags", "<a "},
	{"quotes", " 'a"},
	{"blank lines", "\n \r"},
	{"quoted lines", "\n>"},
}

// Whatever a text repeats, what the review says of it points into it.
func TestHostileTextIsReviewedToItsEnd(t *testing.T) {
	t.Parallel()
	for _, c := range hostile {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			body := strings.Repeat(c.words, 10_000/len(c.words))
			for _, f := range candor.Review(words(body), nil) {
				require.LessOrEqual(t, f.End, len(body))
				require.LessOrEqual(t, f.Start, f.End)
				if f.End > 0 {
					require.Equal(t, body[f.Start:f.End], f.Excerpt)
				}
			}
			for _, p := range candor.Promises(body, time.Unix(0, 0), time.UTC) {
				require.LessOrEqual(t, p.End, len(body))
			}
		})
	}
}

// BenchmarkReviewHostile shows that four times the text costs about four times
// the work: ns/B stays where it is from one size to the next.
func BenchmarkReviewHostile(b *testing.B) {
	for _, c := range hostile {
		for _, size := range []int{2_500, 10_000} {
			b.Run(fmt.Sprintf("%s/%d", strings.ReplaceAll(c.name, " ", "_"), size), func(b *testing.B) {
				m := words(strings.Repeat(c.words, size/len(c.words)))
				b.ReportAllocs()
				for b.Loop() {
					candor.Review(m, nil)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(m.Body)), "ns/B")
			})
		}
	}
}

func TestTooLong(t *testing.T) {
	t.Parallel()
	fits := strings.Repeat("a", candor.MaxLength)
	for _, c := range []struct {
		name string
		m    candor.Message
		want candor.Field
	}{
		{"body", candor.Message{Body: fits + "a"}, candor.FieldBody},
		{"subject", candor.Message{Subject: fits + "a"}, candor.FieldSubject},
		{"other language", candor.Message{Body: fits + "a", Locale: "fr"}, candor.FieldBody},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := candor.Review(&c.m, nil)
			require.Len(t, got, 1)
			assert.Equal(t, "too_long", got[0].Rule)
			assert.Equal(t, c.want, got[0].Field)
			assert.True(t, candor.Blocked(got))
			off := &candor.Options{Levels: map[string]candor.Level{"too_long": candor.Off}}
			assert.NotContains(t, ruleNames(candor.Review(&c.m, off)), "too_long")
			assert.NotEmpty(t, candor.Review(&c.m, off), "it is searched")
		})
	}
	assert.NotContains(t, ruleNames(candor.Review(&candor.Message{Body: fits}, nil)), "too_long")
}

// A sentence longer than any that is meant to be read is cut; what stands in it is found all the same.
func TestALongSentenceIsReadInPieces(t *testing.T) {
	t.Parallel()
	for _, filler := range []string{"word and ", "word, and ", "wordwithoutanyspaceatall"} {
		body := strings.Repeat(filler, 400) + ", only a few customers were affected, " + strings.Repeat(filler, 400)
		assert.Contains(t, ruleNames(candor.Review(words(body), nil)), "minimising", filler)
	}
}
