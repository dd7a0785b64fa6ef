package web_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends"
	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/compensate/memledger"
	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/incident/customerpage"
	"github.com/amends-dev/amends/incident/memstore"
	"github.com/amends-dev/amends/incident/statuspage"
	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/notify/memoutbox"
	"github.com/amends-dev/amends/notify/notifytest"
	"github.com/amends-dev/amends/policy"
)

// The company and its people are invented.
const (
	space   = "larder"
	hung    = "inc-restores"
	earlier = "inc-login"
	planned = "mnt-storage"
)

var ada = amends.Command{By: incident.Actor{Kind: incident.ActorStaff, ID: "ada", Name: "Ada"}}

// scene is a backend in memory that serves both pages on loopback: an incident
// that is held fixed and is to be judged, one that is over and explained, and planned work.
type scene struct {
	t     *testing.T
	desk  *amends.Desk
	links *customerpage.Links
	url   string
}

func newScene(t *testing.T) *scene {
	t.Helper()
	s := &scene{t: t}
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	s.url = server.URL

	var err error
	s.links, err = customerpage.NewLinks(s.url+"/c/", [][]byte{make([]byte, 32)}, nil)
	require.NoError(t, err)
	records, dir := new(memstore.Store), new(amends.MemDirectory)
	dir.AddContact(space, incident.AudiencePublic, amends.Contact{ID: "page", Channel: "page"})
	dir.AddContact(space, incident.AudienceStaff, amends.Contact{ID: "duty", Channel: "pager"})
	for _, c := range []string{"kestrel", "quarry"} {
		dir.AddCustomer(space, policy.CustomerFacts{
			Customer: c, Plan: "team", Currency: "EUR", Zone: "Europe/Berlin", Fees: map[string]compensate.Money{"": compensate.MustMoney("100.00 EUR")},
		}, amends.Contact{ID: c + "-it", Channel: "mail", Address: c + "@example.com", Name: "Kim", Locale: "en", Zone: "Europe/Berlin"})
	}
	now := time.Now().UTC().Truncate(time.Minute)
	for _, id := range []string{hung, earlier} {
		dir.Affect(space, id, amends.Hit{
			Degree: incident.DegreeDown, Windows: []incident.Window{{From: now.Add(-90 * time.Minute), To: now.Add(-10 * time.Minute)}}, Objects: []string{"backup-7"},
		}, "kestrel", "quarry")
	}
	s.desk, err = amends.New(amends.Options{
		Stores:    amends.Stores{Records: records, Outbox: new(memoutbox.Outbox), Ledger: new(memledger.Ledger)},
		Directory: dir, Links: s.links.URL, Sender: amends.Sender{Brand: "Larder Backup", Name: "Ada", Contact: "+49 30 23125 000"},
		Issuer: compensate.IssuerFunc(func(_ context.Context, e compensate.Entry) (string, error) { return "bill-" + e.ID, nil }),
		Channels: map[string]notify.Channel{
			"mail": {Notifier: notifytest.NewRecorder()}, "page": {Notifier: notifytest.NewRecorder(), Public: true, Passive: true}, "pager": {Notifier: notifytest.NewRecorder()},
		},
	})
	require.NoError(t, err)

	status, err := statuspage.NewHandler(records, space, statuspage.Page{Name: "Larder Backup", URL: s.url, TimeZone: "Europe/Berlin"}, &statuspage.HandlerOptions{
		Catalog: statuspage.Catalog{Components: []statuspage.Component{
			{ID: "restore", Name: "Restore", Core: true}, {ID: "backup", Name: "Backup", Core: true}, {ID: "login", Name: "Sign-in"},
		}},
		Refresh: time.Millisecond,
	})
	require.NoError(t, err)
	mine, err := customerpage.New(s.desk, s.links, &customerpage.Options{Brand: "Larder Backup", Contact: "+49 30 23125 000"})
	require.NoError(t, err)
	mux.Handle("/", status)
	mux.Handle("/c/", mine)
	s.story(now)
	return s
}

// must is for commands of which nothing but success matters.
func must[R any](s *scene) func(R, error) R {
	return func(r R, err error) R {
		s.t.Helper()
		require.NoError(s.t, err)
		return r
	}
}

func (s *scene) say(record string, p incident.Purpose, body string, next time.Duration) {
	s.t.Helper()
	d := amends.Draft{Command: ada, Record: record, Purpose: p, Texts: map[string]incident.Text{"en": {Subject: "Restores", Body: body}}}
	if next != 0 {
		d.NextUpdate = &incident.Moment{At: time.Now().Add(next), Zone: "Europe/Berlin"}
	}
	r, findings, err := s.desk.Draft(s.t.Context(), d)
	require.NoError(s.t, err)
	c := amends.StatementCommand{Command: ada, Record: record, Statement: r.ID}
	_, err = s.desk.Approve(s.t.Context(), c)
	require.NoError(s.t, err, "%v", findings)
	must[amends.Result](s)(s.desk.Publish(s.t.Context(), c))
	s.settle()
}

