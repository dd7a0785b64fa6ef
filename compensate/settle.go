package compensate

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ByPerson reports whether the outcome is a person's word and not that of a claim's holder.
func (o Outcome) ByPerson() bool {
	return o == Approve || o == Fulfil || o == Clear || o == Reissue
}

// Apply settles e in place and reports whether that changed it. It is the rule
// of [Ledger.Settle] for one entry, for those who write a Ledger: token is that
// of the entry's last claim, and once says that this claim had
// [ClaimRequest.Once]. An entry that is already where the settlement wants it
// is left as it is, without an error, so that a repeat does no harm.
//
// It errs with [ErrLeaseLost] if another claim came later or the entry was given
// up as uncertain, with [ErrState] if the entry is not in a state for it, and
// with another error if the settlement itself makes no sense.
func (s *Settlement) Apply(e *Entry, token string, once bool) (changed bool, err error) {
	if s.Outcome.ByPerson() {
		return s.applyPerson(e)
	}
	to, known := s.leadsTo(once)
	if !known {
		return false, fmt.Errorf("compensate: settling %q: there is no outcome %q", e.ID, s.Outcome)
	}
	switch {
	case s.Token == "" || s.Token != token:
		return false, fmt.Errorf("compensate: settling %q: %w", e.ID, ErrLeaseLost)
	case e.State == to:
		return false, nil
	case e.State != StateIssuing:
		return false, fmt.Errorf("compensate: settling %q, which is %s: %w", e.ID, e.State, ErrLeaseLost)
	}
	e.State, e.Changed = to, s.At
	switch {
	case s.Outcome == Release: // the last error stays that of the last attempt
		e.Attempts = max(e.Attempts-1, 0)
	default:
		e.LastErr = s.Err
	}
	if to == StateIssued {
		e.Reference = s.Reference
	}
	if to == StateApproved {
		e.NextAt = s.At
		if s.Next.After(s.At) {
			e.NextAt = s.Next
		}
	}
	return true, nil
}

// leadsTo returns the state that the outcome of a claim leads to.
func (s *Settlement) leadsTo(once bool) (to State, known bool) {
	switch {
	case s.Outcome == Issued:
		return StateIssued, true
	case s.Outcome == Failed:
		return StateFailed, true
	case s.Outcome == Unclear && once:
		return StateUncertain, true
	case s.Outcome == Retry, s.Outcome == Unclear, s.Outcome == Release:
		return StateApproved, true
	}
	return "", false
}

func (s *Settlement) applyPerson(e *Entry) (bool, error) {
	if s.By == "" {
		return false, fmt.Errorf("compensate: settling %q: %w", e.ID, errNobody)
	}
	if (s.Outcome == Fulfil || s.Outcome == Clear) && strings.TrimSpace(s.Reference) == "" {
		return false, fmt.Errorf("compensate: %s of %q: %w", s.Outcome, e.ID, errUnproven)
	}
	var to State
	var legal bool
	switch {
	case s.Outcome == Approve:
		to, legal = StateApproved, e.State == StateProposed
	case s.Outcome == Fulfil:
		to, legal = StateFulfilled, e.State == StateInKind
	case s.Outcome == Clear:
		to, legal = StateIssued, e.State == StateUncertain
	default: // Reissue
		to, legal = StateApproved, e.State == StateUncertain || e.State == StateFailed
	}
	switch {
	case e.State == to:
		return false, nil
	case !legal:
		return false, fmt.Errorf("compensate: %s of %q, which is %s: %w", s.Outcome, e.ID, e.State, ErrState)
	}
	e.State, e.Changed = to, s.At
	if to == StateApproved {
		e.NextAt = s.At
	}
	if s.Outcome == Approve {
		e.ApprovedBy = s.By
	} else {
		e.SettledBy, e.Reference = s.By, s.Reference
	}
	if s.Outcome == Reissue {
		e.Attempts = 0
	}
	return true, nil
}

// GivesUp moves e to uncertain or failed if a claim must not lease it, and
// reports whether it did. It is the rule of [Ledger.Claim] for one entry that is
// due, for those who write a Ledger: once says that the entry's last claim had
// [ClaimRequest.Once]. The entry's token becomes void.
func (r *ClaimRequest) GivesUp(e *Entry, once bool) bool {
	ranOut := e.State == StateIssuing
	switch {
	case ranOut && (r.Once || once):
		e.State, e.LastErr = StateUncertain, "the lease ran out before an answer"
	case r.MaxAttempts > 0 && e.Attempts >= r.MaxAttempts && ranOut:
		e.State = StateFailed
		e.LastErr = fmt.Sprintf("gave up after %d attempts: the lease of the last ran out before an answer", e.Attempts)
	case r.MaxAttempts > 0 && e.Attempts >= r.MaxAttempts:
		e.State, e.LastErr = StateFailed, fmt.Sprintf("gave up after %d attempts, the last with: %s", e.Attempts, e.LastErr)
	default:
		return false
	}
	e.Changed = r.At.UTC()
	return true
}

var (
	errNobody   = errors.New("a person's decision needs the person: set By")
	errUnproven = errors.New("how do we know? set Reference")
)

// Match reports whether the query selects e.
func (q *Query) Match(e *Entry) bool {
	switch {
	case q.Space != "" && e.Key.Space != q.Space,
		q.Approved && e.ApprovedBy == "",
		q.Gestures && e.By == "",
		!q.Since.IsZero() && e.Created.Before(q.Since):
		return false
	}
	return in(q.Customers, e.Key.Customer) && in(q.Bases, e.Key.Basis) && in(q.States, e.State)
}

// in holds for every v if the list is empty.
func in[T comparable](list []T, v T) bool {
	return len(list) == 0 || slices.Contains(list, v)
}
