package amends

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/policy"
)

// picture is all that one pass over an incident knows: the view, the facts
// beside it, and what the pinned policies make of them.
type picture struct {
	view      *incident.Incident
	policies  []*policy.Compiled
	notices   []notice
	progress  progress
	facts     policy.Facts
	decisions []policy.Decision
	unlooked  bool            // a case changed and was not reconciled since
	everyone  bool            // every affected customer says that it is fixed
	elsewhere map[string]bool // promises that stand in the records of absorbed incidents
	kept      []string        // absorbed incidents whose promised next updates were said here
	behind    map[string]bool // absorbed incidents of which not everybody is known yet who was told
}

// requirements of all policies together. Those of the second and later ones carry its name.
func (p *picture) requirements() []policy.Requirement {
	return combine(p.decisions)
}

func combine(decisions []policy.Decision) []policy.Requirement {
	var out []policy.Requirement
	for i, dec := range decisions {
		for _, r := range dec.Requirements {
			if i > 0 {
				r.ID = dec.Policy.Name + "/" + r.ID
			}
			out = append(out, r)
		}
	}
	return out
}

// next is when time alone changes a decision.
func (p *picture) next(at time.Time) time.Time {
	var next time.Time
	for _, dec := range p.decisions {
		next = earlier(next, dec.Next)
	}
	if asked, until := p.asked(); asked && until.After(at) { // then silence counts as no objection
		next = earlier(next, until)
	}
	return next
}

func earlier(a, b time.Time) time.Time {
	if a.IsZero() || (!b.IsZero() && b.Before(a)) {
		return b
	}
	return a
}

// look gathers the picture of an incident whose view was just read. The other
// stores are read after the view, so that a guarded append at the view's
// version is a decision on facts at least as new.
func (d *Desk) look(ctx context.Context, v *incident.Incident, at time.Time) (*picture, error) {
	absorbed, err := d.absorbed(ctx, v)
	if err != nil {
		return nil, err
	}
	whole := together(v, absorbed)
	policies, err := d.policies.compiled(whole.Policies)
	if err != nil {
		return nil, fmt.Errorf("incident %q: %w", v.ID, err)
	}
	p := &picture{view: v, policies: policies, notices: incidentNotices(v)}
	if p.progress, err = d.progressOf(ctx, v.Space, family(v), p.notices); err != nil {
		return nil, err
	}
	p.behind = behind(absorbed, p.progress.expansions)
	if err = d.findEmpty(ctx, p); err != nil {
		return nil, err
	}
	if p.unlooked, err = d.anyCaseDue(ctx, v, at); err != nil {
		return nil, err
	}
	cases, err := d.caseCounts(ctx, v)
	if err != nil {
		return nil, err
	}
	p.elsewhere = promisesElsewhere(absorbed)
	for _, a := range absorbed {
		if len(keptElsewhere(a, v)) > 0 {
			p.kept = append(p.kept, a.ID)
		}
	}
	credits, err := d.creditCounts(ctx, v)
	if err != nil {
		return nil, err
	}
	credits.Assessed = p.progress.expansions[awardKey(v)].Done
	p.progress.told[awardKey(v)] = p.progress.awards(v, credits.Assessed)
	if p.everyone, err = d.allFixed(ctx, v, cases); err != nil {
		return nil, err
	}
	if p.decided(at, cases) {
		p.notices = append(p.notices, awardNotice(v))
	}
	repeats, err := d.repeats(ctx, whole, at)
	if err != nil {
		return nil, err
	}
	p.facts = policy.Facts{Incident: whole, Told: p.progress.told, Cases: cases, Credits: credits}
	for _, r := range repeats {
		p.facts.Repeats = append(p.facts.Repeats, r.before)
	}
	for _, c := range policies {
		p.decisions = append(p.decisions, c.Decide(at, &p.facts))
	}
	return p, nil
}

// asked is whether the affected were asked whether it is fixed, and until when
// they have time to answer.
func (p *picture) asked() (bool, time.Time) {
	ask := p.progress.told[askKey(p.view)]
	switch {
	case fixedSince(p.view).IsZero() || !ask.Expanded || ask.Pending > 0:
		return false, time.Time{}
	case ask.Sent == 0 && ask.Dead+ask.Bounced > 0: // asked of everybody, and it reached nobody
		return false, time.Time{}
	case ask.Last.IsZero(): // there is nobody to ask: nobody is waited for
		return true, fixedSince(p.view)
	}
	var window time.Duration // the longest of the policies
	for _, c := range p.policies {
		window = max(window, c.VerdictWindow())
	}
	return true, ask.Last.Add(window)
}

