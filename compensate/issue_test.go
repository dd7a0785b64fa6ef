package compensate_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/compensate/compensatetest"
	"github.com/amends-dev/amends/compensate/memledger"
)

func proposed(t *testing.T, l compensate.Ledger, customers int) {
	t.Helper()
	var owed []compensate.Owed
	for i := range customers {
		owed = append(owed, compensate.Owed{
			Key:   compensate.Key{Scheme: "sla", Customer: fmt.Sprintf("c%d", i), Basis: fmt.Sprintf("i%d", i%2)},
			Total: compensate.FromMinor(500, "EUR"),
		})
	}
	_, err := l.Propose(t.Context(), owed, time.Now())
	require.NoError(t, err)
}

func states(t *testing.T, l compensate.Ledger) map[compensate.State]int64 {
	t.Helper()
	tally, err := l.Tally(t.Context(), compensate.Query{})
	require.NoError(t, err)
	out := map[compensate.State]int64{}
	for _, line := range tally.Lines {
		out[line.State] += line.N
	}
	return out
}

func TestIssueBatch(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		fault  compensatetest.Fault
		once   bool
		report compensate.IssueReport
		state  compensate.State
		paid   int
		// after the next batch, an hour later
		later     compensate.State
		laterPaid int
	}{
		{"paid", "", false, compensate.IssueReport{Issued: 1}, compensate.StateIssued, 1, compensate.StateIssued, 1},
		{"busy", compensatetest.FaultBusy, false, compensate.IssueReport{Retried: 1}, compensate.StateApproved, 0, compensate.StateIssued, 1},
		{"refused", compensatetest.FaultRefused, false, compensate.IssueReport{Failed: 1}, compensate.StateFailed, 0, compensate.StateFailed, 0},
		{"lost", compensatetest.FaultLost, false, compensate.IssueReport{Unclear: 1}, compensate.StateApproved, 1, compensate.StateIssued, 1},
		{"lost, cannot repeat", compensatetest.FaultLost, true, compensate.IssueReport{Unclear: 1}, compensate.StateUncertain, 1, compensate.StateUncertain, 1},
		{"hangs", compensatetest.FaultHang, false, compensate.IssueReport{Unclear: 1}, compensate.StateApproved, 1, compensate.StateIssued, 1},
		{"hangs, cannot repeat", compensatetest.FaultHang, true, compensate.IssueReport{Unclear: 1}, compensate.StateUncertain, 1, compensate.StateUncertain, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var ledger memledger.Ledger
				billing := compensatetest.FakeBilling{NoKeys: c.once}
				if c.fault != "" {
					billing.FailNext(c.fault)
				}
				proposed(t, &ledger, 1)
				report, err := compensate.IssueBatch(t.Context(), &ledger, &billing, &compensate.IssueOptions{Once: c.once})
				require.NoError(t, err)
				c.report.Claimed, c.report.Bases = 1, []string{"i0"}
				assert.Equal(t, c.report, report)
				assert.Equal(t, map[compensate.State]int64{c.state: 1}, states(t, &ledger))
				assert.Len(t, billing.Payments(), c.paid)

				<-time.After(time.Hour)
				_, err = compensate.IssueBatch(t.Context(), &ledger, &billing, &compensate.IssueOptions{Once: c.once})
				require.NoError(t, err)
				assert.Equal(t, map[compensate.State]int64{c.later: 1}, states(t, &ledger))
				assert.Len(t, billing.Payments(), c.laterPaid)
			})
		})
	}
}

var errCrash = errors.New("the process died")

// A process that dies at any of its calls must neither lose a payment nor make one twice.
func TestIssueSurvivesACrashAnywhere(t *testing.T) {
	t.Parallel()
	for _, op := range []string{"Claim", "Settle"} {
		for _, when := range []string{"before", "after"} {
			t.Run(op+" "+when, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					var ledger memledger.Ledger
					var billing compensatetest.FakeBilling
					proposed(t, &ledger, 5)
					died := false
					die := func(name string, _ int) error {
						if name == op && !died {
							died = true
							return errCrash
						}
						return nil
					}
					faulty := compensatetest.FaultLedger{Ledger: &ledger}
					if when == "before" {
						faulty.Before = die
					} else {
						faulty.After = die
					}
					_, err := compensate.IssueBatch(t.Context(), &faulty, &billing, nil)
					require.ErrorIs(t, err, errCrash)
					<-time.After(24 * time.Hour)
					_, err = compensate.IssueBatch(t.Context(), &faulty, &billing, nil)
					require.NoError(t, err)
					assert.Equal(t, map[compensate.State]int64{compensate.StateIssued: 5}, states(t, &ledger))
					assert.Len(t, billing.Payments(), 5)
				})
			})
		}
	}
}

