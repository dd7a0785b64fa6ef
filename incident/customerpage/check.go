package customerpage

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/amends-dev/amends/incident"
)

// Sample says what a desk under test holds.
type Sample struct {
	Space  string
	Record string // a record that concerns both customers
	// Customer is who speaks, and Other somebody else in the same record.
	Customer, Other string
}

// CheckDesk checks an implementation of [Desk] against its contract, with data
// that the host put there. It returns all violations joined, each with its rule
// in words; nil if there are none. It records reports of the sample's customer, so it
// is for tests, and can be run once on the same data.
func CheckDesk(ctx context.Context, d Desk, s Sample) error {
	c := &deskCheck{d: d, s: s}
	var errs []error
	for _, rule := range []struct {
		rule string
		run  func(context.Context) error
	}{
		{"a view is of the space, record and customer that were asked for", c.identity},
		{"what is not there, or of another space, is ErrNotFound", c.notThere},
		{"what was heard is in the next view", c.readYourWrites},
		{"a repeat under the same key records nothing and is no error", c.repeat},
		{"repeats that come at once are recorded once", c.atOnce},
		{"another word under the same key is ErrKeyReused", c.keyReused},
		{"a word on a report or request that is not theirs is ErrNotFound", c.notTheirs},
		{"a word about a record or customer that is not there is ErrNotFound", c.nobody},
		{"what one customer says is in nobody else's view", c.apart},
		{"a done context is an error, and nothing is recorded", c.done},
	} {
		if err := rule.run(ctx); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", rule.rule, err))
		}
	}
	return errors.Join(errs...)
}

type deskCheck struct {
	d Desk
	s Sample
}

func (c *deskCheck) view(ctx context.Context, customer string) (incident.CustomerView, error) {
	return c.d.CustomerView(ctx, c.s.Space, c.s.Record, customer, "")
}

// report is a word under a fresh key, with a text that no other one has.
func (c *deskCheck) report() incident.CustomerWord {
	return incident.CustomerWord{
		Space: c.s.Space, Record: c.s.Record, Customer: c.s.Customer, Key: newKey(), Via: "page",
		Say: incident.SayReport, Kind: incident.ReportQuestion, Urgency: incident.UrgencyNormal, Text: "A question " + newKey(),
	}
}

// times counts how often a text stands in a customer's reports.
func (c *deskCheck) times(ctx context.Context, customer, text string) (int, error) {
	v, err := c.view(ctx, customer)
	n := 0
	for _, r := range v.Reports {
		n += strings.Count(r.Words, text)
		for _, e := range r.Thread {
			n += strings.Count(e.Text, text)
		}
	}
	return n, err
}

// recorded says whether a word is there as often as it should be.
func (c *deskCheck) recorded(ctx context.Context, customer string, w incident.CustomerWord, want int) error {
	switch n, err := c.times(ctx, customer, w.Text); {
	case err != nil:
		return err
	case n != want:
		return fmt.Errorf("it is there %d times, want %d", n, want)
	}
	return nil
}

func (c *deskCheck) identity(ctx context.Context) error {
	for _, customer := range []string{c.s.Customer, c.s.Other} {
		v, err := c.view(ctx, customer)
		if err != nil {
			return err
		}
		if v.Space != c.s.Space || v.Record != c.s.Record || v.Customer != customer {
			return fmt.Errorf("asked for %q, %q, %q: got %q, %q, %q", c.s.Space, c.s.Record, customer, v.Space, v.Record, v.Customer)
		}
	}
	return nil
}

func (c *deskCheck) notThere(ctx context.Context) error {
	for _, q := range [][3]string{
		{c.s.Space, "no-such-record", c.s.Customer},
		{c.s.Space, c.s.Record, "no-such-customer"},
		{"no-such-space", c.s.Record, c.s.Customer},
	} {
		if _, err := c.d.CustomerView(ctx, q[0], q[1], q[2], ""); !errors.Is(err, incident.ErrNotFound) {
			return fmt.Errorf("view of %q: %w", q, got(err))
		}
	}
	return nil
}

