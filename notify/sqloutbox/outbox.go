package sqloutbox

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math/rand/v2"

	"github.com/amends-dev/amends/internal/sqlkit"
	"github.com/amends-dev/amends/notify"
)

//go:embed migrations
var migrations embed.FS

// Facts about the tables of a database. Compare with errors.Is.
var (
	// ErrNotMigrated: the tables are missing, or older than this version of the package. Call [Outbox.Migrate].
	ErrNotMigrated = sqlkit.ErrNotMigrated
	// ErrNewer: the tables were migrated by a newer version of the package, which
	// this one would damage. Run the newer version, or restore a copy from before.
	ErrNewer = sqlkit.ErrNewer
)

// LeaseClock tells when leases end.
type LeaseClock int

const (
	// DatabaseClock is the clock of the PostgreSQL server: a lease lasts as long
	// for everybody, however wrong the clock of a process is. SQLite has no clock
	// of its own: there it is CallerClock, which is that of the one machine.
	DatabaseClock LeaseClock = iota
	// CallerClock is the time that callers pass: ClaimRequest.At and
	// Settlement.Now. It is for hosts that replay history, and for
	// notifytest.TestOutbox; all processes must agree on the time then.
	CallerClock
)

// Options configures an [Outbox]. The zero value, like nil, holds the defaults.
type Options struct {
	// Reader is another handle on the same database, used for reading: for
	// example many connections to a SQLite file that has one for writing. It
	// must see at once what the first has written; a replica that lags does not.
	// If nil, there is one handle for both.
	Reader *sql.DB
	// LeaseClock tells when leases end. If zero, [DatabaseClock].
	LeaseClock LeaseClock
	// Logger receives what operators need to know: rows that are damaged. If nil, nothing is logged.
	Logger *slog.Logger
}

// Outbox keeps deliveries in a SQL database. It implements [notify.Outbox] and
// [notify.Forecaster], and is safe for concurrent use, unless it is bound.
type Outbox struct {
	db    *sqlkit.DB
	clock LeaseClock
	log   *slog.Logger
	shard int64 // of counters, in PostgreSQL
	bound bool
	// flights is what this process has claimed, of an outbox that is not bound.
	flights *flights
}

var (
	_ notify.Outbox     = (*Outbox)(nil)
	_ notify.Forecaster = (*Outbox)(nil)
)

// shards is how many rows a counter has in PostgreSQL, so that processes seldom wait for each other.
const shards = 8

// New returns an outbox on a database of the host, which stays responsible for
// closing it. Nothing is asked of the database yet. A nil opts holds the defaults.
func New(db *sql.DB, opts *Options) *Outbox {
	var o Options
	if opts != nil {
		o = *opts
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic(err) //nolint:forbidigo // the folder is embedded above: only a mistake in this package gets here
	}
	return &Outbox{
		db:    sqlkit.New(db, o.Reader, sqlkit.Component{Name: "outbox", Migrations: files}),
		clock: o.LeaseClock, log: o.Logger, flights: new(flights),
		shard: rand.Int64N(shards), //nolint:gosec // so that two processes do not meet: nobody gains by guessing it
	}
}

// Migrate makes the tables, or brings them to the version that this package
// knows. Call it when the program starts, or as part of a deployment with a role
// that may make tables; processes that call it at once wait for one another. If
// there is nothing to do it only reads. It never goes back: [ErrNewer].
func (o *Outbox) Migrate(ctx context.Context) error {
	if err := o.db.Migrate(ctx); err != nil {
		return fmt.Errorf("sqloutbox: %w", err)
	}
	return nil
}

// Bind returns the outbox within a transaction that the host began on the same
// database and ends itself: what it adds there is added together with what the
// host writes, or not at all. It never commits and never tries again. After an
// error nothing of the call stays and the transaction is usable, as long as its
// connection is. Like the transaction, a bound outbox must not be used
// concurrently. Others who add to the same threads wait for the transaction: keep it short.
func (o *Outbox) Bind(tx *sql.Tx) *Outbox {
	bound := *o
	bound.db, bound.bound = o.db.Bind(tx), true
	return &bound
}

// raced is how often a transaction of ours is begun again because others added
// to the same notices and could not be seen.
const raced = 5

// write runs fn in a transaction.
func (o *Outbox) write(ctx context.Context, fn func(ctx context.Context, w *work) error) error {
	for try := 1; ; try++ {
		err := o.db.Write(ctx, func(ctx context.Context, t *sqlkit.Tx) error {
			w := newWork(o, t)
			if err := w.steady(ctx); err != nil {
				return err
			}
			return fn(ctx, w)
		})
		if o.bound || try == raced || !errors.Is(err, errUnseen) {
			return err
		}
	}
}

// read runs fn outside of a transaction.
func (o *Outbox) read(ctx context.Context, fn func(ctx context.Context, w *work) error) error {
	return o.db.Read(ctx, func(ctx context.Context, t *sqlkit.Tx) error {
		return fn(ctx, newWork(o, t))
	})
}
