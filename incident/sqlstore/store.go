package sqlstore

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"

	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/internal/sqlkit"
)

//go:embed migrations
var migrations embed.FS

// Facts about the tables of a database. Compare with errors.Is.
var (
	// ErrNotMigrated: the tables are missing, or older than this version of the package. Call [Store.Migrate].
	ErrNotMigrated = sqlkit.ErrNotMigrated
	// ErrNewer: the tables were migrated by a newer version of the package, which
	// this one would damage. Run the newer version, or restore a copy from before.
	ErrNewer = sqlkit.ErrNewer
)

// Options configures a [Store]. The zero value, like nil, holds the defaults.
type Options struct {
	// Reader is another handle on the same database, used for reading: for
	// example many connections to a SQLite file that has one for writing. It
	// must see at once what the first has written; a replica that lags does not.
	// If nil, there is one handle for both.
	Reader *sql.DB
}

// Store keeps records in a SQL database. It implements [incident.Store] and
// [incident.Eraser], and is safe for concurrent use, unless it is bound.
type Store struct {
	db    *sqlkit.DB
	bound bool
}

var (
	_ incident.Store  = (*Store)(nil)
	_ incident.Eraser = (*Store)(nil)
)

// New returns a store on a database of the host, which stays responsible for
// closing it. Nothing is asked of the database yet. A nil opts holds the defaults.
func New(db *sql.DB, opts *Options) *Store {
	var o Options
	if opts != nil {
		o = *opts
	}
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic(err) //nolint:forbidigo // the folder is embedded above: only a mistake in this package gets here
	}
	return &Store{db: sqlkit.New(db, o.Reader, sqlkit.Component{Name: "incident", Migrations: files})}
}

// Migrate makes the tables, or brings them to the version that this package
// knows. Call it when the program starts, or as part of a deployment with a role
// that may make tables; processes that call it at once wait for one another. If
// there is nothing to do it only reads. It never goes back: [ErrNewer].
func (s *Store) Migrate(ctx context.Context) error {
	if err := s.db.Migrate(ctx); err != nil {
		return fmt.Errorf("sqlstore: %w", err)
	}
	return nil
}

// Bind returns the store within a transaction that the host began on the same
// database and ends itself. It never commits and never tries again: what loses
// against another transaction is [incident.ErrConflict]. After an error nothing
// of the call stays and the transaction is usable, as long as its connection is:
// a context that ends in the middle of a statement may end the transaction too.
// Like the transaction, a bound store must not be used concurrently.
func (s *Store) Bind(tx *sql.Tx) *Store {
	return &Store{db: s.db.Bind(tx), bound: true}
}

// lost makes a conflict of what only the host can begin again.
func (s *Store) lost(err error) error {
	if s.bound && sqlkit.Transient(err) {
		return fmt.Errorf("%w: %w", incident.ErrConflict, err)
	}
	return err
}
