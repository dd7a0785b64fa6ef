package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/amends-dev/amends"
	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/policy"
)

// document is what -format json prints. Everything in it is counted in the
// records, the outbox and the ledger when the story has ended.
type document struct {
	Incidents []summary `json:"incidents"`
}

// summary is one incident.
type summary struct {
	ID           string          `json:"id"`
	Title        string          `json:"title"`
	Status       incident.Status `json:"status"`
	Reopened     int             `json:"reopened"` // how often
	Customers    customerCounts  `json:"customers"`
	Deliveries   deliveryCounts  `json:"deliveries"`
	Public       []string        `json:"public_channels"`  // that accepted something about it
	Private      []string        `json:"private_channels"` // the same, by which customers were reached
	Requirements dutyCounts      `json:"requirements"`
	Reports      reportCounts    `json:"reports"`
	Blocked      int             `json:"blocked_statements"` // that a review ever blocked
	Credits      []credit        `json:"credits"`            // by customer
}

type customerCounts struct {
	Affected  int `json:"affected"`  // by the directory
	Told      int `json:"told"`      // of them, to whom a private channel delivered a statement
	Confirmed int `json:"confirmed"` // whose last word on the fix is that it is fixed
	Disputed  int `json:"disputed"`  // who ever said that it is not, or only partly
}

// deliveryCounts counts messages to customers and the public, not those to our own people.
type deliveryCounts struct {
	Sent       int `json:"sent"`
	Failed     int `json:"failed"`     // given up by a channel
	Fallback   int `json:"fallback"`   // sent by another way, because a channel gave up
	Duplicates int `json:"duplicates"` // accepted by a channel more than once
}

type dutyCounts struct {
	Met      int `json:"met"`
	Waived   int `json:"waived"`
	Open     int `json:"open"`
	EverLate int `json:"ever_late"`
}

type reportCounts struct {
	Received     int `json:"received"`
	Acknowledged int `json:"acknowledged"`
	Answered     int `json:"answered"`
}

// credit is what one customer gets for one incident, gestures of staff included.
type credit struct {
	Customer string   `json:"customer"`
	Contract string   `json:"contract"` // what the contract alone gives
	Awarded  string   `json:"awarded"`
	Currency string   `json:"currency"`
	Why      []string `json:"why"` // the amounts at the ends of these lines add up to what is awarded
}

func (d document) write(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	if err := e.Encode(d); err != nil {
		return fmt.Errorf("quickstart: writing the document: %w", err)
	}
	return nil
}

// report counts both incidents.
func (c *company) report(ctx context.Context) (document, error) {
	var d document
	for _, id := range []string{sunday, saturday} {
		s, err := c.summarise(ctx, id)
		if err != nil {
			return d, err
		}
		d.Incidents = append(d.Incidents, s)
	}
	return d, nil
}

// summarise counts one incident.
func (c *company) summarise(ctx context.Context, id string) (summary, error) {
	v, err := c.desk.Incident(ctx, id)
	if err != nil {
		return summary{}, err
	}
	s := summary{ID: id, Title: v.Title, Status: v.Status, Reopened: v.Round, Blocked: blocked(v.Statements)}
	cases, err := c.cases(ctx, id)
	if err != nil {
		return s, err
	}
	for _, cs := range cases {
		s.addCase(cs)
	}
	if err := c.countDeliveries(ctx, &s, v, cases); err != nil {
		return s, err
	}
	duties, err := c.desk.Requirements(ctx, id)
	if err != nil {
		return s, err
	}
	for _, r := range duties {
		s.Requirements.add(r)
	}
	s.Credits, err = c.credits(ctx, id)
	return s, err
}

func blocked(statements []*incident.Statement) int {
	n := 0
	for _, st := range statements {
		if st.EverBlocked {
			n++
		}
	}
	return n
}

func (d *dutyCounts) add(r policy.Requirement) {
	switch r.Status {
	case policy.Met:
		d.Met++
	case policy.Waived:
		d.Waived++
	case policy.Open:
		d.Open++
	case policy.Waiting: // its turn has not come: nothing is owed
	}
	if r.Late {
		d.EverLate++
	}
}

// addCase counts a customer's verdicts and messages.
func (s *summary) addCase(cs *incident.Case) {
	s.Blocked += blocked(cs.Statements)
	if n := len(cs.Verdicts); n > 0 && cs.Verdicts[n-1].Opinion == incident.OpinionFixed {
		s.Customers.Confirmed++
	}
	if slices.ContainsFunc(cs.Verdicts, func(v incident.VerdictAt) bool { return v.Opinion != incident.OpinionFixed }) {
		s.Customers.Disputed++
	}
	for _, r := range cs.Reports {
		s.Reports.Received++
		if !r.Acknowledged.IsZero() {
			s.Reports.Acknowledged++
		}
		if !r.Answered.IsZero() {
			s.Reports.Answered++
		}
	}
}

