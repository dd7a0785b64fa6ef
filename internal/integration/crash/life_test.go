package crash_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync/atomic"
	"time"

	"github.com/amends-dev/amends"
	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/notify"
)

var (
	ada        = incident.Actor{Kind: incident.ActorStaff, ID: "ada", Name: "Ada"}
	monitoring = incident.Actor{Kind: incident.ActorHost, ID: "monitoring"}
)

// reporters is how many customers write about each incident.
const reporters = 4

// life is what a child lives through.
type life struct {
	*orders
	desk   *amends.Desk
	stores amends.Stores
	ahead  atomic.Int64 // of its clock; moved by itself only once it is alone
	waits  string       // for what it waits
}

func (l *life) now() time.Time { return time.Now().Add(time.Duration(l.ahead.Load())) }

// child is a process of the company, until it is killed or has finished.
func child(o orders) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	stores, shut, err := o.open(ctx)
	if err != nil {
		return err
	}
	l := &life{orders: &o, stores: stores}
	l.ahead.Store(int64(o.Ahead))
	if l.desk, err = o.desk(stores, l.now); err != nil {
		return err
	}
	fmt.Println("ready")
	if task, ok := tasks()[o.Task]; ok {
		return errors.Join(task(ctx, l), shut())
	}
	ran := make(chan error, 1)
	if !o.Finish { // who finishes works off what is due by itself, since it also moves the clock
		go func() { ran <- l.desk.Run(ctx) }()
	} else {
		ran <- nil
	}
	err = l.live(ctx)
	cancel()
	return errors.Join(err, <-ran, shut())
}

// live goes through one incident after the other, beginning with the last that there is.
func (l *life) live(ctx context.Context) error {
	n, err := l.last(ctx)
	if err != nil {
		return err
	}
	for ; ; n++ {
		err := l.through(ctx, n)
		for err != nil && l.Patient && ctx.Err() == nil { // a host repeats its commands under the same keys
			fmt.Fprintln(os.Stderr, "trying again:", err)
			err = l.through(ctx, n)
		}
		if err != nil {
			return fmt.Errorf("incident %d: %w", n, err)
		}
		if l.Finish {
			return l.rest(ctx)
		}
		if n == l.Last {
			return nil
		}
	}
}

// rest works off what is left.
func (l *life) rest(ctx context.Context) error {
	for range 12 {
		if err := l.desk.Settle(ctx); err != nil {
			return err
		}
		l.ahead.Add(int64(time.Hour))
	}
	return l.desk.Settle(ctx)
}

func incidentID(n int) string { return fmt.Sprintf("inc-%04d", n) }

// last is the number of the last incident, or 1.
func (l *life) last(ctx context.Context) (int, error) {
	n, cursor := 0, ""
	for {
		list, err := l.stores.Records.List(ctx, incident.Filter{Kind: incident.KindIncident}, cursor, 0)
		if err != nil {
			return 0, err
		}
		n += len(list.Heads)
		if cursor = list.Cursor; cursor == "" {
			return max(n, 1), nil
		}
	}
}

