package amends

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/incident"
)

// CaseID is the ID of a customer's case in an incident. Every process computes
// the same one, so that a customer has one case whoever opens it.
func CaseID(incidentID, customer string) string { return incidentID + "~" + customer }

// Customer says whose case a command is about: Case, or Customer with the
// Incident they mean. With Space and Customer, and no Incident, it is a case of
// its own, opened under the ID in Case, or under a random one.
type Customer struct {
	Space    string `json:"space,omitempty"`
	Case     string `json:"case,omitempty"`
	Incident string `json:"incident,omitempty"`
	Customer string `json:"customer,omitempty"`

	judges bool // a verdict: it belongs where the customer disputed before
}

// Report is a customer's message: a failure, a question, or a complaint about us.
type Report struct {
	Command
	Customer
	Kind    incident.ReportKind `json:"kind"`
	Words   string              `json:"words"` // their own words; kept beside the record and erasable
	Since   time.Time           `json:"since,omitzero"`
	Urgency incident.Urgency    `json:"urgency,omitempty"`
	Via     string              `json:"via,omitempty"`
	Objects []string            `json:"objects,omitempty"`
}

// Report takes a customer's message. With an incident it goes into that
// customer's case there; without one it opens a case of its own, which can be
// linked later. The acknowledgement follows with the next Reconcile (R54). The
// result's Record is the case, its ID the report's.
func (d *Desk) Report(ctx context.Context, c Report) (Result, error) {
	const name = "report"
	switch {
	case strings.TrimSpace(c.Words) == "":
		return Result{}, invalid(name, "the customer's words are missing")
	case c.Kind != incident.ReportFailure && c.Kind != incident.ReportQuestion && c.Kind != incident.ReportComplaint:
		return Result{}, invalid(name, "kind %q: want failure, question or complaint", c.Kind)
	}
	words := incident.NewWords(c.Words)
	return d.onCase(ctx, name, c.Command, c, c.Customer, func(*incident.Case, time.Time) ([]incident.Event, error) {
		return []incident.Event{{Words: words, Data: incident.ReportReceived{
			Report: c.Kind, Since: c.Since.UTC(), Urgency: c.Urgency, Via: c.Via, Objects: c.Objects,
		}}}, nil
	})
}

// Reply is a customer's later message in a report's thread.
type Reply struct {
	Command
	Customer
	Report string `json:"report"`
	Words  string `json:"words"`
	// Corrects says that it corrects what we understood of the report (R55).
	Corrects bool `json:"corrects,omitempty"`
}

// Reply takes a customer's later message. It has a reply deadline of its own (R57).
func (d *Desk) Reply(ctx context.Context, c Reply) (Result, error) {
	if strings.TrimSpace(c.Words) == "" {
		return Result{}, invalid("reply", "the customer's words are missing")
	}
	words := incident.NewWords(c.Words)
	return d.onCase(ctx, "reply", c.Command, c, c.Customer, func(v *incident.Case, _ time.Time) ([]incident.Event, error) {
		if err := hasReport(v, c.Report); err != nil {
			return nil, err
		}
		if c.Corrects {
			return []incident.Event{{Words: words, Data: incident.ReportCorrected{Report: c.Report}}}, nil
		}
		return []incident.Event{{Words: words, Data: incident.ReplyReceived{Report: c.Report}}}, nil
	})
}

// CaseNote records facts of one customer's case: CustomerImpact, LossRecorded,
// HelpGiven, QuestionAsked, OwnerAssigned, RequestDone and LinksRevoked of incident.
type CaseNote struct {
	Command
	Customer
	Facts []incident.Payload `json:"facts"`
}

// NoteCase records facts of one customer's case.
func (d *Desk) NoteCase(ctx context.Context, c CaseNote) (Result, error) {
	const name = "note case"
	if len(c.Facts) == 0 {
		return Result{}, invalid(name, "there is nothing to note")
	}
	for _, p := range c.Facts {
		switch p.(type) {
		case incident.CustomerImpact, incident.LossRecorded, incident.HelpGiven, incident.QuestionAsked, incident.OwnerAssigned,
			incident.RequestDone, incident.LinksRevoked:
		default:
			return Result{}, invalid(name, "%q is not a plain fact: it has a command of its own", p.Kind())
		}
		if problem := wrong(p); problem != "" {
			return Result{}, invalid(name, "%s: %s", p.Kind(), problem)
		}
	}
	return d.onCase(ctx, name, c.Command, c, c.Customer, func(*incident.Case, time.Time) ([]incident.Event, error) {
		return facts(c.Facts...), nil
	})
}

