package memledger_test

import (
	"testing"

	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/compensate/compensatetest"
	"github.com/amends-dev/amends/compensate/memledger"
)

func TestLedger(t *testing.T) {
	t.Parallel()
	compensatetest.TestLedger(t, func(*testing.T) compensate.Ledger { return new(memledger.Ledger) })
}
