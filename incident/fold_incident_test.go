package incident_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/incident/incidenttest"
)

// minute is a time n minutes after the start of all fixtures.
func minute(n int) time.Time { return incidenttest.Start().Add(time.Duration(n) * time.Minute) }

// on is an event n minutes after the start.
func on(n int, p incident.Payload) incident.Event { return incidenttest.Event(minute(n), p) }

// foldIncident folds an incident that is declared and then goes through events.
func foldIncident(t *testing.T, events ...incident.Event) *incident.Incident {
	t.Helper()
	i, err := incident.FoldIncident("inc_1", incidenttest.Numbered("inc_1", append([]incident.Event{incidenttest.Declared()}, events...)...))
	require.NoError(t, err)
	return i
}

// backdated is an event that was written down later than it happened.
func backdated(happened, recorded int, p incident.Payload) incident.Event {
	e := on(happened, p)
	e.Recorded = minute(recorded)
	return e
}

// draft is a statement with a promise of the next update at minute next, if that is not 0.
func draft(purpose incident.Purpose, next int, audiences ...incident.Audience) incident.StatementDrafted {
	d := incident.StatementDrafted{Purpose: purpose, Audiences: audiences, Texts: map[string]incident.Text{"en": {Body: "x"}}}
	if next != 0 {
		d.NextUpdate = &incident.Moment{At: minute(next)}
	}
	return d
}

func changed(from, to incident.Status, step incident.Step) incident.StatusChanged {
	return incident.StatusChanged{From: from, To: to, Step: string(step)}
}

func TestFoldDeclared(t *testing.T) {
	t.Parallel()
	i := foldIncident(t)
	assert.Equal(t, "Uploads fail", i.Title)
	assert.Equal(t, incident.StatusDetected, i.Status)
	assert.Equal(t, incident.SeverityMajor, i.Severity)
	assert.Equal(t, incidenttest.Start(), i.Opened)
	assert.Equal(t, uint64(1), i.Version)
	assert.Equal(t, "ada", i.Owner)
	assert.Len(t, i.Components, 1)
	assert.Equal(t, []string{"inc_1"}, i.Incidents())
}

func TestFoldFacts(t *testing.T) {
	t.Parallel()
	i := foldIncident(t,
		on(1, incident.TitleChanged{Title: "Uploads are slow"}),
		on(1, incident.SeverityChanged{To: incident.SeverityCritical}),
		on(2, incident.SeverityChanged{To: incident.SeverityMinor}),
		on(2, incident.OwnerAssigned{Owner: "ada"}),
		on(2, incident.OwnerAssigned{Owner: "grace"}),
		on(3, incident.ImpactRecorded{Affected: 10, DataLoss: true}),
		on(4, incident.ImpactRecorded{Affected: 20}),
		on(4, incident.ClockRecorded{Clock: incident.ClockOccurred, When: minute(-5)}),
		on(5, incident.ClockRecorded{Clock: incident.ClockOccurred, When: minute(-9)}),
		on(5, incident.CauseRecorded{Cause: incident.CauseOwnChange, Certainty: incident.Suspected}),
		on(6, incident.CauseRecorded{Cause: incident.CauseSupplier, Certainty: incident.Confirmed}),
		on(6, incident.ExposureAnswered{Answer: "nobody else"}),
		on(7, incident.PolicyJoined{Policy: incident.PolicyPin{Name: "eu", Hash: "h"}}),
		on(7, incident.PolicyJoined{Policy: incident.PolicyPin{Name: "eu", Hash: "h"}}),
		on(8, incident.Breached{Requirement: "r", Due: minute(7)}),
		on(9, incident.Breached{Requirement: "r", Due: minute(7)}),
		on(9, incident.Breached{Requirement: "r", Due: minute(8)}),
		on(9, incident.Waived{Requirement: "r", By: "grace", Expires: minute(20)}),
		on(9, incident.RequestMade{State: "2.4.3 or newer"}),
		on(9, incident.AwardsTotalled{Customers: 1}),
		on(9, incident.ComponentsChanged{Components: nil}),
	)
	assert.Equal(t, "Uploads are slow", i.Title)
	assert.Equal(t, incident.SeverityMinor, i.Severity)
	assert.Equal(t, incident.SeverityCritical, i.Worst, "the worst it ever was")
	assert.Equal(t, 1, i.HandOvers, "the same owner again is no hand-over")
	assert.True(t, i.DataLoss, "data loss is never reset")
	assert.Equal(t, int64(20), i.Impact.Affected)
	assert.Equal(t, 2, i.Widened)
	assert.Equal(t, minute(-9), i.Clocks[incident.ClockOccurred])
	assert.Equal(t, incident.CauseSupplier, i.Cause.Cause)
	assert.Equal(t, "nobody else", i.Exposure)
	assert.Len(t, i.Policies, 1, "a policy joins once")
	assert.Len(t, i.Breaches, 2, "a breach counts once per due time")
	assert.Equal(t, minute(8), i.Breaches[0].At, "the first record of a breach counts")
	assert.Equal(t, int64(1), i.Awards.Customers)
	assert.Empty(t, i.Components)
	assert.Equal(t, "2.4.3 or newer", i.Request("inc_1.20").State)
	assert.Nil(t, i.Request("inc_1.1"))

	assert.Nil(t, i.ActiveWaiver("r", minute(8)), "not given yet")
	require.NotNil(t, i.ActiveWaiver("r", minute(9)))
	assert.Nil(t, i.ActiveWaiver("r", minute(20)), "expired")
	assert.Nil(t, i.ActiveWaiver("other", minute(9)))
}

