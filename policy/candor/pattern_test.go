package candor_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/policy/candor"
)

// TestPatternsSkipNothing holds the quick search for stems against the full
// search, on every sentence of the other tests and, where there is one, of the corpus.
func TestPatternsSkipNothing(t *testing.T) {
	t.Parallel()
	require.Positive(t, candor.Patterns(), "no pattern has stems: the quick search would never skip anything")
	for _, s := range sentencesOfTests {
		require.Empty(t, candor.WronglySkipped(s), s)
	}
	all := rows(t, corpus(t))
	for n, id := range slices.Sorted(maps.Keys(all)) {
		if n%50 == 0 { // some of each source are enough: the full search is slow
			require.Empty(t, candor.WronglySkipped(all[id].Message), id)
		}
	}
}

var sentencesOfTests = []string{
	"This only affected a small number of customers, and it was beyond our control.",
	"We have never had this problem before in 15 years. Mistakes happen. I have a business to run.",
	"A subset of customers may have experienced errors. We apologise for any inconvenience.",
	"Davon war nur eine kleine Anzahl von Kunden betroffen. Das ist in 15 Jahren noch nie vorgekommen. Fehler passieren.",
	"We are sorry: release 41 deleted 214 backups. It was our mistake. We rolled it back. Please restore them. Next update by 14:00 UTC.",
}
