package sqlkit_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/internal/integration/dbtest"
	"github.com/amends-dev/amends/internal/sqlkit"
)

// component has n versions: each adds a column.
func component(n int) sqlkit.Component {
	return sqlkit.Component{Name: "test", Migrations: steps(n)}
}

func steps(n int) fstest.MapFS {
	files := fstest.MapFS{}
	for _, dialect := range []string{"sqlite", "postgres"} {
		for v := 1; v <= n; v++ {
			text := fmt.Sprintf("alter table amends_test add column v%d bigint;\n", v)
			if v == 1 {
				text = "create table amends_test (id text primary key, n bigint not null, note text);\ncreate index amends_test_n on amends_test (n);\n"
			}
			files[fmt.Sprintf("%s/%04d_step.sql", dialect, v)] = &fstest.MapFile{Data: []byte(text)}
		}
	}
	return files
}

func migrated(t *testing.T, handle *sql.DB) *sqlkit.DB {
	db := sqlkit.New(handle, nil, component(1))
	require.NoError(t, db.Migrate(t.Context()))
	return db
}

// exec runs a statement in a transaction of its own.
func exec(ctx context.Context, db *sqlkit.DB, query string, args ...any) error {
	return db.Write(ctx, func(ctx context.Context, t *sqlkit.Tx) error {
		_, err := t.Exec(ctx, query, args...)
		return err
	})
}

func count(t *testing.T, db *sqlkit.DB) (n int) {
	require.NoError(t, db.Read(t.Context(), func(ctx context.Context, x *sqlkit.Tx) error {
		_, err := x.One(ctx, []any{&n}, "select count(*) from amends_test")
		return err
	}))
	return n
}

func TestMigratingAtOnceAndAgain(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, open func() *sql.DB) {
		var wg sync.WaitGroup
		errs := make([]error, 6)
		for n := range errs {
			db := sqlkit.New(open(), nil, component(1+n%3)) // some are of an older version and come late
			wg.Go(func() { errs[n] = db.Migrate(t.Context()) })
		}
		wg.Wait()
		for n, err := range errs {
			if n%3 == 2 {
				require.NoError(t, err)
			} else if err != nil {
				require.ErrorIs(t, err, sqlkit.ErrNewer)
			}
		}
		newest := sqlkit.New(open(), nil, component(3))
		require.NoError(t, newest.Migrate(t.Context()), "a repeat does nothing")
		require.NoError(t, exec(t.Context(), newest, "insert into amends_test (id, n, v2, v3) values ($1, $2, $2, $2)", "a", int64(1)))
		assert.Equal(t, 1, count(t, newest))
	})
}

func TestVersionsThatDoNotFit(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, open func() *sql.DB) {
		handle := open()
		use := func(n int) error {
			return sqlkit.New(handle, nil, component(n)).Read(t.Context(), func(context.Context, *sqlkit.Tx) error { return nil })
		}
		require.ErrorIs(t, use(2), sqlkit.ErrNotMigrated, "no tables yet")
		require.NoError(t, sqlkit.New(handle, nil, component(2)).Migrate(t.Context()))
		require.NoError(t, use(2))
		require.ErrorIs(t, use(3), sqlkit.ErrNotMigrated)
		require.ErrorContains(t, use(3), "at version 2 of 3")
		require.ErrorIs(t, use(1), sqlkit.ErrNewer)
		require.ErrorIs(t, sqlkit.New(handle, nil, component(1)).Migrate(t.Context()), sqlkit.ErrNewer)

		other := steps(2)
		for _, f := range other {
			f.Data = append(f.Data, "-- changed\n"...)
		}
		require.ErrorContains(t, sqlkit.New(handle, nil, sqlkit.Component{Name: "test", Migrations: other}).Migrate(t.Context()), "from another text")

		_, err := handle.ExecContext(t.Context(), "delete from amends_migration where version = 1")
		require.NoError(t, err)
		require.ErrorContains(t, use(2), "lacks version 1")
	})
}

func TestAMigrationThatFailsLeavesNothing(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, open func() *sql.DB) {
		bad := steps(2)
		for _, dialect := range []string{"sqlite", "postgres"} {
			bad[dialect+"/0002_step.sql"].Data = []byte("create table amends_other (id text);\nno such statement;\n")
		}
		err := sqlkit.New(open(), nil, sqlkit.Component{Name: "test", Migrations: bad}).Migrate(t.Context())
		require.ErrorContains(t, err, `migrating "test": to version 2`)
		require.NoError(t, sqlkit.New(open(), nil, component(2)).Migrate(t.Context()), "neither step has been taken")
		_, err = open().ExecContext(t.Context(), "select id from amends_other")
		require.Error(t, err)
	})
}

