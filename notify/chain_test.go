package notify_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cenkalti/backoff/v4"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/notify/notifytest"
)

func delivery(id string) *notify.Delivery {
	return &notify.Delivery{
		ID: "inc-1/7/update/" + id, Attempt: 1, Channel: "email",
		To:      notify.Recipient{ID: id, Address: id + "@example.com", Name: "Ada Example"},
		Message: &notify.Message{Thread: "inc-1", Seq: 7, Kind: notify.KindUpdate, Subject: "Restores fail", Text: "We are on it."},
	}
}

func classOf(err error) notify.Class {
	class, _ := notify.Classify(err)
	return class
}

// within runs f on a bubble's clock.
func within(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, f)
}

func TestChainRetries(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		faults []notifytest.Fault
		opts   notify.ChainOptions
		calls  int
		class  notify.Class
		ok     bool
		// took bounds how long it took, both ends included
		least, most time.Duration
	}{
		{"succeeds at once", nil, notify.ChainOptions{}, 1, 0, true, 0, 0},
		{"a second attempt", []notifytest.Fault{notifytest.FailTimes(1)}, notify.ChainOptions{}, 2, 0, true, 0, 500 * time.Millisecond},
		{"a third attempt", []notifytest.Fault{notifytest.FailTimes(2)}, notify.ChainOptions{}, 3, 0, true, 0, 1500 * time.Millisecond},
		{"three are enough", []notifytest.Fault{notifytest.FailTimes(9)}, notify.ChainOptions{}, 3, notify.Temporary, false, 0, 1500 * time.Millisecond},
		{"as many as asked for", []notifytest.Fault{notifytest.FailTimes(9)}, notify.ChainOptions{Tries: 5, FirstWait: time.Millisecond}, 5, notify.Temporary, false, 0, 15 * time.Millisecond},
		{"one only", []notifytest.Fault{notifytest.FailTimes(9)}, notify.ChainOptions{Tries: -1}, 1, notify.Temporary, false, 0, 0},
		{"waits as long as asked to", []notifytest.Fault{notifytest.Throttle(7 * time.Second)}, notify.ChainOptions{}, 2, 0, true, 7 * time.Second, 7 * time.Second},
		{"leaves a long wait to the schedule", []notifytest.Fault{notifytest.Throttle(31 * time.Second)}, notify.ChainOptions{}, 1, notify.Throttled, false, 0, 0},
		{"a short lease leaves less", []notifytest.Fault{notifytest.Throttle(7 * time.Second)}, notify.ChainOptions{Lease: 18 * time.Second}, 1, notify.Throttled, false, 0, 0},
		{"never repeats the uncertain", []notifytest.Fault{notifytest.Lost()}, notify.ChainOptions{}, 1, notify.Uncertain, false, 0, 0},
		{"nor the lasting", []notifytest.Fault{notifytest.Lasting()}, notify.ChainOptions{}, 1, notify.Lasting, false, 0, 0},
		{"nor the dead address", []notifytest.Fault{notifytest.Gone()}, notify.ChainOptions{}, 1, notify.AddressGone, false, 0, 0},
		{"nor the misconfigured", []notifytest.Fault{notifytest.Misconfigured()}, notify.ChainOptions{}, 1, notify.Unusable, false, 0, 0},
		{"stops when it turns lasting", []notifytest.Fault{notifytest.FailTimes(1), notifytest.Lasting()}, notify.ChainOptions{}, 2, notify.Lasting, false, 0, 500 * time.Millisecond},
		{"cuts an attempt off, and tries again", []notifytest.Fault{notifytest.Block()}, notify.ChainOptions{Timeout: 3 * time.Second}, 2, 0, true, 3 * time.Second, 3500 * time.Millisecond},
		{"an attempt lasts a third of the lease at most", []notifytest.Fault{notifytest.Block()}, notify.ChainOptions{Lease: 6 * time.Second, Timeout: time.Hour}, 1, notify.Temporary, false, 2 * time.Second, 2 * time.Second},
		{"a panic waits for the schedule", []notifytest.Fault{notifytest.Panic("boom")}, notify.ChainOptions{}, 1, notify.Temporary, false, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			within(t, func(t *testing.T) {
				rec := notifytest.NewRecorder()
				rec.Script(c.faults...)
				start := time.Now()
				receipt, err := notify.Chain(rec, &c.opts).Notify(t.Context(), delivery("ada"))
				took := time.Since(start)
				assert.Equal(t, c.calls, rec.Calls())
				if c.ok {
					require.NoError(t, err)
					assert.Equal(t, "recorded-1", receipt.ProviderID)
				} else {
					require.Error(t, err)
					assert.Equal(t, c.class, classOf(err), "%v", err)
				}
				// The bubble's clock only moves by waits: this is exact, not timed.
				assert.GreaterOrEqual(t, took, c.least)
				assert.LessOrEqual(t, took, c.most)
			})
		})
	}
}

