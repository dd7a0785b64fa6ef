package memstore

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/amends-dev/amends/incident"
)

// Append implements [incident.Store].
func (s *Store) Append(ctx context.Context, c incident.Commit) (incident.Result, error) {
	if err := done(ctx, "appending"); err != nil {
		return incident.Result{}, err
	}
	if err := c.Check(); err != nil {
		return incident.Result{}, fmt.Errorf("memstore: appending: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	key := command{c.Space, c.Command}
	if c.Command != "" {
		if had, ok := s.commands[key]; ok {
			if had.digest != c.Digest {
				return incident.Result{}, fmt.Errorf("memstore: command %q: %w", c.Command, incident.ErrKeyReused)
			}
			had.result.Repeat = true
			return had.result, nil
		}
		if len(c.Batches) == 0 {
			return incident.Result{}, fmt.Errorf("memstore: command %q: %w", c.Command, incident.ErrNotFound)
		}
	}
	heads := make([]incident.Head, len(c.Batches))
	for n, b := range c.Batches { // refuse before anything is written
		var have *incident.Head
		if r, ok := s.records[b.Record]; ok {
			have = &r.head
		}
		next, err := b.Next(c.Space, have)
		if err != nil {
			return incident.Result{}, fmt.Errorf("memstore: appending to %q: %w", b.Record, err)
		}
		heads[n] = next
	}
	var result incident.Result
	for n, b := range c.Batches {
		version := s.write(b, heads[n])
		if n == 0 {
			result = incident.Result{Record: b.Record, Version: version}
		}
	}
	if c.Command != "" {
		if s.commands == nil {
			s.commands = make(map[command]outcome)
		}
		s.commands[key] = outcome{digest: c.Digest, result: result}
	}
	return result, nil
}

// write writes a batch that fits and returns the version of its first event.
func (s *Store) write(b incident.Batch, next incident.Head) uint64 {
	r, exists := s.records[b.Record]
	if exists {
		s.unlist(r)
	} else {
		r = new(record)
		if s.records == nil {
			s.records = make(map[string]*record)
		}
		s.records[b.Record] = r
	}
	first := r.head.Version + 1
	for n, e := range b.Events {
		e = e.Clone()
		e.Record, e.Version = b.Record, first+uint64(n)
		r.events = append(r.events, e)
	}
	r.head = next
	s.list(r)
	return first
}

// list enters a record into the indexes.
func (s *Store) list(r *record) {
	k := key{record: r.head.Record}
	s.all.add(k)
	addTo(&s.byIncident, r.head.Incident, k)
	addTo(&s.byCustomer, r.head.Customer, k)
	if !r.head.NextLook.IsZero() {
		s.due.add(key{r.head.NextLook, r.head.Record})
	}
	r.group = s.groupOf(r.head)
}

// unlist takes a record out of the indexes that a write may change.
func (s *Store) unlist(r *record) {
	k := key{record: r.head.Record}
	removeFrom(s.byIncident, r.head.Incident, k)
	removeFrom(s.byCustomer, r.head.Customer, k)
	if !r.head.NextLook.IsZero() {
		s.due.remove(key{r.head.NextLook, r.head.Record})
	}
}

func addTo(index *map[string]*ordered, name string, k key) {
	if name == "" {
		return
	}
	if *index == nil {
		*index = make(map[string]*ordered)
	}
	o, ok := (*index)[name]
	if !ok {
		o = new(ordered)
		(*index)[name] = o
	}
	o.add(k)
}

func removeFrom(index map[string]*ordered, name string, k key) {
	o, ok := index[name]
	if !ok {
		return
	}
	if o.remove(k); len(o.blocks) == 0 {
		delete(index, name)
	}
}

// groupOf returns the number of the head's kind, status and marks.
func (s *Store) groupOf(h incident.Head) int {
	name := string(h.Kind) + "\x00" + string(h.Status) + "\x00" + strings.Join(h.Marks, "\x00")
	n, ok := s.groupIDs[name]
	if !ok {
		if s.groupIDs == nil {
			s.groupIDs = make(map[string]int)
		}
		n = len(s.groups)
		s.groups = append(s.groups, group{kind: h.Kind, status: h.Status, marks: slices.Clone(h.Marks)})
		s.groupIDs[name] = n
	}
	return n
}
