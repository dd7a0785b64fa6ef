package amends_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends"
	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/incident/customerpage"
	"github.com/amends-dev/amends/policy"
)

func (w *world) view(record, customer, locale string) incident.CustomerView {
	w.t.Helper()
	v, err := w.desk.CustomerView(w.t.Context(), space, record, customer, locale)
	require.NoError(w.t, err)
	return v
}

func (w *world) hear(word incident.CustomerWord) {
	w.t.Helper()
	word.Space = space
	require.NoError(w.t, w.desk.Hear(w.t.Context(), word))
	w.settle()
}

func bodies(v incident.CustomerView) []string {
	var out []string
	for _, s := range v.Said {
		out = append(out, s.Body)
	}
	return out
}

// R5, R9, R11, R13, R14, R45, R65: what happened to them, since when, why them, what
// they must do, what is promised, who to reach.
func TestTheViewHoldsWhatConcernsTheCustomer(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	id := w.declare("inc-1", "c0")
	next := w.clock().Add(30 * time.Minute)
	w.say(id, incident.PurposeUpdate, plainUpdate, next)
	due := incident.Moment{At: w.clock().Add(48 * time.Hour), Zone: "Europe/Berlin"}
	request, err := w.desk.Request(t.Context(), amends.Request{Command: by(), Record: id, State: "version 2.4.3 or newer", Steps: []string{"update"}, Due: &due})
	require.NoError(t, err)
	_, err = w.desk.Promise(t.Context(), amends.Promise{Command: by(), Record: id, Kind: incident.PromiseFix, Due: due, What: "restores of archives work"})
	require.NoError(t, err)
	w.noteCase(of(id, "c0"), incident.CustomerImpact{Degree: incident.DegreeDown, Why: "your vault is on cluster 4", ResidualLoss: "two comments", Objects: []string{"backup-7"}})

	v := w.view(id, "c0", "en")
	assert.Equal(t, "Restores hang at 0 %", v.Title)
	assert.Equal(t, []string{"Restore"}, v.Components)
	assert.Equal(t, sunday.Add(-10*time.Minute), v.Since)
	assert.Equal(t, "Europe/Berlin", v.Zone)
	require.NotNil(t, v.Impact)
	assert.Equal(t, "your vault is on cluster 4", v.Impact.Why)
	assert.Equal(t, "two comments", v.Impact.ResidualLoss)
	assert.NotEmpty(t, v.Impact.Windows, "their windows are the directory's where the case says nothing else")
	assert.Equal(t, []string{plainUpdate}, bodies(v))
	require.NotNil(t, v.Next)
	assert.Equal(t, next, v.Next.At)
	require.Len(t, v.Requests, 1)
	assert.Equal(t, "version 2.4.3 or newer", v.Requests[0].State)
	assert.Zero(t, v.Requests[0].Done)
	require.Len(t, v.Promises, 1, "the next update is no promise of its own here")
	assert.Equal(t, "restores of archives work", v.Promises[0].What)
	assert.Equal(t, "Ada of Acme", v.Person)
	assert.Equal(t, "reply to this mail", v.Contact)
	assert.False(t, v.Judge, "nobody says yet that it is fixed")

	w.hear(incident.CustomerWord{Record: id, Customer: "c0", Say: incident.SayDone, Request: request.ID})
	assert.Equal(t, w.clock(), w.view(id, "c0", "en").Requests[0].Done)

	other := w.view(id, "c1", "en")
	assert.Nil(t, other.Impact, "R13: not known is not guessed")
	assert.Zero(t, other.Since)
	assert.Zero(t, other.Requests[0].Done, "what one customer did, another did not")
}

