package candor_test

import (
	"html"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/policy/candor"
)

// disguises change how a message looks and not what it says.
var disguises = []struct {
	name  string
	apply func(string) string
}{
	{"capitals", strings.ToUpper},
	{"curly quotes", strings.NewReplacer(`'`, "’").Replace},
	{"entities", html.EscapeString},
	{"numeric entities", strings.NewReplacer("'", "&#39;", `"`, "&quot;").Replace},
	{"inline tags", func(s string) string { return strings.ReplaceAll(s, " of ", " <b>of</b> ") }},
	{"paragraph", func(s string) string { return "<p class=\"x\">" + s + "</p>" }},
	{"emphasis", func(s string) string { return strings.ReplaceAll(s, "customers", "**customers**") }},
	{"wrapped", wrap},
	{"no-break spaces", strings.NewReplacer(" ", "\u00a0").Replace},
	{"dialect", strings.NewReplacer("apologise", "apologize", "organisations", "organizations").Replace},
	{"harmless sentence before", func(s string) string { return "Invoices are sent on Monday. " + s }},
	{"carriage returns", func(s string) string { return strings.ReplaceAll(wrap(s), "\n", "\r\n") }},
}

// wrap breaks lines at 79 columns, at spaces between plain words.
func wrap(s string) string {
	var b strings.Builder
	col := 0
	for i, w := range strings.Split(s, " ") {
		plain := w != "" && (w[0] >= 'a' && w[0] <= 'z' || w[0] >= 'A' && w[0] <= 'Z')
		switch {
		case i == 0:
		case plain && col+len(w) > 78:
			b.WriteByte('\n')
			col = 0
		default:
			b.WriteByte(' ')
			col++
		}
		b.WriteString(w)
		col += len(w)
	}
	return b.String()
}

func TestReviewStable(t *testing.T) {
	t.Parallel()
	for _, s := range []string{
		"This only affected a small number of customers, and it wasn't our fault.",
		"We apologise if any organisations were affected. This was caused by an outage at one of our suppliers, as so often happens in this line of work.",
		`The page said "please wait a moment". We have never had this problem before in all of our fifteen years of business with our customers.`,
		"A subset of customers may have experienced errors. Mistakes happen. We will provide an update by 14:00 UTC.",
	} {
		want := ruleNames(candor.Review(&candor.Message{Body: s}, nil))
		for _, d := range disguises {
			t.Run(d.name, func(t *testing.T) {
				t.Parallel()
				require.Equal(t, want, ruleNames(candor.Review(&candor.Message{Body: d.apply(s)}, nil)), d.apply(s))
			})
		}
		added := candor.Review(&candor.Message{Body: s + " Only a few customers were affected."}, nil)
		require.Greater(t, count(ruleNames(added), "minimising"), count(want, "minimising"), "adding the forbidden phrase must add a finding")
	}
}

func count(list []string, s string) int {
	n := 0
	for _, x := range list {
		if x == s {
			n++
		}
	}
	return n
}

// FuzzReviewStable: a review never panics, its spans are the excerpts, and looks do not matter.
func FuzzReviewStable(f *testing.F) {
	f.Add("This only affected a small number of customers.", "en")
	f.Add("<p>A <b>brief</b> outage&hellip; at our provider</p> ```code``` “a b c”", "")
	f.Add("> quoted\n\n- item `x` 'one two three' &amp; https://x.example/?a=b\u00ad", "de")
	f.Add("Next update by 14:00 PDT or within 20-30 minutes, 2026-07-14 25:61 (UTC+99)", "xx")
	f.Fuzz(func(t *testing.T, body, locale string) {
		at := time.Date(2026, 7, 14, 16, 40, 0, 0, time.UTC)
		m := &candor.Message{Subject: body, Body: body, Locale: locale}
		got := candor.Review(m, nil)
		for _, x := range got {
			require.True(t, 0 <= x.Start && x.Start <= x.End && x.End <= len(body), "span %d:%d of %d", x.Start, x.End, len(body))
			require.Equal(t, body[x.Start:x.End], x.Excerpt)
		}
		require.Equal(t, got, candor.Review(m, nil), "the same message gives the same findings")
		for _, p := range candor.Promises(body, at, nil) {
			require.True(t, 0 <= p.Start && p.Start < p.End && p.End <= len(body))
			require.True(t, p.At.After(at.Add(-time.Hour)))
		}
		candor.Elements(m)
		if !plain(body) {
			return
		}
		want := ruleNames(candor.Review(&candor.Message{Body: body}, nil))
		for _, d := range disguises {
			if d.name == "harmless sentence before" || d.name == "inline tags" {
				continue // a sentence before may join an unfinished one
			}
			require.Equal(t, want, ruleNames(candor.Review(&candor.Message{Body: d.apply(body)}, nil)), "%s: %q", d.name, d.apply(body))
		}
	})
}

// plain reports whether a text is words of prose, so that a disguise changes nothing but its looks.
func plain(s string) bool {
	if !utf8.ValidString(s) || strings.TrimSpace(s) != s {
		return false
	}
	return !slices.ContainsFunc([]rune(s), func(r rune) bool {
		return !strings.ContainsRune(" .,'", r) && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	})
}

func BenchmarkReview(b *testing.B) {
	m := &candor.Message{Body: "We have identified the cause: release 41 deleted sessions. Logins fail for all customers in Europe since 10:02 UTC. " +
		"We are rolling it back and will provide another update by 11:00 UTC. Reply to this mail to reach us."}
	b.ReportAllocs()
	for b.Loop() {
		candor.Review(m, nil)
	}
}
