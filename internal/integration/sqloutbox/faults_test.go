package sqloutbox_test

import (
	"errors"
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

var errCut = errors.New("the connection was cut")

// cut fails the n-th thing that a handle asks of its database, counted from 1, and notes what it was.
func cut(n int, what *string) func(string) error {
	return func(step string) error {
		if n--; n == 0 {
			*what = step
			return errCut
		}
		return nil
	}
}

// A call that is cut at any statement, or whose answer is lost, was done as a
// whole or not at all, and its repeat makes it whole.
func TestACallThatIsCutAnywhere(t *testing.T) {
	t.Parallel()
	const n = 3
	for name, call := range map[string]struct {
		prepare func(t *testing.T, o notify.Outbox) []notify.Claimed
		do      func(t *testing.T, o *sqloutbox.Outbox, c []notify.Claimed) error
		before  string // how each of them stands
		after   string
	}{
		"add": {
			prepare: func(*testing.T, notify.Outbox) []notify.Claimed { return nil },
			do: func(t *testing.T, o *sqloutbox.Outbox, _ []notify.Claimed) error {
				_, err := o.Add(t.Context(), page(many("stmt-1", 1, n), start()))
				return err
			},
			after: "pending after 0 attempts",
		},
		"claim": {
			prepare: func(t *testing.T, o notify.Outbox) []notify.Claimed {
				add(t, o, many("stmt-1", 1, n), start())
				return nil
			},
			do: func(t *testing.T, o *sqloutbox.Outbox, _ []notify.Claimed) error {
				_, err := o.Claim(t.Context(), notify.ClaimRequest{Channel: "mail", Limit: n, Lease: time.Minute, At: start()})
				return err
			},
			before: "pending after 0 attempts", after: "leased after 1 attempts",
		},
		"settle": {
			prepare: func(t *testing.T, o notify.Outbox) []notify.Claimed {
				add(t, o, many("stmt-1", 1, n), start())
				return claim(t, o, start())
			},
			do: func(t *testing.T, o *sqloutbox.Outbox, c []notify.Claimed) error {
				return settled(t, o, c, notify.Done)
			},
			before: "leased after 1 attempts", after: "sent after 1 attempts",
		},
		"give up": {
			prepare: func(t *testing.T, o notify.Outbox) []notify.Claimed {
				add(t, o, many("stmt-1", 1, n), start())
				return claim(t, o, start())
			},
			do: func(t *testing.T, o *sqloutbox.Outbox, c []notify.Claimed) error {
				return settled(t, o, c, notify.Bury)
			},
			before: "leased after 1 attempts", after: "dead after 1 attempts, and another way is",
		},
		"prune": {
			prepare: func(t *testing.T, o notify.Outbox) []notify.Claimed {
				add(t, o, many("stmt-1", 1, n), start())
				send(t, o, claim(t, o, start()), start())
				return nil
			},
			do: func(t *testing.T, o *sqloutbox.Outbox, _ []notify.Claimed) error {
				_, err := o.Prune(t.Context(), start().Add(time.Hour), 0)
				return err
			},
			before: "sent after 1 attempts",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			each(t, func(t *testing.T, d dbtest.Database) {
				db, watch := d.Watch(t)
				o := migrated(t, db, told())
				require.Empty(t, list(t, o, notify.Query{}), "it knows by now what database it is on")
				lost := 0
				for at := 1; ; at++ {
					empty(t, o, db)
					claimed := call.prepare(t, o)
					require.Equal(t, all(n, call.before), stands(t, o))
					what := ""
					watch.Hook(cut(at, &what))
					err := call.do(t, o, claimed)
					watch.Hook(nil)
					if err == nil {
						require.Equal(t, all(n, call.after), stands(t, o))
						require.Greater(t, at, 5, "it asked less than it must")
						break
					}
					require.ErrorIs(t, err, errCut, what)
					want := call.before
					if what == "committed" { // done, and nobody knows
						lost++
						want = call.after
					}
					if name == "prune" && lost > 0 { // it looks whether there is more
						want = call.after
					}
					require.Equal(t, all(n, want), stands(t, o), what)
					err = call.do(t, o, claimed)
					if what == "committed" && name == "add" {
						require.ErrorIs(t, err, notify.ErrCursor)
					} else {
						require.NoError(t, err, what)
					}
					require.Equal(t, all(n, call.after), stands(t, o), what)
				}
				assert.Equal(t, 1, lost)
			})
		})
	}
}