// Drafts are for nobody, words for the affected for them, words
// for one customer for that one.
func TestTheViewHoldsOnlyWordsForThisCustomer(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3)
	id := w.declare("inc-1", "c0", "c1")
	publish := func(record, body string, audiences ...incident.Audience) {
		r, _, err := w.desk.Draft(t.Context(), amends.Draft{
			Command: by(), Record: record, Purpose: incident.PurposeUpdate, Texts: words("Restores", body), Audiences: audiences,
			NextUpdate: &incident.Moment{At: w.clock().Add(time.Hour)},
		})
		require.NoError(t, err)
		cmd := amends.StatementCommand{Command: by(), Record: record, Statement: r.ID}
		_, err = w.desk.Approve(t.Context(), cmd)
		require.NoError(t, err)
		_, err = w.desk.Publish(t.Context(), cmd)
		require.NoError(t, err)
	}
	_, _, err := w.desk.Draft(t.Context(), amends.Draft{Command: by(), Record: id, Purpose: incident.PurposeUpdate, Texts: words("Restores", "A draft that nobody approved.")})
	require.NoError(t, err)
	publish(id, "For everybody: restores hang. We look for the cause.", incident.AudiencePublic)
	publish(id, "For the affected: restores hang. Your backups are safe.", incident.AudienceAffected)
	w.settle()
	r := w.report(of(id, "c0"), "it hangs")
	w.answer(r.Record, r.ID)

	assert.Equal(t, []string{plainAnswer, "For the affected: restores hang. Your backups are safe.", "For everybody: restores hang. We look for the cause."},
		bodies(w.view(id, "c0", "en")))
	assert.Len(t, w.view(id, "c1", "en").Said, 2, "another's answer is not theirs")
	assert.Equal(t, []string{"For everybody: restores hang. We look for the cause."}, bodies(w.view(id, "c2", "en")))
	w.dir.Spare(space, id, "c1")
	assert.Len(t, w.view(id, "c1", "en").Said, 2, "what they were told they may read again, affected or not")

	for name, look := range map[string]struct{ space, record, customer string }{
		"another's case": {space, r.Record, "c1"},
		"another space":  {"other", id, "c0"},
		"no such record": {space, "inc-9", "c0"},
		"nobody":         {space, id, ""},
		"case, no space": {"", r.Record, "c0"},
	} {
		_, err := w.desk.CustomerView(t.Context(), look.space, look.record, look.customer, "en")
		assert.ErrorIs(t, err, incident.ErrNotFound, name)
		err = w.desk.Hear(t.Context(), incident.CustomerWord{Space: look.space, Record: look.record, Customer: look.customer, Say: incident.SayReport, Text: "hello"})
		assert.ErrorIs(t, err, incident.ErrNotFound, name)
	}
}

// R1, R32: what was corrected stays visible beside its correction; what was
// withdrawn is said to be.
func TestTheViewHidesNoCorrection(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	id := w.declare("inc-1", "c0")
	wrong := w.say(id, incident.PurposeUpdate, plainUpdate, w.clock().Add(30*time.Minute))
	_, err := w.desk.Correct(t.Context(), amends.Correct{Command: by(), Record: id, Statement: wrong, Texts: words("Restores", plainCorrection)})
	require.NoError(t, err)
	w.settle()
	v := w.view(id, "c0", "en")
	require.Len(t, v.Said, 2)
	assert.Equal(t, incident.PurposeCorrection, v.Said[0].Purpose)
	assert.Equal(t, v.Said[0].ID, v.Said[1].CorrectedBy)
	assert.Equal(t, plainUpdate, v.Said[1].Body)
}

// R54 to R57: their messages, what followed, and when an answer comes.
func TestTheViewShowsReportsAndTheirAnswers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	id := w.declare("inc-1", "c0")
	since := w.clock().Add(-time.Hour)
	w.hear(incident.CustomerWord{Record: id, Customer: "c0", Say: incident.SayReport, Text: "restore 7 hangs", Since: since, Via: "page", Key: "k1"})
	w.hear(incident.CustomerWord{Record: id, Customer: "c0", Say: incident.SayReport, Text: "restore 7 hangs", Since: since, Via: "page", Key: "k1"})
	v := w.view(id, "c0", "en")
	require.Len(t, v.Reports, 1, "the same key is one report")
	r := v.Reports[0]
	assert.Equal(t, "restore 7 hangs", r.Words)
	assert.Equal(t, incident.ReportFailure, r.Kind)
	assert.Equal(t, since, r.Since)
	assert.Equal(t, sunday.Add(4*time.Hour), r.AnswerBy)
	assert.False(t, r.Asked)

	caseID := w.caseOf(amends.CaseID(id, "c0")).ID
	w.answer(caseID, r.ID)
	w.noteCase(amends.Customer{Case: caseID}, incident.QuestionAsked{Report: r.ID, Text: "Which archive is it?"})
	r = w.view(id, "c0", "en").Reports[0]
	assert.NotZero(t, r.Answered)
	assert.Zero(t, r.AnswerBy)
	assert.True(t, r.Asked)
	assert.Equal(t, []incident.CustomerEntry{{Ours: true, Text: "Which archive is it?", At: w.clock()}}, r.Thread)

	w.hear(incident.CustomerWord{Record: id, Customer: "c0", Say: incident.SayReply, Report: r.ID, Text: "the one of Sunday"})
	w.hear(incident.CustomerWord{Record: id, Customer: "c0", Say: incident.SayCorrection, Report: r.ID, Text: "restore 8, sorry"})
	r = w.view(id, "c0", "en").Reports[0]
	require.Len(t, r.Thread, 3)
	assert.Equal(t, "the one of Sunday", r.Thread[1].Text)
	assert.False(t, r.Asked)
	assert.NotZero(t, r.AnswerBy, "R57: the reply is owed an answer of its own")
	assert.Zero(t, r.Answered)

	err := w.desk.Hear(t.Context(), incident.CustomerWord{Space: space, Record: id, Customer: "c0", Say: incident.SayReport, Text: "something else", Key: "k1"})
	require.ErrorIs(t, err, incident.ErrKeyReused)
	err = w.desk.Hear(t.Context(), incident.CustomerWord{Space: space, Record: id, Customer: "c0", Say: incident.SayReply, Text: "x", Report: "elsewhere.3"})
	require.ErrorIs(t, err, incident.ErrNotFound)
	err = w.desk.Hear(t.Context(), incident.CustomerWord{Space: space, Record: id, Customer: "c0", Say: "shout", Text: "x"})
	require.ErrorIs(t, err, amends.ErrInvalid)
}

