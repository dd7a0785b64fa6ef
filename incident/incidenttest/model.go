package incidenttest

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/incident"
)

// ModelOptions configures [TestStoreModel]. The zero value, like nil, holds the defaults.
type ModelOptions struct {
	// Seed of the operations, as a failing run prints it. If zero, a random one.
	Seed uint64
	// Operations to run. If zero, 400.
	Operations int
}

// TestStoreModel runs random operations against an empty store and against a
// model of a few maps, and fails where the two differ. The seed is logged: the
// same seed runs the same operations.
func TestStoreModel(t *testing.T, newStore func(t *testing.T) incident.Store, opts *ModelOptions) {
	var o ModelOptions
	if opts != nil {
		o = *opts
	}
	if o.Seed == 0 {
		o.Seed = rand.Uint64()
	}
	if o.Operations == 0 {
		o.Operations = 400
	}
	t.Logf("seed %d, %d operations", o.Seed, o.Operations)
	runModel(&probe{TestingT: t, ctx: t.Context(), store: newStore(t)}, o)
}

// model is what a store should hold.
type model struct {
	p        *probe
	rand     *rand.Rand
	now      time.Time
	heads    map[string]incident.Head
	events   map[string][]incident.Event
	commands map[string]modelCommand
	turns    map[string][]uint64 // turns that were read, the present one last
}

type modelCommand struct {
	commit incident.Commit
	result incident.Result
}

func runModel(p *probe, o ModelOptions) {
	m := &model{
		p: p, rand: rand.New(rand.NewPCG(o.Seed, 1)), now: Start(),
		heads: make(map[string]incident.Head), events: make(map[string][]incident.Event),
		commands: make(map[string]modelCommand), turns: make(map[string][]uint64),
	}
	for range o.Operations {
		m.now = m.now.Add(time.Duration(m.rand.IntN(3)) * time.Second)
		switch n := m.rand.IntN(20); {
		case n < 11:
			m.append()
		case n < 13:
			m.repeat()
		case n < 17:
			m.look()
		case n < 18:
			m.read()
		default:
			m.list()
		}
	}
	for range 10 {
		m.list()
	}
}

// pick returns one of a list.
func pick[T any](m *model, list ...T) T { return list[m.rand.IntN(len(list))] }

func (m *model) record() string { return fmt.Sprintf("rec_%02d", m.rand.IntN(25)) }

// append commits one to three batches, most of which fit.
func (m *model) append() {
	c := incident.Commit{Space: Space}
	if m.rand.IntN(3) == 0 {
		c.Command, c.Digest = fmt.Sprintf("cmd_%d", len(m.commands)), "d"
	}
	used := make(map[string]bool)
	for range 1 + m.rand.IntN(3) {
		if id := m.record(); !used[id] {
			used[id] = true
			c.Batches = append(c.Batches, m.batch(id))
		}
	}
	problems, fits := m.expect(c)
	got, err := m.p.store.Append(m.p.ctx, c)
	if len(problems) > 0 {
		require.True(m.p, slices.ContainsFunc(problems, func(want error) bool { return errors.Is(err, want) }),
			"appending %+v: want one of %v, got %v", c, problems, err)
		return
	}
	require.NoError(m.p, err, "appending %+v", c)
	require.Equal(m.p, fits, got)
	for _, b := range c.Batches {
		m.write(b)
	}
	if c.Command != "" {
		m.commands[c.Command] = modelCommand{commit: c, result: got}
	}
}

