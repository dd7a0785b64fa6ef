package amends

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/policy"
)

// MemDirectory is a [Directory] in memory, for tests, demonstrations and first
// steps. The zero value is ready to use and empty. It is safe for concurrent use.
type MemDirectory struct {
	mu     sync.RWMutex
	spaces map[string]*memSpace
}

type memSpace struct {
	contacts  map[string]Contact             // by ID
	audiences map[incident.Audience][]string // contact IDs, sorted
	customers map[string]policy.CustomerFacts
	hits      map[string]map[string]Hit // by record, then customer
	order     map[string][]string       // by record: customers, sorted; nil after a change
}

// Hit says how customers are affected by an incident.
type Hit struct {
	Degree     incident.Degree
	Windows    []incident.Window
	Objects    []string
	Components []string
	DataLoss   bool
}

func (m *MemDirectory) space(name string) *memSpace {
	if m.spaces == nil {
		m.spaces = map[string]*memSpace{}
	}
	s := m.spaces[name]
	if s == nil {
		s = &memSpace{
			contacts: map[string]Contact{}, audiences: map[incident.Audience][]string{}, customers: map[string]policy.CustomerFacts{},
			hits: map[string]map[string]Hit{}, order: map[string][]string{},
		}
		m.spaces[name] = s
	}
	return s
}

// AddCustomer adds a customer, or replaces it, with what is always true of it.
// Contacts with another Customer are given this one.
func (m *MemDirectory) AddCustomer(space string, c policy.CustomerFacts, contacts ...Contact) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.space(space)
	s.customers[c.Customer] = c
	for _, contact := range contacts {
		contact.Customer = c.Customer
		s.add(incident.CustomerAudience(c.Customer), contact)
	}
}

// AddContact adds a contact to an audience: the public, staff, subscribers, or any other word.
func (m *MemDirectory) AddContact(space string, a incident.Audience, c Contact) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.space(space).add(a, c)
}

// AddFallback adds a contact that is in no audience: it is only used where
// another contact's Fallbacks name it.
func (m *MemDirectory) AddFallback(space string, c Contact) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.space(space).contacts[c.ID] = c
}

func (s *memSpace) add(a incident.Audience, c Contact) {
	s.contacts[c.ID] = c
	if at, known := slices.BinarySearch(s.audiences[a], c.ID); !known {
		s.audiences[a] = slices.Insert(s.audiences[a], at, c.ID)
	}
}

// Affect says that customers are affected by an incident. Said again, the later hit counts.
func (m *MemDirectory) Affect(space, record string, h Hit, customers ...string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.space(space)
	if s.hits[record] == nil {
		s.hits[record] = map[string]Hit{}
	}
	for _, c := range customers {
		s.hits[record][c] = h
	}
	clear(s.order) // pages are cut from sorted lists that are made when they are asked for
}

// Spare says that customers are not affected by an incident after all. What
// they were told stays told, and a later correction or resolution reaches them.
func (m *MemDirectory) Spare(space, record string, customers ...string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.space(space)
	for _, c := range customers {
		delete(s.hits[record], c)
	}
	clear(s.order)
}

// affected returns the sorted customers of some incidents.
func (s *memSpace) affected(records []string) []string {
	key := strings.Join(records, "\x00")
	if list, ok := s.order[key]; ok {
		return list
	}
	list := []string{}
	for _, r := range records {
		for c := range s.hits[r] {
			list = append(list, c)
		}
	}
	slices.Sort(list)
	list = slices.Compact(list)
	s.order[key] = list
	return list
}

