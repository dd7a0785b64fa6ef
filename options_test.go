package amends_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends"
	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/notify"
)

func TestNewSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0)
	for _, tt := range []struct {
		name   string
		change func(*amends.Options)
		want   string
	}{
		{"records", func(o *amends.Options) { o.Records = nil }, "Records"},
		{"outbox", func(o *amends.Options) { o.Outbox = nil }, "Outbox"},
		{"ledger", func(o *amends.Options) { o.Ledger = nil }, "Ledger"},
		{"directory", func(o *amends.Options) { o.Directory = nil }, "Options.Directory"},
		{"issuer", func(o *amends.Options) { o.Issuer = nil }, "Options.Issuer"},
		{"links", func(o *amends.Options) { o.Links = nil }, "Options.Links"},
		{"contact", func(o *amends.Options) { o.Sender.Contact = "" }, "Options.Sender.Contact"},
		{"channels", func(o *amends.Options) { o.Channels = nil }, "Options.Channels"},
		{"a channel with nonsense", func(o *amends.Options) {
			o.Channels = map[string]notify.Channel{"mail": {Notifier: w.mail, Rate: -1}}
		}, "channel \"mail\""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			opts := amends.Options{
				Stores: w.stores, Directory: w.dir, Issuer: w.billing, Channels: map[string]notify.Channel{"mail": {Notifier: w.mail}},
				Links: func(_, record, _ string) string { return record }, Sender: amends.Sender{Contact: "reply to this mail"},
			}
			_, err := amends.New(opts)
			require.NoError(t, err, "complete, it is accepted")
			tt.change(&opts)
			d, err := amends.New(opts)
			require.Error(t, err)
			assert.Nil(t, d)
			assert.Contains(t, err.Error(), tt.want)
		})
	}
}

// refusal is a command that must be refused, and a part of the sentence that says why.
type refusal struct {
	name string
	run  func(ctx context.Context, d *amends.Desk, s *scene) error
	want string
}

func draftOf(ctx context.Context, d *amends.Desk, c amends.Draft) error {
	_, _, err := d.Draft(ctx, c)
	return err
}

