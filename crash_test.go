package amends_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends"
	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/incident/incidenttest"
	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/notify/notifytest"
)

var errDied = errors.New("the process died")

// tap counts the store calls of one process, before and after each, and does
// something at one of them.
type tap struct {
	mu   sync.Mutex
	n    int
	at   int // 0: never
	fire func() error
	dead bool
	// before leaves out the points after a call: for another process's doings in
	// between they are the same as before the next one.
	before bool
}

func (p *tap) after() error {
	if p.before {
		return nil
	}
	return p.step()
}

func (p *tap) step() error {
	p.mu.Lock()
	if p.dead {
		p.mu.Unlock()
		return errDied
	}
	p.n++
	hit := p.n == p.at
	p.mu.Unlock()
	if hit {
		return p.fire()
	}
	return nil
}

func (p *tap) die() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.dead = true
	return errDied
}

// stores are the world's, through the tap.
func (p *tap) stores(s amends.Stores) amends.Stores {
	return amends.Stores{
		Records: &incidenttest.Faulty{
			Store:  s.Records,
			Before: func(string, int) error { return p.step() }, After: func(string, int) error { return p.after() },
		},
		Outbox: &notifytest.FaultOutbox{
			Outbox: s.Outbox,
			Before: func(context.Context, notifytest.Op, int) error { return p.step() }, After: func(context.Context, notifytest.Op, int) error { return p.after() },
		},
		Ledger: tapLedger{s.Ledger, p},
	}
}

type tapLedger struct {
	compensate.Ledger
	p *tap
}

func around[R any](p *tap, call func() (R, error)) (R, error) {
	var none R
	if err := p.step(); err != nil {
		return none, err
	}
	r, err := call()
	if err != nil {
		return none, err
	}
	if err := p.after(); err != nil {
		return none, err
	}
	return r, nil
}

func (l tapLedger) Propose(ctx context.Context, owed []compensate.Owed, at time.Time) ([][]compensate.Entry, error) {
	return around(l.p, func() ([][]compensate.Entry, error) { return l.Ledger.Propose(ctx, owed, at) })
}

func (l tapLedger) Claim(ctx context.Context, r compensate.ClaimRequest) ([]compensate.Claimed, error) {
	return around(l.p, func() ([]compensate.Claimed, error) { return l.Ledger.Claim(ctx, r) })
}

func (l tapLedger) Settle(ctx context.Context, s []compensate.Settlement) ([]compensate.Settled, error) {
	return around(l.p, func() ([]compensate.Settled, error) { return l.Ledger.Settle(ctx, s) })
}

func (l tapLedger) Tally(ctx context.Context, q compensate.Query) (compensate.Tally, error) {
	return around(l.p, func() (compensate.Tally, error) { return l.Ledger.Tally(ctx, q) })
}

// outcome is what the outside world and the records hold, in words that do not
// depend on when it happened.
func (w *world) outcome() []string {
	w.t.Helper()
	var out []string
	for _, d := range slices.Concat(w.mail.Delivered(), w.page.Delivered()) { // whom of our people to wake depends on how late it is
		out = append(out, fmt.Sprintf("told %s %s: %s", d.To.ID, d.Message.Kind, d.Message.Text))
	}
	w.billing.mu.Lock()
	for id, m := range w.billing.paid {
		out = append(out, fmt.Sprintf("paid %s %s", id, m))
	}
	w.billing.mu.Unlock()
	l, err := w.stores.Records.List(w.t.Context(), incident.Filter{}, "", 0)
	require.NoError(w.t, err)
	for _, h := range l.Heads {
		out = append(out, fmt.Sprintf("record %s %s %s %v", h.Record, h.Status, h.Incident, h.Marks))
		p, err := w.stores.Records.Read(w.t.Context(), h.Record, 0, 0)
		require.NoError(w.t, err)
		if h.Kind == incident.KindIncident {
			v, err := w.desk.Incident(w.t.Context(), h.Record)
			require.NoError(w.t, err)
			out = append(out, fmt.Sprintf("awards of %s %+v", h.Record, v.Awards))
		}
		for _, e := range p.Events {
			if _, ok := e.Data.(incident.AwardsTotalled); ok {
				continue // how often sums are noted on the way depends on who works when: the last ones count
			}
			out = append(out, fmt.Sprintf("event %s %s by %s", h.Record, e.Data.Kind(), e.Actor))
		}
	}
	slices.Sort(out)
	return out
}

