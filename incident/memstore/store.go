package memstore

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/amends-dev/amends/incident"
)

// Store keeps records in memory. The zero value is ready to use. It is safe for
// concurrent use and must not be copied.
type Store struct {
	mu         sync.RWMutex
	records    map[string]*record
	commands   map[command]outcome
	all        ordered
	due        ordered
	byIncident map[string]*ordered
	byCustomer map[string]*ordered
	groups     []group
	groupIDs   map[string]int
}

type command struct{ space, key string }

type outcome struct {
	digest string
	result incident.Result
}

type record struct {
	head   incident.Head
	group  int // index of its kind, status and marks in Store.groups
	events []incident.Event
}

// group is what tallies count by. Many records share one.
type group struct {
	kind   incident.RecordKind
	status incident.Status
	marks  []string
}

// Read implements [incident.Store].
func (s *Store) Read(ctx context.Context, id string, after uint64, limit int) (incident.Page, error) {
	if err := done(ctx, "reading"); err != nil {
		return incident.Page{}, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	r, ok := s.records[id]
	if !ok {
		return incident.Page{}, fmt.Errorf("memstore: reading %q: %w", id, incident.ErrNotFound)
	}
	from, _ := slices.BinarySearchFunc(r.events, after+1, func(e incident.Event, v uint64) int {
		switch {
		case e.Version < v:
			return -1
		case e.Version > v:
			return 1
		}
		return 0
	})
	if after+1 == 0 {
		from = len(r.events)
	}
	events := r.events[from:]
	p := incident.Page{Head: copyHead(r.head)}
	if limit > 0 && len(events) > limit {
		events, p.More = events[:limit], true
	}
	p.Events = make([]incident.Event, len(events))
	for n, e := range events {
		p.Events[n] = e.Clone()
	}
	return p, nil
}

// Erase implements [incident.Eraser].
func (s *Store) Erase(ctx context.Context, id string, version uint64) error {
	if err := done(ctx, "erasing"); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if r, ok := s.records[id]; ok {
		for n := range r.events {
			if e := &r.events[n]; e.Version == version {
				if e.Words != nil {
					e.Words.Erase()
				}
				return nil
			}
		}
	}
	return fmt.Errorf("memstore: erasing the words of %q: %w", incident.InnerID(id, version), incident.ErrNotFound)
}

func copyHead(h incident.Head) incident.Head {
	h.Marks = slices.Clone(h.Marks)
	return h
}

// done returns an error if ctx is done.
func done(ctx context.Context, doing string) error {
	if ctx.Err() != nil {
		return fmt.Errorf("memstore: %s: %w", doing, context.Cause(ctx))
	}
	return nil
}
