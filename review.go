package amends

import (
	"maps"
	"slices"

	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/policy/candor"
)

// levelBlock is the level, in a finding's note, of what stops a statement.
const levelBlock = string(candor.Block)

// review reads words for honesty, in every language, under the levels and
// required elements of the record's policies. The strictest level counts.
func (d *Desk) review(s subject, st *incident.StatementDrafted) (notes []incident.FindingNote, blocked bool, err error) {
	policies, err := d.policies.compiled(s.pins())
	if err != nil {
		return nil, false, err
	}
	opts := &candor.Options{Levels: map[string]candor.Level{}}
	for _, p := range policies {
		for rule, level := range p.Wording() {
			opts.Levels[rule] = stricter(opts.Levels[rule], candor.Level(level))
		}
		for _, a := range st.Audiences {
			for element, level := range p.Elements(st.Purpose, a) {
				opts.Require = append(opts.Require, candor.Element(element))
				rule := "missing_" + element
				opts.Levels[rule] = stricter(opts.Levels[rule], candor.Level(level))
			}
		}
	}
	for _, locale := range slices.Sorted(maps.Keys(st.Texts)) {
		text := st.Texts[locale]
		m := &candor.Message{
			Subject: text.Subject, Body: text.Body, Locale: locale, Purpose: string(st.Purpose), Status: string(st.Status),
			Contact: st.Contact, Person: st.Person, Maintenance: s.i != nil && s.c == nil && s.i.Maintenance,
			Final: final(st.Purpose),
		}
		if st.NextUpdate != nil {
			m.NextUpdate = st.NextUpdate.At
		}
		for _, f := range candor.Review(m, opts) {
			notes = append(notes, incident.FindingNote{Rule: f.Rule, Level: string(f.Level), Locale: locale, Excerpt: f.Excerpt, Why: f.Why + ": " + f.Hint})
			blocked = blocked || f.Level == candor.Block
		}
	}
	return notes, blocked, nil
}

// final reports whether no further word need be promised after words with a purpose.
func final(p incident.Purpose) bool {
	return slices.Contains([]incident.Purpose{
		incident.PurposeResolution, incident.PurposeExplanation, incident.PurposeAnswer, incident.PurposeCorrection,
	}, p)
}

func stricter(a, b candor.Level) candor.Level {
	rank := map[candor.Level]int{"": 0, candor.Off: 1, candor.Warn: 2, candor.Block: 3}
	if rank[b] > rank[a] {
		return b
	}
	return a
}
