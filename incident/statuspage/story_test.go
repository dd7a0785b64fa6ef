package statuspage_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/incident/statuspage"
)

// summary is what a client reads of a page.
type summary struct {
	Status     struct{ Indicator, Description string }
	Components []struct{ ID, Status string }
	Incidents  []struct {
		ID, Name, Status, Impact string
		CreatedAt                time.Time  `json:"created_at"`
		StartedAt                time.Time  `json:"started_at"`
		MonitoringAt             *time.Time `json:"monitoring_at"`
		ResolvedAt               *time.Time `json:"resolved_at"`
		NextUpdateAt             *time.Time `json:"next_update_at"`
		Updates                  []struct {
			ID, Status, Body string
			Parts            []struct {
				Code string
				Old  string `json:"old_status"`
				New  string `json:"new_status"`
			} `json:"affected_components"`
		} `json:"incident_updates"`
	}
	Maintenances []struct{ ID, Status string } `json:"scheduled_maintenances"`
}

func read(tb testing.TB, w *world, path string, opts *statuspage.HandlerOptions) summary {
	tb.Helper()
	if opts == nil {
		opts = options()
	}
	opts.NextUpdate = true
	var s summary
	require.NoError(tb, json.Unmarshal(get(tb, handler(tb, w.store, opts), path).Body.Bytes(), &s))
	return s
}

func ago(d time.Duration) time.Time { return now().Add(-d) }

func TestStatusesOfIncidents(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		steps   []incident.Status
		explain bool
		want    string
		open    bool
	}{
		{"detected", nil, false, "investigating", true},
		{"investigating", []incident.Status{incident.StatusInvestigating}, false, "investigating", true},
		{"identified", []incident.Status{incident.StatusIdentified}, false, "identified", true},
		{"monitoring", []incident.Status{incident.StatusMonitoring}, false, "monitoring", true},
		{"resolved, customers are asked", []incident.Status{incident.StatusResolved}, false, "monitoring", true},
		{"explained before they have said", []incident.Status{incident.StatusResolved}, true, "monitoring", true},
		{"confirmed", []incident.Status{incident.StatusResolved, incident.StatusConfirmed}, false, "resolved", false},
		{"confirmed and explained", []incident.Status{incident.StatusResolved, incident.StatusConfirmed}, true, "postmortem", false},
		{"closed", []incident.Status{incident.StatusResolved, incident.StatusClosed}, false, "resolved", false},
		{"reopened after it was closed", []incident.Status{incident.StatusResolved, incident.StatusClosed, incident.StatusInvestigating}, true, "investigating", true},
		{"a false alarm", []incident.Status{incident.StatusDismissed}, false, "resolved", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.declare("inc", "Uploads fail", incident.SeverityMajor, ago(time.Hour), uploads)
			w.say("inc", ago(50*time.Minute), word{en: "Uploads fail."})
			for n, to := range c.steps {
				w.step("inc", ago(time.Duration(40-n)*time.Minute), to)
			}
			if c.explain {
				w.say("inc", ago(time.Minute), word{purpose: incident.PurposeExplanation, en: "It was us."})
			}
			got := read(t, w, "/api/v2/incidents.json", nil).Incidents[0]
			assert.Equal(t, c.want, got.Status)
			assert.Len(t, read(t, w, "/api/v2/incidents/unresolved.json", nil).Incidents, map[bool]int{true: 1}[c.open])
			assert.Equal(t, !c.open, got.ResolvedAt != nil)
			if c.want == "monitoring" {
				assert.NotNil(t, got.MonitoringAt)
			}
			state := read(t, w, "/api/v2/summary.json", nil)
			hurts := c.open && len(c.steps) == 0 || c.open && c.steps[len(c.steps)-1] != incident.StatusResolved
			assert.Equal(t, map[bool]string{true: "major", false: "none"}[hurts], state.Status.Indicator)
		})
	}
}

