package sqloutbox_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/internal/integration/dbtest"
	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/notify/sqloutbox"
)

// each runs a test on each database.
func each(t *testing.T, run func(t *testing.T, d dbtest.Database)) {
	for name, database := range databases() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run(t, database(t))
		})
	}
}

func add(t testing.TB, o notify.Outbox, items []notify.Item, at time.Time) int {
	t.Helper()
	p := page(items, at)
	p.Notice = fmt.Sprint("page at ", at.UnixMicro()) // ever another one, so that the same items can come again
	n, err := o.Add(t.Context(), p)
	require.NoError(t, err)
	return n
}

func claim(t testing.TB, o notify.Outbox, at time.Time) []notify.Claimed {
	t.Helper()
	c, err := o.Claim(t.Context(), notify.ClaimRequest{Channel: "mail", Limit: 10_000, Lease: time.Minute, At: at})
	require.NoError(t, err)
	return c
}

func send(t testing.TB, o notify.Outbox, claimed []notify.Claimed, at time.Time) {
	t.Helper()
	settle(t, o, claimed, notify.Done, at)
}

func settle(t testing.TB, o notify.Outbox, claimed []notify.Claimed, outcome notify.Outcome, at time.Time) {
	t.Helper()
	var s []notify.Settlement
	for _, c := range claimed {
		s = append(s, notify.Settlement{Key: c.Key, Token: c.Token, Outcome: outcome, At: at, Now: at, Receipt: &notify.Receipt{ProviderID: "receipt of " + c.Key}, Hash: "h"})
	}
	answers, err := o.Settle(t.Context(), s)
	require.NoError(t, err)
	for _, a := range answers {
		require.NoError(t, a.Err)
	}
}

func list(t testing.TB, o notify.Outbox, q notify.Query) []notify.Stored {
	t.Helper()
	var all []notify.Stored
	for cursor := ""; ; {
		page, next, err := o.List(t.Context(), q, cursor, 0)
		require.NoError(t, err)
		all = append(all, page...)
		if cursor = next; next == "" {
			return all
		}
	}
}

func TestWhatIsPrunedIsNotSentAgain(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d dbtest.Database) {
		const n = 1100 // more than a transaction prunes
		o := migrated(t, d.Open(t), told())
		old, recent := many("stmt-1", 5, n), many("stmt-2", 7, 3)
		require.Equal(t, n, add(t, o, old, start()))
		send(t, o, claim(t, o, start()), start().Add(time.Minute))
		later := start().Add(time.Hour)
		require.Equal(t, 3, add(t, o, recent, later))
		send(t, o, claim(t, o, later), later)
		before, err := o.Tally(t.Context(), notify.Query{Record: "inc-1"})
		require.NoError(t, err)

		pruned, err := o.Prune(t.Context(), later, 10)
		require.NoError(t, err)
		require.GreaterOrEqual(t, pruned, 10)
		require.Less(t, pruned, n-3)
		rest, err := o.Prune(t.Context(), later, 0)
		require.NoError(t, err)
		require.Equal(t, n-3, pruned+rest, "of three threads something was sent later")
		again, err := o.Prune(t.Context(), later, 0)
		require.NoError(t, err)
		require.Zero(t, again)
		require.Len(t, list(t, o, notify.Query{}), 6)
		require.Len(t, list(t, o, notify.Query{Record: "inc-1", Recipient: "r00000"}), 2)
		tally, err := o.Tally(t.Context(), notify.Query{Record: "inc-1"})
		require.NoError(t, err)
		require.Equal(t, before.Counts, tally.Counts)

		// The same come again: one known key in between, all of them, and one alone.
		at := later.Add(time.Hour)
		require.Zero(t, add(t, o, old, at))
		require.Zero(t, add(t, o, old[n-1:], at.Add(time.Second)))
		require.Empty(t, claim(t, o, at.Add(time.Minute)))
		other := old[n-1]
		other.Customer = "somebody else"
		_, err = o.Add(t.Context(), page([]notify.Item{other}, at))
		require.ErrorIs(t, err, notify.ErrKeyReused)

		// An older one is superseded by what was sent; a newer one answers it.
		older, newer := many("stmt-0", 1, n), many("stmt-3", 9, n)
		require.Equal(t, n, add(t, o, older[:n], at.Add(2*time.Second)))
		require.Empty(t, claim(t, o, at.Add(time.Minute)))
		require.Len(t, list(t, o, notify.Query{Notice: "stmt-0", States: []notify.State{notify.StateSuperseded}}), n)
		require.Equal(t, n, add(t, o, newer, at.Add(3*time.Second)))
		claimed := claim(t, o, at.Add(time.Minute))
		require.Len(t, claimed, n)
		for i, c := range claimed {
			want := old[i].Key
			if i < 3 {
				want = recent[i].Key
			}
			require.NotNil(t, c.Prior)
			require.Equal(t, "receipt of "+want, c.Prior.ProviderID)
		}
		// What comes back is forgotten, what was pruned is not.
		send(t, o, claimed[n-1:], at.Add(time.Minute))
		answers, err := o.Settle(t.Context(), []notify.Settlement{
			{Key: claimed[n-1].Key, Outcome: notify.MarkBounced, Now: at.Add(2 * time.Minute)},
			{Key: old[n-1].Key, Outcome: notify.MarkBounced, Now: at.Add(2 * time.Minute)},
			{Key: old[n-1].Key, Token: "t", Outcome: notify.Done, Now: at.Add(2 * time.Minute)},
		})
		require.NoError(t, err)
		require.NoError(t, answers[0].Err)
		require.ErrorIs(t, answers[1].Err, notify.ErrRefused)
		require.ErrorContains(t, answers[1].Err, "it was pruned")
		require.Equal(t, notify.Settled{Key: old[n-1].Key, Record: "inc-1", State: notify.StateSent, Err: answers[1].Err}, answers[1])
		require.ErrorIs(t, answers[2].Err, notify.ErrLeaseLost)
		require.Equal(t, 1, add(t, o, many("stmt-4", 10, n)[n-1:], at.Add(4*time.Second)))
		claimed = claim(t, o, at.Add(time.Minute))
		require.Len(t, claimed, 1)
		require.Equal(t, "receipt of "+old[n-1].Key, claimed[0].Prior.ProviderID)
	})
}