// allFixed reports whether every affected customer said that it is fixed. A
// customer with several cases counts once, one who is not affected does not.
func (d *Desk) allFixed(ctx context.Context, v *incident.Incident, c policy.CaseCounts) (bool, error) {
	if v.Impact.Affected == 0 || c.Fixed < v.Impact.Affected {
		return false, nil
	}
	mark := incident.VerdictMarkOf(incident.VerdictGiven{Opinion: incident.OpinionFixed, Round: v.Round, Incident: v.ID})
	said := map[string]bool{}
	for h, err := range d.heads(ctx, incident.Filter{Kind: incident.KindCase, Incidents: family(v), Mark: mark}) {
		if err != nil {
			return false, err
		}
		said[h.Customer] = true
	}
	var n int64
	for ids := range slices.Chunk(slices.Sorted(maps.Keys(said)), d.opts.PageSize) {
		known, err := d.opts.Directory.Customers(ctx, v.Space, family(v), ids)
		if err != nil {
			return false, fmt.Errorf("directory: customers: %w", err)
		}
		for _, k := range known {
			if isHit(k) {
				n++
			}
		}
	}
	return n >= v.Impact.Affected, nil
}

// isHit reports whether the directory counts a customer among the affected.
func isHit(c policy.CustomerFacts) bool { return c.Degree != "" || len(c.Windows) > 0 }

// decided reports whether customers have decided that it is fixed: then what
// each is owed can be summed up, once and not round by round.
func (p *picture) decided(at time.Time, c policy.CaseCounts) bool {
	if s := p.view.Status; s == incident.StatusConfirmed || s == incident.StatusClosed {
		return true
	}
	asked, until := p.asked()
	return asked && c.Partly+c.Broken == 0 && (p.everyone || !at.Before(until))
}

// skew is how far the clocks of two processes may be apart without a guard
// missing that a case was changed.
const skew = 2 * time.Hour

// anyCaseDue reports whether a case of the incident changed and was not
// reconciled since: what follows from it may not be in outbox and ledger yet.
func (d *Desk) anyCaseDue(ctx context.Context, v *incident.Incident, at time.Time) (bool, error) {
	l, err := d.store.List(ctx, incident.Filter{Kind: incident.KindCase, Incidents: family(v), DueBy: at.Add(skew)}, "", 1)
	if err != nil {
		return false, fmt.Errorf("cases of %q: %w", v.ID, err)
	}
	return len(l.Heads) > 0, nil
}

func (d *Desk) caseCounts(ctx context.Context, v *incident.Incident) (policy.CaseCounts, error) {
	counts, err := d.store.Tally(ctx, incident.Filter{Kind: incident.KindCase, Incidents: family(v)})
	if err != nil {
		return policy.CaseCounts{}, fmt.Errorf("cases of %q: %w", v.ID, err)
	}
	mark := func(o incident.Opinion) string {
		return incident.VerdictMarkOf(incident.VerdictGiven{Opinion: o, Round: v.Round, Incident: v.ID})
	}
	fixed, partly, broken := mark(incident.OpinionFixed), mark(incident.OpinionPartly), mark(incident.OpinionBroken)
	out := policy.CaseCounts{FirstReport: v.Clocks[incident.ClockOutsideReport]}
	for _, c := range counts {
		switch c.Mark {
		case "":
			out.All += c.N
		case incident.MarkReported:
			out.Reports += c.N
		case incident.MarkUnacknowledged:
			out.Unacknowledged += c.N
		case incident.MarkUnanswered:
			out.Unanswered += c.N
		case incident.MarkPromisePending:
			out.PromisesPending += c.N
		case fixed:
			out.Fixed += c.N
		case partly:
			out.Partly += c.N
		case broken:
			out.Broken += c.N
		}
	}
	return out, nil
}

func (d *Desk) creditCounts(ctx context.Context, v *incident.Incident) (policy.CreditCounts, error) {
	t, err := d.ledger.Tally(ctx, compensate.Query{Space: v.Space, Bases: family(v)})
	if err != nil {
		return policy.CreditCounts{}, fmt.Errorf("ledger of %q: %w", v.ID, err)
	}
	var out policy.CreditCounts
	for _, line := range t.Lines {
		if line.State.Settled() {
			out.Settled += line.N
		} else {
			out.Open += line.N
		}
	}
	return out, nil
}

// repeatHorizon bounds how far back a repeat is looked for. The longest window
// of the policies in use is shorter.
const repeatHorizon = 400 * 24 * time.Hour

// repeatsKnown is an answer of repeats, with what it was an answer to.
type repeatsKnown struct {
	question string
	until    time.Time
	repeats  []repeat
}

// repeat is an earlier incident with a component in common, and how long before it began.
type repeat struct {
	id     string
	before time.Duration
}

// repeatsFresh is how long an answer is taken for true: what began before an
// incident hardly ever changes, and reading all of it costs more than the rest of a pass.
const repeatsFresh = 10 * time.Minute

// repeats lists how long before this incident others with a component in common began.
func (d *Desk) repeats(ctx context.Context, v *incident.Incident, at time.Time) ([]repeat, error) {
	question := fmt.Sprint(began(v).UnixMicro(), v.Components)
	if k, ok := d.earlier.Load(v.ID); ok {
		if k := k.(repeatsKnown); k.question == question && at.Before(k.until) { //nolint:forcetypeassert // only stored below
			return k.repeats, nil
		}
	}
	found, err := d.findRepeats(ctx, v)
	if err == nil {
		d.earlier.Store(v.ID, repeatsKnown{question: question, until: at.Add(repeatsFresh), repeats: found})
	}
	return found, err
}

