package memstore_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/incident/incidenttest"
	"github.com/amends-dev/amends/incident/memstore"
)

func TestStore(t *testing.T) {
	incidenttest.TestStore(t, func(*testing.T) incident.Store { return new(memstore.Store) })
}

func TestStoreModel(t *testing.T) {
	for range 20 {
		incidenttest.TestStoreModel(t, func(*testing.T) incident.Store { return new(memstore.Store) }, nil)
	}
}

func BenchmarkStore(b *testing.B) {
	incidenttest.BenchmarkStore(b, func(*testing.B) incident.Store { return new(memstore.Store) })
}

func TestManyCasesStayQuickToWalk(t *testing.T) {
	t.Parallel()
	s := new(memstore.Store)
	order := rand.Perm(5000)
	for _, n := range order {
		_, err := s.Append(t.Context(), incidenttest.Commit(incidenttest.NewCase(fmt.Sprintf("case_%05d", n), "c", fmt.Sprintf("inc_%d", n%2))))
		require.NoError(t, err)
	}
	var got []string
	cursor := ""
	for {
		l, err := s.List(t.Context(), incident.Filter{Incidents: []string{"inc_1", "inc_0"}}, cursor, 0)
		require.NoError(t, err)
		for _, h := range l.Heads {
			got = append(got, h.Record)
		}
		if cursor = l.Cursor; cursor == "" {
			break
		}
	}
	require.Len(t, got, len(order))
	for n, id := range got {
		require.Equal(t, fmt.Sprintf("case_%05d", n), id)
	}
	// Moving every other case away leaves the rest in order.
	for n := 0; n < len(order); n += 2 {
		_, err := s.Append(t.Context(), incidenttest.Commit(incident.Batch{
			Record: fmt.Sprintf("case_%05d", n), Expect: 1, At: incidenttest.Start(), Head: incident.HeadChange{Incident: new("")},
		}))
		require.NoError(t, err)
	}
	l, err := s.List(t.Context(), incident.Filter{Incidents: []string{"inc_0"}}, "", 0)
	require.NoError(t, err)
	require.Empty(t, l.Heads)
	l, err = s.List(t.Context(), incident.Filter{Incidents: []string{"inc_1"}}, "", 5000)
	require.NoError(t, err)
	require.Len(t, l.Heads, len(order)/2)
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	s := new(memstore.Store)
	good := func() incident.Batch { return incidenttest.NewIncident("inc_1") }
	tests := map[string]struct {
		change func(*incident.Batch)
		want   string
	}{
		"no record":  {func(b *incident.Batch) { b.Record = "" }, "names no record"},
		"no time":    {func(b *incident.Batch) { b.At = time.Time{} }, "has no time"},
		"no kind":    {func(b *incident.Batch) { b.Head.Kind = "" }, "does not say of which kind"},
		"no payload": {func(b *incident.Batch) { b.Events[0].Data = nil }, "it is nil"},
		"pointer":    {func(b *incident.Batch) { b.Events[0].Data = &incident.Declared{} }, "by value"},
	}
	for name, tt := range tests {
		b := good()
		tt.change(&b)
		_, err := s.Append(t.Context(), incidenttest.Commit(b))
		require.ErrorContains(t, err, tt.want, name)
	}
	_, err := s.Append(t.Context(), incident.Commit{})
	require.ErrorContains(t, err, "neither batches nor a command")
	_, err = s.Append(t.Context(), incidenttest.Commit(good()))
	require.NoError(t, err)
	_, err = s.Append(t.Context(), incidenttest.Commit(incident.Batch{Record: "inc_1", Expect: 1, At: incidenttest.Start(), Head: incident.HeadChange{Kind: incident.KindCase}}))
	require.ErrorContains(t, err, "never changes")
	_, err = s.Look(t.Context(), "inc_1", time.Time{}, 0)
	require.ErrorContains(t, err, "needs a time")
	for _, cursor := range []string{"x", "d17 inc_1"} {
		_, err = s.List(t.Context(), incident.Filter{}, cursor, 0)
		require.ErrorContains(t, err, "not of this listing")
	}
	_, err = s.List(t.Context(), incident.Filter{DueBy: incidenttest.Start()}, "dx inc_1", 0)
	require.ErrorContains(t, err, "not of this listing")
}
