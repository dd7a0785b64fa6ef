package amends_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends"
	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/notify/notifytest"
	"github.com/amends-dev/amends/policy"
)

// reachable adds a second channel and a person who calls, and a customer with fallbacks.
func reachable(sms *notifytest.Recorder) func(*amends.Options) {
	return func(o *amends.Options) {
		oneTry(o)
		o.Channels["sms"] = notify.Channel{Notifier: sms, RepeatUncertain: true}
		o.Channels["call"] = notify.Channel{} // a person of ours
	}
}

// phoned adds a customer whom mail reaches first, then a text message.
func (w *world) phoned(id string, change ...func(*amends.Contact)) {
	c := amends.Contact{ID: id + "-mail", Channel: "mail", Address: id + "@customer.example", Fallbacks: []amends.Way{{Contact: id + "-mobile", Channel: "sms"}}}
	for _, f := range change {
		f(&c)
	}
	w.dir.AddCustomer(space, policy.CustomerFacts{Customer: id}, c)
	w.dir.AddFallback(space, amends.Contact{ID: id + "-mobile", Customer: id, Channel: "sms", Address: "+49 151 0000000"})
}

func (w *world) stored(key string) notify.Stored {
	w.t.Helper()
	for _, s := range w.everything() {
		if s.Key == key {
			return s
		}
	}
	require.Fail(w.t, "no such delivery", key)
	return notify.Stored{}
}

// R35, R47: when mail is down, the next way is taken; nobody is told by both.
func TestFallbackWhenAChannelIsDown(t *testing.T) {
	t.Parallel()
	sms := notifytest.NewRecorder()
	w := newWorld(t, 1, reachable(sms))
	w.phoned("d0")
	id := w.declare("inc-1", "c0", "d0")
	w.mail.Script(notifytest.FailTimes(-1))
	w.say(id, incident.PurposeUpdate, plainUpdate, w.clock().Add(24*time.Hour))
	w.later(20 * time.Minute)
	assert.Equal(t, 1, told(sms, "d0-mobile", notify.KindUpdate), "who has another way is reached by it")
	assert.Empty(t, w.mail.Delivered())
	assert.Contains(t, sms.To("d0-mobile")[0].Message.Text, "Restores hang")
	assert.Equal(t, policy.Open, w.requirement(id, "first-word").Status, "who has none is still owed it")
}

// A message that comes back was not delivered.
func TestABounceTakesTheFallback(t *testing.T) {
	t.Parallel()
	sms := notifytest.NewRecorder()
	w := newWorld(t, 0, reachable(sms))
	w.phoned("d0")
	id := w.declare("inc-1", "d0")
	st := w.say(id, incident.PurposeUpdate, plainUpdate, w.clock().Add(time.Hour))
	delivery := st + "/d0-mail@mail"
	require.Equal(t, 1, told(w.mail, "d0-mail", notify.KindUpdate))
	require.NoError(t, w.desk.Read(t.Context(), delivery))
	require.NoError(t, w.desk.Bounced(t.Context(), delivery, "mailbox is full"))
	w.settle()
	assert.Equal(t, notify.StateBounced, w.stored(delivery).State)
	assert.Equal(t, 1, told(sms, "d0-mobile", notify.KindUpdate))
	require.NoError(t, w.desk.Bounced(t.Context(), delivery, "mailbox is full"))
	w.settle()
	assert.Equal(t, 1, told(sms, "d0-mobile", notify.KindUpdate), "said twice it changes nothing")
	require.ErrorIs(t, w.desk.Bounced(t.Context(), "nothing", "a"), notify.ErrNotFound)
}

// A channel that is a person waits until a named person says that it is done, and how we know.
func TestATaskWaitsForAPersonAndProof(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1, reachable(notifytest.NewRecorder()))
	w.dir.AddCustomer(space, policy.CustomerFacts{Customer: "p0"}, amends.Contact{ID: "p0-phone", Channel: "call", Address: "+49 30 000000"})
	id := w.declare("inc-1", "c0", "p0")
	w.say(id, incident.PurposeUpdate, plainUpdate, w.clock().Add(time.Hour))
	st := w.resolve(id)
	key := st + "/p0-phone@call"
	require.Equal(t, notify.StateTask, w.stored(key).State)
	assert.Equal(t, policy.Open, w.requirement(id, "resolution/r0").Status, "until the call it is not told")
	assert.Contains(t, w.unmet(id, incident.StepClose), "told")
	tasks, _, err := w.desk.Dispatcher().Tasks(t.Context(), notify.Query{Space: space, Customer: "p0"}, "", 0)
	require.NoError(t, err)
	for _, task := range tasks {
		require.ErrorIs(t, w.desk.TaskDone(t.Context(), system, task.Key, "called"), amends.ErrInvalid, "a machine calls nobody")
		require.NoError(t, w.desk.TaskDone(t.Context(), ada, task.Key, "called 10:20, spoke with their administrator"))
	}
	w.settle()
	s := w.stored(key)
	assert.Equal(t, notify.StateSent, s.State)
	assert.Equal(t, "ada", s.By)
	assert.Equal(t, "called 10:20, spoke with their administrator", s.Proof)
	assert.Equal(t, policy.Met, w.requirement(id, "resolution/r0").Status)
	assert.NotContains(t, w.unmet(id, incident.StepClose), "told")
}

