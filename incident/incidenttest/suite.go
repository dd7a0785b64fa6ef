package incidenttest

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/incident"
)

// storeCase is one rule of the contract.
type storeCase struct {
	name string
	rule string
	run  func(p *probe)
}

// probe is what a case sees of its test: a store of its own, and helpers. The
// test is an interface, so that the suite itself can be tested.
type probe struct {
	require.TestingT
	ctx   context.Context //nolint:containedctx // a probe lives as long as its case, and so does this context
	store incident.Store
}

// TestStore holds a store to its contract. newStore returns an empty one for
// each case; if the store is an [incident.Eraser] too, that is tested as well.
func TestStore(t *testing.T, newStore func(t *testing.T) incident.Store) {
	for _, c := range storeCases() {
		t.Run(c.name, func(t *testing.T) {
			defer func() {
				if t.Failed() {
					t.Logf("the rule: %s", c.rule)
				}
			}()
			c.run(&probe{TestingT: t, ctx: t.Context(), store: newStore(t)})
		})
	}
}

func storeCases() []storeCase {
	return slices.Concat(appendCases(), commandCases(), readCases(), listCases(), lookCases(), safetyCases())
}

// append appends and fails the case if it does not succeed.
func (p *probe) append(c incident.Commit) incident.Result {
	r, err := p.store.Append(p.ctx, c)
	require.NoError(p, err, "appending to %v", records(c))
	return r
}

// refused appends, and fails the case unless the error is as expected.
func (p *probe) refused(want error, c incident.Commit) {
	_, err := p.store.Append(p.ctx, c)
	require.ErrorIs(p, err, want, "appending to %v", records(c))
}

func (p *probe) read(record string) incident.Page {
	page, err := p.store.Read(p.ctx, record, 0, 0)
	require.NoError(p, err, "reading %q", record)
	return page
}

// all reads all events of a record, page by page.
func (p *probe) all(record string) []incident.Event {
	var events []incident.Event
	var after uint64
	for {
		page, err := p.store.Read(p.ctx, record, after, 0)
		require.NoError(p, err, "reading %q after %d", record, after)
		events = append(events, page.Events...)
		if !page.More {
			return events
		}
		require.NotEmpty(p, page.Events, "there is said to be more of %q after %d", record, after)
		after = events[len(events)-1].Version
	}
}

func (p *probe) missing(record string) {
	_, err := p.store.Read(p.ctx, record, 0, 0)
	require.ErrorIs(p, err, incident.ErrNotFound, "reading %q", record)
}

// list returns the records that a filter selects, in pages of a size.
func (p *probe) list(f incident.Filter, size int) []string {
	var ids []string
	cursor := ""
	for range 1000 {
		l, err := p.store.List(p.ctx, f, cursor, size)
		require.NoError(p, err, "listing after cursor %q", cursor)
		if size > 0 {
			require.LessOrEqual(p, len(l.Heads), size, "heads in a page")
		}
		for _, h := range l.Heads {
			ids = append(ids, h.Record)
		}
		if l.Cursor == "" {
			return ids
		}
		cursor = l.Cursor
	}
	require.Fail(p, "the listing does not end")
	return nil
}

func (p *probe) look(record string, at time.Time, turn uint64) uint64 {
	next, err := p.store.Look(p.ctx, record, at, turn)
	require.NoError(p, err, "planning a look at %q", record)
	return next
}

func records(c incident.Commit) []string {
	var ids []string
	for _, b := range c.Batches {
		ids = append(ids, b.Record)
	}
	return ids
}

// note is a small event that any incident takes.
func note(text string) incident.Event {
	return Event(Start().Add(time.Minute), incident.TitleChanged{Title: text})
}

// more is a batch for an existing incident, a minute after [Start].
func more(record string, expect int64, events ...incident.Event) incident.Batch {
	return incident.Batch{Record: record, Expect: expect, Events: events, Head: incident.HeadOf(events), At: Start().Add(time.Minute)}
}

// titles returns the titles that the events of a record gave it.
func titles(events []incident.Event) []string {
	var out []string
	for _, e := range events {
		if t, ok := e.Data.(incident.TitleChanged); ok {
			out = append(out, t.Title)
		}
	}
	return out
}

// as returns an event's payload, and fails the case if it is another.
func as[P incident.Payload](p *probe, e incident.Event) P {
	data, ok := e.Data.(P)
	require.True(p, ok, "the payload of event %d is %T", e.Version, e.Data)
	return data
}

// words returns an event's words, and fails the case if there are none.
func (p *probe) words(e incident.Event) *incident.Words {
	require.NotNil(p, e.Words, "the words of event %d", e.Version)
	return e.Words
}