// cases reads all customers' cases of an incident.
func (c *company) cases(ctx context.Context, id string) ([]*incident.Case, error) {
	var out []*incident.Case
	for cursor := ""; ; {
		l, err := c.stores.Records.List(ctx, incident.Filter{Space: space, Kind: incident.KindCase, Incidents: []string{id}}, cursor, 0)
		if err != nil {
			return nil, err
		}
		for _, h := range l.Heads {
			cs, err := c.desk.Case(ctx, h.Record)
			if err != nil {
				return nil, err
			}
			out = append(out, cs)
		}
		if cursor = l.Cursor; cursor == "" {
			return out, nil
		}
	}
}

// countDeliveries goes through what the outbox holds about an incident and its cases.
func (c *company) countDeliveries(ctx context.Context, s *summary, v *incident.Incident, cases []*incident.Case) error {
	page, err := c.dir.Affected(ctx, amends.ExpandRequest{Space: space, Record: v.ID})
	if err != nil {
		return err
	}
	affected := map[string]bool{}
	for _, f := range page.Customers {
		affected[f.Customer] = true
	}
	records := []string{v.ID}
	for _, cs := range cases {
		records = append(records, cs.ID)
	}
	told, public, private := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, record := range records {
		items, err := c.items(ctx, record)
		if err != nil {
			return err
		}
		for _, it := range items {
			if it.Kind == "wake" {
				continue // to our own people
			}
			s.Deliveries.add(it, c.boxes[it.Channel].extra(it))
			switch {
			case it.State != notify.StateSent:
			case c.public[it.Channel]:
				public[it.Channel] = true
			default:
				private[it.Channel] = true
				if affected[it.Customer] && slices.ContainsFunc(v.Statements, func(st *incident.Statement) bool { return st.ID == it.Subject }) {
					told[it.Customer] = true
				}
			}
		}
	}
	s.Customers.Affected, s.Customers.Told = len(affected), len(told)
	s.Public, s.Private = slices.Sorted(maps.Keys(public)), slices.Sorted(maps.Keys(private))
	return nil
}

func (d *deliveryCounts) add(it notify.Stored, extra int) {
	switch it.State {
	case notify.StateSent:
		d.Sent++
		if it.Origin != "" {
			d.Fallback++
		}
	case notify.StateDead, notify.StateBounced:
		d.Failed++
	case notify.StatePending, notify.StateLeased, notify.StateTask, notify.StateSuperseded, notify.StateSuppressed:
	}
	d.Duplicates += extra
}

// items reads all deliveries about a record.
func (c *company) items(ctx context.Context, record string) ([]notify.Stored, error) {
	var out []notify.Stored
	for cursor := ""; ; {
		page, next, err := c.stores.Outbox.List(ctx, notify.Query{Space: space, Record: record}, cursor, 0)
		if err != nil {
			return nil, err
		}
		out = append(out, page...)
		if cursor = next; cursor == "" {
			return out, nil
		}
	}
}

// entries reads the ledger.
func (c *company) entries(ctx context.Context, q compensate.Query) ([]compensate.Entry, error) {
	var out []compensate.Entry
	for cursor := ""; ; {
		page, next, err := c.stores.Ledger.List(ctx, q, cursor, 100)
		if err != nil {
			return nil, err
		}
		out = append(out, page...)
		if cursor = next; cursor == "" {
			return out, nil
		}
	}
}

// credits sums the ledger's entries by customer. The contract's part is that of
// the last assessment; gestures have none.
func (c *company) credits(ctx context.Context, id string) ([]credit, error) {
	entries, err := c.entries(ctx, compensate.Query{Space: space, Bases: []string{id}})
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(entries, func(a, b compensate.Entry) int { return a.Created.Compare(b.Created) })
	awarded, contract, why := map[string]compensate.Money{}, map[string]compensate.Money{}, map[string][]string{}
	for _, e := range entries {
		who := e.Key.Customer
		if awarded[who], err = awarded[who].Add(e.Amount); err != nil {
			return nil, fmt.Errorf("credits of %q: %w", who, err)
		}
		if e.By != "" {
			why[who] = append(why[who], fmt.Sprintf("A gesture of %s, because %s: %s.", e.By, strings.Join(e.Why, "; "), e.Amount))
			continue
		}
		contract[who] = e.Contract
		why[who] = append(why[who], e.Why...)
	}
	out := []credit{}
	for _, who := range slices.Sorted(maps.Keys(awarded)) {
		out = append(out, credit{
			Customer: who, Contract: contract[who].Decimal(), Awarded: awarded[who].Decimal(), Currency: awarded[who].Currency(), Why: why[who],
		})
	}
	return out, nil
}
