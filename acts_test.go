package amends_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends"
	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/notify/notifytest"
	"github.com/amends-dev/amends/policy"
)

// by is a command of Ada's.
func by() amends.Command { return amends.Command{By: ada} }

// of names the case of a customer in an incident.
func of(id, customer string) amends.Customer {
	return amends.Customer{Incident: id, Customer: customer}
}

// Words of each purpose in which no rule of the default policy finds anything that blocks.
const (
	plainUpdate      = "Restores hang at 0 % since 09:50 CET. Your backups are safe. We stopped the new scheduler and look for the cause."
	plainResolution  = "Restores work again. We rolled back the scheduler and restarted every restore that was waiting."
	plainReopening   = "We are sorry: it is not fixed for everyone. Restores of archives still hang. We are looking at it now."
	plainCorrection  = "We said that backups were safe. That was wrong: backups of Sunday are incomplete. We run them again now."
	plainExplanation = "We are sorry: our mistake cost you working time. It happened because we changed the scheduler without testing restores of archives. " +
		"We rolled it back, and from now on every change of it is tested with a full restore first."
	plainAnswer = "You did nothing wrong: a change of ours in the scheduler stopped your restore. We are rolling it back now."
)

func (w *world) note(id string, facts ...incident.Payload) {
	w.t.Helper()
	_, err := w.desk.Note(w.t.Context(), amends.Note{Command: by(), Record: id, Facts: facts})
	require.NoError(w.t, err)
	w.settle()
}

func (w *world) noteCase(who amends.Customer, facts ...incident.Payload) string {
	w.t.Helper()
	r, err := w.desk.NoteCase(w.t.Context(), amends.CaseNote{Command: by(), Customer: who, Facts: facts})
	require.NoError(w.t, err)
	w.settle()
	return r.Record
}

func (w *world) advance(id string, s incident.Step) {
	w.t.Helper()
	_, err := w.desk.Advance(w.t.Context(), amends.Advance{Command: by(), Record: id, Step: s, Done: "scheduler rolled back"})
	require.NoError(w.t, err)
	w.settle()
}

// resolve says that it is fixed and takes the step.
func (w *world) resolve(id string) string {
	w.t.Helper()
	st := w.say(id, incident.PurposeResolution, plainResolution, time.Time{})
	w.advance(id, incident.StepResolve)
	return st
}

// report takes in a failure, and settles.
func (w *world) report(who amends.Customer, text string) amends.Result {
	w.t.Helper()
	r, err := w.desk.Report(w.t.Context(), amends.Report{
		Command: customer("", who.Customer), Customer: who, Kind: incident.ReportFailure, Words: text,
	})
	require.NoError(w.t, err)
	w.settle()
	return r
}

func (w *world) answer(caseID, report string) string {
	w.t.Helper()
	r, err := w.desk.Answer(w.t.Context(), amends.Answer{Command: by(), Case: caseID, Report: report, Texts: words("Your restore", plainAnswer)})
	require.NoError(w.t, err)
	w.settle()
	return r.ID
}

func (w *world) verdict(id, customer string, o incident.Opinion) string {
	w.t.Helper()
	r, err := w.desk.Verdict(w.t.Context(), amends.Verdict{Customer: of(id, customer), Opinion: o})
	require.NoError(w.t, err)
	w.settle()
	return r.Record
}

func (w *world) incident(id string) *incident.Incident {
	w.t.Helper()
	v, err := w.desk.Incident(w.t.Context(), id)
	require.NoError(w.t, err)
	return v
}

func (w *world) caseOf(id string) *incident.Case {
	w.t.Helper()
	c, err := w.desk.Case(w.t.Context(), id)
	require.NoError(w.t, err)
	return c
}

// requirement finds one of a record by its ID, or the first whose ID begins so.
func (w *world) requirement(record, id string) policy.Requirement {
	w.t.Helper()
	list, err := w.desk.Requirements(w.t.Context(), record)
	require.NoError(w.t, err)
	for _, exact := range []bool{true, false} {
		for _, q := range list {
			if q.ID == id || !exact && strings.HasPrefix(q.ID, id) {
				return q
			}
		}
	}
	require.Fail(w.t, "no such requirement", "%q of %q in %v", id, record, requirementIDs(list))
	return policy.Requirement{}
}

func requirementIDs(list []policy.Requirement) []string {
	out := make([]string, len(list))
	for n, q := range list {
		out[n] = q.ID
	}
	return out
}