// batch makes a batch for a record, which may come too late.
func (m *model) batch(id string) incident.Batch {
	h, exists := m.heads[id]
	b := incident.Batch{Record: id, Expect: int64(h.Version), At: m.now}
	for range m.rand.IntN(3) {
		b.Events = append(b.Events, Event(m.now, incident.TitleChanged{Title: fmt.Sprint(m.rand.IntN(100))}))
	}
	b.Head = incident.HeadChange{
		Incident: pick(m, nil, new(""), new("inc_a"), new("inc_b")), Customer: pick(m, nil, nil, new("c1"), new("c2")),
		Status: pick(m, nil, new(incident.StatusOpen), new(incident.StatusSettled)), Title: pick(m, nil, new("t")),
		Severity: pick(m, nil, new(incident.SeverityMinor)),
		Marks:    pick(m, nil, new([]string{}), new([]string{"a"}), new([]string{"a", "b"})),
	}
	switch {
	case !exists:
		b.Head.Kind = pick(m, incident.KindCase, incident.KindIncident)
		b.Expect = pick(m, int64(0), 0, 0, 0, incident.AnyVersion)
	case m.rand.IntN(3) == 0:
		b.Expect = incident.AnyVersion
	case m.rand.IntN(6) == 0:
		b.Expect--
	}
	return b
}

// expect says what a commit should return: its result, or one of its problems.
func (m *model) expect(c incident.Commit) (problems []error, result incident.Result) {
	for n, b := range c.Batches {
		h, exists := m.heads[b.Record]
		switch {
		case !exists && b.Expect == incident.AnyVersion:
			problems = append(problems, incident.ErrNotFound)
		case b.Expect != incident.AnyVersion && uint64(b.Expect) != h.Version:
			problems = append(problems, incident.ErrConflict)
		}
		if n == 0 {
			result = incident.Result{Record: b.Record, Version: h.Version + 1}
		}
	}
	return problems, result
}

func (m *model) write(b incident.Batch) {
	h, exists := m.heads[b.Record]
	if !exists {
		h = incident.Head{Record: b.Record, Space: Space, Kind: b.Head.Kind, Opened: b.At}
	}
	for n, e := range b.Events {
		e.Record, e.Version = b.Record, h.Version+uint64(n)+1
		m.events[b.Record] = append(m.events[b.Record], e)
	}
	h.Version += max(uint64(len(b.Events)), 1)
	set(&h.Incident, b.Head.Incident)
	set(&h.Customer, b.Head.Customer)
	set(&h.Title, b.Head.Title)
	set(&h.Status, b.Head.Status)
	set(&h.Severity, b.Head.Severity)
	set(&h.Marks, b.Head.Marks)
	h.Updated, h.NextLook = b.At, b.At
	m.heads[b.Record] = h
	m.sync(b.Record)
}

func set[T any](have, change *T) {
	if change != nil {
		*have = *change
	}
}

// sync compares a head with the store's and notes its turn, which must have changed.
func (m *model) sync(id string) {
	got := m.p.read(id).Head
	turns := m.turns[id]
	if len(turns) > 0 {
		require.Greater(m.p, got.Turn, turns[len(turns)-1], "the turn of %q", id)
	}
	m.turns[id] = append(turns, got.Turn)
	h := m.heads[id]
	h.Turn = got.Turn
	m.heads[id] = h
	m.same(h, got)
}

func (m *model) same(want, got incident.Head) {
	if len(want.Marks) == 0 && len(got.Marks) == 0 {
		want.Marks, got.Marks = nil, nil
	}
	require.Equal(m.p, want, got)
}

// repeat gives a command again.
func (m *model) repeat() {
	if len(m.commands) == 0 {
		return
	}
	key := slices.Sorted(maps.Keys(m.commands))[m.rand.IntN(len(m.commands))]
	c, want := m.commands[key].commit, m.commands[key].result
	if m.rand.IntN(3) == 0 {
		c.Digest = "other"
		m.p.refused(incident.ErrKeyReused, c)
		return
	}
	want.Repeat = true
	require.Equal(m.p, want, m.p.append(c))
}

