package desk_test

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends"
	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/compensate/memledger"
	"github.com/amends-dev/amends/compensate/sqlledger"
	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/incident/memstore"
	"github.com/amends-dev/amends/incident/sqlitefile"
	"github.com/amends-dev/amends/incident/sqlstore"
	"github.com/amends-dev/amends/internal/integration/dbtest"
	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/notify/memoutbox"
	"github.com/amends-dev/amends/notify/notifytest"
	"github.com/amends-dev/amends/notify/sqloutbox"
	"github.com/amends-dev/amends/policy"
)

const space = "acme"

// begin is when the stories begin.
var begin = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)

var ada = incident.Actor{Kind: incident.ActorStaff, ID: "ada", Name: "Ada"}

// place is where stores are: open opens them, once more if they were closed.
type place struct {
	name string
	open func(tb testing.TB) func() opened
}

// opened are open stores, and the handle on their database if there is one.
type opened struct {
	stores amends.Stores
	db     *sql.DB
	shut   func()
}

func places() []place {
	return []place{{"memory", inMemory}, {"sqlitefile", inOneFile}, {"postgres", inPostgres}}
}

func inMemory(testing.TB) func() opened {
	s := amends.Stores{Records: new(memstore.Store), Outbox: new(memoutbox.Outbox), Ledger: new(memledger.Ledger)}
	return func() opened { return opened{s, nil, func() {}} }
}

func inOneFile(tb testing.TB) func() opened {
	path := filepath.Join(tb.TempDir(), "amends.db")
	return func() opened {
		f, err := sqlitefile.Open(tb.Context(), path, nil)
		require.NoError(tb, err)
		return opened{amends.Stores{Records: f.Records, Outbox: f.Outbox, Ledger: f.Ledger}, f.DB, func() { require.NoError(tb, f.Close()) }}
	}
}

func inPostgres(tb testing.TB) func() opened {
	database := dbtest.NewPostgres(tb)
	return func() opened {
		db := database.Open(tb) // closed after the test: what is idle holds nothing
		records, ledger := sqlstore.New(db, nil), sqlledger.New(db, &sqlledger.Options{LeaseClock: sqlledger.CallerClock})
		outbox := sqloutbox.New(db, &sqloutbox.Options{LeaseClock: sqloutbox.CallerClock}) // the story has a clock of its own
		for _, migrate := range []func(context.Context) error{records.Migrate, outbox.Migrate, ledger.Migrate} {
			require.NoError(tb, migrate(tb.Context()))
		}
		return opened{amends.Stores{Records: records, Outbox: outbox, Ledger: ledger}, db, func() {}}
	}
}

// world is a company whose stores are at a place.
type world struct {
	t    testing.TB
	open func() opened
	opened
	desk   *amends.Desk
	change []func(*amends.Options)

	dir             *amends.MemDirectory
	mail, sms, page *notifytest.Recorder
	pager           *notifytest.Recorder
	mu              sync.Mutex
	now             time.Time
	paid            map[string]string
}

// newWorld opens a company with n customers, c0 to c<n-1>, at a place.
func newWorld(t testing.TB, p place, n int, change ...func(*amends.Options)) *world {
	w := &world{
		t: t, open: p.open(t), opened: opened{shut: func() {}}, change: change, dir: new(amends.MemDirectory), now: begin, paid: map[string]string{},
		mail: notifytest.NewRecorder(), sms: notifytest.NewRecorder(), page: notifytest.NewRecorder(), pager: notifytest.NewRecorder(),
	}
	w.dir.AddContact(space, incident.AudiencePublic, amends.Contact{ID: "status", Channel: "page", Address: "status.example.com"})
	w.dir.AddContact(space, incident.AudienceStaff, amends.Contact{ID: "duty", Channel: "pager", Address: "duty"})
	for i := range n {
		id := fmt.Sprintf("c%d", i)
		w.dir.AddCustomer(space, policy.CustomerFacts{
			Customer: id, Plan: "team", Currency: "EUR", Zone: "Europe/Berlin",
			Fees:   map[string]compensate.Money{"": compensate.FromMinor(10000, "EUR")},
			Period: incident.Window{From: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)},
		}, amends.Contact{
			ID: id + "-tech", Channel: "mail", Address: id + "@customer.example", Name: "Customer " + id, Zone: "Europe/Berlin",
			Fallbacks: []amends.Way{{Contact: id + "-phone", Channel: "sms"}},
		})
		w.dir.AddFallback(space, amends.Contact{ID: id + "-phone", Customer: id, Channel: "sms", Address: "+1 212 555 0100", Name: "Customer " + id})
	}
	w.restart()
	t.Cleanup(func() { w.shut() })
	return w
}

// restart ends the process, and begins another.
func (w *world) restart() {
	w.t.Helper()
	w.shut()
	w.opened = w.open()
	opts := amends.Options{
		Stores: w.stores, Directory: w.dir, Now: w.clock,
		Issuer: compensate.IssuerFunc(w.bill),
		Channels: map[string]notify.Channel{
			"mail":  {Notifier: w.mail, RepeatUncertain: true},
			"sms":   {Notifier: w.sms},
			"page":  {Notifier: w.page, Public: true, Passive: true, RepeatUncertain: true},
			"pager": {Notifier: w.pager, RepeatUncertain: true},
		},
		Links:    func(_, record, customer string) string { return "https://acme.example/c/" + record + "/" + customer },
		Sender:   amends.Sender{Brand: "Acme", Name: "Ada of Acme", Contact: "reply to this mail"},
		Dispatch: &notify.DispatcherOptions{Tries: -1, Gate: &notify.GateOptions{Failures: -1}}, // what waits, waits by the story's clock
	}
	for _, f := range w.change {
		f(&opts)
	}
	var err error
	w.desk, err = amends.New(opts)
	require.NoError(w.t, err)
}

