package amends_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends"
	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/incident/incidenttest"
	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/notify/notifytest"
)

// live makes a world follow the time of its bubble, as a server follows the real one.
func live(o *amends.Options) { o.Now = time.Now }

// running runs desks until the returned function is called; it returns what they returned.
func running(t *testing.T, desks ...*amends.Desk) (stop func() []error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, len(desks))
	for _, d := range desks {
		go func() { done <- d.Run(ctx) }()
	}
	return func() []error {
		cancel()
		out := make([]error, 0, len(desks))
		for range desks {
			out = append(out, <-done)
		}
		return out
	}
}

// pass lets time pass in a bubble, until all there is to do then is done.
func pass(d time.Duration) {
	<-time.NewTimer(d).C
	synctest.Wait()
}

// begin declares an incident that c0 and c1 are hit by, and takes in a report of c0's. Nothing is settled.
func (w *world) begin(d *amends.Desk) (id string, r amends.Result) {
	w.t.Helper()
	in, err := d.Declare(w.t.Context(), amends.Declare{Command: amends.Command{By: system}, Space: space, ID: "inc-1", Title: "Restores hang at 0 %", Severity: incident.SeverityMajor})
	require.NoError(w.t, err)
	w.dir.Affect(space, in.ID, amends.Hit{Degree: incident.DegreeDown, Windows: []incident.Window{{From: time.Now().UTC(), To: time.Now().UTC().Add(3 * time.Hour)}}}, "c0", "c1")
	r, err = d.Report(w.t.Context(), amends.Report{Customer: of(in.ID, "c0"), Kind: incident.ReportFailure, Words: "it hangs"})
	require.NoError(w.t, err)
	return in.ID, r
}

// Run works off what commands and time demand, and ends quietly with its context.
func TestRunWorksOffAndEndsWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 2, live)
		stop := running(t, w.desk)
		synctest.Wait()
		id, r := w.begin(w.desk)
		pass(time.Second)
		assert.Equal(t, 1, told(w.mail, "c0-tech", notify.KindAcknowledgement), "R54: at once")
		_, err := w.desk.Gesture(t.Context(), amends.Gesture{Command: by(), Customer: of(id, "c0"), Amount: eur(500), Limit: eur(500), Reason: "sorry"})
		require.NoError(t, err)
		pass(20 * time.Minute)
		assert.Equal(t, 1, told(w.mail, "c1-tech", notify.KindHolding), "R33: nobody wrote, and time alone brought the prepared word")
		assert.Equal(t, compensate.StateIssued, w.entries(id)[0].State)
		assert.False(t, w.caseOf(r.Record).Reports[0].Acknowledged.IsZero())
		assert.Equal(t, []error{nil}, stop(), "a server that stops has not failed")
	})
}

// Stores that are away for a while lose nobody's notice, and answer nobody twice.
func TestRunSurvivesStoresThatAreAway(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 2, live)
		var away atomic.Bool
		errAway := errors.New("the database is away")
		gone := func() error {
			if away.Load() {
				return errAway
			}
			return nil
		}
		shaky := w.open(amends.Stores{
			Records: &incidenttest.Faulty{Store: w.stores.Records, Before: func(string, int) error { return gone() }},
			Outbox:  &notifytest.FaultOutbox{Outbox: w.stores.Outbox, Before: func(context.Context, notifytest.Op, int) error { return gone() }},
			Ledger:  w.stores.Ledger,
		}, live)
		stop := running(t, shaky)
		away.Store(true)
		_, err := shaky.Declare(t.Context(), amends.Declare{Command: by(), Space: space, Title: "a", Severity: incident.SeverityMinor})
		require.ErrorIs(t, err, errAway, "a command says so")
		id, _ := w.begin(w.desk) // another process reached the store
		pass(3 * time.Minute)
		assert.Empty(t, w.mail.Delivered())
		away.Store(false)
		pass(31 * time.Second)
		assert.Equal(t, 1, told(w.mail, "c0-tech", notify.KindAcknowledgement), "half a minute after the stores are back")
		pass(30 * time.Minute)
		assert.Equal(t, 1, told(w.mail, "c1-tech", notify.KindHolding))
		assert.NotEmpty(t, w.incident(id).PublishedStatements())
		assert.Equal(t, []error{nil}, stop())
		for _, d := range w.mail.Delivered() {
			assert.Zero(t, w.mail.Repeats(d.ID))
			assert.NotContains(t, d.Message.Text, "database")
		}
	})
}

// Any number of processes on the same stores tell and pay everything once.
func TestTwoDesksOnTheSameStoresTellAndPayOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 2, live)
		other := w.open(w.stores, live)
		stop := running(t, w.desk, other, w.open(w.stores, live))
		id, r := w.begin(w.desk)
		for n, d := range []*amends.Desk{w.desk, other} {
			_, err := d.Gesture(t.Context(), amends.Gesture{Command: key("g"), Customer: of(id, "c0"), Amount: eur(500), Limit: eur(500), Reason: "sorry"})
			require.NoError(t, err, n)
		}
		pass(time.Hour)
		v, c := w.incident(id), w.caseOf(r.Record)
		assert.Equal(t, []error{nil, nil, nil}, stop())
		assert.Len(t, v.PublishedStatements(), 1, "one prepared word, though three had it in hand")
		assert.Len(t, c.Gestures, 1)
		assert.Equal(t, 1, w.billing.calls)
		for _, b := range v.Breaches {
			assert.Equal(t, 1, breaches(v.Breaches, b.Requirement))
		}
		require.NotEmpty(t, w.mail.Delivered())
		for _, rec := range []*notifytest.Recorder{w.mail, w.page, w.pager} {
			for _, d := range rec.Delivered() {
				assert.Zero(t, rec.Repeats(d.ID), "%s was handed over once", d.ID)
			}
		}
		assert.Equal(t, 1, told(w.mail, "c0-tech", notify.KindAcknowledgement))
		assert.Equal(t, 1, told(w.mail, "c1-tech", notify.KindHolding))
	})
}

// Settle says so instead of working for ever, and ends with its context.
func TestUnitsOfWorkEndWithTheirContext(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 4)
	s := during(w)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, w.desk.Settle(ctx), context.Canceled)
	_, err := w.desk.Sweep(ctx, 10)
	require.ErrorIs(t, err, context.Canceled)
	w.settle()
	assert.Positive(t, told(w.mail, "c1-tech", notify.KindAcknowledgement), "what they left is done afterwards: %s", s.other)
	w.checkToldOnce()
}
