package statuspage_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/incident/memstore"
	"github.com/amends-dev/amends/incident/statuspage"
)

const space = "larder"

// now is when pages of tests are read: a Sunday.
func now() time.Time { return time.Date(2026, 3, 8, 10, 40, 0, 0, time.UTC) }

// world is a store that tests fill.
type world struct {
	tb    testing.TB
	store *memstore.Store
}

func newWorld(tb testing.TB) *world {
	tb.Helper()
	return &world{tb: tb, store: new(memstore.Store)}
}

// add appends facts to a record, which the first of them may open. It returns
// the ID that the first of them gives to what it creates.
func (w *world) add(id string, at time.Time, facts ...incident.Payload) string {
	w.tb.Helper()
	v, _, err := incident.LoadIncident(context.Background(), w.store, id)
	if err != nil {
		require.ErrorIs(w.tb, err, incident.ErrNotFound)
		v = &incident.Incident{ID: id}
	}
	first := incident.InnerID(id, v.Version+1)
	var events []incident.Event
	for _, f := range facts {
		events = append(events, incident.Event{At: at, Recorded: at, Actor: incident.Actor{Kind: incident.ActorStaff, ID: "staff-secret-7", Name: "Ada"}, Data: f})
	}
	b, err := v.Batch(at, events...)
	require.NoError(w.tb, err)
	_, err = w.store.Append(context.Background(), incident.Commit{Space: space, Batches: []incident.Batch{b}})
	require.NoError(w.tb, err)
	return first
}

func (w *world) declare(id, title string, severity incident.Severity, at time.Time, parts ...incident.Component) {
	w.tb.Helper()
	w.add(id, at, incident.Declared{
		Space: space, Title: title, Severity: severity, Components: parts, Owner: "owner-secret-9",
		Policies: []incident.PolicyPin{{Name: "policy-secret", Hash: "ff", Source: "policy-secret-source"}},
	})
}

// word is what say publishes.
type word struct {
	purpose   incident.Purpose
	status    incident.Status
	en, de    string
	subject   string
	betreff   string
	next      time.Time
	corrects  string
	audiences []incident.Audience
	requests  []string
}

// say drafts, approves and publishes words, and returns their ID.
func (w *world) say(id string, at time.Time, d word) string {
	w.tb.Helper()
	if d.audiences == nil {
		d.audiences = []incident.Audience{incident.AudiencePublic, incident.AudienceAffected}
	}
	if d.purpose == "" {
		d.purpose = incident.PurposeUpdate
	}
	texts := map[string]incident.Text{"en": {Subject: d.subject, Body: d.en}}
	if d.de != "" {
		texts["de"] = incident.Text{Subject: d.betreff, Body: d.de}
	}
	draft := incident.StatementDrafted{
		Purpose: d.purpose, Status: d.status, Audiences: d.audiences, Texts: texts, Person: "Ada Brandt, operations",
		Contact: "reply to this mail", Corrects: d.corrects, Requests: d.requests,
	}
	if !d.next.IsZero() {
		draft.NextUpdate = &incident.Moment{At: d.next, Zone: "Europe/Berlin"}
	}
	s := w.add(id, at, draft)
	facts := []incident.Payload{
		incident.StatementReviewed{Statement: s, Findings: []incident.FindingNote{{Rule: "finding-secret", Level: "warn", Why: "finding-secret-why"}}},
		incident.StatementApproved{Statement: s},
		incident.StatementPublished{Statement: s},
	}
	if d.corrects != "" {
		facts = append(facts, incident.StatementCorrected{Statement: d.corrects, By: s})
	}
	w.add(id, at, facts...)
	return s
}

func (w *world) step(id string, at time.Time, to incident.Status) {
	w.tb.Helper()
	v, _, err := incident.LoadIncident(context.Background(), w.store, id)
	require.NoError(w.tb, err)
	w.add(id, at, incident.StatusChanged{From: v.Status, To: to, Step: "step", Reason: "reason-secret", Done: "done-secret"})
}

var (
	restores = incident.Component{ID: "restore", Name: "Restores", Core: true, Degree: incident.DegreeDown}
	uploads  = incident.Component{ID: "upload", Name: "Uploads", Degree: incident.DegreeDegraded}
)

