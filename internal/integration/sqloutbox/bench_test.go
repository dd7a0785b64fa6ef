package sqloutbox_test

import (
	"context"
	"database/sql"
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/internal/integration/dbtest"
	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/notify/notifytest"
)

// The suite's own: pages and batches of 500, one operation is one item.
func BenchmarkSQLite(b *testing.B)   { notifytest.BenchmarkOutbox(b, outboxOn(dbtest.NewSQLite)) }
func BenchmarkPostgres(b *testing.B) { notifytest.BenchmarkOutbox(b, outboxOn(dbtest.NewPostgres)) }

func outboxOn(database func(testing.TB) dbtest.Database) func(b *testing.B) notify.Outbox {
	return func(b *testing.B) notify.Outbox { return migrated(b, database(b).Open(b), nil) }
}

// What adding and sending a delivery costs in batches of a thousand, beside what
// the same database does for a plain table of messages in the same run: the
// ratio is what can be compared between machines.
func BenchmarkBeside(b *testing.B) {
	for name, database := range databases() {
		b.Run(name, func(b *testing.B) {
			b.Run("plain/add", func(b *testing.B) {
				p := newPlain(b, database(b).Open(b), name)
				perItem(b, func() { p.add(b) })
			})
			b.Run("outbox/add", func(b *testing.B) {
				f := newFeed(b, database)
				perItem(b, func() { f.add(b) })
			})
			b.Run("plain/send", func(b *testing.B) {
				p := newPlain(b, database(b).Open(b), name)
				perItemAfter(b, func() { p.add(b) }, func() { p.send(b) })
			})
			b.Run("outbox/send", func(b *testing.B) {
				f := newFeed(b, database)
				perItemAfter(b, func() { f.add(b) }, func() { f.send(b) })
			})
		})
	}
}

const batch = 1000

// perItem measures items, a batch at a time.
func perItem(b *testing.B, fn func()) { perItemAfter(b, func() {}, fn) }

func perItemAfter(b *testing.B, before, fn func()) {
	b.ReportAllocs()
	left := 0
	var used time.Duration
	for b.Loop() {
		if left == 0 {
			b.StopTimer()
			before()
			from := processorTime(b)
			b.StartTimer()
			fn()
			used += processorTime(b) - from
			left = batch
		}
		left--
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "items/s")
	b.ReportMetric(float64(used.Nanoseconds())/float64(b.N), "cpu-ns/op")
}

// processorTime is what this process has used so far, without a database server: it
// tells more than the time that passed on a machine that others use too.
func processorTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// feed adds deliveries of ever new recipients, and sends them.
type feed struct {
	box  notify.Outbox
	n    int
	open int
	from string
	at   time.Time

	record string
}

func newFeed(b *testing.B, database func(testing.TB) dbtest.Database) *feed {
	return &feed{box: outboxOn(database)(b), at: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), record: "inc-1"}
}

func (f *feed) add(b *testing.B) {
	items := make([]notify.Item, batch)
	for i := range items {
		f.n++
		id := fmt.Sprintf("%09d", f.n)
		items[i] = notify.Item{
			Key: "stmt-1/" + id + "@mail", Notice: "stmt-1", Space: "acme", Record: f.record, Kind: notify.KindUpdate,
			Subject: "stmt-1", Recipient: id, Customer: id, Channel: "mail", Thread: f.record, Seq: 1,
			Supersedable: true, DueAt: f.at.Add(time.Hour),
		}
	}
	f.at = f.at.Add(time.Millisecond)
	next := fmt.Sprint(f.n)
	n, err := f.box.Add(b.Context(), notify.Page{Notice: "stmt of " + f.record, From: f.from, Next: next, Items: items, At: f.at})
	if n != batch || err != nil {
		b.Fatalf("%d, %v", n, err)
	}
	f.from = next
	f.open += batch
}

func (f *feed) send(b *testing.B) {
	f.at = f.at.Add(time.Millisecond)
	f.open -= batch
	claimed, err := f.box.Claim(b.Context(), notify.ClaimRequest{Channel: "mail", Limit: batch, Lease: time.Minute, At: f.at, MaxAttempts: 10})
	if err != nil || len(claimed) != batch {
		b.Fatalf("%d, %v", len(claimed), err)
	}
	s := make([]notify.Settlement, batch)
	for i, c := range claimed {
		s[i] = notify.Settlement{
			Key: c.Key, Token: c.Token, Outcome: notify.Done, Now: f.at.Add(time.Duration(i) * time.Microsecond),
			Receipt: &notify.Receipt{ProviderID: c.Key}, Hash: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
		}
	}
	settled, err := f.box.Settle(b.Context(), s)
	if err != nil {
		b.Fatal(err)
	}
	for _, a := range settled {
		if a.Err != nil {
			b.Fatal(a.Err)
		}
	}
}

