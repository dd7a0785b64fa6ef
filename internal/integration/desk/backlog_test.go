package desk_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends"
	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/notify/notifytest"
	"github.com/amends-dev/amends/policy"
)

// each runs a test at every place.
func each(t *testing.T, run func(t *testing.T, p place)) {
	t.Helper()
	for _, p := range places() {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			run(t, p)
		})
	}
}

func channelOf(t *testing.T, b amends.Backlog, name string) amends.ChannelBacklog {
	t.Helper()
	for _, c := range b.Channels {
		if c.Channel == name {
			return c
		}
	}
	require.Fail(t, "no such channel", "%s in %+v", name, b.Channels)
	return amends.ChannelBacklog{}
}

// An operator sees what waits, what was given up and what is stuck, hears of it
// when it happens, and mends it: then the backlog is empty.
func TestBacklog(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, p place) {
		var heard []string
		hear := func(format string, args ...any) { heard = append(heard, fmt.Sprintf(format, args...)) }
		billing := compensate.Unanswered(errors.New("no answer"))
		w := newWorld(t, p, 2, func(o *amends.Options) {
			o.IssueOnce = true
			o.Issuer = compensate.IssuerFunc(func(_ context.Context, e compensate.Entry) (string, error) { return "bill-" + e.ID, billing })
			o.Channels["call"] = notify.Channel{} // a person
			o.Hooks = &amends.Hooks{
				DeadLetter:     func(_ context.Context, i notify.Item, err error) { hear("dead %s: %v", i.Key, err) },
				ChannelStopped: func(_ context.Context, channel string, _ error) { hear("stopped %s", channel) },
				ChannelResumed: func(_ context.Context, channel string) { hear("resumed %s", channel) },
				CreditStuck: func(_ context.Context, bases []string, uncertain, failed int) {
					hear("stuck %v: %d uncertain, %d failed", bases, uncertain, failed)
				},
			}
		})
		w.dir.AddCustomer(space, policy.CustomerFacts{Customer: "c9"}, amends.Contact{ID: "c9-tech", Channel: "call", Name: "Customer c9"})
		backlog := func() amends.Backlog {
			b, err := w.desk.Backlog(t.Context(), &amends.BacklogOptions{Space: space})
			require.NoError(t, err)
			return b
		}
		w.declare("inc-1", incident.SeverityMajor, "c0", "c1", "c9")
		b := backlog()
		assert.Zero(t, b.Overdue)
		assert.Zero(t, b.Records)
		assert.Empty(t, b.Credits)

		w.mail.ScriptFor("c0-tech", notifytest.FailTimes(1)) // tried again later
		w.mail.ScriptFor("c1-tech", notifytest.Lasting())
		w.sms.Script(notifytest.Lasting())        // its other way
		w.page.Script(notifytest.Misconfigured()) // until somebody mends it
		w.say("inc-1", incident.PurposeUpdate, "Restores fail since 10:00. Your backups are complete. We are working on it.", 30*time.Minute)
		b = backlog()
		mail, sms, page, call := channelOf(t, b, "mail"), channelOf(t, b, "sms"), channelOf(t, b, "page"), channelOf(t, b, "call")
		assert.EqualValues(t, 1, mail.Pending)
		assert.EqualValues(t, 1, mail.Dead)
		assert.Equal(t, begin, mail.OldestDue)
		assert.Equal(t, begin, mail.DeadSince)
		assert.EqualValues(t, 1, sms.Dead)
		assert.Zero(t, sms.Pending)
		assert.True(t, page.Stopped)
		assert.EqualValues(t, 1, page.Pending)
		assert.EqualValues(t, 1, call.Tasks)
		assert.True(t, call.Known)
		assert.Contains(t, heard, "stopped page")
		assert.Equal(t, 2, countPrefix(heard, "dead inc-1."), "%v", heard)

		// A gesture is billed: no answer, and billing cannot be asked again.
		r, err := w.desk.Gesture(t.Context(), amends.Gesture{
			Command: amends.Command{By: ada}, Customer: amends.Customer{Incident: "inc-1", Customer: "c0"},
			Amount: compensate.MustMoney("5.00 EUR"), Limit: compensate.MustMoney("100.00 EUR"), Reason: "you helped",
		})
		done(w, r, err)
		b = backlog()
		require.Len(t, b.Credits, 1)
		assert.Equal(t, compensate.TallyLine{State: compensate.StateUncertain, Currency: "EUR", N: 1, Amount: compensate.MustMoney("5.00 EUR")}, b.Credits[0])
		assert.Contains(t, heard, "stuck [inc-1]: 1 uncertain, 0 failed")

		// Nobody works for a while.
		_, err = w.desk.Report(t.Context(), amends.Report{
			Command: amends.Command{By: incident.Actor{Kind: incident.ActorCustomer, ID: "c0"}}, Customer: amends.Customer{Incident: "inc-1", Customer: "c0"},
			Kind: incident.ReportQuestion, Words: "is it us?",
		})
		require.NoError(t, err)
		b = backlog()
		assert.EqualValues(t, 2, b.Records, "the case and its incident")
		assert.Zero(t, b.Overdue)
		w.mu.Lock()
		w.now = w.now.Add(6 * time.Minute)
		w.mu.Unlock()
		b = backlog()
		assert.EqualValues(t, 2, b.Overdue)
		other, err := w.desk.Backlog(t.Context(), &amends.BacklogOptions{Space: "globex"})
		require.NoError(t, err)
		assert.Zero(t, other.Records+other.Overdue)
		assert.Zero(t, channelOf(t, other, "mail").Pending, "each space has its own backlog")

		// They mend it.
		w.mail.Reset()
		w.sms.Reset()
		w.page.Reset()
		require.NoError(t, w.desk.Dispatcher().Resume(t.Context(), "page"))
		for _, q := range []notify.Query{{Channel: "mail"}, {Channel: "sms"}} {
			dead, _, err := w.desk.Dispatcher().Dead(t.Context(), q, "", 10)
			require.NoError(t, err)
			require.Len(t, dead, 1)
			assert.NotEmpty(t, dead[0].LastErr)
			if q.Channel == "mail" {
				require.NoError(t, w.desk.Revive(t.Context(), ada, dead[0].Key))
				w.settle()
			}
		}
		tasks, _, err := w.desk.Dispatcher().Tasks(t.Context(), notify.Query{Space: space}, "", 10)
		require.NoError(t, err)
		for _, task := range tasks {
			require.NoError(t, w.desk.TaskDone(t.Context(), ada, task.Key, "called at 10:12"))
		}
		uncertain := w.entries(compensate.StateUncertain)
		require.Len(t, uncertain, 1)
		require.NoError(t, w.desk.ClearCredit(t.Context(), amends.CreditCommand{By: ada, Entry: uncertain[0].ID, Reference: "bill-7"}))
		w.settle()
		w.later(5 * time.Minute)
		b = backlog()
		assert.Empty(t, b.Credits)
		assert.Zero(t, b.Overdue)
		for _, c := range b.Channels {
			assert.False(t, c.Stopped, c.Channel)
			assert.Zero(t, c.Pending+c.Leased+c.Tasks, c.Channel)
			assert.True(t, c.OldestDue.IsZero(), c.Channel)
		}
		assert.Contains(t, heard, "resumed page")
	})
}