func (s *scene) settle() {
	s.t.Helper()
	require.NoError(s.t, s.desk.Settle(s.t.Context()))
}

func (s *scene) step(record string, step incident.Step, done string) {
	s.t.Helper()
	must[amends.Result](s)(s.desk.Advance(s.t.Context(), amends.Advance{Command: ada, Record: record, Step: step, Done: done}))
	s.settle()
}

func (s *scene) declare(id, title, component string, occurred time.Time) {
	s.t.Helper()
	must[amends.Result](s)(s.desk.Declare(s.t.Context(), amends.Declare{
		Command: ada, Space: space, ID: id, Title: title, Severity: incident.SeverityMajor, Occurred: occurred, Owner: "ada",
		Components: []incident.Component{{ID: component, Name: map[string]string{"restore": "Restore", "login": "Sign-in"}[component], Core: true, Degree: incident.DegreeDown}},
	}))
	must[amends.Result](s)(s.desk.Note(s.t.Context(), amends.Note{Command: ada, Record: id, Facts: []incident.Payload{incident.ImpactRecorded{Affected: 2}}}))
	s.settle()
}

func (s *scene) story(now time.Time) {
	ctx, ok := s.t.Context(), must[amends.Result](s)
	s.declare(earlier, "Sign-in is slow", "login", now.Add(-3*time.Hour))
	s.say(earlier, incident.PurposeUpdate, "Signing in takes up to a minute since 09:50 CET. Your backups are safe. We look for the cause.", time.Hour)
	s.say(earlier, incident.PurposeResolution, "Signing in is quick again. We replaced the cache that was full.", 0)
	s.step(earlier, incident.StepResolve, "cache replaced")
	for _, c := range []string{"kestrel", "quarry"} {
		must[amends.Result](s)(s.desk.Verdict(s.t.Context(), amends.Verdict{
			Command:  amends.Command{By: incident.Actor{Kind: incident.ActorCustomer, ID: c}},
			Customer: amends.Customer{Incident: earlier, Customer: c}, Opinion: incident.OpinionFixed,
		}))
	}
	s.settle()
	s.step(earlier, incident.StepConfirm, "")
	s.say(earlier, incident.PurposeExplanation, "We are sorry: our mistake cost you working time. It happened because a cache had no bound. "+
		"We replaced it by one that has, and from now on every cache is tested full.", 0)

	s.declare(hung, "Restores hang at 0 %", "restore", now.Add(-90*time.Minute))
	s.say(hung, incident.PurposeUpdate, "Restores hang at 0 % since 09:50 CET. Your backups are safe. We stopped the new scheduler and look for the cause.", time.Hour)
	ok(s.desk.NoteCase(ctx, amends.CaseNote{Command: ada, Customer: amends.Customer{Incident: hung, Customer: "kestrel"}, Facts: []incident.Payload{
		incident.CustomerImpact{Degree: incident.DegreeDown, Why: "your vault is on the cluster that got the scheduler first", ResidualLoss: "the backup of Sunday 10:00", Objects: []string{"backup-7"}},
	}}))
	ok(s.desk.Request(ctx, amends.Request{
		Command: ada, Record: hung, State: "Client 2.4.3 or newer on every machine", Steps: []string{"Pick “Check for updates”", "Restart the client"},
		Consequence: "Without it a restore of an archive may stop again.", Due: &incident.Moment{At: now.Add(48 * time.Hour), Zone: "Europe/Berlin"},
	}))
	ok(s.desk.Promise(ctx, amends.Promise{
		Command: ada, Record: hung, Kind: incident.PromisePrevention, What: "Every change of the scheduler is tested with a full restore",
		Due: incident.Moment{At: now.Add(14 * 24 * time.Hour), Zone: "Europe/Berlin"},
	}))
	ok(s.desk.Report(ctx, amends.Report{
		Command: amends.Command{By: incident.Actor{Kind: incident.ActorCustomer, ID: "kestrel"}}, Customer: amends.Customer{Incident: hung, Customer: "kestrel"},
		Kind: incident.ReportFailure, Words: "My restore of project Heron stands at 0 %.", Since: now.Add(-80 * time.Minute),
	}))
	s.say(hung, incident.PurposeResolution, "Restores work again. We rolled back the scheduler and restarted every restore that was waiting.", 0)
	s.step(hung, incident.StepResolve, "scheduler rolled back")

	ok(s.desk.Schedule(ctx, amends.Schedule{
		Command: ada, Space: space, ID: planned, Title: "New disks for the storage", Components: []incident.Component{{ID: "backup", Name: "Backup"}},
		Planned: incident.Window{From: now.Add(48 * time.Hour), To: now.Add(50 * time.Hour)}, Zone: "Europe/Berlin",
	}))
	s.say(planned, incident.PurposeAnnouncement, "On the evening of the day after tomorrow we put new disks into the storage. Backups wait for up to two hours and then run by themselves.", 0)
}
