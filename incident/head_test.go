package incident_test

import (
	"context"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/incident/incidenttest"
	"github.com/amends-dev/amends/incident/memstore"
)

func TestBatchesAndLoading(t *testing.T) {
	t.Parallel()
	ctx, store := t.Context(), new(memstore.Store)
	commit := func(batches ...incident.Batch) error {
		_, err := store.Append(ctx, incidenttest.Commit(batches...))
		return err
	}
	fresh := &incident.Incident{ID: "inc_1"}
	b, err := fresh.Batch(minute(0), incidenttest.Declared())
	require.NoError(t, err)
	assert.Equal(t, int64(0), b.Expect)
	require.NoError(t, commit(b))

	i, head, err := incident.LoadIncident(ctx, store, "inc_1")
	require.NoError(t, err)
	assert.Equal(t, i.Title, head.Title)
	assert.Equal(t, fresh, i)

	// A batch without events moves the version on: a view that did not see it conflicts.
	touched, err := i.Batch(minute(1))
	require.NoError(t, err)
	require.NoError(t, commit(touched))
	assert.Equal(t, uint64(2), i.Version)
	stale, err := fresh.Batch(minute(1), on(1, incident.TitleChanged{Title: "stale"}))
	require.NoError(t, err)
	require.ErrorIs(t, commit(stale), incident.ErrConflict)

	b, err = i.Batch(minute(2), on(2, incident.TitleChanged{Title: "new"}), on(2, incident.SeverityChanged{To: incident.SeverityCritical}))
	require.NoError(t, err)
	require.NoError(t, commit(b))
	again, head, err := incident.LoadIncident(ctx, store, "inc_1")
	require.NoError(t, err)
	assert.Equal(t, i, again)
	assert.Equal(t, "new", head.Title)
	assert.Equal(t, incident.SeverityCritical, head.Severity)

	other, _, err := incident.LoadIncident(ctx, store, "inc_1")
	require.NoError(t, err)
	b, err = i.Batch(minute(3), on(3, incident.TitleChanged{Title: "newer"}))
	require.NoError(t, err)
	require.NoError(t, commit(b))
	_, err = other.Refresh(ctx, store)
	require.NoError(t, err)
	assert.Equal(t, i, other)

	_, err = i.Batch(minute(4), on(4, nil))
	require.ErrorContains(t, err, "it has no data")
	_, err = i.Batch(minute(4), on(4, incident.StatementApproved{Statement: "x"}))
	require.ErrorContains(t, err, `no statement "x"`)
	_, _, err = incident.LoadIncident(ctx, store, "inc_2")
	require.ErrorIs(t, err, incident.ErrNotFound)
	_, _, err = incident.LoadCase(ctx, store, "inc_1")
	require.Error(t, err)
}

// endless promises more events and returns none.
type endless struct{ incident.Store }

func (e endless) Read(context.Context, string, uint64, int) (incident.Page, error) {
	return incident.Page{More: true}, nil
}

// small returns one event a page.
type small struct{ incident.Store }

func (s small) Read(ctx context.Context, id string, after uint64, _ int) (incident.Page, error) {
	return s.Store.Read(ctx, id, after, 1)
}

func TestLoadingPages(t *testing.T) {
	t.Parallel()
	store := new(memstore.Store)
	_, err := store.Append(t.Context(), incidenttest.Commit(incidenttest.NewCase("case_1", "c1", "inc_1", incidenttest.Reported(minute(1), "c1", "x"))))
	require.NoError(t, err)
	want, _, err := incident.LoadCase(t.Context(), store, "case_1")
	require.NoError(t, err)
	got, _, err := incident.LoadCase(t.Context(), small{store}, "case_1")
	require.NoError(t, err)
	assert.Equal(t, want, got)
	_, _, err = incident.LoadCase(t.Context(), endless{store}, "case_1")
	require.ErrorContains(t, err, "promises more events after version 0")
}

// TestHeadsEqualTheFold lets random facts come to a case, batch by batch: its
// head in the store always says what a fold from the first event says.
func TestHeadsEqualTheFold(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 2))
	store := new(memstore.Store)
	c := &incident.Case{ID: "case_1"}
	events := []incident.Event{incidenttest.Opened("c1", "inc_1"), incidenttest.Reported(minute(0), "c1", "x")}
	for n := range 300 {
		b, err := c.Batch(minute(n), events...)
		require.NoError(t, err)
		_, err = store.Append(t.Context(), incidenttest.Commit(b))
		require.NoError(t, err)
		again, head, err := incident.LoadCase(t.Context(), store, "case_1")
		require.NoError(t, err)
		require.Equal(t, again.Marks(), head.Marks)
		require.Equal(t, again.Status(), head.Status)
		require.Equal(t, again.Incident, head.Incident)
		require.Equal(t, again.Customer, head.Customer)
		require.Equal(t, c.Marks(), head.Marks, "folding on is folding anew")

		events = events[:0]
		for range r.IntN(3) {
			one := c.Reports[r.IntN(len(c.Reports))].ID
			events = append(events, on(n, []incident.Payload{
				incident.ReportReceived{Report: incident.ReportQuestion},
				incident.ReplyReceived{Report: one},
				incident.ReportAcknowledged{Report: one},
				incident.ReportAnswered{Report: one, Statement: "s"},
				incident.PromiseMade{Promise: incident.PromiseCallBack, Due: incident.Moment{At: minute(n + 5)}},
				incident.VerdictGiven{Opinion: []incident.Opinion{incident.OpinionFixed, incident.OpinionBroken}[r.IntN(2)], Round: n / 100},
				incident.LossRecorded{Minutes: 1},
				incident.CaseUnlinked{Incident: c.Incident},
			}[r.IntN(7)]))
		}
		if p := c.PendingPromises(); len(p) > 0 && r.IntN(2) == 0 {
			events = append(events, on(n, incident.PromiseKept{Promise: p[0].ID}))
		}
	}
}

func TestInnerIDs(t *testing.T) {
	t.Parallel()
	record, version, err := incident.SplitInnerID(incident.InnerID("a.b", 7))
	require.NoError(t, err)
	assert.Equal(t, "a.b", record)
	assert.Equal(t, uint64(7), version)
	for _, id := range []string{"", "a", ".1", "a.", "a.0", "a.x", "a.-1"} {
		_, _, err := incident.SplitInnerID(id)
		assert.Error(t, err, "id %q", id)
	}
	assert.NotEqual(t, incident.NewID("inc"), incident.NewID("inc"))
}
