package incident_test

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/incident/incidenttest"
)

var update = flag.Bool("update", false, "rewrite golden files")

// allows are facts under which every guard on facts holds.
func allows() *incident.Facts {
	return &incident.Facts{
		At: minute(100), Asked: true, AskedUntil: minute(100), Done: "rolled back", Into: "inc_2",
		Actor: incidenttest.Staff(), Reason: "because",
	}
}

// standing is an incident at a status on which every guard on views holds.
func standing(s incident.Status) *incident.Incident {
	v := &incident.Incident{ID: "inc_1", Status: s, Exposure: "nobody else", MergedInto: "inc_2"}
	v.Statuses = []incident.StatusAt{{Status: incident.StatusIdentified}, {Status: s}}
	for _, p := range []incident.Purpose{incident.PurposeResolution, incident.PurposeCorrection} {
		v.Statements = append(v.Statements, &incident.Statement{
			ID: string(p), StatementDrafted: incident.StatementDrafted{Purpose: p}, Published: minute(50),
		})
	}
	return v
}

func TestMachineSteps(t *testing.T) {
	t.Parallel()
	want := map[incident.Status]map[incident.Step]incident.Status{
		"detected": {
			"investigate": "investigating", "identify": "identified", "monitor": "monitoring", "resolve": "resolved",
			"dismiss": "dismissed", "merge": "merged",
		},
		"investigating": {"identify": "identified", "monitor": "monitoring", "resolve": "resolved", "dismiss": "dismissed", "merge": "merged"},
		"identified":    {"investigate": "investigating", "monitor": "monitoring", "resolve": "resolved", "dismiss": "dismissed", "merge": "merged"},
		"monitoring":    {"resolve": "resolved", "dismiss": "dismissed", "merge": "merged", "reopen": "investigating"},
		"resolved":      {"confirm": "confirmed", "close": "closed", "merge": "merged", "reopen": "investigating"},
		"confirmed":     {"close": "closed", "reopen": "investigating"},
		"closed":        {"reopen": "investigating"},
		"dismissed":     {"reopen": "investigating"},
		"merged":        {"separate": ""},
	}
	m := incident.Incidents()
	require.Len(t, m.Statuses(), len(want))
	for _, from := range m.Statuses() {
		got := make(map[incident.Step]incident.Status)
		for _, step := range m.Steps(from) {
			to, ok := m.Target(from, step)
			require.True(t, ok)
			got[step] = to
		}
		assert.Equal(t, want[from], got, "steps from %s", from)
	}
}

// TestStepsFold takes every step of both machines and folds what it returns.
func TestStepsFold(t *testing.T) {
	t.Parallel()
	for _, m := range []*incident.Machine{incident.Incidents(), incident.Maintenances()} {
		for _, from := range m.Statuses() {
			for _, step := range m.Steps(from) {
				v := standing(from)
				v.Opened = minute(0)
				events, err := m.Step(v, step, allows())
				require.NoError(t, err, "%s from %s", step, from)
				require.Len(t, events, 1)
				assert.Equal(t, minute(100), events[0].At)
				assert.Equal(t, minute(100), events[0].Recorded)
				assert.Equal(t, incidenttest.Staff(), events[0].Actor)
				require.NoError(t, v.Apply(numbered(v, events[0])))
				to, _ := m.Target(from, step)
				if to == "" {
					to = incident.StatusIdentified
				}
				assert.Equal(t, to, v.Status, "%s from %s", step, from)
				if c, ok := events[0].Data.(incident.StatusChanged); ok {
					assert.Equal(t, v.Round, c.Round, "the round that the event says is the one that the fold counts")
				}
				if head := incident.HeadOf(events); assert.NotNil(t, head.Status) {
					assert.Equal(t, v.Status, *head.Status)
				}
			}
		}
	}
}

