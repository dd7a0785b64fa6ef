package policytest

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/policy"
)

// facts turns the story into what a decision takes.
func (c *Case) facts(opened time.Time) *policy.Facts {
	at := func(o Offset) time.Time { return opened.Add(time.Duration(o)) }
	i := &incident.Incident{
		ID: "inc", Space: "test", Severity: c.Incident.Severity, Worst: c.Incident.Severity, Opened: opened,
		DataLoss: c.Incident.DataLoss, Impact: incident.ImpactRecorded{Affected: c.Incident.Affected},
		Status: incident.StatusDetected, Clocks: map[incident.Clock]time.Time{},
	}
	for _, comp := range c.Incident.Components {
		i.Components = append(i.Components, incident.Component{ID: comp.ID, Core: comp.Core})
	}
	for _, clock := range slices.Sorted(maps.Keys(c.Incident.Clocks)) {
		i.Clocks[clock] = at(c.Incident.Clocks[clock])
	}
	if m := c.Incident.Maintenance; m != nil {
		i.Maintenance, i.Status, i.Planned = true, incident.StatusScheduled, incident.Window{From: at(m.From), To: at(m.To)}
	}
	i.Statuses = []incident.StatusAt{{Status: i.Status, At: opened}}
	for _, s := range c.Incident.Statuses {
		if s.Status == incident.StatusInvestigating && i.Status != incident.StatusDetected && i.Status != incident.StatusIdentified {
			i.Round++
		}
		i.Status = s.Status
		i.Statuses = append(i.Statuses, incident.StatusAt{Status: s.Status, At: at(s.After), Round: i.Round})
	}
	f := &policy.Facts{
		Incident: i, Told: map[string]policy.Told{}, Cases: policy.CaseCounts{All: c.Reports, Reports: c.Reports},
		Credits: policy.CreditCounts{Assessed: c.Assessed},
	}
	for _, r := range c.Repeats {
		f.Repeats = append(f.Repeats, time.Duration(r))
	}
	for n := range c.Incident.Statements {
		s := &c.Incident.Statements[n]
		st := s.statement(fmt.Sprintf("inc.%d", n+2), at(s.After))
		i.Statements = append(i.Statements, st)
		f.Told[st.ID] = s.told(at(s.After))
	}
	for key, t := range c.Told {
		f.Told[key] = policy.Told{Expanded: true, Items: 1 + t.Pending, Pending: t.Pending, Sent: 1, First: at(t.After), Last: at(t.After)}
	}
	return f
}

func (s *Statement) statement(id string, published time.Time) *incident.Statement {
	st := &incident.Statement{
		ID: id, Published: published,
		StatementDrafted: incident.StatementDrafted{Purpose: s.Purpose, Status: s.Status, Audiences: s.To, Prepared: s.Prepared},
	}
	if st.Purpose == "" {
		st.Purpose = incident.PurposeUpdate
	}
	if s.Prepared == "" {
		st.Approved, st.ApprovedBy = published, incident.Actor{Kind: incident.ActorStaff, ID: "author"}
	}
	return st
}

func (s *Statement) told(at time.Time) policy.Told {
	if s.Untold {
		return policy.Told{Expanded: true, Items: 1, Pending: 1}
	}
	channels := s.Channels
	if len(channels) == 0 {
		channels = []string{"mail", "page"}
	}
	t := policy.Told{Expanded: true, First: at, Last: at}
	for _, c := range channels {
		t.Items++
		t.Sent++
		t.Channels = append(t.Channels, policy.ToldChannel{Channel: c, Public: c == "page", Passive: c == "page", Sent: 1, First: at})
	}
	return t
}

func (a *Award) facts(i *incident.Incident) *policy.CustomerFacts {
	f := &policy.CustomerFacts{
		Customer: a.Customer, Currency: a.Fee.Currency(), Fees: map[string]compensate.Money{"": a.Fee}, Zone: "UTC",
		DataLoss: a.DataLoss, Contract: a.Contract, LostMinutes: a.Minutes, LostCosts: a.Costs, BrokenPromises: a.Broken,
		Degree: incident.DegreeExposed,
	}
	for _, b := range a.Before {
		f.Before = append(f.Before, time.Duration(b))
	}
	for _, comp := range i.Components {
		f.Components = append(f.Components, comp.ID)
	}
	if a.Down > 0 {
		f.Degree = incident.DegreeDown
		f.Windows = []incident.Window{{From: i.Opened, To: i.Opened.Add(time.Duration(a.Down))}}
	}
	return f
}