// R73, R74, R80: they are asked whether it is fixed, their word is taken, and what
// they get is shown with its reasons once it is decided.
func TestTheViewAsksForTheVerdictAndShowsAwards(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	id := w.declare("inc-1", "c0", "c1")
	w.say(id, incident.PurposeUpdate, plainUpdate, w.clock().Add(30*time.Minute))
	w.resolve(id)
	v := w.view(id, "c0", "de")
	assert.True(t, v.Judge)
	assert.Empty(t, v.Awards)
	w.hear(incident.CustomerWord{Record: id, Customer: "c0", Say: incident.SayVerdict, Opinion: incident.OpinionFixed, Satisfaction: 4, Text: "thanks"})
	w.hear(incident.CustomerWord{Record: id, Customer: "c1", Say: incident.SayVerdict, Opinion: incident.OpinionFixed})
	v = w.view(id, "c0", "de")
	assert.Equal(t, &incident.CustomerVerdict{Opinion: incident.OpinionFixed, Satisfaction: 4, Words: "thanks", At: w.clock()}, v.Verdict)
	w.later(4 * 24 * time.Hour)
	v = w.view(id, "c0", "de")
	require.NotEmpty(t, v.Awards)
	assert.Contains(t, v.Awards[0].Amount, "€")
	assert.NotEmpty(t, v.Awards[0].Why)
	assert.True(t, v.Awards[0].Paid)
	assert.Len(t, w.billing.paid, 2)

	w.hear(incident.CustomerWord{Record: id, Customer: "c1", Say: incident.SayVerdict, Opinion: incident.OpinionBroken, Text: "archives hang"})
	assert.Equal(t, incident.StatusOpen, w.caseOf(amends.CaseID(id, "c1")).Status(), "R72: it reopens their case")
}

// What waits for a person's approval is promised to nobody.
func TestTheViewShowsNoAwardThatIsNotApproved(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	id := w.declare("inc-1", "c0")
	lists, err := w.stores.Ledger.Propose(t.Context(), []compensate.Owed{
		{Key: compensate.Key{Space: space, Scheme: "sla", Customer: "c0", Basis: id}, Total: compensate.FromMinor(5000, "EUR"), Why: []string{"because"}, Limit: compensate.FromMinor(1000, "EUR")},
	}, w.clock())
	require.NoError(t, err)
	require.Equal(t, compensate.StateProposed, lists[0][0].State)
	assert.Empty(t, w.view(id, "c0", "en").Awards)
}

// A case that stands alone has a page of its own, and its words go into it.
func TestACaseOfItsOwnHasAView(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	r := w.report(amends.Customer{Space: space, Customer: "c0"}, "how do I restore?")
	v := w.view(r.Record, "c0", "")
	assert.Empty(t, v.Title)
	require.Len(t, v.Reports, 1)
	w.hear(incident.CustomerWord{Record: r.Record, Customer: "c0", Say: incident.SayReply, Report: r.ID, Text: "and quickly"})
	assert.Len(t, w.view(r.Record, "c0", "").Reports[0].Thread, 1)
	err := w.desk.Hear(t.Context(), incident.CustomerWord{Space: space, Record: r.Record, Customer: "c0", Say: incident.SayVerdict, Opinion: incident.OpinionFixed})
	require.ErrorIs(t, err, incident.ErrConflict, "there is no fix to judge")
	err = w.desk.Hear(t.Context(), incident.CustomerWord{Space: space, Record: r.Record, Customer: "c0", Say: incident.SayVerdict, Opinion: "splendid"})
	require.ErrorIs(t, err, amends.ErrInvalid)
	require.NotErrorIs(t, err, incident.ErrConflict)
	err = w.desk.Hear(t.Context(), incident.CustomerWord{Space: space, Record: r.Record, Customer: "c0", Say: incident.SayDone, Request: "inc-1.4"})
	require.ErrorIs(t, err, incident.ErrNotFound)

	id := w.declare("inc-1", "c0")
	_, err = w.desk.Link(t.Context(), amends.Link{Command: by(), Case: r.Record, Incident: id})
	require.NoError(t, err)
	assert.Equal(t, "Restores hang at 0 %", w.view(r.Record, "c0", "").Title, "the old link shows what it became")
	assert.Len(t, w.view(id, "c0", "").Reports, 1)
}

