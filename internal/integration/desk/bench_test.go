package desk_test

import (
	"context"
	"flag"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends"
	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/policy"
)

// How large the incident of the benchmark is. A pass over it must take no longer
// for a million customers, ten thousand verdicts and a thousand reports.
var (
	customers = flag.Int("customers", 1000, "customers of the benchmark's incident, each with a case and an award")
	messages  = flag.Int("messages", 1000, "how many of them were told")
	verdicts  = flag.Int("verdicts", 100, "how many of them said that it is fixed")
	reports   = flag.Int("reports", 10, "how many of them reported it")
)

// crowd is a directory of so many customers, who need no memory.
type crowd int

func (c crowd) page(r amends.ExpandRequest) (from, to int, next string, done bool) {
	from, _ = strconv.Atoi(r.Cursor) // "" is the first
	to = min(from+max(r.Limit, 1), int(c))
	return from, to, strconv.Itoa(to), to == int(c)
}

func contact(n int) amends.Contact {
	id := fmt.Sprintf("c%07d", n)
	return amends.Contact{ID: id + "-tech", Customer: id, Channel: "mail", Address: id + "@customer.example", Name: id}
}

func (c crowd) facts(n int) policy.CustomerFacts {
	return policy.CustomerFacts{
		Customer: fmt.Sprintf("c%07d", n), Plan: "team", Currency: "EUR", Zone: "Europe/Berlin", Components: []string{"restore"},
		Windows: []incident.Window{{From: begin.Add(-10 * time.Minute)}}, Degree: incident.DegreeDown,
		Fees:   map[string]compensate.Money{"": compensate.FromMinor(10000, "EUR")},
		Period: incident.Window{From: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)},
	}
}

func (c crowd) Expand(_ context.Context, r amends.ExpandRequest) (amends.Expanded, error) {
	if r.Audience != incident.AudienceAffected {
		return amends.Expanded{Contacts: []amends.Contact{{ID: "duty", Channel: "pager"}}, Done: true}, nil
	}
	from, to, next, done := c.page(r)
	x := amends.Expanded{Next: next, Done: done}
	for n := from; n < to; n++ {
		x.Contacts = append(x.Contacts, contact(n))
	}
	return x, nil
}

func (c crowd) Affected(_ context.Context, r amends.ExpandRequest) (amends.AffectedPage, error) {
	from, to, next, done := c.page(r)
	p := amends.AffectedPage{Next: next, Done: done}
	for n := from; n < to; n++ {
		p.Customers = append(p.Customers, c.facts(n))
	}
	return p, nil
}

// number is that of a customer or contact.
func number(id string) int {
	n, _ := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(id, "c"), "-tech"))
	return n
}

func (c crowd) Contacts(_ context.Context, _ string, ids []string) (out []amends.Contact, _ error) {
	for _, id := range ids {
		if id == "duty" {
			out = append(out, amends.Contact{ID: "duty", Channel: "pager"})
		} else {
			out = append(out, contact(number(id)))
		}
	}
	return out, nil
}

func (c crowd) Customers(_ context.Context, _ string, _, ids []string) (out []policy.CustomerFacts, _ error) {
	for _, id := range ids {
		out = append(out, c.facts(number(id)))
	}
	return out, nil
}

// BenchmarkPass measures what a desk does again and again while a large incident
// is open: a pass over it, folding it, and reading the backlog. The messages come
// about as always. The heads of the cases and the awards are written straight to
// the tables: a pass reads none of them, and how long it takes to make a million
// is what other benchmarks measure.
func BenchmarkPass(b *testing.B) {
	for _, p := range places()[1:] {
		b.Run(p.name, func(b *testing.B) {
			w := newWorld(b, p, 0, func(o *amends.Options) {
				o.Directory, o.PageSize = crowd(*messages), 5000
				silent := notify.NotifierFunc(func(context.Context, *notify.Delivery) (notify.Receipt, error) { return notify.Receipt{}, nil })
				o.Channels = map[string]notify.Channel{"mail": {Notifier: silent}, "pager": {Notifier: silent}, "page": {Notifier: silent, Public: true}}
			})
			const in = "inc-1"
			w.declare(in, incident.SeverityMajor)
			w.say(in, incident.PurposeUpdate, "Restores fail since 10:00. Your backups are complete. We are working on it.", 30*time.Minute)
			r, err := w.desk.Report(b.Context(), amends.Report{ // the first one starts a clock, once
				Command: amends.Command{By: ada}, Customer: amends.Customer{Incident: in, Customer: "first"}, Kind: incident.ReportFailure, Words: "my restore hangs",
			})
			done(w, r, err)
			fill(b, w, in)
			w.settle()
			b.Run("Reconcile", func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					require.NoError(b, w.desk.Reconcile(b.Context(), in))
				}
			})
			b.Run("Fold", func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					_, err := w.desk.Incident(b.Context(), in)
					require.NoError(b, err)
				}
			})
			b.Run("Backlog", func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					_, err := w.desk.Backlog(b.Context(), nil)
					require.NoError(b, err)
				}
			})
		})
	}
}

// fill gives every customer a case and an award.
func fill(b *testing.B, w *world, in string) {
	b.Helper()
	ctx := context.WithoutCancel(b.Context())
	exec := func(query string, args ...any) {
		_, err := w.db.ExecContext(ctx, query, args...)
		require.NoError(b, err)
	}
	series := "with recursive series(n) as (select 0 union all select n+1 from series where n+1 < " + strconv.Itoa(*customers) + ") "
	marks := fmt.Sprintf("case when n < %d then '\nfixed.0@%s\n' when n < %d then '\nreported\n' else '' end", *verdicts, in, *verdicts+*reports)
	exec("insert into amends_record (record, space, kind, incident, customer, title, status, severity, marks, version, opened, updated, turn) "+
		series+"select $1 || '~c' || n, $2, 'case', $1, 'c' || n, '', 'open', '', "+marks+", 1, 0, 0, 1 from series", in, space)
	exec("insert into amends_record_count (incident, space, kind, status, marks, part, n) select incident, space, kind, status, marks, 1, count(*) "+
		"from amends_record where incident = $1 group by incident, space, kind, status, marks", in)
	exec("insert into amends_ledger_entry (id, n, space, scheme, customer, component, basis, gesture_by, state, amount, currency, capped, capped_currency, "+
		"contract, contract_currency, total, total_currency, in_kind, why, award, approved_by, settled_by, reference, last_err, attempts, created_at, changed_at, next_at, token, once) "+
		series+"select 'e' || n || '#1', 1, $2, 'goodwill', 'c' || n, '', $1, '', 'proposed', 500, 'EUR', 0, 'EUR', 0, 'EUR', 500, 'EUR', '[]', '[]', '', '', '', '', '', 0, 0, 0, 0, '', false from series", in, space)
	exec("insert into amends_ledger_recipient (basis, space, customer) select basis, space, customer from amends_ledger_entry where basis = $1", in)
	exec("insert into amends_ledger_sum (basis, space, state, currency, part, n, high, low) "+
		"select basis, space, state, currency, 1, count(*), 0, sum(amount) from amends_ledger_entry where basis = $1 group by basis, space, state, currency "+
		"union all select basis, space, '', '', 1, count(*), 0, 0 from amends_ledger_recipient where basis = $1 group by basis, space", in)
	exec("analyze")
}
