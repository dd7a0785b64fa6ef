package sqlstore_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"

	"github.com/amends-dev/amends/incident/sqlstore"
)

// stopped stands for a database that cannot be reached. A host writes
//
//	db, err := sql.Open("pgx", dsn)
//
// with the driver of its choice; this module has none. Package sqlitefile shows
// the store at work.
type stopped struct{}

func (stopped) Driver() driver.Driver { return nil }

func (stopped) Connect(context.Context) (driver.Conn, error) {
	return nil, errors.New("connection refused")
}

func ExampleNew() {
	db := sql.OpenDB(stopped{})
	store := sqlstore.New(db, nil) // asks nothing of the database yet
	if err := store.Migrate(context.Background()); err != nil {
		fmt.Println(err)
	}
	// Output:
	// sqlstore: migrating "incident": asking the database what it is: as PostgreSQL: connection refused; as SQLite: connection refused
}
