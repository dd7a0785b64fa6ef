package riverengine_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends"
	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/notify"
)

// engine is whatever wakes a desk, with ways to make its life hard.
type engine interface {
	// records is the store for desks: what becomes due there becomes a job.
	records() incident.Store
	// start begins to work off jobs, on so many machines; stop lets go of what is under way.
	start(machines int) (stop func())
	sweep()  // looks for what has been due for a while
	lose()   // jobs that wait are gone
	giveUp() // jobs that wait will not be tried again
	double() // jobs that wait exist twice
	hurry()  // jobs that wait for a time are worked now
	// idle reports whether no job is being worked or could be.
	idle(ctx context.Context) bool
}

// scene is one case of the suite.
type scene struct {
	*company
	t      *testing.T
	engine engine
	here   *amends.Desk // of a process that takes commands and works off nothing
	cases  []string     // of customers, as they were reported
}

// testEngine is the suite. Engines wake desks that are opened with open.
func testEngine(t *testing.T, newEngine func(t *testing.T) (amends.Stores, func(*company) engine)) {
	for _, c := range []struct {
		name, rule string
		run        func(ctx context.Context, s *scene)
	}{
		{"done", "what is recorded is done: everyone is told once, and paid once", func(ctx context.Context, s *scene) {
			defer s.engine.start(2)()
			s.story(ctx)
			s.done(ctx)
		}},
		{"lost", "a job that is lost delays what it is for until the next sweep, and nothing more", func(ctx context.Context, s *scene) {
			s.story(ctx)
			s.engine.lose()
			defer s.engine.start(1)()
			require.True(s.t, s.engine.idle(ctx))
			require.Empty(s.t, s.sent.Delivered())
			s.engine.sweep()
			s.done(ctx)
		}},
		{"given_up", "a job that the engine gives up is made good by the next sweep", func(ctx context.Context, s *scene) {
			s.story(ctx)
			s.engine.giveUp()
			defer s.engine.start(1)()
			s.engine.sweep()
			s.done(ctx)
		}},
		{"twice", "jobs that run twice at once, on several machines, tell nobody twice and pay nothing twice", func(ctx context.Context, s *scene) {
			s.story(ctx)
			s.engine.double()
			s.engine.double()
			s.engine.sweep()
			defer s.engine.start(3)()
			s.done(ctx)
		}},
		{"early", "a job that comes before its time changes nothing, and what it is for still happens at its time", func(ctx context.Context, s *scene) {
			defer s.engine.start(1)()
			id := s.promise(ctx)
			s.engine.hurry()
			s.quiet(ctx)
			assert.Zero(s.t, s.broken(ctx, id), "an hour is left")
			s.ahead.Store(int64(2 * promised))
			s.engine.hurry()
			s.until(ctx, "the record says that the promise was broken", func(ctx context.Context) bool { return s.broken(ctx, id) == 1 })
		}},
		{"late", "a job that comes late finds what has become late, once, whoever else finds it", func(ctx context.Context, s *scene) {
			stop := s.engine.start(1)
			id := s.promise(ctx)
			stop()
			s.ahead.Store(int64(2 * promised))
			s.engine.double()
			s.engine.sweep()
			s.engine.hurry()
			defer s.engine.start(3)()
			s.until(ctx, "the record says that the promise was broken", func(ctx context.Context) bool { return s.broken(ctx, id) > 0 })
			s.quiet(ctx)
			assert.Equal(s.t, 1, s.broken(ctx, id))
		}},
		{"meanwhile", "what changes while its record is being worked on is worked on, too, without a sweep", func(ctx context.Context, s *scene) {
			defer s.engine.start(2)()
			began, carryOn := s.hold()
			id := report(ctx, s.t, s.here, "c0", "It hangs.")
			<-began
			r, err := s.here.Report(ctx, amends.Report{Customer: amends.Customer{Case: id, Customer: "c0"}, Kind: incident.ReportQuestion, Words: "Since when?"})
			require.NoError(s.t, err)
			require.Equal(s.t, id, r.Record)
			carryOn()
			s.until(ctx, "both are acknowledged", func(context.Context) bool { return len(s.sent.To("c0-mail")) == 2 })
		}},
		{"failing", "what fails for longer than any engine has patience is done once it can be", func(ctx context.Context, s *scene) {
			var failed atomic.Int64
			fail := func(context.Context) error {
				failed.Add(1)
				return errors.New("the directory is down")
			}
			s.dir.gate.Store(&fail)
			defer s.engine.start(1)()
			s.story(ctx)
			for _, more := range []int64{1, 2, 3} { // it is asked again and again
				n := failed.Load() + more
				s.until(ctx, "it is tried again", func(context.Context) bool {
					s.engine.hurry()
					return failed.Load() >= n
				})
			}
			s.dir.gate.Store(nil)
			s.until(ctx, "all is done", func(ctx context.Context) bool {
				s.engine.hurry()
				return s.settled(ctx)
			})
			s.done(ctx)
		}},
		{"stopped", "what a machine that stops was about to do, another one does, without a sweep", func(ctx context.Context, s *scene) {
			stop := s.engine.start(1)
			began, carryOn := s.hold()
			s.story(ctx)
			<-began
			stop()
			carryOn()
			defer s.engine.start(1)()
			s.done(ctx)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			stores, engineOf := newEngine(t)
			company := newCompany(t, stores)
			s := &scene{company: company, t: t, engine: engineOf(company)}
			s.here = s.desk(s.engine.records())
			t.Log(c.rule)
			c.run(t.Context(), s)
		})
	}
}

