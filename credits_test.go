package amends_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends"
	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/policy"
)

// decide goes on until all of the customers said that it is fixed, and everybody is compensated.
func (w *world) decide(id string, customers ...string) {
	w.t.Helper()
	w.say(id, incident.PurposeUpdate, plainUpdate, w.clock().Add(time.Hour))
	w.note(id, incident.ImpactRecorded{Affected: int64(len(customers))})
	w.resolve(id)
	for _, c := range customers {
		w.verdict(id, c, incident.OpinionFixed)
	}
}

// R77, R80, R85: equal harm, equal award, complained or not; above the contract, without a claim.
func TestEqualHarmEqualAward(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3)
	id := w.declare("inc-1", "c0", "c1")
	for range 3 {
		r := w.report(of(id, "c0"), "I complain, and loudly")
		w.answer(r.Record, r.ID)
	}
	w.decide(id, "c0", "c1")
	require.Positive(t, w.owed("c0", id))
	assert.Equal(t, w.owed("c0", id), w.owed("c1", id), "who complained gets what the others get (R85)")
	for _, e := range w.entries(id) {
		assert.Equal(t, compensate.StateIssued, e.State)
		assert.Greater(t, e.Total.Minor(), e.Contract.Minor(), "R80: more than the contract")
		assert.Positive(t, e.Contract.Minor())
		assert.NotEmpty(t, e.Why)
		assert.Equal(t, e.Amount, w.billing.paid[e.ID])
	}
	for _, c := range []string{"c0", "c1"} {
		assert.Equal(t, 1, told(w.mail, c+"-tech", notify.KindAward), "%s is told, without a claim (R77)", c)
	}
	assert.Empty(t, w.mail.To("c2-tech"))
	v := w.incident(id)
	require.NotNil(t, v.Awards)
	assert.Equal(t, int64(2), v.Awards.Customers)
	assert.Equal(t, []incident.Amount{{Minor: 2 * w.owed("c0", id), Currency: "EUR"}}, v.Awards.Issued)
}

// R75, R82, R83: the hours, the costs and the promises that we broke raise the award; the difference is told once.
func TestLossesAndBrokenPromisesRaiseTheAward(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		lose func(w *world, id string)
		more int64 // minor units above who lost nothing
	}{
		{"two hours of their own", func(w *world, id string) {
			w.noteCase(of(id, "c0"), incident.LossRecorded{Minutes: 120})
		}, 2 * 6000},
		{"costs of their own", func(w *world, id string) {
			w.noteCase(of(id, "c0"), incident.LossRecorded{Cost: &incident.Amount{Minor: 4200, Currency: "EUR"}})
		}, 4200},
		{"a promise that we broke", func(w *world, id string) {
			record := w.noteCase(of(id, "c0"), incident.OwnerAssigned{Owner: "ada"})
			r, err := w.desk.Promise(w.t.Context(), amends.Promise{Command: by(), Record: record, Kind: incident.PromiseCallBack, Due: incident.Moment{At: w.clock().Add(10 * time.Minute)}})
			require.NoError(w.t, err)
			w.later(20 * time.Minute)
			_, err = w.desk.KeepPromise(w.t.Context(), amends.PromiseCommand{Command: by(), Record: record, Promise: r.ID})
			require.NoError(w.t, err)
			w.settle()
		}, 1000},
	} {
		for _, when := range []string{"before", "after"} {
			t.Run(tt.name+" "+when, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, 2)
				id := w.declare("inc-1", "c0", "c1")
				if when == "before" {
					tt.lose(w, id)
				}
				w.decide(id, "c0", "c1")
				awards := 1
				if when == "after" {
					require.Equal(t, w.owed("c1", id), w.owed("c0", id))
					tt.lose(w, id)
					awards = 2
				}
				assert.Equal(t, w.owed("c1", id)+tt.more, w.owed("c0", id))
				assert.Equal(t, awards, told(w.mail, "c0-tech", notify.KindAward), "each difference is told once")
				assert.Equal(t, 1, told(w.mail, "c1-tech", notify.KindAward))
				w.later(time.Hour)
				assert.Equal(t, awards, told(w.mail, "c0-tech", notify.KindAward))
				w.checkPaidOnce()
				w.checkToldOnce()
			})
		}
	}
}