func TestGuards(t *testing.T) {
	t.Parallel()
	type state struct {
		v *incident.Incident
		f *incident.Facts
	}
	resolution := func(s state) *incident.Statement { return s.v.Statements[0] }
	tests := []struct {
		name   string
		from   incident.Status
		step   incident.Step
		change func(state)
		unmet  []string
	}{
		{"resolve", "monitoring", "resolve", func(state) {}, nil},
		{"resolve with approved words", "monitoring", "resolve", func(s state) {
			resolution(s).Published, resolution(s).Approved = time.Time{}, minute(1)
		}, nil},
		{"resolve with a draft", "monitoring", "resolve", func(s state) { resolution(s).Published = time.Time{} }, []string{"resolution"}},
		{"resolve with blocked words", "monitoring", "resolve", func(s state) { resolution(s).Blocked = true }, []string{"resolution"}},
		{"resolve with withdrawn words", "monitoring", "resolve", func(s state) { resolution(s).Withdrawn = minute(1) }, []string{"resolution"}},
		{"resolve with corrected words", "monitoring", "resolve", func(s state) { resolution(s).CorrectedBy = "x" }, []string{"resolution"}},
		{"resolve with words of an earlier round", "monitoring", "resolve", func(s state) { s.v.Round = 1 }, []string{"resolution"}},
		{"resolve and say nothing", "detected", "resolve", func(s state) { s.f.Done, s.v.Statements = "", nil }, []string{"resolution", "done"}},

		{"confirm", "resolved", "confirm", func(state) {}, nil},
		{"confirm unasked", "resolved", "confirm", func(s state) { s.f.Asked = false }, []string{"asked"}},
		{"confirm too early", "resolved", "confirm", func(s state) { s.f.AskedUntil = minute(101) }, []string{"window"}},
		{"confirm without a window", "resolved", "confirm", func(s state) { s.f.AskedUntil = time.Time{} }, []string{"window"}},
		{"confirm early as all said yes", "resolved", "confirm", func(s state) { s.f.AskedUntil, s.f.AllFixed = minute(101), true }, nil},
		{"confirm disputed", "resolved", "confirm", func(s state) { s.f.Disputed = 1 }, []string{"undisputed"}},

		{"close", "confirmed", "close", func(state) {}, nil},
		{"close disputed", "confirmed", "close", func(s state) { s.f.Disputed = 1 }, []string{"undisputed"}},
		{"close before a case's change is followed up", "confirmed", "close", func(s state) { s.f.Unreconciled = true }, []string{"reconciled"}},
		{"close with a requirement", "confirmed", "close", func(s state) { s.f.OpenRequirements = 1 }, []string{"requirements"}},
		{"close unanswered", "confirmed", "close", func(s state) { s.f.Unanswered = 1 }, []string{"answers"}},
		{"close with a customer's promise", "confirmed", "close", func(s state) { s.f.PendingPromises = 1 }, []string{"promises"}},
		{"close with a promise to all", "confirmed", "close", func(s state) {
			s.v.Promises = []*incident.Promise{{State: incident.PromisePending, PromiseMade: incident.PromiseMade{Promise: incident.PromiseFix}}}
		}, []string{"promises"}},
		{"close with a prevention", "confirmed", "close", func(s state) {
			s.v.Promises = []*incident.Promise{{State: incident.PromisePending, PromiseMade: incident.PromiseMade{Promise: incident.PromisePrevention}}}
		}, nil},
		{"close unassessed", "confirmed", "close", func(s state) { s.f.Unassessed = true }, []string{"assessed"}},
		{"close unpaid", "confirmed", "close", func(s state) { s.f.UnpaidCredits = 1 }, []string{"credits"}},
		{"close without asking who else", "confirmed", "close", func(s state) { s.v.Exposure = "" }, []string{"exposure"}},
		{"close untold", "confirmed", "close", func(s state) { s.f.Untold = 1 }, []string{"told"}},
		{"close at once", "resolved", "close", func(state) {}, nil},
		{"close at once with nothing done", "resolved", "close", func(s state) {
			*s.f = incident.Facts{At: minute(1), Disputed: 1, OpenRequirements: 1, Unanswered: 1, PendingPromises: 1, UnpaidCredits: 1, Unassessed: true, Untold: 1, Unreconciled: true}
			s.v.Exposure = ""
		}, []string{"asked", "window", "undisputed", "reconciled", "requirements", "answers", "promises", "assessed", "credits", "exposure", "told"}},

		{"dismiss", "investigating", "dismiss", func(state) {}, nil},
		{"dismiss in silence", "investigating", "dismiss", func(s state) { s.v.Statements = nil }, nil},
		{"dismiss what was published", "investigating", "dismiss", func(s state) { s.v.Statements = s.v.Statements[:1] }, []string{"correction"}},
		{"merge into itself", "investigating", "merge", func(s state) { s.f.Into = "inc_1" }, []string{"survivor"}},
		{"merge into nothing", "investigating", "merge", func(s state) { s.f.Into = "" }, []string{"survivor"}},

		{"complete", "verifying", "complete", func(state) {}, nil},
		{"complete unanswered", "verifying", "complete", func(s state) { s.f.Unanswered, s.f.PendingPromises = 1, 1 }, []string{"answers", "promises"}},
		{"cancel what was announced", "scheduled", "cancel", func(s state) { s.v.Statements = s.v.Statements[:1] }, []string{"correction"}},
		{"fail into nothing", "in_progress", "fail", func(s state) { s.f.Into = "" }, []string{"successor"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := state{standing(tt.from), allows()}
			switch tt.from {
			case "scheduled", "in_progress", "verifying":
				s.v.Maintenance = true
			default:
			}
			tt.change(s)
			m := incident.MachineOf(s.v)
			err := m.May(s.v, tt.step, s.f)
			_, same := m.Step(s.v, tt.step, s.f)
			require.Equal(t, err, same, "May and Step say the same")
			if tt.unmet == nil {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, incident.ErrTransition)
			te, ok := errors.AsType[*incident.TransitionError](err)
			require.True(t, ok)
			var ids []string
			for _, u := range te.Unmet {
				ids = append(ids, u.ID)
				assert.NotEmpty(t, u.Sentence)
				assert.ErrorContains(t, err, u.Sentence)
			}
			assert.Equal(t, tt.unmet, ids)
			assert.Equal(t, m.Steps(tt.from), te.Legal)
			assert.Equal(t, tt.from, te.From)
			to, _ := m.Target(tt.from, tt.step)
			assert.Equal(t, to, te.To)
		})
	}
}