// Answer gives the substance that a report is owed, in one go: drafted,
// reviewed, approved by the person who gives it, published.
type Answer struct {
	Command
	Case       string                   `json:"case"`
	Report     string                   `json:"report"` // the report, or the reply up to which it answers
	Locale     string                   `json:"locale,omitempty"`
	Texts      map[string]incident.Text `json:"texts"`
	NextUpdate *incident.Moment         `json:"next_update,omitempty"`
}

// Answer answers a report. Words that the review blocks are not sent: the error
// wraps [ErrBlocked], and nothing is written. The result's ID is the statement's.
func (d *Desk) Answer(ctx context.Context, c Answer) (Result, error) {
	const name = "answer"
	c.At = time.Time{}
	var err error
	if c.Locale, err = standsBehind(name, c.By, c.Locale, c.Texts); err != nil {
		return Result{}, err
	}
	return d.onRecord(ctx, name, c.Command, c, c.Case, func(s subject, _ time.Time) ([]incident.Payload, error) {
		if s.c == nil {
			return nil, invalid(name, "%q is not a case", c.Case)
		}
		if err := hasReport(s.c, c.Report); err != nil {
			return nil, err
		}
		thread := s.c.Report(c.Report).ID
		person := c.By.Name
		if person == "" {
			person = d.opts.Sender.Name
		}
		draft := incident.StatementDrafted{
			Purpose: incident.PurposeAnswer, Audiences: []incident.Audience{incident.CustomerAudience(s.c.Customer)}, Locale: c.Locale,
			Texts: c.Texts, NextUpdate: c.NextUpdate, Person: person, Contact: d.opts.Sender.Contact, Report: thread,
		}
		said, err := d.said(s, draft)
		if err != nil {
			return nil, fmt.Errorf("answer to %q: %w", c.Report, err)
		}
		return append(said, incident.ReportAnswered{Report: c.Report, Statement: incident.InnerID(s.c.ID, s.c.Version+1)}), nil
	})
}

// hasReport reports whether a report, or a word in its thread, is in a case.
func hasReport(v *incident.Case, report string) error {
	if v.Report(report) != nil {
		return nil
	}
	return fmt.Errorf("report %q in case %q: %w", report, v.ID, incident.ErrNotFound)
}

// Verdict is the customer's word on the fix, and on us.
type Verdict struct {
	Command
	Customer
	Opinion      incident.Opinion `json:"opinion"`
	Satisfaction int              `json:"satisfaction,omitempty"` // 1 to 5; 0: not said
	Words        string           `json:"words,omitempty"`
}

// Verdict records the customer's word on the fix (R73, R74), about the
// incident's present round. "Partly" and "broken" reopen the case at once, and
// the incident by the policy's threshold.
func (d *Desk) Verdict(ctx context.Context, c Verdict) (Result, error) {
	const name = "verdict"
	switch {
	case c.Opinion != incident.OpinionFixed && c.Opinion != incident.OpinionPartly && c.Opinion != incident.OpinionBroken:
		return Result{}, invalid(name, "opinion %q: want fixed, partly or broken", c.Opinion)
	case c.Satisfaction < 0 || c.Satisfaction > 5:
		return Result{}, invalid(name, "satisfaction %d: want 1 to 5, or 0 for not said", c.Satisfaction)
	}
	var words *incident.Words
	if c.Words != "" {
		words = incident.NewWords(c.Words)
	}
	who := c.Customer
	who.judges = true
	return d.onCase(ctx, name, c.Command, c, who, func(v *incident.Case, _ time.Time) ([]incident.Event, error) {
		if v.Incident == "" {
			return nil, invalid(name, "case %q is linked to no incident: there is no fix to judge", v.ID)
		}
		inc, err := d.survivor(ctx, v.Incident)
		if err != nil {
			return nil, err
		}
		round := inc.Round
		if fixedSince(inc).IsZero() { // it was reopened meanwhile: the word is about the fix before
			if round--; round < 0 {
				return nil, invalid(name, "nobody says yet that %q is fixed: report what is broken instead", inc.ID)
			}
		}
		return []incident.Event{{Words: words, Data: incident.VerdictGiven{
			Opinion: c.Opinion, Satisfaction: c.Satisfaction, Round: round, Incident: inc.ID,
		}}}, nil
	})
}

