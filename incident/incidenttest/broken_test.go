package incidenttest_test

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/incident/incidenttest"
	"github.com/amends-dev/amends/incident/memstore"
)

// broken is a store with one fault: the functions that are set replace a call.
type broken struct {
	memstore.Store
	append func(s *memstore.Store, ctx context.Context, c incident.Commit) (incident.Result, error)
	read   func(s *memstore.Store, ctx context.Context, id string, after uint64, limit int) (incident.Page, error)
	list   func(s *memstore.Store, ctx context.Context, f incident.Filter, cursor string, limit int) (incident.Listing, error)
	tally  func(s *memstore.Store, ctx context.Context, f incident.Filter) ([]incident.Count, error)
	look   func(s *memstore.Store, ctx context.Context, id string, at time.Time, turn uint64) (uint64, error)
	erase  func(s *memstore.Store, ctx context.Context, id string, version uint64) error
}

func (b *broken) Append(ctx context.Context, c incident.Commit) (incident.Result, error) {
	if b.append != nil {
		return b.append(&b.Store, ctx, c)
	}
	return b.Store.Append(ctx, c)
}

func (b *broken) Read(ctx context.Context, id string, after uint64, limit int) (incident.Page, error) {
	if b.read != nil {
		return b.read(&b.Store, ctx, id, after, limit)
	}
	return b.Store.Read(ctx, id, after, limit)
}

func (b *broken) List(ctx context.Context, f incident.Filter, cursor string, limit int) (incident.Listing, error) {
	if b.list != nil {
		return b.list(&b.Store, ctx, f, cursor, limit)
	}
	return b.Store.List(ctx, f, cursor, limit)
}

func (b *broken) Tally(ctx context.Context, f incident.Filter) ([]incident.Count, error) {
	if b.tally != nil {
		return b.tally(&b.Store, ctx, f)
	}
	return b.Store.Tally(ctx, f)
}

func (b *broken) Look(ctx context.Context, id string, at time.Time, turn uint64) (uint64, error) {
	if b.look != nil {
		return b.look(&b.Store, ctx, id, at, turn)
	}
	return b.Store.Look(ctx, id, at, turn)
}

func (b *broken) Erase(ctx context.Context, id string, version uint64) error {
	if b.erase != nil {
		return b.erase(&b.Store, ctx, id, version)
	}
	return b.Store.Erase(ctx, id, version)
}

// changing is a fault in what Append is given.
func changing(change func(*incident.Commit)) broken {
	return broken{append: func(s *memstore.Store, ctx context.Context, c incident.Commit) (incident.Result, error) {
		c.Batches = slices.Clone(c.Batches)
		change(&c)
		return s.Append(ctx, c)
	}}
}

// reading is a fault in what Read returns.
func reading(change func(*incident.Page)) broken {
	return broken{read: func(s *memstore.Store, ctx context.Context, id string, after uint64, limit int) (incident.Page, error) {
		p, err := s.Read(ctx, id, after, limit)
		change(&p)
		return p, err
	}}
}