func TestNoSuchStep(t *testing.T) {
	t.Parallel()
	for _, step := range []incident.Step{incident.StepClose, "fly"} {
		err := incident.Incidents().May(standing(incident.StatusClosed), step, allows())
		te, ok := errors.AsType[*incident.TransitionError](err)
		require.True(t, ok)
		assert.Empty(t, te.Unmet)
		assert.Equal(t, []incident.Step{incident.StepReopen}, te.Legal)
		assert.ErrorContains(t, err, "there is no such step here: legal are reopen")
	}
}

func TestMachineRefusesWhatItDoesNotUnderstand(t *testing.T) {
	t.Parallel()
	v := standing(incident.StatusConfirmed)
	v.NotUnderstood = []incident.Kind{"weather.changed"}
	_, err := incident.Incidents().Step(v, incident.StepClose, allows())
	require.ErrorIs(t, err, incident.ErrNotUnderstood)
	require.ErrorContains(t, err, "weather.changed")
}

func TestNewMachineReportsAllMistakes(t *testing.T) {
	t.Parallel()
	holds := func(*incident.Incident, *incident.Facts) bool { return true }
	_, err := incident.NewMachine(incident.Definition{
		Name: "broken",
		Transitions: []incident.Transition{
			{Step: "go", From: []incident.Status{"a"}, To: "b", Guards: []string{"g", "missing"}, Doc: "Goes."},
			{Step: "go", From: []incident.Status{"a"}, To: "c", Doc: "Goes elsewhere."},
			{Step: "mute", From: []incident.Status{"a"}, To: "b"},
			{Step: "nowhere", To: "b", Doc: "From nowhere."},
			{From: []incident.Status{"lost"}, To: "end", Doc: "No name.", Guards: []string{"bare", "empty"}},
		},
		Final: []incident.Status{"end"},
		Guards: []incident.Guard{
			{ID: "g", Sentence: "G.", Holds: holds},
			{ID: "g", Sentence: "G.", Holds: holds},
			{ID: "bare", Holds: holds},
			{ID: "empty", Sentence: "E."},
			{ID: "idle", Sentence: "I.", Holds: holds},
			{Sentence: "N.", Holds: holds},
		},
	})
	for _, want := range []string{
		`"broken"`, "it has no initial status", `step "go": no guard "missing"`, `step "go" from "a" is ambiguous`, `step "mute" is not explained`,
		`step "nowhere" begins nowhere`, "line 5 names no step", `guard "g" is defined twice`, `guard "bare" has no sentence`,
		`guard "empty" has no condition`, `guard "idle" is used by no step`, "guard 6 has no ID",
		`status "lost" cannot be reached`, `status "b" leads to no final status`,
	} {
		assert.ErrorContains(t, err, want)
	}
	_, err = incident.NewMachine(incident.Definition{Name: "endless", Initial: "a", Transitions: []incident.Transition{
		{Step: "spin", From: []incident.Status{"a"}, To: "a", Doc: "Spins."},
	}})
	assert.ErrorContains(t, err, "it has no final status")
}