func TestWritingIsAllOrNothing(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, open func() *sql.DB) {
		db := migrated(t, open())
		stop := errors.New("stop")
		require.ErrorIs(t, db.Write(t.Context(), func(ctx context.Context, x *sqlkit.Tx) error {
			_, err := x.Exec(ctx, "insert into amends_test (id, n) values ('a', 1)")
			require.NoError(t, err)
			return stop
		}), stop)
		assert.Equal(t, 0, count(t, db))
		require.Panics(t, func() {
			_ = db.Write(t.Context(), func(ctx context.Context, x *sqlkit.Tx) error {
				_, err := x.Exec(ctx, "insert into amends_test (id, n) values ('a', 1)")
				require.NoError(t, err)
				panic("in the middle") //nolint:forbidigo // what this is about
			})
		})
		assert.Equal(t, 0, count(t, db))
		ctx, cancel := context.WithCancel(t.Context())
		require.ErrorIs(t, db.Write(ctx, func(ctx context.Context, x *sqlkit.Tx) error {
			_, err := x.Exec(ctx, "insert into amends_test (id, n) values ('a', 1)")
			require.NoError(t, err)
			cancel()
			_, err = x.Exec(ctx, "insert into amends_test (id, n) values ('b', 1)")
			return err
		}), context.Canceled)
		assert.Equal(t, 0, count(t, db))
		require.NoError(t, exec(t.Context(), db, "insert into amends_test (id, n) values ('a', 1)"))
	})
}

// Each transaction reads and then writes what follows: none may be lost.
func TestNoUpdateIsLost(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, open func() *sql.DB) {
		first := migrated(t, open())
		require.NoError(t, exec(t.Context(), first, "insert into amends_test (id, n) values ('a', 0), ('b', 0)"))
		const workers, rounds = 8, 20
		dbs := []*sqlkit.DB{first, sqlkit.New(open(), nil, component(1))}
		var wg sync.WaitGroup
		errs := make([]error, workers)
		for w := range workers {
			wg.Go(func() {
				for range rounds {
					errs[w] = errors.Join(errs[w], dbs[w%2].Write(t.Context(), func(ctx context.Context, x *sqlkit.Tx) error {
						for _, id := range []string{"a", "b"} {
							var n int64
							if _, err := x.One(ctx, []any{&n}, "select n from amends_test where id = $1"+x.Dialect.Pick("", " for update"), id); err != nil {
								return err
							}
							if _, err := x.Exec(ctx, "update amends_test set n = $2 where id = $1", id, n+1); err != nil {
								return err
							}
						}
						return nil
					}))
				}
			})
		}
		wg.Wait()
		require.NoError(t, errors.Join(errs...))
		require.NoError(t, first.Read(t.Context(), func(ctx context.Context, x *sqlkit.Tx) error {
			return x.Each(ctx, func(rows *sql.Rows) error {
				var n int
				assert.NoError(t, rows.Scan(&n))
				assert.Equal(t, workers*rounds, n)
				return nil
			}, "select n from amends_test")
		}))
	})
}

// Two transactions that each hold what the other wants: one is tried again.
func TestADeadlockIsTriedAgain(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, open func() *sql.DB) {
		dbs := []*sqlkit.DB{migrated(t, open()), sqlkit.New(open(), nil, component(1))}
		require.NoError(t, exec(t.Context(), dbs[0], "insert into amends_test (id, n) values ('a', 0), ('b', 0)"))
		var wg sync.WaitGroup
		holds := []chan struct{}{make(chan struct{}), make(chan struct{})}
		tries := make([]int, 2)
		errs := make([]error, 2)
		for w, order := range [][]string{{"a", "b"}, {"b", "a"}} {
			wg.Go(func() {
				errs[w] = dbs[w].Write(t.Context(), func(ctx context.Context, x *sqlkit.Tx) error {
					tries[w]++
					if _, err := x.Exec(ctx, "update amends_test set n = n + 1 where id = $1", order[0]); err != nil {
						return err
					}
					if tries[w] == 1 && x.Dialect == sqlkit.Postgres { // SQLite lets only one in
						close(holds[w])
						<-holds[1-w]
					}
					_, err := x.Exec(ctx, "update amends_test set n = n + 1 where id = $1", order[1])
					return err
				})
			})
		}
		wg.Wait()
		require.NoError(t, errors.Join(errs...))
		if t.Name() == "TestADeadlockIsTriedAgain/postgres" {
			assert.GreaterOrEqual(t, tries[0]+tries[1], 3, "at least one of the two began again")
		}
		require.NoError(t, dbs[0].Read(t.Context(), func(ctx context.Context, x *sqlkit.Tx) error {
			var n int
			_, err := x.One(ctx, []any{&n}, "select sum(n) from amends_test")
			assert.Equal(t, 4, n)
			return err
		}))
	})
}

