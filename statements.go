package amends

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/amends-dev/amends/incident"
)

// ErrBlocked is wrapped when a statement may not go out: the review blocks it,
// or nobody stands behind it yet. Rewrite it, or let a named person override with a reason.
var ErrBlocked = errors.New("statement may not go out")

// Draft writes a statement: for the incident's audiences on an incident, for one customer on a case.
type Draft struct {
	Command
	Record    string              `json:"record"`
	Purpose   incident.Purpose    `json:"purpose"`
	Audiences []incident.Audience `json:"audiences,omitempty"` // if empty: public and affected, and reporters where it is fixed or not after all; on a case: its customer
	// Status that it announces. If empty, the incident's present one.
	Status     incident.Status          `json:"status,omitempty"`
	Locale     string                   `json:"locale,omitempty"` // of the text that others fall back to; "" is "en"
	Texts      map[string]incident.Text `json:"texts"`
	NextUpdate *incident.Moment         `json:"next_update,omitempty"`
	Person     string                   `json:"person,omitempty"`   // if empty, Options.Sender
	Contact    string                   `json:"contact,omitempty"`  // if empty, Options.Sender
	Corrects   string                   `json:"corrects,omitempty"` // the statement that it replaces
	Report     string                   `json:"report,omitempty"`   // on a case: the report that it answers
	Requests   []string                 `json:"requests,omitempty"`
}

// Draft writes a statement and reviews it for honesty at once; [Desk.Requirements]
// and the returned findings say what must change. The result's ID is the statement's.
func (d *Desk) Draft(ctx context.Context, c Draft) (Result, []incident.FindingNote, error) {
	const name = "draft"
	if len(c.Texts) == 0 {
		return Result{}, nil, invalid(name, "there are no words")
	}
	if c.Purpose != "" && !slices.Contains(d.opts.Templates.Kinds(), string(c.Purpose)) {
		return Result{}, nil, invalid(name, "purpose %q: there is no template by which it could be told", c.Purpose)
	}
	if c.Person == "" {
		c.Person = d.opts.Sender.Name
	}
	if c.Contact == "" {
		c.Contact = d.opts.Sender.Contact
	}
	var err error
	if c.Locale, err = fallbackLocale(name, c.Locale, c.Texts); err != nil {
		return Result{}, nil, err
	}
	if err := d.knowAudiences(ctx, c); err != nil {
		return Result{}, nil, err
	}
	var findings []incident.FindingNote
	r, err := d.onRecord(ctx, name, c.Command, c, c.Record, func(s subject, _ time.Time) ([]incident.Payload, error) {
		st := incident.StatementDrafted{
			Purpose: c.Purpose, Audiences: c.Audiences, Status: c.Status, Locale: c.Locale, Texts: c.Texts, NextUpdate: c.NextUpdate,
			Person: c.Person, Contact: c.Contact, Corrects: c.Corrects, Report: c.Report, Requests: c.Requests,
		}
		if err := d.complete(&st, s); err != nil {
			return nil, err
		}
		notes, blocked, err := d.review(s, &st)
		if err != nil {
			return nil, err
		}
		findings = notes
		return []incident.Payload{st, incident.StatementReviewed{Statement: incident.InnerID(s.id(), s.version()+1), Findings: notes, Blocked: blocked}}, nil
	})
	if err == nil && r.Repeat {
		findings, err = d.findings(ctx, c.Record, r.ID)
	}
	return r, findings, err
}

// findings of the last review of a statement.
func (d *Desk) findings(ctx context.Context, record, statement string) ([]incident.FindingNote, error) {
	s, err := d.load(ctx, record)
	if err != nil {
		return nil, err
	}
	if st := s.statement(statement); st != nil {
		return st.Findings, nil
	}
	return nil, nil
}

// knowAudiences refuses words to an audience that the directory does not know:
// published, they could not be told.
func (d *Desk) knowAudiences(ctx context.Context, c Draft) error {
	for _, a := range c.Audiences {
		if a == incident.AudienceReporters {
			continue
		}
		space, err := d.spaceOf(ctx, "draft", c.Record)
		if err != nil {
			return err
		}
		if _, err := d.opts.Directory.Expand(ctx, ExpandRequest{Space: space, Record: c.Record, Audience: a, Limit: 1}); err != nil {
			return fmt.Errorf("amends: draft: audience %q: %w", a, err)
		}
	}
	return nil
}

