package candor

import "strings"

func minimising() Rule {
	return Rule{
		Name:   "minimising",
		Level:  Block,
		Advice: "a diminishing word for the harm tells those who are hit that they do not count, even where it is true",
		Hint:   "give the exact number or range, or say that it is not known yet; leave the judgement to those affected",
		Cites:  []string{"R20", "R21"},
		check:  checkMinimising,
	}
}

func checkMinimising(d *doc) []hit {
	if d.planned() {
		return nil
	}
	return d.each(func(t *text) []span {
		out := join(d.diminished(t, d.lex.count, aboutPeople), d.diminished(t, d.lex.sparing, aboutHarm))
		return join(out, d.diminished(t, d.lex.degree, aboutAny))
	})
}

// evidence is what shows that a diminisher is about the harm where no other word of its clause does.
type evidence int

const (
	aboutAny    evidence = iota // none is needed: it names an outage itself
	aboutPeople                 // it counts people
	aboutHarm                   // nothing does: the clause must say so
)

// diminished returns the diminishers that stand in a clause about the harm.
func (d *doc) diminished(t *text, re *pattern, needs evidence) []span {
	var out []span
	var read *reading
	for _, m := range re.FindAllStringIndex(t.norm, -1) {
		at := span{m[0], m[1]}
		sent := t.sentence(at.from)
		if at.to > sent.to || d.lex.negation.MatchString(tail(t.norm[sent.from:at.from], longestNegation)) {
			continue
		}
		words := t.norm[at.from:at.to]
		if strings.HasPrefix(t.norm[at.to:sent.to], " than ") {
			continue // a comparison: "slightly higher error rates than the first"
		}
		if read == nil || read.sentence != sent {
			read = d.lex.read(t.norm, sent)
		}
		switch read.roleOf(at) {
		case roleImpact:
		case roleNone:
			// Without a cue, a degree of an outage or a count of people is about the harm itself.
			if needs == aboutHarm || needs == aboutPeople &&
				!d.lex.people.MatchString(t.norm[at.from:min(sent.to, at.to+30)]) && !d.lex.impact.MatchString(words) {
				continue
			}
		default:
			continue
		}
		out = append(out, at)
	}
	return out
}

// longestNegation is how far before a diminisher a negation is looked for, in bytes.
const longestNegation = 100

// tail returns the last n bytes of s, whole words only.
func tail(s string, n int) string {
	if len(s) <= n {
		return s
	}
	s = s[len(s)-n:]
	return s[strings.IndexByte(s, ' ')+1:]
}

// join adds those of more to a list that overlap none of its spans. Both are in order, and so is the result.
func join(list, more []span) []span {
	var out []span
	for _, s := range more {
		for len(list) > 0 && list[0].to <= s.from {
			out, list = append(out, list[0]), list[1:]
		}
		if len(list) == 0 || list[0].from >= s.to {
			out = append(out, s)
		}
	}
	return append(out, list...)
}

// planned reports whether the message announces planned work.
func (d *doc) planned() bool {
	switch d.msg.Status {
	case "scheduled", "in_progress", "verifying", "completed", "cancelled":
		return true
	}
	return d.msg.Maintenance || d.msg.Purpose == "announcement"
}
