package sqlitefile_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/incident/sqlitefile"
)

// declare writes the record of a new incident.
func declare(ctx context.Context, s incident.Store, id, title string) error {
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	b, err := (&incident.Incident{ID: id}).Batch(at, incident.Event{
		At: at, Recorded: at, Actor: incident.Actor{Kind: incident.ActorStaff, ID: "ada"},
		Data: incident.Declared{Space: "acme", Title: title, Severity: incident.SeverityMajor},
	})
	if err != nil {
		return err
	}
	_, err = s.Append(ctx, incident.Commit{Space: "acme", Batches: []incident.Batch{b}})
	return err
}

func Example() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "amends")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a folder of the example
	path := filepath.Join(dir, "amends.db")

	file, err := sqlitefile.Open(ctx, path, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(declare(ctx, file.Records, "inc_1", "Restores hang at 0 %"))
	fmt.Println(file.Close())

	file, err = sqlitefile.Open(ctx, path, nil) // the next process
	if err != nil {
		fmt.Println(err)
		return
	}
	in, _, err := incident.LoadIncident(ctx, file.Records, "inc_1")
	fmt.Println(in.Title, err)
	fmt.Println(file.Close())
	// Output:
	// <nil>
	// <nil>
	// Restores hang at 0 % <nil>
	// <nil>
}

// The host changes a table of its own and records what follows from it, together or not at all.
func ExampleFile_DB() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "amends")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a folder of the example
	file, err := sqlitefile.Open(ctx, filepath.Join(dir, "amends.db"), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer file.Close() //nolint:errcheck // at the end of the example
	if _, err := file.DB.ExecContext(ctx, "create table job (id text, failed boolean)"); err != nil {
		fmt.Println(err)
		return
	}

	tx, err := file.DB.BeginTx(ctx, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer tx.Rollback() //nolint:errcheck // after the commit it does nothing
	_, err = tx.ExecContext(ctx, "insert into job values ('restore-7', true)")
	fmt.Println(err)
	fmt.Println(declare(ctx, file.Records.Bind(tx), "inc_1", "Restores hang at 0 %"))
	fmt.Println(tx.Commit())
	// Output:
	// <nil>
	// <nil>
	// <nil>
}