func TestFoldRounds(t *testing.T) {
	t.Parallel()
	const (
		investigating = incident.StatusInvestigating
		monitoring    = incident.StatusMonitoring
	)
	done := changed(monitoring, incident.StatusResolved, incident.StepResolve)
	done.Done = "rolled back"
	i := foldIncident(t,
		on(1, changed(incident.StatusDetected, investigating, incident.StepInvestigate)),
		on(2, changed(investigating, incident.StatusIdentified, incident.StepIdentify)),
		on(3, changed(incident.StatusIdentified, investigating, incident.StepInvestigate)),
		on(4, changed(investigating, monitoring, incident.StepMonitor)),
		on(5, draft(incident.PurposeUpdate, 0)),
		on(5, done),
	)
	assert.Equal(t, 0, i.Round, "a wrong suspicion is no new round")
	assert.Equal(t, "rolled back", i.Done)
	assert.Equal(t, incidenttest.Start(), i.RoundSince())
	for n, from := range []incident.Status{incident.StatusResolved, incident.StatusMonitoring, incident.StatusConfirmed, incident.StatusClosed, incident.StatusDismissed} {
		i.Status = from
		require.NoError(t, i.Apply(numbered(i, on(10+n, changed(from, investigating, incident.StepReopen)))))
		assert.Equal(t, n+1, i.Round, "reopened from %s", from)
		assert.Empty(t, i.Done, "what was done did not help")
		assert.Equal(t, minute(10+n), i.RoundSince())
	}
	require.NoError(t, i.Apply(numbered(i, on(20, draft(incident.PurposeUpdate, 0)))))
	assert.Equal(t, 0, i.Statements[0].Round)
	assert.Equal(t, 5, i.Statements[1].Round)
	since, ok := i.StatusSince(investigating)
	assert.True(t, ok)
	assert.Equal(t, minute(14), since)
	_, ok = i.StatusSince(incident.StatusMerged)
	assert.False(t, ok)
}

// numbered gives an event the next version of a view.
func numbered(i *incident.Incident, e incident.Event) incident.Event {
	e.Record, e.Version = i.ID, i.Version+1
	return e
}

func TestFoldMerging(t *testing.T) {
	t.Parallel()
	i := foldIncident(t,
		on(1, changed(incident.StatusDetected, incident.StatusIdentified, incident.StepIdentify)),
		on(2, incident.MergedInto{Into: "inc_2"}),
	)
	assert.Equal(t, incident.StatusMerged, i.Status)
	assert.Equal(t, "inc_2", i.MergedInto)
	require.NoError(t, i.Apply(numbered(i, on(3, incident.SeparatedFrom{From: "inc_2", Status: incident.StatusIdentified}))))
	assert.Equal(t, incident.StatusIdentified, i.Status)
	assert.Empty(t, i.MergedInto)

	s := foldIncident(t, on(1, incident.Absorbed{From: "a"}), on(1, incident.Absorbed{From: "a"}), on(1, incident.Absorbed{From: "b"}), on(2, incident.Released{Incident: "a"}))
	assert.Equal(t, []string{"inc_1", "b"}, s.Incidents())
}