// settled settles and returns the first error of any of them.
func settled(t *testing.T, o notify.Outbox, claimed []notify.Claimed, outcome notify.Outcome) error {
	var s []notify.Settlement
	for _, c := range claimed {
		s = append(s, notify.Settlement{Key: c.Key, Token: c.Token, Outcome: outcome, Now: start()})
	}
	answers, err := o.Settle(t.Context(), s)
	for _, a := range answers {
		err = errors.Join(err, a.Err)
	}
	return err
}

// all says of n deliveries that they stand so; nothing if there are none.
func all(n int, stand string) map[string]int {
	if stand == "" {
		return map[string]int{}
	}
	return map[string]int{stand: n}
}

// stands counts how deliveries stand; other ways with those that they belong to.
func stands(t *testing.T, o notify.Outbox) map[string]int {
	ways := make(map[string]bool)
	for _, it := range list(t, o, notify.Query{}) {
		ways[it.Origin] = true
	}
	n := make(map[string]int)
	for _, it := range list(t, o, notify.Query{Channel: "mail"}) {
		stand := fmt.Sprintf("%s after %d attempts", it.State, it.Attempts)
		if ways[it.Key] {
			stand += ", and another way is"
		}
		n[stand]++
	}
	return n
}

// Inside of a host's transaction a call that is cut leaves nothing, and the transaction goes on.
func TestABoundCallThatIsCutAnywhere(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d dbtest.Database) {
		db, watch := d.Watch(t)
		o := migrated(t, db, told())
		tx, err := db.BeginTx(t.Context(), nil)
		require.NoError(t, err)
		defer tx.Rollback() //nolint:errcheck // after the commit it does nothing
		b := o.Bind(tx)
		add(t, b, many("stmt-1", 1, 2), start())
		for at := 1; ; at++ {
			what := ""
			watch.Hook(cut(at, &what))
			_, err := b.Add(t.Context(), page(many("stmt-2", 2, 2), start()))
			watch.Hook(nil)
			if err == nil {
				require.Greater(t, at, 5, "it asked less than it must")
				break
			}
			require.ErrorIs(t, err, errCut, what)
			require.Len(t, list(t, b, notify.Query{}), 2, what)
			require.Equal(t, all(2, "pending after 0 attempts"), stands(t, b), "those are not superseded")
		}
		require.NoError(t, tx.Commit())
		require.Equal(t, map[string]int{"superseded after 0 attempts": 2, "pending after 0 attempts": 2}, stands(t, o))
	})
}

func TestMigratingAtOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d dbtest.Database) {
		var wg sync.WaitGroup
		for range 4 {
			o := sqloutbox.New(d.Open(t), told())
			wg.Go(func() {
				assert.NoError(t, o.Migrate(t.Context()))
				_, err := o.NextDue(t.Context(), "mail")
				assert.NoError(t, err)
			})
		}
		wg.Wait()
	})
}

// A machine whose clock is hours off takes nothing that another still holds.
func TestDatabaseClock(t *testing.T) {
	t.Parallel()
	d := dbtest.NewPostgres(t)
	o := migrated(t, d.Open(t), nil)
	add(t, o, many("stmt-1", 1, 1), start())
	slow, fast := start().Add(time.Minute), start().Add(300*24*time.Hour)
	get := func(at time.Time, lease time.Duration) []notify.Claimed {
		t.Helper()
		c, err := o.Claim(t.Context(), notify.ClaimRequest{Channel: "mail", Limit: 1, Lease: lease, At: at})
		require.NoError(t, err)
		return c
	}
	first := get(slow, time.Hour)
	require.Len(t, first, 1)
	require.Equal(t, slow.Add(time.Hour), first[0].Until, "by the caller’s clock")
	require.Empty(t, get(fast, time.Hour), "an hour has not passed on the server")
	answers, err := o.Settle(t.Context(), []notify.Settlement{{Key: first[0].Key, Token: first[0].Token, Outcome: notify.Extend, Now: fast, At: fast.Add(time.Microsecond)}})
	require.NoError(t, err)
	require.NoError(t, answers[0].Err)
	second := get(slow, time.Hour)
	require.Len(t, second, 1, "a microsecond has passed")
	require.Equal(t, 2, second[0].Attempt)
}
