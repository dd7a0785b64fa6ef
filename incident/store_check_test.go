package incident_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/incident/incidenttest"
)

func TestCommitCheck(t *testing.T) {
	t.Parallel()
	require.NoError(t, incidenttest.Commit(incidenttest.NewIncident("inc_1")).Check())
	require.NoError(t, incident.Commit{Command: "k"}.Check(), "it asks for a result")
	require.ErrorContains(t, incident.Commit{}.Check(), "neither batches nor a command")
	for want, change := range map[string]func(*incident.Batch){
		"names no record":       func(b *incident.Batch) { b.Record = "" },
		"has no time":           func(b *incident.Batch) { b.At = time.Time{} },
		"no version -2":         func(b *incident.Batch) { b.Expect = -2 },
		"names it twice":        func(b *incident.Batch) { b.Record = "inc_2" },
		"it is nil":             func(b *incident.Batch) { b.Events[0].Data = nil },
		`"inc_1": incident: en`: func(b *incident.Batch) { b.Events[0].Data = incident.Unknown{} },
	} {
		b := incidenttest.NewIncident("inc_1")
		change(&b)
		require.ErrorContains(t, incidenttest.Commit(incidenttest.NewIncident("inc_2"), b).Check(), want)
	}
}

func TestBatchNext(t *testing.T) {
	t.Parallel()
	b := incidenttest.NewCase("case_1", "c1", "inc_1")
	first, err := b.Next(incidenttest.Space, nil)
	require.NoError(t, err)
	assert.Empty(t, first.Marks)
	first.Marks = nil
	assert.Equal(t, incident.Head{
		Record: "case_1", Space: incidenttest.Space, Kind: incident.KindCase, Incident: "inc_1", Customer: "c1", Status: incident.StatusSettled,
		Version: 1, Turn: 1, Opened: incidenttest.Start(), Updated: incidenttest.Start(), NextLook: incidenttest.Start(),
	}, first)

	marks := []string{"a"}
	later := incident.Batch{Record: "case_1", Expect: 1, At: incidenttest.Start().Add(time.Hour), Head: incident.HeadChange{Incident: new(""), Marks: &marks}}
	next, err := later.Next(incidenttest.Space, &first)
	require.NoError(t, err)
	marks[0] = "changed"
	want := first
	want.Incident, want.Marks, want.Version, want.Turn = "", []string{"a"}, 2, 2
	want.Updated, want.NextLook = later.At, later.At
	assert.Equal(t, want, next)

	for name, tt := range map[string]struct {
		change func(*incident.Batch)
		space  string
		have   *incident.Head
		want   error
	}{
		"no such record": {func(b *incident.Batch) { b.Expect = incident.AnyVersion }, incidenttest.Space, nil, incident.ErrNotFound},
		"exists":         {func(b *incident.Batch) { b.Expect = 0 }, incidenttest.Space, &first, incident.ErrConflict},
		"other version":  {func(b *incident.Batch) { b.Expect = 2 }, incidenttest.Space, &first, incident.ErrConflict},
		"other space":    {func(*incident.Batch) {}, "other", &first, incident.ErrNotFound},
	} {
		b := later
		tt.change(&b)
		_, err := b.Next(tt.space, tt.have)
		require.ErrorIs(t, err, tt.want, name)
	}
	later.Head.Kind = incident.KindIncident
	_, err = later.Next(incidenttest.Space, &first)
	require.ErrorContains(t, err, "never changes")
	later.Expect, later.Head.Kind = 0, ""
	_, err = later.Next(incidenttest.Space, nil)
	require.ErrorContains(t, err, "does not say of which kind")
}

func TestCursors(t *testing.T) {
	t.Parallel()
	last := incident.Head{Record: "inc 1", NextLook: incidenttest.Start().Add(1500 * time.Microsecond)}
	all, due := incident.Filter{}, incident.Filter{DueBy: incidenttest.Start()}
	at, record, err := all.After(all.Cursor(last))
	require.NoError(t, err)
	assert.Equal(t, "inc 1", record)
	assert.True(t, at.IsZero())
	at, record, err = due.After(due.Cursor(last))
	require.NoError(t, err)
	assert.Equal(t, "inc 1", record)
	assert.Equal(t, last.NextLook, at)
	for _, f := range []incident.Filter{all, due} {
		at, record, err = f.After("")
		require.NoError(t, err)
		assert.True(t, at.IsZero() && record == "")
	}
	for _, cursor := range []string{"x", due.Cursor(last)} {
		_, _, err = all.After(cursor)
		require.ErrorContains(t, err, "not of this listing")
	}
	for _, cursor := range []string{"dx inc_1", "d", all.Cursor(last)} {
		_, _, err = due.After(cursor)
		require.ErrorContains(t, err, "not of this listing")
	}
}