func TestFoldStatementLife(t *testing.T) {
	t.Parallel()
	const id = "inc_1.2"
	base := []incident.Event{
		on(1, draft(incident.PurposeUpdate, 0, incident.AudiencePublic)),
		on(2, incident.StatementReviewed{Statement: id, Blocked: true, Findings: []incident.FindingNote{{Rule: "minimising"}}}),
	}
	blocked := foldIncident(t, base...).Statement(id)
	assert.True(t, blocked.Blocked)
	assert.Len(t, blocked.Findings, 1)

	overridden := foldIncident(t, append(base, on(3, incident.StatementOverridden{Statement: id, By: "grace"}))...).Statement(id)
	assert.False(t, overridden.Blocked)
	assert.True(t, overridden.EverBlocked)
	assert.Equal(t, "grace", overridden.OverrideBy)

	rewritten := foldIncident(t, append(base,
		on(3, incident.StatementApproved{Statement: id}),
		on(4, incident.StatementRewritten{Statement: id, Texts: map[string]incident.Text{"en": {Body: "y"}}, Person: "Ada"}))...).Statement(id)
	assert.False(t, rewritten.Blocked)
	assert.Empty(t, rewritten.Findings)
	assert.True(t, rewritten.Approved.IsZero(), "nobody approved the new words")
	assert.Equal(t, "y", rewritten.Texts["en"].Body)
	assert.Equal(t, "Ada", rewritten.Person)
	assert.Equal(t, 1, rewritten.Rewritten)

	i := foldIncident(t,
		on(1, draft(incident.PurposeUpdate, 0, incident.AudiencePublic)),
		on(2, incident.StatementApproved{Statement: id}),
		on(3, incident.StatementPublished{Statement: id}),
		on(4, incident.StatementPublished{Statement: id}),
		on(4, incident.StatementApproved{Statement: id}),
		on(4, incident.StatementRewritten{Statement: id, Texts: map[string]incident.Text{"en": {Body: "y"}}}),
	)
	s := i.Statement(id)
	assert.Equal(t, minute(2), s.Approved)
	assert.Equal(t, minute(3), s.Published, "the first publication counts")
	assert.Equal(t, "x", s.Texts["en"].Body, "published words are never rewritten")
	assert.True(t, s.Live())
	assert.Same(t, s, i.FirstPublished())

	correction := draft(incident.PurposeCorrection, 0, incident.AudiencePublic)
	correction.Corrects = id
	require.NoError(t, i.Apply(numbered(i, on(5, correction))))
	require.NoError(t, i.Apply(numbered(i, on(6, incident.StatementPublished{Statement: "inc_1.8"}))))
	assert.Equal(t, "inc_1.8", s.CorrectedBy)
	assert.False(t, s.Live())
	assert.Len(t, i.PublishedStatements(), 2)
	assert.Equal(t, "inc_1.8", i.LastPublished().ID)

	withdrawn := foldIncident(t,
		on(1, draft(incident.PurposeUpdate, 0)),
		on(2, incident.StatementWithdrawn{Statement: id}),
		on(3, incident.StatementPublished{Statement: id}),
	)
	assert.Nil(t, withdrawn.FirstPublished(), "a draft that was taken back is not published")
	assert.Nil(t, withdrawn.Statement("inc_1.9"))
}