func catalog() statuspage.Catalog {
	return statuspage.Catalog{
		Groups: []statuspage.Group{{ID: "backup", Name: "Backup", Description: "What keeps your data"}},
		Components: []statuspage.Component{
			{ID: "restore", Name: "Restores", Group: "backup", Core: true, Description: "Getting your data back", Since: time.Date(2019, 5, 2, 0, 0, 0, 0, time.UTC)},
			{ID: "upload", Name: "Uploads", Group: "backup", Since: time.Date(2019, 5, 2, 0, 0, 0, 0, time.UTC)},
			{ID: "console", Name: "Console"},
			{ID: "relay", Name: "Legacy relay", OnlyIfDegraded: true},
		},
	}
}

func page() statuspage.Page {
	return statuspage.Page{ID: "pg1", Name: "Larder", URL: "https://status.larder.example", TimeZone: "Europe/Berlin"}
}

func options() *statuspage.HandlerOptions {
	return &statuspage.HandlerOptions{
		Catalog: catalog(), Since: time.Date(2019, 5, 2, 0, 0, 0, 0, time.UTC), Now: now,
		Contact:   statuspage.Link{Text: "help@larder.example", URL: "mailto:help@larder.example"},
		Subscribe: []statuspage.Link{{Text: "Mail", URL: "https://larder.example/subscribe"}},
	}
}

func handler(tb testing.TB, r statuspage.Reader, opts *statuspage.HandlerOptions) *statuspage.Handler {
	tb.Helper()
	h, err := statuspage.NewHandler(r, space, page(), opts)
	require.NoError(tb, err)
	return h
}