// complete fills in what follows from the record, and refuses what does not fit it.
func (d *Desk) complete(st *incident.StatementDrafted, s subject) error {
	if s.c != nil {
		if len(st.Audiences) == 0 {
			st.Audiences = []incident.Audience{incident.CustomerAudience(s.c.Customer)}
		}
		if st.Purpose == incident.PurposeAnswer {
			if !slices.ContainsFunc(s.c.Reports, func(r *incident.Report) bool { return r.ID == st.Report }) {
				return invalid("draft", "an answer names the report that it answers: %q is none of case %q", st.Report, s.c.ID)
			}
		}
	} else {
		if len(st.Audiences) == 0 {
			st.Audiences = []incident.Audience{incident.AudiencePublic, incident.AudienceAffected}
			if st.Purpose == incident.PurposeResolution || st.Purpose == incident.PurposeReopening { // and who reported it, affected or not (R71, R72)
				st.Audiences = append(st.Audiences, incident.AudienceReporters)
			}
		}
		if st.Status == "" {
			st.Status = s.i.Status
		}
	}
	if st.Purpose == "" {
		return invalid("draft", "the purpose is missing")
	}
	if st.Corrects != "" {
		old := s.statement(st.Corrects)
		if old == nil || old.Published.IsZero() {
			return invalid("draft", "%q was never published: rewrite it instead of correcting it", st.Corrects)
		}
		st.Audiences = union(st.Audiences, old.Audiences) // everyone who got the earlier words
	}
	if st.Purpose == incident.PurposeCorrection && st.Corrects == "" { // it corrects all of them
		for _, old := range s.statements() {
			if old.Live() {
				st.Audiences = union(st.Audiences, old.Audiences)
			}
		}
	}
	return nil
}

func union(a, b []incident.Audience) []incident.Audience {
	out := slices.Clone(a)
	for _, x := range b {
		if !slices.Contains(out, x) {
			out = append(out, x)
		}
	}
	return out
}

// Rewrite gives a draft other words; it is reviewed again.
type Rewrite struct {
	Command
	Record     string                   `json:"record"`
	Statement  string                   `json:"statement"`
	Texts      map[string]incident.Text `json:"texts"`
	NextUpdate *incident.Moment         `json:"next_update,omitempty"`
	Person     string                   `json:"person,omitempty"`
	Contact    string                   `json:"contact,omitempty"`
}

// Rewrite gives a draft other words. What is published is corrected instead.
func (d *Desk) Rewrite(ctx context.Context, c Rewrite) (Result, []incident.FindingNote, error) {
	var findings []incident.FindingNote
	r, err := d.onStatement(ctx, "rewrite", c.Command, c, c.Record, c.Statement, func(s subject, st *incident.Statement) ([]incident.Payload, error) {
		if !st.Published.IsZero() {
			return nil, invalid("rewrite", "%q is published: draft a correction", st.ID)
		}
		if _, ok := c.Texts[st.Locale]; !ok {
			return nil, invalid("rewrite", "no text in %q, the language that others fall back to", st.Locale)
		}
		p := incident.StatementRewritten{Statement: st.ID, Texts: c.Texts, NextUpdate: c.NextUpdate, Person: c.Person, Contact: c.Contact}
		next := st.StatementDrafted
		next.Texts = c.Texts
		if c.NextUpdate != nil {
			next.NextUpdate = c.NextUpdate
		}
		if c.Person != "" {
			next.Person = c.Person
		}
		if c.Contact != "" {
			next.Contact = c.Contact
		}
		notes, blocked, err := d.review(s, &next)
		if err != nil {
			return nil, err
		}
		findings = notes
		return []incident.Payload{p, incident.StatementReviewed{Statement: st.ID, Findings: notes, Blocked: blocked}}, nil
	})
	if err == nil && r.Repeat {
		findings, err = d.findings(ctx, c.Record, c.Statement)
	}
	return r, findings, err
}

