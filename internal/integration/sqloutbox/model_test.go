package sqloutbox_test

import (
	"cmp"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/internal/integration/dbtest"
	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/notify/memoutbox"
	"github.com/amends-dev/amends/notify/sqloutbox"
)

var (
	seed  = flag.Uint64("seed", 0, "of the random operations; 0: another one each time")
	shown = flag.Int("shown", 20, "how many of the last operations a failure shows")
	steps = flag.Int("steps", 120, "how many random operations")
)

// profile is what random operations are about.
type profile struct {
	limit, maxAttempts, cap int
	supersede, expire       bool
	ordered                 bool // claims come in the same order; otherwise they are the same
	bulk                    int  // so many times as many items at a time, of as many more recipients
	prune                   bool // what is old is pruned, which must not be noticed but in lists
}

// Whatever is done to the outbox in memory and to that in a database, both
// answer the same and hold the same. The one in memory is small enough to be read.
func TestModel(t *testing.T) {
	t.Parallel()
	hasty := func(tb testing.TB) dbtest.Database { // nothing here is about what survives
		return dbtest.Database{Driver: "sqlite", DSN: dbtest.SQLiteDSN(filepath.Join(tb.TempDir(), "amends.db"), "_pragma", "synchronous(off)")}
	}
	for name, database := range map[string]func(testing.TB) dbtest.Database{"sqlite": hasty, "postgres": dbtest.NewPostgres} {
		for about, p := range map[string]profile{
			"everything": {limit: 1000, maxAttempts: 3, supersede: true, expire: true},
			"caps":       {limit: 1000, cap: 2},
			"order":      {limit: 3, supersede: true, ordered: true},
			"bulk":       {limit: 1000, maxAttempts: 3, supersede: true, expire: true, bulk: 20},
			"prune":      {limit: 1000, maxAttempts: 3, supersede: true, expire: true, prune: true},
			"prune bulk": {limit: 1000, supersede: true, expire: true, bulk: 20, prune: true},
		} {
			t.Run(name+"/"+about, func(t *testing.T) {
				t.Parallel()
				n := *seed
				if n == 0 {
					n = rand.Uint64()
				}
				t.Logf("-seed %d", n)
				db := database(t).Open(t)
				m := &model{T: t, rand: rand.New(rand.NewPCG(n, 1)), profile: p, mem: new(memoutbox.Outbox), sql: migrated(t, db, told()), db: db, at: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
				defer func() {
					if m.prune && !t.Failed() && *steps >= 250 {
						require.NotEmpty(t, m.pruned)
					}
				}()
				for step := range *steps {
					m.step(step)
					if t.Failed() {
						return
					}
				}
			})
		}
	}
}

type model struct {
	*testing.T
	profile
	rand   *rand.Rand
	mem    notify.Outbox
	sql    *sqloutbox.Outbox
	db     *sql.DB
	at     time.Time
	pruned map[string]bool
	pages  int
	keys   []string
	held   []held
	log    []string
}

// held is a claim of the one and of the other.
type held struct{ mem, sql notify.Claimed }

func (m *model) pick(n int) int { return m.rand.IntN(n) }

// many is how many items are added or settled at a time.
func (m *model) many(most int) int { return (1 + m.pick(most)) * max(1, m.bulk) }

func (m *model) step(n int) {
	m.at = m.at.Add(time.Duration(m.pick(20)) * time.Second)
	if m.expire && m.pick(12) == 0 {
		m.at = m.at.Add(2 * time.Minute)
	}
	switch m.pick(10) {
	case 0, 1, 2:
		m.add()
	case 3, 4, 5:
		m.claim()
	case 6, 7, 8:
		m.settle()
	default:
		m.mark()
	}
	if m.prune && n%16 == 15 {
		m.tidy()
	}
	if n%8 == 7 {
		m.same()
	}
}

// tidy prunes what is old, and notes what was.
func (m *model) tidy() {
	n, err := m.sql.Prune(m.Context(), m.at.Add(-time.Duration(m.pick(600))*time.Second), m.pick(2)*(1+m.pick(30)))
	require.NoError(m, err)
	m.say("prune: %d", n)
	rows, err := m.db.QueryContext(m.Context(), "select key from amends_outbox_past")
	require.NoError(m, err)
	defer rows.Close() //nolint:errcheck // rows.Err tells
	had := len(m.pruned)
	m.pruned = make(map[string]bool)
	for rows.Next() {
		var key string
		require.NoError(m, rows.Scan(&key))
		m.pruned[key] = true
	}
	require.NoError(m, rows.Err())
	require.Equal(m, had+n, len(m.pruned))
	m.held = slices.DeleteFunc(m.held, func(h held) bool { return m.pruned[h.mem.Key] })
}

func (m *model) say(format string, args ...any) { m.log = append(m.log, fmt.Sprintf(format, args...)) }

func (m *model) equal(want, got any, what string) {
	m.Helper()
	if w, g := fmt.Sprintf("%+v", want), fmt.Sprintf("%+v", got); w != g {
		m.Errorf("%s: in memory\n%s\nin SQL\n%s\nafter\n%s", what, w, g, strings.Join(m.log[max(0, len(m.log)-*shown):], "\n"))
	}
}

func (m *model) add() {
	m.pages++
	p := notify.Page{Notice: fmt.Sprintf("page-%d", m.pages), Space: "acme", Record: "inc-1", Done: true, At: m.at}
	for range m.many(4) {
		key := fmt.Sprintf("k%04d", m.pick(400*max(1, m.bulk)))
		it := notify.Item{
			Key: key, Notice: []string{"n1", "n2"}[m.pick(2)], Space: []string{"acme", "globex"}[m.pick(2)], Record: []string{"inc-1", "inc-2"}[m.pick(2)],
			Kind: "update", Subject: []string{"s1", ""}[m.pick(2)], Recipient: fmt.Sprintf("r%d", m.pick(4*max(1, m.bulk))), Customer: fmt.Sprintf("c%d", m.pick(3)),
			Channel: []string{"mail", "sms"}[m.pick(2)], Thread: []string{"t1", "t2"}[m.pick(2)], Seq: uint64(m.pick(6)), Priority: m.pick(3) - 1,
			Supersedable: m.supersede && m.pick(2) == 0, Task: m.pick(8) == 0,
		}
		if m.pick(3) > 0 {
			it.DueAt = m.at.Add(time.Duration(m.pick(5)) * time.Minute)
		}
		if m.pick(4) == 0 {
			it.NotBefore = m.at.Add(time.Duration(m.pick(60)-20) * time.Second)
		}
		// What is buried at a claim is not followed by another way on the same channel: whether that
		// is added before or after what else the claim finds in its thread, the contract leaves open.
		last := it.Channel
		for range m.pick(3) {
			if f := (notify.Fallback{Channel: []string{"mail", "sms", "call"}[m.pick(3)], Recipient: []string{"", "r1"}[m.pick(2)], Task: m.pick(4) == 0}); f.Channel != last {
				it.Fallback = append(it.Fallback, f)
				last = f.Channel
			}
		}
		p.Items = append(p.Items, it)
		m.keys = append(m.keys, key)
	}
	n, err := m.mem.Add(m.Context(), p)
	n2, err2 := m.sql.Add(m.Context(), p)
	m.say("add %+v: %d, %v", p, n, err)
	m.equal(fmt.Sprint(n, errors.Is(err, notify.ErrKeyReused), err == nil), fmt.Sprint(n2, errors.Is(err2, notify.ErrKeyReused), err2 == nil), fmt.Sprintf("adding, %v", err2))
}

func (m *model) claim() {
	r := notify.ClaimRequest{Channel: []string{"mail", "sms"}[m.pick(2)], Limit: m.limit, Lease: time.Minute, At: m.at, MaxAttempts: m.maxAttempts, Cap: m.cap, Window: 5 * time.Minute, Urgent: 1}
	if !m.expire {
		r.Lease = 24 * time.Hour
	}
	a, err := m.mem.Claim(m.Context(), r)
	require.NoError(m, err)
	b, err := m.sql.Claim(m.Context(), r)
	require.NoError(m, err)
	m.say("claim on %s at %s", r.Channel, m.at.Format(time.TimeOnly))
	if !m.ordered {
		byKey := func(x, y notify.Claimed) int { return cmp.Compare(x.Key, y.Key) }
		slices.SortFunc(a, byKey)
		slices.SortFunc(b, byKey)
	}
	var want, got []string
	for _, c := range a {
		want = append(want, m.claimed(c))
	}
	for _, c := range b {
		got = append(got, m.claimed(c))
	}
	m.say("  %q", want)
	m.equal(want, got, "claiming")
	for i := range min(len(a), len(b)) {
		m.held = append(m.held, held{a[i], b[i]})
	}
}

func (m *model) claimed(c notify.Claimed) string {
	prior := "none"
	if c.Prior != nil {
		prior = c.Prior.ProviderID
	}
	c.Token, c.Prior = "", nil
	return fmt.Sprintf("%+v prior %s", c, prior)
}

func (m *model) settle() {
	if len(m.held) == 0 {
		return
	}
	var a, b []notify.Settlement
	for range m.many(4) {
		i := m.pick(len(m.held))
		if m.pick(3) > 0 {
			i = len(m.held) - 1 - m.pick(min(len(m.held), 6*max(1, m.bulk)))
		}
		h := m.held[i]
		s := notify.Settlement{
			Key: h.mem.Key, Outcome: []notify.Outcome{notify.Done, notify.Done, notify.Retry, notify.Bury, notify.Release, notify.Extend, notify.Skip}[m.pick(7)],
			Now: m.at, At: m.at.Add(time.Duration(m.pick(90)) * time.Second),
		}
		if s.Outcome == notify.Done {
			s.Receipt, s.Hash = &notify.Receipt{ProviderID: "p-" + s.Key, Ref: map[string]string{"a": "b"}}, "h"
		} else if m.pick(2) == 0 {
			s.Err, s.Class = "oops", notify.Throttled
		}
		if s.Outcome == notify.Extend && !m.expire {
			s.At = m.at.Add(24 * time.Hour)
		}
		s.Token = h.mem.Token
		a = append(a, s)
		s.Token = h.sql.Token
		b = append(b, s)
	}
	m.settled(a, b)
}

func (m *model) mark() {
	if len(m.keys) == 0 {
		return
	}
	var s []notify.Settlement
	for range m.many(3) {
		key := m.keys[m.pick(len(m.keys))]
		if m.pruned[key] {
			continue
		}
		s = append(s, notify.Settlement{
			Key: key, Now: m.at, At: m.at,
			Outcome: []notify.Outcome{notify.MarkDone, notify.MarkBounced, notify.MarkRead, notify.Revive, "other"}[m.pick(5)],
			By:      []string{"Robin Example", "Robin Example", ""}[m.pick(3)], Proof: []string{"called", "called", ""}[m.pick(3)], Err: "came back",
		})
	}
	if len(s) > 0 {
		m.settled(s, s)
	}
}

func (m *model) settled(a, b []notify.Settlement) {
	x, err := m.mem.Settle(m.Context(), a)
	require.NoError(m, err)
	y, err := m.sql.Settle(m.Context(), b)
	require.NoError(m, err)
	for i := range a {
		m.say("settle %s as %s at %s until %s, by %q: %s, added %q, %v", a[i].Key, a[i].Outcome, m.at.Format(time.TimeOnly), a[i].At.Format(time.TimeOnly), a[i].By, x[i].State, x[i].Added, x[i].Err)
		for _, s := range []notify.Settled{x[i], y[i]} {
			if s.Added != "" {
				m.keys = append(m.keys, s.Added)
			}
		}
		m.equal(m.answer(x[i]), m.answer(y[i]), fmt.Sprintf("settling, %v", y[i].Err))
	}
}

func (m *model) answer(s notify.Settled) string {
	kind := "other"
	for _, k := range []error{nil, notify.ErrLeaseLost, notify.ErrNotFound, notify.ErrRefused} {
		if k == nil && s.Err == nil || k != nil && errors.Is(s.Err, k) {
			kind = fmt.Sprint(k)
		}
	}
	s.Err = nil
	return fmt.Sprintf("%+v %s", s, kind)
}

// same compares what both hold.
func (m *model) same() {
	for _, q := range []notify.Query{
		{},
		{Record: "inc-1"},
		{Space: "globex"},
		{Notice: "n2", Channel: "sms"},
		{Recipient: "r1"},
		{Customer: "c1", Record: "inc-2"},
		{Recipient: "r2", Customer: "c0"},
		{States: []notify.State{notify.StateDead}},
		{States: []notify.State{notify.StateTask, notify.StateDead}, Space: "acme"},
		{Record: "inc-2", States: []notify.State{notify.StatePending}},
		{States: []notify.State{notify.StateSent, notify.StateLeased}},
	} {
		var want, got []string
		for _, box := range []struct {
			box  notify.Outbox
			list *[]string
		}{{m.mem, &want}, {m.sql, &got}} {
			limit := 1 + m.pick(300)
			for cursor := ""; ; {
				page, next, err := box.box.List(m.Context(), q, cursor, limit)
				require.NoError(m, err)
				for _, s := range page {
					if box.box == m.sql || !m.pruned[s.Key] {
						*box.list = append(*box.list, m.stored(s))
					}
				}
				if cursor = next; next == "" {
					break
				}
			}
		}
		for i := range want {
			if i >= len(got) || want[i] != got[i] {
				m.equal(want[i], append(got, "nothing")[min(i, len(got))], fmt.Sprintf("item %d of %+v", i, q))
				return
			}
		}
		m.equal(len(want), len(got), fmt.Sprintf("listing %+v", q))
		if len(m.pruned) > 0 && q.Recipient+q.Customer != "" {
			continue // not counted any more
		}
		a, err := m.mem.Tally(m.Context(), q)
		require.NoError(m, err)
		b, err := m.sql.Tally(m.Context(), q)
		require.NoError(m, err)
		m.equal(a, b, fmt.Sprintf("counting %+v", q))
	}
}

func (m *model) stored(s notify.Stored) string {
	receipt := "none"
	if s.Receipt != nil {
		receipt = fmt.Sprintf("%+v", *s.Receipt)
	}
	s.Receipt = nil
	if s.State != notify.StatePending && s.State != notify.StateLeased {
		s.NextAt = time.Time{} // it means nothing
	}
	return fmt.Sprintf("%+v receipt %s", s, receipt)
}
