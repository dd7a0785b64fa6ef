package candor

import "slices"

func missingNextUpdate() Rule {
	return Rule{
		Name:   "missing_next_update",
		Level:  Block,
		Advice: "who does not know when the next word comes assumes the worst",
		Hint:   "give a time for the next update, even if there will be nothing new to say",
		Cites:  []string{"R45", "R53"},
		check: func(d *doc) []hit {
			return missing(d.goesOn() && !d.has(ElementNextUpdate))
		},
	}
}

func missingContact() Rule {
	return Rule{
		Name:   "missing_contact",
		Level:  Warn,
		Advice: "customers need a way to reach a person about this",
		Hint:   "say where to write or call; replying to the message should work too",
		Cites:  []string{"R65"},
		check: func(d *doc) []hit {
			return missing(d.lex != nil && !d.has(ElementContact))
		},
	}
}

func resolutionWithoutAction() Rule {
	return Rule{
		Name:   "resolution_without_action",
		Level:  Block,
		Advice: "that it is fixed can be believed only with what was done",
		Hint:   "say what was changed, rolled back, replaced or restored",
		Cites:  []string{"R3", "R71"},
		check: func(d *doc) []hit {
			return missing(d.lex != nil && d.resolves() && !d.has(ElementDone))
		},
	}
}

func unsupportedLocale() Rule {
	return Rule{
		Name:   "unsupported_locale",
		Level:  Warn,
		Advice: "the rules do not know this language, so the words were not reviewed",
		Hint:   "let a person who speaks it read the message against the rules",
		Cites:  []string{"R1"},
		check:  func(d *doc) []hit { return missing(d.lex == nil) },
	}
}

// required makes a rule of each element that the options ask for, except those
// whose rule applies already.
func (d *doc) required() []Rule {
	var out []Rule
	asked := slices.Clone(d.opts.Require)
	slices.Sort(asked)
	for _, e := range slices.Compact(asked) {
		if e == ElementNextUpdate && d.goesOn() || e == ElementContact && d.lex != nil || e == ElementDone && d.lex != nil && d.resolves() {
			continue
		}
		r := Rule{
			Name: "missing_" + string(e), Level: Block,
			Advice: "the policy asks for this element (" + string(e) + ") in such a message",
			Hint:   "add it in words, or in the statement's own field",
			Cites:  []string{"R1"},
			check:  func(d *doc) []hit { return missing(!d.has(e)) },
		}
		switch {
		case d.tells(e):
		case d.lex == nil:
			continue // unsupported_locale says so
		default:
			r.Name, r.Level = "unchecked_"+string(e), Warn
			r.Advice = "the policy asks for this element (" + string(e) + "), and the review cannot tell in this language whether it is there"
			r.Hint = "let a person check it"
		}
		out = append(out, r)
	}
	return out
}

// goesOn reports whether customers wait for another word after this one.
func (d *doc) goesOn() bool {
	if d.msg.Final || d.lex == nil || d.planned() {
		return false
	}
	switch d.msg.Status {
	case "resolved", "confirmed", "closed", "dismissed", "merged", "postmortem":
		return false
	}
	switch d.msg.Purpose {
	case "", "update", "holding", "reopening":
		return true
	}
	return false
}

// resolves reports whether the message calls it fixed.
func (d *doc) resolves() bool {
	return !d.planned() && (d.msg.Purpose == "resolution" || d.msg.Status == "resolved")
}