// After a merge the link to either incident shows the whole, and once.
func TestTheViewFollowsAMerge(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	one, two := w.declare("inc-1", "c0"), w.declare("inc-2", "c0")
	w.say(one, incident.PurposeUpdate, plainUpdate, w.clock().Add(30*time.Minute))
	w.report(of(one, "c0"), "it hangs")
	_, err := w.desk.Merge(t.Context(), amends.Merge{Command: by(), Record: one, Into: two})
	require.NoError(t, err)
	w.settle()
	for _, id := range []string{one, two} {
		v := w.view(id, "c0", "en")
		assert.Contains(t, bodies(v), plainUpdate, id)
		assert.Len(t, v.Reports, 1, id)
		w.hear(incident.CustomerWord{Record: id, Customer: "c0", Say: incident.SayReply, Report: v.Reports[0].ID, Text: "by " + id})
	}
	assert.Len(t, w.view(one, "c0", "en").Reports[0].Thread, 2)
}

// Words that were erased at the customer's wish are gone from their page too.
func TestTheViewForgetsErasedWords(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	r := w.report(amends.Customer{Space: space, Customer: "c0"}, "my password is quokka")
	eraser, ok := w.stores.Records.(incident.Eraser)
	require.True(t, ok)
	require.NoError(t, eraser.Erase(t.Context(), r.Record, 2))
	v := w.view(r.Record, "c0", "")
	assert.Empty(t, v.Reports[0].Words)
	assert.True(t, v.Reports[0].Erased)
}

// Links that were taken back are known to be, from then on.
func TestTheViewKnowsWhenLinksWereRevoked(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	id := w.declare("inc-1", "c0", "c1")
	w.noteCase(of(id, "c0"), incident.LinksRevoked{Reason: "a mail was forwarded"})
	assert.Equal(t, w.clock(), w.view(id, "c0", "").LinksRevoked)
	assert.Zero(t, w.view(id, "c1", "").LinksRevoked)
}

// The desk is what the customer's page needs.
func TestTheDeskKeepsTheContractOfTheCustomersPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	id := w.declare("inc-1", "c0", "c1")
	require.NoError(t, customerpage.CheckDesk(t.Context(), w.desk, customerpage.Sample{Space: space, Record: id, Customer: "c0", Other: "c1"}))
}

// A word that is sent again after a merge, or after the fix was taken back, is the same word.
func TestARepeatedWordIsTheSameWhateverHappenedSince(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	one, two := w.declare("inc-1", "c0"), w.declare("inc-2", "c0")
	w.say(one, incident.PurposeUpdate, plainUpdate, w.clock().Add(30*time.Minute))
	w.resolve(one)
	report := incident.CustomerWord{Record: one, Customer: "c0", Say: incident.SayReport, Text: "it hangs", Key: "k1"}
	verdict := incident.CustomerWord{Record: one, Customer: "c0", Say: incident.SayVerdict, Opinion: incident.OpinionBroken, Key: "k2"}
	w.hear(report)
	w.hear(verdict)
	_, err := w.desk.Merge(t.Context(), amends.Merge{Command: by(), Record: one, Into: two})
	require.NoError(t, err)
	w.settle()
	w.hear(report)
	w.hear(verdict)
	c := w.caseOf(amends.CaseID(one, "c0"))
	assert.Len(t, c.Reports, 1)
	assert.Len(t, c.Verdicts, 1)
}

// Nobody asked for a language: the customer's own is taken.
func TestTheViewSpeaksTheCustomersLanguage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	w.dir.AddCustomer(space, policy.CustomerFacts{Customer: "hof"}, amends.Contact{ID: "hof-it", Channel: "mail", Locale: "de-AT"})
	id := w.declare("inc-1", "c0")
	assert.Equal(t, "de-AT", w.view(id, "hof", "").Locale)
	assert.Equal(t, "en", w.view(id, "hof", "en").Locale)
	_, err := w.desk.CustomerView(t.Context(), space, id, "nobody", "")
	require.ErrorIs(t, err, incident.ErrNotFound)
}
