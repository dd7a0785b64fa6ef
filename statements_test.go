package amends_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends"
	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/notify/notifytest"
)

const minimising = "Restores hang. It only affected a small number of customers. We stopped the scheduler."

// R20: words that minimise by count do not go out, unless a named person stands up for them.
func TestBlockedWordsDoNotGoOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	ctx := t.Context()
	id := w.declare("inc-1", "c0")
	next := &incident.Moment{At: w.clock().Add(time.Hour)}
	r, findings, err := w.desk.Draft(ctx, amends.Draft{
		Command: by(), Record: id, Purpose: incident.PurposeUpdate, Texts: words("Restores", minimising), NextUpdate: next,
	})
	require.NoError(t, err)
	var blocking []string
	for _, f := range findings {
		if f.Level == "block" {
			blocking = append(blocking, f.Rule)
			assert.NotEmpty(t, f.Excerpt, "it says which words")
			assert.NotEmpty(t, f.Why, "and why")
		}
	}
	require.Equal(t, []string{"minimising"}, blocking)
	st := w.incident(id).Statement(r.ID)
	assert.True(t, st.Blocked)
	assert.Equal(t, findings, st.Findings, "what the review found is on record")

	cmd := amends.StatementCommand{Command: by(), Record: id, Statement: r.ID}
	before := w.versions()
	_, err = w.desk.Approve(ctx, cmd)
	require.ErrorIs(t, err, amends.ErrBlocked)
	assert.Contains(t, err.Error(), "minimising", "the error says which rule")
	_, err = w.desk.Publish(ctx, cmd)
	require.ErrorIs(t, err, amends.ErrBlocked)

	override := amends.Override{Command: by(), Record: id, Statement: r.ID, Rules: []string{"minimising"}, Reason: "a court demands these words"}
	for _, tt := range []struct {
		name   string
		change func(*amends.Override)
	}{
		{"no person", func(o *amends.Override) { o.By = system }},
		{"a person without a name", func(o *amends.Override) { o.By.ID = "" }},
		{"no reason", func(o *amends.Override) { o.Reason = "  " }},
		{"no rules", func(o *amends.Override) { o.Rules = nil }},
		{"another rule", func(o *amends.Override) { o.Rules = []string{"platitude"} }},
	} {
		o := override
		tt.change(&o)
		_, err := w.desk.Override(ctx, o)
		require.ErrorIs(t, err, amends.ErrInvalid, tt.name)
	}
	assert.Equal(t, before, w.versions(), "nothing was written")
	assert.Empty(t, w.mail.Delivered())

	_, err = w.desk.Override(ctx, override)
	require.NoError(t, err)
	_, err = w.desk.Approve(ctx, cmd)
	require.NoError(t, err)
	_, err = w.desk.Publish(ctx, cmd)
	require.NoError(t, err)
	w.settle()
	st = w.incident(id).Statement(r.ID)
	assert.True(t, st.EverBlocked, "that it was blocked stays on record")
	assert.Equal(t, "ada", st.OverrideBy)
	assert.Equal(t, 1, told(w.mail, "c0-tech", notify.KindUpdate))
}