func TestChainKeepsLastErrorAndCause(t *testing.T) {
	t.Parallel()
	within(t, func(t *testing.T) {
		stop := errors.New("shutting down")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(stop) })
		rec := notifytest.NewRecorder()
		rec.Script(notifytest.Throttle(20 * time.Second))
		start := time.Now()
		_, err := notify.Chain(rec, nil).Notify(ctx, delivery("ada"))
		assert.Equal(t, time.Second, time.Since(start), "the wait is interrupted")
		require.ErrorIs(t, err, stop)
		require.ErrorIs(t, err, context.Canceled)
		require.ErrorIs(t, err, notifytest.ErrScripted)
		assert.Equal(t, notify.Throttled, classOf(err))
	})
}

func TestChainUnderDeadContext(t *testing.T) {
	t.Parallel()
	stop := errors.New("shutting down")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(stop)
	rec := notifytest.NewRecorder()
	_, err := notify.Chain(rec, nil).Notify(ctx, delivery("ada"))
	require.ErrorIs(t, err, stop)
	require.ErrorIs(t, err, context.Canceled)
	assert.Zero(t, rec.Calls())
}

// TestChainKeepsWrapping: backoff strips a permanent error of all around it.
func TestChainKeepsWrapping(t *testing.T) {
	t.Parallel()
	around := errors.New("around")
	n := notify.NotifierFunc(func(context.Context, *notify.Delivery) (notify.Receipt, error) {
		return notify.Receipt{}, errors.Join(around, backoff.Permanent(errors.New("inside")))
	})
	_, err := notify.Chain(n, nil).Notify(t.Context(), delivery("ada"))
	require.ErrorIs(t, err, around)
	assert.Equal(t, notify.Lasting, classOf(err))
}

func TestChainPanics(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	rec := notifytest.NewRecorder()
	var nothing []int
	rec.Script(notifytest.Panic("secret of ada@example.com"), notifytest.Panic(indexPanic(nothing)))
	chain := notify.Chain(rec, &notify.ChainOptions{Logger: slog.New(slog.NewTextHandler(&log, nil))})

	_, err := chain.Notify(t.Context(), delivery("ada"))
	require.ErrorContains(t, err, `adapter of channel "email"`)
	require.ErrorContains(t, err, "string")
	assert.NotContains(t, err.Error()+log.String(), "secret")
	assert.NotContains(t, log.String(), "ada@example.com")
	assert.Contains(t, log.String(), "goroutine", "the stack is logged")

	_, err = chain.Notify(t.Context(), delivery("bert"))
	require.ErrorContains(t, err, "index out of range", "the runtime's own text holds no personal data")
	assert.Panics(t, func() { notify.Chain(nil, nil) })
}

// indexPanic returns the runtime's error of a wrong index.
func indexPanic(s []int) (e runtime.Error) {
	defer func() { e, _ = recover().(runtime.Error) }()
	_ = s[len(s)]
	return nil
}

func TestChainObserves(t *testing.T) {
	t.Parallel()
	within(t, func(t *testing.T) {
		var (
			mu       sync.Mutex
			attempts []notify.Attempted
			finished []notify.Attempted
			log      bytes.Buffer
		)
		rec := notifytest.NewRecorder()
		rec.Script(notifytest.Throttle(2*time.Second), notifytest.FailWith(notify.Gone(errors.New("550 ada@example.com unknown"))))
		chain := notify.Chain(rec, &notify.ChainOptions{
			Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
			Hooks: &notify.Hooks{
				Attempted: func(_ context.Context, a notify.Attempted) {
					mu.Lock()
					defer mu.Unlock()
					attempts = append(attempts, a)
				},
				Finished: func(_ context.Context, a notify.Attempted) {
					mu.Lock()
					defer mu.Unlock()
					finished = append(finished, a)
				},
			},
		})
		_, err := chain.Notify(t.Context(), delivery("ada"))
		require.Error(t, err)
		_, err = chain.Notify(t.Context(), delivery("bert"))
		require.NoError(t, err)

		require.Len(t, attempts, 3)
		assert.Equal(t, []int{1, 2, 1}, []int{attempts[0].Try, attempts[1].Try, attempts[2].Try})
		assert.Equal(t, notify.Throttled, attempts[0].Class)
		require.Len(t, finished, 2)
		assert.Equal(t, notify.AddressGone, finished[0].Class)
		assert.Equal(t, 2, finished[0].Try)
		assert.Equal(t, 2*time.Second, finished[0].Took, "with the wait")
		assert.Equal(t, "recorded-1", finished[1].Receipt.ProviderID)

		for _, want := range []string{"inc-1/7/update/ada", "class=address_gone", "tries=2", "550 [address] unknown", "kind=update", "level=DEBUG msg=delivered"} {
			assert.Contains(t, log.String(), want)
		}
		for _, never := range []string{"@example.com", "We are on it", "Restores fail", "Ada Example"} {
			assert.NotContains(t, log.String(), never, "words and addresses are never logged")
		}
	})
}
