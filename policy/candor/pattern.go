package candor

import (
	"regexp"
	"regexp/syntax"
	"strings"
)

// pattern is a regular expression with the strings of which every match
// contains at least one. Most texts contain none, and searching for plain
// strings is many times faster than trying an expression at every byte.
type pattern struct {
	*regexp.Regexp
	stems []string // empty: nothing is known of matches
}

// compile makes a pattern. The expression is a constant of this package: a
// mistake in it is a programmer's, and panics when the package's tests first use it.
func compile(re *regexp.Regexp) *pattern {
	p := &pattern{Regexp: re}
	if tree, err := syntax.Parse(re.String(), syntax.Perl); err == nil {
		p.stems = stems(tree)
	}
	return p
}

// possible reports whether the text can hold a match.
func (p *pattern) possible(s string) bool {
	if len(p.stems) == 0 {
		return true
	}
	for _, stem := range p.stems {
		if strings.Contains(s, stem) {
			return true
		}
	}
	return false
}

// MatchString is that of the expression.
func (p *pattern) MatchString(s string) bool { return p.possible(s) && p.Regexp.MatchString(s) }

// FindAllStringIndex is that of the expression.
func (p *pattern) FindAllStringIndex(s string, n int) [][]int {
	if !p.possible(s) {
		return nil
	}
	return p.Regexp.FindAllStringIndex(s, n)
}

// FindStringIndex is that of the expression.
func (p *pattern) FindStringIndex(s string) []int {
	if !p.possible(s) {
		return nil
	}
	return p.Regexp.FindStringIndex(s)
}

// stems returns strings of which every match of the tree contains one, nil if there are no such strings.
func stems(re *syntax.Regexp) []string {
	switch re.Op { //nolint:exhaustive // of all others nothing is known
	case syntax.OpLiteral:
		if re.Flags&syntax.FoldCase != 0 {
			return nil
		}
		return []string{string(re.Rune)}
	case syntax.OpCapture, syntax.OpPlus:
		return stems(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			return stems(re.Sub[0])
		}
	case syntax.OpAlternate:
		var out []string
		for _, sub := range re.Sub {
			s := stems(sub)
			if len(s) == 0 {
				return nil
			}
			out = append(out, s...)
		}
		return out
	case syntax.OpConcat:
		var best []string
		for _, sub := range re.Sub {
			if s := stems(sub); shortest(s) > shortest(best) {
				best = s
			}
		}
		return best
	}
	return nil
}

// shortest is the length of the shortest stem; the longer it is, the rarer are false hopes.
func shortest(list []string) int {
	if len(list) == 0 {
		return 0
	}
	n := len(list[0])
	for _, s := range list {
		n = min(n, len(s))
	}
	return n
}