// until asks again and again whether something is so; whoever finishes moves on meanwhile.
func (l *life) until(ctx context.Context, so func() (bool, error)) error {
	for moved := 0; ; {
		if l.Finish {
			if err := l.desk.Settle(ctx); err != nil {
				return err
			}
		}
		yes, err := so()
		if err != nil || yes {
			return err
		}
		if l.Finish {
			if moved++; moved > 14*12 {
				return fmt.Errorf("two weeks later there is still to come: %s", l.waits)
			}
			l.ahead.Add(int64(2 * time.Hour))
			continue
		}
		select {
		case <-time.After(10 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// key makes a command repeatable: every process sends the same ones.
func (*life) key(by incident.Actor, format string, args ...any) amends.Command {
	return amends.Command{Key: fmt.Sprintf(format, args...), By: by}
}

// mark is in the words of a statement, so that it can be told from all others in what customers got.
func mark(n int, what string) string { return fmt.Sprintf("(%s, %s)", incidentID(n), what) }

// statements that each incident brings, in order.
func statements() []string { return []string{"first", "second", "resolution", "explanation"} }

// bodies of the statements.
func bodies() map[string]string {
	return map[string]string{
		"first":      "Restores hang at 0 %. Your backups are safe. We stopped the new scheduler and look for the cause.",
		"second":     "The cause is our own change of the scheduler. We are rolling it back now.",
		"resolution": "Restores work again. We rolled back the scheduler and restarted every restore that was waiting.",
		"explanation": "We are sorry: our mistake cost you working time. It happened because we changed the scheduler without testing restores of archives. " +
			"We rolled it back, and from now on every change of it is tested with a full restore first.",
	}
}

// reports are the customers who write about an incident.
func (o *orders) reports(n int) []string {
	var ids []string
	for i := range min(reporters, o.Customers) {
		ids = append(ids, customerID((n*reporters+i)%o.Customers))
	}
	return ids
}

func words(customer string, n int) string {
	return fmt.Sprintf("my restore stands at 0 percent, says %s of %s", customer, incidentID(n))
}

// through goes through an incident from its beginning; what was done before is repeated, and changes nothing.
func (l *life) through(ctx context.Context, n int) error {
	id := incidentID(n)
	if _, err := l.desk.Declare(ctx, amends.Declare{
		Command: l.key(monitoring, "%s/declare", id), Space: space, ID: id, Title: "Restores hang at 0 %", Severity: incident.SeverityMajor,
		Components: []incident.Component{{ID: "restore", Name: "Restore", Core: true}}, Owner: "ada",
	}); err != nil {
		return err
	}
	for _, step := range []func(context.Context, int) error{
		l.statement("first", incident.PurposeUpdate), l.hear, l.statement("second", incident.PurposeUpdate),
		l.resolve, l.verdicts, l.statement("explanation", incident.PurposeExplanation),
		l.advance(incident.StepConfirm), l.credits, l.advance(incident.StepClose),
	} {
		if err := step(ctx, n); err != nil {
			return err
		}
	}
	return nil
}

// statement publishes words and waits until all have them: newer ones would supersede them.
func (l *life) statement(what string, p incident.Purpose) func(context.Context, int) error {
	return func(ctx context.Context, n int) error {
		id, body := incidentID(n), bodies()[what]
		in, err := l.desk.Incident(ctx, id)
		if err != nil {
			return err
		}
		d := amends.Draft{
			Command: l.key(ada, "%s/draft/%s", id, what), Record: id, Purpose: p,
			Texts: map[string]incident.Text{"en": {Subject: "Restores " + mark(n, what), Body: body + " " + mark(n, what)}},
		}
		if p == incident.PurposeUpdate {
			d.NextUpdate = &incident.Moment{At: in.Opened.Add(2 * time.Hour), Zone: "Europe/Berlin"} // the same for whoever says it
		}
		r, findings, err := l.desk.Draft(ctx, d)
		if err != nil {
			return err
		}
		c := amends.StatementCommand{Command: l.key(ada, "%s/approve/%s", id, what), Record: id, Statement: r.ID}
		if _, err := l.desk.Approve(ctx, c); err != nil {
			return fmt.Errorf("%w (findings: %v)", err, findings)
		}
		c.Command = l.key(ada, "%s/publish/%s", id, what)
		if _, err := l.desk.Publish(ctx, c); err != nil {
			return err
		}
		return l.until(ctx, func() (bool, error) { return l.told(ctx, r.ID) })
	}
}

// told reports whether a notice was turned into items, and each of those was settled.
func (l *life) told(ctx context.Context, notice string) (bool, error) {
	t, err := l.stores.Outbox.Tally(ctx, notify.Query{Notice: notice})
	if err != nil {
		return false, err
	}
	l.waits = fmt.Sprintf("delivery of %s: %+v", notice, t)
	done := len(t.Expansions) > 0
	for _, x := range t.Expansions {
		done = done && x.Done
	}
	for _, line := range t.Counts {
		done = done && slices.Contains([]notify.State{notify.StateSent, notify.StateSuperseded, notify.StateSuppressed}, line.State)
	}
	return done, nil
}

// hear takes customers' reports, and answers them.
func (l *life) hear(ctx context.Context, n int) error {
	id := incidentID(n)
	for _, c := range l.reports(n) {
		by := incident.Actor{Kind: incident.ActorCustomer, ID: c}
		r, err := l.desk.Report(ctx, amends.Report{
			Command: l.key(by, "%s/report/%s", id, c), Customer: amends.Customer{Incident: id, Customer: c},
			Kind: incident.ReportFailure, Via: "mail", Words: words(c, n),
		})
		if err != nil {
			return err
		}
		if _, err := l.desk.Answer(ctx, amends.Answer{
			Command: l.key(ada, "%s/answer/%s", id, c), Case: r.Record, Report: r.ID,
			Texts: map[string]incident.Text{"en": {Subject: "Your restore", Body: "You did nothing wrong: a change of ours stopped your restore. We are rolling it back now. " + mark(n, "answer")}},
		}); err != nil {
			return err
		}
	}
	return nil
}

func (l *life) resolve(ctx context.Context, n int) error {
	id := incidentID(n)
	if _, err := l.desk.Note(ctx, amends.Note{Command: l.key(ada, "%s/note", id), Record: id, Facts: []incident.Payload{
		incident.ImpactRecorded{Affected: int64(l.Customers)}, incident.ExposureAnswered{Answer: "nobody else"},
	}}); err != nil {
		return err
	}
	if err := l.statement("resolution", incident.PurposeResolution)(ctx, n); err != nil {
		return err
	}
	_, err := l.desk.Advance(ctx, amends.Advance{Command: l.key(ada, "%s/resolve", id), Record: id, Step: incident.StepResolve, Done: "rolled back"})
	return err
}

// verdicts: those who wrote say that it is fixed. The others say nothing, until their time is up.
func (l *life) verdicts(ctx context.Context, n int) error {
	id := incidentID(n)
	for _, c := range l.reports(n) {
		if _, err := l.desk.Verdict(ctx, amends.Verdict{
			Command:  l.key(incident.Actor{Kind: incident.ActorCustomer, ID: c}, "%s/verdict/%s", id, c),
			Customer: amends.Customer{Incident: id, Customer: c}, Opinion: incident.OpinionFixed, Satisfaction: 4,
		}); err != nil {
			return err
		}
	}
	return nil
}

// advance takes a step as soon as nothing is in its way.
func (l *life) advance(step incident.Step) func(context.Context, int) error {
	return func(ctx context.Context, n int) error {
		id := incidentID(n)
		return l.until(ctx, func() (bool, error) {
			_, err := l.desk.Advance(ctx, amends.Advance{Command: l.key(ada, "%s/%s", id, step), Record: id, Step: step})
			if refused, ok := errors.AsType[*incident.TransitionError](err); ok {
				all, err := l.desk.Requirements(ctx, id)
				if err != nil {
					return false, err
				}
				l.waits = fmt.Sprintf("step %s of %s: %+v of requirements %+v", step, id, refused.Unmet, all)
				return false, l.look(ctx, n)
			}
			return err == nil, err
		})
	}
}

// credits waits until every customer has been assessed.
func (l *life) credits(ctx context.Context, n int) error {
	return l.until(ctx, func() (bool, error) {
		t, err := l.stores.Ledger.Tally(ctx, compensate.Query{Space: space, Bases: []string{incidentID(n)}})
		if err != nil {
			return false, err
		}
		var all int64
		for _, line := range t.Lines {
			all += line.N
		}
		l.waits = fmt.Sprintf("assessment of all customers of incident %d: %d of %d", n, all, l.Customers)
		return all >= int64(l.Customers), l.look(ctx, n)
	})
}

// look is a person who sees after credits of which nobody knows whether billing paid them.
func (l *life) look(ctx context.Context, n int) error {
	if !l.Person {
		return nil
	}
	for cursor := ""; ; {
		list, next, err := l.stores.Ledger.List(ctx, compensate.Query{Space: space, Bases: []string{incidentID(n)}, States: []compensate.State{compensate.StateUncertain, compensate.StateFailed}}, cursor, 0)
		if err != nil {
			return err
		}
		for _, e := range list {
			c := amends.CreditCommand{By: ada, Entry: e.ID}
			say := l.desk.ClearCredit
			if c.Reference, err = l.paid(ctx, e.ID); errors.Is(err, errNotPaid) || err == nil && e.State == compensate.StateFailed {
				// What failed in twenty processes is tried again: billing can repeat.
				say = l.desk.ReissueCredit
			} else if err != nil {
				return err
			}
			if err := say(ctx, c); err != nil {
				return err
			}
		}
		if cursor = next; cursor == "" {
			return nil
		}
	}
}

// tasks of children of other tests, by name.
func tasks() map[string]func(context.Context, *life) error {
	return map[string]func(context.Context, *life) error{
		"drain":   func(ctx context.Context, l *life) error { return l.drain(ctx) },
		"nothing": func(ctx context.Context, l *life) error { return l.sendNothing(ctx) },
		"settle":  func(ctx context.Context, l *life) error { return l.desk.Settle(ctx) },
	}
}

// drain delivers until nothing is left to be delivered, whoever holds it.
func (l *life) drain(ctx context.Context) error {
	for {
		if _, err := l.desk.Deliver(ctx, 512); err != nil {
			return err
		}
		t, err := l.stores.Outbox.Tally(ctx, notify.Query{Channel: l.Only, States: []notify.State{notify.StatePending, notify.StateLeased}})
		if err != nil || len(t.Counts) == 0 {
			return err
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
