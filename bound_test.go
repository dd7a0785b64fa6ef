package amends_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends"
	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/incident/incidenttest"
)

func eur(minor int64) compensate.Money { return compensate.FromMinor(minor, "EUR") }

// A desk that works inside a transaction of the host hands conflicts back: only
// the host can begin again. A desk of its own decides again.
func TestABoundDeskReturnsConflictsAndAnUnboundOneDecidesAgain(t *testing.T) {
	t.Parallel()
	for _, bound := range []bool{true, false} {
		w := newWorld(t, 2)
		id := w.declare("inc-1", "c0")
		record := w.noteCase(of(id, "c0"), incident.OwnerAssigned{Owner: "ada"})
		appends := 0
		raced := w.stores
		raced.Records = &incidenttest.Faulty{Store: w.stores.Records, Before: func(op string, _ int) error {
			if op != incidenttest.OpAppend {
				return nil
			}
			if appends++; appends == 1 { // somebody else is faster, once
				w.noteCase(of(id, "c0"), incident.LossRecorded{Minutes: 1})
			}
			return nil
		}}
		d := w.open(raced)
		if bound {
			d = w.desk.With(raced)
		}
		_, err := d.NoteCase(t.Context(), amends.CaseNote{Command: by(), Customer: of(id, "c0"), Facts: []incident.Payload{incident.LossRecorded{Minutes: 60}}})
		if bound {
			require.ErrorIs(t, err, incident.ErrConflict)
			assert.Equal(t, 1, appends)
			assert.Equal(t, int64(1), w.caseOf(record).LostMinutes(), "nothing of it was written")
			continue
		}
		require.NoError(t, err)
		assert.Equal(t, 2, appends)
		assert.Equal(t, int64(61), w.caseOf(record).LostMinutes())
	}
}

// Its commands work on the stores that it was given, and what follows is found by any desk that runs.
func TestABoundDeskWritesToItsOwnStores(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	theirs := newWorld(t, 1)
	bound := w.desk.With(theirs.stores)
	r, err := bound.Declare(t.Context(), amends.Declare{Command: key("k"), Space: space, ID: "inc-1", Title: "a", Severity: incident.SeverityMinor})
	require.NoError(t, err)
	_, err = w.desk.Incident(t.Context(), r.Record)
	require.ErrorIs(t, err, incident.ErrNotFound)
	again, err := bound.Declare(t.Context(), amends.Declare{Command: key("k"), Space: space, ID: "inc-1", Title: "a", Severity: incident.SeverityMinor})
	require.NoError(t, err)
	assert.True(t, again.Repeat)
	_, err = bound.Promise(t.Context(), amends.Promise{Command: by(), Record: r.Record, Kind: incident.PromiseFix, Due: incident.Moment{At: sunday.Add(time.Hour)}})
	require.NoError(t, err)
	theirs.settle()
	assert.Len(t, theirs.incident(r.Record).Promises, 1)
}