// TestEveryCrashIsRepaired stops every command and unit of work before and
// after each of its store calls, as a crash of its process would. The host
// repeats the command by its key; the sweep finds the rest. Afterwards all is as
// if nothing had happened: no obligation lost, nothing paid twice. Only what
// was in flight when the process died may be told twice, under the same key.
func TestEveryCrashIsRepaired(t *testing.T) {
	t.Parallel()
	for _, stage := range stages() {
		for _, u := range stage.units {
			t.Run(stage.name+"/"+u.name, func(t *testing.T) {
				t.Parallel()
				calls, want, _ := crashAt(t, stage.build, u, 0)
				require.NotEmpty(t, want)
				for at := 1; at <= calls; at++ {
					_, got, w := crashAt(t, stage.build, u, at)
					if d := difference(want, got); d != "" {
						require.Fail(t, d, "crash at store call %d of %d", at, calls)
					}
					w.checkPaidOnce()
				}
			})
		}
	}
}

// difference lists what is in one sorted list and not in the other.
func difference(want, got []string) string {
	var b strings.Builder
	for len(want) > 0 || len(got) > 0 {
		switch {
		case len(got) == 0 || len(want) > 0 && want[0] < got[0]:
			fmt.Fprintf(&b, "missing: %.160q\n", want[0])
			want = want[1:]
		case len(want) == 0 || got[0] < want[0]:
			fmt.Fprintf(&b, "too much: %.160q\n", got[0])
			got = got[1:]
		default:
			want, got = want[1:], got[1:]
		}
	}
	return b.String()
}

// crashAt runs a unit in a process that dies at a store call (0: never), repairs, and returns the outcome.
func crashAt(t *testing.T, build func(*world) *scene, u unit, at int) (calls int, outcome []string, w *world) {
	t.Helper()
	w = newWorld(t, 4)
	s := build(w)
	p := &tap{at: at}
	p.fire = p.die
	err := u.run(t.Context(), w.open(p.stores(w.stores)), s)
	if at == 0 {
		require.True(t, err == nil || refused(err), "%v", err)
	}
	calls = p.n
	// Another process: the host repeats its command, work goes on, leases run out.
	if err := u.run(t.Context(), w.desk, s); err != nil {
		require.True(t, refused(err), "%v", err)
	}
	w.later(10 * time.Minute)
	return calls, w.outcome(), w
}

// checkPaidOnce compares what billing paid with what the ledger holds.
func (w *world) checkPaidOnce() {
	w.t.Helper()
	sums := map[string]int64{}
	cursor := ""
	for {
		list, next, err := w.stores.Ledger.List(w.t.Context(), compensate.Query{Space: space}, cursor, 100)
		require.NoError(w.t, err)
		for _, e := range list {
			if e.State == compensate.StateIssued {
				sums[e.Key.Customer] += e.Amount.Minor()
			}
		}
		if cursor = next; cursor == "" {
			break
		}
	}
	w.billing.mu.Lock()
	defer w.billing.mu.Unlock()
	var owed, paid int64
	for _, n := range sums {
		owed += n
	}
	for _, m := range w.billing.paid {
		paid += m.Minor()
	}
	assert.Equal(w.t, owed, paid, "what billing paid is what the ledger issued")
}