// breaches counts the breaches on record of a requirement.
func breaches(list []incident.BreachAt, requirement string) int {
	n := 0
	for _, b := range list {
		if b.Requirement == requirement {
			n++
		}
	}
	return n
}

// kinds lists the kinds of what a contact was told, in order.
func kinds(r *notifytest.Recorder, contact string) []string {
	out := []string{}
	for _, d := range r.To(contact) {
		out = append(out, d.Message.Kind)
	}
	return out
}

// told counts what a contact was told of a kind.
func told(r *notifytest.Recorder, contact, kind string) int {
	n := 0
	for _, k := range kinds(r, contact) {
		if k == kind {
			n++
		}
	}
	return n
}

// entries lists the ledger of some bases.
func (w *world) entries(bases ...string) []compensate.Entry {
	w.t.Helper()
	list, next, err := w.stores.Ledger.List(w.t.Context(), compensate.Query{Space: space, Bases: bases}, "", 1000)
	require.NoError(w.t, err)
	require.Empty(w.t, next)
	return list
}

// owed sums what the ledger holds for a customer, in minor units.
func (w *world) owed(customer string, bases ...string) int64 {
	w.t.Helper()
	sum := int64(0)
	for _, e := range w.entries(bases...) {
		if e.Key.Customer == customer {
			sum += e.Amount.Minor()
		}
	}
	return sum
}

// versions is the state of all records: two that are equal say that nothing was written.
func (w *world) versions() []string {
	w.t.Helper()
	l, err := w.stores.Records.List(w.t.Context(), incident.Filter{}, "", 1000)
	require.NoError(w.t, err)
	var out []string
	for _, h := range l.Heads {
		out = append(out, fmt.Sprintf("%s at %d", h.Record, h.Version))
	}
	slices.Sort(out)
	return out
}

// unmet lists the guards that stop a step, sorted.
func (w *world) unmet(id string, s incident.Step) []string {
	w.t.Helper()
	err := w.desk.May(w.t.Context(), id, s)
	if err == nil {
		return nil
	}
	var refused *incident.TransitionError
	require.ErrorAs(w.t, err, &refused)
	require.NotEmpty(w.t, refused.Unmet, "%s is no step from %s", s, refused.From)
	var out []string
	for _, u := range refused.Unmet {
		out = append(out, u.ID)
	}
	slices.Sort(out)
	return out
}

// unmetAnyway lists what stops an incident from being closed that was not resolved yet: it is, first.
func (w *world) unmetAnyway(id string) []string {
	w.t.Helper()
	w.resolve(id)
	return w.unmet(id, incident.StepClose)
}

// compiled is the default policy with some of its text replaced.
func compiled(t testing.TB, oldnew ...string) *policy.Compiled {
	t.Helper()
	src := string(policy.DefaultSource())
	for n := 0; n < len(oldnew); n += 2 {
		require.Contains(t, src, oldnew[n], "the default policy has changed")
		src = strings.Replace(src, oldnew[n], oldnew[n+1], 1)
	}
	p, err := policy.Load("test.yaml", []byte(src))
	require.NoError(t, err)
	c, err := policy.Compile(p, nil)
	require.NoError(t, err)
	return c
}

func withPolicy(t testing.TB, oldnew ...string) func(*amends.Options) {
	t.Helper()
	c := compiled(t, oldnew...)
	return func(o *amends.Options) { o.Policy = c }
}

// oneTry leaves all repeating to the outbox's schedule, which follows the world's clock.
func oneTry(o *amends.Options) {
	o.Dispatch = &notify.DispatcherOptions{Tries: -1, Gate: &notify.GateOptions{Failures: -1}}
}

// stories is everything that records and outbox hold, as text.
func (w *world) stories() []string {
	w.t.Helper()
	var out []string
	l, err := w.stores.Records.List(w.t.Context(), incident.Filter{}, "", 1000)
	require.NoError(w.t, err)
	for _, h := range l.Heads {
		p, err := w.stores.Records.Read(w.t.Context(), h.Record, 0, 0)
		require.NoError(w.t, err)
		var b strings.Builder
		require.NoError(w.t, incident.EncodeEvents(&b, p.Events))
		out = append(out, strings.Split(b.String(), "\n")...)
	}
	for _, s := range w.everything() {
		line, err := json.Marshal(s)
		require.NoError(w.t, err)
		out = append(out, string(line))
	}
	return out
}
