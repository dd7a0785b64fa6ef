package sqlledger_test

import (
	"context"
	"flag"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/compensate/sqlledger"
	"github.com/amends-dev/amends/internal/integration/dbtest"
)

// page is how many customers a desk assesses at a time.
const page = 500

func benchmark(b *testing.B, run func(b *testing.B, l *sqlledger.Ledger)) {
	for _, c := range []struct {
		name  string
		fresh func(testing.TB) dbtest.Database
	}{{"sqlite", dbtest.NewSQLite}, {"postgres", dbtest.NewPostgres}} {
		b.Run(c.name, func(b *testing.B) { run(b, migrated(b, c.fresh(b).Open(b))) })
	}
}

// most is how many customers an incident has: -customers 1000000 takes many minutes to fill.
var most = flag.Int("customers", 10_000, "customers of the incident in BenchmarkPassOver")

// assessment is what a page of customers is owed, each with a file of a kilobyte.
func assessment(from int, capped bool) []compensate.Owed {
	owed := make([]compensate.Owed, page)
	file := make([]byte, 1000)
	for i := range file {
		file[i] = 'x'
	}
	for i := range owed {
		owed[i] = owe(fmt.Sprintf("c%07d", from+i), "inc_1", 500)
		owed[i].Award = file
		if capped {
			owed[i].Caps = []compensate.Cap{{ID: owed[i].Key.Customer + "/2026-11", Limit: eur(2000)}}
		}
	}
	return owed
}

// perEntry reports what one of n entries cost.
func perEntry(b *testing.B, n int) {
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "entries/s")
}

func BenchmarkPropose(b *testing.B) {
	for _, capped := range []bool{false, true} {
		b.Run(fmt.Sprintf("capped=%v", capped), func(b *testing.B) {
			benchmark(b, func(b *testing.B, l *sqlledger.Ledger) {
				b.ReportAllocs()
				n := 0
				for b.Loop() {
					_, err := l.Propose(b.Context(), assessment(n, capped), start)
					require.NoError(b, err)
					n += page
				}
				perEntry(b, n)
			})
		})
	}
}

// A pass that is repeated finds that nothing is to be added.
func BenchmarkProposeAgain(b *testing.B) {
	benchmark(b, func(b *testing.B, l *sqlledger.Ledger) {
		owed := assessment(0, true)
		n := 0
		b.ReportAllocs()
		for b.Loop() {
			_, err := l.Propose(b.Context(), owed, start)
			require.NoError(b, err)
			n += page
		}
		perEntry(b, n)
	})
}

// Claim, a billing system that answers at once, settle; the entries are proposed outside of the time taken.
func BenchmarkIssue(b *testing.B) {
	for _, limit := range []int{100, 500} {
		b.Run(fmt.Sprintf("limit=%d", limit), func(b *testing.B) {
			benchmark(b, func(b *testing.B, l *sqlledger.Ledger) {
				waiting, n := 0, 0
				b.ReportAllocs()
				for b.Loop() {
					b.StopTimer()
					for waiting < limit {
						_, err := l.Propose(b.Context(), assessment(n+waiting, false), start)
						require.NoError(b, err)
						waiting += page
					}
					b.StartTimer()
					claimed, err := l.Claim(b.Context(), compensate.ClaimRequest{Limit: limit, Lease: time.Minute, At: start})
					require.NoError(b, err)
					settlements := make([]compensate.Settlement, len(claimed))
					for i, c := range claimed {
						settlements[i] = compensate.Settlement{ID: c.ID, Token: c.Token, Outcome: compensate.Issued, At: start, Reference: "R"}
					}
					_, err = l.Settle(b.Context(), settlements)
					require.NoError(b, err)
					waiting, n = waiting-limit, n+len(claimed)
				}
				perEntry(b, n)
			})
		})
	}
}

// What a pass over an incident with many customers asks: its sums, alone and
// with a small one that was merged into it, what a person approved, and a page.
func BenchmarkPassOver(b *testing.B) {
	for _, customers := range []int{*most} {
		b.Run(fmt.Sprintf("customers=%d", customers), func(b *testing.B) {
			benchmark(b, func(b *testing.B, l *sqlledger.Ledger) {
				for n := 0; n < customers; n += page {
					owed := assessment(n, false)
					for i := range owed {
						owed[i].Award = nil
					}
					_, err := l.Propose(b.Context(), owed, start)
					require.NoError(b, err)
				}
				small := assessment(0, false)
				for i := range small {
					small[i].Key.Basis = "inc_2"
				}
				_, err := l.Propose(b.Context(), small, start)
				require.NoError(b, err)
				for _, c := range []struct {
					name string
					call func(ctx context.Context) error
				}{
					{"tally", func(ctx context.Context) error {
						_, err := l.Tally(ctx, compensate.Query{Space: "brand", Bases: []string{"inc_1"}})
						return err
					}},
					{"tally merged", func(ctx context.Context) error {
						_, err := l.Tally(ctx, compensate.Query{Space: "brand", Bases: []string{"inc_2", "inc_1"}})
						return err
					}},
					{"approved", func(ctx context.Context) error {
						_, _, err := l.List(ctx, compensate.Query{Space: "brand", Bases: []string{"inc_1"}, Approved: true}, "", page)
						return err
					}},
					{"waiting", func(ctx context.Context) error {
						_, _, err := l.List(ctx, compensate.Query{Space: "brand", States: []compensate.State{compensate.StateProposed}}, "", page)
						return err
					}},
					{"page", func(ctx context.Context) error {
						_, _, err := l.List(ctx, compensate.Query{Space: "brand", Bases: []string{"inc_1"}}, "80000000000000000000000000000000#1", page)
						return err
					}},
					{"customers", func(ctx context.Context) error {
						q := compensate.Query{Space: "brand", Since: start}
						for i := range page {
							q.Customers = append(q.Customers, fmt.Sprintf("c%07d", i))
						}
						_, _, err := l.List(ctx, q, "", page)
						return err
					}},
				} {
					b.Run(c.name, func(b *testing.B) {
						b.ReportAllocs()
						for b.Loop() {
							require.NoError(b, c.call(b.Context()))
						}
					})
				}
			})
		})
	}
}