// plain is a table of messages as one writes it in an hour: a key, a payload,
// and an index of what is due.
type plain struct {
	db     *sql.DB
	sqlite bool
	n      int
	insert *sql.Stmt
}

func newPlain(b *testing.B, db *sql.DB, name string) *plain {
	p := &plain{db: db, sqlite: name == "sqlite"}
	for _, s := range []string{
		"create table plain (key text primary key, payload text not null, run_at bigint not null, state bigint not null, attempts bigint not null, token bigint, lease bigint)",
		"create index plain_due on plain (run_at, key) where state = 0",
	} {
		_, err := db.ExecContext(b.Context(), s)
		require.NoError(b, err)
	}
	query := "insert into plain (key, payload, run_at, state, attempts) values ($1, $2, $3, 0, 0)"
	if p.sqlite {
		query = "insert into plain (key, payload, run_at, state, attempts) values (?, ?, ?, 0, 0)"
	}
	var err error
	p.insert, err = db.PrepareContext(b.Context(), query)
	require.NoError(b, err)
	b.Cleanup(func() { _ = p.insert.Close() })
	return p
}

func (p *plain) tx(b *testing.B, fn func(tx *sql.Tx)) {
	tx, err := p.db.BeginTx(context.WithoutCancel(b.Context()), nil)
	require.NoError(b, err)
	fn(tx)
	require.NoError(b, tx.Commit())
}

func (p *plain) add(b *testing.B) {
	p.tx(b, func(tx *sql.Tx) {
		if p.sqlite {
			s := tx.StmtContext(b.Context(), p.insert) //nolint:sqlclosecheck // closed with the transaction
			for range batch {
				p.n++
				_, err := s.ExecContext(b.Context(), fmt.Sprintf("stmt-1/%09d@mail", p.n), "payload", int64(p.n))
				require.NoError(b, err)
			}
			return
		}
		_, err := tx.ExecContext(b.Context(), "insert into plain (key, payload, run_at, state, attempts) select 'stmt-1/' || n || '@mail', 'payload', n, 0, 0 from generate_series($1::bigint, $2::bigint) n", int64(p.n), int64(p.n+batch-1))
		require.NoError(b, err)
		p.n += batch
	})
}

func (p *plain) send(b *testing.B) {
	var keys []string
	p.tx(b, func(tx *sql.Tx) {
		query := "update plain set state = 1, attempts = attempts + 1, token = $1, lease = $1 where key in (select key from plain where state = 0 order by run_at, key limit $2 for update skip locked) returning key, payload, attempts"
		if p.sqlite {
			query = "update plain set state = 1, attempts = attempts + 1, token = ?1, lease = ?1 where key in (select key from plain where state = 0 order by run_at, key limit ?2) returning key, payload, attempts"
		}
		rows, err := tx.QueryContext(b.Context(), query, int64(p.n), int64(batch))
		require.NoError(b, err)
		defer rows.Close() //nolint:errcheck // rows.Err tells
		for rows.Next() {
			var key, payload string
			var attempts int64
			require.NoError(b, rows.Scan(&key, &payload, &attempts))
			keys = append(keys, key)
		}
		require.NoError(b, rows.Err())
	})
	require.Len(b, keys, batch)
	p.tx(b, func(tx *sql.Tx) {
		query := "update plain set state = 2 where token = $1 and key = any($2)"
		if p.sqlite {
			s, err := tx.PrepareContext(b.Context(), "update plain set state = 2 where key = ? and token = ?")
			require.NoError(b, err)
			defer s.Close() //nolint:errcheck // nothing can be done about it
			for _, key := range keys {
				_, err := s.ExecContext(b.Context(), key, int64(p.n))
				require.NoError(b, err)
			}
			return
		}
		_, err := tx.ExecContext(b.Context(), query, int64(p.n), keys)
		require.NoError(b, err)
	})
}