func TestACrashIsUncertainWhereBillingCannotRepeat(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var ledger memledger.Ledger
		billing := compensatetest.FakeBilling{NoKeys: true}
		proposed(t, &ledger, 1)
		faulty := compensatetest.FaultLedger{Ledger: &ledger, Before: func(op string, n int) error {
			if op == "Settle" && n == 2 {
				return errCrash
			}
			return nil
		}}
		opts := &compensate.IssueOptions{Once: true}
		_, err := compensate.IssueBatch(t.Context(), &faulty, &billing, opts)
		require.ErrorIs(t, err, errCrash)
		<-time.After(time.Hour)
		_, err = compensate.IssueBatch(t.Context(), &faulty, &billing, opts)
		require.NoError(t, err)
		assert.Equal(t, map[compensate.State]int64{compensate.StateUncertain: 1}, states(t, &ledger))
		assert.Len(t, billing.Payments(), 1)
	})
}

func TestIssueBatchGivesBackWhatItDidNotAsk(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var ledger memledger.Ledger
		var billing compensatetest.FakeBilling
		proposed(t, &ledger, 5)
		ctx, cancel := context.WithCancelCause(t.Context())
		issuer := compensate.IssuerFunc(func(ctx context.Context, e compensate.Entry) (string, error) {
			defer cancel(errCrash) // after the first
			return billing.Issue(ctx, e)
		})
		report, err := compensate.IssueBatch(ctx, &ledger, issuer, &compensate.IssueOptions{Workers: 1, Once: true})
		require.ErrorIs(t, err, errCrash)
		assert.Equal(t, 1, report.Issued)
		assert.Equal(t, 4, report.Released)
		assert.Equal(t, map[compensate.State]int64{compensate.StateIssued: 1, compensate.StateApproved: 4}, states(t, &ledger))
	})
}

func TestIssueBatchGivesUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var ledger memledger.Ledger
		var billing compensatetest.FakeBilling
		proposed(t, &ledger, 1)
		for n := range 3 {
			billing.FailCall(n+1, compensatetest.FaultBusy)
			_, err := compensate.IssueBatch(t.Context(), &ledger, &billing, &compensate.IssueOptions{Attempts: 3})
			require.NoError(t, err)
			<-time.After(time.Hour)
		}
		assert.Equal(t, map[compensate.State]int64{compensate.StateFailed: 1}, states(t, &ledger))
		assert.Empty(t, billing.Payments())
	})
}

// A panic of the host's adapter is no answer; it neither ends the process nor hides what the others got.
func TestIssuerPanics(t *testing.T) {
	t.Parallel()
	type secret struct{ token string }
	for _, c := range []struct {
		name  string
		once  bool
		value any // of the panic; nil: the runtime's own
		state compensate.State
		err   string
	}{
		{"asked again", false, secret{"hunter2"}, compensate.StateApproved, "compensate: issuing: the issuer panicked: compensate_test.secret"},
		{"waits for a person", true, "hunter2", compensate.StateUncertain, "compensate: issuing: the issuer panicked: string"},
		{"of the runtime", false, nil, compensate.StateApproved, "compensate: issuing: the issuer panicked: runtime error: index out of range [1] with length 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var ledger memledger.Ledger
				var billing compensatetest.FakeBilling
				proposed(t, &ledger, 3)
				issuer := compensate.IssuerFunc(func(ctx context.Context, e compensate.Entry) (string, error) {
					if e.Key.Customer == "c1" {
						if c.value == nil {
							return strings.Split("a", ",")[1], nil
						}
						panic(c.value) //nolint:forbidigo // it stands for a host's mistake
					}
					return billing.Issue(ctx, e)
				})
				report, err := compensate.IssueBatch(t.Context(), &ledger, issuer, &compensate.IssueOptions{Once: c.once})
				require.NoError(t, err)
				assert.Equal(t, 2, report.Issued)
				assert.Equal(t, 1, report.Unclear)
				entries, _, err := ledger.List(t.Context(), compensate.Query{Customers: []string{"c1"}}, "", 0)
				require.NoError(t, err)
				require.Len(t, entries, 1)
				assert.Equal(t, c.state, entries[0].State)
				assert.Equal(t, c.err, entries[0].LastErr)
			})
		})
	}
}

