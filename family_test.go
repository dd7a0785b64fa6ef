package amends_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
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

func (w *world) separate(id string) {
	w.t.Helper()
	_, err := w.desk.Separate(w.t.Context(), amends.Separate{Command: by(), Record: id, Reason: "another cause"})
	require.NoError(w.t, err)
	w.settle()
}

func (w *world) promiseAll(record string, within time.Duration) string {
	w.t.Helper()
	r, err := w.desk.Promise(w.t.Context(), amends.Promise{Command: by(), Record: record, Kind: incident.PromiseFix, Due: incident.Moment{At: w.clock().Add(within)}})
	require.NoError(w.t, err)
	w.settle()
	return r.ID
}

// What had been merged into an incident before stays with it, when it is merged and when it is separated.
func TestAChainIsSeparatedWithWhatItHadAbsorbed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3)
	a, b, c := w.declare("inc-a", "c0"), w.declare("inc-b", "c1"), w.declare("inc-c", "c2")
	w.merge(a, b)
	w.merge(b, c)
	assert.Equal(t, []string{b, a}, w.incident(c).Absorbed)
	w.separate(b)
	assert.Empty(t, w.incident(c).Absorbed)
	assert.Equal(t, []string{a}, w.incident(b).Absorbed)
	for _, id := range []string{b, c} {
		w.say(id, incident.PurposeUpdate, plainUpdate+" "+id, w.clock().Add(time.Hour))
		w.resolve(id)
	}
	for _, who := range []string{"c0", "c1"} {
		w.verdict(b, who, incident.OpinionFixed)
	}
	w.verdict(c, "c2", incident.OpinionFixed)
	w.later(4 * 24 * time.Hour)
	paid := map[string]int{}
	for _, e := range w.entries(a, b, c) {
		if e.State == compensate.StateIssued {
			paid[e.Key.Customer]++
		}
	}
	assert.Equal(t, map[string]int{"c0": 1, "c1": 1, "c2": 1}, paid, "one failure, one award each")
	w.checkPaidOnce()
}

// The one at the end of a chain is in the family of none that it was merged into on the way.
func TestTheEndOfAChainIsReleasedEverywhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3)
	a, b, c := w.declare("inc-a", "c0"), w.declare("inc-b", "c1"), w.declare("inc-c", "c2")
	w.merge(a, b)
	w.merge(b, c)
	w.separate(a)
	assert.Equal(t, []string{b}, w.incident(c).Absorbed)
	assert.Empty(t, w.incident(b).Absorbed)
	w.separate(b)
	assert.Empty(t, w.incident(c).Absorbed)
	assert.Equal(t, incident.StatusDetected, w.incident(a).Status)
}

// Whatever is merged and separated: every incident is in exactly one family.
func TestFamiliesAreDisjoint(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			rnd := rand.New(rand.NewPCG(seed, 1))
			w := newWorld(t, 1)
			var all []string
			for n := range 6 {
				r, err := w.desk.Declare(t.Context(), amends.Declare{Command: by(), Space: space, ID: fmt.Sprintf("inc-%d", n), Title: "Search is slow", Severity: incident.SeverityMinor})
				require.NoError(t, err)
				all = append(all, r.Record)
			}
			merged, separated := 0, 0
			for range 60 {
				x, y := all[rnd.IntN(len(all))], all[rnd.IntN(len(all))]
				var err error
				if w.incident(x).Status == incident.StatusMerged {
					_, err = w.desk.Separate(t.Context(), amends.Separate{Command: by(), Record: x})
					require.NoError(t, err)
					separated++
				} else if _, err = w.desk.Merge(t.Context(), amends.Merge{Command: by(), Record: x, Into: y}); err == nil {
					merged++
				} else {
					require.ErrorIs(t, err, amends.ErrInvalid)
				}
				var members []string
				for _, id := range all {
					v := w.incident(id)
					if v.MergedInto == "" {
						members = append(members, v.Incidents()...)
					} else {
						assert.Contains(t, w.incident(v.MergedInto).Absorbed, id)
					}
				}
				slices.Sort(members)
				require.Equal(t, all, members, "each incident is in one family")
			}
			assert.Positive(t, merged)
			assert.Positive(t, separated)
		})
	}
}