// Override lets a blocked statement pass on a named person's word.
type Override struct {
	Command
	Record    string   `json:"record"`
	Statement string   `json:"statement"`
	Rules     []string `json:"rules"`
	Reason    string   `json:"reason"`
}

// Override lets a blocked statement pass. It needs a named person of ours and a reason, and stays on record.
func (d *Desk) Override(ctx context.Context, c Override) (Result, error) {
	if !c.By.Named() || strings.TrimSpace(c.Reason) == "" || len(c.Rules) == 0 {
		return Result{}, invalid("override", "an override needs a named person of ours, the rules, and a reason")
	}
	return d.onStatement(ctx, "override", c.Command, c, c.Record, c.Statement, func(_ subject, st *incident.Statement) ([]incident.Payload, error) {
		for _, f := range st.Findings {
			if f.Level == levelBlock && !slices.Contains(c.Rules, f.Rule) {
				return nil, invalid("override", "rule %q blocks too and is not named", f.Rule)
			}
		}
		return []incident.Payload{incident.StatementOverridden{Statement: st.ID, Rules: c.Rules, By: c.By.ID, Reason: c.Reason}}, nil
	})
}

// StatementCommand names a statement.
type StatementCommand struct {
	Command
	Record    string `json:"record"`
	Statement string `json:"statement"`
	Reason    string `json:"reason,omitempty"`
}

// Approve says that a named person stands behind the words.
func (d *Desk) Approve(ctx context.Context, c StatementCommand) (Result, error) {
	c.At = time.Time{}
	if !c.By.Named() {
		return Result{}, invalid("approve", "only a named person of ours can stand behind words")
	}
	return d.onStatement(ctx, "approve", c.Command, c, c.Record, c.Statement, func(_ subject, st *incident.Statement) ([]incident.Payload, error) {
		if st.Blocked {
			return nil, fmt.Errorf("statement %q: %w: %s", st.ID, ErrBlocked, blockers(st))
		}
		return []incident.Payload{incident.StatementApproved{Statement: st.ID}}, nil
	})
}

// Publish makes a statement public: from here on it is told to its audiences.
// It must be approved, or be one of the policy's prepared texts unchanged.
func (d *Desk) Publish(ctx context.Context, c StatementCommand) (Result, error) {
	c.At = time.Time{}
	return d.onStatement(ctx, "publish", c.Command, c, c.Record, c.Statement, func(s subject, st *incident.Statement) ([]incident.Payload, error) {
		return publication(s, st)
	})
}

func publication(_ subject, st *incident.Statement) ([]incident.Payload, error) {
	switch {
	case !st.Published.IsZero():
		return nil, invalid("publish", "%q is published already", st.ID)
	case !st.Withdrawn.IsZero():
		return nil, invalid("publish", "%q was withdrawn", st.ID)
	case st.Blocked:
		return nil, fmt.Errorf("statement %q: %w: %s", st.ID, ErrBlocked, blockers(st))
	case st.Approved.IsZero() && st.Prepared == "":
		return nil, fmt.Errorf("statement %q: %w: nobody approved it", st.ID, ErrBlocked)
	}
	out := []incident.Payload{incident.StatementPublished{Statement: st.ID}}
	if st.Corrects != "" {
		out = append(out, incident.StatementCorrected{Statement: st.Corrects, By: st.ID})
	}
	if st.Purpose == incident.PurposeAnswer && st.Report != "" {
		out = append(out, incident.ReportAnswered{Report: st.Report, Statement: st.ID})
	}
	return out, nil
}

func blockers(st *incident.Statement) string {
	var b strings.Builder
	for _, f := range st.Findings {
		if f.Level != levelBlock {
			continue
		}
		if b.Len() > 0 {
			b.WriteString("; ")
		}
		fmt.Fprintf(&b, "%s: %q: %s", f.Rule, f.Excerpt, f.Why)
	}
	return b.String()
}