func TestBrokenStoresFailExactlyTheirCase(t *testing.T) {
	t.Parallel()
	faults := []struct {
		name  string
		fails []string
		store func() broken
	}{
		{"none", nil, func() broken { return broken{} }},
		{"forgets to raise the version of an empty batch", []string{"empty batch"}, func() broken {
			return broken{append: func(s *memstore.Store, ctx context.Context, c incident.Commit) (incident.Result, error) {
				if len(c.Batches) == 1 && len(c.Batches[0].Events) == 0 && c.Command == "" && c.Batches[0].Head.Marks == nil {
					if b := c.Batches[0]; b.Expect == incident.AnyVersion {
						if _, err := s.Look(ctx, b.Record, b.At, 0); err != nil {
							return incident.Result{}, err
						}
						p, err := s.Read(ctx, b.Record, 0, 0)
						return incident.Result{Record: b.Record, Version: p.Head.Version}, err
					}
				}
				return s.Append(ctx, c)
			}}
		}},
		{"commits batch by batch", []string{"all or nothing", "failed command", "distinct records"}, func() broken {
			return broken{append: func(s *memstore.Store, ctx context.Context, c incident.Commit) (incident.Result, error) {
				var first incident.Result
				for n, b := range c.Batches {
					one := c
					one.Batches = []incident.Batch{b}
					if n > 0 {
						one.Command = ""
					}
					r, err := s.Append(ctx, one)
					if err != nil {
						return r, err
					}
					if n == 0 {
						first = r
					}
				}
				if len(c.Batches) == 0 {
					return s.Append(ctx, c)
				}
				return first, nil
			}}
		}},
		{"takes a repeated command for the first time", []string{"command repeated", "command asked for", "command once"}, func() broken {
			return broken{append: func(s *memstore.Store, ctx context.Context, c incident.Commit) (incident.Result, error) {
				r, err := s.Append(ctx, c)
				r.Repeat = false
				return r, err
			}}
		}},
		{"does not compare digests", []string{"key reused"}, func() broken {
			return changing(func(c *incident.Commit) { c.Digest = "" })
		}},
		{"keeps command keys for all spaces together", []string{"keys per space"}, func() broken {
			var known sync.Map // command keys, of whatever space
			return broken{append: func(s *memstore.Store, ctx context.Context, c incident.Commit) (incident.Result, error) {
				if _, used := known.Load(c.Command); used && c.Space == "other" {
					return incident.Result{}, incident.ErrKeyReused
				}
				if c.Command != "" {
					known.Store(c.Command, true)
				}
				return s.Append(ctx, c)
			}}
		}},
		{"creates what AnyVersion does not find", []string{"any version"}, func() broken {
			return broken{append: func(s *memstore.Store, ctx context.Context, c incident.Commit) (incident.Result, error) {
				r, err := s.Append(ctx, c)
				if errors.Is(err, incident.ErrNotFound) && len(c.Batches) == 1 && c.Space == incidenttest.Space {
					b := c.Batches[0]
					b.Expect, b.Head.Kind = 0, incident.KindIncident
					c.Batches = []incident.Batch{b}
					return s.Append(ctx, c)
				}
				return r, err
			}}
		}},
		{"writes across spaces", []string{"spaces apart"}, func() broken {
			return broken{append: func(s *memstore.Store, ctx context.Context, c incident.Commit) (incident.Result, error) {
				if c.Space == "other" && c.Command == "" && len(c.Batches) == 1 && c.Batches[0].Expect != 0 {
					c.Space = incidenttest.Space
				}
				return s.Append(ctx, c)
			}}
		}},
		{"loses the words of events", []string{"every kind", "arguments not kept", "results not shared", "erasing"}, func() broken {
			return changing(func(c *incident.Commit) {
				for n := range c.Batches {
					c.Batches[n].Events = slices.Clone(c.Batches[n].Events)
					for m := range c.Batches[n].Events {
						c.Batches[n].Events[m].Words = nil
					}
				}
			})
		}},
		{"tidies unknown kinds up", []string{"unknown kinds"}, func() broken {
			return reading(func(p *incident.Page) {
				for n, e := range p.Events {
					if u, ok := e.Data.(incident.Unknown); ok {
						u.Raw = bytes.ReplaceAll(u.Raw, []byte(" "), nil)
						p.Events[n].Data = u
					}
				}
			})
		}},
		{"forgets that an unknown kind must be understood", []string{"unknown kinds"}, func() broken {
			return reading(func(p *incident.Page) {
				for n, e := range p.Events {
					if u, ok := e.Data.(incident.Unknown); ok {
						u.Must = false
						p.Events[n].Data = u
					}
				}
			})
		}},
		{"keeps milliseconds", []string{"times"}, func() broken {
			return reading(func(p *incident.Page) {
				for n := range p.Events {
					p.Events[n].At = p.Events[n].At.Truncate(time.Millisecond)
				}
			})
		}},
		{"returns times in a zone", []string{"times", "head", "due at once", "plan", "stale turn", "batch changes the turn", "bring forward", "wake-up is not lost"}, func() broken {
			return reading(func(p *incident.Page) {
				if !p.Head.NextLook.IsZero() {
					p.Head.NextLook = p.Head.NextLook.In(time.FixedZone("far", 3600))
				}
			})
		}},
		{"shares its pages", []string{"results not shared", "erasing"}, func() broken {
			var pages sync.Map // incident.Page by record
			return broken{read: func(s *memstore.Store, ctx context.Context, id string, after uint64, limit int) (incident.Page, error) {
				p, err := s.Read(ctx, id, after, limit)
				if err != nil || after != 0 || limit != 0 {
					return p, err
				}
				if kept, ok := pages.Load(id); ok {
					if had, ok := kept.(incident.Page); ok && had.Head.Version == p.Head.Version && had.Head.Turn == p.Head.Turn {
						return had, nil
					}
				}
				pages.Store(id, p)
				return p, nil
			}}
		}},
		{"never says that there is more", []string{"read from"}, func() broken {
			return reading(func(p *incident.Page) { p.More = false })
		}},
		{"ignores the order of what is due", []string{"due"}, func() broken {
			return broken{list: func(s *memstore.Store, ctx context.Context, f incident.Filter, cursor string, limit int) (incident.Listing, error) {
				l, err := s.List(ctx, f, cursor, limit)
				if !f.DueBy.IsZero() {
					slices.SortFunc(l.Heads, func(a, b incident.Head) int { return -a.NextLook.Compare(b.NextLook) })
				}
				return l, err
			}}
		}},
		{"repeats the last head of a page", []string{"paging", "paging while writing", "due"}, func() broken {
			return broken{list: func(s *memstore.Store, ctx context.Context, f incident.Filter, cursor string, limit int) (incident.Listing, error) {
				l, err := s.List(ctx, f, cursor, limit)
				if cursor != "" && len(l.Heads) > 0 {
					l.Heads = append(l.Heads, l.Heads[len(l.Heads)-1])
				}
				return l, err
			}}
		}},
		{"does not filter by mark", []string{"filters"}, func() broken {
			return broken{list: func(s *memstore.Store, ctx context.Context, f incident.Filter, cursor string, limit int) (incident.Listing, error) {
				f.Mark = ""
				return s.List(ctx, f, cursor, limit)
			}}
		}},
		{"tallies all spaces", []string{"tally"}, func() broken {
			return broken{tally: func(s *memstore.Store, ctx context.Context, f incident.Filter) ([]incident.Count, error) {
				f.Space = ""
				return s.Tally(ctx, f)
			}}
		}},
		{"does not change the turn when a record is due already", []string{"wake-up is not lost"}, func() broken {
			return broken{look: func(s *memstore.Store, ctx context.Context, id string, at time.Time, turn uint64) (uint64, error) {
				if p, err := s.Read(ctx, id, 0, 0); turn == 0 && err == nil && !p.Head.NextLook.IsZero() && !p.Head.NextLook.After(at) {
					return p.Head.Turn, nil
				}
				return s.Look(ctx, id, at, turn)
			}}
		}},
		{"plans over a wake-up", []string{"stale turn", "batch changes the turn", "wake-up is not lost"}, func() broken {
			return broken{look: func(s *memstore.Store, ctx context.Context, id string, at time.Time, turn uint64) (uint64, error) {
				next, err := s.Look(ctx, id, at, turn)
				if errors.Is(err, incident.ErrConflict) {
					p, _ := s.Read(ctx, id, 0, 0)
					return s.Look(ctx, id, at, p.Head.Turn)
				}
				return next, err
			}}
		}},
		{"does not erase", []string{"erasing"}, func() broken {
			return broken{erase: func(*memstore.Store, context.Context, string, uint64) error { return nil }}
		}},
		{"works although the context is done", []string{"context done"}, func() broken {
			return broken{append: func(s *memstore.Store, ctx context.Context, c incident.Commit) (incident.Result, error) {
				return s.Append(context.WithoutCancel(ctx), c)
			}}
		}},
		{"takes an expected version for a wish", []string{"conflict", "create once", "all or nothing", "empty batch", "failed command", "one wins"}, func() broken {
			return broken{append: func(s *memstore.Store, ctx context.Context, c incident.Commit) (incident.Result, error) {
				r, err := s.Append(ctx, c)
				if errors.Is(err, incident.ErrConflict) {
					c.Batches = slices.Clone(c.Batches)
					for n := range c.Batches {
						c.Batches[n].Expect = incident.AnyVersion
					}
					return s.Append(ctx, c)
				}
				return r, err
			}}
		}},
	}
	rules := incidenttest.Rules()
	for _, f := range faults {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			failed := incidenttest.FailingCases(t.Context(), func() incident.Store { b := f.store(); return &b })
			got, want := slices.Sorted(maps.Keys(failed)), slices.Sorted(slices.Values(f.fails))
			require.Equal(t, want, got, "cases that fail: %v", failed)
			for _, name := range got {
				assert.NotEmpty(t, rules[name])
			}
		})
	}
}

