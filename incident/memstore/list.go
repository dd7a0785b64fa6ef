package memstore

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/amends-dev/amends/incident"
)

// pageSize is how many heads a listing returns if the caller does not say.
const pageSize = 1000

// List implements [incident.Store].
func (s *Store) List(ctx context.Context, f incident.Filter, cursor string, limit int) (incident.Listing, error) {
	if err := done(ctx, "listing"); err != nil {
		return incident.Listing{}, err
	}
	if limit <= 0 {
		limit = pageSize
	}
	at, record, err := f.After(cursor)
	if err != nil {
		return incident.Listing{}, fmt.Errorf("memstore: listing: %w", err)
	}
	from := key{at, record}
	s.mu.RLock()
	defer s.mu.RUnlock()
	m := s.matcher(f)
	var found []key
	for _, set := range s.sets(f) {
		n := 0 // one more than asked tells whether there is a next page
		set.after(from, func(k key) bool {
			if !k.at.IsZero() && k.at.After(f.DueBy) {
				return false
			}
			if m.match(s.records[k.record]) {
				found = append(found, k)
				n++
			}
			return n <= limit
		})
	}
	slices.SortFunc(found, compare)
	var l incident.Listing
	if len(found) > limit {
		found = found[:limit]
		l.Cursor = f.Cursor(s.records[found[limit-1].record].head)
	}
	l.Heads = make([]incident.Head, len(found))
	for n, k := range found {
		l.Heads[n] = copyHead(s.records[k.record].head)
	}
	return l, nil
}

// sets returns the smallest disjoint indexes that hold all that a filter selects.
func (s *Store) sets(f incident.Filter) []*ordered {
	switch {
	case !f.DueBy.IsZero():
		return []*ordered{&s.due}
	case len(f.Incidents) > 0:
		ids := slices.Clone(f.Incidents)
		slices.Sort(ids)
		var sets []*ordered
		for _, id := range slices.Compact(ids) {
			if o, ok := s.byIncident[id]; ok {
				sets = append(sets, o)
			}
		}
		return sets
	case f.Customer != "":
		if o, ok := s.byCustomer[f.Customer]; ok {
			return []*ordered{o}
		}
		return nil
	}
	return []*ordered{&s.all}
}

// Tally implements [incident.Store].
func (s *Store) Tally(ctx context.Context, f incident.Filter) ([]incident.Count, error) {
	if err := done(ctx, "tallying"); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	m := s.matcher(f)
	heads := make([]int64, len(s.groups))
	for _, set := range s.sets(f) {
		set.after(key{}, func(k key) bool {
			if !k.at.IsZero() && k.at.After(f.DueBy) {
				return false
			}
			if r := s.records[k.record]; m.match(r) {
				heads[r.group]++
			}
			return true
		})
	}
	type line struct {
		kind   incident.RecordKind
		status incident.Status
		mark   string
	}
	lines := make(map[line]int64)
	for n, g := range s.groups {
		if heads[n] == 0 {
			continue
		}
		lines[line{g.kind, g.status, ""}] += heads[n]
		for _, mark := range g.marks {
			lines[line{g.kind, g.status, mark}] += heads[n]
		}
	}
	counts := make([]incident.Count, 0, len(lines))
	for l, n := range lines {
		counts = append(counts, incident.Count{Kind: l.kind, Status: l.status, Mark: l.mark, N: n})
	}
	slices.SortFunc(counts, func(a, b incident.Count) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Status, b.Status), cmp.Compare(a.Mark, b.Mark))
	})
	return counts, nil
}

// matcher holds a filter, with its verdict on every group.
type matcher struct {
	f         incident.Filter
	incidents map[string]bool
	groups    []bool
}

func (s *Store) matcher(f incident.Filter) *matcher {
	m := &matcher{f: f, groups: make([]bool, len(s.groups))}
	for n, g := range s.groups {
		m.groups[n] = (f.Kind == "" || f.Kind == g.kind) &&
			(len(f.Statuses) == 0 || slices.Contains(f.Statuses, g.status)) &&
			(f.Mark == "" || slices.Contains(g.marks, f.Mark))
	}
	if len(f.Incidents) > 0 {
		m.incidents = make(map[string]bool, len(f.Incidents))
		for _, id := range f.Incidents {
			m.incidents[id] = true
		}
	}
	return m
}

func (m *matcher) match(r *record) bool {
	h := &r.head
	return m.groups[r.group] &&
		(m.f.Space == "" || m.f.Space == h.Space) &&
		(m.f.Customer == "" || m.f.Customer == h.Customer) &&
		(m.incidents == nil || m.f.DueBy.IsZero() || m.incidents[h.Incident])
}
