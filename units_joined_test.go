package amends_test

import (
	"context"
	"slices"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends"
	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/policy"
)

// joined is two incidents that were found to be one, in the middle of it: both
// have spoken, the merged one has promised something, words wait to be
// approved, a call and a gift in kind wait for a person.
func joined(w *world) *scene {
	ctx := w.t.Context()
	w.dir.AddCustomer(space, policy.CustomerFacts{Customer: "p0"}, amends.Contact{ID: "p0-phone", Channel: "call", Address: "+49 30 000000"})
	s := &scene{world: w, merged: w.declare("inc-0", "c2", "p0"), inc: w.declare("inc-1", "c0"), other: w.declare("inc-2", "c3")}
	s.task = w.say(s.merged, incident.PurposeUpdate, "Exports hang. We look for the cause.", w.clock().Add(time.Hour)) + "/p0-phone@call"
	s.published = w.say(s.inc, incident.PurposeUpdate, "Restores hang at 0 %. We stopped the scheduler and look for the cause.", w.clock().Add(time.Hour))
	s.caseOf = w.report(of(s.merged, "c2"), "it hangs").Record
	s.promise = w.promiseAll(s.merged, 2*time.Hour)
	_, err := w.desk.Gesture(ctx, amends.Gesture{Command: by(), Customer: of(s.merged, "c2"), InKind: "a day of training", Reason: "for your patience"})
	require.NoError(w.t, err)
	w.settle()
	gifts := w.entries(s.merged)
	require.Len(w.t, gifts, 1)
	s.gift = gifts[0].ID
	w.merge(s.merged, s.inc)
	rough := func(body string) string {
		r, _, err := w.desk.Draft(ctx, amends.Draft{Command: by(), Record: s.inc, Purpose: incident.PurposeUpdate, Texts: words("Restores", body)})
		require.NoError(w.t, err)
		return r.ID
	}
	s.draft, s.blocked = rough("We found it: the scheduler. We roll it back."), rough("Only a small number of customers is affected.")
	w.settle()
	require.True(w.t, w.incident(s.inc).Statement(s.blocked).Blocked)
	return s
}

// joinedUnits is what people and customers do to a family of incidents.
func joinedUnits() []unit {
	said := func(s *scene, k string) amends.StatementCommand {
		return amends.StatementCommand{Command: key(k), Record: s.inc, Statement: s.draft}
	}
	return []unit{
		{"separate", func(ctx context.Context, d *amends.Desk, s *scene) error {
			return only(d.Separate(ctx, amends.Separate{Command: key("separate"), Record: s.merged, Reason: "another cause"}))
		}},
		{"merge the survivor", func(ctx context.Context, d *amends.Desk, s *scene) error {
			return only(d.Merge(ctx, amends.Merge{Command: key("merge"), Record: s.inc, Into: s.other}))
		}},
		{"merge another", func(ctx context.Context, d *amends.Desk, s *scene) error {
			return only(d.Merge(ctx, amends.Merge{Command: key("merge2"), Record: s.other, Into: s.inc}))
		}},
		{"keep the other's promise", func(ctx context.Context, d *amends.Desk, s *scene) error {
			return only(d.KeepPromise(ctx, amends.PromiseCommand{Command: key("keep"), Record: s.merged, Promise: s.promise}))
		}},
		{"schedule", func(ctx context.Context, d *amends.Desk, s *scene) error {
			return only(d.Schedule(ctx, amends.Schedule{
				Command: key("schedule"), Space: space, ID: "mnt-1", Title: "Database upgrade",
				Planned: incident.Window{From: sunday.Add(200 * time.Hour), To: sunday.Add(202 * time.Hour)},
			}))
		}},
		{"rewrite", func(ctx context.Context, d *amends.Desk, s *scene) error {
			_, _, err := d.Rewrite(ctx, amends.Rewrite{Command: key("rewrite"), Record: s.inc, Statement: s.draft, Texts: words("Restores", "It is the scheduler. We roll it back now.")})
			return err
		}},
		{"override", func(ctx context.Context, d *amends.Desk, s *scene) error {
			return only(d.Override(ctx, amends.Override{Command: key("override"), Record: s.inc, Statement: s.blocked, Rules: []string{"minimising"}, Reason: "a court demands these words"}))
		}},
		{"approve", func(ctx context.Context, d *amends.Desk, s *scene) error {
			return only(d.Approve(ctx, said(s, "approve")))
		}},
		{"publish", func(ctx context.Context, d *amends.Desk, s *scene) error {
			return only(d.Publish(ctx, said(s, "publish")))
		}},
		{"correct", func(ctx context.Context, d *amends.Desk, s *scene) error {
			return only(d.Correct(ctx, amends.Correct{Command: key("correct"), Record: s.inc, Statement: s.published, Texts: words("Correction", "Restores hang at 10 %, not at 0 %. We were wrong about that.")}))
		}},
		{"dismiss", func(ctx context.Context, d *amends.Desk, s *scene) error {
			return only(d.Advance(ctx, amends.Advance{Command: key("dismiss"), Record: s.other, Step: incident.StepDismiss, Reason: "a false alarm"}))
		}},
		{"reopen", func(ctx context.Context, d *amends.Desk, s *scene) error {
			return only(d.Advance(ctx, amends.Advance{Command: key("reopen"), Record: s.other, Step: incident.StepReopen}))
		}},
		{"verdict", func(ctx context.Context, d *amends.Desk, s *scene) error {
			return only(d.Verdict(ctx, amends.Verdict{Command: customer("verdict", "c2"), Customer: of(s.merged, "c2"), Opinion: incident.OpinionBroken}))
		}},
		{"report to the merged one", func(ctx context.Context, d *amends.Desk, s *scene) error {
			return only(d.Report(ctx, amends.Report{Command: customer("report", "c1"), Customer: of(s.merged, "c1"), Kind: incident.ReportFailure, Words: "me too"}))
		}},
		{"give what is owed in kind", func(ctx context.Context, d *amends.Desk, s *scene) error {
			return d.FulfilCredit(ctx, amends.CreditCommand{By: ada, Entry: s.gift, Reference: "held on Monday"})
		}},
		{"do the task", func(ctx context.Context, d *amends.Desk, s *scene) error {
			return d.TaskDone(ctx, ada, s.task, "spoke to them at ten")
		}},
		{"sweep", swept},
		{"deliver", delivered},
		{"issue", issued},
	}
}

// stages are the moments of a story at which processes meet, or die.
func stages() []stage {
	return []stage{{"during", during, duringUnits()}, {"joined", joined, joinedUnits()}, {"ending", ending, endingUnits()}}
}

type stage struct {
	name  string
	build func(*world) *scene
	units []unit
}

// checkFamilies: every incident is in one family.
func (w *world) checkFamilies() {
	w.t.Helper()
	l, err := w.stores.Records.List(w.t.Context(), incident.Filter{Kind: incident.KindIncident}, "", 0)
	require.NoError(w.t, err)
	var all, members []string
	for _, h := range l.Heads {
		all = append(all, h.Record)
		if v := w.incident(h.Record); v.MergedInto == "" {
			members = append(members, v.Incidents()...)
		}
	}
	slices.Sort(all)
	slices.Sort(members)
	require.Equal(w.t, all, members, "each incident is in one family")
}

// waits reports a task that nobody has done yet: it is not lost.
func waits(o notify.Stored) bool { return o.State == notify.StateTask && o.Channel == "call" }
