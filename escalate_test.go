package amends_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends"
	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/policy"
)

// R33, R53: nobody writes. A plain prepared word goes out before the deadline, and says when the next one comes.
func TestHoldingNoticeGoesOutWhenNobodyWrites(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	id := w.declare("inc-1", "c0")
	due := w.requirement(id, "first-word-core").Due
	require.Equal(t, sunday.Add(15*time.Minute), due)
	w.later(due.Sub(w.clock()))
	v := w.incident(id)
	require.Len(t, v.PublishedStatements(), 1)
	st := v.PublishedStatements()[0]
	assert.Equal(t, incident.PurposeHolding, st.Purpose)
	assert.Equal(t, "holding", st.Prepared)
	assert.True(t, st.Published.Before(due), "published %s, due %s", st.Published, due)
	assert.Equal(t, incident.ActorSystem, st.DraftedBy.Kind, "the record says that no person wrote it")
	assert.Equal(t, 1, told(w.mail, "c0-tech", notify.KindHolding))
	assert.Equal(t, 1, told(w.page, "status", notify.KindHolding))
	body := w.mail.To("c0-tech")[0].Message.Text
	assert.Contains(t, body, "Restores hang at 0 %")
	assert.Contains(t, body, "we do not know the cause yet", "R10")
	assert.Contains(t, body, "reply to this mail", "R65")
	require.NotNil(t, st.NextUpdate, "R45")
	for _, id := range []string{"first-word", "first-word-core"} {
		q := w.requirement(v.ID, id)
		assert.Equal(t, policy.Met, q.Status, id)
		assert.False(t, q.Late, id)
	}
	assert.Empty(t, v.Breaches)

	// It goes out once, and silence after it is no less silence.
	w.later(2 * time.Hour)
	assert.Equal(t, 1, told(w.mail, "c0-tech", notify.KindHolding))
	v = w.incident(id)
	require.Len(t, v.Promises, 1)
	assert.Equal(t, 1, v.Promises[0].Broken, "the next word was promised and did not come: counted once (R75)")
	assert.Positive(t, told(w.pager, "incident_lead", notify.KindWake))
	assert.Positive(t, told(w.pager, "duty_manager", notify.KindWake), "R69: the older, the higher up")
}

// R33, R43, R69: without a prepared text people are woken in turn; a breach is recorded once, and stays.
func TestSilenceWakesPeopleInTurnAndIsABreachOnce(t *testing.T) {
	t.Parallel()
	src := []string{}
	for range 6 { // no rule of the policy has a prepared text
		src = append(src, "    prepared: holding\n", "")
	}
	w := newWorld(t, 1, withPolicy(t, src...))
	id := w.declare("inc-1", "c0")
	w.later(15 * time.Minute)
	assert.Equal(t, 2, told(w.pager, "on_call", notify.KindWake), "for the core function 8 minutes before, and for all 15 minutes before")
	assert.Zero(t, told(w.pager, "duty_manager", notify.KindWake))
	w.later(20 * time.Minute)
	assert.Equal(t, 1, told(w.pager, "incident_lead", notify.KindWake))
	assert.Equal(t, 1, told(w.pager, "duty_manager", notify.KindWake))
	w.later(time.Hour)
	v := w.incident(id)
	assert.Equal(t, 1, breaches(v.Breaches, "first-word"), "recorded once")
	assert.Equal(t, 1, breaches(v.Breaches, "first-word-core"))
	assert.Equal(t, 1, told(w.pager, "duty_manager", notify.KindWake), "woken once for each step")
	assert.Empty(t, w.mail.Delivered(), "nobody spoke to customers")

	w.say(id, incident.PurposeUpdate, plainUpdate, w.clock().Add(time.Hour))
	q := w.requirement(id, "first-word")
	assert.Equal(t, policy.Met, q.Status)
	assert.True(t, q.Late, "that it was late stays")
	assert.Equal(t, 1, breaches(w.incident(id).Breaches, "first-word"))
	wake := w.pager.To("on_call")[0].Message.Text
	assert.Contains(t, wake, "Restores hang at 0 %", "who is woken reads what it is about")
}

func TestARoleThatNobodyHoldsWakesEverybodyOnDuty(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1, withPolicy(t, "    wake: [{who: on_call, before: 8m}]\n", "    wake: [{who: night_watch, before: 8m}]\n"))
	w.declare("inc-1", "c0")
	w.later(9 * time.Minute)
	assert.Equal(t, 1, told(w.pager, "duty", notify.KindWake))
}

