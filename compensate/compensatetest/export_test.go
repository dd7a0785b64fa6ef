package compensatetest

import (
	"context"
	"errors"

	"github.com/amends-dev/amends/compensate"
)

// LedgerFailures runs the suite and returns what failed, by case.
func LedgerFailures(ctx context.Context, newLedger func() compensate.Ledger) map[string]error {
	failed := map[string]error{}
	for _, c := range ledgerCases() {
		if err := c.run(ctx, newLedger()); err != nil {
			failed[c.name] = err
		}
	}
	return failed
}

// LedgerRules returns the names of all cases.
func LedgerRules() (names []string) {
	for _, c := range ledgerCases() {
		names = append(names, c.name)
	}
	return names
}

// IssuerFailures runs the suite and returns what failed, by case.
func IssuerFailures(ctx context.Context, newHarness func() IssuerHarness) map[string]error {
	failed := map[string]error{}
	for _, c := range issuerCases() {
		if err := c.run(ctx, newHarness()); err != nil && !errors.Is(err, errSkip) {
			failed[c.name] = err
		}
	}
	return failed
}