func (c *deskCheck) readYourWrites(ctx context.Context) error {
	w := c.report()
	if err := c.d.Hear(ctx, w); err != nil {
		return err
	}
	return c.recorded(ctx, w.Customer, w, 1)
}

func (c *deskCheck) repeat(ctx context.Context) error {
	w := c.report()
	for range 3 {
		if err := c.d.Hear(ctx, w); err != nil {
			return err
		}
	}
	return c.recorded(ctx, w.Customer, w, 1)
}

func (c *deskCheck) atOnce(ctx context.Context) error {
	w := c.report()
	errs := make([]error, 8)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() { errs[i] = c.d.Hear(ctx, w) })
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	return c.recorded(ctx, w.Customer, w, 1)
}

func (c *deskCheck) keyReused(ctx context.Context) error {
	w := c.report()
	if err := c.d.Hear(ctx, w); err != nil {
		return err
	}
	other := c.report()
	other.Key = w.Key
	if err := c.d.Hear(ctx, other); !errors.Is(err, incident.ErrKeyReused) {
		return got(err)
	}
	return c.recorded(ctx, w.Customer, other, 0)
}

func (c *deskCheck) notTheirs(ctx context.Context) error {
	w := c.report()
	if err := c.d.Hear(ctx, w); err != nil {
		return err
	}
	v, err := c.view(ctx, c.s.Customer)
	if err != nil {
		return err
	}
	if len(v.Reports) == 0 {
		return errors.New("the view does not show the report that was heard")
	}
	theirs := v.Reports[len(v.Reports)-1].ID
	for _, t := range []struct {
		customer string
		say      incident.Saying
		report   string
		request  string
	}{
		{c.s.Customer, incident.SayReply, "no-such-report", ""},
		{c.s.Customer, incident.SayCorrection, "no-such-report", ""},
		{c.s.Customer, incident.SayDone, "", "no-such-request"},
		{c.s.Other, incident.SayReply, theirs, ""},
		{c.s.Other, incident.SayCorrection, theirs, ""},
	} {
		word := c.report()
		word.Customer, word.Say, word.Report, word.Request, word.Kind, word.Urgency = t.customer, t.say, t.report, t.request, "", ""
		if err := c.d.Hear(ctx, word); !errors.Is(err, incident.ErrNotFound) {
			return fmt.Errorf("%s of %q: %w", t.say, t.customer, got(err))
		}
		if err := c.recorded(ctx, c.s.Customer, word, 0); err != nil {
			return fmt.Errorf("%s of %q: %w", t.say, t.customer, err)
		}
	}
	return nil
}

func (c *deskCheck) nobody(ctx context.Context) error {
	for _, change := range []func(*incident.CustomerWord){
		func(w *incident.CustomerWord) { w.Record = "no-such-record" },
		func(w *incident.CustomerWord) { w.Customer = "no-such-customer" },
		func(w *incident.CustomerWord) { w.Space = "no-such-space" },
	} {
		w := c.report()
		change(&w)
		if err := c.d.Hear(ctx, w); !errors.Is(err, incident.ErrNotFound) {
			return fmt.Errorf("space %q, record %q, customer %q: %w", w.Space, w.Record, w.Customer, got(err))
		}
	}
	return nil
}

func (c *deskCheck) apart(ctx context.Context) error {
	w := c.report()
	if err := c.d.Hear(ctx, w); err != nil {
		return err
	}
	return c.recorded(ctx, c.s.Other, w, 0)
}

func (c *deskCheck) done(ctx context.Context) error {
	over, cancel := context.WithCancel(ctx)
	cancel()
	w := c.report()
	if err := c.d.Hear(over, w); err == nil {
		return errors.New("hearing a word: no error")
	}
	if _, err := c.view(over, c.s.Customer); err == nil {
		return errors.New("making a view: no error")
	}
	return c.recorded(ctx, w.Customer, w, 0)
}

// got names what came instead of the error that should have.
func got(err error) error {
	if err == nil {
		return errors.New("got no error")
	}
	return fmt.Errorf("got: %w", err)
}
