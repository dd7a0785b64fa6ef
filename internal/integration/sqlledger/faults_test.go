package sqlledger_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/compensate/sqlledger"
	"github.com/amends-dev/amends/internal/integration/dbtest"
)

var errCut = errors.New("the connection was cut")

// cut fails the n-th thing that a handle asks of its database, counted from 1.
func cut(n int) func(string) error {
	return func(string) error {
		if n--; n == 0 {
			return errCut
		}
		return nil
	}
}

// A proposal that is cut at any point left all of itself or nothing, and its repeat makes it whole.
func TestAProposalThatIsCutAnywhere(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d dbtest.Database) {
		db, watch := d.Watch(t)
		l := migrated(t, db)
		require.Empty(t, everything(t, l, compensate.Query{}), "it knows by now what database it is on")
		for n := 1; ; n++ {
			space := fmt.Sprint("s", n)
			owed := []compensate.Owed{owe("c1", "i1", 300), owe("c2", "i1", 500), owe("c3", "i1", 0)}
			for i := range owed {
				owed[i].Key.Space = space
				owed[i].Caps = []compensate.Cap{{ID: "month", Limit: eur(700)}}
			}
			watch.Hook(cut(n))
			_, err := l.Propose(t.Context(), owed, start)
			watch.Hook(nil)
			whole := everything(t, l, compensate.Query{Space: space})
			if err == nil {
				require.Len(t, whole, 3)
				require.Greater(t, n, 8, "it asked less than it must")
				break
			}
			require.ErrorIs(t, err, errCut)
			require.Contains(t, []int{0, 3}, len(whole), "all or nothing")
			lists, err := l.Propose(t.Context(), owed, start)
			require.NoError(t, err, "cut at %d", n)
			require.Equal(t, []int64{300, 400, 0}, []int64{lists[0][0].Amount.Minor(), lists[1][0].Amount.Minor(), lists[2][0].Amount.Minor()})
			whole = everything(t, l, compensate.Query{Space: space})
			require.Len(t, whole, 3)
			tallied(t, l, whole)
		}
	})
}

// lost fails a call after its commit: what it wrote is there, and nobody knows.
func lost(watch *dbtest.Watch, call func() error) error {
	watch.Hook(func(step string) error {
		if step == "committed" {
			return errCut
		}
		return nil
	})
	defer watch.Hook(nil)
	return call()
}

func TestAnswersThatAreLost(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d dbtest.Database) {
		db, watch := d.Watch(t)
		l := migrated(t, db)
		owed := []compensate.Owed{owe("c1", "i1", 300)}
		propose := func() error {
			_, err := l.Propose(t.Context(), owed, start)
			return err
		}
		require.ErrorIs(t, lost(watch, propose), errCut)
		require.NoError(t, propose())
		require.Equal(t, map[string]int64{"c1": 300}, held(everything(t, l, compensate.Query{})))

		claim := func(at time.Time) (claimed []compensate.Claimed, err error) {
			return l.Claim(t.Context(), compensate.ClaimRequest{Limit: 10, Lease: time.Minute, At: at})
		}
		require.ErrorIs(t, lost(watch, func() error { _, err := claim(start); return err }), errCut)
		claimed, err := claim(start.Add(59 * time.Second))
		require.NoError(t, err)
		require.Empty(t, claimed, "it is leased, although nobody knows")
		claimed, err = claim(start.Add(time.Minute))
		require.NoError(t, err)
		require.Len(t, claimed, 1)
		require.Equal(t, 2, claimed[0].Attempt)

		s := []compensate.Settlement{{ID: claimed[0].ID, Token: claimed[0].Token, Outcome: compensate.Issued, At: start.Add(time.Minute), Reference: "R1"}}
		settle := func() error {
			settled, err := l.Settle(t.Context(), s)
			if err == nil {
				err = settled[0].Err
			}
			return err
		}
		require.ErrorIs(t, lost(watch, settle), errCut)
		s[0].At = start.Add(time.Hour)
		require.NoError(t, settle(), "the repeat is answered as the first would have been")
		all := everything(t, l, compensate.Query{})
		require.Len(t, all, 1)
		assert.Equal(t, compensate.StateIssued, all[0].State)
		assert.Equal(t, start.Add(time.Minute), all[0].Changed)
		tallied(t, l, all)
	})
}

