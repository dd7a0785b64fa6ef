package amends

import (
	"context"
	"fmt"
	"time"

	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/policy"
)

// Requirements shows what a record requires now: waiting, open, met, waived and
// ever late, each with its due time and the reason. For an incident it includes
// those of its open cases.
func (d *Desk) Requirements(ctx context.Context, record string) ([]policy.Requirement, error) {
	s, err := d.load(ctx, record)
	if err != nil {
		return nil, fmt.Errorf("amends: requirements: %w", err)
	}
	now := d.now()
	decisions, err := d.decisions(ctx, s, now)
	if err != nil {
		return nil, fmt.Errorf("amends: requirements: %w", err)
	}
	out := combine(decisions)
	if s.c != nil {
		return out, nil
	}
	for h, err := range d.heads(ctx, incident.Filter{Kind: incident.KindCase, Incidents: family(s.i)}) {
		if err != nil {
			return nil, fmt.Errorf("amends: requirements: %w", err)
		}
		c, err := d.loadCase(ctx, h.Record)
		if err != nil {
			return nil, fmt.Errorf("amends: requirements: %w", err)
		}
		cp, err := d.lookCase(ctx, subject{i: s.i, c: c}, now)
		if err != nil {
			return nil, fmt.Errorf("amends: requirements: %w", err)
		}
		out = append(out, combine(cp.decisions)...)
	}
	return out, nil
}

// decisions of the policies about a record itself.
func (d *Desk) decisions(ctx context.Context, s subject, at time.Time) ([]policy.Decision, error) {
	if s.c != nil {
		p, err := d.lookCase(ctx, s, at)
		if err != nil {
			return nil, err
		}
		return p.decisions, nil
	}
	p, err := d.look(ctx, s.i, at)
	if err != nil {
		return nil, err
	}
	return p.decisions, nil
}

// Explain says for our people and for customers why a requirement stands where it stands.
func (d *Desk) Explain(ctx context.Context, record, requirement string) (policy.Explanation, error) {
	s, err := d.load(ctx, record)
	if err != nil {
		return policy.Explanation{}, fmt.Errorf("amends: explain: %w", err)
	}
	decisions, err := d.decisions(ctx, s, d.now())
	if err != nil {
		return policy.Explanation{}, fmt.Errorf("amends: explain: %w", err)
	}
	for i := range decisions {
		if x, ok := decisions[i].Explain(requirement); ok {
			return x, nil
		}
	}
	return policy.Explanation{}, fmt.Errorf("amends: explain: requirement %q of %q: %w", requirement, record, incident.ErrNotFound)
}

// Incident returns an incident as its record tells it.
func (d *Desk) Incident(ctx context.Context, id string) (*incident.Incident, error) {
	v, err := d.loadIncident(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("amends: %w", err)
	}
	return v, nil
}

// Case returns a case as its record tells it.
func (d *Desk) Case(ctx context.Context, id string) (*incident.Case, error) {
	c, err := d.loadCase(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("amends: %w", err)
	}
	return c, nil
}

// answerBy is when the policy says that a message is answered; zero if it does not say.
func (p *casePicture) answerBy(message string) time.Time {
	var by time.Time
	for _, r := range combine(p.decisions) {
		if r.Act == policy.ActAnswer && r.Subject == message {
			by = earlier(by, r.Due)
		}
	}
	return by
}