// What somebody lawfully does not want is not sent; answers to their own messages always are.
func TestUnwantedKindsAreNotSentButAnswersAlwaysAre(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1, reachable(notifytest.NewRecorder()))
	every := []string{notify.KindUpdate, notify.KindHolding, notify.KindAcknowledgement, notify.KindReplyAcknowledgement, notify.KindAnswer}
	w.phoned("d0", func(c *amends.Contact) { c.Unwanted = every })
	id := w.declare("inc-1", "c0", "d0")
	st := w.say(id, incident.PurposeUpdate, plainUpdate, w.clock().Add(24*time.Hour))
	assert.Equal(t, notify.StateSuppressed, w.stored(st+"/d0-mail@mail").State)
	assert.Equal(t, policy.Met, w.requirement(id, "first-word").Status, "nobody else waits for it")
	r := w.report(of(id, "d0"), "it hangs")
	w.answer(r.Record, r.ID)
	_, err := w.desk.Reply(t.Context(), amends.Reply{Customer: of(id, "d0"), Report: r.ID, Words: "thanks"})
	require.NoError(t, err)
	w.settle()
	assert.Equal(t, []string{notify.KindAcknowledgement, notify.KindAnswer, notify.KindReplyAcknowledgement}, kinds(w.mail, "d0-mail"))
}

// A contact that the directory no longer has: the person's next way is taken.
func TestAContactThatIsGoneTakesTheFallback(t *testing.T) {
	t.Parallel()
	sms := notifytest.NewRecorder()
	w := newWorld(t, 0, reachable(sms))
	w.phoned("d0")
	forgetful := &broken{Directory: w.dir, contacts: func(list []amends.Contact) []amends.Contact {
		var out []amends.Contact
		for _, c := range list {
			if c.ID != "d0-mail" {
				out = append(out, c)
			}
		}
		return out
	}}
	w.desk = w.open(w.stores, reachable(sms), func(o *amends.Options) { o.Directory = forgetful })
	id := w.declare("inc-1", "d0")
	st := w.say(id, incident.PurposeUpdate, plainUpdate, w.clock().Add(time.Hour))
	assert.Equal(t, notify.StateDead, w.stored(st+"/d0-mail@mail").State)
	assert.Equal(t, 1, told(sms, "d0-mobile", notify.KindUpdate))
}

// What was given up is visible, and is tried again once somebody mended what was wrong.
func TestADeadDeliveryIsRevived(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1, oneTry)
	id := w.declare("inc-1", "c0")
	w.mail.ScriptFor("c0-tech", notifytest.FailWith(notify.Permanent(notifytest.ErrScripted)))
	st := w.say(id, incident.PurposeUpdate, plainUpdate, w.clock().Add(24*time.Hour))
	key := st + "/c0-tech@mail"
	dead, _, err := w.desk.Dispatcher().Dead(t.Context(), notify.Query{Space: space}, "", 0)
	require.NoError(t, err)
	require.Len(t, dead, 1)
	assert.Equal(t, key, dead[0].Key)
	assert.Equal(t, policy.Open, w.requirement(id, "first-word").Status, "no private channel accepted it")
	require.NoError(t, w.desk.Revive(t.Context(), ada, key))
	w.settle()
	assert.Equal(t, 1, told(w.mail, "c0-tech", notify.KindUpdate))
	assert.Equal(t, policy.Met, w.requirement(id, "first-word").Status)
	require.ErrorIs(t, w.desk.Revive(t.Context(), ada, key), notify.ErrRefused, "what was sent is not sent again")
}

// Privacy: records and outbox hold IDs; no message holds the text of an error.
func TestNoAddressIsStoredAndNoErrorIsTold(t *testing.T) {
	t.Parallel()
	sms := notifytest.NewRecorder()
	w := newWorld(t, 2, reachable(sms))
	w.phoned("d0")
	const leak = "535 authentication failed for relay-7.internal"
	w.mail.ScriptFor("d0-mail", notifytest.FailWith(notify.Permanent(leaking(leak))).Times(-1))
	w.mail.ScriptFor("c1-tech", notifytest.FailWith(leaking(leak)))
	id := w.declare("inc-1", "c0", "c1", "d0")
	w.say(id, incident.PurposeUpdate, plainUpdate, w.clock().Add(time.Hour))
	r := w.report(of(id, "c0"), "it hangs")
	w.later(2 * time.Hour)
	w.answer(r.Record, r.ID)
	w.decide(id, "c0", "c1", "d0")
	require.Positive(t, told(sms, "d0-mobile", notify.KindUpdate))

	for _, line := range w.stories() {
		for _, address := range []string{"@customer.example", "+49 151"} {
			assert.NotContains(t, line, address)
		}
	}
	for _, rec := range []*notifytest.Recorder{w.mail, w.page, w.pager, sms} {
		for _, d := range rec.Delivered() {
			text := d.Message.Subject + d.Message.Text + d.Message.HTML
			assert.NotContains(t, text, "535")
			assert.NotContains(t, text, "relay-7")
			assert.NotContains(t, text, "<nil>")
			assert.NotContains(t, text, "amends:")
			for _, other := range []string{"c0@", "c1@", "d0@"} {
				assert.False(t, strings.Contains(text, other) && !strings.HasPrefix(d.To.Address, other), "nobody reads another's address")
			}
		}
	}
}

type leaking string

func (l leaking) Error() string { return string(l) }