// What was claimed and never asked costs no attempt: a process that is restarted often does not use up what an entry has.
func TestWhatWasNotAskedCostsNoAttempt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var ledger memledger.Ledger
		var billing compensatetest.FakeBilling
		proposed(t, &ledger, 1)
		for range 5 {
			ctx, cancel := context.WithCancelCause(t.Context())
			stopped := compensatetest.FaultLedger{Ledger: &ledger, After: func(op string, _ int) error {
				if op == "Claim" {
					cancel(errCrash)
				}
				return nil
			}}
			report, err := compensate.IssueBatch(ctx, &stopped, &billing, &compensate.IssueOptions{Attempts: 2})
			require.ErrorIs(t, err, errCrash)
			assert.Equal(t, 1, report.Released)
		}
		billing.FailCall(1, compensatetest.FaultBusy)
		_, err := compensate.IssueBatch(t.Context(), &ledger, &billing, &compensate.IssueOptions{Attempts: 2})
		require.NoError(t, err)
		assert.Equal(t, map[compensate.State]int64{compensate.StateApproved: 1}, states(t, &ledger))
	})
}

// An entry whose issuing ends the process every time comes to rest, and whoever runs next hears of it.
func TestADeadlyEntryComesToRest(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		once   bool
		tries  int
		state  compensate.State
		report compensate.IssueReport
	}{
		{"failed", false, 3, compensate.StateFailed, compensate.IssueReport{Claimed: 1, Failed: 1, Bases: []string{"i0"}}},
		{"uncertain", true, 1, compensate.StateUncertain, compensate.IssueReport{Claimed: 1, Unclear: 1, Bases: []string{"i0"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var ledger memledger.Ledger
				var billing compensatetest.FakeBilling
				proposed(t, &ledger, 1)
				dies := compensatetest.FaultLedger{Ledger: &ledger, Before: func(op string, _ int) error {
					if op == "Settle" {
						return errCrash
					}
					return nil
				}}
				opts := &compensate.IssueOptions{Attempts: 3, Once: c.once}
				for range c.tries {
					_, err := compensate.IssueBatch(t.Context(), &dies, &billing, opts)
					require.ErrorIs(t, err, errCrash)
					<-time.After(time.Hour)
				}
				report, err := compensate.IssueBatch(t.Context(), &dies, &billing, opts)
				require.NoError(t, err)
				assert.Equal(t, c.report, report)
				assert.Equal(t, map[compensate.State]int64{c.state: 1}, states(t, &ledger))
				assert.Equal(t, c.tries, billing.Calls())
			})
		})
	}
}

// A person who has a failed entry issued again gives it all its attempts.
func TestReissueCountsAnew(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var ledger memledger.Ledger
		var billing compensatetest.FakeBilling
		proposed(t, &ledger, 1)
		opts := &compensate.IssueOptions{Attempts: 2}
		batch := func() {
			billing.FailNext(compensatetest.FaultBusy)
			_, err := compensate.IssueBatch(t.Context(), &ledger, &billing, opts)
			require.NoError(t, err)
			<-time.After(time.Hour)
		}
		batch()
		batch()
		require.Equal(t, map[compensate.State]int64{compensate.StateFailed: 1}, states(t, &ledger))
		entries, _, err := ledger.List(t.Context(), compensate.Query{}, "", 0)
		require.NoError(t, err)
		settled, err := ledger.Settle(t.Context(), []compensate.Settlement{{ID: entries[0].ID, Outcome: compensate.Reissue, At: time.Now(), By: "ann"}})
		require.NoError(t, err)
		require.NoError(t, settled[0].Err)
		batch()
		assert.Equal(t, map[compensate.State]int64{compensate.StateApproved: 1}, states(t, &ledger))
	})
}
