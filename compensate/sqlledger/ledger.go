package sqlledger

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"time"

	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/internal/sqlkit"
)

// Facts about the tables. Errors of all methods wrap them.
var (
	// ErrNotMigrated: the tables are missing, or older than this version of the library. Call Migrate.
	ErrNotMigrated = sqlkit.ErrNotMigrated
	// ErrNewer: a newer version of the library migrated the tables; this one neither reads nor writes them.
	ErrNewer = sqlkit.ErrNewer
)

//go:embed migrations
var migrations embed.FS

// LeaseClock tells when leases and waiting times end. Times in entries are always those that callers hand in.
type LeaseClock int

const (
	// DatabaseClock is the clock of the PostgreSQL server: an entry is claimed
	// once that clock has gone as far as the caller's would have had to. So a
	// machine whose clock is fast cannot take what another one still holds. SQLite
	// has no clock of its own: there it is CallerClock, which is that of the one machine.
	DatabaseClock LeaseClock = iota
	// CallerClock is the time that callers pass: ClaimRequest.At, Settlement.At
	// and Next. It is for hosts that replay history; all processes must agree on the time then.
	CallerClock
)

// Options configures [New]. The zero value, like a nil *Options, holds the defaults.
type Options struct {
	// Reader is another handle on the same database, for List and Tally: for
	// example many connections to a SQLite file that has one for writing. It must
	// see at once what the first has written; a replica that lags does not. If
	// nil, there is one handle for both.
	Reader *sql.DB
	// LeaseClock tells when leases and waiting times end. If zero, [DatabaseClock].
	// It must be the same in all processes.
	LeaseClock LeaseClock
}

// Ledger is a [compensate.Ledger] in SQLite or PostgreSQL. It is safe for
// concurrent use by any number of processes; a bound one is used as its
// transaction is, one call at a time.
//
// Times are kept in microseconds. What PostgreSQL cannot keep, a text with a zero
// byte or not in UTF-8, is an error in a proposal, and in what billing answered
// such bytes are replaced: what was paid must be written down.
type Ledger struct {
	db    *sqlkit.DB
	clock LeaseClock
}

var _ compensate.Ledger = (*Ledger)(nil)

// New returns a ledger on a database of the host, which stays responsible for
// closing it. Whether it is SQLite or PostgreSQL the ledger asks the database at
// the first call; nothing is asked yet.
func New(db *sql.DB, opts *Options) *Ledger {
	var o Options
	if opts != nil {
		o = *opts
	}
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic(err) //nolint:forbidigo // the folder is embedded above: only a mistake in this package gets here
	}
	return &Ledger{
		db:    sqlkit.New(db, o.Reader, sqlkit.Component{Name: "compensate", Migrations: files}),
		clock: o.LeaseClock,
	}
}

// Migrate makes the tables, or brings them to the version that this program
// knows. A repeat does nothing, and processes may do it at once. It errs with
// [ErrNewer] if a newer program was there before. It cannot be called on a bound ledger.
func (l *Ledger) Migrate(ctx context.Context) error {
	if err := l.db.Migrate(ctx); err != nil {
		return fmt.Errorf("sqlledger: %w", err)
	}
	return nil
}

// Bind returns the ledger within a transaction of the host on the same database.
// It never commits, rolls back or tries again. After an error nothing of that
// call stays, and the transaction can be used on. What it claims and proposes
// is seen by others once the host commits.
func (l *Ledger) Bind(tx *sql.Tx) *Ledger {
	bound := *l
	bound.db = l.db.Bind(tx)
	return &bound
}

// ahead returns how far the clock that leases run by is ahead of a caller's time.
func (l *Ledger) ahead(ctx context.Context, t *sqlkit.Tx) (of func(at time.Time) time.Duration, err error) {
	if l.clock != DatabaseClock || t.Dialect != sqlkit.Postgres {
		return func(time.Time) time.Duration { return 0 }, nil
	}
	var now int64 // of this moment, not of the transaction's beginning
	_, err = t.One(ctx, []any{&now}, "select (extract(epoch from clock_timestamp()) * 1000000)::bigint")
	return sqlkit.Time(now).Sub, err
}
