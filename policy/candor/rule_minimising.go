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
		out := d.diminished(t, d.lex.count, true)
		for _, s := range d.diminished(t, d.lex.degree, false) {
			if !overlaps(out, s) {
				out = append(out, s)
			}
		}
		return out
	})
}

// diminished returns the diminishers that stand in a clause about the harm.
func (d *doc) diminished(t *text, re *pattern, count bool) []span {
	var out []span
	for _, m := range re.FindAllStringIndex(t.norm, -1) {
		at := span{m[0], m[1]}
		sent := t.sentence(at.from)
		if at.to > sent.to || d.lex.negation.MatchString(t.norm[sent.from:at.from]) {
			continue
		}
		words := t.norm[at.from:at.to]
		if strings.HasPrefix(t.norm[at.to:sent.to], " than ") {
			continue // a comparison: "slightly higher error rates than the first"
		}
		switch d.lex.roleOf(t.norm, clause(t.norm, sent, at), at) {
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

func overlaps(list []span, s span) bool {
	for _, o := range list {
		if s.from < o.to && o.from < s.to {
			return true
		}
	}
	return false
}

// planned reports whether the message announces planned work.
func (d *doc) planned() bool {
	switch d.msg.Status {
	case "scheduled", "in_progress", "verifying", "completed", "cancelled":
		return true
	}
	return d.msg.Maintenance || d.msg.Purpose == "announcement"
}