// A claim or a settlement that is cut anywhere pays nothing twice: billing hears the same ID.
func TestIssuingThatIsCutAnywhere(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d dbtest.Database) {
		db, watch := d.Watch(t)
		l := migrated(t, db)
		require.Empty(t, everything(t, l, compensate.Query{}), "it knows by now what database it is on")
		for n := 1; ; n++ {
			empty(t, db)
			_, err := l.Propose(t.Context(), []compensate.Owed{owe("c1", "i1", 300), owe("c2", "i1", 500)}, start)
			require.NoError(t, err)
			paid := map[string]int64{}
			billing := compensate.IssuerFunc(func(_ context.Context, e compensate.Entry) (string, error) {
				paid[e.ID] = e.Amount.Minor() // by key: a repeat pays nothing
				return "R", nil
			})
			at := start
			opts := &compensate.IssueOptions{Workers: 1, Now: func() time.Time { return at }}
			watch.Hook(cut(n))
			_, first := compensate.IssueBatch(t.Context(), l, billing, opts)
			watch.Hook(nil)
			at = start.Add(24 * time.Hour)
			_, err = compensate.IssueBatch(t.Context(), l, billing, opts)
			require.NoError(t, err)
			all := everything(t, l, compensate.Query{})
			for _, e := range all {
				require.Equal(t, compensate.StateIssued, e.State, "cut at %d", n)
			}
			require.Equal(t, map[string]int64{all[0].ID: all[0].Amount.Minor(), all[1].ID: all[1].Amount.Minor()}, paid)
			tallied(t, l, all)
			if first == nil {
				require.Greater(t, n, 8, "it asked less than it must")
				break
			}
			require.ErrorIs(t, first, errCut)
		}
	})
}

func TestWhatBillingAnsweredIsAlwaysWrittenDown(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d dbtest.Database) {
		l := migrated(t, d.Open(t))
		_, err := l.Propose(t.Context(), []compensate.Owed{owe("c1", "i1", 300)}, start)
		require.NoError(t, err)
		claimed, err := l.Claim(t.Context(), compensate.ClaimRequest{Limit: 1, Lease: time.Minute, At: start})
		require.NoError(t, err)
		settled, err := l.Settle(t.Context(), []compensate.Settlement{
			{ID: "c\x00#1", Token: "x", Outcome: compensate.Issued, At: start},
			{ID: claimed[0].ID, Token: claimed[0].Token, Outcome: compensate.Issued, At: start, Reference: "R\xff1\x00", Err: "\x00"},
		})
		require.NoError(t, err)
		require.ErrorIs(t, settled[0].Err, compensate.ErrNotFound)
		require.NoError(t, settled[1].Err)
		assert.Equal(t, "R\uFFFD1\uFFFD", everything(t, l, compensate.Query{})[0].Reference)
	})
}

func TestWhatCannotBeKeptIsRefused(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d dbtest.Database) {
		l := migrated(t, d.Open(t))
		long := make([]byte, 501)
		for i := range long {
			long[i] = 'x'
		}
		for name, c := range map[string]struct {
			change func(o *compensate.Owed)
			want   string
		}{
			"a zero byte":         {func(o *compensate.Owed) { o.Key.Customer = "c\x001" }, "zero byte"},
			"not UTF-8":           {func(o *compensate.Owed) { o.InKind = []string{"\xff"} }, "not UTF-8"},
			"a long customer":     {func(o *compensate.Owed) { o.Key.Customer = string(long) }, `customer "xxxxxxxxxxxxxxxxxxxx"… has 501 bytes`},
			"a long cap":          {func(o *compensate.Owed) { o.Caps = []compensate.Cap{{ID: string(long), Limit: eur(1)}} }, "cap"},
			"a mistake in a sum":  {func(o *compensate.Owed) { o.Total = eur(-1) }, "below zero"},
			"a currency that met": {func(o *compensate.Owed) { o.Caps = []compensate.Cap{{ID: "m", Limit: compensate.FromMinor(5, "USD")}} }, "currencies differ"},
		} {
			o := owe("c2", "i1", 100)
			c.change(&o)
			_, err := l.Propose(t.Context(), []compensate.Owed{owe("c1", "i1", 100), o}, start)
			require.ErrorContains(t, err, c.want, name)
			require.Empty(t, everything(t, l, compensate.Query{}), "%s: nothing of the call stays", name)
		}
		o := owe(string(long[:500]), string(long[:500]), 100)
		o.Key.Space, o.Caps = string(long[:500]), []compensate.Cap{{ID: string(long[:500]), Limit: eur(1000)}}
		_, err := l.Propose(t.Context(), []compensate.Owed{o}, start)
		require.NoError(t, err, "the longest that fit")
		require.Len(t, everything(t, l, compensate.Query{Space: o.Key.Space, Customers: []string{"a\x00", o.Key.Customer}, Bases: []string{o.Key.Basis, "\xff"}}), 1)
		_, _, err = l.List(t.Context(), compensate.Query{Space: "a\x00"}, "", 1)
		require.ErrorContains(t, err, "zero byte")
	})
}