// R42, R43, R53: words keep the cadence; without them an alarm goes off before the time is up.
func TestCadenceAndSilenceAlarm(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	id := w.declare("inc-1", "c0")
	// The promised time is far off: it is the cadence of the policy that is looked at here.
	first := w.say(id, incident.PurposeUpdate, plainUpdate, w.clock().Add(3*time.Hour))
	at := w.clock()
	w.later(45 * time.Minute)
	assert.Zero(t, told(w.pager, "incident_lead", notify.KindWake))
	w.later(6 * time.Minute)
	assert.Equal(t, 1, told(w.pager, "incident_lead", notify.KindWake), "ten minutes before the hour is up")
	w.say(id, incident.PurposeUpdate, "Nothing new yet: we still compare the two schedulers.", w.clock().Add(5*time.Hour))
	kept := w.requirement(id, "updates/"+first[len("inc-1."):])
	assert.Equal(t, at.Add(time.Hour), kept.Due)
	assert.Equal(t, policy.Met, kept.Status)
	assert.False(t, kept.Late)
	w.later(61 * time.Minute)
	v := w.incident(id)
	require.Len(t, v.Breaches, 1, "the second hour passed in silence")
	assert.Equal(t, "updates", v.Breaches[0].Rule)
	assert.Equal(t, 1, told(w.pager, "duty_manager", notify.KindWake))
	w.later(2 * time.Hour)
	assert.Len(t, w.incident(id).Breaches, 1)
}

// R75: a promised time is kept, moved before it passes, or broken, and broken counts once a time.
func TestPromisesAreKeptMovedOrBroken(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		do     func(w *world, record, promise string)
		broken int
		moved  int
		state  incident.PromiseState
	}{
		{"kept", func(w *world, record, promise string) {
			w.later(30 * time.Minute)
			_, err := w.desk.KeepPromise(w.t.Context(), amends.PromiseCommand{Command: by(), Record: record, Promise: promise})
			require.NoError(w.t, err)
			w.later(2 * time.Hour)
		}, 0, 0, incident.PromiseWasKept},
		{"moved in advance and kept", func(w *world, record, promise string) {
			w.later(30 * time.Minute)
			_, err := w.desk.MovePromise(w.t.Context(), amends.PromiseCommand{Command: by(), Record: record, Promise: promise, Due: incident.Moment{At: w.clock().Add(2 * time.Hour)}})
			require.NoError(w.t, err)
			w.later(time.Hour)
			_, err = w.desk.KeepPromise(w.t.Context(), amends.PromiseCommand{Command: by(), Record: record, Promise: promise})
			require.NoError(w.t, err)
		}, 0, 1, incident.PromiseWasKept},
		{"broken", func(w *world, _, _ string) { w.later(5 * time.Hour) }, 1, 0, incident.PromisePending},
		{"moved too late", func(w *world, record, promise string) {
			w.later(90 * time.Minute)
			_, err := w.desk.MovePromise(w.t.Context(), amends.PromiseCommand{Command: by(), Record: record, Promise: promise, Due: incident.Moment{At: w.clock().Add(time.Hour)}})
			require.NoError(w.t, err)
			w.later(5 * time.Hour)
		}, 2, 0, incident.PromisePending},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 1)
			id := w.declare("inc-1", "c0")
			record := w.noteCase(of(id, "c0"), incident.OwnerAssigned{Owner: "ada"})
			r, err := w.desk.Promise(t.Context(), amends.Promise{Command: by(), Record: record, Kind: incident.PromiseCallBack, Due: incident.Moment{At: w.clock().Add(time.Hour)}})
			require.NoError(t, err)
			w.settle()
			tt.do(w, record, r.ID)
			p := w.caseOf(record).Promises[0]
			assert.Equal(t, tt.broken, p.Broken, "broken")
			assert.Equal(t, tt.moved, p.Moved, "moved")
			assert.Equal(t, tt.state, p.State)
		})
	}
}

// A time that was moved is a deadline like the first: people are woken for it, too.
func TestAMovedPromiseWakesPeopleAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	w.dir.AddContact(space, incident.AudienceStaff+":incident_owner", amends.Contact{ID: "owner", Channel: "pager", Address: "owner"})
	record := w.noteCase(amends.Customer{Space: space, Customer: "c0"}, incident.OwnerAssigned{Owner: "ada"})
	r, err := w.desk.Promise(t.Context(), amends.Promise{Command: by(), Record: record, Kind: incident.PromiseCallBack, Due: incident.Moment{At: w.clock().Add(time.Hour)}})
	require.NoError(t, err)
	w.later(50 * time.Minute)
	require.Equal(t, 1, told(w.pager, "owner", notify.KindWake), "a quarter of an hour before")
	_, err = w.desk.MovePromise(t.Context(), amends.PromiseCommand{Command: by(), Record: record, Promise: r.ID, Due: incident.Moment{At: w.clock().Add(2 * time.Hour)}})
	require.NoError(t, err)
	w.later(100 * time.Minute)
	require.Equal(t, 1, told(w.pager, "owner", notify.KindWake))
	w.later(10 * time.Minute)
	assert.Equal(t, 2, told(w.pager, "owner", notify.KindWake), "a quarter of an hour before the new time")
	w.later(15 * time.Minute)
	assert.Equal(t, 1, told(w.pager, "duty_manager", notify.KindWake), "and when it has passed")
	w.later(3 * time.Hour)
	assert.Equal(t, 2, told(w.pager, "owner", notify.KindWake))
	assert.Equal(t, 1, told(w.pager, "duty_manager", notify.KindWake))
}
