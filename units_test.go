package amends_test

import (
	"context"
	"errors"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends"
	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/incident"
)

// unit is a command or a unit of work, as a process runs it. Commands carry a
// key, as those of a host that repeats them after a crash do.
type unit struct {
	name string
	run  func(ctx context.Context, d *amends.Desk, s *scene) error
}

// scene is a world at a moment of a story, with the IDs that units need.
type scene struct {
	*world
	inc, other string
	draft      string // approved, not published
	published  string
	report     string // of c0, acknowledged, not answered
	caseOf     string // of c0
	loner      string // a case without incident
	promise    string // of the incident, or of the merged one
	merged     string // lives on in the incident
	blocked    string // a draft that a review blocks
	task       string // a delivery that a person makes
	gift       string // an entry that is owed in kind
}

func key(k string) amends.Command { return amends.Command{Key: k, By: ada} }

func customer(k, id string) amends.Command {
	return amends.Command{Key: k, By: incident.Actor{Kind: incident.ActorCustomer, ID: id}}
}

// during is the middle of an incident: something is said and told, something is
// said and not told yet, a report waits for its answer.
func during(w *world) *scene {
	ctx := w.t.Context()
	s := &scene{world: w, inc: w.declare("inc-1", "c0", "c1"), other: w.declare("inc-2", "c1", "c2")}
	s.published = w.say(s.inc, incident.PurposeUpdate, "Restores hang at 0 %. We stopped the scheduler and look for the cause.", w.clock().Add(time.Hour))
	r, err := w.desk.Report(ctx, amends.Report{Customer: amends.Customer{Incident: s.inc, Customer: "c0"}, Kind: incident.ReportFailure, Words: "it hangs"})
	require.NoError(w.t, err)
	s.report, s.caseOf = r.ID, r.Record
	r, err = w.desk.Report(ctx, amends.Report{Customer: amends.Customer{Space: space, Case: "case-9", Customer: "c2"}, Kind: incident.ReportFailure, Words: "mine, too"})
	require.NoError(w.t, err)
	s.loner = r.Record
	w.settle()
	r, err = w.desk.Promise(ctx, amends.Promise{Command: key(""), Record: s.inc, Kind: incident.PromiseFix, Due: incident.Moment{At: w.clock().Add(2 * time.Hour)}})
	require.NoError(w.t, err)
	s.promise = r.ID
	w.settle()
	r, _, err = w.desk.Draft(ctx, amends.Draft{
		Command: key(""), Record: s.inc, Purpose: incident.PurposeUpdate,
		Texts: words("Restores", "We found it: the scheduler. We roll it back."), NextUpdate: &incident.Moment{At: w.clock().Add(time.Hour)},
	})
	require.NoError(w.t, err)
	s.draft = r.ID
	_, err = w.desk.Approve(ctx, amends.StatementCommand{Command: key(""), Record: s.inc, Statement: s.draft})
	require.NoError(w.t, err)
	// Said, and neither expanded nor sent: so that the units of work have something to do.
	r, _, err = w.desk.Draft(ctx, amends.Draft{
		Command: key(""), Record: s.other, Purpose: incident.PurposeUpdate,
		Texts: words("Search", "Search is slow. We are adding machines."), NextUpdate: &incident.Moment{At: w.clock().Add(time.Hour)},
	})
	require.NoError(w.t, err)
	cmd := amends.StatementCommand{Command: key(""), Record: s.other, Statement: r.ID}
	_, err = w.desk.Approve(ctx, cmd)
	require.NoError(w.t, err)
	_, err = w.desk.Publish(ctx, cmd)
	require.NoError(w.t, err)
	require.NoError(w.t, w.desk.Reconcile(ctx, s.other))
	require.NoError(w.t, w.desk.Reconcile(ctx, s.other))
	_, err = w.desk.Report(ctx, amends.Report{Customer: amends.Customer{Incident: s.other, Customer: "c1"}, Kind: incident.ReportQuestion, Words: "how long?"})
	require.NoError(w.t, err)
	return s
}

// ending is the end of an incident: confirmed, compensated, explained, ready to close.
func ending(w *world) *scene {
	ctx := w.t.Context()
	s := &scene{world: w, inc: w.declare("inc-1", "c0", "c1"), other: w.declare("inc-2", "c2")}
	w.say(s.inc, incident.PurposeUpdate, "Restores hang at 0 %. We stopped the scheduler and look for the cause.", w.clock().Add(time.Hour))
	w.say(s.inc, incident.PurposeResolution, "Restores work again. We rolled back the scheduler.", time.Time{})
	_, err := w.desk.Note(ctx, amends.Note{Command: key(""), Record: s.inc, Facts: []incident.Payload{
		incident.ImpactRecorded{Affected: 2}, incident.ExposureAnswered{Answer: "nobody"},
	}})
	require.NoError(w.t, err)
	_, err = w.desk.Advance(ctx, amends.Advance{Command: key(""), Record: s.inc, Step: incident.StepResolve, Done: "rolled back"})
	require.NoError(w.t, err)
	w.settle()
	for _, c := range []string{"c0", "c1"} {
		r, err := w.desk.Verdict(ctx, amends.Verdict{Command: customer("", c), Customer: amends.Customer{Incident: s.inc, Customer: c}, Opinion: incident.OpinionFixed})
		require.NoError(w.t, err)
		s.caseOf = r.Record
	}
	w.say(s.inc, incident.PurposeExplanation, "We are sorry: our mistake cost you time. It happened because we changed the scheduler without testing it. "+
		"We rolled it back, and from now on every change is tested first.", time.Time{})
	_, err = w.desk.Advance(ctx, amends.Advance{Command: key(""), Record: s.inc, Step: incident.StepConfirm})
	require.NoError(w.t, err)
	w.settle()
	require.NoError(w.t, w.desk.May(ctx, s.inc, incident.StepClose), "the scene is ready to close")
	return s
}

