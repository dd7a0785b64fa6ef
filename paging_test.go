package amends_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends"
	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/notify"
)

// Many customers are told page by page: each of them once, however small the pages.
func TestSmallPagesReachEverybodyOnce(t *testing.T) {
	t.Parallel()
	for _, size := range []int{1, 2, 3, 7, 100} {
		t.Run(fmt.Sprintf("pages of %d", size), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 7, func(o *amends.Options) { o.PageSize, o.PagesPerPass = size, 1 })
			all := []string{"c0", "c1", "c2", "c3", "c4", "c5", "c6"}
			id := w.declare("inc-1", all[:5]...)
			w.say(id, incident.PurposeUpdate, plainUpdate, w.clock().Add(time.Hour))
			w.dir.Affect(space, id, amends.Hit{Degree: incident.DegreeDown, Windows: []incident.Window{{From: sunday, To: sunday.Add(time.Hour)}}}, "c5")
			w.report(of(id, "c6"), "mine, too")
			w.note(id, incident.ImpactRecorded{Affected: 6})
			w.resolve(id)
			for _, c := range all[:6] {
				w.verdict(id, c, incident.OpinionFixed)
				assert.Equal(t, 1, told(w.mail, c+"-tech", notify.KindUpdate), c)
			}
			for _, c := range all {
				assert.Equal(t, 1, told(w.mail, c+"-tech", notify.KindResolution), c)
				assert.Equal(t, 1, told(w.mail, c+"-tech", notify.KindAskVerdict), c)
			}
			for _, c := range all[:6] {
				assert.Equal(t, 1, told(w.mail, c+"-tech", notify.KindAward), c)
			}
			w.checkToldOnce()
			w.checkPaidOnce()
		})
	}
}

// Who joins while the words are still on their way is not left out, and moves nobody else out.
func TestJoiningWhileWordsAreOnTheirWay(t *testing.T) {
	t.Parallel()
	for pass := range 12 {
		w := newWorld(t, 6, func(o *amends.Options) { o.PageSize, o.PagesPerPass = 1, 1 })
		ctx := t.Context()
		id := w.declare("inc-1", "c0", "c1", "c2")
		w.say(id, incident.PurposeUpdate, plainUpdate, w.clock().Add(time.Hour))
		w.dir.Spare(space, id, "c1") // is told that it is fixed all the same
		r, _, err := w.desk.Draft(ctx, amends.Draft{Command: by(), Record: id, Purpose: incident.PurposeResolution, Texts: words("Restores", plainResolution)})
		require.NoError(t, err)
		cmd := amends.StatementCommand{Command: by(), Record: id, Statement: r.ID}
		_, err = w.desk.Approve(ctx, cmd)
		require.NoError(t, err)
		_, err = w.desk.Publish(ctx, cmd)
		require.NoError(t, err)
		for range pass {
			require.NoError(t, w.desk.Reconcile(ctx, id))
		}
		w.dir.Affect(space, id, amends.Hit{Degree: incident.DegreeDown}, "c3")
		w.note(id, incident.ImpactRecorded{Affected: 3})
		for _, c := range []string{"c0", "c1", "c2", "c3"} {
			require.Equal(t, 1, told(w.mail, c+"-tech", notify.KindResolution), "%s, joined in pass %d", c, pass)
		}
		w.checkToldOnce()
	}
}

// coreRule is how the rule about core functions begins in the default policy.
const coreRule = "when: {core_function: true}\n    from: [detected, aware, outside_report, opened]\n    within: 15m\n    "

// A directory that fails for one audience keeps nobody of the others waiting.
func TestOneAudienceThatFailsHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1, withPolicy(t, coreRule+"to: [affected, public]", coreRule+"to: [affected, public, authority]", "\nverdict:\n", "\naudiences: [authority]\n\nverdict:\n"))
	id := w.declare("inc-1", "c0")
	var failed error
	for range 6 { // the prepared word has an audience that the directory does not know
		w.mu.Lock()
		w.now = w.now.Add(5 * time.Minute)
		w.mu.Unlock()
		for range 3 {
			failed = errors.Join(failed, w.desk.Settle(t.Context()))
		}
	}
	v := w.incident(id)
	require.NotEmpty(t, v.PublishedStatements())
	assert.Equal(t, 1, told(w.mail, "c0-tech", notify.KindHolding), "who is known is told")
	assert.Positive(t, told(w.pager, "on_call", notify.KindWake), "and people of ours are woken: %v", v.Escalations)
	require.ErrorIs(t, failed, amends.ErrUnknownAudience, "operators hear of it")
	w.dir.AddContact(space, "authority", amends.Contact{ID: "office", Channel: "mail", Address: "office"})
	w.later(5 * time.Minute)
	assert.Equal(t, 1, told(w.mail, "office", notify.KindHolding), "mended, it goes on")
}
