package notify_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/notify/notifytest"
)

// list yields recipients c-0, c-1 and so on.
func list(n int) iter.Seq[notify.Recipient] {
	return func(yield func(notify.Recipient) bool) {
		for i := range n {
			if !yield(notify.Recipient{ID: fmt.Sprintf("c-%d", i)}) {
				return
			}
		}
	}
}

func TestFanoutDeliversToAll(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 4, 5, 6, 14, 15, 63, 64, 65, 1000, 20_000} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			rec := notifytest.NewRecorder()
			r, err := notify.NewFanout(rec, &notify.FanoutOptions{Channel: "email"}).Send(t.Context(), benchMessage, list(n))
			require.NoError(t, err)
			require.NoError(t, r.Err())
			assert.Equal(t, &notify.Report{Read: n, Sent: n, Complete: true}, r)
			got := map[string]string{}
			for _, d := range rec.Delivered() {
				got[d.To.ID] = d.ID
			}
			require.Len(t, got, n)
			for id := range list(n) {
				require.Equal(t, "inc-1/7/update/"+id.ID+"@email", got[id.ID])
			}
		})
	}
}

// TestFanoutIDsAreApart: IDs that hold the key's separators do not meet.
func TestFanoutIDsAreApart(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, thread := range []string{"a", "a/1/u", "a%2F1"} {
		for _, seq := range []uint64{1, 2} {
			for _, channel := range []string{"", "x"} {
				for _, id := range []string{"r", "2/u/r", "r@x", "r%40x"} {
					rec := notifytest.NewRecorder()
					m := &notify.Message{Thread: thread, Seq: seq, Kind: "u"}
					_, err := notify.NewFanout(rec, &notify.FanoutOptions{Channel: channel}).Send(t.Context(), m, slices.Values([]notify.Recipient{{ID: id}}))
					require.NoError(t, err)
					key := rec.Delivered()[0].ID
					assert.False(t, seen[key], "%s/%d/%s@%s meets another as %s", thread, seq, id, channel, key)
					seen[key] = true
				}
			}
		}
	}
}

func TestFanoutNamesProblemsInOrder(t *testing.T) {
	t.Parallel()
	within(t, func(t *testing.T) {
		rec := notifytest.NewRecorder()
		for i := 990; i >= 0; i -= 10 {
			rec.ScriptFor(fmt.Sprintf("c-%d", i), notifytest.Gone())
			rec.ScriptFor(fmt.Sprintf("c-%d", i+5), notifytest.FailTimes(2)) // mended by retries
		}
		people := func(yield func(notify.Recipient) bool) {
			for r := range list(1000) {
				if r.ID == "c-77" {
					r.ID = ""
				}
				if !yield(r) {
					return
				}
			}
		}
		r, err := notify.NewFanout(rec, nil).Send(t.Context(), benchMessage, people)
		require.NoError(t, err)
		assert.Equal(t, 1000, r.Read)
		assert.Equal(t, 899, r.Sent)
		assert.Equal(t, 101, r.Failed)
		require.Len(t, r.Problems, 101)
		assert.True(t, slices.IsSortedFunc(r.Problems, func(a, b notify.Problem) int { return a.Index - b.Index }))
		for _, p := range r.Problems {
			if p.Index == 77 {
				require.ErrorIs(t, p.Err, notify.ErrNoRecipientID)
				continue
			}
			assert.Equal(t, fmt.Sprintf("c-%d", p.Index), p.Recipient)
			assert.Equal(t, notify.AddressGone, p.Class)
		}
		require.ErrorContains(t, r.Err(), `101 of 1000 recipients not reached, 0 of them not tried; the first is "c-0"`)
		require.ErrorIs(t, r.Err(), notifytest.ErrScripted)
	})
}

// accounted checks that everybody is either sent to or named, once.
func accounted(t *testing.T, rec *notifytest.Recorder, r *notify.Report) {
	t.Helper()
	assert.Equal(t, r.Read, r.Sent+r.Failed+r.NotTried)
	seen := map[string]int{}
	for _, d := range rec.Delivered() {
		seen[d.To.ID]++
	}
	assert.Len(t, seen, r.Sent)
	for _, p := range r.Problems {
		seen[p.Recipient]++
	}
	assert.Len(t, r.Problems, r.Failed+r.NotTried)
	assert.Len(t, seen, r.Read)
	for id := range list(r.Read) {
		assert.Equal(t, 1, seen[id.ID], id.ID)
	}
}

func TestFanoutStopsWithContext(t *testing.T) {
	t.Parallel()
	within(t, func(t *testing.T) {
		stop := errors.New("shutting down")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(stop) })
		rec := notifytest.NewRecorder()
		slow := notify.NotifierFunc(func(ctx context.Context, d *notify.Delivery) (notify.Receipt, error) {
			select {
			case <-time.After(20 * time.Millisecond):
				return rec.Notify(context.WithoutCancel(ctx), d)
			case <-ctx.Done():
				return notify.Receipt{}, ctx.Err()
			}
		})
		start := time.Now()
		r, err := notify.NewFanout(slow, nil).Send(ctx, benchMessage, list(1_000_000))
		assert.Equal(t, time.Second, time.Since(start), "promptly")
		require.ErrorIs(t, err, stop)
		assert.False(t, r.Complete)
		assert.Greater(t, r.Sent, 49*64, "64 at once, every 20 ms")
		assert.Less(t, r.Read, 10_000, "the rest of the list is not read")
		assert.NotZero(t, r.NotTried)
		require.Error(t, r.Err())
		accounted(t, rec, r)
	})
}

func TestFanoutUnderDeadContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	rec := notifytest.NewRecorder()
	r, err := notify.NewFanout(rec, nil).Send(ctx, benchMessage, list(10))
	require.ErrorIs(t, err, context.Canceled)
	assert.Equal(t, &notify.Report{}, r)
	require.ErrorIs(t, r.Err(), notify.ErrNotTried)
	assert.Zero(t, rec.Calls())
}

func TestFanoutStopsAtMisconfiguration(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 3, 5, 100_000} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			rec := notifytest.NewRecorder()
			rec.Script(notifytest.Misconfigured())
			r, err := notify.NewFanout(rec, nil).Send(t.Context(), benchMessage, list(n))
			require.ErrorIs(t, err, notifytest.ErrScripted)
			assert.Equal(t, notify.Unusable, classOf(err))
			assert.Zero(t, r.Sent)
			assert.LessOrEqual(t, rec.Calls(), 64, "no more than are in flight")
			accounted(t, rec, r)
		})
	}
}

func TestFanoutBoundsWorkers(t *testing.T) {
	t.Parallel()
	within(t, func(t *testing.T) {
		var mu sync.Mutex
		now, most := 0, 0
		n := notify.NotifierFunc(func(context.Context, *notify.Delivery) (notify.Receipt, error) {
			mu.Lock()
			now++
			most = max(most, now)
			mu.Unlock()
			<-time.After(2 * time.Millisecond)
			mu.Lock()
			now--
			mu.Unlock()
			return notify.Receipt{}, nil
		})
		start := time.Now()
		r, err := notify.NewFanout(n, &notify.FanoutOptions{Workers: 8}).Send(t.Context(), benchMessage, list(800))
		require.NoError(t, err)
		assert.Equal(t, 800, r.Sent)
		assert.Equal(t, 8, most, "as many as allowed at once")
		assert.Equal(t, 200*time.Millisecond, time.Since(start), "all of them busy until the end")
	})
}

func TestFanoutObeysGate(t *testing.T) {
	t.Parallel()
	within(t, func(t *testing.T) {
		rec := notifytest.NewRecorder()
		gate := notify.NewGate(notify.Channel{Rate: 100, Burst: 10}, nil)
		start := time.Now()
		r, err := notify.NewFanout(rec, &notify.FanoutOptions{Gate: gate}).Send(t.Context(), benchMessage, list(510))
		require.NoError(t, err)
		assert.Equal(t, 510, r.Sent)
		assert.InDelta(t, 5.0, time.Since(start).Seconds(), 0.2, "500 at 100 a second after the burst")
	})
	within(t, func(t *testing.T) { // a channel that is down, and comes back
		rec := notifytest.NewRecorder()
		rec.Script(notifytest.FailTimes(3))
		gate := notify.NewGate(notify.Channel{}, &notify.GateOptions{Failures: 3, OpenFor: 30 * time.Second})
		r, err := notify.NewFanout(rec, &notify.FanoutOptions{Workers: 1, Gate: gate, Chain: &notify.ChainOptions{Tries: -1}}).
			Send(t.Context(), benchMessage, list(100))
		require.NoError(t, err)
		assert.Equal(t, 97, r.Sent)
		assert.Equal(t, 3, r.Failed)
	})
	within(t, func(t *testing.T) { // waiting at the gate ends with the context
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		gate := notify.NewGate(notify.Channel{Rate: 1}, nil)
		start := time.Now()
		r, err := notify.NewFanout(notifytest.NewRecorder(), &notify.FanoutOptions{Gate: gate}).Send(ctx, benchMessage, list(100))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, time.Second, time.Since(start))
		assert.LessOrEqual(t, r.Sent, 2)
	})
}

// TestFanoutSurvivesPanics: of the adapter as a problem, of the list as a panic
// that leaves no goroutine behind.
func TestFanoutSurvivesPanics(t *testing.T) {
	t.Parallel()
	rec := notifytest.NewRecorder()
	rec.ScriptFor("c-3", notifytest.Panic("boom"))
	r, err := notify.NewFanout(rec, nil).Send(t.Context(), benchMessage, list(100))
	require.NoError(t, err)
	assert.Equal(t, 99, r.Sent)
	assert.Equal(t, "c-3", r.Problems[0].Recipient)

	within(t, func(t *testing.T) { // a goroutine left behind would fail the bubble
		assert.PanicsWithValue(t, "list", func() {
			_, _ = notify.NewFanout(rec, nil).Send(t.Context(), benchMessage, func(yield func(notify.Recipient) bool) {
				list(100)(yield)
				panic("list") //nolint:forbidigo // what the test is about
			})
		})
	})
	assert.Panics(t, func() { notify.NewFanout(nil, nil) })
}
