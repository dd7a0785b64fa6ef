package candor

import (
	"cmp"
	"regexp"
	"slices"
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

// longestSentence bounds a sentence in bytes, so that what rules look at around
// a word stays small however a text is written. A longer one is read as several.
const longestSentence = 2000

// sentences splits comparable text. A stop ends a sentence before a space, but
// not after an abbreviation and not between a weekday and its date.
func sentences(s string) []span {
	var out []span
	from := 0
	add := func(to int) {
		for from < to && (s[from] == ' ' || s[from] == '\n') {
			from++
		}
		for to-from > longestSentence {
			cut := from + cutAt(s[from:from+longestSentence])
			out = append(out, span{from, cut})
			from = cut
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

// cutAt returns where to cut a piece of a sentence that is too long: after a
// comma, else after a space, of its second half; else at its end.
func cutAt(s string) int {
	half := len(s) / 2
	for _, sep := range []string{", ", " "} {
		if i := strings.LastIndex(s[half:], sep); i >= 0 {
			return half + i + len(sep)
		}
	}
	return len(s)
}

// longestAbbreviation is more than any that [abbreviated] knows has.
const longestAbbreviation = 16

func abbreviated(s string, i int) bool {
	if s[i] != '.' {
		return false
	}
	word := s[max(0, i-longestAbbreviation):i]
	word = word[strings.LastIndexAny(word, " \n(")+1:]
	switch word {
	case "e.g", "i.e", "approx", "a.m", "p.m", "u.s", "etc", "vs", "z.b", "ca", "bzw":
		return i+1 < len(s)
	}
	return strings.HasSuffix(word, "day") && i+2 < len(s) && s[i+2] >= '0' && s[i+2] <= '9'
}

var clauseBreak = regexp.MustCompile(`[;:]|, (?:but|and|so|which|while|where|whereas|although|though|wobei|aber|und|jedoch) | - `)

// cue is a word that says what a clause speaks of.
type cue struct {
	span
	role role
}

// reading is a sentence with its clauses and cues, found once for all the words in it that a rule asks about.
type reading struct {
	sentence span
	breaks   []span
	cues     []cue // by place, and by role where two begin at one
}

func (l *lexicon) read(s string, sent span) *reading {
	r := &reading{sentence: sent}
	line := s[sent.from:sent.to]
	for _, m := range clauseBreak.FindAllStringIndex(line, -1) {
		r.breaks = append(r.breaks, span{sent.from + m[0], sent.from + m[1]})
	}
	for _, kind := range []struct {
		re   *pattern
		role role
	}{{l.impact, roleImpact}, {l.cause, roleCause}, {l.fix, roleFix}} {
		for _, m := range kind.re.FindAllStringIndex(line, -1) {
			r.cues = append(r.cues, cue{span{sent.from + m[0], sent.from + m[1]}, kind.role})
		}
	}
	slices.SortFunc(r.cues, func(a, b cue) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.role, b.role)) })
	return r
}

// clause returns the part of the sentence around a range.
func (r *reading) clause(at span) span {
	c := r.sentence
	for _, b := range r.breaks {
		if b.to <= at.from {
			c.from = b.to
		}
		if b.from >= at.to {
			c.to = b.from
			break
		}
	}
	return c
}

// roleOf says what the words at a range belong to: the nearest cue before them
// in the clause decides, else the first one after.
func (r *reading) roleOf(at span) role {
	c := r.clause(at)
	best, nearest := -1, roleNone
	for _, q := range r.cues {
		switch {
		case q.from < c.from, q.to > c.to:
		case q.to <= at.from:
			if q.from > best {
				best, nearest = q.from, q.role
			}
		case q.from >= at.to && nearest == roleNone:
			return q.role
		}
	}
	return nearest
}