// Expand returns a page of an audience, ordered by ID. The cursor is the last ID
// of the page before, so that who joins in between is found where the order puts them.
func (m *MemDirectory) Expand(_ context.Context, r ExpandRequest) (Expanded, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.space(r.Space)
	if r.Audience == incident.AudienceAffected {
		page, next := cut(s.affected(r.incidents()), r.Cursor, r.Limit)
		out := Expanded{Next: next, Done: next == ""}
		for _, c := range page {
			for _, id := range s.audiences[incident.CustomerAudience(c)] {
				out.Contacts = append(out.Contacts, s.contacts[id])
			}
		}
		return out, nil
	}
	ids, ok := s.audiences[r.Audience]
	if !ok && !memKnows(s, r.Audience) {
		return Expanded{}, fmt.Errorf("%w: %q", ErrUnknownAudience, r.Audience)
	}
	page, next := cut(ids, r.Cursor, r.Limit)
	out := Expanded{Next: next, Done: next == ""}
	for _, id := range page {
		out.Contacts = append(out.Contacts, s.contacts[id])
	}
	return out, nil
}

// memKnows reports whether an audience without contacts is a known one all the same.
func memKnows(s *memSpace, a incident.Audience) bool {
	if slices.Contains([]incident.Audience{incident.AudiencePublic, incident.AudienceSubscribers, incident.AudienceStaff}, a) {
		return true
	}
	if customer, ok := strings.CutPrefix(string(a), string(incident.CustomerAudience(""))); ok {
		_, known := s.customers[customer]
		return known
	}
	return false
}

// incidents are the records whose customers are meant.
func (r ExpandRequest) incidents() []string {
	if len(r.Incidents) == 0 {
		return []string{r.Record}
	}
	return r.Incidents
}

// cut returns the part of a sorted list after a cursor, and the next cursor, "" at the end.
func cut(list []string, cursor string, limit int) (page []string, next string) {
	from := 0
	if cursor != "" {
		at, found := slices.BinarySearch(list, cursor)
		if from = at; found {
			from++
		}
	}
	list = list[from:]
	if limit <= 0 || limit >= len(list) {
		return list, ""
	}
	return list[:limit], list[limit-1]
}

// Affected returns a page of the affected customers, ordered by ID.
func (m *MemDirectory) Affected(_ context.Context, r ExpandRequest) (AffectedPage, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.space(r.Space)
	page, next := cut(s.affected(r.incidents()), r.Cursor, r.Limit)
	out := AffectedPage{Next: next, Done: next == ""}
	for _, id := range page {
		out.Customers = append(out.Customers, s.facts(id, r.incidents()))
	}
	return out, nil
}

// facts joins what is always true of a customer with how the incidents hit it.
func (s *memSpace) facts(id string, records []string) policy.CustomerFacts {
	c, ok := s.customers[id]
	if !ok {
		c = policy.CustomerFacts{Customer: id}
	}
	c.Windows, c.Objects, c.Components = slices.Clone(c.Windows), slices.Clone(c.Objects), slices.Clone(c.Components)
	for _, r := range records {
		h, hit := s.hits[r][id]
		if !hit {
			continue
		}
		c.Degree = h.Degree
		c.Windows = append(c.Windows, h.Windows...)
		c.Objects = append(c.Objects, h.Objects...)
		c.Components = append(c.Components, h.Components...)
		c.DataLoss = c.DataLoss || h.DataLoss
	}
	return c
}

// Contacts looks contacts up by ID.
func (m *MemDirectory) Contacts(_ context.Context, space string, ids []string) ([]Contact, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.space(space)
	var out []Contact
	for _, id := range ids {
		if c, ok := s.contacts[id]; ok {
			out = append(out, c)
		}
	}
	return out, nil
}

// Customers looks customers up by ID, with how the incidents hit them.
func (m *MemDirectory) Customers(_ context.Context, space string, incidents, ids []string) ([]policy.CustomerFacts, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.space(space)
	var out []policy.CustomerFacts
	for _, id := range ids {
		_, known := s.customers[id]
		hit := slices.ContainsFunc(incidents, func(r string) bool { _, ok := s.hits[r][id]; return ok })
		if known || hit {
			out = append(out, s.facts(id, incidents))
		}
	}
	return out, nil
}

// String counts what it holds, for logs: no address is in it.
func (m *MemDirectory) String() string {
	m.mu.RLock()
	defer m.mu.RUnlock()
	n := 0
	for _, s := range m.spaces {
		n += len(s.customers)
	}
	return "directory of " + strconv.Itoa(n) + " customers"
}
