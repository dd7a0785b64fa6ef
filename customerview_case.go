package amends

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/incident"
)

// fromCase fills in what is true of this customer alone.
func (b *viewBuilder) fromCase(ctx context.Context, c *incident.Case) error {
	v := &b.view
	if c.Impact != nil {
		impact := *c.Impact
		if len(impact.Windows) == 0 {
			impact.Windows = b.facts.Windows
		}
		if len(impact.Objects) == 0 {
			impact.Objects = b.facts.Objects
		}
		v.Impact = &impact
	}
	if c.LinksRevoked.After(v.LinksRevoked) {
		v.LinksRevoked = c.LinksRevoked
	}
	for _, s := range c.Statements {
		if b.mine(s) {
			v.Said = append(v.Said, b.said(s))
		}
	}
	b.promises(c.Promises)
	if w, ok := c.LastVerdict(); ok && (v.Verdict == nil || w.At.After(v.Verdict.At)) {
		v.Verdict = &incident.CustomerVerdict{Opinion: w.Opinion, Satisfaction: w.Satisfaction, At: w.At}
		v.Verdict.Words, _ = ownWords(w.Words)
	}
	p, err := b.d.lookCase(ctx, subject{c: c, i: b.inc}, v.At)
	if err != nil {
		return err
	}
	for _, r := range c.Reports {
		v.Reports = append(v.Reports, reported(r, p))
	}
	return nil
}

// reported shows a message of the customer and what followed.
func reported(r *incident.Report, p *casePicture) incident.CustomerReport {
	out := incident.CustomerReport{
		ID: r.ID, Kind: r.ReportReceived.Report, Received: r.Received, Since: r.Since, Answered: r.Answered, Asked: r.AwaitsCustomer(),
	}
	out.Words, out.Erased = ownWords(r.Words)
	if r.Answered.IsZero() {
		out.AnswerBy = p.answerBy(r.ID)
	}
	for _, e := range r.Thread {
		entry := incident.CustomerEntry{Ours: e.Words == nil, Text: e.Text, At: e.At}
		if e.Words != nil {
			entry.Text, entry.Erased = ownWords(e.Words)
		}
		out.Thread = append(out.Thread, entry)
		if e.Reply() && e.Answered.IsZero() { // the latest message is answered last
			out.Answered, out.AnswerBy = time.Time{}, earlier(out.AnswerBy, p.answerBy(e.ID))
		}
	}
	return out
}

// ownWords are what the customer wrote, and whether it was erased at their wish.
func ownWords(w *incident.Words) (text string, erased bool) {
	if w == nil {
		return "", false
	}
	return w.Text, w.Erased
}

// fromLedger shows what the customer gets, and why: what still waits for a
// person's approval or decision is not promised to them.
func (b *viewBuilder) fromLedger(ctx context.Context) error {
	var bases []string
	for _, i := range b.family {
		bases = append(bases, i.ID)
	}
	for _, c := range b.cases {
		bases = append(bases, c.ID)
	}
	return b.d.entries(ctx, compensate.Query{Space: b.view.Space, Customers: []string{b.customer}, Bases: bases}, func(e compensate.Entry) error {
		if !promised(e) {
			return nil
		}
		a := incident.CustomerAward{
			Amount: e.InKind, Why: slices.Clone(e.Why), Paid: e.State == compensate.StateIssued || e.State == compensate.StateFulfilled,
		}
		if !e.Amount.IsZero() {
			var err error
			if a.Amount, err = e.Amount.Format(b.locale); err != nil {
				return errors.Join(fmt.Errorf("entry %q", e.ID), err)
			}
		}
		b.view.Awards = append(b.view.Awards, a)
		return nil
	})
}

// promised reports whether customers are told of an entry.
func promised(e compensate.Entry) bool {
	return e.State != compensate.StateProposed && e.State != compensate.StateNothing && e.InKind != undecided
}