func TestFaulty(t *testing.T) {
	t.Parallel()
	var ops []string
	boom := errors.New("boom")
	s := &incidenttest.Faulty{
		Store: new(memstore.Store),
		Before: func(op string, n int) error {
			ops = append(ops, op)
			if n == 1 {
				return boom
			}
			return nil
		},
		After: func(_ string, n int) error {
			if n == 2 {
				return boom
			}
			return nil
		},
	}
	c := incidenttest.Commit(incidenttest.NewIncident("inc_1"))
	_, err := s.Append(t.Context(), c)
	require.ErrorIs(t, err, boom)
	_, err = s.Store.Read(t.Context(), "inc_1", 0, 0)
	require.ErrorIs(t, err, incident.ErrNotFound, "it failed before the call")
	_, err = s.Append(t.Context(), c)
	require.ErrorIs(t, err, boom)
	page, err := s.Read(t.Context(), "inc_1", 0, 0)
	require.NoError(t, err)
	assert.Len(t, page.Events, 1, "it failed after the call")
	_, err = s.List(t.Context(), incident.Filter{}, "", 0)
	require.NoError(t, err)
	_, err = s.Tally(t.Context(), incident.Filter{})
	require.NoError(t, err)
	_, err = s.Look(t.Context(), "inc_1", incidenttest.Start(), 0)
	require.NoError(t, err)
	require.NoError(t, s.Erase(t.Context(), "inc_1", 1))
	assert.Equal(t, []string{"append", "append", "read", "list", "tally", "look", "erase"}, ops)
	assert.Equal(t, 7, s.Calls())
	s.Store = struct{ incident.Store }{s.Store}
	require.ErrorContains(t, s.Erase(t.Context(), "inc_1", 1), "cannot erase")
}