// checkToldOnce: nobody hears the same thing twice, whatever its key.
func (w *world) checkToldOnce() {
	w.t.Helper()
	seen := map[string]string{}
	for _, r := range []*notifytest.Recorder{w.mail, w.page, w.pager} {
		for _, d := range r.Delivered() {
			assert.Zero(w.t, r.Repeats(d.ID), "%s was handed over twice", d.ID)
			k := d.To.ID + " " + d.Message.Kind + " " + strings.TrimSpace(d.Message.Text)
			assert.Empty(w.t, seen[k], "%s was told the same under %s and %s", d.To.ID, seen[k], d.ID)
			seen[k] = d.ID
		}
	}
}

// checkNothingLost: every live statement reached everyone it is for, every
// report is acknowledged, every gesture is paid, nothing is left due.
func (w *world) checkNothingLost() {
	w.t.Helper()
	ctx := w.t.Context()
	for _, o := range w.everything() {
		if waits(o) {
			continue
		}
		if o.State == notify.StateSuppressed {
			assert.True(w.t, w.untrue(o), "delivery %s is kept back, and is still true", o.Key)
			continue
		}
		assert.Contains(w.t, []notify.State{notify.StateSent, notify.StateSuperseded}, o.State, "delivery %s", o.Key)
	}
	l, err := w.stores.Records.List(ctx, incident.Filter{}, "", 0)
	require.NoError(w.t, err)
	for _, h := range l.Heads {
		if h.Kind == incident.KindCase {
			c, err := w.desk.Case(ctx, h.Record)
			require.NoError(w.t, err)
			assert.Empty(w.t, c.Unacknowledged(), "case %s", h.Record)
			for _, g := range c.Gestures {
				assert.Equal(w.t, 1, w.issuedUnder("gesture:"+g.ID), "gesture %s", g.ID)
			}
			assert.Equal(w.t, c.Marks(), append([]string{}, h.Marks...), "marks of %s equal the fold", h.Record)
			continue
		}
		v, err := w.desk.Incident(ctx, h.Record)
		require.NoError(w.t, err)
		for _, st := range v.Statements {
			if !st.Live() {
				continue
			}
			for _, a := range st.Audiences {
				if a == incident.AudienceReporters {
					continue
				}
				x, err := w.dir.Expand(ctx, amends.ExpandRequest{Space: space, Record: v.ID, Incidents: []string{v.ID}, Audience: a})
				require.NoError(w.t, err)
				for _, c := range x.Contacts {
					assert.True(w.t, w.holds(st.ID+"/"+c.ID+"@"+c.Channel), "statement %s for %s", st.ID, c.ID)
				}
			}
		}
	}
}

// untrue reports whether a delivery says that it is fixed of an incident that was reopened since.
func (w *world) untrue(o notify.Stored) bool {
	w.t.Helper()
	if o.Kind != notify.KindResolution && o.Kind != notify.KindAskVerdict {
		return false
	}
	v, err := w.desk.Incident(w.t.Context(), o.Record)
	require.NoError(w.t, err)
	st := v.Statement(o.Subject)
	return v.Round > 0 && (st == nil || st.Round < v.Round)
}

func (w *world) everything() []notify.Stored {
	var all []notify.Stored
	cursor := ""
	for {
		list, next, err := w.stores.Outbox.List(w.t.Context(), notify.Query{}, cursor, 500)
		require.NoError(w.t, err)
		all = append(all, list...)
		if cursor = next; cursor == "" {
			return all
		}
	}
}

func (w *world) holds(item string) bool {
	return slices.ContainsFunc(w.everything(), func(s notify.Stored) bool { return s.Key == item })
}

func (w *world) issuedUnder(scheme string) int {
	list, _, err := w.stores.Ledger.List(w.t.Context(), compensate.Query{Space: space}, "", 1000)
	require.NoError(w.t, err)
	n := 0
	for _, e := range list {
		if e.Key.Scheme == scheme && (e.State.Settled() || e.State == compensate.StateInKind) { // in kind it waits for a person
			n++
		}
	}
	return n
}