func TestDefinitionIsACopy(t *testing.T) {
	t.Parallel()
	m := incident.Incidents()
	d := m.Definition()
	d.Transitions[0].From[0], d.Guards[0].ID, d.Final[0] = "x", "x", "x"
	m.Statuses()[0] = "x"
	assert.Equal(t, incident.Status("detected"), m.Definition().Transitions[0].From[0])
	assert.Equal(t, "resolution", m.Definition().Guards[0].ID)
	assert.Equal(t, incident.StatusDetected, m.Statuses()[0])
}

func TestGuardsOfACopyCanBeChanged(t *testing.T) {
	t.Parallel()
	d := incident.Incidents().Definition()
	for n := range d.Guards {
		d.Guards[n].Holds = func(_ *incident.Incident, f *incident.Facts) bool { return f.Untold == 7 }
	}
	m, err := incident.NewMachine(d)
	require.NoError(t, err)
	v, f := standing(incident.StatusConfirmed), allows()
	require.ErrorIs(t, m.May(v, incident.StepClose, f), incident.ErrTransition)
	f.Untold = 7
	require.NoError(t, m.May(v, incident.StepClose, f))
}

func TestMermaid(t *testing.T) {
	t.Parallel()
	for name, m := range map[string]*incident.Machine{"incident": incident.Incidents(), "maintenance": incident.Maintenances()} {
		golden := filepath.Join("testdata", name+".mermaid.golden")
		if *update {
			require.NoError(t, os.WriteFile(golden, []byte(m.Mermaid()), 0o644))
		}
		want, err := os.ReadFile(golden)
		require.NoError(t, err)
		assert.Equal(t, string(want), m.Mermaid(), "run the test with -update if the change is meant")
	}
}

func TestMayAllocatesNothing(t *testing.T) {
	v, f, m := standing(incident.StatusConfirmed), allows(), incident.Incidents()
	assert.Zero(t, testing.AllocsPerRun(100, func() {
		if err := m.May(v, incident.StepClose, f); err != nil {
			t.Fatal(err)
		}
	}))
}
