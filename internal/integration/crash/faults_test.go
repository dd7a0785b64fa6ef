package crash_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends"
	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/incident/sqlitefile"
	"github.com/amends-dev/amends/internal/integration/dbtest"
	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/notify/sqloutbox"
)

// A disk that is full: commands and units of work fail and say so, what is there
// can be read, and nothing is lost when there is room again. What was sent and could
// not be written down is sent again, under the same key.
func TestAFullDisk(t *testing.T) {
	t.Parallel()
	r, ctx := small(t, "sqlite", true)
	r.orders.Customers = 40
	file, err := sqlitefile.Open(ctx, filepath.Join(t.TempDir(), "amends.db"), nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, file.Close()) })
	l := &life{orders: &r.orders, stores: amends.Stores{Records: file.Records, Outbox: file.Outbox, Ledger: file.Ledger}}
	l.desk, err = r.orders.desk(l.stores, l.now)
	require.NoError(t, err)
	room := func(pages int) {
		var have int
		require.NoError(t, file.DB.QueryRowContext(ctx, "pragma page_count").Scan(&have))
		_, err := file.DB.ExecContext(ctx, fmt.Sprintf("pragma max_page_count = %d", have+pages))
		require.NoError(t, err)
	}
	declare := amends.Declare{Command: l.key(monitoring, "declare"), Space: space, ID: incidentID(1), Title: "Restores hang at 0 %", Severity: incident.SeverityMajor, Owner: "ada"}
	_, err = l.desk.Declare(ctx, declare)
	require.NoError(t, err)
	full := 0
	for pages := 0; ; pages++ { // each time there is a little more room, and all is tried again
		room(pages)
		err := func() error {
			if err := l.statement("first", incident.PurposeUpdate)(ctx, 1); err != nil {
				return err
			}
			return l.hear(ctx, 1)
		}
		l.Finish = true // it settles while it waits, and does not wait for time to pass
		if err := err(); err != nil {
			full++
			require.ErrorContains(t, err, "database or disk is full")
			_, err = l.desk.Incident(ctx, incidentID(1))
			require.NoError(t, err, "what is there can be read")
			continue
		}
		break
	}
	assert.Greater(t, full, 2, "it was full at several points")
	room(100_000)
	require.NoError(t, l.rest(ctx))
	notes, _ := r.out.log()
	for _, id := range r.orders.reports(1) {
		n, _ := directory{&r.orders}.number(id)
		c, _, err := incident.LoadCase(ctx, file.Records, incidentID(1)+"~"+customerID(n))
		require.NoError(t, err)
		require.Len(t, c.Reports, 1)
		assert.False(t, c.Reports[0].Acknowledged.IsZero())
	}
	got := map[string]int{}
	for _, n := range notes {
		if n.subject == "Restores "+mark(1, "first") {
			got[n.to]++
		}
	}
	assert.Len(t, got, r.orders.Customers+1, "everybody was told")
	t.Logf("full %d times; %d messages", full, len(notes))
}

// An outbox that cannot be written says so, and can be read.
func TestAnOutboxThatIsReadOnly(t *testing.T) {
	t.Parallel()
	page := notify.Page{Notice: "n", Done: true, At: time.Now(), Items: []notify.Item{{Key: "k", Notice: "n", Recipient: "r", Channel: "mail"}}}
	file := filepath.Join(t.TempDir(), "amends.db")
	writes := dbtest.Database{Driver: "sqlite", DSN: dbtest.SQLiteDSN(file)}
	server := dbtest.NewPostgres(t)
	for name, d := range map[string]struct {
		writes, reads dbtest.Database
		says          string
	}{
		"sqlite":   {writes, dbtest.Database{Driver: "sqlite", DSN: dbtest.SQLiteDSN(file, "mode", "ro")}, "readonly"},
		"postgres": {server, dbtest.Database{Driver: "pgx", DSN: server.DSN + " default_transaction_read_only=on"}, "read-only"},
	} {
		o := sqloutbox.New(d.writes.Open(t), nil)
		require.NoError(t, o.Migrate(t.Context()))
		_, err := o.Add(t.Context(), page)
		require.NoError(t, err)
		o = sqloutbox.New(d.reads.Open(t), nil)
		list, _, err := o.List(t.Context(), notify.Query{}, "", 0)
		require.NoError(t, err, name)
		require.Len(t, list, 1)
		_, err = o.Claim(t.Context(), notify.ClaimRequest{Channel: "mail", Limit: 1, Lease: time.Minute, At: time.Now()})
		require.ErrorContains(t, err, d.says, name)
		other := page
		other.Notice, other.Items = "m", []notify.Item{{Key: "l", Notice: "m", Recipient: "r", Channel: "mail"}}
		_, err = o.Add(t.Context(), other)
		require.ErrorContains(t, err, d.says, name)
	}
}

