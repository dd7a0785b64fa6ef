package amends

import (
	"slices"
	"strings"
	"time"

	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/policy"
)

// holdAt is when a prepared first word goes out alone: two thirds of the
// allowed time have passed and nobody has written one. Plain and in time beats
// polished and late (R33, R53).
func holdAt(r policy.Requirement) time.Time {
	return r.Since.Add(r.Due.Sub(r.Since) * 2 / 3).Truncate(time.Microsecond)
}

// holds reports whether a requirement waits for a first word that the policy has prepared.
func holds(v *incident.Incident, r policy.Requirement) bool {
	if r.Prepared == "" || r.Act != policy.ActFirstNotice || r.Status != policy.Open || r.Due.IsZero() {
		return false
	}
	drafted := slices.ContainsFunc(v.Statements, func(st *incident.Statement) bool {
		return st.Prepared == r.Prepared && st.Round == v.Round // and blocked or withdrawn: a person must act
	})
	return !drafted && len(v.PublishedStatements()) == 0
}

// holding says the prepared first word, if it is time.
func (d *Desk) holding(p *picture, now time.Time) ([]incident.Event, error) {
	for i, dec := range p.decisions {
		for _, r := range dec.Requirements {
			if holds(p.view, r) && !now.Before(holdAt(r)) {
				return d.holdingEvents(p, p.policies[i], r, now)
			}
		}
	}
	return nil, nil
}

// nextHolding is when a prepared first word would go out; zero if none would.
func (p *picture) nextHolding() time.Time {
	var next time.Time
	for _, r := range p.requirements() {
		if holds(p.view, r) {
			next = earlier(next, holdAt(r))
		}
	}
	return next
}

// holdingEvents drafts, reviews and publishes a prepared text. One that the
// review blocks is kept as a blocked draft: the escalation wakes somebody.
func (d *Desk) holdingEvents(p *picture, c *policy.Compiled, r policy.Requirement, now time.Time) ([]incident.Event, error) {
	v := p.view
	next := now.Add(r.Due.Sub(r.Since)).Truncate(5 * time.Minute).Add(5 * time.Minute)
	draft := incident.StatementDrafted{
		Purpose: incident.PurposeHolding, Audiences: r.Audiences, Status: v.Status, Locale: "en", Texts: map[string]incident.Text{},
		NextUpdate: &incident.Moment{At: next}, Person: d.opts.Sender.Name, Contact: d.opts.Sender.Contact, Prepared: r.Prepared,
	}
	var components []string
	for _, comp := range v.Components {
		components = append(components, comp.Name)
	}
	fill := strings.NewReplacer("{title}", v.Title, "{components}", strings.Join(components, ", "),
		"{next_update}", next.UTC().Format("15:04 MST"), "{contact}", d.opts.Sender.Contact, "{person}", d.opts.Sender.Name)
	for _, locale := range c.Locales(r.Prepared) {
		text, _ := c.Prepared(r.Prepared, locale)
		draft.Texts[locale] = incident.Text{Subject: fill.Replace(text.Subject), Body: fill.Replace(text.Body)}
	}
	if _, ok := draft.Texts["en"]; !ok {
		for locale := range draft.Texts {
			if draft.Locale == "en" || locale < draft.Locale {
				draft.Locale = locale
			}
		}
	}
	id := incident.InnerID(v.ID, v.Version+1)
	notes, blocked, err := d.review(subject{i: v}, &draft)
	if err != nil {
		return nil, err
	}
	out := facts(draft, incident.StatementReviewed{Statement: id, Findings: notes, Blocked: blocked})
	if !blocked {
		out = append(out, facts(incident.StatementPublished{Statement: id})...)
	}
	return stamp(out, now), nil
}