func TestConditionsOfComponents(t *testing.T) {
	t.Parallel()
	const minor, major, critical = incident.SeverityMinor, incident.SeverityMajor, incident.SeverityCritical
	for _, c := range []struct {
		degree incident.Degree
		want   map[incident.Severity]string
	}{
		{incident.DegreeDown, map[incident.Severity]string{minor: "major_outage", major: "major_outage", critical: "major_outage"}},
		{incident.DegreeDegraded, map[incident.Severity]string{minor: "degraded_performance", major: "partial_outage", critical: "partial_outage"}},
		{incident.DegreeExposed, map[incident.Severity]string{minor: "degraded_performance", major: "degraded_performance", critical: "degraded_performance"}},
		{incident.DegreeUnknown, map[incident.Severity]string{minor: "degraded_performance", major: "partial_outage", critical: "major_outage"}},
		{"", map[incident.Severity]string{minor: "degraded_performance", major: "partial_outage", critical: "major_outage"}},
	} {
		for severity, want := range c.want {
			w := newWorld(t)
			w.declare("inc", "x", severity, ago(time.Hour), incident.Component{ID: "p", Name: "P", Degree: c.degree})
			w.say("inc", ago(time.Minute), word{en: "x"})
			s := read(t, w, "/api/v2/summary.json", &statuspage.HandlerOptions{Now: now})
			require.Len(t, s.Components, 1, "without a catalog the page shows what incidents name")
			assert.Equal(t, want, s.Components[0].Status, "%q at %s", c.degree, severity)
			w.step("inc", now(), incident.StatusResolved)
			assert.Equal(t, "operational", read(t, w, "/api/v2/components.json", &statuspage.HandlerOptions{Now: now}).Components[0].Status)
		}
	}
}

func TestWorstOfSeveralCounts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.add("mnt", ago(2*time.Hour), incident.MaintenanceScheduled{Space: space, Title: "m", Components: []incident.Component{{ID: "restore"}, {ID: "upload"}}})
	w.say("mnt", ago(2*time.Hour), word{purpose: incident.PurposeAnnouncement, en: "m"})
	status := func(id string) string {
		for _, c := range read(t, w, "/api/v2/components.json", nil).Components {
			if c.ID == id {
				return c.Status
			}
		}
		return ""
	}
	assert.Equal(t, "operational", status("restore"), "planned is not begun")
	w.step("mnt", ago(time.Hour), incident.StatusInProgress)
	assert.Equal(t, "under_maintenance", status("restore"))
	s := read(t, w, "/api/v2/summary.json", nil)
	assert.Equal(t, [2]string{"maintenance", "Service Under Maintenance"}, [2]string{s.Status.Indicator, s.Status.Description})
	w.declare("one", "x", incident.SeverityMinor, ago(time.Hour), incident.Component{ID: "restore", Degree: incident.DegreeDegraded})
	w.say("one", ago(time.Hour), word{en: "x"})
	assert.Equal(t, "degraded_performance", status("restore"))
	assert.Equal(t, "degraded_performance", status("backup"), "a group is as its worst")
	assert.Equal(t, "minor", read(t, w, "/api/v2/status.json", nil).Status.Indicator)
	w.declare("two", "y", incident.SeverityMinor, ago(time.Hour), incident.Component{ID: "restore", Degree: incident.DegreeDown})
	assert.Equal(t, "degraded_performance", status("restore"), "of the second nothing was said yet")
	w.say("two", ago(time.Hour), word{en: "y"})
	assert.Equal(t, "major_outage", status("restore"))
	assert.Equal(t, "critical", read(t, w, "/api/v2/status.json", nil).Status.Indicator, "a core function is out, whatever the severity says")
}

func TestComponentsBesideTheCatalog(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.declare("inc", "x", incident.SeverityMinor, ago(time.Hour), incident.Component{ID: "side", Name: "Side door"})
	w.say("inc", ago(time.Hour), word{en: "x"})
	ids := func() (out []string) {
		for _, c := range read(t, w, "/api/v2/components.json", nil).Components {
			out = append(out, c.ID)
		}
		return out
	}
	assert.Equal(t, []string{"backup", "restore", "upload", "console", "relay", "side"}, ids())
	w.step("inc", ago(time.Minute), incident.StatusResolved)
	assert.Equal(t, []string{"backup", "restore", "upload", "console", "relay"}, ids())
	body := get(t, handler(t, w.store, options()), "/").Body.String()
	assert.NotContains(t, body, "Legacy relay", "it works, and is shown only when it does not")
}

