package incident

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// FoldCase tells a customer's case from the events of its record, like [FoldIncident].
func FoldCase(id string, events []Event) (*Case, error) {
	c := &Case{ID: id}
	for _, e := range events {
		if err := c.Apply(e); err != nil {
			return nil, err
		}
	}
	if c.Version == 0 {
		return nil, fmt.Errorf("incident: folding %q: no events", id)
	}
	return c, nil
}

// Apply brings the case up to date with its record's next event. After an
// error the case is as it was before the call.
func (c *Case) Apply(e Event) error {
	if err := at(c.ID, c.Version, e); err != nil {
		return folding(c.ID, e, err)
	}
	if err := c.apply(e); err != nil {
		return folding(c.ID, e, err)
	}
	c.Version = e.Version
	return nil
}

func (c *Case) apply(e Event) error {
	if c.Customer == "" && c.Opened.IsZero() {
		return c.open(e)
	}
	switch p := e.Data.(type) {
	case CaseOpened:
		return errors.New("the record is open already")
	case CaseLinked:
		if c.Incident != "" && c.Incident != p.Incident {
			return fmt.Errorf("the case is linked to %q: unlink it first", c.Incident)
		}
		if c.Incident == "" {
			c.Incident, c.Linked = p.Incident, e.At
		}
	case CaseUnlinked:
		if c.Incident != p.Incident {
			return fmt.Errorf("the case is not linked to %q", p.Incident)
		}
		c.Incident, c.Linked = "", time.Time{}
	case LinksRevoked:
		c.LinksRevoked = e.At
	case HelpGiven:
		c.Help = append(c.Help, p)
	case RequestDone:
		if _, known := c.Done[p.Request]; !known {
			if c.Done == nil {
				c.Done = make(map[string]time.Time)
			}
			c.Done[p.Request] = e.At
		}
	case VerdictGiven:
		c.Verdicts = append(c.Verdicts, VerdictAt{VerdictGiven: p, At: e.At, Words: e.Words})
	case CustomerImpact:
		c.Impact = &p
	case LossRecorded:
		c.Losses = append(c.Losses, p)
	case GestureMade:
		c.Gestures = append(c.Gestures, &Gesture{ID: e.ID(), GestureMade: p, At: e.At})
	case ReportReceived, ReportCorrected, QuestionAsked, ReplyReceived, ReportAcknowledged, ReportAnswered:
		return c.applyReport(e)
	default:
		done, err := c.common().apply(e)
		if !done {
			err = misfit(e, KindCase)
		}
		return err
	}
	return nil
}

func (c *Case) open(e Event) error {
	p, ok := e.Data.(CaseOpened)
	if !ok {
		return errors.New("a record of a case is opened by case.opened")
	}
	if p.Customer == "" {
		return errors.New("it names no customer")
	}
	c.Space, c.Customer, c.Incident, c.Opened = p.Space, p.Customer, p.Incident, e.At
	c.Policies = slices.Clone(p.Policies)
	if p.Incident != "" {
		c.Linked = e.At
	}
	return nil
}

func (c *Case) common() *common {
	return &common{
		index: &c.index, owner: &c.Owner, handOvers: &c.HandOvers, policies: &c.Policies,
		statements: &c.Statements, promises: &c.Promises, waivers: &c.Waivers, escalations: &c.Escalations,
		breaches: &c.Breaches, unknown: &c.NotUnderstood,
	}
}

// report finds a report by its ID, or by the ID of a reply in its thread.
func (c *Case) report(id string) (*Report, error) {
	if len(c.Reports) > 0 && c.index.reports == nil {
		c.index.reports = make(map[string]*Report)
		for _, r := range c.Reports {
			c.index.reports[r.ID] = r
			for _, entry := range r.Thread {
				c.index.reports[entry.ID] = r
			}
		}
	}
	if r, ok := c.index.reports[id]; ok {
		return r, nil
	}
	return nil, fmt.Errorf("no report %q", id)
}

// applyReport applies what is said in the thread of a report.
func (c *Case) applyReport(e Event) error {
	switch p := e.Data.(type) {
	case ReportReceived:
		_, _ = c.report("") // bring the index up to date
		r := &Report{ID: e.ID(), ReportReceived: p, Received: e.At, Words: e.Words}
		c.Reports = append(c.Reports, r)
		if c.index.reports == nil {
			c.index.reports = make(map[string]*Report)
		}
		c.index.reports[r.ID] = r
	case ReportCorrected:
		r, err := c.report(p.Report)
		if err != nil {
			return err
		}
		if !p.Since.IsZero() {
			r.Since = p.Since
		}
		if p.Urgency != "" {
			r.Urgency = p.Urgency
		}
		c.say(r, e, "")
	case QuestionAsked:
		r, err := c.report(p.Report)
		if err != nil {
			return err
		}
		c.say(r, e, p.Text)
	case ReplyReceived:
		r, err := c.report(p.Report)
		if err != nil {
			return err
		}
		c.say(r, e, "")
	case ReportAcknowledged:
		r, err := c.report(p.Report)
		if err != nil {
			return err
		}
		r.acknowledge(p.Report, e.At)
	case ReportAnswered:
		r, err := c.report(p.Report)
		if err != nil {
			return err
		}
		r.answer(p, e.At)
	}
	return nil
}

// say adds a word to a thread: ours, or the customer's.
func (c *Case) say(r *Report, e Event, text string) {
	if e.Words != nil {
		text = e.Words.Text
	}
	id := e.ID()
	r.Thread = append(r.Thread, Entry{ID: id, Kind: e.Data.Kind(), At: e.At, Actor: e.Actor, Text: text, Words: e.Words})
	c.index.reports[id] = r
}

// Clone returns a copy of the view to which events can be applied without changing the first.
func (c *Case) Clone() *Case {
	n := *c
	n.index = index{}
	n.Policies, n.Losses, n.Help = slices.Clone(c.Policies), slices.Clone(c.Losses), slices.Clone(c.Help)
	n.Reports, n.Gestures = cloneAll(c.Reports), cloneAll(c.Gestures)
	for _, r := range n.Reports {
		r.Thread = slices.Clone(r.Thread)
	}
	n.Impact, n.Done, n.Verdicts = clone(c.Impact), maps.Clone(c.Done), slices.Clone(c.Verdicts)
	n.Statements, n.Promises = cloneAll(c.Statements), cloneAll(c.Promises)
	n.Waivers, n.Escalations, n.Breaches = slices.Clone(c.Waivers), slices.Clone(c.Escalations), slices.Clone(c.Breaches)
	n.NotUnderstood = slices.Clone(c.NotUnderstood)
	return &n
}
