package sqlledger_test

import (
	"fmt"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/compensate/sqlledger"
	"github.com/amends-dev/amends/internal/integration/dbtest"
)

// each runs a test on a fresh database of each kind.
func each(t *testing.T, run func(t *testing.T, d dbtest.Database)) {
	for name, fresh := range map[string]func(testing.TB) dbtest.Database{"sqlite": dbtest.NewSQLite, "postgres": dbtest.NewPostgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run(t, fresh(t))
		})
	}
}

// walks matches a plan that goes through all of a table of ours. An index of few entries may be gone through.
var walks = regexp.MustCompile(`SCAN [aces]\b( USING (COVERING )?INDEX amends_ledger_entry_(id|customer|basis|due))?$|Seq Scan on amends_ledger`)

// What the desk asks of a ledger with a million entries costs what it finds.
func TestPlans(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d dbtest.Database) {
		l := migrated(t, d.Open(t))
		var owed []compensate.Owed
		for i := range 2000 {
			o := owe(fmt.Sprint("c", i%500), fmt.Sprint("i", i%10), 100)
			o.Caps = []compensate.Cap{{ID: fmt.Sprint("cap", i%100), Limit: eur(100000)}}
			owed = append(owed, o)
		}
		_, err := l.Propose(t.Context(), owed, start)
		require.NoError(t, err)
		const middle = "80000000000000000000000000000000#1"
		for _, c := range []struct {
			name string
			q    compensate.Query
			list string // the index that a list uses
		}{
			{"what customers have for an incident", compensate.Query{Space: "brand", Customers: []string{"c1", "c2"}, Bases: []string{"i1", "i2"}}, "amends_ledger_entry_customer"},
			{"what customers had before", compensate.Query{Space: "brand", Customers: []string{"c1", "c2"}, Since: start}, "amends_ledger_entry_customer"},
			{"an incident", compensate.Query{Space: "brand", Bases: []string{"i1"}}, "amends_ledger_entry_basis"},
			{"incidents, in all spaces", compensate.Query{Bases: []string{"i1", "i2"}}, "amends_ledger_entry_basis"},
			{"approved by a person", compensate.Query{Space: "brand", Bases: []string{"i1", "i2"}, Approved: true}, "amends_ledger_entry_approved"},
			{"waiting for a person", compensate.Query{Space: "brand", Bases: []string{"i1"}, States: []compensate.State{compensate.StateProposed}}, "amends_ledger_entry_waiting"},
			{"waiting for a person, anywhere", compensate.Query{States: []compensate.State{compensate.StateUncertain, compensate.StateFailed}}, "amends_ledger_entry_waiting"},
			{"gestures", compensate.Query{Gestures: true}, "amends_ledger_entry_gesture"},
		} {
			db, watch := d.Watch(t)
			_, _, err := sqlledger.New(db, told()).List(t.Context(), c.q, middle, 50)
			require.NoError(t, err)
			found := false
			for query, plan := range watch.Plans(t) {
				assert.NotRegexp(t, walks, plan, "%s: %s", c.name, query)
				found = found || regexp.MustCompile(c.list+`\b`).MatchString(plan)
			}
			assert.True(t, found, "%s: no plan uses %s: %v", c.name, c.list, watch.Plans(t))
			if summed := len(c.q.Bases) > 0 && len(c.q.Customers)+len(c.q.States) == 0 && !c.q.Approved; summed {
				db, watch = d.Watch(t)
				_, err = sqlledger.New(db, told()).Tally(t.Context(), c.q)
				require.NoError(t, err)
				for query, plan := range watch.Plans(t) {
					assert.NotContains(t, query, "amends_ledger_entry", c.name)
					assert.NotRegexp(t, walks, plan, "%s: %s", c.name, query)
				}
			}
		}
		db, watch := d.Watch(t)
		l = sqlledger.New(db, told())
		_, err = l.Propose(t.Context(), owed[:600], start)
		require.NoError(t, err)
		for range 2 { // once without and once with entries whose lease ran out
			claimed, err := l.Claim(t.Context(), compensate.ClaimRequest{Limit: 40, Lease: time.Microsecond, At: start})
			require.NoError(t, err)
			require.Len(t, claimed, 40)
			settlements := make([]compensate.Settlement, 20)
			for i := range settlements {
				settlements[i] = compensate.Settlement{ID: claimed[i].ID, Token: claimed[i].Token, Outcome: compensate.Issued, At: start, Reference: "R"}
			}
			_, err = l.Settle(t.Context(), settlements)
			require.NoError(t, err)
		}
		for query, plan := range watch.Plans(t) {
			assert.NotRegexp(t, walks, plan, query)
		}
	})
}
