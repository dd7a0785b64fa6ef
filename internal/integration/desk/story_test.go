package desk_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends"
	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/notify/notifytest"
)

// steps are a small failure from its detection to its closing: a mailbox that is
// gone, a report, a fix that a customer disputes, gestures, awards.
func steps() []func(*world) {
	all := []string{"c0", "c1", "c2", "c3"}
	const in = "inc-1"
	customer := func(id string) (amends.Command, amends.Customer) {
		return amends.Command{By: incident.Actor{Kind: incident.ActorCustomer, ID: id}}, amends.Customer{Incident: in, Customer: id}
	}
	verdicts := func(w *world, o incident.Opinion, who ...string) {
		for _, id := range who {
			c, of := customer(id)
			r, err := w.desk.Verdict(w.t.Context(), amends.Verdict{Command: c, Customer: of, Opinion: o})
			done(w, r, err)
		}
	}
	return []func(*world){
		func(w *world) { w.declare(in, incident.SeverityMajor, all...) },
		func(w *world) {
			w.mail.ScriptFor("c2-tech", notifytest.Gone())
			w.say(in, incident.PurposeUpdate, "Restores fail since 10:00. Your backups are complete. We are working on it.", 30*time.Minute)
		},
		func(w *world) {
			c, of := customer("c1")
			c.Key = "mail-1"
			r, err := w.desk.Report(w.t.Context(), amends.Report{Command: c, Customer: of, Kind: incident.ReportFailure, Words: "my restore hangs"})
			done(w, r, err)
			w.later(10 * time.Minute)
			r, err = w.desk.Answer(w.t.Context(), amends.Answer{
				Command: amends.Command{By: ada}, Case: r.Record, Report: r.ID,
				Texts: map[string]incident.Text{"en": {Subject: "Your restore", Body: "It is us. Your backup is complete, and we restart your restore first."}},
			})
			done(w, r, err)
		},
		func(w *world) {
			_, of := customer("c1")
			r, err := w.desk.Gesture(w.t.Context(), amends.Gesture{
				Command: amends.Command{By: ada}, Customer: of, Amount: compensate.MustMoney("50.00 EUR"), Limit: compensate.MustMoney("100.00 EUR"), Reason: "you helped us to find it",
			})
			done(w, r, err)
		},
		func(w *world) {
			w.step(in, incident.StepInvestigate, "")
			w.say(in, incident.PurposeResolution, "Restores work again since 09:20 UTC. We rolled the scheduler back.", 0)
			w.step(in, incident.StepResolve, "scheduler rolled back")
		},
		func(w *world) { verdicts(w, incident.OpinionBroken, "c3", "c0") },
		func(w *world) {
			w.say(in, incident.PurposeReopening, "It is not fixed for everyone: restores of archives still hang. We are looking at it now.", 30*time.Minute)
			w.later(20 * time.Minute)
			w.say(in, incident.PurposeResolution, "Archives restore again since 10:00 UTC. We replaced the index that the scheduler had broken.", 0)
			w.step(in, incident.StepResolve, "index replaced")
			w.later(time.Hour)
		},
		func(w *world) { verdicts(w, incident.OpinionFixed, all...) },
		func(w *world) {
			r, err := w.desk.Note(w.t.Context(), amends.Note{Command: amends.Command{By: ada}, Record: in, Facts: []incident.Payload{
				incident.ImpactRecorded{Affected: 4, Scope: "customers on scheduler 3"}, incident.ExposureAnswered{Answer: "nobody else runs scheduler 3"},
			}})
			done(w, r, err)
			w.step(in, incident.StepConfirm, "")
			w.later(time.Hour)
		},
		func(w *world) {
			w.say(in, incident.PurposeExplanation, "We are sorry: our mistake cost you working time. It happened because we changed the scheduler on Sunday without testing restores. "+
				"We rolled it back, and from now on every change of it is tested with a full restore first. Reply to this mail and Ada will answer.", 0)
			for _, e := range w.entries(compensate.StateProposed) {
				require.NoError(w.t, w.desk.ApproveCredit(w.t.Context(), amends.CreditCommand{By: ada, Entry: e.ID}))
			}
			w.later(time.Hour)
			r, err := w.desk.Close(w.t.Context(), in, amends.Command{By: ada})
			done(w, r, err)
		},
	}
}

func (w *world) entries(s compensate.State) []compensate.Entry {
	w.t.Helper()
	l, _, err := w.stores.Ledger.List(w.t.Context(), compensate.Query{States: []compensate.State{s}}, "", 1000)
	require.NoError(w.t, err)
	return l
}

// One story has one outcome, wherever the desk keeps it.
func TestOneOutcome(t *testing.T) {
	t.Parallel()
	tell := func(t *testing.T, p place) []string {
		w := newWorld(t, p, 4)
		for _, step := range steps() {
			step(w)
			w.restart()
		}
		v, err := w.desk.Incident(t.Context(), "inc-1")
		require.NoError(t, err)
		require.Equal(t, incident.StatusClosed, v.Status)
		require.Equal(t, 1, v.Round, "a customer's word reopened it")
		require.Len(t, w.paid, 5, "four awards and a gesture")
		return w.outcome()
	}
	want := tell(t, places()[0])
	for _, p := range places()[1:] {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			for _, line := range difference(want, tell(t, p)) {
				assert.Fail(t, line)
			}
		})
	}
}

// difference lists what only one of two outcomes has.
func difference(want, got []string) (lines []string) {
	for _, line := range want {
		if !slices.Contains(got, line) {
			lines = append(lines, fmt.Sprintf("missing: %.900s", line))
		}
	}
	for _, line := range got {
		if !slices.Contains(want, line) {
			lines = append(lines, fmt.Sprintf("too much: %.900s", line))
		}
	}
	return lines
}