// R79: people of ours make good on the spot, within their limit.
func TestGestureWithinTheLimitIsPaidOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	ctx := t.Context()
	id := w.declare("inc-1", "c0")
	limit := compensate.FromMinor(2000, "EUR")
	before := w.versions()
	_, err := w.desk.Gesture(ctx, amends.Gesture{Command: by(), Customer: of(id, "c0"), Amount: compensate.FromMinor(2001, "EUR"), Limit: limit, Reason: "sorry"})
	require.ErrorIs(t, err, compensate.ErrOverLimit)
	_, err = w.desk.Gesture(ctx, amends.Gesture{Command: by(), Customer: of(id, "c0"), Amount: compensate.FromMinor(100, "USD"), Limit: limit, Reason: "sorry"})
	require.ErrorIs(t, err, compensate.ErrCurrency)
	require.Equal(t, before, w.versions())

	_, err = w.desk.Gesture(ctx, amends.Gesture{Command: key("g"), Customer: of(id, "c0"), Amount: limit, Limit: limit, Reason: "for the night that you sat there"})
	require.NoError(t, err)
	w.settle()
	_, err = w.desk.Gesture(ctx, amends.Gesture{Command: key("g"), Customer: of(id, "c0"), Amount: limit, Limit: limit, Reason: "for the night that you sat there"})
	require.NoError(t, err)
	w.later(time.Hour)
	list := w.entries(id)
	require.Len(t, list, 1)
	assert.Equal(t, compensate.StateIssued, list[0].State, "nobody needs to approve it")
	assert.Equal(t, "ada", list[0].By)
	assert.Equal(t, 1, w.billing.calls)
	awards := w.mail.To("c0-tech")
	require.NotEmpty(t, awards)
	assert.Equal(t, 1, told(w.mail, "c0-tech", notify.KindAward))
	assert.Contains(t, awards[len(awards)-1].Message.Text+awards[0].Message.Text, "for the night that you sat there")

	w.decide(id, "c0")
	sum := w.owed("c0", id)
	assert.Greater(t, sum, int64(2000), "a gesture comes on top of what is owed")
	w.checkPaidOnce()
}

// What is above the policy's limit waits for a named person, and is told and paid then.
func TestAboveTheLimitApprovalIsAwaited(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1, withPolicy(t, "approval: [2000.00 EUR,", "approval: [5.00 EUR,"))
	id := w.declare("inc-1", "c0")
	w.decide(id, "c0")
	list := w.entries(id)
	require.Len(t, list, 1)
	assert.Equal(t, compensate.StateProposed, list[0].State)
	assert.Zero(t, w.billing.calls)
	assert.Zero(t, told(w.mail, "c0-tech", notify.KindAward), "what may still be refused is not promised")
	assert.Contains(t, w.unmet(id, incident.StepClose), "credits")
	err := w.desk.ApproveCredit(t.Context(), amends.CreditCommand{By: ada, Entry: list[0].ID})
	require.NoError(t, err)
	w.settle()
	list = w.entries(id)
	assert.Equal(t, compensate.StateIssued, list[0].State)
	assert.Equal(t, "ada", list[0].ApprovedBy)
	assert.Equal(t, 1, told(w.mail, "c0-tech", notify.KindAward))
	assert.NotContains(t, w.unmet(id, incident.StepClose), "credits")
	w.later(time.Hour)
	assert.Equal(t, 1, told(w.mail, "c0-tech", notify.KindAward))
	require.ErrorIs(t, w.desk.ApproveCredit(t.Context(), amends.CreditCommand{By: ada, Entry: "nothing#1"}), compensate.ErrNotFound)
}

// R63, R64: the second time within a week weighs more, without the customer having to say so.
func TestARepeatWithinAWeekRaisesTheAward(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	first := w.declare("inc-1", "c0")
	w.decide(first, "c0")
	w.later(48 * time.Hour)
	second := w.declare("inc-2", "c0", "c1")
	assert.Equal(t, policy.Open, w.requirement(second, "first-word-again").Status, "duties are stricter, too")
	w.decide(second, "c0", "c1")
	assert.Equal(t, w.owed("c1", second)+1000, w.owed("c0", second), "10 % of the fee for being hit again")
}

