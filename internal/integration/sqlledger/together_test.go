package sqlledger_test

import (
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/compensate/sqlledger"
	"github.com/amends-dev/amends/internal/integration/dbtest"
)

// together runs f n times at once, and fails if any errs.
func together(t *testing.T, n int, f func(i int) error) {
	t.Helper()
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { errs[i] = f(i) })
	}
	wg.Wait()
	require.NoError(t, errors.Join(errs...))
}

// ledgers returns n ledgers on one database, each on a handle of its own.
func ledgers(t *testing.T, n int, open func() *sql.DB) []*sqlledger.Ledger {
	all := []*sqlledger.Ledger{migrated(t, open())}
	for len(all) < n {
		all = append(all, sqlledger.New(open(), told()))
	}
	return all
}

// The same customers and others, in any order, with the same totals and others:
// everybody has in the end what the largest total was.
func TestWhatManyProposeIsPaidOnce(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, open func() *sql.DB) {
		const proposers, rounds, customers = 6, 10, 50
		all := ledgers(t, 2, open)
		largest := make([]map[string]int64, proposers)
		together(t, proposers, func(i int) error {
			rnd := rand.New(rand.NewPCG(uint64(i), 2))
			largest[i] = map[string]int64{}
			for range rounds {
				var owed []compensate.Owed
				for range rnd.IntN(customers) {
					c, total := fmt.Sprint("c", rnd.IntN(customers)), int64(100+rnd.IntN(5)*50)
					owed = append(owed, owe(c, "i1", total))
					largest[i][c] = max(largest[i][c], total)
				}
				lists, err := all[i%len(all)].Propose(t.Context(), owed, start)
				if err != nil {
					return err
				}
				for n := range owed { // what a proposer is told already covers what it asked for
					var sum int64
					for _, e := range lists[n] {
						sum += e.Amount.Minor()
					}
					if sum < owed[n].Total.Minor() {
						return fmt.Errorf("%s has %d, less than the proposed %d", owed[n].Key.Customer, sum, owed[n].Total.Minor())
					}
				}
			}
			return nil
		})
		want := map[string]int64{}
		for _, m := range largest {
			for c, total := range m {
				want[c] = max(want[c], total)
			}
		}
		entries := everything(t, all[0], compensate.Query{})
		assert.Equal(t, want, held(entries))
		tallied(t, all[0], entries)
	})
}

// tallied holds the sums that are kept against the entries.
func tallied(t *testing.T, l *sqlledger.Ledger, entries []compensate.Entry) {
	t.Helper()
	bases := map[string]bool{}
	for _, e := range entries {
		bases[e.Key.Basis] = true
	}
	for basis := range bases {
		kept, err := l.Tally(t.Context(), compensate.Query{Bases: []string{basis}})
		require.NoError(t, err)
		added, err := l.Tally(t.Context(), compensate.Query{Bases: []string{basis}, Since: time.Unix(0, 0)})
		require.NoError(t, err)
		require.Equal(t, added, kept)
	}
}

// Sixteen proposers name caps and customers in every order: none waits for ever,
// no cap is exceeded, and in the end each is used up.
func TestASharedCapIsNeverExceeded(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, open func() *sql.DB) {
		const proposers, rounds, caps, limit = 16, 4, 5, 3000
		all := ledgers(t, 2, open)
		under := func(entries []compensate.Entry, id string) (sum int64) {
			for _, e := range entries {
				if e.Key.Component == id || e.Key.Component == "both" {
					sum += e.Amount.Minor()
				}
			}
			return sum
		}
		together(t, proposers, func(i int) error {
			rnd := rand.New(rand.NewPCG(uint64(i), 3))
			for range rounds {
				var owed []compensate.Owed
				for range 1 + rnd.IntN(8) {
					o := owe(fmt.Sprint("c", rnd.IntN(40)), fmt.Sprint("i", rnd.IntN(3)), int64(rnd.IntN(400)))
					o.Key.Component = fmt.Sprint("cap", rnd.IntN(caps))
					o.Caps = []compensate.Cap{{ID: o.Key.Component, Limit: eur(limit)}}
					if rnd.IntN(4) == 0 { // these count towards two
						o.Key.Component = "both"
						o.Caps = []compensate.Cap{{ID: "cap1", Limit: eur(limit)}, {ID: "cap0", Limit: eur(limit)}}
						rnd.Shuffle(2, func(x, y int) { o.Caps[x], o.Caps[y] = o.Caps[y], o.Caps[x] })
					}
					owed = append(owed, o)
				}
				if _, err := all[i%len(all)].Propose(t.Context(), owed, start); err != nil {
					return err
				}
				entries, _, err := all[(i+1)%len(all)].List(t.Context(), compensate.Query{}, "", 10_000)
				if err != nil {
					return err
				}
				for n := range 2 {
					if sum := under(entries, fmt.Sprint("cap", n)); sum > limit {
						return fmt.Errorf("cap%d holds %d", n, sum)
					}
				}
			}
			return nil
		})
		// Who asks for more than is left gets exactly that.
		for n := range caps {
			id := fmt.Sprint("cap", n)
			o := owe("last", "i1", limit)
			o.Key.Component, o.Caps = id, []compensate.Cap{{ID: id, Limit: eur(limit)}}
			_, err := all[0].Propose(t.Context(), []compensate.Owed{o}, start)
			require.NoError(t, err)
			entries := everything(t, all[1], compensate.Query{})
			sum := int64(0)
			for _, e := range entries {
				if e.Key.Component == id || e.Key.Component == "both" && n < 2 {
					sum += e.Amount.Minor()
				}
			}
			assert.Equal(t, int64(limit), sum, id)
		}
		tallied(t, all[0], everything(t, all[0], compensate.Query{}))
	})
}

