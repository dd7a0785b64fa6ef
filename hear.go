package amends

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/amends-dev/amends/incident"
)

// Hear takes what a customer says on their page, or in a host's own portal: it
// becomes the command that fits, said by the customer. What they may speak about
// is what [Desk.CustomerView] shows them: a record, report or request that is not
// theirs is incident.ErrNotFound. A word with a key is taken once; the same key
// with other content is incident.ErrKeyReused. A word that does not fit how things
// stand now, such as a verdict on a fix that nobody claims any more, is
// incident.ErrConflict; one that fits nothing wraps [ErrInvalid].
func (d *Desk) Hear(ctx context.Context, w incident.CustomerWord) error {
	if err := d.hear(ctx, w); err != nil {
		return fmt.Errorf("amends: hearing customer %q: %w", w.Customer, err)
	}
	return nil
}

func (d *Desk) hear(ctx context.Context, w incident.CustomerWord) error {
	b := &viewBuilder{d: d, customer: w.Customer}
	if err := b.load(ctx, w.Space, w.Record); err != nil {
		return err
	}
	if err := b.fromDirectory(ctx); err != nil { // a customer whom nobody knows is not heard
		return err
	}
	c := Command{By: incident.Actor{Kind: incident.ActorCustomer, ID: w.Customer}}
	if w.Key != "" { // a key of theirs is no key of anybody else's
		c.Key = "customer:" + w.Customer + ":" + w.Key
	}
	// Named as they were asked for, so that a repeat is the same command whatever was merged or linked since.
	who := Customer{Incident: w.Record, Customer: w.Customer}
	if b.isCase {
		who = Customer{Space: w.Space, Case: w.Record, Customer: w.Customer}
	}
	var err error
	switch w.Say {
	case incident.SayVerdict:
		_, err = d.Verdict(ctx, Verdict{Command: c, Customer: who, Opinion: w.Opinion, Satisfaction: w.Satisfaction, Words: w.Text})
		if errors.Is(err, ErrInvalid) && validVerdict(w) {
			err = fmt.Errorf("%w: %w", incident.ErrConflict, err)
		}
	case incident.SayReport:
		kind := w.Kind
		if kind == "" {
			kind = incident.ReportFailure
		}
		_, err = d.Report(ctx, Report{Command: c, Customer: who, Kind: kind, Words: w.Text, Since: w.Since, Urgency: w.Urgency, Via: w.Via})
	case incident.SayReply, incident.SayCorrection:
		n := slices.IndexFunc(b.cases, func(v *incident.Case) bool { return v.Report(w.Report) != nil })
		if n < 0 {
			return fmt.Errorf("report %q: %w", w.Report, incident.ErrNotFound)
		}
		_, err = d.Reply(ctx, Reply{
			Command: c, Customer: Customer{Case: b.cases[n].ID, Customer: w.Customer}, Report: w.Report, Words: w.Text,
			Corrects: w.Say == incident.SayCorrection,
		})
	case incident.SayDone:
		if !slices.ContainsFunc(b.family, func(i *incident.Incident) bool { return i.Request(w.Request) != nil }) {
			return fmt.Errorf("request %q: %w", w.Request, incident.ErrNotFound)
		}
		_, err = d.NoteCase(ctx, CaseNote{Command: c, Customer: who, Facts: []incident.Payload{incident.RequestDone{Request: w.Request}}})
	default:
		err = invalid("hear", "%q: want verdict, report, reply, correction or done", w.Say)
	}
	return err
}

// validVerdict reports whether there is nothing wrong with a verdict itself.
func validVerdict(w incident.CustomerWord) bool {
	return slices.Contains([]incident.Opinion{incident.OpinionFixed, incident.OpinionPartly, incident.OpinionBroken}, w.Opinion) &&
		w.Satisfaction >= 0 && w.Satisfaction <= 5
}
