package records_test

import (
	"context"
	"database/sql"
	"flag"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/incident/incidenttest"
	"github.com/amends-dev/amends/incident/sqlstore"
	"github.com/amends-dev/amends/internal/integration/dbtest"
)

// The tables hold so many records before anything is measured. What stays the
// same from ten thousand to ten million is what hosts can rely on.
var (
	rows  = flag.Int("rows", 10_000, "records that the tables of a benchmark hold before it begins")
	cases = flag.Int("cases", 1000, "how many of them belong to one incident")
)

func BenchmarkSQLite(b *testing.B)   { benchmark(b, dbtest.NewSQLite(b)) }
func BenchmarkPostgres(b *testing.B) { benchmark(b, dbtest.NewPostgres(b)) }

func benchmark(b *testing.B, d dbtest.Database) {
	db := d.Open(b)
	s := migrated(b, db)
	fill(b, db, d.Driver)
	last := fmt.Sprintf("inc_%09d", (*rows-1) / *cases)
	run := func(name string, call func(n int) error) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for n := 0; b.Loop(); n++ {
				if err := call(n); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	run("Read", func(int) error {
		_, err := s.Read(b.Context(), last+"~c7", 0, 0)
		return err
	})
	run("List100Cases", func(int) error {
		_, err := s.List(b.Context(), incident.Filter{Kind: incident.KindCase, Incidents: []string{last}}, "r"+last+"~c5", 100)
		return err
	})
	run("ListCustomer", func(int) error {
		_, err := s.List(b.Context(), incident.Filter{Space: incidenttest.Space, Customer: "c77"}, "", 10)
		return err
	})
	run("Due100", func(int) error {
		_, err := s.List(b.Context(), incident.Filter{DueBy: incidenttest.Start().Add(time.Hour)}, "", 100)
		return err
	})
	run("AnyCaseDue", func(int) error {
		_, err := s.List(b.Context(), incident.Filter{Kind: incident.KindCase, Incidents: []string{last}, DueBy: incidenttest.Start().Add(time.Hour)}, "", 1)
		return err
	})
	run("Tally", func(int) error {
		_, err := s.Tally(b.Context(), incident.Filter{Kind: incident.KindCase, Incidents: []string{last}})
		return err
	})
	run("Look", func(int) error {
		_, err := s.Look(b.Context(), last+"~c7", incidenttest.Start(), 0)
		return err
	})
	run("Append", func(int) error {
		_, err := s.Append(b.Context(), incidenttest.Commit(more(last, incident.AnyVersion, note("x"))))
		return err
	})
	run("AppendWithCommand", func(n int) error {
		c := incidenttest.Commit(more(last, incident.AnyVersion, note("x")), incidenttest.NewCase(fmt.Sprintf("%s~%d.%d", last, b.N, n), "c", last))
		c.Command, c.Digest = c.Batches[1].Record+time.Now().String(), "d"
		c.Batches[1].Record = c.Command
		_, err := s.Append(b.Context(), c)
		return err
	})
	b.Run("AppendInParallel", func(b *testing.B) {
		var n atomic.Int64
		b.ReportAllocs()
		b.SetParallelism(8)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				id := fmt.Sprintf("%s~p%d", last, time.Now().UnixNano()+n.Add(1))
				if _, err := s.Append(b.Context(), incidenttest.Commit(incidenttest.NewCase(id, "c", last))); err != nil {
					b.Error(err)
					return
				}
			}
		})
	})
	run("Append500Cases", func(int) error {
		var batches []incident.Batch
		for k := range 500 {
			batches = append(batches, incidenttest.NewCase(fmt.Sprintf("%s~b%d.%d", last, time.Now().UnixNano(), k), "c", last))
		}
		_, err := s.Append(b.Context(), incidenttest.Commit(batches...))
		return err
	})
}

// fill writes records straight into the tables: each with an event, some of
// them due.
func fill(b *testing.B, db *sql.DB, driver string) {
	b.Helper()
	pad := fmt.Sprintf("printf('%%09d', n/%d)", *cases)
	series := "with recursive series(n) as (select $1 union all select n+1 from series where n+1 < $2) "
	if driver != "sqlite" {
		pad = fmt.Sprintf("to_char(n/%d, 'FM000000000')", *cases)
		series = "with series(n) as (select * from generate_series($1::int, $2::int - 1)) "
	}
	start := fmt.Sprint(incidenttest.Start().UnixMicro())
	exec := func(query string, args ...any) {
		if driver == "sqlite" {
			query = strings.ReplaceAll(query, "$", "?")
		}
		_, err := db.ExecContext(context.WithoutCancel(b.Context()), query, args...)
		require.NoError(b, err)
	}
	for from := 0; from < *rows; from += 1_000_000 {
		to := min(from+1_000_000, *rows)
		exec(series+`insert into amends_record (record, space, kind, incident, customer, title, status, severity, marks, version, opened, updated, next_look, turn)
			select 'inc_' || `+pad+` || '~c' || (n%`+fmt.Sprint(*cases)+`), 'acme', 'case', 'inc_' || `+pad+`, 'c' || n, '', 'open', '', case when n%10 = 0 then '
reported
' else '' end, 1, `+start+`, `+start+`, case when n%100 = 0 then `+start+` + n else null end, 1 from series`, from, to)
		exec(series+`insert into amends_event (record, version, kind, must, at, recorded, actor, data)
			select 'inc_' || `+pad+` || '~c' || (n%`+fmt.Sprint(*cases)+`), 1, 'case.opened', `+map[bool]string{true: "0", false: "false"}[driver == "sqlite"]+`, `+start+`, `+start+`,
			'{"kind":"staff","id":"ada","name":"Ada"}', '{"space":"acme","customer":"c' || n || '","incident":"inc_' || `+pad+` || '"}' from series`, from, to)
	}
	s := sqlstore.New(db, nil)
	for k := 0; k**cases < *rows; k += 100 {
		var batches []incident.Batch
		for n := k; n < k+100 && n**cases < *rows; n++ {
			batches = append(batches, incidenttest.NewIncident(fmt.Sprintf("inc_%09d", n)))
		}
		_, err := s.Append(b.Context(), incidenttest.Commit(batches...))
		require.NoError(b, err)
	}
	settle := []string{"analyze", "pragma wal_checkpoint(truncate)"} // what filling left to do is not to be measured
	if driver != "sqlite" {
		settle = []string{"vacuum analyze", "checkpoint"}
	}
	for _, step := range settle {
		exec(step)
	}
}