// Claims at once: every entry has one holder, and all are handed out.
func TestManyClaimEachEntryOnce(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, open func() *sql.DB) {
		const entries, claimers = 240, 6
		all := ledgers(t, 2, open)
		var owed []compensate.Owed
		for n := range entries {
			owed = append(owed, owe(fmt.Sprint("c", n), fmt.Sprint("i", n%3), 100))
		}
		_, err := all[0].Propose(t.Context(), owed, start)
		require.NoError(t, err)
		claimed := make([][]string, claimers)
		together(t, claimers, func(i int) error {
			rnd := rand.New(rand.NewPCG(uint64(i), 4))
			l := all[i%len(all)]
			for {
				got, err := l.Claim(t.Context(), compensate.ClaimRequest{Limit: 1 + rnd.IntN(30), Lease: time.Minute, At: start})
				if err != nil {
					return err
				}
				if len(got) == 0 { // what others hold, they have
					return nil
				}
				var s []compensate.Settlement
				for _, c := range got {
					claimed[i] = append(claimed[i], c.ID)
					s = append(s, compensate.Settlement{ID: c.ID, Token: c.Token, Outcome: compensate.Issued, At: start, Reference: "R"})
				}
				settled, err := l.Settle(t.Context(), s)
				if err != nil {
					return err
				}
				for _, a := range settled {
					if a.Err != nil {
						return a.Err
					}
				}
			}
		})
		ids := slices.Concat(claimed...)
		slices.Sort(ids)
		assert.Len(t, ids, entries)
		assert.Len(t, slices.Compact(ids), entries)
		for _, e := range everything(t, all[0], compensate.Query{}) {
			require.Equal(t, compensate.StateIssued, e.State)
		}
		tallied(t, all[0], everything(t, all[0], compensate.Query{}))
	})
}

// Leases that run out at once are taken over while their holders settle: of all
// who held an entry, one settles it, and the others are told.
func TestOneHolderSettles(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, open func() *sql.DB) {
		const entries, holders = 60, 6
		all := ledgers(t, 2, open)
		var owed []compensate.Owed
		for n := range entries {
			owed = append(owed, owe(fmt.Sprint("c", n), "i1", 100))
		}
		_, err := all[0].Propose(t.Context(), owed, start)
		require.NoError(t, err)
		var mu sync.Mutex
		settledBy := map[string][]string{}
		lost := 0
		together(t, holders, func(i int) error {
			l := all[i%len(all)]
			for n := 0; ; n++ {
				claimed, err := l.Claim(t.Context(), compensate.ClaimRequest{Limit: 8, Lease: time.Microsecond, At: start.Add(time.Duration(n) * time.Second)})
				if err != nil {
					return err
				}
				if len(claimed) == 0 && n > entries { // others may hold some for as long as their claim takes
					return nil
				}
				var s []compensate.Settlement
				for _, c := range claimed {
					s = append(s, compensate.Settlement{ID: c.ID, Token: c.Token, Outcome: compensate.Issued, At: start, Reference: c.Token})
				}
				settled, err := l.Settle(t.Context(), s)
				if err != nil {
					return err
				}
				mu.Lock()
				for k, a := range settled {
					if a.Err == nil {
						settledBy[a.ID] = append(settledBy[a.ID], s[k].Token)
					} else if lost++; !errors.Is(a.Err, compensate.ErrLeaseLost) {
						err = a.Err
					}
				}
				mu.Unlock()
				if err != nil {
					return err
				}
			}
		})
		t.Logf("%d settlements came late", lost)
		issued := everything(t, all[0], compensate.Query{})
		require.Len(t, issued, entries)
		for _, e := range issued {
			require.Equal(t, []string{e.Reference}, settledBy[e.ID])
			require.Equal(t, compensate.StateIssued, e.State)
		}
		tallied(t, all[0], issued)
	})
}

// Transactions at the same time add to parts of a sum, and the parts are used again.
func TestSumsDoNotGrowWithTheNumberOfTransactions(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, open func() *sql.DB) {
		handle := open()
		l := migrated(t, handle)
		const proposers, rounds = 4, 30
		together(t, proposers, func(i int) error {
			for n := range rounds {
				if _, err := l.Propose(t.Context(), []compensate.Owed{owe(fmt.Sprintf("c%d.%d", i, n), "i1", 100)}, start); err != nil {
					return err
				}
			}
			return nil
		})
		var parts int
		require.NoError(t, handle.QueryRowContext(t.Context(), "select count(distinct part) from amends_ledger_sum where state = 'approved'").Scan(&parts))
		assert.LessOrEqual(t, parts, proposers)
		tally, err := l.Tally(t.Context(), compensate.Query{Bases: []string{"i1"}})
		require.NoError(t, err)
		assert.Equal(t, compensate.Tally{
			Lines:     []compensate.TallyLine{{State: compensate.StateApproved, Currency: "EUR", N: proposers * rounds, Amount: eur(100 * proposers * rounds)}},
			Customers: proposers * rounds,
		}, tally)
	})
}

func TestMigratingAtOnce(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, open func() *sql.DB) {
		all := make([]*sqlledger.Ledger, 6)
		for i := range all {
			all[i] = sqlledger.New(open(), told())
		}
		together(t, len(all), func(i int) error { return all[i].Migrate(t.Context()) })
		_, err := all[0].Propose(t.Context(), []compensate.Owed{owe("c1", "i1", 100)}, start)
		require.NoError(t, err)
		require.NoError(t, all[1].Migrate(t.Context()), "a repeat")
		assert.Len(t, everything(t, all[2], compensate.Query{}), 1)
	})
}
