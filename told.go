package amends

import (
	"context"
	"fmt"
	"slices"

	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/policy"
)

// progress is how far the notices of some records have come, as the outbox tells it.
type progress struct {
	told       map[string]policy.Told      // by notice key, late joiners counted with the first
	expansions map[string]notify.Expansion // by the expansion's own key
}

// pending reports whether a delivery is under way.
func (p progress) pending() bool {
	for _, t := range p.told {
		if t.Pending > 0 {
			return true
		}
	}
	return false
}

// progressOf reads the outbox once a record.
func (d *Desk) progressOf(ctx context.Context, space string, records []string, notices []notice) (progress, error) {
	p := progress{told: map[string]policy.Told{}, expansions: map[string]notify.Expansion{}}
	for _, record := range records {
		t, err := d.outbox.Tally(ctx, notify.Query{Space: space, Record: record})
		if err != nil {
			return progress{}, fmt.Errorf("outbox of %q: %w", record, err)
		}
		for _, e := range t.Expansions {
			p.expansions[e.Notice] = e
		}
		for _, line := range t.Counts {
			key := splitWidened(line.Notice)
			p.told[key] = d.addLine(p.told[key], line)
		}
	}
	// A notice is expanded when it and what late joiners get of it are.
	pending := map[string]bool{}
	for _, n := range notices {
		base := n.baseKey()
		if !p.expansions[n.key].Done {
			pending[base] = true
		}
		if _, ok := p.told[base]; !ok {
			p.told[base] = policy.Told{}
		}
	}
	for key, t := range p.told {
		t.Expanded = p.expansions[key].Done && !pending[key]
		p.told[key] = t
	}
	return p, nil
}

// awards is how far telling customers of their awards has come: an entry is
// told once, whatever the round in which it came up.
func (p progress) awards(v *incident.Incident, assessed bool) policy.Told {
	sum := policy.Told{Expanded: assessed}
	for _, id := range family(v) {
		t := p.told["award:"+id]
		sum.Items += t.Items
		sum.Pending += t.Pending
		sum.Sent += t.Sent
		sum.Dead += t.Dead
		sum.Bounced += t.Bounced
		sum.Suppressed += t.Suppressed
		sum.Channels = append(sum.Channels, t.Channels...)
		sum.First = earlier(sum.First, t.First)
		if t.Last.After(sum.Last) {
			sum.Last = t.Last
		}
	}
	return sum
}

// findEmpty notes which audiences of a notice turned out to hold nobody, where
// that matters: a notice that reached nobody in private is owed to nobody there
// if nobody is affected, and not done otherwise.
func (d *Desk) findEmpty(ctx context.Context, p *picture) error {
	for _, n := range p.notices {
		t := p.progress.told[n.baseKey()]
		if !t.Expanded || n.assess || slices.ContainsFunc(t.Channels, func(c policy.ToldChannel) bool { return !c.Public }) {
			continue
		}
		for _, a := range n.audiences {
			if a == incident.AudiencePublic {
				continue
			}
			empty, err := d.isEmpty(ctx, p.view, n, a)
			if err != nil {
				return err
			}
			if empty && !slices.Contains(t.Empty, a) {
				t.Empty = append(t.Empty, a)
			}
		}
		p.progress.told[n.baseKey()] = t
	}
	return nil
}

func (d *Desk) isEmpty(ctx context.Context, v *incident.Incident, n notice, a incident.Audience) (bool, error) {
	read := d.fromDirectory(n, a)
	if a == incident.AudienceReporters {
		read = d.fromReporters(n)
	}
	ask := ExpandRequest{Space: v.Space, Record: v.ID, Incidents: family(v), Limit: 1}
	for cursor := ""; ; {
		items, next, err := read(ctx, ask, cursor)
		if err != nil || len(items) > 0 || next == "" {
			return len(items) == 0, err
		}
		cursor = next
	}
}

func (d *Desk) addLine(t policy.Told, line notify.TallyLine) policy.Told {
	t.Items += line.N
	switch line.State {
	case notify.StatePending, notify.StateLeased, notify.StateTask:
		t.Pending += line.N
	case notify.StateDead:
		t.Dead += line.N
	case notify.StateBounced:
		t.Bounced += line.N
	case notify.StateSuppressed:
		t.Suppressed += line.N
	case notify.StateSuperseded: // a newer one was told instead
	case notify.StateSent:
		t.Sent += line.N
		if t.First.IsZero() || line.First.Before(t.First) {
			t.First = line.First
		}
		if line.Last.After(t.Last) {
			t.Last = line.Last
		}
		t.Channels = append(t.Channels, policy.ToldChannel{
			Channel: line.Channel, Public: d.opts.Channels[line.Channel].Public, Passive: d.opts.Channels[line.Channel].Passive,
			Sent: line.N, First: line.First,
		})
	}
	return t
}

// family is an incident with those that live on in it.
func family(v *incident.Incident) []string {
	return append([]string{v.ID}, v.Absorbed...)
}

// person reports whether a channel is a person: a call, a letter, a filing.
func (d *Desk) person(channel string) bool {
	c, ok := d.opts.Channels[channel]
	return ok && c.Notifier == nil
}