// story fills a world with a page that has everything on it.
func story(tb testing.TB) *world {
	w := newWorld(tb)
	day := func(d, hour, minute int) time.Time { return time.Date(2026, 3, d, hour, minute, 0, 0, time.UTC) }
	february := func(d, hour, minute int) time.Time { return time.Date(2026, 2, d, hour, minute, 0, 0, time.UTC) }

	// An incident with a whole life: reopened, explained, promised.
	w.declare("inc_hang", "Restores hang at 0 %", incident.SeverityMajor, day(1, 8, 52), restores)
	w.add("inc_hang", day(1, 8, 52), incident.ClockRecorded{Clock: incident.ClockOccurred, When: day(1, 8, 42), Note: "note-secret"})
	w.say("inc_hang", day(1, 8, 57), word{
		status: incident.StatusInvestigating, subject: "Restores hang at 0 %", betreff: "Wiederherstellungen bleiben bei 0 % stehen",
		en:   "Since 09:42 CET restores hang at 0 %: who started one after that gets no data back from us at the moment.\n\nYour backups are safe. It is nothing that you did.",
		de:   "Seit 09:42 Uhr (MEZ) bleiben Wiederherstellungen bei 0 % stehen: Wer danach eine begonnen hat, bekommt im Augenblick keine Daten zurück.\n\nIhre Sicherungen sind unversehrt. Es liegt nicht an Ihnen.",
		next: day(1, 9, 27),
	})
	w.step("inc_hang", day(1, 9, 0), incident.StatusInvestigating)
	w.add("inc_hang", day(1, 9, 1), incident.CauseRecorded{Cause: incident.CauseOwnChange, Certainty: incident.Suspected, Text: "cause-secret", Link: "https://cause.secret.example"})
	w.step("inc_hang", day(1, 9, 10), incident.StatusIdentified)
	w.say("inc_hang", day(1, 9, 12), word{
		status: incident.StatusIdentified, subject: "Restores hang at 0 %", betreff: "Wiederherstellungen bleiben bei 0 % stehen",
		en: "The cause is our own change of last night. We are rolling it back now:\n- restores that hang start again by themselves\n- you do not have to do anything",
		de: "Die Ursache ist unsere eigene Änderung von heute Nacht. Wir nehmen sie jetzt zurück:\n- hängende Wiederherstellungen laufen von selbst wieder an\n- Sie müssen nichts tun", next: day(1, 9, 42),
	})
	w.say("inc_hang", day(1, 9, 40), word{
		purpose: incident.PurposeResolution, subject: "Restores work again", betreff: "Wiederherstellungen funktionieren wieder",
		en: "Restores work again. You decide whether it is fixed.", de: "Wiederherstellungen funktionieren wieder. Sie entscheiden, ob es behoben ist.",
	})
	w.step("inc_hang", day(1, 9, 40), incident.StatusResolved)
	w.step("inc_hang", day(1, 9, 52), incident.StatusInvestigating)
	w.say("inc_hang", day(1, 9, 58), word{
		purpose: incident.PurposeReopening, subject: "Not fixed after all", betreff: "Doch nicht behoben",
		en: "We said that restores work again, and we were wrong: archives older than 30 days still hang. We are sorry.",
		de: "Wir haben gesagt, dass Wiederherstellungen wieder funktionieren, und das war falsch: Archive, die älter als 30 Tage sind, hängen weiter. Das tut uns leid.", next: day(1, 10, 28),
	})
	w.say("inc_hang", day(1, 10, 25), word{
		purpose: incident.PurposeResolution, subject: "Archives restore again", betreff: "Auch Archive lassen sich wiederherstellen",
		en: "We replaced the index and restored one archive of every affected customer to the end.",
		de: "Wir haben das Verzeichnis ersetzt und von jedem betroffenen Kunden ein Archiv vollständig wiederhergestellt.",
	})
	w.step("inc_hang", day(1, 10, 25), incident.StatusResolved)
	w.step("inc_hang", day(1, 15, 0), incident.StatusConfirmed)
	w.say("inc_hang", day(2, 13, 0), word{
		purpose: incident.PurposeExplanation, subject: "Why restores hung on Sunday", betreff: "Warum Wiederherstellungen am Sonntag stehen blieben",
		en: "We are sorry: our mistake kept you from your own data on Sunday.\n\nWe changed the scheduler on Saturday night and had tested it with new backups only.",
		de: "Es tut uns leid: Durch unseren Fehler kamen Sie am Sonntag nicht an Ihre eigenen Daten.\n\nWir hatten die Ablaufsteuerung in der Nacht geändert und nur mit neuen Sicherungen geprüft.",
	})
	kept := w.add("inc_hang", day(2, 13, 1), incident.PromiseMade{
		Promise: incident.PromisePrevention, Due: incident.Moment{At: day(6, 12, 0)}, What: "No change of the scheduler without a full restore of an old archive",
	})
	w.add("inc_hang", day(5, 9, 0), incident.PromiseKept{Promise: kept})
	w.add("inc_hang", day(2, 13, 1), incident.PromiseMade{
		Promise: incident.PromisePrevention, Due: incident.Moment{At: day(20, 12, 0)}, What: "A second index of every archive",
	})
	w.step("inc_hang", day(5, 10, 0), incident.StatusClosed)

	// One that is open now, with a correction, a withdrawal, a merged one and a promise.
	w.declare("inc_fail", "Restores fail after a patch of ours", incident.SeverityCritical, day(8, 8, 5), restores)
	wrong := w.say("inc_fail", day(8, 8, 15), word{
		status: incident.StatusInvestigating, subject: "Restores fail after a patch of ours", betreff: "Wiederherstellungen schlagen nach unserer Aktualisierung fehl",
		en: "Restores in Europe fail since 09:05 CET, after a patch that we installed.",
		de: "Seit 09:05 Uhr (MEZ) schlagen Wiederherstellungen in Europa fehl.", next: day(8, 8, 45),
	})
	w.say("inc_fail", day(8, 8, 30), word{
		purpose: incident.PurposeCorrection, corrects: wrong, subject: "Not only in Europe", betreff: "Nicht nur in Europa",
		en: "We said that only Europe is affected, and that was wrong: restores fail everywhere.",
		de: "Wir haben gesagt, dass nur Europa betroffen ist, und das war falsch: Wiederherstellungen schlagen überall fehl.", next: day(8, 9, 0),
	})
	w.step("inc_fail", day(8, 8, 40), incident.StatusIdentified)
	gone := w.say("inc_fail", day(8, 9, 0), word{status: incident.StatusIdentified, en: "withdrawn-words-secret", de: "withdrawn-words-secret", next: day(8, 9, 30)})
	w.add("inc_fail", day(8, 9, 5), incident.StatementWithdrawn{Statement: gone, Reason: "withdrawn-reason-secret"})
	ask := w.add("inc_fail", day(8, 9, 6), incident.RequestMade{
		State: "No restore is started by hand", Steps: []string{"Stop running restores", "Wait for our word"}, Consequence: "it fails half-way", Due: &incident.Moment{At: day(8, 12, 0)},
	})
	w.say("inc_fail", day(8, 9, 20), word{
		status: incident.StatusIdentified, subject: "A third of the machines is done", betreff: "Ein Drittel der Maschinen ist fertig", requests: []string{ask},
		en: "We are taking the patch back machine by machine.", de: "Wir nehmen die Aktualisierung Maschine für Maschine zurück.", next: day(8, 10, 50),
	})
	w.say("inc_fail", day(8, 9, 25), word{en: "affected-only-secret", audiences: []incident.Audience{incident.AudienceAffected}})
	w.add("inc_fail", day(8, 9, 26), incident.StatementDrafted{
		Purpose: incident.PurposeUpdate, Audiences: []incident.Audience{incident.AudiencePublic}, Texts: map[string]incident.Text{"en": {Body: "draft-secret"}},
	})
	w.declare("inc_twin", "Uploads are slow", incident.SeverityMinor, day(8, 8, 20), uploads)
	w.say("inc_twin", day(8, 8, 25), word{subject: "Uploads are slow", en: "Uploads take longer than they should.", next: day(8, 9, 10)})
	w.add("inc_twin", day(8, 8, 50), incident.MergedInto{Into: "inc_fail"})
	w.add("inc_fail", day(8, 8, 50), incident.Absorbed{From: "inc_twin"})

	// One that is fixed and waits for customers.
	w.declare("inc_wait", "The console was out", incident.SeverityMinor, day(7, 12, 0), incident.Component{ID: "console", Name: "Console", Degree: incident.DegreeDown})
	w.say("inc_wait", day(7, 12, 10), word{en: "The console does not open."})
	w.say("inc_wait", day(7, 13, 0), word{purpose: incident.PurposeResolution, en: "It opens again."})
	w.step("inc_wait", day(7, 13, 0), incident.StatusResolved)

	// A false alarm that was public, and one that was not; one that nobody has spoken of.
	w.declare("inc_false", "Disks are full", incident.SeverityMajor, february(20, 8, 0), uploads)
	said := w.say("inc_false", february(20, 8, 10), word{en: "Uploads may fail."})
	w.say("inc_false", february(20, 8, 30), word{purpose: incident.PurposeCorrection, corrects: said, status: incident.StatusDismissed, en: "Nothing had failed: a sensor was wrong."})
	w.step("inc_false", february(20, 8, 31), incident.StatusDismissed)
	w.declare("inc_quiet", "unpublished-title-secret", incident.SeverityMajor, day(8, 10, 0), uploads)
	w.say("inc_quiet", day(8, 10, 5), word{en: "unpublished-words-secret", audiences: []incident.Audience{incident.AudienceAffected}})
	w.declare("inc_hush", "dismissed-title-secret", incident.SeverityMajor, day(7, 10, 0), uploads)
	w.step("inc_hush", day(7, 11, 0), incident.StatusDismissed)

	// Planned work: done, cancelled, under way, to come.
	work := func(id, title string, from time.Time, published time.Time) {
		w.add(id, published.Add(-time.Hour), incident.MaintenanceScheduled{
			Space: space, Title: title, Planned: incident.Window{From: from, To: from.Add(2 * time.Hour)}, Components: []incident.Component{{ID: "console", Name: "Console"}},
		})
		w.say(id, published, word{purpose: incident.PurposeAnnouncement, en: "We do this at night: " + title + ".", de: "Wir tun das nachts: " + title + "."})
	}
	work("mnt_done", "Database move", february(10, 2, 0), february(1, 9, 0))
	w.step("mnt_done", february(10, 2, 0), incident.StatusInProgress)
	w.say("mnt_done", february(10, 3, 30), word{purpose: incident.PurposeResolution, en: "The database has moved."})
	w.step("mnt_done", february(10, 3, 31), incident.StatusCompleted)
	work("mnt_off", "New racks", day(12, 2, 0), february(25, 9, 0))
	w.say("mnt_off", day(4, 9, 0), word{purpose: incident.PurposeCorrection, status: incident.StatusCancelled, en: "We do not do it after all."})
	w.step("mnt_off", day(4, 9, 1), incident.StatusCancelled)
	work("mnt_now", "Network cables", day(8, 10, 0), day(3, 9, 0))
	w.step("mnt_now", day(8, 10, 1), incident.StatusInProgress)
	work("mnt_next", "Certificates", day(15, 2, 0), day(6, 9, 0))
	return w
}