func TestSumsOfAnySize(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d dbtest.Database) {
		l := migrated(t, d.Open(t))
		const most = 1<<63 - 1
		_, err := l.Propose(t.Context(), []compensate.Owed{owe("c1", "i1", most-5), owe("c2", "i1", 3)}, start)
		require.NoError(t, err)
		_, err = l.Propose(t.Context(), []compensate.Owed{owe("c2", "i1", 5)}, start)
		require.NoError(t, err)
		tally := func(since time.Time) (compensate.Tally, error) {
			return l.Tally(t.Context(), compensate.Query{Bases: []string{"i1"}, Since: since})
		}
		for _, since := range []time.Time{{}, start} { // what is kept, and what is added up
			sums, err := tally(since)
			require.NoError(t, err)
			require.Equal(t, eur(most), sums.Lines[0].Amount)
		}
		_, err = l.Propose(t.Context(), []compensate.Owed{owe("c3", "i1", 1), owe("c4", "i1", most)}, start)
		require.NoError(t, err, "what somebody is owed does not depend on a sum for people")
		for _, since := range []time.Time{{}, start} {
			_, err := tally(since)
			require.ErrorIs(t, err, compensate.ErrOverflow)
		}
		o := owe("c5", "i2", most)
		o.Caps = []compensate.Cap{{ID: "m", Limit: eur(most)}}
		_, err = l.Propose(t.Context(), []compensate.Owed{o}, start)
		require.NoError(t, err)
		o = owe("c6", "i2", 1)
		o.Caps = []compensate.Cap{{ID: "m", Limit: eur(most)}}
		lists, err := l.Propose(t.Context(), []compensate.Owed{o}, start)
		require.NoError(t, err)
		require.Equal(t, compensate.StateNothing, lists[0][0].State, "the cap is full")
	})
}

// A machine whose clock is two hours fast takes nothing that another still holds.
func TestDatabaseClock(t *testing.T) {
	t.Parallel()
	d := dbtest.NewPostgres(t)
	l := migrated(t, d.Open(t))
	clocked := sqlledger.New(d.Open(t), nil)
	_, err := clocked.Propose(t.Context(), []compensate.Owed{owe("c1", "i1", 300)}, start)
	require.NoError(t, err)
	claim := func(l *sqlledger.Ledger, at time.Time, lease time.Duration) []compensate.Claimed {
		t.Helper()
		claimed, err := l.Claim(t.Context(), compensate.ClaimRequest{Limit: 1, Lease: lease, At: at})
		require.NoError(t, err)
		return claimed
	}
	slow, fast := start.Add(-300*24*time.Hour), start.Add(300*24*time.Hour)
	first := claim(clocked, slow, time.Hour)
	require.Len(t, first, 1, "what is proposed is due, whatever the caller’s clock says")
	require.Equal(t, slow.Add(time.Hour), first[0].Until, "by the caller’s clock")
	require.Empty(t, claim(clocked, fast, time.Hour))
	settle := func(outcome compensate.Outcome, token string, at, next time.Time) {
		t.Helper()
		settled, err := clocked.Settle(t.Context(), []compensate.Settlement{{ID: first[0].ID, Token: token, Outcome: outcome, At: at, Next: next}})
		require.NoError(t, err)
		require.NoError(t, settled[0].Err)
	}
	settle(compensate.Retry, first[0].Token, slow, slow.Add(time.Hour))
	require.Empty(t, claim(clocked, fast, time.Hour), "an hour has not passed")
	require.Len(t, claim(l, fast, time.Microsecond), 1, "by the times handed in it has")
	second := claim(clocked, slow, time.Hour)
	require.Empty(t, second, "the other ledger’s lease runs until then by the times handed in: both must agree on the clock")
	execute(t, d.Open(t), "update amends_ledger_entry set due_at = 0")
	second = claim(clocked, slow, time.Microsecond)
	require.Len(t, second, 1)
	third := claim(clocked, slow, time.Hour)
	require.Len(t, third, 1, "a microsecond has passed")
	settle(compensate.Retry, third[0].Token, fast, fast)
	require.Len(t, claim(clocked, slow, time.Hour), 1, "at once, whatever the caller’s clock says")
}
