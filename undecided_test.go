package amends_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends"
	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/policy"
)

// A customer whose award cannot be decided gets no guess: a person must decide,
// and until then nothing closes.
func TestUndecidedAwardWaitsForAPerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	w.dir.AddCustomer(space, policy.CustomerFacts{Customer: "x"}, amends.Contact{ID: "x-tech", Channel: "mail"}) // no fee is known
	id := w.declare("inc-1", "c0", "x")
	w.say(id, incident.PurposeUpdate, "Restores hang at 0 %. We stopped the scheduler and look for the cause.", w.clock().Add(time.Hour))
	w.say(id, incident.PurposeResolution, "Restores work again. We rolled back the scheduler.", time.Time{})
	_, err := w.desk.Advance(t.Context(), amends.Advance{Command: key(""), Record: id, Step: incident.StepResolve, Done: "rolled back"})
	require.NoError(t, err)
	_, err = w.desk.Note(t.Context(), amends.Note{Command: key(""), Record: id, Facts: []incident.Payload{incident.ImpactRecorded{Affected: 2}}})
	require.NoError(t, err)
	w.settle()
	list, _, err := w.stores.Ledger.List(t.Context(), compensate.Query{Space: space}, "", 10)
	require.NoError(t, err)
	assert.Empty(t, list, "before customers have decided that it is fixed nothing is summed up")
	for _, c := range []string{"c0", "x"} {
		_, err = w.desk.Verdict(t.Context(), amends.Verdict{Customer: amends.Customer{Incident: id, Customer: c}, Opinion: incident.OpinionFixed})
		require.NoError(t, err)
	}
	w.settle()

	list, _, err = w.stores.Ledger.List(t.Context(), compensate.Query{Space: space, Customers: []string{"x"}}, "", 10)
	require.NoError(t, err)
	require.Len(t, list, 1)
	assert.Equal(t, compensate.StateInKind, list[0].State)
	assert.NotEmpty(t, list[0].Why, "it says what is missing")
	for _, d := range w.mail.To("x-tech") {
		assert.NotEqual(t, "award", d.Message.Kind, "the customer is told of no award")
	}
	var refused *incident.TransitionError
	require.ErrorAs(t, w.desk.May(t.Context(), id, incident.StepClose), &refused)
	assert.Contains(t, ids(refused), "credits")

	require.NoError(t, w.desk.FulfilCredit(t.Context(), amends.CreditCommand{By: ada, Entry: list[0].ID, Reference: "nothing is owed: the plan is free"}))
	w.settle()
	require.ErrorAs(t, w.desk.May(t.Context(), id, incident.StepClose), &refused)
	assert.NotContains(t, ids(refused), "credits")
}

func ids(e *incident.TransitionError) []string {
	var out []string
	for _, u := range e.Unmet {
		out = append(out, u.ID)
	}
	return out
}
