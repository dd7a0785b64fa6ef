package amends_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends"
	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/notify/webhooknotify"
)

// R49: channels that send structures get the same truth as those that send text.
func TestMessagesCarryFactsForChannelsThatSendStructures(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	id := w.declare("inc-1", "c0")
	w.say(id, incident.PurposeUpdate, plainUpdate, w.clock().Add(30*time.Minute))
	first := w.clock()
	w.later(10 * time.Minute)
	_, err := w.desk.Advance(t.Context(), amends.Advance{Command: by(), Record: id, Step: incident.StepIdentify})
	require.NoError(t, err)
	second := w.say(id, incident.PurposeUpdate, "Restores hang at 0 %: we found the scheduler to be the cause and roll it back.", w.clock().Add(30*time.Minute))

	sent := w.mail.To("c0-tech")
	m := sent[len(sent)-1].Message
	assert.Equal(t, id, m.Data[notify.DataRecord])
	assert.Equal(t, second, m.Data[notify.DataStatement])
	assert.Equal(t, "Restores hang at 0 %", m.Data[notify.DataTitle])
	assert.Equal(t, "identified", m.Data[notify.DataStatus])
	assert.Equal(t, "major", m.Data[notify.DataSeverity])
	assert.Equal(t, "https://acme.example/c/inc-1/c0", m.Data[notify.DataLink])
	began, err := notify.ParseDataTime(m.Data[notify.DataBegan])
	require.NoError(t, err)
	assert.Equal(t, sunday.Add(-10*time.Minute), began)
	parts, err := notify.ParseDataList[notify.DataComponent](m.Data[notify.DataComponents])
	require.NoError(t, err)
	assert.Equal(t, []notify.DataComponent{{ID: "restore", Name: "Restore"}}, parts)
	said, err := notify.ParseDataList[notify.DataUpdate](m.Data[notify.DataUpdates])
	require.NoError(t, err)
	require.Len(t, said, 1)
	assert.Equal(t, plainUpdate, said[0].Body)
	assert.Equal(t, first, said[0].Said)
	assert.Equal(t, "detected", said[0].Status, "the status that it had then")

	page := w.page.To("status")
	assert.Empty(t, page[len(page)-1].Message.Data[notify.DataLink], "the public gets no customer's link")
}

// Words for the affected are in no public message, nor in the list of what was said before.
func TestPublicFactsHoldNoWordsForTheAffected(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	id := w.declare("inc-1", "c0")
	r, _, err := w.desk.Draft(t.Context(), amends.Draft{
		Command: by(), Record: id, Purpose: incident.PurposeUpdate, Texts: words("Restores", "For the affected: restores hang. Your backups are safe."),
		Audiences: []incident.Audience{incident.AudienceAffected}, NextUpdate: &incident.Moment{At: w.clock().Add(time.Hour)},
	})
	require.NoError(t, err)
	cmd := amends.StatementCommand{Command: by(), Record: id, Statement: r.ID}
	_, err = w.desk.Approve(t.Context(), cmd)
	require.NoError(t, err)
	_, err = w.desk.Publish(t.Context(), cmd)
	require.NoError(t, err)
	w.settle()
	w.say(id, incident.PurposeUpdate, plainUpdate, w.clock().Add(30*time.Minute))
	page, mail := w.page.To("status"), w.mail.To("c0-tech")
	assert.Empty(t, page[len(page)-1].Message.Data[notify.DataUpdates])
	assert.Contains(t, mail[len(mail)-1].Message.Data[notify.DataUpdates], "For the affected")
}

// Whatever the desk tells a customer, a webhook can carry it as a Statuspage event.
func TestEveryMessageBecomesAStatuspageEvent(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	id := w.declare("inc-1", "c0", "c1")
	w.say(id, incident.PurposeUpdate, plainUpdate, w.clock().Add(30*time.Minute))
	r := w.report(of(id, "c0"), "it hangs")
	w.answer(r.Record, r.ID)
	w.resolve(id)
	w.verdict(id, "c0", incident.OpinionBroken)
	w.say(id, incident.PurposeReopening, plainReopening, w.clock().Add(30*time.Minute))
	w.resolve(id)
	w.verdict(id, "c0", incident.OpinionFixed)
	w.verdict(id, "c1", incident.OpinionFixed)
	w.later(4 * 24 * time.Hour)
	kinds := map[string]bool{}
	for _, d := range append(w.mail.To("c0-tech"), w.page.To("status")...) {
		e, err := webhooknotify.StatuspageEvent(&d, webhooknotify.Page{ID: "acme"})
		require.NoError(t, err, d.Message.Kind)
		require.NotNil(t, e.Incident)
		assert.NotEmpty(t, e.Incident.Name, d.Message.Kind)
		assert.NotEmpty(t, e.Incident.Updates[0].Body, d.Message.Kind)
		kinds[d.Message.Kind] = true
	}
	for _, k := range []string{notify.KindUpdate, notify.KindAcknowledgement, notify.KindAnswer, notify.KindResolution, notify.KindReopening, notify.KindAskVerdict, notify.KindAward} {
		assert.True(t, kinds[k], k)
	}
}
