package candor

func recordExcuse() Rule {
	return Rule{
		Name:   "record_excuse",
		Level:  Block,
		Advice: "how rarely it fails is no comfort to those it failed, and it asks them to be grateful",
		Hint:   "leave the record out; say what will keep it from happening again",
		Cites:  []string{"R25"},
		check: func(d *doc) []hit {
			return d.each(func(t *text) []span { return matches(t, d.lex.record) })
		},
	}
}

func businessExcuse() Rule {
	return Rule{
		Name:   "business_excuse",
		Level:  Block,
		Advice: "our staffing, priorities or contract are our affair; the customer has a business to run too",
		Hint:   "say what you will do for them and by when",
		Cites:  []string{"R23", "R31"},
		check: func(d *doc) []hit {
			return d.each(func(t *text) []span { return matches(t, d.lex.business) })
		},
	}
}

func platitude() Rule {
	return Rule{
		Name:   "platitude",
		Level:  Warn,
		Advice: "a phrase that fits every failure says nothing about this one",
		Hint:   "put a fact in its place: what happened, what is being done, what will change",
		Cites:  []string{"R22"},
		check: func(d *doc) []hit {
			return d.each(func(t *text) []span {
				out := matches(t, d.lex.platitude)
				if hollow := matches(t, d.lex.hollow); len(hollow) > 0 && !d.factual() {
					out = append(out, hollow...)
				}
				return out
			})
		},
	}
}

// factual reports whether the message tells anything about this failure.
func (d *doc) factual() bool {
	return d.has(ElementCause) || d.has(ElementDone) || d.has(ElementPrevention) || d.has(ElementScope)
}

// matches returns the places of a pattern that lie within one sentence.
func matches(t *text, re *pattern) []span {
	var out []span
	for _, m := range re.FindAllStringIndex(t.norm, -1) {
		if m[1] > m[0] && m[1] <= t.sentence(m[0]).to {
			out = append(out, span{m[0], m[1]})
		}
	}
	return out
}