func TestAffectedComponentsTellWhatChanged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.declare("inc", "x", incident.SeverityMajor, ago(time.Hour), restores)
	w.say("inc", ago(50*time.Minute), word{en: "1"})
	better := restores
	better.Degree = incident.DegreeDegraded
	w.add("inc", ago(40*time.Minute), incident.ComponentsChanged{Components: []incident.Component{better, uploads}})
	w.say("inc", ago(30*time.Minute), word{en: "2"})
	w.say("inc", ago(20*time.Minute), word{purpose: incident.PurposeResolution, en: "3"})
	u := read(t, w, "/api/v2/incidents.json", nil).Incidents[0].Updates
	require.Len(t, u, 3)
	type change = struct {
		Code string
		Old  string `json:"old_status"`
		New  string `json:"new_status"`
	}
	assert.Equal(t, []change{{"restore", "operational", "major_outage"}}, u[2].Parts)
	assert.Equal(t, []change{{"restore", "major_outage", "partial_outage"}, {"upload", "operational", "partial_outage"}}, u[1].Parts)
	assert.Equal(t, []change{{"restore", "partial_outage", "operational"}, {"upload", "partial_outage", "operational"}}, u[0].Parts)
}

func TestMergedIncidents(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for n, id := range []string{"a", "b", "c"} {
		w.declare(id, "Title of "+id, incident.SeverityMinor, ago(time.Hour), incident.Component{ID: id})
		if id != "a" {
			w.say(id, ago(time.Duration(50-n)*time.Minute), word{en: "words of " + id, next: ago(time.Duration(20-n) * time.Minute)})
		}
	}
	merge := func(from, into string) {
		w.add(from, ago(40*time.Minute), incident.MergedInto{Into: into})
		w.add(into, ago(40*time.Minute), incident.Absorbed{From: from})
	}
	merge("c", "b")
	merge("b", "a")
	got := read(t, w, "/api/v2/incidents.json", nil).Incidents
	require.Len(t, got, 1, "one failure, told once")
	assert.Equal(t, "a", got[0].ID)
	assert.Equal(t, "Title of b", got[0].Name, "the survivor has said nothing: its title is not public")
	assert.Len(t, got[0].Updates, 2)
	require.NotNil(t, got[0].NextUpdateAt, "what b and c promised is still owed")
	h := handler(t, w.store, options())
	for _, id := range []string{"b", "c"} {
		assert.Equal(t, "/incidents/a", get(t, h, "/incidents/"+id).Header().Get("Location"), id)
	}
	w.say("a", ago(10*time.Minute), word{en: "words of a"})
	got = read(t, w, "/api/v2/incidents.json", nil).Incidents
	assert.Equal(t, "Title of a", got[0].Name)
	assert.Nil(t, got[0].NextUpdateAt, "words of the survivor keep it")
	assert.Len(t, got[0].Updates, 3)

	w.add("b", ago(5*time.Minute), incident.SeparatedFrom{From: "a", Status: incident.StatusDetected})
	for _, id := range []string{"b", "c"} {
		w.add("a", ago(5*time.Minute), incident.Released{Incident: id})
	}
	assert.Len(t, read(t, w, "/api/v2/incidents.json", nil).Incidents, 2, "separated, each is told alone, and c with b")
}

// Records that make no sense together are shown all the same: each for itself.
func TestMergedIntoNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, id := range []string{"lost", "ring1", "ring2"} {
		w.declare(id, id, incident.SeverityMinor, ago(time.Hour))
		w.say(id, ago(50*time.Minute), word{en: id})
	}
	w.add("lost", ago(time.Minute), incident.MergedInto{Into: "nobody"})
	w.add("ring1", ago(time.Minute), incident.MergedInto{Into: "ring2"})
	w.add("ring2", ago(time.Minute), incident.MergedInto{Into: "ring1"})
	got := read(t, w, "/api/v2/incidents/unresolved.json", nil).Incidents
	require.Len(t, got, 3)
	for _, i := range got {
		assert.Equal(t, "investigating", i.Status)
	}
}

// A promise made in public is kept in public: what the affected alone hear does not keep it.
func TestTheNextUpdate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.declare("inc", "x", incident.SeverityMajor, ago(time.Hour))
	due := now().Add(10 * time.Minute)
	said := w.say("inc", ago(30*time.Minute), word{en: "1", next: due})
	next := func() *time.Time { return read(t, w, "/api/v2/incidents.json", nil).Incidents[0].NextUpdateAt }
	require.NotNil(t, next())
	assert.True(t, due.Equal(*next()))
	w.say("inc", ago(20*time.Minute), word{en: "private", audiences: []incident.Audience{incident.AudienceAffected}})
	require.NotNil(t, next())
	later := due.Add(time.Hour)
	w.add("inc", ago(15*time.Minute), incident.PromiseMade{Promise: incident.PromiseNextUpdate, Due: incident.Moment{At: later}})
	assert.True(t, due.Equal(*next()), "the earliest counts")
	w.say("inc", ago(10*time.Minute), word{en: "2"})
	assert.Nil(t, next())
	_ = said
	w.add("inc", ago(5*time.Minute), incident.PromiseMade{Promise: incident.PromiseNextUpdate, Due: incident.Moment{At: later}})
	require.NotNil(t, next(), "one that was given to all without words")
	w.step("inc", ago(time.Minute), incident.StatusDismissed)
	assert.Nil(t, next(), "nothing is left to be said")
}

