package memledger_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/compensate/memledger"
)

// TestTallyByBasisEqualsAScan: the sums that are kept per basis say what
// looking at every entry says, whatever happened to the entries.
func TestTallyByBasisEqualsAScan(t *testing.T) {
	t.Parallel()
	const seed = 7
	rnd := rand.New(rand.NewPCG(seed, seed))
	start := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	l := new(memledger.Ledger)
	for i := range 300 {
		at := start.Add(time.Duration(i) * time.Minute)
		switch rnd.IntN(3) {
		case 0:
			o := compensate.Owed{
				Key:   compensate.Key{Space: "acme", Scheme: "s", Customer: fmt.Sprint("c", rnd.IntN(9)), Basis: fmt.Sprint("inc-", rnd.IntN(3))},
				Total: compensate.FromMinor(int64(rnd.IntN(900)), "EUR"),
			}
			if rnd.IntN(4) == 0 {
				o.Limit = compensate.FromMinor(300, "EUR")
			}
			if rnd.IntN(4) == 0 {
				o.InKind = []string{"a free month"}
			}
			_, err := l.Propose(t.Context(), []compensate.Owed{o}, at)
			require.NoError(t, err)
		case 1:
			claimed, err := l.Claim(t.Context(), compensate.ClaimRequest{Limit: 1 + rnd.IntN(3), Lease: time.Minute, At: at, Once: rnd.IntN(2) == 0})
			require.NoError(t, err)
			for _, c := range claimed {
				outcomes := []compensate.Outcome{compensate.Issued, compensate.Failed, compensate.Unclear}
				if pick := rnd.IntN(4); pick < len(outcomes) {
					_, err := l.Settle(t.Context(), []compensate.Settlement{{ID: c.ID, Token: c.Token, Outcome: outcomes[pick], At: at, Reference: "r"}})
					require.NoError(t, err)
				}
			}
		case 2:
			list, _, err := l.List(t.Context(), compensate.Query{Space: "acme"}, "", 100)
			require.NoError(t, err)
			if len(list) > 0 {
				e := list[rnd.IntN(len(list))]
				outcomes := []compensate.Outcome{compensate.Approve, compensate.Fulfil, compensate.Clear, compensate.Reissue}
				_, err := l.Settle(t.Context(), []compensate.Settlement{{ID: e.ID, Outcome: outcomes[rnd.IntN(4)], At: at, Reference: "r", By: "ada"}})
				require.NoError(t, err)
			}
		}
		for _, bases := range [][]string{{"inc-0"}, {"inc-1", "inc-2"}, {"inc-2", "inc-2"}, {"none"}} {
			kept, err := l.Tally(t.Context(), compensate.Query{Space: "acme", Bases: bases})
			require.NoError(t, err)
			scanned, err := l.Tally(t.Context(), compensate.Query{Space: "acme", Bases: bases, Since: start})
			require.NoError(t, err)
			require.Equal(t, scanned, kept, "seed %d, step %d, bases %v", seed, i, bases)
		}
	}
}