func swept(ctx context.Context, d *amends.Desk, _ *scene) error {
	_, err := d.Sweep(ctx, 64)
	return err
}

func delivered(ctx context.Context, d *amends.Desk, _ *scene) error {
	_, err := d.Deliver(ctx, 64)
	return err
}

func issued(ctx context.Context, d *amends.Desk, _ *scene) error {
	_, err := d.Issue(ctx, 64)
	return err
}

func only[R any](_ R, err error) error { return err }

// duringUnits is every command that the middle of an incident sees, and the units of work.
func duringUnits() []unit {
	return []unit{
		{"declare", func(ctx context.Context, d *amends.Desk, _ *scene) error {
			return only(d.Declare(ctx, amends.Declare{Command: key("declare"), Space: space, ID: "inc-3", Title: "Mail is late", Severity: incident.SeverityMinor}))
		}},
		{"declare from a case", func(ctx context.Context, d *amends.Desk, s *scene) error {
			return only(d.Declare(ctx, amends.Declare{Command: key("declare-case"), Space: space, ID: "inc-4", Title: "Reported", Severity: incident.SeverityMinor, FromCase: s.loner}))
		}},
		{"advance", func(ctx context.Context, d *amends.Desk, s *scene) error {
			return only(d.Advance(ctx, amends.Advance{Command: key("advance"), Record: s.inc, Step: incident.StepIdentify}))
		}},
		{"draft", func(ctx context.Context, d *amends.Desk, s *scene) error {
			_, _, err := d.Draft(ctx, amends.Draft{Command: key("draft"), Record: s.inc, Purpose: incident.PurposeUpdate, Texts: words("a", "Still at it.")})
			return err
		}},
		{"publish", func(ctx context.Context, d *amends.Desk, s *scene) error {
			return only(d.Publish(ctx, amends.StatementCommand{Command: key("publish"), Record: s.inc, Statement: s.draft}))
		}},
		{"withdraw", func(ctx context.Context, d *amends.Desk, s *scene) error {
			return only(d.Withdraw(ctx, amends.StatementCommand{Command: key("withdraw"), Record: s.inc, Statement: s.draft, Reason: "not true"}))
		}},
		{"note", func(ctx context.Context, d *amends.Desk, s *scene) error {
			s.dir.Affect(space, s.inc, amends.Hit{Degree: incident.DegreeDegraded}, "c3")
			return only(d.Note(ctx, amends.Note{Command: key("note"), Record: s.inc, Facts: []incident.Payload{incident.ImpactRecorded{Affected: 3, Scope: "EU too"}}}))
		}},
		{"report", func(ctx context.Context, d *amends.Desk, s *scene) error {
			return only(d.Report(ctx, amends.Report{Command: customer("report", "c1"), Customer: amends.Customer{Incident: s.inc, Customer: "c1"}, Kind: incident.ReportFailure, Words: "me too"}))
		}},
		{"reply", func(ctx context.Context, d *amends.Desk, s *scene) error {
			return only(d.Reply(ctx, amends.Reply{Command: customer("reply", "c0"), Customer: amends.Customer{Case: s.caseOf}, Report: s.report, Words: "since nine"}))
		}},
		{"answer", func(ctx context.Context, d *amends.Desk, s *scene) error {
			return only(d.Answer(ctx, amends.Answer{Command: key("answer"), Case: s.caseOf, Report: s.report, Texts: words("re", "You did nothing wrong: it is our scheduler, and we roll it back.")}))
		}},
		{"link", func(ctx context.Context, d *amends.Desk, s *scene) error {
			return only(d.Link(ctx, amends.Link{Command: key("link"), Case: s.loner, Incident: s.inc}))
		}},
		{"request", func(ctx context.Context, d *amends.Desk, s *scene) error {
			return only(d.Request(ctx, amends.Request{Command: key("request"), Record: s.inc, State: "agent 2.4.3 or newer"}))
		}},
		{"promise", func(ctx context.Context, d *amends.Desk, s *scene) error {
			return only(d.Promise(ctx, amends.Promise{Command: key("promise"), Record: s.caseOf, Kind: incident.PromiseCallBack, Due: incident.Moment{At: s.clock().Add(time.Hour)}}))
		}},
		{"keep promise", func(ctx context.Context, d *amends.Desk, s *scene) error {
			return only(d.KeepPromise(ctx, amends.PromiseCommand{Command: key("keep"), Record: s.inc, Promise: s.promise}))
		}},
		{"move promise", func(ctx context.Context, d *amends.Desk, s *scene) error {
			return only(d.MovePromise(ctx, amends.PromiseCommand{Command: key("move"), Record: s.inc, Promise: s.promise, Due: incident.Moment{At: s.clock().Add(4 * time.Hour)}}))
		}},
		{"waive", func(ctx context.Context, d *amends.Desk, s *scene) error {
			return only(d.Waive(ctx, amends.Waive{Command: key("waive"), Record: s.inc, Requirement: "promise/" + s.promise, Reason: "nobody awake", Expires: s.clock().Add(time.Hour)}))
		}},
		{"merge", func(ctx context.Context, d *amends.Desk, s *scene) error {
			return only(d.Merge(ctx, amends.Merge{Command: key("merge"), Record: s.other, Into: s.inc}))
		}},
		{"gesture", func(ctx context.Context, d *amends.Desk, s *scene) error {
			return only(d.Gesture(ctx, gesture("gesture", s)))
		}},
		{"sweep", swept},
		{"deliver", delivered},
		{"issue", issued},
	}
}