func countPrefix(lines []string, prefix string) (n int) {
	for _, l := range lines {
		if strings.HasPrefix(l, prefix) {
			n++
		}
	}
	return n
}

// A small critical incident is not stuck behind a large one of less weight: what
// waits is sent most urgent first, and within that the longest due first.
func TestCriticalComesFirst(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, p place) {
		w := newWorld(t, p, 300)
		var many []string
		for n := range 290 {
			many = append(many, fmt.Sprintf("c%d", n))
		}
		w.mail.Script(notifytest.Misconfigured().Times(1)) // so that what is said waits
		w.declare("inc-large", incident.SeverityMinor, many...)
		w.say("inc-large", incident.PurposeUpdate, "Restores are slow since 10:00. We are working on it.", 30*time.Minute)
		w.mu.Lock()
		w.now = w.now.Add(time.Minute)
		w.mu.Unlock()
		w.declare("inc-small", incident.SeverityCritical, "c290", "c291", "c292")
		w.say("inc-small", incident.PurposeUpdate, "Restores lose files since 10:00. We have stopped them and are working on it.", 30*time.Minute)
		b, err := w.desk.Backlog(t.Context(), nil)
		require.NoError(t, err)
		require.EqualValues(t, 293, channelOf(t, b, "mail").Pending)

		require.NoError(t, w.desk.Dispatcher().Resume(t.Context(), "mail"))
		_, err = w.desk.Deliver(t.Context(), 3)
		require.NoError(t, err)
		var told []string
		for _, d := range w.mail.Delivered() {
			told = append(told, d.To.ID)
		}
		assert.ElementsMatch(t, []string{"c290-tech", "c291-tech", "c292-tech"}, told)
	})
}