// Billing that answers after the time-out of the call: the credit is asked for
// again under the same key, or waits for a person where billing cannot repeat.
// What it says too late is not written down.
func TestBillingThatAnswersTooLate(t *testing.T) {
	t.Parallel()
	stores(t, func(t *testing.T, driver string, repeat bool) {
		r, ctx := small(t, driver, repeat)
		l := r.company(ctx)
		now := time.Now()
		_, err := l.stores.Ledger.Propose(ctx, []compensate.Owed{{
			Key: compensate.Key{Space: space, Scheme: "goodwill", Customer: customerID(0), Basis: incidentID(1)}, Total: compensate.FromMinor(500, "EUR"),
		}}, now)
		require.NoError(t, err)
		release := make(chan struct{})
		var once sync.Once
		r.out.when(func(step string, _ *taken) bool {
			if step == "taken" {
				once.Do(func() { <-release }) // it has paid, and does not say so
			}
			return true
		})
		issue := func(at time.Time) compensate.IssueReport {
			report, err := compensate.IssueBatch(ctx, l.stores.Ledger, r.orders.issuer(), &compensate.IssueOptions{
				Once: !repeat, Timeout: 2 * time.Second, Now: func() time.Time { return at },
			})
			require.NoError(t, err)
			return report
		}
		report := issue(now)
		assert.Equal(t, 1, report.Claimed)
		close(release)
		again := issue(now.Add(24 * time.Hour))
		list, _, err := l.stores.Ledger.List(ctx, compensate.Query{}, "", 0)
		require.NoError(t, err)
		require.Len(t, list, 1)
		_, calls := r.out.log()
		if repeat {
			assert.Equal(t, 1, again.Issued)
			assert.Equal(t, compensate.StateIssued, list[0].State)
			require.Len(t, calls, 2)
			assert.Equal(t, calls[0].payment, calls[1].payment)
		} else {
			assert.Equal(t, 1, report.Unclear)
			assert.Zero(t, again.Claimed)
			assert.Equal(t, compensate.StateUncertain, list[0].State, "it waits for a person")
			require.Len(t, calls, 1)
			require.NoError(t, l.look(ctx, 1))
		}
		assert.Len(t, r.out.paid[list[0].ID], 1)
	})
}

// A send that takes longer than its lease keeps it, so that another process has nothing to send.
func TestASendThatTakesLongerThanItsLease(t *testing.T) {
	t.Parallel()
	drivers(t, func(t *testing.T, driver string) {
		r, ctx := small(t, driver, true)
		r.orders.Customers = 1
		l := r.company(ctx)
		l.said(ctx, t)
		started, release := make(chan struct{}), make(chan struct{})
		slow := notify.NotifierFunc(func(context.Context, *notify.Delivery) (notify.Receipt, error) {
			close(started) // a second call would panic
			<-release
			return notify.Receipt{ProviderID: "slow"}, nil
		})
		words := notify.ResolverFunc(func(_ context.Context, items []notify.Claimed) ([]notify.Resolved, error) {
			out := make([]notify.Resolved, len(items))
			for i := range out {
				out[i] = notify.Resolved{To: notify.Recipient{ID: items[i].Recipient}, Message: &notify.Message{Kind: items[i].Kind, Text: "hello"}}
			}
			return out, nil
		})
		const lease = 2400 * time.Millisecond
		deliver := func(n notify.Notifier) *notify.Dispatcher {
			d, err := notify.NewDispatcher(l.stores.Outbox, words, map[string]notify.Channel{"mail": {Notifier: n, Timeout: lease / 3}}, &notify.DispatcherOptions{Lease: lease, Tries: -1})
			require.NoError(t, err)
			return d
		}
		done := make(chan notify.Delivered, 1)
		go func() {
			out, err := deliver(slow).Deliver(ctx, 10)
			assert.NoError(t, err)
			done <- out
		}()
		<-started
		begun := time.Now()
		other := deliver(notify.NotifierFunc(func(context.Context, *notify.Delivery) (notify.Receipt, error) {
			return notify.Receipt{}, errors.New("it was somebody else's")
		}))
		r.until(ctx, func() bool {
			out, err := other.Deliver(ctx, 10)
			require.NoError(t, err)
			require.Zero(t, out.Claimed, "after %s", time.Since(begun))
			return time.Since(begun) > 2*lease
		})
		close(release)
		out := <-done
		assert.Equal(t, 1, out.Sent)
		list, _, err := l.stores.Outbox.List(ctx, notify.Query{Channel: "mail"}, "", 0)
		require.NoError(t, err)
		require.Len(t, list, 1)
		assert.Equal(t, notify.StateSent, list[0].State)
		assert.Equal(t, 1, list[0].Attempts)
	})
}