func TestABoundTransactionStaysUsable(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, open func() *sql.DB) {
		handle := open()
		db := migrated(t, handle)
		fresh := sqlkit.New(handle, nil, component(1)) // has not asked the database yet
		tx, err := handle.BeginTx(t.Context(), nil)
		require.NoError(t, err)
		defer tx.Rollback() //nolint:errcheck // after the commit it does nothing
		bound := fresh.Bind(tx)
		require.NoError(t, exec(t.Context(), bound, "insert into amends_test (id, n) values ($1, 1)", "kept"))
		require.Error(t, bound.Write(t.Context(), func(ctx context.Context, x *sqlkit.Tx) error {
			_, err := x.Exec(ctx, "insert into amends_test (id, n) values ('half', 1)")
			require.NoError(t, err)
			_, err = x.Exec(ctx, "select no_such_column from amends_test")
			return err
		}))
		stop := errors.New("conflict")
		require.ErrorIs(t, bound.Write(t.Context(), func(ctx context.Context, x *sqlkit.Tx) error {
			_, err := x.Exec(ctx, "insert into amends_test (id, n) values ('half', 1)")
			require.NoError(t, err)
			return stop
		}), stop)
		require.ErrorContains(t, bound.Migrate(t.Context()), "not inside of a transaction")
		_, err = tx.ExecContext(t.Context(), "insert into amends_test (id, n) values ('host', 1)")
		require.NoError(t, err)
		require.NoError(t, tx.Commit())
		assert.Equal(t, 2, count(t, db), "the host's own row and the kept one")
	})
}

func TestABoundTransactionOnADatabaseThatWasNotMigratedStaysUsable(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, open func() *sql.DB) {
		handle := open()
		_, err := handle.ExecContext(t.Context(), "create table theirs (id text)")
		require.NoError(t, err)
		tx, err := handle.BeginTx(t.Context(), nil)
		require.NoError(t, err)
		defer tx.Rollback() //nolint:errcheck // after the commit it does nothing
		require.ErrorIs(t, exec(t.Context(), sqlkit.New(handle, nil, component(1)).Bind(tx), "delete from amends_test"), sqlkit.ErrNotMigrated)
		_, err = tx.ExecContext(t.Context(), "insert into theirs values ('x')")
		require.NoError(t, err)
		require.NoError(t, tx.Commit())
	})
}

func TestRows(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, open func() *sql.DB) {
		db := migrated(t, open())
		const insert = "insert into amends_test (id, n, note) select id, n, note from r where true on conflict do nothing"
		add := func(from, to int) (n int64) {
			require.NoError(t, db.Write(t.Context(), func(ctx context.Context, x *sqlkit.Tx) (err error) {
				rows := sqlkit.NewRows("id text, n bigint, note text")
				for k := from; k < to; k++ {
					var note any
					if k%2 == 0 {
						note = "quote ' and \" <&> \u2028 {}"
					}
					rows.Add(fmt.Sprintf("k%03d", k), sqlkit.MicrosOrNull(time.UnixMicro(int64(k))), note)
				}
				require.Equal(t, to-from, rows.Len())
				n, err = x.ExecRows(ctx, rows, insert)
				return err
			}))
			return n
		}
		assert.Equal(t, int64(0), add(0, 0))
		assert.Equal(t, int64(71), add(0, 71))
		assert.Equal(t, int64(29), add(50, 100), "those that were there are left out")
		var got []string
		require.NoError(t, db.Read(t.Context(), func(ctx context.Context, x *sqlkit.Tx) error {
			rows := sqlkit.NewRows("id text, at_most bigint")
			for k := range 80 {
				rows.Add(fmt.Sprintf("k%03d", 2*k), 40)
			}
			got = nil
			return x.EachRow(ctx, rows, func(s *sql.Rows) error {
				var id, note string
				err := s.Scan(&id, &note)
				assert.Equal(t, "quote ' and \" <&> \u2028 {}", note)
				got = append(got, id)
				return err
			}, "select t.id, t.note from r join amends_test t on t.id = r.id and t.n < r.at_most and t.n >= $1", int64(30))
		}))
		assert.ElementsMatch(t, []string{"k030", "k032", "k034", "k036", "k038"}, got)
	})
}