func refusals() []refusal {
	past := sunday.Add(-time.Hour)
	eur := compensate.FromMinor(500, "EUR")
	c0 := func(s *scene) amends.Customer { return of(s.inc, "c0") }
	return []refusal{
		{"declare without a space", func(ctx context.Context, d *amends.Desk, _ *scene) error {
			return only(d.Declare(ctx, amends.Declare{Command: by(), Title: "a", Severity: incident.SeverityMinor}))
		}, "space is missing"},
		{"declare without a title", func(ctx context.Context, d *amends.Desk, _ *scene) error {
			return only(d.Declare(ctx, amends.Declare{Command: by(), Space: space, Severity: incident.SeverityMinor}))
		}, "title is missing"},
		{"declare with a severity that there is not", func(ctx context.Context, d *amends.Desk, _ *scene) error {
			return only(d.Declare(ctx, amends.Declare{Command: by(), Space: space, Title: "a", Severity: "awful"}))
		}, "want minor, major or critical"},
		{"schedule without a title", func(ctx context.Context, d *amends.Desk, _ *scene) error {
			return only(d.Schedule(ctx, amends.Schedule{Command: by(), Space: space, Planned: incident.Window{From: sunday, To: sunday.Add(1)}}))
		}, "title"},
		{"schedule that ends before it begins", func(ctx context.Context, d *amends.Desk, _ *scene) error {
			return only(d.Schedule(ctx, amends.Schedule{Command: by(), Space: space, Title: "a", Planned: incident.Window{From: sunday, To: past}}))
		}, "must end after it begins"},
		{"advance by merging", func(ctx context.Context, d *amends.Desk, s *scene) error {
			return only(d.Advance(ctx, amends.Advance{Command: by(), Record: s.inc, Step: incident.StepMerge, Into: s.other}))
		}, "a command of its own"},
		{"advance by separating", func(ctx context.Context, d *amends.Desk, s *scene) error {
			return only(d.Advance(ctx, amends.Advance{Command: by(), Record: s.inc, Step: incident.StepSeparate}))
		}, "a command of its own"},
		{"merge into itself", func(ctx context.Context, d *amends.Desk, s *scene) error {
			return only(d.Merge(ctx, amends.Merge{Command: by(), Record: s.inc, Into: s.inc}))
		}, "into itself"},
		{"note nothing", func(ctx context.Context, d *amends.Desk, s *scene) error {
			return only(d.Note(ctx, amends.Note{Command: by(), Record: s.inc}))
		}, "nothing to note"},
		{"note what has a command", func(ctx context.Context, d *amends.Desk, s *scene) error {
			return only(d.Note(ctx, amends.Note{Command: by(), Record: s.inc, Facts: []incident.Payload{incident.StatementPublished{Statement: s.draft}}}))
		}, "a command of its own"},
		{"note a status by hand", func(ctx context.Context, d *amends.Desk, s *scene) error {
			return only(d.Note(ctx, amends.Note{Command: by(), Record: s.inc, Facts: []incident.Payload{incident.StatusChanged{To: incident.StatusClosed}}}))
		}, "a command of its own"},
		{"note nothing of a case", func(ctx context.Context, d *amends.Desk, s *scene) error {
			return only(d.NoteCase(ctx, amends.CaseNote{Command: by(), Customer: c0(s)}))
		}, "nothing to note"},
		{"note a verdict", func(ctx context.Context, d *amends.Desk, s *scene) error {
			return only(d.NoteCase(ctx, amends.CaseNote{Command: by(), Customer: c0(s), Facts: []incident.Payload{incident.VerdictGiven{Opinion: incident.OpinionFixed}}}))
		}, "a command of its own"},
		{"draft without words", func(ctx context.Context, d *amends.Desk, s *scene) error {
			return draftOf(ctx, d, amends.Draft{Command: by(), Record: s.inc, Purpose: incident.PurposeUpdate})
		}, "no words"},
		{"draft without a purpose", func(ctx context.Context, d *amends.Desk, s *scene) error {
			return draftOf(ctx, d, amends.Draft{Command: by(), Record: s.inc, Texts: words("a", "b")})
		}, "purpose is missing"},
		{"draft without the language to fall back to", func(ctx context.Context, d *amends.Desk, s *scene) error {
			return draftOf(ctx, d, amends.Draft{Command: by(), Record: s.inc, Purpose: incident.PurposeUpdate, Locale: "de", Texts: words("a", "b")})
		}, "fall back"},
		{"draft an answer to no report", func(ctx context.Context, d *amends.Desk, s *scene) error {
			return draftOf(ctx, d, amends.Draft{Command: by(), Record: s.caseOf, Purpose: incident.PurposeAnswer, Texts: words("a", "b")})
		}, "names the report"},
		{"rewrite without the language to fall back to", func(ctx context.Context, d *amends.Desk, s *scene) error {
			_, _, err := d.Rewrite(ctx, amends.Rewrite{Command: by(), Record: s.inc, Statement: s.draft, Texts: map[string]incident.Text{"de": {Body: "b"}}})
			return err
		}, "fall back"},
		{"approve by a machine", func(ctx context.Context, d *amends.Desk, s *scene) error {
			return only(d.Approve(ctx, amends.StatementCommand{Command: amends.Command{By: system}, Record: s.inc, Statement: s.draft}))
		}, "named person"},
		{"publish twice", func(ctx context.Context, d *amends.Desk, s *scene) error {
			return only(d.Publish(ctx, amends.StatementCommand{Command: by(), Record: s.inc, Statement: s.published}))
		}, "published already"},
		{"withdraw without a reason", func(ctx context.Context, d *amends.Desk, s *scene) error {
			return only(d.Withdraw(ctx, amends.StatementCommand{Command: by(), Record: s.inc, Statement: s.draft}))
		}, "reason is missing"},
		{"report without words", func(ctx context.Context, d *amends.Desk, s *scene) error {
			return only(d.Report(ctx, amends.Report{Customer: c0(s), Kind: incident.ReportFailure, Words: " \n"}))
		}, "words are missing"},
		{"report of no kind", func(ctx context.Context, d *amends.Desk, s *scene) error {
			return only(d.Report(ctx, amends.Report{Customer: c0(s), Kind: "rant", Words: "a"}))
		}, "want failure, question or complaint"},
		{"report by nobody", func(ctx context.Context, d *amends.Desk, s *scene) error {
			return only(d.Report(ctx, amends.Report{Customer: amends.Customer{Incident: s.inc}, Kind: incident.ReportFailure, Words: "a"}))
		}, "customer is missing"},
		{"report to nowhere", func(ctx context.Context, d *amends.Desk, _ *scene) error {
			return only(d.Report(ctx, amends.Report{Customer: amends.Customer{Customer: "c0"}, Kind: incident.ReportFailure, Words: "a"}))
		}, "which case?"},
		{"reply without words", func(ctx context.Context, d *amends.Desk, s *scene) error {
			return only(d.Reply(ctx, amends.Reply{Customer: c0(s), Report: s.report}))
		}, "words are missing"},
		{"answer by a machine", func(ctx context.Context, d *amends.Desk, s *scene) error {
			return only(d.Answer(ctx, amends.Answer{Command: amends.Command{By: system}, Case: s.caseOf, Report: s.report, Texts: words("a", "b")}))
		}, "named person"},
		{"answer without words", func(ctx context.Context, d *amends.Desk, s *scene) error {
			return only(d.Answer(ctx, amends.Answer{Command: by(), Case: s.caseOf, Report: s.report}))
		}, "no text"},
		{"answer on an incident", func(ctx context.Context, d *amends.Desk, s *scene) error {
			return only(d.Answer(ctx, amends.Answer{Command: by(), Case: s.inc, Report: s.report, Texts: words("a", "b")}))
		}, "is not a case"},
		{"verdict without an opinion", func(ctx context.Context, d *amends.Desk, s *scene) error {
			return only(d.Verdict(ctx, amends.Verdict{Customer: c0(s), Opinion: "well"}))
		}, "want fixed, partly or broken"},
		{"satisfaction out of range", func(ctx context.Context, d *amends.Desk, s *scene) error {
			return only(d.Verdict(ctx, amends.Verdict{Customer: c0(s), Opinion: incident.OpinionFixed, Satisfaction: 6}))
		}, "want 1 to 5"},
		{"verdict on a case without an incident", func(ctx context.Context, d *amends.Desk, s *scene) error {
			return only(d.Verdict(ctx, amends.Verdict{Customer: amends.Customer{Case: s.loner}, Opinion: incident.OpinionFixed}))
		}, "no fix to judge"},
		{"gesture without a reason", func(ctx context.Context, d *amends.Desk, s *scene) error {
			return only(d.Gesture(ctx, amends.Gesture{Command: by(), Customer: c0(s), Amount: eur, Limit: eur}))
		}, "reason"},
		{"gesture by a machine", func(ctx context.Context, d *amends.Desk, s *scene) error {
			return only(d.Gesture(ctx, amends.Gesture{Command: amends.Command{By: system}, Customer: c0(s), Amount: eur, Limit: eur, Reason: "a"}))
		}, "named person"},
		{"gesture of nothing", func(ctx context.Context, d *amends.Desk, s *scene) error {
			return only(d.Gesture(ctx, amends.Gesture{Command: by(), Customer: c0(s), Reason: "a"}))
		}, "gives nothing"},
		{"gesture of less than nothing", func(ctx context.Context, d *amends.Desk, s *scene) error {
			return only(d.Gesture(ctx, amends.Gesture{Command: by(), Customer: c0(s), Reason: "a", InKind: "a call", Amount: compensate.FromMinor(-5, "EUR")}))
		}, "gives nothing"},
		{"request without a target", func(ctx context.Context, d *amends.Desk, s *scene) error {
			return only(d.Request(ctx, amends.Request{Command: by(), Record: s.inc}))
		}, "target state is missing"},
		{"promise without a time", func(ctx context.Context, d *amends.Desk, s *scene) error {
			return only(d.Promise(ctx, amends.Promise{Command: by(), Record: s.inc, Kind: incident.PromiseFix}))
		}, "a kind and a time"},
		{"promise what has passed", func(ctx context.Context, d *amends.Desk, s *scene) error {
			return only(d.Promise(ctx, amends.Promise{Command: by(), Record: s.inc, Kind: incident.PromiseFix, Due: incident.Moment{At: past}}))
		}, "has passed"},
		{"move a promise into the past", func(ctx context.Context, d *amends.Desk, s *scene) error {
			return only(d.MovePromise(ctx, amends.PromiseCommand{Command: by(), Record: s.inc, Promise: s.promise, Due: incident.Moment{At: past}}))
		}, "has passed"},
		{"waive without a person", func(ctx context.Context, d *amends.Desk, s *scene) error {
			return only(d.Waive(ctx, amends.Waive{Command: amends.Command{By: system}, Record: s.inc, Requirement: "first-word", Reason: "a", Expires: sunday.Add(24 * time.Hour)}))
		}, "named person"},
		{"waive without a reason", func(ctx context.Context, d *amends.Desk, s *scene) error {
			return only(d.Waive(ctx, amends.Waive{Command: by(), Record: s.inc, Requirement: "first-word", Expires: sunday.Add(24 * time.Hour)}))
		}, "reason"},
		{"waive without a requirement", func(ctx context.Context, d *amends.Desk, s *scene) error {
			return only(d.Waive(ctx, amends.Waive{Command: by(), Record: s.inc, Reason: "a", Expires: sunday.Add(24 * time.Hour)}))
		}, "the requirement"},
		{"waive for ever", func(ctx context.Context, d *amends.Desk, s *scene) error {
			return only(d.Waive(ctx, amends.Waive{Command: by(), Record: s.inc, Requirement: "first-word", Reason: "a"}))
		}, "expiry in the future"},
		{"link to nothing new", func(ctx context.Context, d *amends.Desk, s *scene) error {
			return only(d.Link(ctx, amends.Link{Command: by(), Case: s.caseOf, Incident: s.other}))
		}, "unlink it first"},
		{"approve a credit by a machine", func(ctx context.Context, d *amends.Desk, _ *scene) error {
			return d.ApproveCredit(ctx, amends.CreditCommand{By: system, Entry: "e"})
		}, "named person"},
		{"fulfil a credit without saying how we know", func(ctx context.Context, d *amends.Desk, _ *scene) error {
			return d.FulfilCredit(ctx, amends.CreditCommand{By: ada, Entry: "e"})
		}, "how do we know"},
		{"clear a credit without saying how we know", func(ctx context.Context, d *amends.Desk, _ *scene) error {
			return d.ClearCredit(ctx, amends.CreditCommand{By: ada, Entry: "e"})
		}, "how do we know"},
		{"a task done without proof", func(ctx context.Context, d *amends.Desk, _ *scene) error {
			return d.TaskDone(ctx, ada, "delivery", "")
		}, "proof"},
		{"revive by a machine", func(ctx context.Context, d *amends.Desk, _ *scene) error {
			return d.Revive(ctx, system, "delivery")
		}, "named person"},
	}
}