func TestFoldNextUpdatePromises(t *testing.T) {
	t.Parallel()
	published := func(n int, id string) incident.Event { return on(n, incident.StatementPublished{Statement: id}) }
	tests := []struct {
		name   string
		second incident.StatementDrafted
		at     int
		extra  []incident.Event
		state  incident.PromiseState
		kept   time.Time
		broken int
	}{
		{"in time", draft(incident.PurposeUpdate, 0, incident.AudiencePublic), 30, nil, incident.PromiseWasKept, minute(30), 0},
		{"late", draft(incident.PurposeUpdate, 0, incident.AudiencePublic), 31, nil, incident.PromiseWasKept, minute(31), 1},
		{
			"late and noticed", draft(incident.PurposeUpdate, 0, incident.AudiencePublic), 40,
			[]incident.Event{on(31, incident.PromiseBroken{Promise: "inc_1.2/next", Due: incident.Moment{At: minute(30)}})},
			incident.PromiseWasKept, minute(40), 1,
		},
		{"to others", draft(incident.PurposeUpdate, 0, incident.AudienceStaff), 20, nil, incident.PromisePending, time.Time{}, 0},
		{
			"moved in advance", draft(incident.PurposeUpdate, 0, incident.AudiencePublic), 40,
			[]incident.Event{on(29, incident.PromiseMoved{Promise: "inc_1.2/next", Due: incident.Moment{At: minute(40)}, InAdvance: true})},
			incident.PromiseWasKept, minute(40), 0,
		},
		{
			"moved too late", draft(incident.PurposeUpdate, 0, incident.AudiencePublic), 40,
			[]incident.Event{on(31, incident.PromiseMoved{Promise: "inc_1.2/next", Due: incident.Moment{At: minute(40)}, InAdvance: true})},
			incident.PromiseWasKept, minute(40), 1,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			events := []incident.Event{
				on(0, draft(incident.PurposeUpdate, 30, incident.AudiencePublic, incident.AudienceAffected)), // 2
				on(0, tt.second),        // 3
				published(1, "inc_1.2"), // 4
			}
			events = append(append(events, tt.extra...), published(tt.at, "inc_1.3"))
			i := foldIncident(t, events...)
			require.Len(t, i.Promises, 1)
			p := i.Promises[0]
			assert.Equal(t, "inc_1.2/next", p.ID)
			assert.Equal(t, incident.PromiseNextUpdate, p.PromiseMade.Promise)
			assert.Equal(t, tt.state, p.State)
			assert.Equal(t, tt.kept, p.KeptAt)
			assert.Equal(t, tt.broken, p.Broken)
			assert.Equal(t, tt.state == incident.PromisePending, len(i.PendingPromises()) == 1)
		})
	}
}

func TestFoldPromises(t *testing.T) {
	t.Parallel()
	const id = "inc_1.2"
	moment := func(n int) incident.Moment { return incident.Moment{At: minute(n)} }
	i := foldIncident(t,
		on(0, incident.PromiseMade{Promise: incident.PromiseFix, Due: moment(10)}),
		on(5, incident.PromiseMoved{Promise: id, Due: moment(20), InAdvance: true}),
		on(21, incident.PromiseBroken{Promise: id, Due: moment(20)}),
		on(22, incident.PromiseBroken{Promise: id, Due: moment(20)}),
		on(23, incident.PromiseMoved{Promise: id, Due: moment(30)}),
	)
	p := i.Promises[0]
	assert.True(t, p.Late(minute(31)))
	assert.False(t, p.Late(minute(30)))
	require.NoError(t, i.Apply(numbered(i, on(31, incident.PromiseKept{Promise: id}))))
	require.NoError(t, i.Apply(numbered(i, on(32, incident.PromiseKept{Promise: id}))))
	require.NoError(t, i.Apply(numbered(i, on(33, incident.PromiseMoved{Promise: id, Due: moment(90)}))))
	assert.Equal(t, 1, p.Moved)
	assert.Equal(t, 2, p.Broken, "each due time that passed counts once")
	assert.Equal(t, minute(31), p.KeptAt, "kept stays kept")
	assert.Equal(t, minute(30), p.Due.At)
	assert.True(t, (&incident.Promise{PromiseMade: incident.PromiseMade{Promise: incident.PromisePrevention}}).OutlivesClosing())
}

func TestFoldMaintenance(t *testing.T) {
	t.Parallel()
	failed := changed(incident.StatusInProgress, incident.StatusFailed, incident.StepFail)
	failed.Into = "inc_9"
	i, err := incident.FoldIncident("mnt_1", incidenttest.Numbered("mnt_1", incidenttest.Scheduled(),
		on(1, incident.MaintenanceMoved{Planned: incident.Window{From: minute(60), To: minute(90)}}),
		on(60, changed(incident.StatusScheduled, incident.StatusInProgress, incident.StepStart)),
		on(70, failed),
	))
	require.NoError(t, err)
	assert.True(t, i.Maintenance)
	assert.Equal(t, minute(60), i.Planned.From)
	assert.Equal(t, incident.StatusFailed, i.Status)
	assert.Equal(t, "inc_9", i.Successor)
}

func TestFoldUnknownKinds(t *testing.T) {
	t.Parallel()
	i := foldIncident(t, on(1, incident.Unknown{Name: "a.b"}), on(1, incident.Unknown{Name: "c.d", Must: true}), on(2, incident.Unknown{Name: "c.d", Must: true}))
	assert.Equal(t, []incident.Kind{"c.d"}, i.NotUnderstood)
	assert.Equal(t, uint64(4), i.Version)
}