func gesture(k string, s *scene) amends.Gesture {
	return amends.Gesture{
		Command: key(k), Customer: amends.Customer{Incident: s.inc, Customer: "c0"}, Reason: "for your patience",
		Amount: compensate.FromMinor(500, "EUR"), Limit: compensate.FromMinor(2000, "EUR"),
	}
}

// endingUnits is closing, and everything that must stop it.
func endingUnits() []unit {
	return []unit{
		{"close", func(ctx context.Context, d *amends.Desk, s *scene) error {
			return only(d.Close(ctx, s.inc, key("close")))
		}},
		{"report", func(ctx context.Context, d *amends.Desk, s *scene) error {
			return only(d.Report(ctx, amends.Report{Command: customer("report", "c1"), Customer: amends.Customer{Incident: s.inc, Customer: "c1"}, Kind: incident.ReportQuestion, Words: "why?"}))
		}},
		{"first report", func(ctx context.Context, d *amends.Desk, s *scene) error {
			return only(d.Report(ctx, amends.Report{Command: customer("report2", "c2"), Customer: amends.Customer{Incident: s.inc, Customer: "c2"}, Kind: incident.ReportFailure, Words: "me too"}))
		}},
		{"still broken", func(ctx context.Context, d *amends.Desk, s *scene) error {
			return only(d.Verdict(ctx, amends.Verdict{Command: customer("verdict", "c0"), Customer: amends.Customer{Incident: s.inc, Customer: "c0"}, Opinion: incident.OpinionBroken}))
		}},
		{"promise to one", func(ctx context.Context, d *amends.Desk, s *scene) error {
			return only(d.Promise(ctx, amends.Promise{Command: key("promise"), Record: s.caseOf, Kind: incident.PromiseCallBack, Due: incident.Moment{At: s.clock().Add(time.Hour)}}))
		}},
		{"promise to all", func(ctx context.Context, d *amends.Desk, s *scene) error {
			return only(d.Promise(ctx, amends.Promise{Command: key("promise2"), Record: s.inc, Kind: incident.PromiseFix, Due: incident.Moment{At: s.clock().Add(time.Hour)}}))
		}},
		{"gesture", func(ctx context.Context, d *amends.Desk, s *scene) error {
			return only(d.Gesture(ctx, gesture("gesture", s)))
		}},
		{"loss", func(ctx context.Context, d *amends.Desk, s *scene) error {
			return only(d.NoteCase(ctx, amends.CaseNote{Command: customer("loss", "c0"), Customer: amends.Customer{Incident: s.inc, Customer: "c0"}, Facts: []incident.Payload{incident.LossRecorded{Minutes: 120}}}))
		}},
		{"merge", func(ctx context.Context, d *amends.Desk, s *scene) error {
			return only(d.Merge(ctx, amends.Merge{Command: key("merge"), Record: s.other, Into: s.inc}))
		}},
		{"reopen", func(ctx context.Context, d *amends.Desk, s *scene) error {
			return only(d.Advance(ctx, amends.Advance{Command: key("reopen"), Record: s.inc, Step: incident.StepReopen}))
		}},
		{"sweep", swept},
		{"deliver", delivered},
		{"issue", issued},
	}
}

// refused reports an error that a person or a host gets for good reason, not a failure of the machinery.
func refused(err error) bool {
	return errors.Is(err, incident.ErrTransition) || errors.Is(err, amends.ErrInvalid) || errors.Is(err, amends.ErrBlocked) ||
		errors.Is(err, compensate.ErrState)
}