// R75: what was promised in the name of one is kept in the name of both.
func TestThePromisesOfAnAbsorbedIncidentBind(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	a, b := w.declare("inc-a", "c0"), w.declare("inc-b", "c1")
	p := w.promiseAll(a, 2*time.Hour)
	w.merge(a, b)
	q := w.requirement(b, "promise/"+p)
	assert.Equal(t, policy.Open, q.Status)
	assert.False(t, q.Late)
	w.say(b, incident.PurposeUpdate, plainUpdate, w.clock().Add(4*time.Hour))

	_, err := w.desk.MovePromise(t.Context(), amends.PromiseCommand{Command: by(), Record: a, Promise: p, Due: incident.Moment{At: w.clock().Add(3 * time.Hour)}})
	require.NoError(t, err, "a promise is moved where it was given")
	w.later(150 * time.Minute)
	assert.False(t, w.requirement(b, "promise/"+p).Late, "moved in advance")
	w.later(time.Hour)
	assert.True(t, w.requirement(b, "promise/"+p).Late)
	assert.Equal(t, 1, w.incident(a).Promises[0].Broken)
	assert.Equal(t, 1, breaches(w.incident(a).Breaches, "promise/"+p), "noted where it was given")
	assert.Zero(t, breaches(w.incident(b).Breaches, "promise/"+p), "and there alone")
	woken := told(w.pager, "duty", notify.KindWake) + told(w.pager, "on_call", notify.KindWake) + told(w.pager, "incident_lead", notify.KindWake)
	assert.Positive(t, woken)

	w.resolve(b)
	assert.Contains(t, w.unmet(b, incident.StepClose), "promises")
	_, err = w.desk.KeepPromise(t.Context(), amends.PromiseCommand{Command: by(), Record: a, Promise: p})
	require.NoError(t, err)
	w.settle()
	assert.Equal(t, policy.Met, w.requirement(b, "promise/"+p).Status)
	assert.NotContains(t, w.unmet(b, incident.StepClose), "promises")
	w.separate(a)
	w.later(time.Hour)
	assert.Equal(t, 1, breaches(w.incident(a).Breaches, "promise/"+p), "a separation repeats nothing")
}

// R45: a next update that the one promised is kept by the words of the other, which its customers get.
func TestTheNextUpdateIsSaidInTheNameOfBoth(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	a, b := w.declare("inc-a", "c0"), w.declare("inc-b", "c1")
	st := w.say(a, incident.PurposeUpdate, "Backups are late. We look for the cause.", w.clock().Add(time.Hour))
	w.merge(a, b)
	next := "promise/" + st + "/next"
	assert.Equal(t, policy.Open, w.requirement(b, next).Status)
	w.later(30 * time.Minute)
	w.say(b, incident.PurposeUpdate, plainUpdate, w.clock().Add(time.Hour))
	q := w.requirement(b, next)
	assert.Equal(t, policy.Met, q.Status)
	assert.False(t, q.Late)
	assert.Equal(t, 2, told(w.mail, "c0-tech", notify.KindUpdate))
	w.separate(a)
	w.later(time.Hour)
	assert.Zero(t, breaches(w.incident(a).Breaches, next), "it was kept, and stays so")
}

// A promise for after the end outlives the closing, and a waiver of the one goes along.
func TestPreventionAndWaiversGoAlong(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	a, b := w.declare("inc-a", "c0"), w.declare("inc-b", "c1")
	p := w.promiseAll(a, 24*time.Hour)
	r, err := w.desk.Promise(t.Context(), amends.Promise{Command: by(), Record: a, Kind: incident.PromisePrevention, Due: incident.Moment{At: w.clock().Add(24 * time.Hour)}})
	require.NoError(t, err)
	_, err = w.desk.Waive(t.Context(), amends.Waive{Command: by(), Record: a, Requirement: "promise/" + p, Reason: "agreed with them", Expires: w.clock().Add(100 * time.Hour)})
	require.NoError(t, err)
	w.merge(a, b)
	assert.Equal(t, policy.Waived, w.requirement(b, "promise/"+p).Status)
	assert.True(t, w.requirement(b, "promise/"+r.ID).OutlivesClosing)
	_, err = w.desk.KeepPromise(t.Context(), amends.PromiseCommand{Command: by(), Record: a, Promise: p})
	require.NoError(t, err)
	w.resolve(b)
	assert.NotContains(t, w.unmet(b, incident.StepClose), "promises", "prevention may come later")
}

// Duties are those of the whole failure: the worst severity, the earliest clock, lost data, every component.
func TestDutiesAreThoseOfTheWholeFailure(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	ctx := t.Context()
	b, err := w.desk.Declare(ctx, amends.Declare{Command: by(), Space: space, ID: "inc-b", Title: "Search is slow", Severity: incident.SeverityMinor, Components: []incident.Component{{ID: "search", Name: "Search"}}})
	require.NoError(t, err)
	a, err := w.desk.Declare(ctx, amends.Declare{
		Command: by(), Space: space, ID: "inc-a", Title: "Backups are gone", Severity: incident.SeverityCritical, DataLoss: true,
		Components: []incident.Component{{ID: "backup", Name: "Backup", Core: true}}, Detected: w.clock().Add(-3 * time.Hour),
	})
	require.NoError(t, err)
	w.settle()
	rules := func(id string) map[string]policy.Requirement {
		list, err := w.desk.Requirements(ctx, id)
		require.NoError(t, err)
		out := map[string]policy.Requirement{}
		for _, r := range list {
			out[r.Rule] = r
		}
		return out
	}
	before, alone := rules(a.Record), rules(b.Record)
	require.Greater(t, len(before), len(alone), "what is worse demands more")
	w.merge(a.Record, b.Record)
	after := rules(b.Record)
	for rule, r := range before {
		require.Contains(t, after, rule)
		if r.Act == policy.ActFirstNotice {
			assert.Equal(t, r.Due, after[rule].Due, "%s counts from the earliest clock", rule)
		}
	}
	w.separate(a.Record)
	for rule := range rules(b.Record) {
		assert.True(t, rule == "keep-promises" || len(alone[rule].ID) > 0, "%s is due no more", rule)
	}
	v := w.incident(b.Record)
	assert.Equal(t, incident.SeverityMinor, v.Worst, "nothing was copied")
	assert.False(t, v.DataLoss)
}

