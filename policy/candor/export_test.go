package candor

import "slices"

func patterns() []*pattern {
	var out []*pattern
	for _, l := range []*lexicon{english(), german()} {
		out = append(out, l.impact, l.cause, l.fix, l.count, l.sparing, l.people, l.degree, l.negation, l.outside, l.named, l.excuse, l.owns,
			l.record, l.business, l.platitude, l.hollow, l.hedge, l.condition)
		for _, p := range l.elements {
			out = append(out, p)
		}
	}
	return out
}

// Patterns counts the patterns that have stems.
func Patterns() int {
	return len(slices.DeleteFunc(patterns(), func(p *pattern) bool { return len(p.stems) == 0 }))
}

// WronglySkipped returns the patterns that match a text of which their stems say that they cannot.
func WronglySkipped(s string) []string {
	var out []string
	norm := newText(s).norm
	for _, p := range patterns() {
		if p.Regexp.MatchString(norm) && !p.possible(norm) {
			out = append(out, p.String())
		}
	}
	return out
}