func TestRewritingClearsABlockAndNeedsApprovalAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	ctx := t.Context()
	id := w.declare("inc-1", "c0")
	next := &incident.Moment{At: w.clock().Add(time.Hour)}
	r, _, err := w.desk.Draft(ctx, amends.Draft{Command: by(), Record: id, Purpose: incident.PurposeUpdate, Texts: words("Restores", minimising), NextUpdate: next})
	require.NoError(t, err)
	cmd := amends.StatementCommand{Command: by(), Record: id, Statement: r.ID}
	_, findings, err := w.desk.Rewrite(ctx, amends.Rewrite{Command: by(), Record: id, Statement: r.ID, Texts: words("Restores", plainUpdate)})
	require.NoError(t, err)
	for _, f := range findings {
		assert.NotEqual(t, "block", f.Level)
	}
	st := w.incident(id).Statement(r.ID)
	assert.False(t, st.Blocked)
	assert.True(t, st.EverBlocked)
	require.NotNil(t, st.NextUpdate, "what is not rewritten stays")

	_, err = w.desk.Publish(ctx, cmd)
	require.ErrorIs(t, err, amends.ErrBlocked, "nobody stands behind the new words yet")
	_, err = w.desk.Approve(ctx, cmd)
	require.NoError(t, err)
	// Other words after the approval need it again.
	_, _, err = w.desk.Rewrite(ctx, amends.Rewrite{Command: by(), Record: id, Statement: r.ID, Texts: words("Restores", plainUpdate+" We write again soon.")})
	require.NoError(t, err)
	_, err = w.desk.Publish(ctx, cmd)
	require.ErrorIs(t, err, amends.ErrBlocked)
	_, err = w.desk.Approve(ctx, cmd)
	require.NoError(t, err)
	_, err = w.desk.Publish(ctx, cmd)
	require.NoError(t, err)

	before := w.versions()
	_, _, err = w.desk.Rewrite(ctx, amends.Rewrite{Command: by(), Record: id, Statement: r.ID, Texts: words("Restores", "All is well.")})
	require.ErrorIs(t, err, amends.ErrInvalid)
	assert.Contains(t, err.Error(), "correction", "it says what to do instead")
	_, err = w.desk.Publish(ctx, cmd)
	require.ErrorIs(t, err, amends.ErrInvalid, "published words are not published again")
	assert.Equal(t, before, w.versions())
}

// R1: a correction reaches everyone who got the earlier words, also who would not be asked today.
func TestCorrectionReachesEveryoneWhoGotTheEarlierWords(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 4)
	ctx := t.Context()
	id := w.declare("inc-1", "c0")
	first := w.say(id, incident.PurposeUpdate, plainUpdate, w.clock().Add(time.Hour))
	// c1 joins later, gets the words, and turns out not to be affected after all; so does c0.
	w.dir.Affect(space, id, amends.Hit{Degree: incident.DegreeDegraded}, "c1")
	w.note(id, incident.ImpactRecorded{Affected: 2})
	require.Equal(t, 1, told(w.mail, "c1-tech", notify.KindUpdate), "who joins later gets what they missed")
	w.dir.Spare(space, id, "c0", "c1")
	w.dir.Affect(space, id, amends.Hit{Degree: incident.DegreeDown}, "c2")

	r, _, err := w.desk.Draft(ctx, amends.Draft{
		Command: by(), Record: id, Purpose: incident.PurposeCorrection, Corrects: first, Texts: words("Restores", plainCorrection),
	})
	require.NoError(t, err)
	cmd := amends.StatementCommand{Command: by(), Record: id, Statement: r.ID}
	_, err = w.desk.Approve(ctx, cmd)
	require.NoError(t, err)
	_, err = w.desk.Publish(ctx, cmd)
	require.NoError(t, err)
	w.settle()
	for _, c := range []string{"c0", "c1", "c2"} {
		assert.Equal(t, 1, told(w.mail, c+"-tech", notify.KindCorrection), "%s is told", c)
	}
	assert.Empty(t, w.mail.To("c3-tech"), "who never heard of it is not")
	assert.Equal(t, 1, told(w.page, "status", notify.KindCorrection), "as publicly as the words were (R49)")
	correction := w.mail.To("c0-tech")[1].Message.Text
	assert.Contains(t, correction, "Your backups are safe", "it quotes what was wrong")
	assert.Equal(t, r.ID, w.incident(id).Statement(first).CorrectedBy)
}

func TestCorrectingNeedsPublishedWords(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	id := w.declare("inc-1", "c0")
	r, _, err := w.desk.Draft(t.Context(), amends.Draft{Command: by(), Record: id, Purpose: incident.PurposeUpdate, Texts: words("a", plainUpdate)})
	require.NoError(t, err)
	_, _, err = w.desk.Draft(t.Context(), amends.Draft{Command: by(), Record: id, Purpose: incident.PurposeCorrection, Corrects: r.ID, Texts: words("a", plainCorrection)})
	require.ErrorIs(t, err, amends.ErrInvalid)
	assert.Contains(t, err.Error(), "rewrite")
}