// Billing that cannot repeat: a missing answer waits for a person, who looks.
func TestMissingAnswerOfBillingWaitsForAPerson(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		settle func(w *world, entry string) error
		calls  int
	}{
		{"it was paid", func(w *world, entry string) error {
			return w.desk.ClearCredit(w.t.Context(), amends.CreditCommand{By: ada, Entry: entry, Reference: "statement of March"})
		}, 1},
		{"it was not paid", func(w *world, entry string) error {
			return w.desk.ReissueCredit(w.t.Context(), amends.CreditCommand{By: ada, Entry: entry})
		}, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			calls := 0
			w := newWorld(t, 1, func(o *amends.Options) {
				o.IssueOnce = true
				o.Issuer = compensate.IssuerFunc(func(context.Context, compensate.Entry) (string, error) {
					if calls++; calls == 1 {
						return "", compensate.Unanswered(errors.New("connection reset"))
					}
					return "bill-2", nil
				})
			})
			id := w.declare("inc-1", "c0")
			w.decide(id, "c0")
			w.later(2 * time.Hour)
			list := w.entries(id)
			require.Len(t, list, 1)
			require.Equal(t, compensate.StateUncertain, list[0].State)
			require.Equal(t, 1, calls, "it is not asked again")
			assert.Contains(t, w.unmet(id, incident.StepClose), "credits")
			require.NoError(t, tt.settle(w, list[0].ID))
			w.settle()
			list = w.entries(id)
			assert.Equal(t, compensate.StateIssued, list[0].State)
			assert.Equal(t, "ada", list[0].SettledBy)
			assert.Equal(t, tt.calls, calls)
			assert.NotContains(t, w.unmet(id, incident.StepClose), "credits")
			for _, d := range w.mail.To("c0-tech") {
				assert.NotContains(t, d.Message.Text, "connection reset")
			}
		})
	}
}

// R84, R86: what is given in kind stays owed until somebody gave it.
func TestInKindIsOwedUntilItIsGiven(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	id := w.declare("inc-1", "c0")
	_, err := w.desk.Gesture(t.Context(), amends.Gesture{Command: by(), Customer: of(id, "c0"), InKind: "a day of training", Reason: "for your patience"})
	require.NoError(t, err)
	w.settle()
	list := w.entries(id)
	require.Len(t, list, 1)
	assert.Equal(t, compensate.StateInKind, list[0].State)
	assert.Zero(t, w.billing.calls)
	require.Equal(t, 1, told(w.mail, "c0-tech", notify.KindAward))
	assert.Contains(t, w.mail.To("c0-tech")[0].Message.Text, "a day of training")
	require.NoError(t, w.desk.FulfilCredit(t.Context(), amends.CreditCommand{By: ada, Entry: list[0].ID, Reference: "training of 12 March"}))
	list = w.entries(id)
	assert.Equal(t, compensate.StateFulfilled, list[0].State)
	assert.Equal(t, "training of 12 March", list[0].Reference)
}

// Nothing that was credited is ever reduced.
func TestNothingIsReducedWhenItWasLessThanThought(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	id := w.declare("inc-1", "c0", "c1")
	w.decide(id, "c0", "c1")
	had := w.owed("c0", id)
	w.dir.Affect(space, id, amends.Hit{Degree: incident.DegreeDegraded, Windows: []incident.Window{{From: sunday, To: sunday.Add(time.Minute)}}}, "c0")
	w.note(id, incident.ImpactRecorded{Affected: 2, Scope: "shorter than thought"})
	assert.Equal(t, had, w.owed("c0", id))
	w.dir.Affect(space, id, amends.Hit{Degree: incident.DegreeDown, Windows: []incident.Window{{From: sunday, To: sunday.Add(72 * time.Hour)}}, Components: []string{"restore"}}, "c1")
	w.note(id, incident.ImpactRecorded{Affected: 2, Scope: "longer than thought"})
	assert.Greater(t, w.owed("c1", id), had, "what turns out worse is paid on top")
	assert.Equal(t, 2, told(w.mail, "c1-tech", notify.KindAward))
	assert.Equal(t, 1, told(w.mail, "c0-tech", notify.KindAward))
	w.checkPaidOnce()
}