func TestFoldRefusesUnsoundRecords(t *testing.T) {
	t.Parallel()
	opened := incidenttest.Numbered("inc_1", incidenttest.Declared())[0]
	with := func(version uint64, p incident.Payload) []incident.Event {
		e := on(1, p)
		e.Record, e.Version = "inc_1", version
		return []incident.Event{opened, e}
	}
	foreign := with(2, incident.TitleChanged{})
	foreign[1].Record = "inc_2"
	tests := map[string]struct {
		events []incident.Event
		want   string
	}{
		"no events":            {nil, `folding "inc_1": no events`},
		"not opened":           {with(1, incident.TitleChanged{})[1:], "inc_1.1 (title.changed): a record of an incident is opened by"},
		"opened twice":         {with(2, incident.Declared{}), "inc_1.2 (incident.declared): the record is open already"},
		"another record's":     {foreign, `it belongs to the record "inc_2"`},
		"version again":        {with(1, incident.TitleChanged{}), "version 1 was applied already"},
		"a case's kind":        {with(2, incident.ReplyReceived{}), "inc_1.2 (reply.received): this kind does not belong in the record of an incident"},
		"no data":              {with(2, nil), "it has no data"},
		"pointer":              {with(2, &incident.TitleChanged{}), "pass *incident.TitleChanged by value"},
		"no such statement":    {with(2, incident.StatementPublished{Statement: "x"}), `no statement "x"`},
		"no such promise":      {with(2, incident.PromiseKept{Promise: "x"}), `no promise "x"`},
		"step from elsewhere":  {with(2, changed(incident.StatusResolved, incident.StatusClosed, "close")), `the step leaves "resolved", but the status is "detected"`},
		"separated unmerged":   {with(2, incident.SeparatedFrom{From: "x"}), `does not live on in "x"`},
		"planned window moved": {with(2, incident.MaintenanceMoved{}), "not planned work"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := incident.FoldIncident("inc_1", tt.events)
			require.ErrorContains(t, err, tt.want)
		})
	}
}

func TestApplyAfterAnErrorAndVersionGaps(t *testing.T) {
	t.Parallel()
	i := foldIncident(t)
	e := numbered(i, on(1, incident.StatementPublished{Statement: "x"}))
	require.Error(t, i.Apply(e))
	assert.Equal(t, uint64(1), i.Version)
	e.Data = incident.TitleChanged{Title: "gap"}
	e.Version = 9 // batches without events used up the versions between
	require.NoError(t, i.Apply(e))
	assert.Equal(t, uint64(9), i.Version)
}

func TestCloneOfAViewIsIndependent(t *testing.T) {
	t.Parallel()
	i := foldIncident(t, on(1, draft(incident.PurposeUpdate, 30, incident.AudiencePublic)), on(2, incident.StatementPublished{Statement: "inc_1.2"}))
	before := foldIncident(t, on(1, draft(incident.PurposeUpdate, 30, incident.AudiencePublic)), on(2, incident.StatementPublished{Statement: "inc_1.2"}))
	c := i.Clone()
	for _, p := range []incident.Payload{
		draft(incident.PurposeUpdate, 0, incident.AudiencePublic),
		incident.StatementPublished{Statement: "inc_1.4"},
		incident.ClockRecorded{Clock: incident.ClockDetected, When: minute(1)},
		incident.StatementWithdrawn{Statement: "inc_1.2"},
		incident.Absorbed{From: "x"},
		incident.Breached{Requirement: "r"},
	} {
		require.NoError(t, c.Apply(numbered(c, on(9, p))))
	}
	assert.Equal(t, before, i)
	assert.Equal(t, incident.PromiseWasKept, c.Promises[0].State)
}

// What was published meanwhile was not told to those of whom we did not know yet.
func TestJoiningCountsFromWhenItWasWrittenDown(t *testing.T) {
	t.Parallel()
	unrecorded := on(7, incident.ImpactRecorded{Affected: 2})
	unrecorded.Recorded = time.Time{}
	tests := []struct {
		name string
		e    incident.Event
		want time.Time
	}{
		{"at once", on(5, incident.ImpactRecorded{Affected: 2}), minute(5)},
		{"an impact that began earlier", backdated(-30, 5, incident.ImpactRecorded{Affected: 2}), minute(5)},
		{"a merge that is recorded later", backdated(1, 6, incident.Absorbed{From: "inc_2"}), minute(6)},
		{"nobody said when it was written down", unrecorded, minute(7)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			i := foldIncident(t, tt.e)
			assert.Equal(t, 1, i.Widened)
			assert.Equal(t, tt.want, i.WidenedAt)
		})
	}
}