// Gesture is what a person of ours gives within their own limit (R79).
type Gesture struct {
	Command
	Customer
	Amount compensate.Money `json:"amount,omitzero"`
	InKind string           `json:"in_kind,omitempty"`
	Reason string           `json:"reason"`
	Limit  compensate.Money `json:"limit,omitzero"` // the person's limit
}

// Gesture gives something on the spot. A sum above the person's limit is compensate.ErrOverLimit.
func (d *Desk) Gesture(ctx context.Context, c Gesture) (Result, error) {
	const name = "gesture"
	switch {
	case !c.By.Named() || strings.TrimSpace(c.Reason) == "":
		return Result{}, invalid(name, "a gesture needs a named person of ours and a reason")
	case c.Amount.Minor() < 0, c.Amount.IsZero() && c.InKind == "":
		return Result{}, invalid(name, "it gives nothing")
	case c.Amount.Minor() > 0 && c.Limit.Currency() != c.Amount.Currency():
		return Result{}, fmt.Errorf("amends: gesture: limit in %q, amount in %q: %w", c.Limit.Currency(), c.Amount.Currency(), compensate.ErrCurrency)
	case c.Amount.Minor() > c.Limit.Minor():
		return Result{}, fmt.Errorf("amends: gesture: %w %q", compensate.ErrOverLimit, c.By.ID)
	}
	g := incident.GestureMade{InKind: c.InKind, By: c.By.ID, Reason: c.Reason}
	if c.Amount.Minor() > 0 {
		g.Amount = &incident.Amount{Minor: c.Amount.Minor(), Currency: c.Amount.Currency()}
		g.Limit = &incident.Amount{Minor: c.Limit.Minor(), Currency: c.Limit.Currency()}
	}
	return d.onCase(ctx, name, c.Command, c, c.Customer, func(v *incident.Case, _ time.Time) ([]incident.Event, error) {
		if g.Basis = v.Incident; g.Basis == "" {
			g.Basis = v.ID
		}
		return facts(g), nil
	})
}

// Link ties a case that stood alone to an incident.
type Link struct {
	Command
	Case     string `json:"case"`
	Incident string `json:"incident"`
}

// Link ties a case to an incident. Its reports and promises keep their times.
func (d *Desk) Link(ctx context.Context, c Link) (Result, error) {
	inc, err := d.loadIncident(ctx, c.Incident)
	if err != nil {
		return Result{}, fmt.Errorf("amends: link: %w", err)
	}
	return d.onCase(ctx, "link", c.Command, c, Customer{Case: c.Case}, func(v *incident.Case, _ time.Time) ([]incident.Event, error) {
		switch {
		case v.Space != inc.Space:
			return nil, invalid("link", "case %q is in space %q, incident %q in %q", v.ID, v.Space, inc.ID, inc.Space)
		case v.Incident == c.Incident:
			return nil, invalid("link", "case %q is linked to %q already", v.ID, c.Incident)
		case v.Incident != "":
			return nil, invalid("link", "case %q is linked to %q: unlink it first", v.ID, v.Incident)
		}
		return facts(incident.CaseLinked{Incident: c.Incident}), nil
	})
}

// Unlink takes a link back.
type Unlink struct {
	Command
	Case   string `json:"case"`
	Reason string `json:"reason"`
}

// Unlink makes a case stand alone again, for example to link it to the right
// incident. What was said, promised and given in it stays.
func (d *Desk) Unlink(ctx context.Context, c Unlink) (Result, error) {
	if strings.TrimSpace(c.Reason) == "" {
		return Result{}, invalid("unlink", "the reason is missing")
	}
	return d.onCase(ctx, "unlink", c.Command, c, Customer{Case: c.Case}, func(v *incident.Case, _ time.Time) ([]incident.Event, error) {
		if v.Incident == "" {
			return nil, invalid("unlink", "case %q is linked to nothing", v.ID)
		}
		return facts(incident.CaseUnlinked{Incident: v.Incident, Reason: c.Reason}), nil
	})
}