// Bad input is refused with a sentence that says what is wrong, and writes nothing.
func TestBadInputIsRefusedAndWritesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 4)
	s := during(w)
	before := w.versions()
	for _, r := range refusals() {
		err := r.run(t.Context(), w.desk, s)
		require.ErrorIs(t, err, amends.ErrInvalid, r.name)
		assert.Contains(t, err.Error(), r.want, r.name)
		assert.Contains(t, err.Error(), "amends: ", r.name)
		require.Equal(t, before, w.versions(), "%s: nothing is written", r.name)
	}
}

// What is named must exist.
func TestUnknownRecordsAreNotFound(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 4)
	s := during(w)
	before := w.versions()
	for _, r := range []refusal{
		{"advance", func(ctx context.Context, d *amends.Desk, _ *scene) error {
			return only(d.Advance(ctx, amends.Advance{Command: by(), Record: "nothing", Step: incident.StepIdentify}))
		}, "nothing"},
		{"publish", func(ctx context.Context, d *amends.Desk, s *scene) error {
			return only(d.Publish(ctx, amends.StatementCommand{Command: by(), Record: s.inc, Statement: "inc-1.999"}))
		}, "inc-1.999"},
		{"keep promise", func(ctx context.Context, d *amends.Desk, s *scene) error {
			return only(d.KeepPromise(ctx, amends.PromiseCommand{Command: by(), Record: s.inc, Promise: "inc-1.999"}))
		}, "inc-1.999"},
		{"reply", func(ctx context.Context, d *amends.Desk, s *scene) error {
			return only(d.Reply(ctx, amends.Reply{Customer: of(s.inc, "c0"), Report: "inc-1.999", Words: "a"}))
		}, "inc-1.999"},
		{"report", func(ctx context.Context, d *amends.Desk, _ *scene) error {
			return only(d.Report(ctx, amends.Report{Customer: of("nothing", "c0"), Kind: incident.ReportFailure, Words: "a"}))
		}, "nothing"},
		{"merge", func(ctx context.Context, d *amends.Desk, s *scene) error {
			return only(d.Merge(ctx, amends.Merge{Command: by(), Record: s.inc, Into: "nothing"}))
		}, "nothing"},
		{"explain", func(ctx context.Context, d *amends.Desk, s *scene) error {
			return only(d.Explain(ctx, s.inc, "no-such-rule"))
		}, "no-such-rule"},
		{"reconcile", func(ctx context.Context, d *amends.Desk, _ *scene) error { return d.Reconcile(ctx, "nothing") }, "nothing"},
	} {
		err := r.run(t.Context(), w.desk, s)
		require.ErrorIs(t, err, incident.ErrNotFound, r.name)
		assert.Contains(t, err.Error(), r.want, r.name)
	}
	assert.Equal(t, before, w.versions())
}

