package sqloutbox_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"

	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/notify/sqloutbox"
)

// stopped stands for a database that cannot be reached: this module has no
// driver. A host writes sql.Open("pgx", dsn), with the driver of its choice.
type stopped struct{}

func (stopped) Driver() driver.Driver { return nil }

func (stopped) Connect(context.Context) (driver.Conn, error) {
	return nil, errors.New("connection refused")
}

func ExampleNew() {
	db := sql.OpenDB(stopped{})
	outbox := sqloutbox.New(db, nil) // asks nothing of the database yet
	_, err := outbox.Tally(context.Background(), notify.Query{Record: "inc-7"})
	fmt.Println(err)
	// Output:
	// sqloutbox: counting: asking the database what it is: as PostgreSQL: connection refused; as SQLite: connection refused
}