func TestPruningLeavesWhatIsOpen(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d dbtest.Database) {
		o := migrated(t, d.Open(t), told())
		items := many("stmt-1", 5, 3)
		items[1].Task = true
		require.Equal(t, 3, add(t, o, items, start()))
		require.Equal(t, 1, add(t, o, many("stmt-2", 6, 3)[2:], start().Add(time.Second))) // supersedes
		n, err := o.Prune(t.Context(), start().Add(time.Hour), 0)
		require.NoError(t, err)
		require.Zero(t, n)
		claimed := claim(t, o, start().Add(time.Second))
		require.Len(t, claimed, 2)
		settle(t, o, claimed, notify.Bury, start().Add(time.Minute))
		n, err = o.Prune(t.Context(), start().Add(time.Minute), 0)
		require.NoError(t, err)
		require.Zero(t, n, "they changed at that time, not before")
		n, err = o.Prune(t.Context(), start().Add(time.Hour), 0)
		require.NoError(t, err)
		require.Equal(t, 3, n, "a dead one, another one, and what it had superseded")
		all := list(t, o, notify.Query{})
		require.Len(t, all, 3, "the task, and the other ways, which wait")
		for _, f := range all {
			if f.Origin == "" {
				continue
			}
			require.Equal(t, notify.StatePending, f.State)
		}
	})
}

// A delivery whose other way was gone is not revived, although the way was pruned.
func TestAPrunedFallbackIsKnown(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d dbtest.Database) {
		o := migrated(t, d.Open(t), told())
		items := many("stmt-1", 5, 1)
		items[0].Fallback = []notify.Fallback{{Channel: "sms"}, {Channel: "call"}}
		require.Equal(t, 1, add(t, o, items, start()))
		settle(t, o, claim(t, o, start()), notify.Bury, start())
		on := func(channel string) []notify.Claimed {
			c, err := o.Claim(t.Context(), notify.ClaimRequest{Channel: channel, Limit: 1, Lease: time.Minute, At: start()})
			require.NoError(t, err)
			require.Len(t, c, 1)
			return c
		}
		settle(t, o, on("sms"), notify.Bury, start())
		send(t, o, on("call"), start())
		// Something open keeps the first one.
		keep := many("ack", 6, 1)
		keep[0].Supersedable = false
		require.Equal(t, 1, add(t, o, keep, start().Add(time.Second)))
		n, err := o.Prune(t.Context(), start().Add(time.Hour), 0)
		require.NoError(t, err)
		require.Equal(t, 2, n)
		answers, err := o.Settle(t.Context(), []notify.Settlement{{Key: items[0].Key, Outcome: notify.Revive, By: "Robin Example", Now: start().Add(time.Hour)}})
		require.NoError(t, err)
		require.ErrorIs(t, answers[0].Err, notify.ErrRefused)
		require.ErrorContains(t, answers[0].Err, "was sent")
	})
}

// Two prune while others add, send and read: everything is sent once, nothing is lost to readers halfway.
func TestPruningBesideWork(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d dbtest.Database) {
		const notices, people = 8, 60
		o := migrated(t, d.Open(t), told())
		done := make(chan struct{})
		var pruners, readers sync.WaitGroup
		for range 2 {
			p := sqloutbox.New(d.Open(t), told())
			pruners.Go(func() {
				for {
					_, err := p.Prune(t.Context(), start().Add(24*time.Hour), 0)
					if !assert.NoError(t, err) {
						return
					}
					select {
					case <-done:
						return
					default:
					}
				}
			})
		}
		readers.Go(func() {
			r := sqloutbox.New(d.Open(t), told())
			for {
				_, _, err := r.List(t.Context(), notify.Query{Record: "inc-1"}, "", 0)
				if !assert.NoError(t, err) {
					return
				}
				select {
				case <-done:
					return
				default:
				}
			}
		})
		times := make(map[string]int)
		for n := range notices {
			at := start().Add(time.Duration(n) * time.Minute)
			items := many(fmt.Sprint("stmt-", n), uint64(n), people)
			require.Equal(t, people, add(t, o, items, at))
			require.Zero(t, add(t, o, items, at.Add(time.Second)))
			for {
				claimed, err := o.Claim(t.Context(), notify.ClaimRequest{Channel: "mail", Limit: 25, Lease: time.Minute, At: at})
				require.NoError(t, err)
				if len(claimed) == 0 {
					break
				}
				for _, c := range claimed {
					times[c.Key]++
				}
				send(t, o, claimed, at)
			}
		}
		close(done)
		pruners.Wait()
		readers.Wait()
		require.Len(t, times, notices*people)
		for key, n := range times {
			require.Equal(t, 1, n, key)
		}
		_, err := o.Prune(t.Context(), start().Add(24*time.Hour), 0)
		require.NoError(t, err)
		require.Empty(t, list(t, o, notify.Query{}))
		tally, err := o.Tally(t.Context(), notify.Query{Record: "inc-1"})
		require.NoError(t, err)
		var sum int64
		for _, l := range tally.Counts {
			require.Equal(t, notify.StateSent, l.State)
			sum += l.N
		}
		require.Equal(t, int64(notices*people), sum)
	})
}