// Who was promised what: only what all were promised is public.
func TestPromisesOfOthersAreNotPublic(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.declare("inc", "x", incident.SeverityMajor, ago(time.Hour))
	private := w.say("inc", ago(50*time.Minute), word{en: "private", audiences: []incident.Audience{incident.AudienceAffected}})
	w.say("inc", ago(40*time.Minute), word{en: "public"})
	due := incident.Moment{At: now().Add(time.Hour)}
	for _, p := range []incident.PromiseMade{
		{Promise: incident.PromiseFix, Due: due, What: "to the affected", Statement: private},
		{Promise: incident.PromiseCallBack, Due: due, What: "a call"},
		{Promise: incident.PromiseFix, Due: due, What: "to everybody"},
	} {
		w.add("inc", ago(30*time.Minute), p)
	}
	late := w.add("inc", ago(30*time.Minute), incident.PromiseMade{Promise: incident.PromisePrevention, Due: incident.Moment{At: ago(20 * time.Minute)}, What: "was late"})
	w.add("inc", ago(10*time.Minute), incident.PromiseKept{Promise: late})
	moved := w.add("inc", ago(30*time.Minute), incident.PromiseMade{Promise: incident.PromisePrevention, Due: incident.Moment{At: ago(20 * time.Minute)}, What: "was moved"})
	w.add("inc", ago(25*time.Minute), incident.PromiseMoved{Promise: moved, Due: incident.Moment{At: ago(5 * time.Minute)}, InAdvance: true, Reason: "secret"})
	body := get(t, handler(t, w.store, options()), "/incidents/inc").Body.String()
	assert.Contains(t, body, "to everybody")
	assert.Contains(t, body, "Kept, but late")
	assert.Contains(t, body, "Overdue since")
	assert.Contains(t, body, "The date was moved once.")
	for _, not := range []string{"to the affected", "a call", "secret"} {
		assert.NotContains(t, body, not)
	}
}

func TestFailedWorkLeadsToItsIncident(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.add("mnt", ago(2*time.Hour), incident.MaintenanceScheduled{Space: space, Title: "Work", Planned: incident.Window{From: ago(time.Hour), To: now()}})
	w.say("mnt", ago(2*time.Hour), word{purpose: incident.PurposeAnnouncement, en: "We work."})
	w.step("mnt", ago(time.Hour), incident.StatusInProgress)
	w.add("mnt", ago(30*time.Minute), incident.StatusChanged{From: incident.StatusInProgress, To: incident.StatusFailed, Into: "inc"})
	w.declare("inc", "It broke", incident.SeverityMajor, ago(30*time.Minute))
	body := func() string { return get(t, handler(t, w.store, options()), "/incidents/mnt").Body.String() }
	assert.NotContains(t, body(), "/incidents/inc", "of the incident nothing was said yet")
	w.say("inc", ago(time.Minute), word{en: "It broke."})
	assert.Contains(t, body(), `<a href="/incidents/inc"><bdi>It broke</bdi></a>`)
	assert.Equal(t, "completed", read(t, w, "/api/v2/scheduled-maintenances.json", nil).Maintenances[0].Status)
}

func TestFiftyAreListed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for n := range 60 {
		id := incident.NewID("inc")
		w.declare(id, "x", incident.SeverityMinor, ago(time.Duration(n+2)*time.Hour))
		w.say(id, ago(time.Duration(n+1)*time.Hour), word{en: "x"})
	}
	assert.Len(t, read(t, w, "/api/v2/incidents.json", nil).Incidents, 50)
	assert.Len(t, read(t, w, "/api/v2/incidents/unresolved.json", nil).Incidents, 60, "nothing that is open is left out")
	assert.True(t, ago(time.Hour).Equal(read(t, w, "/api/v2/incidents.json", nil).Incidents[0].CreatedAt))
}
