package sqlledger_test

import (
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/compensate/memledger"
	"github.com/amends-dev/amends/internal/integration/dbtest"
)

// Whatever happens to a ledger, it holds, says and hands out what the one in memory does.
func TestItIsTheLedgerInMemory(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, open func() *sql.DB) {
		handle := open()
		l := migrated(t, handle)
		for seed := range uint64(2) {
			empty(t, handle)
			m := model{T: t, rnd: rand.New(rand.NewPCG(seed, 1)), ours: l, memory: new(memledger.Ledger), at: start, tokens: map[string][2]string{}}
			for step := range 120 {
				m.what = fmt.Sprintf("seed %d, step %d", seed, step)
				m.step()
			}
			m.look(compensate.Query{})
		}
	})
}

// model does the same to two ledgers.
type model struct {
	*testing.T
	rnd          *rand.Rand
	ours, memory compensate.Ledger
	at           time.Time
	tokens       map[string][2]string // of the last claim of an entry, in both
	what         string
}

func (m *model) step() {
	m.at = m.at.Add(time.Duration(m.rnd.IntN(5)) * 20 * time.Second) // the same time is met again
	switch m.rnd.IntN(5) {
	case 0, 1:
		m.propose()
	case 2:
		m.claim()
	case 3:
		m.settle()
	case 4:
		m.look(m.query())
	}
}

func (m *model) propose() {
	owed := make([]compensate.Owed, m.rnd.IntN(50))
	for i := range owed {
		owed[i] = m.owed()
	}
	want, wantErr := m.memory.Propose(m.Context(), owed, m.at)
	have, err := m.ours.Propose(m.Context(), owed, m.at)
	m.sameErr(wantErr, err)
	m.sameEntries(want, have)
}

func (m *model) owed() compensate.Owed {
	pick := func(prefix string, n int) string { return fmt.Sprint(prefix, m.rnd.IntN(n)) }
	o := compensate.Owed{
		Key:   compensate.Key{Space: pick("s", 2), Scheme: pick("sla", 2), Customer: pick("c", 9), Component: pick("", 2), Basis: pick("i", 3)},
		Total: compensate.FromMinor(int64(m.rnd.IntN(900)), "EUR"), Contract: eur(7),
	}
	if m.rnd.IntN(3) == 0 {
		o.Why, o.Award = []string{"it’s \"down\" <since> Tuesday", "\u2028"}, []byte(`{"a":1}`)
	}
	if m.rnd.IntN(3) == 0 {
		o.Limit = eur(400)
	}
	if m.rnd.IntN(5) == 0 {
		o.InKind = []string{"a call", pick("thing ", 3)}
	}
	for range m.rnd.IntN(3) {
		o.Caps = append(o.Caps, compensate.Cap{ID: pick("cap", 9), Limit: eur(2500)})
	}
	if m.rnd.IntN(6) == 0 {
		o.By, o.Limit = pick("ann", 2), eur(900)
	}
	if m.rnd.IntN(400) == 0 {
		o.Total = compensate.FromMinor(5, "USD") // mostly a mistake: nothing of the call may stay
	}
	return o
}

func (m *model) claim() {
	r := compensate.ClaimRequest{Limit: 1 + m.rnd.IntN(40), Lease: time.Minute, At: m.at, Once: m.rnd.IntN(3) == 0, MaxAttempts: m.rnd.IntN(4)}
	want, wantErr := m.memory.Claim(m.Context(), r)
	have, err := m.ours.Claim(m.Context(), r)
	m.sameErr(wantErr, err)
	require.Len(m, have, len(want), m.what)
	for i := range want {
		require.Equal(m, want[i].Token == "", have[i].Token == "", m.what)
		if want[i].Token != "" { // the token of what was given up is tried again, and must be void
			m.tokens[want[i].ID] = [2]string{want[i].Token, have[i].Token}
		}
		want[i].Token, have[i].Token = "", ""
		m.sameEntries([][]compensate.Entry{{want[i].Entry}}, [][]compensate.Entry{{have[i].Entry}})
		want[i].Entry, have[i].Entry = compensate.Entry{}, compensate.Entry{}
		require.Equal(m, want[i], have[i], m.what)
	}
}

