package candor

import (
	"regexp"
	"strings"
)

// role is what a clause speaks of.
type role int

const (
	roleNone   role = iota
	roleImpact      // the harm of this incident
	roleCause       // why it came
	roleFix         // the repair, a roll-out, a test, whom we write to
)

// sentences splits comparable text. A stop ends a sentence before a space, but
// not after an abbreviation and not between a weekday and its date.
func sentences(s string) []span {
	var out []span
	from := 0
	add := func(to int) {
		for from < to && (s[from] == ' ' || s[from] == '\n') {
			from++
		}
		if from < to {
			out = append(out, span{from, to})
		}
		from = to
	}
	for i := range len(s) {
		switch s[i] {
		case '\n':
			add(i)
		case '.', '!', '?':
			if i+1 < len(s) && s[i+1] != ' ' && s[i+1] != '\n' && s[i+1] != '"' && s[i+1] != ')' || abbreviated(s, i) {
				continue
			}
			add(i + 1)
		}
	}
	add(len(s))
	return out
}

func abbreviated(s string, i int) bool {
	if s[i] != '.' {
		return false
	}
	word := s[strings.LastIndexAny(s[:i], " \n(")+1 : i]
	switch word {
	case "e.g", "i.e", "approx", "a.m", "p.m", "u.s", "etc", "vs", "z.b", "ca", "bzw":
		return i+1 < len(s)
	}
	return strings.HasSuffix(word, "day") && i+2 < len(s) && s[i+2] >= '0' && s[i+2] <= '9'
}

var clauseBreak = regexp.MustCompile(`[;:]|, (?:but|and|so|which|while|where|whereas|although|though|wobei|aber|und|jedoch) | - `)

// clause returns the part of the sentence around a range.
func clause(s string, sent, at span) span {
	c := sent
	for _, m := range clauseBreak.FindAllStringIndex(s[sent.from:sent.to], -1) {
		if end := sent.from + m[1]; end <= at.from {
			c.from = end
		}
		if start := sent.from + m[0]; start >= at.to {
			c.to = start
			break
		}
	}
	return c
}

// roleOf says what the words at a range belong to: the nearest cue before them
// in the clause decides, else the first one after.
func (l *lexicon) roleOf(s string, c, at span) role {
	best, r := -1, roleNone
	for _, cue := range []struct {
		re   *pattern
		role role
	}{{l.impact, roleImpact}, {l.cause, roleCause}, {l.fix, roleFix}} {
		if ms := cue.re.FindAllStringIndex(s[c.from:at.from], -1); len(ms) > 0 {
			if last := ms[len(ms)-1][0]; last > best {
				best, r = last, cue.role
			}
		}
	}
	if r != roleNone {
		return r
	}
	first := len(s)
	for _, cue := range []struct {
		re   *pattern
		role role
	}{{l.impact, roleImpact}, {l.cause, roleCause}, {l.fix, roleFix}} {
		if m := cue.re.FindStringIndex(s[at.to:c.to]); m != nil && m[0] < first {
			first, r = m[0], cue.role
		}
	}
	return r
}