// look plans a look, with no turn, the present one, or one that is over.
func (m *model) look() {
	id := m.record()
	h, exists := m.heads[id]
	at := m.now.Add(time.Duration(m.rand.IntN(10)-3) * time.Second)
	if !exists {
		_, err := m.p.store.Look(m.p.ctx, id, at, 0)
		require.ErrorIs(m.p, err, incident.ErrNotFound)
		return
	}
	turns := m.turns[id]
	turn := pick(m, 0, h.Turn, h.Turn, turns[m.rand.IntN(len(turns))])
	if turn != 0 && m.rand.IntN(4) == 0 {
		at = time.Time{}
	}
	got, err := m.p.store.Look(m.p.ctx, id, at, turn)
	if turn != 0 && turn != h.Turn {
		require.ErrorIs(m.p, err, incident.ErrConflict, "looking at %q with turn %d instead of %d", id, turn, h.Turn)
		return
	}
	require.NoError(m.p, err)
	if turn != 0 || h.NextLook.IsZero() || at.Before(h.NextLook) {
		h.NextLook = at
	}
	m.heads[id] = h
	m.sync(id)
	require.Equal(m.p, m.heads[id].Turn, got)
}

// read reads a part of a record.
func (m *model) read() {
	id := m.record()
	if _, exists := m.heads[id]; !exists {
		m.p.missing(id)
		return
	}
	after, limit := uint64(m.rand.IntN(8)), m.rand.IntN(4)
	page, err := m.p.store.Read(m.p.ctx, id, after, limit)
	require.NoError(m.p, err)
	m.same(m.heads[id], page.Head)
	want := slices.DeleteFunc(slices.Clone(m.events[id]), func(e incident.Event) bool { return e.Version <= after })
	if limit == 0 {
		limit = len(page.Events)
	}
	require.Equal(m.p, len(want) > limit, page.More, "whether %q has more after %d than %d events", id, after, limit)
	require.Len(m.p, page.Events, min(limit, len(want)))
	for n, e := range page.Events {
		require.Equal(m.p, want[n], e)
	}
}

// list compares a listing, in pages, and the tally of the same filter.
func (m *model) list() {
	f := incident.Filter{
		Space: pick(m, "", Space), Kind: pick(m, "", incident.KindCase, incident.KindIncident),
		Incidents: pick(m, nil, nil, []string{"inc_a"}, []string{"inc_b", "inc_a"}), Customer: pick(m, "", "", "c1"),
		Statuses: pick(m, nil, nil, []incident.Status{incident.StatusOpen}), Mark: pick(m, "", "", "a", "b"),
		DueBy: pick(m, time.Time{}, m.now, m.now.Add(2*time.Second)),
	}
	var want []incident.Head
	tally := make(map[incident.Count]int64)
	for _, h := range m.heads {
		if !selects(f, h) {
			continue
		}
		want = append(want, h)
		for _, mark := range append([]string{""}, h.Marks...) {
			tally[incident.Count{Kind: h.Kind, Status: h.Status, Mark: mark}]++
		}
	}
	slices.SortFunc(want, func(a, b incident.Head) int {
		if c := a.NextLook.Compare(b.NextLook); c != 0 && !f.DueBy.IsZero() {
			return c
		}
		return strings.Compare(a.Record, b.Record)
	})
	var ids []string
	for _, h := range want {
		ids = append(ids, h.Record)
	}
	require.Equal(m.p, ids, m.p.list(f, m.rand.IntN(5)), "listing %+v", f)
	got := make(map[incident.Count]int64)
	for _, c := range m.p.tally(f) {
		n := c.N
		c.N = 0
		got[c] += n
	}
	require.Equal(m.p, tally, got, "tally of %+v", f)
}

// selects says whether a filter selects a head.
func selects(f incident.Filter, h incident.Head) bool {
	return (f.Space == "" || f.Space == h.Space) && (f.Kind == "" || f.Kind == h.Kind) &&
		(len(f.Incidents) == 0 || slices.Contains(f.Incidents, h.Incident)) && (f.Customer == "" || f.Customer == h.Customer) &&
		(len(f.Statuses) == 0 || slices.Contains(f.Statuses, h.Status)) && (f.Mark == "" || slices.Contains(h.Marks, f.Mark)) &&
		(f.DueBy.IsZero() || !h.NextLook.IsZero() && !h.NextLook.After(f.DueBy))
}
