package candor

import (
	"regexp"
	"slices"
	"strings"
)

// working says that the other is named as a helper, not as the cause.
var working = regexp.MustCompile(`\b(?:work(?:ing|ed)? with|help of|together with|zusammen mit)\b`)

func blamingOthers() Rule {
	return Rule{
		Name:   "blaming_others",
		Level:  Block,
		Advice: "customers bought from us: who failed us is a cause, not an excuse, and nowhere do we own it",
		Hint:   "name the cause and own it in the same message: that we chose the supplier, lacked a fallback, or let it reach customers",
		Cites:  []string{"R16", "R17", "R24", "R26", "R27"},
		check: func(d *doc) []hit {
			if d.lex == nil || d.planned() || d.lex.owns.MatchString(d.body.norm) || d.lex.owns.MatchString(d.subject.norm) {
				return nil
			}
			return d.each(func(t *text) []span {
				helps := func(s span) bool { return working.MatchString(t.norm[s.from:s.to]) }
				out := slices.DeleteFunc(matches(t, d.lex.outside), helps)
				named := slices.DeleteFunc(matches(t, d.lex.named), helps)
				for i := range named { // a stop only shows where the name ends
					if strings.IndexByte(".,;!", t.norm[named[i].to-1]) >= 0 {
						named[i].to--
					}
				}
				return join(join(out, named), matches(t, d.lex.excuse))
			})
		},
	}
}
