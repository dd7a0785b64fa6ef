package sqloutbox

import (
	"context"
	"database/sql"

	"github.com/amends-dev/amends/notify"
)

const (
	itemColumns    = "i.key, i.group_id, i.recipient, i.customer, i.subject, i.seq, i.due_at, i.added, i.not_before, i.task, i.fallback, i.origin"
	openColumns    = "o.key, o.phase, o.attempts, o.changed, o.next_at, o.wake, o.token, o.last_err, o.class, o.by_whom"
	outcomeColumns = "x.key, x.state, x.attempts, x.changed, x.token, x.receipt, x.hash, x.last_err, x.class, x.proof, x.by_whom, x.read_at"
)

// itemScan reads the columns of items. It is used again for each row.
type itemScan struct {
	r                         row
	group                     int64
	subject, fallback, origin sql.NullString
	task                      sql.NullInt64
}

func (s *itemScan) dest() []any {
	r := &s.r
	return []any{&r.key, &s.group, &r.recipient, &r.customer, &s.subject, &r.seq, &r.dueAt, &r.added, &r.notBefore, &s.task, &s.fallback, &s.origin}
}

// row returns what was read. Its group, and its subject if it has none of its
// own, must be found yet.
func (s *itemScan) row() *row {
	r := s.r
	r.subject, r.fallback, r.origin, r.task = s.subject.String, s.fallback.String, s.origin.String, s.task.Int64 != 0
	return &r
}

// found is a row whose group must be found yet.
type found struct {
	r     *row
	group int64
	own   bool // it has a subject of its own
}

// complete gives rows their groups.
func (w *work) complete(ctx context.Context, all []found) error {
	groups := make([]int64, len(all))
	for i, f := range all {
		groups[i] = f.group
	}
	if err := w.needGroups(ctx, groups...); err != nil {
		return err
	}
	for _, f := range all {
		if f.r.g = w.groups[f.group]; f.r.g == nil {
			return &DamagedError{Key: f.r.key, Err: errNoGroup}
		}
		if !f.own {
			f.r.subject = f.r.g.subject
		}
	}
	return nil
}

// openScan reads the columns of what is open.
type openScan struct {
	key                   string
	phase                 phase
	attempts              int64
	changed, nextAt, wake *int64
	token, class          sql.NullInt64
	lastErr, by           sql.NullString
}

func (s *openScan) dest() []any {
	return []any{&s.key, &s.phase, &s.attempts, &s.changed, &s.nextAt, &s.wake, &s.token, &s.lastErr, &s.class, &s.by}
}

func (s *openScan) fill(r *row) error {
	err := s.copy(r)
	if err == nil {
		r.written()
	}
	return err
}

func (s *openScan) copy(r *row) error {
	if s.phase < ready || s.phase > manual {
		return damagedf(r.key, "its phase is %d", s.phase)
	}
	r.phase, r.attempts, r.changed, r.nextAt, r.wake = s.phase, s.attempts, s.changed, s.nextAt, s.wake
	r.token, r.class, r.lastErr, r.by = s.token.Int64, notify.Class(s.class.Int64), s.lastErr.String, s.by.String
	return nil
}

// outcomeScan reads the columns of outcomes.
type outcomeScan struct {
	key                               string
	state                             state
	attempts                          int64
	changed                           int64
	token, class                      sql.NullInt64
	receipt, hash, lastErr, proof, by sql.NullString
	readAt                            *int64
}

func (s *outcomeScan) dest() []any {
	return []any{&s.key, &s.state, &s.attempts, &s.changed, &s.token, &s.receipt, &s.hash, &s.lastErr, &s.class, &s.proof, &s.by, &s.readAt}
}

func (s *outcomeScan) fill(r *row) error {
	if s.state < sent || s.state > bounced {
		return damagedf(r.key, "its state is %d", s.state)
	}
	changed := s.changed
	r.closed, r.attempts, r.changed, r.token, r.class = s.state, s.attempts, &changed, s.token.Int64, notify.Class(s.class.Int64)
	r.receipt, r.hash, r.lastErr, r.proof, r.by, r.readAt = s.receipt.String, s.hash.String, s.lastErr.String, s.proof.String, s.by.String, s.readAt
	r.written()
	return nil
}
