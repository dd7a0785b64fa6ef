package notify

import (
	"fmt"
	"maps"
	"time"
)

// Open reports whether an item in that state is neither sent nor given up.
func (s State) Open() bool {
	return s == StatePending || s == StateLeased || s == StateTask
}

// OfClaim reports whether the outcome settles a claim and takes its token, and
// is not what somebody says of an item later.
func (o Outcome) OfClaim() bool {
	switch o {
	case Done, Retry, Bury, Release, Extend, Skip:
		return true
	default:
		return false
	}
}

// Apply settles it in place and reports whether that changed it. It is the rule
// of [Outbox.Settle] for one item, for those who write an [Outbox]: token is
// that of the item's last claim, "" if there was none since it was added or
// revived. An item that is already where the settlement wants it is left as it
// is, without an error, so that a repeat does no harm.
//
// What depends on other items is left to the outbox: before, that Revive is
// refused when a fallback was sent; after, that an item which became pending
// gives way to a newer one of its thread, and that one which became dead by
// Bury or bounced is followed by its [Item.NextWay].
//
// It errs with [ErrLeaseLost] if the token is not that of the last claim or the
// claim was settled otherwise, and with [ErrRefused] if the outcome does not fit.
func (s *Settlement) Apply(it *Stored, token string) (changed bool, err error) {
	now := s.Now
	if now.IsZero() {
		now = s.At
	}
	if now = micro(now); s.Outcome.OfClaim() {
		return s.applyClaim(it, token, now)
	}
	switch s.Outcome {
	case MarkDone:
		return s.markDone(it, now)
	case MarkBounced:
		return s.markBounced(it, now)
	case MarkRead:
		if it.State != StateSent && it.State != StateBounced {
			return false, unfit(it)
		}
		if changed = it.ReadAt.IsZero(); changed {
			it.ReadAt = now
		}
		return changed, nil
	case Revive:
		return s.revive(it, now)
	default:
		return false, fmt.Errorf("%w: outcome %q is none", ErrRefused, s.Outcome)
	}
}

func (s *Settlement) applyClaim(it *Stored, token string, now time.Time) (bool, error) {
	switch {
	case token == "" || s.Token != token:
		return false, ErrLeaseLost
	case it.State != StateLeased && s.repeats(it.State):
		return false, nil
	case it.State != StateLeased:
		return false, ErrLeaseLost
	}
	if s.Err != "" || s.Outcome == Retry || s.Outcome == Bury {
		it.LastErr, it.Class = s.Err, s.Class
	}
	switch s.Outcome {
	case Extend:
		it.NextAt = micro(s.At)
		return true, nil
	case Done:
		it.State, it.Receipt, it.Hash = StateSent, nil, s.Hash
		if r := s.Receipt; r != nil {
			it.Receipt = &Receipt{ProviderID: r.ProviderID, Ref: maps.Clone(r.Ref)}
		}
	case Skip:
		it.State = StateSuppressed
	case Bury:
		it.State = StateDead
	default: // Retry, Release
		if it.State, it.NextAt = StatePending, now; s.At.After(now) {
			it.NextAt = micro(s.At)
		}
		if s.Outcome == Release {
			it.Attempts--
		}
	}
	it.Changed = now
	return true, nil
}

// repeats reports whether an item in that state is where the outcome led it.
func (s *Settlement) repeats(state State) bool {
	switch s.Outcome {
	case Done:
		return state == StateSent || state == StateBounced
	case Skip:
		return state == StateSuppressed
	case Retry, Release:
		return state == StatePending || state == StateSuperseded
	case Bury:
		return state == StateDead
	default: // Extend
		return false
	}
}

func (s *Settlement) markDone(it *Stored, now time.Time) (bool, error) {
	switch {
	case s.By == "" || s.Proof == "":
		return false, fmt.Errorf("%w: it needs proof and the name of the person", ErrRefused)
	case it.State == StateSent && it.By == s.By && it.Proof == s.Proof:
		return false, nil
	case it.State != StateTask && it.State != StateDead:
		return false, unfit(it)
	}
	it.State, it.Changed, it.Proof, it.By = StateSent, now, s.Proof, s.By
	return true, nil
}

func (s *Settlement) markBounced(it *Stored, now time.Time) (bool, error) {
	switch it.State {
	case StateBounced:
		return false, nil
	case StateSent:
	default:
		return false, unfit(it)
	}
	it.State, it.Changed, it.LastErr, it.Class = StateBounced, now, s.Err, s.Class
	if s.By != "" {
		it.By = s.By
	}
	return true, nil
}

func (s *Settlement) revive(it *Stored, now time.Time) (bool, error) {
	switch {
	case s.By == "":
		return false, fmt.Errorf("%w: it needs the name of the person", ErrRefused)
	case it.State.Open():
		return false, nil
	case it.State != StateDead:
		return false, unfit(it)
	}
	it.State, it.Changed, it.NextAt, it.Attempts, it.By = StatePending, now, now, 0, s.By
	return true, nil
}

func unfit(it *Stored) error { return fmt.Errorf("%w: it is %s", ErrRefused, it.State) }

// micro is a time as outboxes keep it.
func micro(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }
