package riverengine_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends"
	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/incident/incidenttest"
	"github.com/amends-dev/amends/incident/riverengine"
)

// The stores that insert jobs keep the contract of the store that they stand
// before, by themselves and within a transaction of the host.
func TestStoresThatInsertJobs(t *testing.T) {
	t.Parallel()
	for name, newStore := range map[string]func(t *testing.T) incident.Store{
		"alone": func(t *testing.T) incident.Store {
			s := newServer(t)
			return newOnRiver(t, s, newCompany(t, s.stores()), nil).Records()
		},
		"bound": func(t *testing.T) incident.Store {
			s := newServer(t)
			e := newOnRiver(t, s, newCompany(t, s.stores()), nil)
			tx, lent := begin(t, s.pool)
			return &oneStore{store: e.InTx(tx, s.records.Bind(lent))}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			incidenttest.TestStore(t, newStore)
		})
	}
}

// in runs a command within a transaction of the host, beside an order of its own.
func in(ctx context.Context, s *server, e *onRiver, desk *amends.Desk, command func(bound *amends.Desk) error) error {
	return pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "insert into orders values ('failed')"); err != nil {
			return err
		}
		lent, release, err := riverengine.SQLTx(tx)
		if err != nil {
			return err
		}
		defer release()
		return command(desk.With(amends.Stores{Records: e.InTx(tx, s.records.Bind(lent)), Outbox: s.outbox.Bind(lent), Ledger: s.ledger.Bind(lent)}))
	})
}

// What a host writes, what it records and the job for that are there together, or not at all.
func TestCommandInATransactionOfTheHost(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.exec(t, "create table orders (state text)")
	c := newCompany(t, s.stores())
	e := newOnRiver(t, s, c, nil)
	desk := c.desk(e.Records())
	ctx := t.Context()
	all := func() (orders, records, jobs int) {
		require.NoError(t, s.pool.QueryRow(ctx, "select (select count(*) from orders), (select count(*) from amends_record), (select count(*) from river_job)").
			Scan(&orders, &records, &jobs))
		return orders, records, jobs
	}

	err := in(ctx, s, e, desk, func(bound *amends.Desk) error {
		report(ctx, t, bound, "c0", "It hangs.")
		return errors.New("the host thinks better of it")
	})
	require.Error(t, err)
	orders, records, jobs := all()
	assert.Zero(t, orders+records+jobs)

	var id string
	require.NoError(t, in(ctx, s, e, desk, func(bound *amends.Desk) error {
		id = report(ctx, t, bound, "c0", "It hangs.")
		return nil
	}))
	orders, records, jobs = all()
	assert.Equal(t, []int{1, 1, 1}, []int{orders, records, jobs})

	defer e.start(1)()
	until(ctx, t, "it is acknowledged without a sweep", func(context.Context) bool { return len(c.sent.To("c0-mail")) == 1 })
	require.NotEmpty(t, id)
}

// What does not fit leaves nothing behind, no job either, and the transaction usable.
func TestAConflictLeavesTheTransactionUsable(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	e := newOnRiver(t, s, newCompany(t, s.stores()), nil)
	ctx := t.Context()
	require.NoError(t, pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		lent, release, err := riverengine.SQLTx(tx)
		require.NoError(t, err)
		defer release()
		bound := e.InTx(tx, s.records.Bind(lent))
		_, err = bound.Append(ctx, incidenttest.Commit(incidenttest.NewIncident("inc_1")))
		require.NoError(t, err)
		_, err = bound.Append(ctx, incidenttest.Commit(incidenttest.NewIncident("inc_2"), incidenttest.NewIncident("inc_1")))
		require.ErrorIs(t, err, incident.ErrConflict)
		_, err = bound.Look(ctx, "inc_3", time.Now(), 0)
		require.ErrorIs(t, err, incident.ErrNotFound)
		_, err = bound.Append(ctx, incidenttest.Commit(incidenttest.NewIncident("inc_4")))
		require.NoError(t, err)
		return nil
	}))
	assert.Equal(t, 2, s.count(ctx, t, "true"))
	assert.Zero(t, s.count(ctx, t, "args->>'record' not in ('inc_1', 'inc_4')"))
}