func (m *model) settle() {
	all, _, err := m.memory.List(m.Context(), compensate.Query{}, "", 10_000)
	require.NoError(m, err)
	if len(all) == 0 {
		return
	}
	outcomes := []compensate.Outcome{
		compensate.Issued, compensate.Issued, compensate.Retry, compensate.Failed, compensate.Unclear, compensate.Release,
		compensate.Approve, compensate.Fulfil, compensate.Clear, compensate.Reissue, "nonsense",
	}
	var mine, theirs []compensate.Settlement
	few := all[m.rnd.IntN(2)*len(all)/2:] // that much happens to
	few = few[:min(len(few), 1+m.rnd.IntN(20))]
	for range 1 + m.rnd.IntN(60) {
		e := few[m.rnd.IntN(len(few))]
		s := compensate.Settlement{
			ID: e.ID, Outcome: outcomes[m.rnd.IntN(len(outcomes))], At: m.at, Next: m.at.Add(time.Duration(m.rnd.IntN(6)-1) * 20 * time.Second),
			Reference: fmt.Sprint("R", m.rnd.IntN(9)), Err: "busy", By: "ben",
		}
		if m.rnd.IntN(20) == 0 {
			s.ID, s.By, s.Reference = "nobody’s#1", "", " "
		}
		s.Token = m.tokens[s.ID][0]
		mine = append(mine, s)
		s.Token = m.tokens[s.ID][1]
		theirs = append(theirs, s)
	}
	want, wantErr := m.memory.Settle(m.Context(), mine)
	have, err := m.ours.Settle(m.Context(), theirs)
	m.sameErr(wantErr, err)
	require.Len(m, have, len(want), m.what)
	for i := range want {
		m.sameErr(want[i].Err, have[i].Err)
		want[i].Err, have[i].Err = nil, nil
		require.Equal(m, want[i], have[i], "%s, settlement %d of %+v", m.what, i, mine)
	}
}

func (m *model) query() compensate.Query {
	some := func(prefix string, n int) (list []string) {
		for range m.rnd.IntN(4) {
			list = append(list, fmt.Sprint(prefix, m.rnd.IntN(n)))
		}
		return list
	}
	q := compensate.Query{Bases: some("i", 4)}
	if m.rnd.IntN(2) == 0 {
		q.Space = fmt.Sprint("s", m.rnd.IntN(3))
	}
	if m.rnd.IntN(2) == 0 { // what sums are kept for
		return q
	}
	if m.rnd.IntN(2) == 0 {
		q.Customers = some("c", 14)
	}
	q.Approved, q.Gestures = m.rnd.IntN(4) == 0, m.rnd.IntN(4) == 0
	if m.rnd.IntN(3) == 0 {
		q.Since = m.at.Add(-time.Duration(m.rnd.IntN(1000)) * time.Second)
	}
	all := []compensate.State{compensate.StateProposed, compensate.StateInKind, compensate.StateFailed, compensate.StateIssued, compensate.StateNothing}
	for range m.rnd.IntN(3) {
		q.States = append(q.States, all[m.rnd.IntN(len(all))])
	}
	return q
}

// look compares what a query selects, page by page, and its tally.
func (m *model) look(q compensate.Query) {
	what := fmt.Sprintf("%s, query %+v", m.what, q)
	for cursor, limit := "", m.rnd.IntN(40); ; {
		want, wantNext, wantErr := m.memory.List(m.Context(), q, cursor, limit)
		have, next, err := m.ours.List(m.Context(), q, cursor, limit)
		m.sameErr(wantErr, err)
		m.sameEntries([][]compensate.Entry{want}, [][]compensate.Entry{have})
		require.Equal(m, wantNext, next, what)
		if cursor = next; cursor == "" {
			break
		}
	}
	want, wantErr := m.memory.Tally(m.Context(), q)
	have, err := m.ours.Tally(m.Context(), q)
	m.sameErr(wantErr, err)
	require.Equal(m, want, have, what)
}

func (m *model) sameErr(want, have error) {
	require.Equal(m, want == nil, have == nil, "%s: %v, want %v", m.what, have, want)
	for _, fact := range []error{compensate.ErrNotFound, compensate.ErrLeaseLost, compensate.ErrState, compensate.ErrCurrency, compensate.ErrOverLimit} {
		require.Equal(m, errors.Is(want, fact), errors.Is(have, fact), "%s: %v, want %v", m.what, have, want)
	}
}

func (m *model) sameEntries(want, have [][]compensate.Entry) {
	require.Len(m, have, len(want), m.what)
	for i := range want {
		require.Len(m, have[i], len(want[i]), m.what)
		for n := range want[i] {
			require.Equal(m, want[i][n], have[i][n], "%s, list %d, entry %d", m.what, i, n)
		}
	}
}
