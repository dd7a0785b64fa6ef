package candor

import (
	"sort"
	"strings"
)

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
		return join(d.diminished(t, d.lex.count, true), d.diminished(t, d.lex.degree, false))
	})
}

// diminished returns the diminishers that stand in a clause about the harm.
func (d *doc) diminished(t *text, re *pattern, count bool) []span {
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
			if count && !d.lex.people.MatchString(t.norm[at.from:min(sent.to, at.to+30)]) && !d.lex.impact.MatchString(words) {
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

// join adds those of more to a list that overlap none of its spans. Both are in order.
func join(list, more []span) []span {
	out := list
	for _, s := range more {
		i := sort.Search(len(list), func(i int) bool { return list[i].to > s.from })
		if i == len(list) || list[i].from >= s.to {
			out = append(out, s)
		}
	}
	return out
}

// planned reports whether the message announces planned work.
func (d *doc) planned() bool {
	switch d.msg.Status {
	case "scheduled", "in_progress", "verifying", "completed", "cancelled":
		return true
	}
	return d.msg.Maintenance || d.msg.Purpose == "announcement"
}