// A policy that joined an incident is in force for the one that it lives on in.
func TestAFurtherPolicyStaysInForceAfterAMerge(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	a, b := w.declare("inc-a", "c0"), w.declare("inc-b", "c1")
	p, err := policy.Load("regulator.yaml", []byte(`
name: regulator
version: "1"
communication:
  - {id: notify, act: first_notice, from: [detected], within: 4h, to: [affected], channels: {at_least: 1}}
`))
	require.NoError(t, err)
	more, err := policy.Compile(p, nil)
	require.NoError(t, err)
	w.note(a, incident.PolicyJoined{Policy: more.Pin()})
	require.Equal(t, policy.Open, w.requirement(a, "regulator/notify").Status)
	w.merge(a, b)
	assert.Equal(t, policy.Open, w.requirement(b, "regulator/notify").Status)
}

// R71, R72: whoever was told of the failure, in the name of either, is told how it ends.
func TestWhoeverWasToldOfTheOneIsToldTheEndOfBoth(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		late bool // the survivor was resolved before the merge
	}{{"merged before the end", false}, {"merged after the end", true}} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 2)
			w.dir.AddContact(space, incident.AudienceSubscribers, amends.Contact{ID: "sub", Channel: "mail", Address: "sub@reader.example"})
			a, b := w.declare("inc-a", "c0"), w.declare("inc-b", "c1")
			w.sayTo(a, "Backups are late. We look for the cause.", incident.AudienceSubscribers, incident.AudiencePublic)
			require.Equal(t, 1, told(w.mail, "sub", notify.KindUpdate))
			w.say(b, incident.PurposeUpdate, plainUpdate, w.clock().Add(time.Hour))
			if tt.late {
				w.resolve(b)
				require.Zero(t, told(w.mail, "sub", notify.KindResolution))
				w.merge(a, b)
			} else {
				w.merge(a, b)
				w.resolve(b)
			}
			for _, who := range []string{"sub", "c0-tech", "c1-tech"} {
				assert.Equal(t, 1, told(w.mail, who, notify.KindResolution), who)
			}
			w.checkToldOnce()
		})
	}
}

// The end of the one is no word to those who were told of an incident that was separated from it.
func TestWhoWasSeparatedIsNotToldTheEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	w.dir.AddContact(space, incident.AudienceSubscribers, amends.Contact{ID: "sub", Channel: "mail", Address: "sub@reader.example"})
	a, b := w.declare("inc-a", "c0"), w.declare("inc-b", "c1")
	w.sayTo(a, "Backups are late. We look for the cause.", incident.AudienceSubscribers, incident.AudiencePublic)
	w.merge(a, b)
	w.separate(a)
	w.resolve(b)
	assert.Zero(t, told(w.mail, "sub", notify.KindResolution))
	assert.Equal(t, 1, told(w.mail, "c1-tech", notify.KindResolution))
}

func TestMergingIntoPlannedWorkIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	id := w.declare("inc-a", "c0")
	m, err := w.desk.Schedule(t.Context(), amends.Schedule{Command: by(), Space: space, ID: "mnt-1", Title: "Database upgrade", Planned: incident.Window{From: w.clock().Add(time.Hour), To: w.clock().Add(2 * time.Hour)}})
	require.NoError(t, err)
	before := w.versions()
	_, err = w.desk.Merge(t.Context(), amends.Merge{Command: by(), Record: id, Into: m.Record})
	require.ErrorIs(t, err, amends.ErrInvalid)
	assert.Equal(t, before, w.versions())
}

// sayTo publishes an update for some audiences.
func (w *world) sayTo(record, body string, to ...incident.Audience) {
	w.t.Helper()
	r, _, err := w.desk.Draft(w.t.Context(), amends.Draft{
		Command: by(), Record: record, Purpose: incident.PurposeUpdate, Audiences: to, Texts: words("Restores fail", body), NextUpdate: &incident.Moment{At: w.clock().Add(time.Hour)},
	})
	require.NoError(w.t, err)
	cmd := amends.StatementCommand{Command: by(), Record: record, Statement: r.ID}
	_, err = w.desk.Approve(w.t.Context(), cmd)
	require.NoError(w.t, err)
	_, err = w.desk.Publish(w.t.Context(), cmd)
	require.NoError(w.t, err)
	w.settle()
}
