package riverengine_test

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"

	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/incident/memstore"
	"github.com/amends-dev/amends/incident/riverengine"
	"github.com/amends-dev/amends/notify"
)

// idle is a desk with nothing to do, in place of an *amends.Desk.
type idle struct{}

func (idle) Reconcile(context.Context, string) error { return nil }

func (idle) Deliver(context.Context, int) (notify.Delivered, error) { return notify.Delivered{}, nil }

func (idle) Issue(context.Context, int) (compensate.IssueReport, error) {
	return compensate.IssueReport{}, nil
}

// The host has a queue of its own, and adds the engine's to the same client.
func ExampleNew() {
	pool, err := pgxpool.New(context.Background(), "host=db.example.com dbname=shop") // it connects when it is used
	if err != nil {
		fmt.Println(err)
		return
	}
	defer pool.Close()
	engine, err := riverengine.New(pool, new(memstore.Store), &riverengine.Options{ // sqlstore.New in earnest
		River: &river.Config{Queues: map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 50}}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	config, err := engine.Config(idle{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, queue := range []string{river.QueueDefault, "amends"} {
		fmt.Println(queue, config.Queues[queue].MaxWorkers)
	}
	// Output:
	// default 50
	// amends 8
}