// A command that is repeated under its key changes nothing and answers as it
// did; another command under the same key is refused.
func TestEveryCommandIsSafeToRepeatByItsKey(t *testing.T) {
	t.Parallel()
	for _, stage := range []struct {
		name  string
		build func(*world) *scene
		units []unit
	}{{"during", during, duringUnits()}, {"ending", ending, endingUnits()}} {
		for _, u := range stage.units {
			if u.name == "sweep" || u.name == "deliver" || u.name == "issue" {
				continue
			}
			t.Run(stage.name+"/"+u.name, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, 4)
				s := stage.build(w)
				start := w.versions()
				if err := u.run(t.Context(), w.desk, s); err != nil {
					require.True(t, refused(err), "%v", err)
					return
				}
				require.NotEqual(t, start, w.versions(), "it writes something")
				after := w.versions()
				require.NoError(t, u.run(t.Context(), w.desk, s))
				assert.Equal(t, after, w.versions(), "a repeat changes nothing")
			})
		}
	}
}

func TestARepeatReturnsTheFirstResult(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 4)
	ctx := t.Context()
	s := during(w)
	w.resolve(w.declare("inc-9", "c0")) // a verdict is about something that is said to be fixed
	for _, tt := range []struct {
		name string
		run  func(k, word string) (amends.Result, error)
	}{
		{"declare", func(k, word string) (amends.Result, error) {
			return w.desk.Declare(ctx, amends.Declare{Command: key(k), Space: space, Title: word, Severity: incident.SeverityMinor})
		}},
		{"schedule", func(k, word string) (amends.Result, error) {
			return w.desk.Schedule(ctx, amends.Schedule{Command: key(k), Space: space, Title: word, Planned: incident.Window{From: sunday.Add(time.Hour), To: sunday.Add(2 * time.Hour)}})
		}},
		{"draft", func(k, word string) (amends.Result, error) {
			r, _, err := w.desk.Draft(ctx, amends.Draft{Command: key(k), Record: s.inc, Purpose: incident.PurposeUpdate, Texts: words(word, plainUpdate)})
			return r, err
		}},
		{"note", func(k, word string) (amends.Result, error) {
			return w.desk.Note(ctx, amends.Note{Command: key(k), Record: s.inc, Facts: []incident.Payload{incident.TitleChanged{Title: word}}})
		}},
		{"report that opens a case", func(k, word string) (amends.Result, error) {
			return w.desk.Report(ctx, amends.Report{Command: customer(k, "c3"), Customer: amends.Customer{Space: space, Customer: "c3"}, Kind: incident.ReportFailure, Words: word})
		}},
		{"report to a case", func(k, word string) (amends.Result, error) {
			return w.desk.Report(ctx, amends.Report{Command: customer(k, "c0"), Customer: of(s.inc, "c0"), Kind: incident.ReportFailure, Words: word})
		}},
		{"reply", func(k, word string) (amends.Result, error) {
			return w.desk.Reply(ctx, amends.Reply{Command: customer(k, "c0"), Customer: of(s.inc, "c0"), Report: s.report, Words: word})
		}},
		{"answer", func(k, word string) (amends.Result, error) {
			return w.desk.Answer(ctx, amends.Answer{Command: key(k), Case: s.caseOf, Report: s.report, Texts: words(word, plainAnswer)})
		}},
		{"note of a case", func(k, word string) (amends.Result, error) {
			return w.desk.NoteCase(ctx, amends.CaseNote{Command: key(k), Customer: of(s.inc, "c0"), Facts: []incident.Payload{incident.LossRecorded{Minutes: 5, Note: word}}})
		}},
		{"verdict", func(k, word string) (amends.Result, error) {
			return w.desk.Verdict(ctx, amends.Verdict{Command: customer(k, "c0"), Customer: of("inc-9", "c0"), Opinion: incident.OpinionFixed, Words: word})
		}},
		{"gesture", func(k, word string) (amends.Result, error) {
			return w.desk.Gesture(ctx, amends.Gesture{Command: key(k), Customer: of(s.inc, "c0"), InKind: "a call", Reason: word})
		}},
		{"request", func(k, word string) (amends.Result, error) {
			return w.desk.Request(ctx, amends.Request{Command: key(k), Record: s.inc, State: word})
		}},
		{"promise", func(k, word string) (amends.Result, error) {
			return w.desk.Promise(ctx, amends.Promise{Command: key(k), Record: s.inc, Kind: incident.PromiseFix, What: word, Due: incident.Moment{At: sunday.Add(9 * time.Hour)}})
		}},
		{"move promise", func(k, word string) (amends.Result, error) {
			return w.desk.MovePromise(ctx, amends.PromiseCommand{Command: key(k), Record: s.inc, Promise: s.promise, Reason: word, Due: incident.Moment{At: sunday.Add(9 * time.Hour)}})
		}},
		{"waive", func(k, word string) (amends.Result, error) {
			return w.desk.Waive(ctx, amends.Waive{Command: key(k), Record: s.inc, Requirement: "explanation/r0", Reason: word, Expires: sunday.Add(9 * time.Hour)})
		}},
	} {
		first, err := tt.run(tt.name, "first")
		require.NoError(t, err, tt.name)
		assert.False(t, first.Repeat, tt.name)
		assert.NotEmpty(t, first.ID, tt.name)
		again, err := tt.run(tt.name, "first")
		require.NoError(t, err, tt.name)
		assert.True(t, again.Repeat, tt.name)
		again.Repeat = false
		assert.Equal(t, first, again, tt.name)
		before := w.versions()
		_, err = tt.run(tt.name, "second")
		require.ErrorIs(t, err, incident.ErrKeyReused, tt.name)
		assert.Equal(t, before, w.versions(), tt.name)
		other, err := tt.run(tt.name+" again", "first")
		require.NoError(t, err, tt.name)
		assert.False(t, other.Repeat, "%s: under another key it counts again", tt.name)
	}
}
