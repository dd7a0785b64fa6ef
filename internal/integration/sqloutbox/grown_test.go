package sqloutbox_test

import (
	"database/sql"
	"flag"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/notify"
)

//nolint:gochecknoglobals // of the benchmark below
var grown = flag.Int("rows", 20_000, "how many deliveries were sent before the benchmark of grown tables; a tenth as many wait besides")

// What adding, sending and looking ahead cost when much was sent before: for
// the figures of large tables run
//
//	go test -run - -bench Grown -benchtime 20000x -timeout 2h ./sqloutbox -rows 10000000
func BenchmarkGrown(b *testing.B) {
	for name, database := range databases() {
		b.Run(name, func(b *testing.B) {
			db := database(b).Open(b)
			f := &feed{box: migrated(b, db, nil), at: start()}
			grow(b, f, db, name, *grown)
			b.Run("add", func(b *testing.B) { perItem(b, func() { f.add(b) }) })
			for f.open > 0 { // what was added and not sent
				f.send(b)
			}
			b.Run("send", func(b *testing.B) { perItemAfter(b, func() { f.add(b) }, func() { f.send(b) }) })
			b.Run("next due", func(b *testing.B) {
				for b.Loop() {
					_, err := f.box.(notify.Forecaster).NextDue(b.Context(), "mail")
					require.NoError(b, err)
				}
			})
			b.Run("tally of an incident with a thousand", func(b *testing.B) {
				for b.Loop() {
					tally, err := f.box.Tally(b.Context(), notify.Query{Record: "inc-0"})
					require.NoError(b, err)
					require.Len(b, tally.Counts, 1)
				}
			})
		})
	}
}

// grow makes as if many incidents had been told to a thousand people each, in
// copies of one that was: so that millions take minutes.
func grow(b *testing.B, f *feed, db *sql.DB, name string, rows int) {
	f.record = "inc-0"
	f.add(b)
	f.send(b)
	execute(b, db, "update amends_outbox_group set key_from = '', key_to = '~'")
	numbers, given, copies := "generate_series(1, $1::bigint) as c(n)", "overriding system value", rows/batch-1
	if name == "sqlite" {
		given = ""
		numbers = "(with recursive c(n) as (values (1) union all select n + 1 from c where n < ?1) select n from c) as c"
	}
	more := func(query string, n int) {
		_, err := db.ExecContext(b.Context(), query, int64(n))
		require.NoError(b, err)
	}
	if copies > 0 {
		more(`insert into amends_outbox_group (id, lane_id, channel_id, space, record, notice, kind, channel, thread, rank, supersedable, subject, key_from, key_to) `+given+`
			select 1000000 + c.n, 1000000 + c.n, g.channel_id, g.space, 'inc-' || c.n, g.notice, g.kind, g.channel, 'inc-' || c.n, g.rank, g.supersedable, g.subject, 'copy', 'copy~'
			from `+numbers+` cross join amends_outbox_group g where g.record = 'inc-0'`, copies)
		more(`insert into amends_outbox_item (key, group_id, lane_id, recipient, customer, seq, due_at, added)
			select 'copy ' || c.n || ' of ' || i.key, 1000000 + c.n, 1000000 + c.n, i.recipient, i.customer, i.seq, i.due_at, i.added
			from `+numbers+` cross join amends_outbox_item i where i.group_id < 1000000`, copies)
		more(`insert into amends_outbox_outcome (key, group_id, state, attempts, changed, token, recipient, receipt, hash)
			select 'copy ' || c.n || ' of ' || x.key, 1000000 + c.n, x.state, x.attempts, x.changed, x.token, x.recipient, x.receipt, x.hash
			from `+numbers+` cross join amends_outbox_outcome x where x.group_id < 1000000`, copies)
		more(`insert into amends_outbox_count (group_id, state, due_at, since, shard, n, retried)
			select 1000000 + c.n, s.state, s.due_at, s.since, s.shard, s.n, s.retried
			from `+numbers+` cross join amends_outbox_count s where s.group_id < 1000000`, copies)
	}
	if waiting := rows / batch / 10; waiting > 0 {
		more(`insert into amends_outbox_item (key, group_id, lane_id, recipient, customer, seq, due_at, added)
			select 'later ' || c.n || ' than ' || i.key, i.group_id, i.lane_id, i.recipient, i.customer, i.seq, i.due_at + 1000000000, i.added
			from `+numbers+` cross join amends_outbox_item i where i.group_id < 1000000`, waiting)
		more(`insert into amends_outbox_open (channel_id, phase, rank, due_at, key, group_id, attempts)
			select g.channel_id, 1, g.rank, i.due_at + 1000000000, 'later ' || c.n || ' than ' || i.key, i.group_id, 0
			from `+numbers+` cross join amends_outbox_item i cross join amends_outbox_group g where g.id = i.group_id and g.record = 'inc-0' and i.key not like 'later%'`, waiting)
	}
	execute(b, db, "analyze")
	var n int
	require.NoError(b, db.QueryRowContext(b.Context(), "select count(*) from amends_outbox_outcome").Scan(&n))
	require.Equal(b, max(rows/batch, 1)*batch, n)
	f.record, f.from = "inc-now", ""
	b.Log(fmt.Sprintf("%d sent before", n))
}
