package sqlkit

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"time"
)

// migration is one step forward.
type migration struct {
	version  int
	text     string
	checksum string
}

const migrationTable = `create table if not exists amends_migration (
	component text not null, version bigint not null, checksum text not null, applied_at bigint not null,
	primary key (component, version))`

// advisory is the number of the lock that migrations take in PostgreSQL: "amends" in ASCII.
const advisory = 0x616d656e6473

// Migrate brings the tables to the version that this program knows, all steps in
// one transaction. Processes that do so at once wait for one another. If there
// is nothing to do it only reads, so a role without the right to make tables may
// call it. It never goes back: tables of a newer version are [ErrNewer].
func (d *DB) Migrate(ctx context.Context) error {
	if d.tx != nil {
		return errors.New("migrating: not inside of a transaction of the host: call it on what was not bound")
	}
	if err := d.migrate(ctx); err != nil {
		return fmt.Errorf("migrating %q: %w", d.component.Name, err)
	}
	return nil
}

func (d *DB) migrate(ctx context.Context) error {
	var s schema
	if err := d.shared.again(ctx, func() (err error) {
		s, err = d.component.look(ctx, d.write)
		return err
	}); err != nil || len(s.missing) == 0 {
		return err
	}
	if s.dialect == SQLite { // the table on which transactions take their turn
		if err := d.shared.again(ctx, func() error {
			_, err := d.write.ExecContext(ctx, migrationTable)
			return newFault(ctx, s.dialect, err)
		}); err != nil {
			return err
		}
	}
	return d.transact(ctx, s.dialect, func(ctx context.Context, t *Tx) error {
		t.stmts = nil
		if s.dialect == Postgres {
			if _, err := t.Exec(ctx, "select pg_advisory_xact_lock($1)", int64(advisory)); err != nil {
				return err
			}
			if _, err := t.Exec(ctx, migrationTable); err != nil {
				return err
			}
		}
		missing, err := d.component.missing(ctx, t.q, s.dialect, s.known) // somebody may have been faster
		if err != nil {
			return err
		}
		for _, m := range missing {
			if err := d.component.apply(ctx, t, m); err != nil {
				return fmt.Errorf("to version %d: %w", m.version, err)
			}
		}
		return nil
	})
}

func (c Component) apply(ctx context.Context, t *Tx, m migration) error {
	for statement := range strings.SplitSeq(m.text, ";\n") {
		if strings.TrimSpace(statement) == "" {
			continue
		}
		if _, err := t.Exec(ctx, statement); err != nil {
			return err
		}
	}
	_, err := t.Exec(ctx, "insert into amends_migration (component, version, checksum, applied_at) values ($1, $2, $3, $4)",
		c.Name, int64(m.version), m.checksum, Micros(time.Now()))
	return err
}

// schema is what a database holds of a component, and what it lacks.
type schema struct {
	dialect        Dialect
	known, missing []migration
}

// look finds out what the database is and how far it was migrated.
func (c Component) look(ctx context.Context, q queryer) (s schema, err error) {
	if s.dialect, err = detect(ctx, q); err != nil {
		return s, err
	}
	if s.known, err = c.load(s.dialect); err != nil {
		return s, err
	}
	s.missing, err = c.missing(ctx, q, s.dialect, s.known)
	return s, err
}

// load reads the migrations of a database from the component's files.
func (c Component) load(d Dialect) ([]migration, error) {
	names, err := fs.Glob(c.Migrations, path.Join(d.String(), "*.sql"))
	if err != nil || len(names) == 0 {
		return nil, fmt.Errorf("%q has no migrations for %s: %w", c.Name, d, errors.Join(err, fs.ErrNotExist))
	}
	var all []migration
	for n, name := range names { // in order
		if want := fmt.Sprintf("%04d_", n+1); !strings.HasPrefix(path.Base(name), want) {
			return nil, fmt.Errorf("migration %s: the name of the next one begins with %s", name, want)
		}
		text, err := fs.ReadFile(c.Migrations, name)
		if err != nil {
			return nil, fmt.Errorf("migration %s: %w", name, err)
		}
		sum := sha256.Sum256(text)
		all = append(all, migration{version: n + 1, text: string(text), checksum: hex.EncodeToString(sum[:])})
	}
	return all, nil
}

// missing returns the migrations that the database does not have yet.
func (c Component) missing(ctx context.Context, q queryer, d Dialect, known []migration) ([]migration, error) {
	t := &Tx{Dialect: d, q: q}
	var there bool
	if _, err := t.One(ctx, []any{&there}, d.Pick(
		"select count(*) > 0 from sqlite_master where type = 'table' and name = 'amends_migration'",
		"select to_regclass('amends_migration') is not null",
	)); err != nil || !there {
		return known, err
	}
	n := 0
	err := t.Each(ctx, func(rows *sql.Rows) error {
		var version int
		var checksum string
		if err := rows.Scan(&version, &checksum); err != nil {
			return err
		}
		n++
		switch {
		case version > len(known):
			return fmt.Errorf("%q is at version %d or later, this program knows %d: %w", c.Name, version, len(known), ErrNewer)
		case version != n:
			return fmt.Errorf("%q: the table amends_migration lacks version %d: restore a copy", c.Name, n)
		case checksum != known[n-1].checksum:
			return fmt.Errorf("%q: version %d was migrated from another text than this program's: it is of another build of the library, or amends_migration was changed", c.Name, n)
		}
		return nil
	}, "select version, checksum from amends_migration where component = $1 order by version", c.Name)
	return known[min(n, len(known)):], err
}
