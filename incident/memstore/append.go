package memstore

import (
	"context"
	"errors"
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
	if err := s.check(c); err != nil {
		return incident.Result{}, err
	}
	var result incident.Result
	for n, b := range c.Batches {
		version := s.write(c.Space, b)
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

// check refuses a commit before anything is written.
func (s *Store) check(c incident.Commit) error {
	if len(c.Batches) == 0 {
		return errors.New("memstore: appending: the commit has neither batches nor a command")
	}
	for n, b := range c.Batches {
		if err := s.checkBatch(c.Space, b); err != nil {
			return fmt.Errorf("memstore: appending to %q: %w", b.Record, err)
		}
		if slices.ContainsFunc(c.Batches[:n], func(other incident.Batch) bool { return other.Record == b.Record }) {
			return fmt.Errorf("memstore: appending to %q: the commit names it twice", b.Record)
		}
	}
	return nil
}

func (s *Store) checkBatch(space string, b incident.Batch) error {
	if b.Record == "" {
		return errors.New("the batch names no record")
	}
	if b.At.IsZero() {
		return errors.New("the batch has no time")
	}
	for _, e := range b.Events {
		if _, _, _, err := incident.EncodePayload(e.Data); err != nil {
			return err
		}
	}
	r, exists := s.records[b.Record]
	switch {
	case !exists && b.Expect != 0:
		return incident.ErrNotFound
	case exists && b.Expect != incident.AnyVersion && uint64(b.Expect) != r.head.Version:
		return fmt.Errorf("expected version %d, it is at %d: %w", b.Expect, r.head.Version, incident.ErrConflict)
	case exists && r.head.Space != space:
		return fmt.Errorf("it is not in space %q: %w", space, incident.ErrNotFound)
	case !exists && b.Head.Kind == "":
		return errors.New("the batch creates the record and does not say of which kind")
	case exists && b.Head.Kind != "" && b.Head.Kind != r.head.Kind:
		return fmt.Errorf("it is of kind %q, which never changes", r.head.Kind)
	}
	return nil
}

// write writes a batch that was checked and returns the version of its first event.
func (s *Store) write(space string, b incident.Batch) uint64 {
	at := incident.Instant(b.At)
	r, exists := s.records[b.Record]
	if exists {
		s.unlist(r)
	} else {
		r = &record{head: incident.Head{Record: b.Record, Space: space, Kind: b.Head.Kind, Opened: at}}
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
	r.head.Version += max(uint64(len(b.Events)), 1)
	r.head.Updated, r.head.NextLook = at, at
	r.head.Turn++
	apply(&r.head, b.Head)
	s.list(r)
	return first
}

func apply(h *incident.Head, c incident.HeadChange) {
	set(&h.Incident, c.Incident)
	set(&h.Customer, c.Customer)
	set(&h.Title, c.Title)
	set(&h.Status, c.Status)
	set(&h.Severity, c.Severity)
	if c.Marks != nil {
		h.Marks = slices.Clone(*c.Marks)
	}
}

func set[T any](have, change *T) {
	if change != nil {
		*have = *change
	}
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
