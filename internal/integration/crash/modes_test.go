package crash_test

import (
	"context"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends"
	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/incident/sqlitefile"
	"github.com/amends-dev/amends/notify"
)

// drivers runs a test for each store.
func drivers(t *testing.T, run func(t *testing.T, driver string)) {
	for name, driver := range map[string]string{"sqlite": "sqlite", "postgres": "pgx"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run(t, driver)
		})
	}
}

// said declares an incident and says its first words, of which nothing is delivered yet.
func (l *life) said(ctx context.Context, t *testing.T) (statement string) {
	_, err := l.desk.Declare(ctx, amends.Declare{
		Command: l.key(monitoring, "declare"), Space: space, ID: incidentID(1), Title: "Restores hang at 0 %", Severity: incident.SeverityMajor, Owner: "ada",
	})
	require.NoError(t, err)
	r, _, err := l.desk.Draft(ctx, amends.Draft{
		Command: l.key(ada, "draft"), Record: incidentID(1), Purpose: incident.PurposeUpdate, NextUpdate: &incident.Moment{At: l.now().Add(2 * time.Hour)},
		Texts: map[string]incident.Text{"en": {Subject: "Restores", Body: bodies()["first"] + " " + mark(1, "first")}},
	})
	require.NoError(t, err)
	c := amends.StatementCommand{Command: l.key(ada, "approve"), Record: incidentID(1), Statement: r.ID}
	_, err = l.desk.Approve(ctx, c)
	require.NoError(t, err)
	c.Command = l.key(ada, "publish")
	_, err = l.desk.Publish(ctx, c)
	require.NoError(t, err)
	for n := 1; n > 0; {
		n, err = l.desk.Sweep(ctx, 64)
		require.NoError(t, err)
	}
	return r.ID
}

// states counts items by state.
func (l *life) states(ctx context.Context, t *testing.T, q notify.Query) map[notify.State]int64 {
	tally, err := l.stores.Outbox.Tally(ctx, q)
	require.NoError(t, err)
	n := map[notify.State]int64{}
	for _, line := range tally.Counts {
		n[line.State] += line.N
	}
	return n
}

// stopped waits until a process has been stopped by a signal.
func (r *run) stopped(ctx context.Context, p *process) {
	r.until(ctx, func() bool {
		out, err := exec.CommandContext(ctx, "ps", "-o", "stat=", "-p", strconv.Itoa(p.cmd.Process.Pid)).Output()
		require.NoError(r.t, err)
		return strings.HasPrefix(strings.TrimSpace(string(out)), "T")
	})
}

// A process that stands still for longer than its lease, and goes on: another one
// has sent what it held, once more and under the same key. Its late settlement
// is refused, and changes nothing.
func TestAProcessThatStandsStillLongerThanItsLease(t *testing.T) {
	t.Parallel()
	drivers(t, func(t *testing.T, driver string) {
		r, ctx := small(t, driver, true)
		r.orders.Customers, r.orders.Only, r.orders.Lease, r.orders.Timeout = 1, "mail", 3*time.Second, time.Second
		l := r.company(ctx)
		l.said(ctx, t)
		zombie := make(chan struct{})
		var once sync.Once
		var mu sync.Mutex // the mail may come before start has returned
		var first *process
		r.out.when(func(step string, _ *taken) bool {
			if step == "taken" {
				once.Do(func() {
					mu.Lock()
					defer mu.Unlock()
					assert.NoError(t, first.cmd.Process.Signal(syscall.SIGSTOP))
					close(zombie)
				})
			}
			return true
		})
		mu.Lock()
		first = r.start(ctx, func(o *orders) { o.Task = "drain" })
		mu.Unlock()
		<-zombie
		r.stopped(ctx, first)
		second := r.start(ctx, func(o *orders) { o.Task = "drain" })
		r.ends(second)
		before, _, err := l.stores.Outbox.List(ctx, notify.Query{Channel: "mail"}, "", 0)
		require.NoError(t, err)
		require.Len(t, before, 1)
		assert.Equal(t, notify.StateSent, before[0].State)
		assert.Equal(t, 2, before[0].Attempts)

		require.NoError(t, first.cmd.Process.Signal(syscall.SIGCONT))
		r.ends(first)
		after, _, err := l.stores.Outbox.List(ctx, notify.Query{Channel: "mail"}, "", 0)
		require.NoError(t, err)
		assert.Equal(t, before, after, "settled once")
		r.expect = []string{"context deadline exceeded"} // which it may see before the server's answer, or after
		complaints := r.complaints()
		require.Len(t, complaints, 1)
		assert.Contains(t, complaints[0], "settled too late")
		notes, _ := r.out.log()
		require.Len(t, notes, 2)
		assert.Equal(t, []int{first.number, second.number}, []int{notes[0].process, notes[1].process})
		assert.Equal(t, notes[0].id, notes[1].id)
		assert.Equal(t, notes[0].text, notes[1].text)
	})
}

