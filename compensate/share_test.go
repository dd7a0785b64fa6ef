package compensate_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/compensate"
)

func TestPlanSharedKeepsTheSumsOfCaps(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 3, 9, 0, 0, 0, time.UTC)
	eur := func(n int64) compensate.Money { return compensate.FromMinor(n, "EUR") }
	month := compensate.Cap{ID: "month", Limit: eur(1000)}
	year := compensate.Cap{ID: "year", Limit: eur(1500)}
	held := func(n int64) []compensate.Entry {
		return []compensate.Entry{{N: 1, State: compensate.StateIssued, Amount: eur(n)}}
	}
	for _, c := range []struct {
		name   string
		total  int64
		caps   []compensate.Cap
		held   []compensate.Entry
		joined []string
		sums   map[string]compensate.Money

		added []int64
		joins []string
		after map[string]compensate.Money
	}{
		{
			name: "without caps", total: 700, sums: map[string]compensate.Money{},
			added: []int64{700}, after: map[string]compensate.Money{},
		},
		{
			name: "a cap nobody counts towards yet", total: 1200, caps: []compensate.Cap{month}, sums: map[string]compensate.Money{},
			added: []int64{1000}, joins: []string{"month"}, after: map[string]compensate.Money{"month": eur(1000)},
		},
		{
			name: "what others hold counts", total: 700, caps: []compensate.Cap{month}, sums: map[string]compensate.Money{"month": eur(600)},
			added: []int64{400}, joins: []string{"month"}, after: map[string]compensate.Money{"month": eur(1000)},
		},
		{
			name: "what the key holds counts once", total: 700, caps: []compensate.Cap{month}, held: held(300), joined: []string{"month"},
			sums:  map[string]compensate.Money{"month": eur(500)},
			added: []int64{400}, after: map[string]compensate.Money{"month": eur(900)},
		},
		{
			name: "a cap joined late takes all that the key holds", total: 700, caps: []compensate.Cap{month, year}, held: held(300),
			joined: []string{"month"}, sums: map[string]compensate.Money{"month": eur(300), "year": eur(900)},
			added: []int64{300}, joins: []string{"year"}, after: map[string]compensate.Money{"month": eur(600), "year": eur(1500)},
		},
		{
			name: "a cap joined before grows although nobody names it any more", total: 700, held: held(300), joined: []string{"month"},
			sums:  map[string]compensate.Money{"month": eur(900)},
			added: []int64{400}, after: map[string]compensate.Money{"month": eur(1300)},
		},
		{
			name: "one cap with two limits is joined once", total: 1200, caps: []compensate.Cap{month, {ID: "month", Limit: eur(800)}},
			sums:  map[string]compensate.Money{},
			added: []int64{800}, joins: []string{"month"}, after: map[string]compensate.Money{"month": eur(800)},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			o := compensate.Owed{Key: compensate.Key{Scheme: "sla", Customer: "c1", Basis: "i1"}, Total: eur(c.total), Caps: c.caps}
			added, joins, err := compensate.PlanShared(&o, c.held, c.joined, c.sums, at)
			require.NoError(t, err)
			var amounts []int64
			for _, e := range added {
				amounts = append(amounts, e.Amount.Minor())
			}
			assert.Equal(t, c.added, amounts)
			assert.Equal(t, c.joins, joins)
			assert.Equal(t, c.after, c.sums)
		})
	}
}

func TestPlanSharedRefusesSumsThatDoNotFit(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 3, 9, 0, 0, 0, time.UTC)
	o := compensate.Owed{
		Key: compensate.Key{Scheme: "sla", Customer: "c1", Basis: "i1"}, Total: compensate.FromMinor(1, "EUR"),
		Caps: []compensate.Cap{{ID: "month", Limit: compensate.FromMinor(5, "EUR")}},
	}
	_, _, err := compensate.PlanShared(&o, nil, nil, map[string]compensate.Money{"month": compensate.FromMinor(1, "USD")}, at)
	require.ErrorIs(t, err, compensate.ErrCurrency)
	o.Caps = nil
	sums := map[string]compensate.Money{"month": compensate.FromMinor(math.MaxInt64, "EUR")}
	_, _, err = compensate.PlanShared(&o, nil, []string{"month"}, sums, at)
	require.ErrorIs(t, err, compensate.ErrOverflow)
	require.ErrorContains(t, err, `cap "month"`)
}