// onCase runs a command on a customer's case, and opens it if there is none.
func (d *Desk) onCase(ctx context.Context, name string, c Command, args any, who Customer,
	decide func(v *incident.Case, now time.Time) ([]incident.Event, error),
) (Result, error) {
	space := who.Space
	for _, record := range []string{who.Case, who.Incident} {
		if record != "" && space == "" {
			var err error
			if space, err = d.spaceOf(ctx, name, record); err != nil {
				return Result{}, err
			}
		}
	}
	switch {
	case space == "":
		return Result{}, invalid(name, "which case? Name the Case, or Customer and Incident, or Customer and Space")
	case who.Case == "" && who.Customer == "":
		return Result{}, invalid(name, "the customer is missing")
	}
	fresh := incident.NewID("case")
	r, err := d.do(ctx, name, c, args, space, func(ctx context.Context, now time.Time) (incident.Commit, error) {
		v, id, err := d.findCase(ctx, who, fresh)
		if err != nil {
			return incident.Commit{}, err
		}
		if v.Version > 0 {
			if who.Customer != "" && v.Customer != who.Customer {
				return incident.Commit{}, invalid(name, "case %q is not one of customer %q", v.ID, who.Customer)
			}
			events, err := decide(v, now)
			if err != nil {
				return incident.Commit{}, err
			}
			return caseCommit(v, now, c.stamp(now, events))
		}
		open := incident.CaseOpened{Space: space, Customer: who.Customer, Incident: who.Incident}
		if who.Incident == "" {
			open.Policies = []incident.PolicyPin{d.opts.Policy.Pin()}
		}
		opened := c.stamp(now, facts(open))
		if _, err := v.Batch(now, opened...); err != nil {
			return incident.Commit{}, err
		}
		events, err := decide(v, now)
		if err != nil {
			return incident.Commit{}, err
		}
		return caseCommit(&incident.Case{ID: id}, now, append(opened, c.stamp(now, events)...))
	})
	if err == nil && r.Version == 1 { // the first event opened the case, the second is what was asked for
		r.ID = incident.InnerID(r.Record, 2)
	}
	return r, err
}

// customersCase finds the ID of a customer's case in an incident and in those
// that live on with it: the one in the incident itself before others; for a
// verdict, the one in which they said that it is not fixed before all.
func (d *Desk) customersCase(ctx context.Context, who Customer) (string, error) {
	v, err := d.survivor(ctx, who.Incident)
	if err != nil {
		return "", err
	}
	id, best := CaseID(who.Incident, who.Customer), 0
	for h, err := range d.heads(ctx, incident.Filter{Kind: incident.KindCase, Incidents: family(v), Customer: who.Customer}) {
		if err != nil {
			return "", fmt.Errorf("cases of %q: %w", who.Customer, err)
		}
		rank := 1
		if h.Incident == who.Incident {
			rank = 2
		}
		if who.judges && slices.ContainsFunc(h.Marks, disputes) {
			rank += 2
		}
		if rank > best {
			id, best = h.Record, rank
		}
	}
	return id, nil
}

// disputes reports whether a mark says that it is not, or only partly, fixed.
func disputes(mark string) bool {
	return strings.HasPrefix(mark, incident.MarkBroken+".") || strings.HasPrefix(mark, incident.MarkPartly+".")
}

// findCase reads the customer's case; version 0 if there is none yet.
func (d *Desk) findCase(ctx context.Context, who Customer, fresh string) (*incident.Case, string, error) {
	id := who.Case
	if id == "" && who.Incident != "" {
		var err error
		if id, err = d.customersCase(ctx, who); err != nil {
			return nil, "", err
		}
	}
	if id == "" {
		return &incident.Case{ID: fresh}, fresh, nil
	}
	v, err := d.loadCase(ctx, id)
	if errors.Is(err, incident.ErrNotFound) && who.Customer != "" {
		return &incident.Case{ID: id}, id, nil
	}
	return v, id, err
}
