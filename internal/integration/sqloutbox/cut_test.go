package sqloutbox_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/notify"
)

var errCut = errors.New("the connection was cut")

// A page, a claim and a settlement that are cut at any statement, or whose
// answer is lost, were done as a whole or not at all, and their repeat makes it right: each
// item is there once, is sent, and was tried once more only if a claim was lost that nobody knows of.
func TestWhatIsCutAnywhere(t *testing.T) {
	t.Parallel()
	for name, database := range databases() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := database(t)
			box := migrated(t, d.Open(t), told())
			db, watch := d.Watch(t)
			cut := migrated(t, db, told())
			at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
			for _, call := range []string{"add", "claim", "settle"} {
				lost := 0
				stop := 1
				for ; ; stop++ {
					step, last := 0, ""
					// through runs a call, cut if it is the one of this round.
					through := func(of string, fn func(o notify.Outbox) error) (failed bool) {
						if of != call {
							require.NoError(t, fn(box))
							return false
						}
						watch.Hook(func(name string) error {
							if step++; step == stop {
								last = name
								return errCut
							}
							return nil
						})
						err := fn(cut)
						watch.Hook(nil)
						if err == nil {
							return false
						}
						require.ErrorIs(t, err, errCut)
						if last == "committed" {
							lost++
						}
						return true
					}
					notice, channel := fmt.Sprint(call, stop), fmt.Sprint("mail-", call, stop)
					page := notify.Page{Notice: notice, Done: true, At: at}
					for n := range 3 {
						page.Items = append(page.Items, notify.Item{Key: fmt.Sprint(notice, "/", n), Notice: notice, Recipient: fmt.Sprint("r", n), Channel: channel, Thread: "inc-1", Seq: 1})
					}
					count := func() map[notify.State]int64 {
						tally, err := box.Tally(t.Context(), notify.Query{Notice: notice})
						require.NoError(t, err)
						n := map[notify.State]int64{}
						for _, line := range tally.Counts {
							n[line.State] += line.N
						}
						return n
					}
					add := func(o notify.Outbox) error { _, err := o.Add(t.Context(), page); return err }
					if through("add", add) {
						if last == "committed" {
							require.Equal(t, int64(3), count()[notify.StatePending])
							require.ErrorIs(t, add(box), notify.ErrCursor, "it was there already")
						} else {
							require.Empty(t, count(), "cut at %q", last)
							require.NoError(t, add(box), "cut at %q", last)
						}
					}
					require.Equal(t, map[notify.State]int64{notify.StatePending: 3}, count())

					var claimed []notify.Claimed
					now, attempt := at, 1
					claim := func(o notify.Outbox) (err error) {
						claimed, err = o.Claim(t.Context(), notify.ClaimRequest{Channel: channel, Limit: 10, Lease: time.Minute, At: now})
						return err
					}
					if through("claim", claim) {
						if last == "committed" {
							require.Equal(t, map[notify.State]int64{notify.StateLeased: 3}, count())
							require.NoError(t, claim(box))
							require.Empty(t, claimed, "they are leased, although nobody knows")
							now, attempt = now.Add(time.Minute), 2
						} else {
							require.Equal(t, map[notify.State]int64{notify.StatePending: 3}, count(), "cut at %q", last)
						}
						require.NoError(t, claim(box))
					}
					require.Len(t, claimed, 3, "cut at %q", last)
					var s []notify.Settlement
					for _, c := range claimed {
						require.Equal(t, attempt, c.Attempt)
						s = append(s, notify.Settlement{Key: c.Key, Token: c.Token, Outcome: notify.Done, At: now, Now: now, Receipt: &notify.Receipt{ProviderID: "p"}})
					}
					settle := func(o notify.Outbox) error {
						settled, err := o.Settle(t.Context(), s)
						for _, a := range settled {
							err = errors.Join(err, a.Err)
							assert.Equal(t, notify.StateSent, a.State)
						}
						return err
					}
					if through("settle", settle) {
						want := map[notify.State]int64{notify.StateLeased: 3}
						if last == "committed" {
							want = map[notify.State]int64{notify.StateSent: 3}
						}
						require.Equal(t, want, count(), "cut at %q", last)
						require.NoError(t, settle(box), "the repeat is answered as the first would have been")
					}
					require.Equal(t, map[notify.State]int64{notify.StateSent: 3}, count())
					if step < stop {
						break // it asks for less than that
					}
				}
				assert.Greater(t, stop, 3, "statements of %s", call)
				assert.Equal(t, 1, lost, "%s: the answer was lost once", call)
			}
		})
	}
}