// Words that were taken back, or put right, go to nobody who has not got them yet.
func TestWithdrawnAndCorrectedWordsAreNotSentFurther(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		end  func(w *world, id, st string)
	}{
		{"withdrawn", func(w *world, id, st string) {
			_, err := w.desk.Withdraw(t.Context(), amends.StatementCommand{Command: by(), Record: id, Statement: st, Reason: "not true"})
			require.NoError(t, err)
		}},
		{"corrected", func(w *world, id, st string) {
			r, _, err := w.desk.Draft(t.Context(), amends.Draft{Command: by(), Record: id, Purpose: incident.PurposeCorrection, Corrects: st, Texts: words("a", plainCorrection)})
			require.NoError(t, err)
			cmd := amends.StatementCommand{Command: by(), Record: id, Statement: r.ID}
			_, err = w.desk.Approve(t.Context(), cmd)
			require.NoError(t, err)
			_, err = w.desk.Publish(t.Context(), cmd)
			require.NoError(t, err)
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 2, oneTry)
			id := w.declare("inc-1", "c0", "c1")
			w.mail.ScriptFor("c1-tech", notifytest.FailTimes(1))
			st := w.say(id, incident.PurposeUpdate, plainUpdate, w.clock().Add(time.Hour))
			require.Equal(t, 1, told(w.mail, "c0-tech", notify.KindUpdate))
			require.Zero(t, told(w.mail, "c1-tech", notify.KindUpdate), "it waits for its next attempt")
			tt.end(w, id, st)
			w.settle()
			w.later(20 * time.Minute)
			assert.Zero(t, told(w.mail, "c1-tech", notify.KindUpdate), "what is not true any more is not told")
			if tt.name == "corrected" {
				assert.Equal(t, 1, told(w.mail, "c1-tech", notify.KindCorrection), "the correction is")
			} else {
				q := w.requirement(id, "correction/")
				assert.Equal(t, "open", string(q.Status), "who got the words is owed a correction (R32)")
			}
		})
	}
}

// R71: who was told, and who reported, is told that it is fixed, affected or not.
func TestResolutionReachesEverybodyToldAndEverybodyWhoReported(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 4)
	id := w.declare("inc-1", "c0", "c1")
	w.say(id, incident.PurposeUpdate, plainUpdate, w.clock().Add(time.Hour))
	w.report(of(id, "c2"), "mine hangs, too")
	w.dir.Spare(space, id, "c1") // it turns out that c1 was not hit
	w.resolve(id)
	for _, c := range []string{"c0", "c1", "c2"} {
		assert.Equal(t, 1, told(w.mail, c+"-tech", notify.KindResolution), "%s is told", c)
	}
	assert.Empty(t, w.mail.To("c3-tech"))
	assert.Equal(t, 1, told(w.page, "status", notify.KindResolution))
	assert.Equal(t, 1, told(w.mail, "c2-tech", notify.KindAskVerdict), "who reported is asked, too (R73)")
	w.checkToldOnce()
}

// Who joins later gets what they missed; the others nothing twice.
func TestLateJoinersGetWhatTheyMissed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 4)
	id := w.declare("inc-1", "c0")
	w.say(id, incident.PurposeUpdate, plainUpdate, w.clock().Add(time.Hour))
	before := kinds(w.mail, "c0-tech")
	w.dir.Affect(space, id, amends.Hit{Degree: incident.DegreeDegraded}, "c1")
	w.note(id, incident.ImpactRecorded{Affected: 2, Scope: "EU and US"})
	assert.Equal(t, before, kinds(w.mail, "c1-tech"), "c1 gets what c0 got")
	assert.Equal(t, before, kinds(w.mail, "c0-tech"), "c0 nothing again")

	w.resolve(id)
	w.dir.Affect(space, id, amends.Hit{Degree: incident.DegreeDown, Windows: []incident.Window{{From: sunday, To: sunday.Add(time.Hour)}}}, "c2")
	w.note(id, incident.ImpactRecorded{Affected: 3, Scope: "everywhere"})
	assert.Equal(t, []string{"update", "resolution", "ask_verdict"}, kinds(w.mail, "c2-tech"),
		"who turns out to be affected after it was fixed is told and asked like the others (R73)")
	for _, c := range []string{"c0", "c1", "c2"} {
		w.verdict(id, c, incident.OpinionFixed)
	}
	for _, c := range []string{"c0", "c2"} {
		assert.Equal(t, 1, told(w.mail, c+"-tech", notify.KindAward), "%s is compensated without asking for it (R77)", c)
	}
	w.checkToldOnce()
}