// Correct replaces words that were published, in one go: drafted, reviewed,
// approved by the person who corrects, published.
type Correct struct {
	Command
	Record     string                   `json:"record"`
	Statement  string                   `json:"statement"` // the one that is wrong
	Locale     string                   `json:"locale,omitempty"`
	Texts      map[string]incident.Text `json:"texts"`
	NextUpdate *incident.Moment         `json:"next_update,omitempty"`
}

// Correct replaces words that were published, for everyone who got them (R1,
// R32). Words that the review blocks are not sent: the error wraps [ErrBlocked],
// and nothing is written. The result's ID is the correction's. For one that
// somebody else must approve, [Desk.Draft] a correction.
func (d *Desk) Correct(ctx context.Context, c Correct) (Result, error) {
	const name = "correct"
	c.At = time.Time{}
	var err error
	if c.Locale, err = standsBehind(name, c.By, c.Locale, c.Texts); err != nil {
		return Result{}, err
	}
	return d.onRecord(ctx, name, c.Command, c, c.Record, func(s subject, _ time.Time) ([]incident.Payload, error) {
		draft := incident.StatementDrafted{
			Purpose: incident.PurposeCorrection, Locale: c.Locale, Texts: c.Texts, NextUpdate: c.NextUpdate,
			Person: cmp.Or(c.By.Name, d.opts.Sender.Name), Contact: d.opts.Sender.Contact, Corrects: c.Statement,
		}
		if err := d.complete(&draft, s); err != nil {
			return nil, err
		}
		said, err := d.said(s, draft)
		if err != nil {
			return nil, fmt.Errorf("correction of %q: %w", c.Statement, err)
		}
		return append(said, incident.StatementCorrected{Statement: c.Statement, By: incident.InnerID(s.id(), s.version()+1)}), nil
	})
}

// standsBehind checks words that one person says at once, and returns the language that others fall back to.
func standsBehind(name string, by incident.Actor, locale string, texts map[string]incident.Text) (string, error) {
	if !by.Named() {
		return "", invalid(name, "only a named person of ours can stand behind words")
	}
	return fallbackLocale(name, locale, texts)
}

func fallbackLocale(name, locale string, texts map[string]incident.Text) (string, error) {
	locale = cmp.Or(locale, "en")
	if _, ok := texts[locale]; !ok {
		return "", invalid(name, "no text in %q, the language that others fall back to", locale)
	}
	return locale, nil
}

// said is the whole life of words that one person writes and stands behind at once.
func (d *Desk) said(s subject, draft incident.StatementDrafted) ([]incident.Payload, error) {
	notes, blocked, err := d.review(s, &draft)
	if err != nil {
		return nil, err
	}
	if blocked {
		return nil, fmt.Errorf("%w: %s", ErrBlocked, blockers(&incident.Statement{Findings: notes}))
	}
	id := incident.InnerID(s.id(), s.version()+1)
	return []incident.Payload{
		draft,
		incident.StatementReviewed{Statement: id, Findings: notes},
		incident.StatementApproved{Statement: id},
		incident.StatementPublished{Statement: id},
	}, nil
}

// Withdraw takes a draft back, or words that were published and are not replaced by others.
func (d *Desk) Withdraw(ctx context.Context, c StatementCommand) (Result, error) {
	if strings.TrimSpace(c.Reason) == "" {
		return Result{}, invalid("withdraw", "the reason is missing")
	}
	return d.onStatement(ctx, "withdraw", c.Command, c, c.Record, c.Statement, func(_ subject, st *incident.Statement) ([]incident.Payload, error) {
		return []incident.Payload{incident.StatementWithdrawn{Statement: st.ID, Reason: c.Reason}}, nil
	})
}

func (d *Desk) onStatement(ctx context.Context, name string, c Command, args any, record, statement string,
	decide func(subject, *incident.Statement) ([]incident.Payload, error),
) (Result, error) {
	r, err := d.onRecord(ctx, name, c, args, record, func(s subject, _ time.Time) ([]incident.Payload, error) {
		st := s.statement(statement)
		if st == nil {
			return nil, fmt.Errorf("statement %q of %q: %w", statement, record, incident.ErrNotFound)
		}
		return decide(s, st)
	})
	r.ID = statement
	return r, err
}