// Whatever rows have in common or not, and whatever they hold, statements see the same of them.
func TestRowsOfAllSorts(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, open func() *sql.DB) {
		db := migrated(t, open())
		for name, notes := range map[string][]any{
			"nothing":              {nil},
			"one":                  {"a"},
			"the same":             {"a", "a", "a"},
			"nothing but one":      {nil, nil, "b"},
			"empty":                {"", ""},
			"empty and nothing":    {"", nil, ""},
			"separators":           {"a\x1fb", "\x1e", nil, "\x1f"},
			"what looks like them": {"NULL", "\\x1f", "{}", ",", "'", "$1", "?", "\n", "\u2028"},
		} {
			require.NoError(t, db.Write(t.Context(), func(ctx context.Context, x *sqlkit.Tx) error {
				rows := sqlkit.NewRows("id text, n bigint, note text, odd boolean")
				for k, note := range notes {
					rows.Add(fmt.Sprint("k", k), k, note, k%2 == 1)
				}
				if _, err := x.ExecRows(ctx, rows, "insert into amends_test (id, n, note) select r.id, r.n, r.note from r"); err != nil {
					return err
				}
				var got []any
				if err := x.EachRow(ctx, rows, func(s *sql.Rows) error {
					var note *string
					var k int
					var odd bool
					err := s.Scan(&k, &note, &odd)
					assert.Equal(t, k%2 == 1, odd, name)
					if note == nil {
						got = append(got, nil)
					} else {
						got = append(got, *note)
					}
					return err
				}, "select t.n, t.note, r.odd from r join amends_test t on t.id = r.id and t.n = r.n order by t.n"); err != nil {
					return err
				}
				assert.ElementsMatch(t, notes, got, name)
				_, err := x.Exec(ctx, "delete from amends_test")
				return err
			}), name)
		}
		for want, values := range map[string][]any{
			"1 values do not fit 2 columns":                  {"a"},
			`column "n": a value of type float64`:            {"a", 1.5},
			`id of "a\x00" is a text that is not UTF-8 or h`: {"a\x00", 1},
		} {
			require.ErrorContains(t, db.Write(t.Context(), func(ctx context.Context, x *sqlkit.Tx) error {
				rows := sqlkit.NewRows("id text, n bigint")
				rows.Add(values...)
				_, err := x.ExecRows(ctx, rows, "insert into amends_test (id, n) select r.id, r.n from r")
				return err
			}), want)
		}
	})
}

type named string

func TestTextThatCannotBeKeptIsRefused(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, open func() *sql.DB) {
		db := migrated(t, open())
		for _, bad := range []any{"a\x00b", "\xff", named("\xff")} {
			require.ErrorContains(t, exec(t.Context(), db, "insert into amends_test (id, n) values ($1, 1)", bad), "value 1 is a text that is not UTF-8 or holds a zero byte")
			require.ErrorContains(t, db.Write(t.Context(), func(ctx context.Context, x *sqlkit.Tx) error {
				rows := sqlkit.NewRows("id text, note text")
				rows.Add("a", "good")
				rows.Add("b", bad)
				_, err := x.ExecRows(ctx, rows, "insert into amends_test (id, n, note) select id, 1, note from r")
				return err
			}), `note of "b" is a text that is not UTF-8 or holds a zero byte`)
		}
		assert.Equal(t, 0, count(t, db))
	})
}

func TestMicros(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 2, 9, 0, 0, 123_456_789, time.FixedZone("", 3600))
	assert.Equal(t, at.UTC().Truncate(time.Microsecond), sqlkit.Time(sqlkit.Micros(at)))
	assert.Equal(t, time.Time{}, sqlkit.Time(sqlkit.Micros(time.Time{})))
	assert.Less(t, sqlkit.Micros(time.Time{}), sqlkit.Micros(time.UnixMicro(-1)))
	assert.Equal(t, time.Time{}, sqlkit.TimeOrZero(sqlkit.MicrosOrNull(time.Time{})))
	assert.Equal(t, at.UTC().Truncate(time.Microsecond), sqlkit.TimeOrZero(sqlkit.MicrosOrNull(at)))
}
