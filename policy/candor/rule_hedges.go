package candor

func hedgedImpact() Rule {
	return Rule{
		Name:   "hedged_impact",
		Level:  Warn,
		Advice: "a subset that may have been affected leaves everybody guessing whether they were",
		Hint:   "say who is affected and how to tell, or say plainly that this is not known yet",
		Cites:  []string{"R6", "R7", "R10"},
		check: func(d *doc) []hit {
			if d.planned() {
				return nil
			}
			return d.each(func(t *text) []span { return matches(t, d.lex.hedge) })
		},
	}
}

func hedgedApology() Rule {
	return Rule{
		Name:   "hedged_apology",
		Level:  Warn,
		Advice: "an apology on a condition, or for any inconvenience, is not one",
		Hint:   "name the harm that was done and apologise for it",
		Cites:  []string{"R18", "R19"},
		check: func(d *doc) []hit {
			return d.each(func(t *text) []span {
				var out []span
				conditions := matches(t, d.lex.condition)
				for _, a := range matches(t, d.lex.elements[ElementApology]) {
					for len(conditions) > 0 && conditions[0].from < a.to {
						conditions = conditions[1:]
					}
					if len(conditions) > 0 && conditions[0].to <= t.sentence(a.from).to {
						out = append(out, span{a.from, conditions[0].to})
					}
				}
				return out
			})
		},
	}
}