func (d *Desk) findRepeats(ctx context.Context, v *incident.Incident) ([]repeat, error) {
	var out []repeat
	cursor := ""
	for {
		l, err := d.store.List(ctx, incident.Filter{Space: v.Space, Kind: incident.KindIncident}, cursor, 0)
		if err != nil {
			return nil, fmt.Errorf("earlier incidents of %q: %w", v.Space, err)
		}
		for _, h := range l.Heads {
			switch {
			case h.Record == v.ID, h.Status == incident.StatusDismissed, h.Status == incident.StatusMerged,
				!h.Opened.Before(v.Opened), h.Opened.Before(v.Opened.Add(-repeatHorizon)):
				continue
			}
			old, err := d.loadIncident(ctx, h.Record)
			if err != nil {
				return nil, err
			}
			if !old.Maintenance && shareComponent(old, v) {
				out = append(out, repeat{old.ID, began(v).Sub(began(old))})
			}
		}
		if l.Cursor == "" {
			slices.SortFunc(out, func(a, b repeat) int { return cmp.Compare(a.before, b.before) })
			return out, nil
		}
		cursor = l.Cursor
	}
}

// began is when an incident began for customers, as far as known.
func began(v *incident.Incident) time.Time {
	if t, ok := v.Clocks[incident.ClockOccurred]; ok {
		return t
	}
	if t, ok := v.Clocks[incident.ClockDetected]; ok {
		return t
	}
	return v.Opened
}

func shareComponent(a, b *incident.Incident) bool {
	return slices.ContainsFunc(a.Components, func(x incident.Component) bool {
		return slices.ContainsFunc(b.Components, func(y incident.Component) bool { return x.ID == y.ID })
	})
}

// guardFacts is what the state machine asks of the other stores.
func (d *Desk) guardFacts(ctx context.Context, v *incident.Incident, step incident.Step, said incident.Facts) (incident.Facts, error) {
	p, err := d.look(ctx, v, said.At)
	if err != nil {
		return incident.Facts{}, err
	}
	f := p.guardFacts(said)
	if step == incident.StepClose || step == incident.StepComplete {
		err = d.caseFacts(ctx, v, &f)
	}
	f.PendingPromises += p.promisedElsewhere()
	return f, err
}

// caseFacts counts what the cases require, one by one: an answer counts once it
// has arrived, and a waiver settles. Only a step that ends everything pays for that.
func (d *Desk) caseFacts(ctx context.Context, v *incident.Incident, f *incident.Facts) error {
	f.Unanswered, f.PendingPromises = 0, 0
	seen := map[string]bool{}
	for _, mark := range []string{incident.MarkReported, incident.MarkPromisePending} {
		for h, err := range d.heads(ctx, incident.Filter{Kind: incident.KindCase, Incidents: family(v), Mark: mark}) {
			if err != nil {
				return err
			}
			if seen[h.Record] {
				continue
			}
			seen[h.Record] = true
			c, err := d.loadCase(ctx, h.Record)
			if err != nil {
				return err
			}
			p, err := d.lookCase(ctx, subject{i: v, c: c}, f.At)
			if err != nil {
				return err
			}
			for _, r := range combine(p.decisions) {
				switch {
				case r.Status == policy.Met, r.Status == policy.Waived, r.OutlivesClosing:
				case r.Act == policy.ActAcknowledge, r.Act == policy.ActAnswer:
					f.Unanswered++
				case r.Act == policy.ActKeepPromise:
					f.PendingPromises++
				case r.Status == policy.Open:
					f.OpenRequirements++
				}
			}
		}
	}
	return nil
}

// guardFacts adds what the stores say to what the person who takes the step says.
func (p *picture) guardFacts(f incident.Facts) incident.Facts {
	c := p.facts.Cases
	f.Disputed = c.Partly + c.Broken
	f.Unanswered = c.Unanswered + c.Unacknowledged
	f.PendingPromises = c.PromisesPending
	f.UnpaidCredits = p.facts.Credits.Open
	f.Unassessed = !p.facts.Credits.Assessed
	f.Unreconciled = p.unlooked
	f.Asked, f.AskedUntil = p.asked()
	f.AllFixed = f.Asked && p.everyone
	for _, r := range p.requirements() {
		switch {
		case r.Status != policy.Open, r.Act == policy.ActAskVerdict, r.OutlivesClosing:
		case r.Act == policy.ActUpdate && !r.Late: // the next word is not due yet, and the step ends the cadence
		default:
			f.OpenRequirements++
		}
	}
	for _, n := range p.notices {
		if n.kind != string(incident.PurposeResolution) {
			continue
		}
		if t := p.progress.told[n.baseKey()]; !t.Expanded {
			f.Untold++
		} else {
			f.Untold += t.Pending
		}
	}
	return f
}