// An event of a kind that a newer version has written, and that must be
// understood: commands and reconciling refuse the record and name the kind, and
// other records go on. Nothing of it is lost: a process that understands it goes on with it.
func TestAKindOfANewerVersion(t *testing.T) {
	t.Parallel()
	drivers(t, func(t *testing.T, driver string) {
		r, ctx := small(t, driver, true)
		l := r.company(ctx)
		_, err := l.desk.Declare(ctx, amends.Declare{Command: amends.Command{By: monitoring}, Space: space, ID: "inc-0", Title: "Mail is late", Severity: incident.SeverityMinor})
		require.NoError(t, err)
		statement := l.said(ctx, t)
		database := dbtest.Database{Driver: r.orders.Driver, DSN: r.orders.DSN}
		if driver == "sqlite" {
			database.DSN = dbtest.SQLiteDSN(r.orders.DSN)
		}
		db := database.Open(t)
		var kind string
		require.NoError(t, db.QueryRowContext(ctx, "select kind from amends_event where record = 'inc-0001' and version = 2").Scan(&kind))
		_, err = db.ExecContext(ctx, "update amends_event set kind = 'weather', must = true where record = 'inc-0001' and version = 2")
		require.NoError(t, err)

		draft := amends.Draft{
			Command: l.key(ada, "second"), Record: incidentID(1), Purpose: incident.PurposeUpdate,
			Texts: map[string]incident.Text{"en": {Subject: "Restores", Body: bodies()["second"]}},
		}
		_, _, err = l.desk.Draft(ctx, draft)
		require.ErrorIs(t, err, incident.ErrNotUnderstood)
		require.ErrorContains(t, err, "weather")
		err = l.desk.Reconcile(ctx, incidentID(1))
		require.ErrorIs(t, err, incident.ErrNotUnderstood)
		require.NoError(t, l.desk.Reconcile(ctx, "inc-0"), "another record")

		_, err = db.ExecContext(ctx, "update amends_event set kind = $1, must = false where record = 'inc-0001' and version = 2", kind)
		require.NoError(t, err)
		_, _, err = l.desk.Draft(ctx, draft)
		require.NoError(t, err)
		require.NoError(t, l.desk.Settle(ctx))
		assert.Equal(t, int64(r.orders.Customers+1), l.states(ctx, t, notify.Query{Notice: statement})[notify.StateSent])
	})
}

// The clock of one process is an hour ahead, and the database measures the
// leases: that process takes nothing that another one holds. What is to be sent
// later it finds due an hour too early, which is all that a wrong clock can do.
func TestAClockThatIsAnHourAhead(t *testing.T) {
	t.Parallel()
	db := dbtest.NewPostgres(t)
	right, ahead := sqloutbox.New(db.Open(t), nil), sqloutbox.New(db.Open(t), nil)
	require.NoError(t, right.Migrate(t.Context()))
	now := time.Now()
	_, err := right.Add(t.Context(), notify.Page{Notice: "n", Done: true, At: now, Items: []notify.Item{
		{Key: "at once", Notice: "n", Recipient: "a", Channel: "mail"},
		{Key: "in half an hour", Notice: "n", Recipient: "b", Channel: "mail", NotBefore: now.Add(30 * time.Minute)},
		{Key: "in two hours", Notice: "n", Recipient: "c", Channel: "mail", NotBefore: now.Add(2 * time.Hour)},
	}})
	require.NoError(t, err)
	claim := func(o *sqloutbox.Outbox, at time.Time) (keys []string, claimed []notify.Claimed) {
		claimed, err := o.Claim(t.Context(), notify.ClaimRequest{Channel: "mail", Limit: 10, Lease: 10 * time.Minute, At: at})
		require.NoError(t, err)
		for _, c := range claimed {
			keys = append(keys, c.Key)
		}
		return keys, claimed
	}
	first, held := claim(right, now)
	assert.Equal(t, []string{"at once"}, first)
	second, early := claim(ahead, now.Add(time.Hour))
	assert.Equal(t, []string{"in half an hour"}, second, "not what the other one holds")
	third, _ := claim(right, now)
	assert.Empty(t, third, "nor what the one that is ahead holds")
	for _, c := range append(held, early...) {
		o, at := right, now
		if c.Key == "in half an hour" {
			o, at = ahead, now.Add(time.Hour)
		}
		settled, err := o.Settle(t.Context(), []notify.Settlement{{Key: c.Key, Token: c.Token, Outcome: notify.Done, At: at, Now: at, Receipt: &notify.Receipt{ProviderID: "p"}}})
		require.NoError(t, err)
		require.NoError(t, settled[0].Err)
		assert.Equal(t, notify.StateSent, settled[0].State)
	}
}
