package amends_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends"
	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/incident/incidenttest"
	"github.com/amends-dev/amends/notify/notifytest"
)

// brokenLedger has lost its database.
type brokenLedger struct{ compensate.Ledger }

var errAway = errors.New("the database is away")

func (brokenLedger) Claim(context.Context, compensate.ClaimRequest) ([]compensate.Claimed, error) {
	return nil, errAway
}

// While a database is away the hook hears of each kind of work that fails, and
// nothing is heard because Run ends.
func TestHooksHearOfPassesThatFail(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		heard := map[string]int{}
		d, err := amends.New(newWorld(t, 1).options(live, func(o *amends.Options) {
			o.Hooks = &amends.Hooks{PassFailed: func(_ context.Context, work string, err error) {
				mu.Lock()
				defer mu.Unlock()
				assert.ErrorIs(t, err, errAway)
				heard[work]++
			}}
			away := func(string, int) error { return errAway }
			o.Records = &incidenttest.Faulty{Store: o.Records, Before: away}
			o.Outbox = &notifytest.FaultOutbox{Outbox: o.Outbox, Before: func(context.Context, notifytest.Op, int) error { return errAway }}
			o.Ledger = brokenLedger{o.Ledger}
		}))
		require.NoError(t, err)
		stop := running(t, d)
		pass(time.Minute)
		for _, err := range stop() {
			require.NoError(t, err)
		}
		mu.Lock()
		defer mu.Unlock()
		assert.Positive(t, heard["reconcile"])
		assert.Positive(t, heard["deliver"])
		assert.Positive(t, heard["issue"])
	})
}

// A backlog that cannot be read says which part of it.
func TestBacklogSaysWhatItCouldNotRead(t *testing.T) {
	t.Parallel()
	for part, change := range map[string]func(*amends.Options){
		"deliveries": func(o *amends.Options) {
			o.Outbox = &notifytest.FaultOutbox{Outbox: o.Outbox, Before: func(context.Context, notifytest.Op, int) error { return errAway }}
		},
		"credits": func(o *amends.Options) { o.Ledger = untold{o.Ledger} },
		"records": func(o *amends.Options) {
			o.Records = &incidenttest.Faulty{Store: o.Records, Before: func(string, int) error { return errAway }}
		},
	} {
		t.Run(part, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 1)
			opts := w.options(change)
			d, err := amends.New(opts)
			require.NoError(t, err)
			_, err = d.Backlog(t.Context(), nil)
			require.ErrorIs(t, err, errAway)
			assert.ErrorContains(t, err, "amends: backlog: "+part)
		})
	}
}

type untold struct{ compensate.Ledger }

func (untold) Tally(context.Context, compensate.Query) (compensate.Tally, error) {
	return compensate.Tally{}, errAway
}

// What waits on a channel that the desk no longer has is seen all the same.
func TestBacklogOfAChannelThatIsGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	w.mail.Script(notifytest.FailTimes(1).Times(-1)) // for ever
	w.say(w.declare("inc-1", "c0"), incident.PurposeUpdate, "Restores hang at 0 %. We stopped the scheduler and look for the cause.", w.clock().Add(time.Hour))
	d := w.open(w.stores, func(o *amends.Options) { delete(o.Channels, "mail") })
	b, err := d.Backlog(t.Context(), nil)
	require.NoError(t, err)
	found := false
	for _, c := range b.Channels {
		if c.Channel == "mail" {
			found = true
			assert.False(t, c.Known)
			assert.EqualValues(t, 1, c.Pending)
		}
	}
	assert.True(t, found)
}