// A delivery that kills whoever tries it is given up, and seen, after the most
// attempts; what is beside it arrives. Revived, it is delivered.
func TestADeliveryThatKillsItsProcess(t *testing.T) {
	t.Parallel()
	drivers(t, func(t *testing.T, driver string) {
		r, ctx := small(t, driver, true)
		r.orders.Customers, r.orders.MaxAttempts = 6, 3
		l := r.company(ctx)
		l.said(ctx, t)
		const poison = "c00002@customer.example"
		var mu sync.Mutex
		var child *process
		r.out.when(func(_ string, n *taken) bool {
			if n.to != poison {
				return true
			}
			mu.Lock()
			defer mu.Unlock()
			r.until(ctx, func() bool { return l.states(ctx, t, notify.Query{})[notify.StateSent] == 6 }) // the others are done before it takes effect
			child.shoot()
			return false
		})
		start := func() {
			mu.Lock()
			defer mu.Unlock()
			child = r.start(ctx, func(o *orders) { o.Task = "drain" })
		}
		for range r.orders.MaxAttempts {
			start()
			r.dies(child)
			r.dead()
		}
		start()
		r.ends(child)
		dead, _, err := l.desk.Dispatcher().Dead(ctx, notify.Query{}, "", 0)
		require.NoError(t, err)
		require.Len(t, dead, 1)
		assert.Equal(t, "c00002-tech", dead[0].Recipient)
		assert.Contains(t, dead[0].LastErr, "gave up at the claim after 3 attempts")
		notes, _ := r.out.log()
		assert.Len(t, notes, 6, "the others have it, once each")

		r.out.when(nil)
		require.NoError(t, l.desk.Revive(ctx, ada, dead[0].Key))
		r.ends(r.start(ctx, func(o *orders) { o.Task = "drain" }))
		assert.Equal(t, map[notify.State]int64{notify.StateSent: 7}, l.states(ctx, t, notify.Query{}))
		notes, _ = r.out.log()
		require.Len(t, notes, 7)
		assert.Equal(t, poison, notes[6].to)
		assert.Empty(t, r.complaints())
	})
}

// Deadlines that passed while no process lived, two weeks of them, fire once each:
// our people are woken at most as often as if a process had been there all the time, and not
// again by the next process.
func TestTwoWeeksLate(t *testing.T) {
	t.Parallel()
	drivers(t, func(t *testing.T, driver string) {
		woken := func(late bool) []string {
			r, ctx := small(t, driver, true)
			l := r.company(ctx)
			l.said(ctx, t)
			c := customerID(0)
			by := incident.Actor{Kind: incident.ActorCustomer, ID: c}
			_, err := l.desk.Report(ctx, amends.Report{
				Command: l.key(by, "report"), Customer: amends.Customer{Incident: incidentID(1), Customer: c}, Kind: incident.ReportFailure, Words: words(c, 1),
			})
			require.NoError(t, err)
			require.NoError(t, l.desk.Settle(ctx))
			const weeks = 14 * 24 * time.Hour
			if late {
				for range 3 { // the second and third find nothing to do
					r.ends(r.start(ctx, func(o *orders) { o.Task, o.Ahead = "settle", weeks }))
				}
			} else {
				for range 14 * 24 * 4 {
					l.ahead.Add(int64(15 * time.Minute))
					require.NoError(t, l.desk.Settle(ctx))
				}
			}
			require.Empty(t, r.complaints())
			var keys []string
			for cursor := ""; ; {
				page, next, err := l.stores.Outbox.List(ctx, notify.Query{Recipient: "duty"}, cursor, 0)
				require.NoError(t, err)
				for _, s := range page {
					assert.Equal(t, notify.StateSent, s.State, s.Key)
					keys = append(keys, s.Key)
				}
				if cursor = next; cursor == "" {
					break
				}
			}
			notes, _ := r.out.log()
			mails := 0
			for _, n := range notes {
				if n.to == "duty@acme.example" {
					mails++
				}
			}
			assert.Len(t, keys, mails, "each wakes once")
			return keys
		}
		late := woken(true)
		t.Logf("woken %d times: %v", len(late), late)
		require.NotEmpty(t, late)
		if driver == "sqlite" { // what is woken for does not depend on the store
			inTime := woken(false)
			assert.Subset(t, inTime, late)
		}
	})
}

// A copy of a file that is in use is a whole company: another process goes on
// with it. What was sent after the copy was made is sent again under the same keys, and not paid again.
func TestACopyGoesOn(t *testing.T) {
	t.Parallel()
	r, ctx := small(t, "sqlite", true)
	r.most = 1 << 20 // whatever was sent after the copy
	file, err := sqlitefile.Open(ctx, r.orders.DSN, nil)
	require.NoError(t, err)
	child := r.start(ctx)
	r.until(ctx, func() bool {
		_, calls := r.out.log()
		return len(calls) > 0 // in the middle of paying
	})
	to := filepath.Join(t.TempDir(), "copy.db")
	require.NoError(t, file.Backup(ctx, to))
	notes, _ := r.out.log()
	before := len(notes)
	r.until(ctx, func() bool { // it goes on for a while
		notes, _ := r.out.log()
		return len(notes) > before
	})
	r.kill(child)
	require.NoError(t, file.Close())
	r.dead()
	r.orders.DSN = to
	r.finish(ctx)
	r.check(ctx)
}

// Four processes on one database send nothing twice and pay nothing twice, as long as none of them dies.
func TestFourProcessesSendNothingTwice(t *testing.T) {
	t.Parallel()
	drivers(t, func(t *testing.T, driver string) {
		r, ctx := small(t, driver, false)
		var all []*process
		for range 4 {
			all = append(all, r.start(ctx, func(o *orders) { o.Last = 2 }))
		}
		for _, p := range all {
			r.ends(p)
		}
		r.check(ctx) // without a killed process it finds every repeat
	})
}
