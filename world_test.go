package amends_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends"
	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/compensate/memledger"
	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/incident/memstore"
	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/notify/memoutbox"
	"github.com/amends-dev/amends/notify/notifytest"
	"github.com/amends-dev/amends/policy"
)

const space = "acme"

// sunday is when the story of the tests begins.
var sunday = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)

var (
	ada    = incident.Actor{Kind: incident.ActorStaff, ID: "ada", Name: "Ada"}
	system = incident.Actor{Kind: incident.ActorHost, ID: "monitoring"}
)

// world is a company in memory: two kinds of channel, some customers, a billing
// system that counts, and a clock that the test moves.
type world struct {
	t       testing.TB
	desk    *amends.Desk
	dir     *amends.MemDirectory
	stores  amends.Stores
	mail    *notifytest.Recorder
	page    *notifytest.Recorder
	pager   *notifytest.Recorder
	billing *billing

	mu  sync.Mutex
	now time.Time
}

// billing pays each key once, and counts the calls.
type billing struct {
	mu    sync.Mutex
	paid  map[string]compensate.Money
	calls int
}

func (b *billing) Issue(_ context.Context, e compensate.Entry) (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.calls++
	b.paid[e.ID] = e.Amount
	return "bill-" + e.ID, nil
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

// later moves the clock and works off what became due on the way there.
func (w *world) later(d time.Duration) {
	w.t.Helper()
	end := w.clock().Add(d)
	for w.clock().Before(end) {
		step := min(5*time.Minute, end.Sub(w.clock()))
		w.mu.Lock()
		w.now = w.now.Add(step)
		w.mu.Unlock()
		w.settle()
	}
}

func (w *world) settle() {
	w.t.Helper()
	require.NoError(w.t, w.desk.Settle(w.t.Context()))
}

// newWorld opens a company with n customers, c0 to c<n-1>.
func newWorld(t testing.TB, n int, change ...func(*amends.Options)) *world {
	t.Helper()
	w := &world{
		t: t, dir: new(amends.MemDirectory), mail: notifytest.NewRecorder(), page: notifytest.NewRecorder(), pager: notifytest.NewRecorder(),
		billing: &billing{paid: map[string]compensate.Money{}}, now: sunday,
		stores: amends.Stores{Records: new(memstore.Store), Outbox: new(memoutbox.Outbox), Ledger: new(memledger.Ledger)},
	}
	w.dir.AddContact(space, incident.AudiencePublic, amends.Contact{ID: "status", Channel: "page", Address: "status.example.com"})
	w.dir.AddContact(space, incident.AudienceStaff, amends.Contact{ID: "duty", Channel: "pager", Address: "duty"})
	for _, role := range []string{"on_call", "incident_lead", "duty_manager"} {
		w.dir.AddContact(space, incident.AudienceStaff+":"+incident.Audience(role), amends.Contact{ID: role, Channel: "pager", Address: role})
	}
	for i := range n {
		id := fmt.Sprintf("c%d", i)
		w.dir.AddCustomer(space, policy.CustomerFacts{
			Customer: id, Plan: "team", Currency: "EUR", Zone: "Europe/Berlin",
			Fees:   map[string]compensate.Money{"": compensate.FromMinor(10000, "EUR")},
			Period: incident.Window{From: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)},
		}, amends.Contact{ID: id + "-tech", Channel: "mail", Address: id + "@customer.example", Name: "Customer " + id, Locale: "en", Zone: "Europe/Berlin"})
	}
	w.desk = w.open(w.stores, change...)
	return w
}

// Compiled once for all tests: both are immutable.
var (
	defaultPolicy    = sync.OnceValues(policy.Default)
	defaultTemplates = sync.OnceValues(func() (*notify.Templates, error) { return notify.NewTemplates(nil, nil) })
)

// open opens a desk on stores, as another process would.
func (w *world) open(s amends.Stores, change ...func(*amends.Options)) *amends.Desk {
	w.t.Helper()
	opts := w.options(change...)
	opts.Stores = s
	d, err := amends.New(opts)
	require.NoError(w.t, err)
	return d
}

// options are those of the company, with changes.
func (w *world) options(change ...func(*amends.Options)) amends.Options {
	w.t.Helper()
	compiled, err := defaultPolicy()
	require.NoError(w.t, err)
	templates, err := defaultTemplates()
	require.NoError(w.t, err)
	opts := amends.Options{
		Policy: compiled, Templates: templates, Stores: w.stores, Directory: w.dir, Issuer: w.billing, Now: w.clock,
		Channels: map[string]notify.Channel{
			"mail":  {Notifier: w.mail, RepeatUncertain: true},
			"page":  {Notifier: w.page, Public: true, Passive: true, RepeatUncertain: true},
			"pager": {Notifier: w.pager, RepeatUncertain: true},
			"call":  {}, // a person of ours
		},
		Links:  func(_, record, customer string) string { return "https://acme.example/c/" + record + "/" + customer },
		Sender: amends.Sender{Brand: "Acme", Name: "Ada of Acme", Contact: "reply to this mail"},
	}
	for _, f := range change {
		f(&opts)
	}
	return opts
}

// words are honest ones that no rule finds anything in.
func words(subject, body string) map[string]incident.Text {
	return map[string]incident.Text{"en": {Subject: subject, Body: body}}
}

// say drafts, approves and publishes.
func (w *world) say(record string, p incident.Purpose, body string, next time.Time) string {
	w.t.Helper()
	d := amends.Draft{Command: amends.Command{By: ada}, Record: record, Purpose: p, Texts: words("Restores fail", body)}
	if !next.IsZero() {
		d.NextUpdate = &incident.Moment{At: next, Zone: "Europe/Berlin"}
	}
	r, findings, err := w.desk.Draft(w.t.Context(), d)
	require.NoError(w.t, err)
	cmd := amends.StatementCommand{Command: amends.Command{By: ada}, Record: record, Statement: r.ID}
	_, err = w.desk.Approve(w.t.Context(), cmd)
	require.NoError(w.t, err, "findings: %v", findings)
	_, err = w.desk.Publish(w.t.Context(), cmd)
	require.NoError(w.t, err)
	w.settle()
	return r.ID
}

func (w *world) declare(id string, hit ...string) string {
	w.t.Helper()
	r, err := w.desk.Declare(w.t.Context(), amends.Declare{
		Command: amends.Command{By: system}, Space: space, ID: id, Title: "Restores hang at 0 %", Severity: incident.SeverityMajor,
		Components: []incident.Component{{ID: "restore", Name: "Restore", Core: true}},
		Occurred:   w.clock().Add(-10 * time.Minute), Owner: "ada",
	})
	require.NoError(w.t, err)
	w.dir.Affect(space, r.Record, amends.Hit{
		Degree: incident.DegreeDown, Windows: []incident.Window{{From: w.clock().Add(-10 * time.Minute), To: w.clock().Add(3 * time.Hour)}}, Components: []string{"restore"},
	}, hit...)
	w.settle()
	return r.Record
}
