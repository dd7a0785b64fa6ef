package incident

import (
	"slices"
	"time"
)

// applyStatement applies what happens to statements and requests. What comes too
// late changes nothing: words that were published are never rewritten, and a
// second approval or publication leaves the first.
func (c *common) applyStatement(e Event) (done bool, err error) {
	var s *Statement
	switch p := e.Data.(type) {
	case StatementDrafted:
		_, _ = c.statement("") // bring the index up to date
		s = &Statement{ID: e.ID(), StatementDrafted: p, Drafted: e.At, DraftedBy: e.Actor, Round: c.round}
		*c.statements = append(*c.statements, s)
		if c.index.statements == nil {
			c.index.statements = make(map[string]*Statement)
		}
		c.index.statements[s.ID] = s
	case StatementReviewed:
		if s, err = c.statement(p.Statement); err == nil {
			s.Reviewed, s.Findings, s.Blocked = e.At, p.Findings, p.Blocked
			s.EverBlocked = s.EverBlocked || p.Blocked
		}
	case StatementRewritten:
		if s, err = c.statement(p.Statement); err == nil && s.Published.IsZero() {
			s.rewrite(p)
		}
	case StatementOverridden:
		if s, err = c.statement(p.Statement); err == nil {
			s.Blocked, s.OverrideBy = false, p.By
		}
	case StatementApproved:
		if s, err = c.statement(p.Statement); err == nil && s.Approved.IsZero() {
			s.Approved, s.ApprovedBy = e.At, e.Actor
		}
	case StatementPublished:
		if s, err = c.statement(p.Statement); err == nil && s.Published.IsZero() && s.Withdrawn.IsZero() {
			c.publish(s, e.At)
		}
	case StatementCorrected:
		if s, err = c.statement(p.Statement); err == nil && s.CorrectedBy == "" {
			s.CorrectedBy = p.By
		}
	case StatementWithdrawn:
		if s, err = c.statement(p.Statement); err == nil && s.Withdrawn.IsZero() {
			s.Withdrawn = e.At
		}
	default:
		return false, nil
	}
	return true, err
}

// rewrite replaces the words. Somebody must stand behind the new ones again.
func (s *Statement) rewrite(p StatementRewritten) {
	s.Rewritten++
	s.Texts = p.Texts
	if p.NextUpdate != nil {
		s.NextUpdate = p.NextUpdate
	}
	if p.Person != "" {
		s.Person = p.Person
	}
	if p.Contact != "" {
		s.Contact = p.Contact
	}
	s.Blocked, s.Findings, s.Reviewed, s.OverrideBy = false, nil, time.Time{}, ""
	s.Approved, s.ApprovedBy = time.Time{}, Actor{}
}

// publish makes a statement ours: it keeps the next updates that were promised
// to its audience, makes its own promise, and corrects what it corrects.
func (c *common) publish(s *Statement, at time.Time) {
	s.Published = at
	c.syncPromises()
	c.index.updates = slices.DeleteFunc(c.index.updates, func(p *Promise) bool {
		if p.State != PromisePending {
			return true
		}
		if said, err := c.statement(p.Statement); err == nil && !sameAudience(said, s) {
			return false
		}
		p.keep(at)
		return true
	})
	if s.NextUpdate != nil {
		c.addPromise(&Promise{
			ID: s.ID + nextSuffix, Made: at, State: PromisePending,
			PromiseMade: PromiseMade{Promise: PromiseNextUpdate, Due: *s.NextUpdate, Statement: s.ID},
		})
	}
	if s.Corrects != "" {
		if old, err := c.statement(s.Corrects); err == nil && old.CorrectedBy == "" {
			old.CorrectedBy = s.ID
		}
	}
}

// sameAudience reports whether a later statement reaches some of those who were
// promised it. Statements without audiences reach everybody.
func sameAudience(promised, later *Statement) bool {
	return len(promised.Audiences) == 0 || len(later.Audiences) == 0 ||
		slices.ContainsFunc(later.Audiences, func(a Audience) bool { return slices.Contains(promised.Audiences, a) })
}

// applyPromise applies what happens to a promise. A kept promise stays kept.
func (c *common) applyPromise(e Event) error {
	switch p := e.Data.(type) {
	case PromiseKept:
		have, err := c.promise(p.Promise)
		if err != nil {
			return err
		}
		have.keep(e.At)
	case PromiseMoved:
		have, err := c.promise(p.Promise)
		if err != nil || have.State != PromisePending {
			return err
		}
		if p.InAdvance && !e.At.After(have.Due.At) {
			have.Moved++
		} else {
			have.miss(have.Due.At)
		}
		have.Due = p.Due
	case PromiseBroken:
		have, err := c.promise(p.Promise)
		if err != nil {
			return err
		}
		have.miss(p.Due.At)
	}
	return nil
}

// keep keeps the promise; later than promised is broken and kept.
func (p *Promise) keep(at time.Time) {
	if p.State != PromisePending {
		return
	}
	if at.After(p.Due.At) {
		p.miss(p.Due.At)
	}
	p.State, p.KeptAt = PromiseWasKept, at
}

// miss counts a due time that passed, once.
func (p *Promise) miss(due time.Time) {
	if p.Broken == 0 || !p.missed.Equal(due) {
		p.Broken++
		p.missed = due
	}
}
