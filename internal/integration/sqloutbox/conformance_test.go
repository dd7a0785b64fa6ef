package sqloutbox_test

import (
	"context"
	"database/sql"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/internal/integration/dbtest"
	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/notify/notifytest"
	"github.com/amends-dev/amends/notify/sqloutbox"
)

// told has leases follow the time that tests tell.
func told() *sqloutbox.Options { return &sqloutbox.Options{LeaseClock: sqloutbox.CallerClock} }

// migrated returns an outbox on a handle, with its tables.
func migrated(t testing.TB, db *sql.DB, opts *sqloutbox.Options) *sqloutbox.Outbox {
	o := sqloutbox.New(db, opts)
	require.NoError(t, o.Migrate(t.Context()))
	return o
}

func databases() map[string]func(testing.TB) dbtest.Database {
	return map[string]func(testing.TB) dbtest.Database{"sqlite": dbtest.NewSQLite, "postgres": dbtest.NewPostgres}
}

func TestConformance(t *testing.T) {
	t.Parallel()
	for name, database := range databases() {
		for way, newOutbox := range map[string]func(*testing.T) notify.Outbox{
			"alone": func(t *testing.T) notify.Outbox { return migrated(t, database(t).Open(t), told()) },
			"two handles": func(t *testing.T) notify.Outbox {
				d := database(t)
				return &inTurn{boxes: []*sqloutbox.Outbox{migrated(t, d.Open(t), told()), migrated(t, d.Open(t), told())}}
			},
			"reader apart": func(t *testing.T) notify.Outbox {
				d := database(t)
				opts := told()
				opts.Reader = d.Open(t)
				return migrated(t, d.Open(t), opts)
			},
			"bound": func(t *testing.T) notify.Outbox {
				db := database(t).Open(t)
				o := migrated(t, db, told())
				tx, err := db.BeginTx(context.WithoutCancel(t.Context()), nil)
				require.NoError(t, err)
				t.Cleanup(func() { require.NoError(t, tx.Rollback(), "it is usable to its end") })
				return &oneByOne{box: o.Bind(tx)}
			},
		} {
			t.Run(name+"/"+way, func(t *testing.T) {
				t.Parallel()
				notifytest.TestOutbox(t, newOutbox)
			})
		}
	}
}

// What an extension of a lease notes is not forgotten by the settlement after it,
// whether it was told to the process that claimed or to another one.
func TestExtensionIsNotForgotten(t *testing.T) {
	t.Parallel()
	for name, database := range databases() {
		for who, same := range map[string]bool{"the same process": true, "another process": false} {
			t.Run(name+"/"+who, func(t *testing.T) {
				t.Parallel()
				d := database(t)
				o := migrated(t, d.Open(t), told())
				other := o
				if !same {
					other = migrated(t, d.Open(t), told())
				}
				_, err := o.Add(t.Context(), page(many("stmt-1", 1, 40), start()))
				require.NoError(t, err)
				claimed, err := o.Claim(t.Context(), notify.ClaimRequest{Channel: "mail", Limit: 40, Lease: time.Minute, At: start()})
				require.NoError(t, err)
				require.Len(t, claimed, 40)
				settle := func(o *sqloutbox.Outbox, outcome notify.Outcome, until time.Time, word string) {
					var s []notify.Settlement
					for _, c := range claimed {
						s = append(s, notify.Settlement{Key: c.Key, Token: c.Token, Outcome: outcome, At: until, Now: start(), Err: word})
					}
					answers, err := o.Settle(t.Context(), s)
					require.NoError(t, err)
					for _, a := range answers {
						require.NoError(t, a.Err)
					}
				}
				settle(other, notify.Extend, start().Add(time.Minute), "the server is slow")
				settle(o, notify.Release, start(), "")
				list, _, err := o.List(t.Context(), notify.Query{Record: "inc-1"}, "", 0)
				require.NoError(t, err)
				require.Len(t, list, 40)
				for _, it := range list {
					require.Equal(t, "the server is slow", it.LastErr)
				}
			})
		}
	}
}

// inTurn uses several outboxes on one database, another for each call.
type inTurn struct {
	boxes []*sqloutbox.Outbox
	calls atomic.Int64
}

func (o *inTurn) next() *sqloutbox.Outbox { return o.boxes[o.calls.Add(1)%int64(len(o.boxes))] }

func (o *inTurn) Add(ctx context.Context, p notify.Page) (int, error) { return o.next().Add(ctx, p) }

func (o *inTurn) Claim(ctx context.Context, r notify.ClaimRequest) ([]notify.Claimed, error) {
	return o.next().Claim(ctx, r)
}

func (o *inTurn) Settle(ctx context.Context, s []notify.Settlement) ([]notify.Settled, error) {
	return o.next().Settle(ctx, s)
}

func (o *inTurn) Tally(ctx context.Context, q notify.Query) (notify.Tally, error) {
	return o.next().Tally(ctx, q)
}

func (o *inTurn) List(ctx context.Context, q notify.Query, cursor string, limit int) ([]notify.Stored, string, error) {
	return o.next().List(ctx, q, cursor, limit)
}

func (o *inTurn) NextDue(ctx context.Context, channel string) (time.Time, error) {
	return o.next().NextDue(ctx, channel)
}

// oneByOne keeps calls of a bound outbox apart, as its host has to.
type oneByOne struct {
	mu  sync.Mutex
	box *sqloutbox.Outbox
}

func (o *oneByOne) Add(ctx context.Context, p notify.Page) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.box.Add(ctx, p)
}

func (o *oneByOne) Claim(ctx context.Context, r notify.ClaimRequest) ([]notify.Claimed, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.box.Claim(ctx, r)
}

func (o *oneByOne) Settle(ctx context.Context, s []notify.Settlement) ([]notify.Settled, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.box.Settle(ctx, s)
}

func (o *oneByOne) Tally(ctx context.Context, q notify.Query) (notify.Tally, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.box.Tally(ctx, q)
}

func (o *oneByOne) List(ctx context.Context, q notify.Query, cursor string, limit int) ([]notify.Stored, string, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.box.List(ctx, q, cursor, limit)
}