func (s *scene) until(ctx context.Context, what string, met func(ctx context.Context) bool) {
	s.t.Helper()
	until(ctx, s.t, what, met)
}

// story has every customer say something and get something.
func (s *scene) story(ctx context.Context) {
	for i := range customers {
		customer := fmt.Sprintf("c%d", i)
		id := report(ctx, s.t, s.here, customer, "It hangs.")
		give(ctx, s.t, s.here, id, customer)
		s.cases = append(s.cases, id)
	}
}

// promise promises somebody a call, and waits until it is planned.
func (s *scene) promise(ctx context.Context) (id string) {
	id = report(ctx, s.t, s.here, "c0", "It hangs.")
	promise(ctx, s.t, s.company, s.here, id)
	s.quiet(ctx)
	return id
}

// hold makes whoever asks the directory wait until carryOn, or until they are
// stopped; began is closed once somebody does.
func (s *scene) hold() (began <-chan struct{}, carryOn func()) {
	here, on := make(chan struct{}), make(chan struct{})
	var once sync.Once
	gate := func(ctx context.Context) error {
		once.Do(func() { close(here) })
		select {
		case <-on:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	s.dir.gate.Store(&gate)
	return here, func() {
		s.dir.gate.Store(nil)
		close(on)
	}
}

// quiet waits until nothing is due and nothing is being worked.
func (s *scene) quiet(ctx context.Context) {
	s.t.Helper()
	s.until(ctx, "nothing is due any more", func(ctx context.Context) bool { return s.settled(ctx) && s.engine.idle(ctx) })
}

// settled reports whether nothing is due in any of the stores.
func (s *scene) settled(ctx context.Context) bool {
	due, err := s.stores.Records.List(ctx, incident.Filter{DueBy: s.now()}, "", 1)
	require.NoError(s.t, err)
	sending, err := s.stores.Outbox.Tally(ctx, notify.Query{States: []notify.State{notify.StatePending, notify.StateLeased}})
	require.NoError(s.t, err)
	paying, err := s.stores.Ledger.Tally(ctx, compensate.Query{States: []compensate.State{compensate.StateApproved, compensate.StateIssuing}})
	require.NoError(s.t, err)
	return len(due.Heads) == 0 && len(sending.Counts) == 0 && len(paying.Lines) == 0
}

// done waits until the story is done, and looks whether it was done once.
func (s *scene) done(ctx context.Context) {
	s.t.Helper()
	s.until(ctx, "everyone is told and paid", func(context.Context) bool {
		return len(s.billing.asked()) == customers && len(s.sent.Delivered()) >= 2*customers
	})
	s.quiet(ctx)
	for i := range customers {
		var kinds []string
		for _, d := range s.sent.To(fmt.Sprintf("c%d-mail", i)) {
			kinds = append(kinds, d.Message.Kind)
		}
		assert.ElementsMatch(s.t, []string{notify.KindAcknowledgement, notify.KindAward}, kinds)
	}
	for id, n := range s.billing.asked() {
		assert.Equal(s.t, 1, n, "billing was asked for %s more than once", id)
	}
}

// broken counts how often a case says that a promise was broken.
func (s *scene) broken(ctx context.Context, id string) (n int) {
	p, err := s.stores.Records.Read(ctx, id, 0, 1000)
	require.NoError(s.t, err)
	for _, e := range p.Events {
		if _, ok := e.Data.(incident.PromiseBroken); ok {
			n++
		}
	}
	return n
}

// retry is when engines try again what failed.
const retry = 200 * time.Millisecond