func (w *world) bill(_ context.Context, e compensate.Entry) (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.paid[e.ID] = e.Amount.String()
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
	step := max(5*time.Minute, d/4)
	for end := w.clock().Add(d); w.clock().Before(end); {
		w.mu.Lock()
		w.now = w.now.Add(min(step, end.Sub(w.now)))
		w.mu.Unlock()
		w.settle()
	}
}

func (w *world) settle() {
	w.t.Helper()
	require.NoError(w.t, w.desk.Settle(w.t.Context()))
}

// done are the results of commands.
func done[R any](w *world, r R, err error) R {
	w.t.Helper()
	require.NoError(w.t, err)
	w.settle()
	return r
}

// declare opens an incident that hits customers.
func (w *world) declare(id string, s incident.Severity, hit ...string) {
	w.t.Helper()
	r, err := w.desk.Declare(w.t.Context(), amends.Declare{
		Command: amends.Command{By: ada, Key: "declare-" + id}, Space: space, ID: id, Title: "Restores hang at 0 %", Severity: s,
		Components: []incident.Component{{ID: "restore", Name: "Restore", Core: true}}, Occurred: w.clock().Add(-10 * time.Minute), Owner: "ada",
	})
	w.dir.Affect(space, id, amends.Hit{
		Degree: incident.DegreeDown, Windows: []incident.Window{{From: w.clock().Add(-10 * time.Minute), To: w.clock().Add(3 * time.Hour)}}, Components: []string{"restore"},
	}, hit...)
	done(w, r, err)
}

// say drafts, approves and publishes words.
func (w *world) say(record string, p incident.Purpose, body string, next time.Duration) {
	w.t.Helper()
	d := amends.Draft{Command: amends.Command{By: ada}, Record: record, Purpose: p, Texts: map[string]incident.Text{"en": {Subject: "Restores fail", Body: body}}}
	if next != 0 {
		d.NextUpdate = &incident.Moment{At: w.clock().Add(next), Zone: "Europe/Berlin"}
	}
	r, findings, err := w.desk.Draft(w.t.Context(), d)
	require.NoError(w.t, err)
	cmd := amends.StatementCommand{Command: amends.Command{By: ada}, Record: record, Statement: r.ID}
	_, err = w.desk.Approve(w.t.Context(), cmd)
	require.NoError(w.t, err, "findings: %v", findings)
	r, err = w.desk.Publish(w.t.Context(), cmd)
	done(w, r, err)
}

func (w *world) step(record string, s incident.Step, did string) {
	w.t.Helper()
	r, err := w.desk.Advance(w.t.Context(), amends.Advance{Command: amends.Command{By: ada}, Record: record, Step: s, Done: did})
	done(w, r, err)
}

// outcome is what the world outside got, and what the stores hold.
func (w *world) outcome() []string {
	w.t.Helper()
	ctx := w.t.Context()
	var out []string
	say := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	for channel, r := range map[string]*notifytest.Recorder{"mail": w.mail, "sms": w.sms, "page": w.page, "pager": w.pager} {
		for _, d := range r.Delivered() {
			say("told by %s under %s: %s", channel, d.ID, d.Message.Text)
			require.Zero(w.t, r.Repeats(d.ID), d.ID)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(w.paid)) {
		say("paid %s %s", id, w.paid[id])
	}
	heads, err := w.stores.Records.List(ctx, incident.Filter{}, "", 1000)
	require.NoError(w.t, err)
	for _, h := range heads.Heads {
		h.Turn = 0 // counts the looks
		say("record %+v", h)
		p, err := w.stores.Records.Read(ctx, h.Record, 0, 10_000)
		require.NoError(w.t, err)
		var b strings.Builder
		for _, e := range p.Events {
			if e.Words != nil {
				say("words %s: %s", e.ID(), e.Words.Text)
				e.Words.Nonce, e.Words.Hash = "", "" // random
			}
		}
		require.NoError(w.t, incident.EncodeEvents(&b, p.Events))
		for event := range strings.Lines(b.String()) {
			say("event %s", event)
		}
	}
	items, _, err := w.stores.Outbox.List(ctx, notify.Query{}, "", 10_000)
	require.NoError(w.t, err)
	for _, it := range items {
		it.Receipt = nil // of the recorder, numbered as things come
		if it.State != notify.StatePending && it.State != notify.StateLeased {
			it.NextAt = time.Time{} // says nothing
		}
		say("item %+v", it)
	}
	entries, _, err := w.stores.Ledger.List(ctx, compensate.Query{}, "", 10_000)
	require.NoError(w.t, err)
	for _, e := range entries {
		say("entry %s %s %s of %s, %s: %v", e.ID, e.State, e.Amount, e.Total, e.Reference, e.Why)
	}
	slices.Sort(out)
	return out
}
