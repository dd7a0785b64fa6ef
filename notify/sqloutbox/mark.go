package sqloutbox

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/amends-dev/amends/internal/sqlkit"
	"github.com/amends-dev/amends/notify"
)

// mark writes what somebody says of an item without holding its claim.
func (w *work) mark(ctx context.Context, r *row, s *notify.Settlement, n *next) (string, error) {
	switch s.Outcome {
	case notify.MarkDone:
		return "", w.markDone(r, s)
	case notify.MarkBounced:
		return w.markBounced(ctx, r, s, n)
	case notify.MarkRead:
		return "", w.markRead(r)
	case notify.Revive:
		return "", w.revive(ctx, r, s)
	default:
		return "", &ownError{fmt.Errorf("%w: outcome %q is none", notify.ErrRefused, s.Outcome)}
	}
}

func (w *work) markRead(r *row) error {
	if s := r.state(); s != sent && s != bounced {
		return refused(r)
	}
	if r.readAt == nil {
		w.touch(r)
		at := w.now
		r.readAt = &at
	}
	return nil
}

func (w *work) markDone(r *row, s *notify.Settlement) error {
	if s.By == "" || s.Proof == "" {
		return &ownError{fmt.Errorf("%w: it needs proof and the name of the person", notify.ErrRefused)}
	}
	switch r.state() {
	case sent:
		if r.by == s.By && r.proof == s.Proof {
			return nil
		}
		return refused(r)
	case task:
		r.proof, r.by = s.Proof, s.By
		w.close(r, sent)
		return nil
	case dead:
		r.proof, r.by = s.Proof, s.By
		w.finish(r, sent)
		if t := w.threadOf(r); t.known {
			w.mind(t)
			t.sent(r)
		}
		return nil
	default:
		return refused(r)
	}
}

func (w *work) markBounced(ctx context.Context, r *row, s *notify.Settlement, n *next) (string, error) {
	switch r.state() {
	case bounced:
		return "", nil
	case sent:
	default:
		return "", refused(r)
	}
	if n.damage != nil {
		return "", &ownError{n.damage}
	}
	r.lastErr, r.class = s.Err, s.Class
	if s.By != "" {
		r.by = s.By
	}
	w.finish(r, bounced)
	if err := w.forget(ctx, w.threadOf(r)); err != nil {
		return "", err
	}
	if err := w.uncap(ctx, r); err != nil {
		return "", err
	}
	return w.addNext(r, n), nil
}

// forget finds out again what was sent last in a thread, because something came back.
func (w *work) forget(ctx context.Context, t *thread) error {
	if !t.known {
		return nil
	}
	w.mind(t)
	t.last, t.told = t.past.last, t.past.told
	var keys []string
	if err := w.t.Each(ctx, func(rows *sql.Rows) error {
		var key string
		err := rows.Scan(&key)
		keys = append(keys, key)
		return err
	}, "select i.key from amends_outbox_item i where i.lane_id = $1 and i.recipient = $2", t.id.lane, t.id.recipient); err != nil {
		return err
	}
	rows, err := w.load(ctx, keys)
	var last *row
	for _, r := range rows {
		if r.state() != sent {
			continue
		}
		t.sent(r)
		if last == nil || r.since() > last.since() {
			last = r
		}
	}
	if last != nil {
		t.last = last.key
	}
	return err
}

// uncap lets the items of a recipient be looked at again who got less than was thought.
func (w *work) uncap(ctx context.Context, bounced *row) error {
	var keys []string
	if err := w.t.Each(ctx, func(rows *sql.Rows) error {
		var key string
		err := rows.Scan(&key)
		keys = append(keys, key)
		return err
	}, "select o.key from amends_outbox_open o where o.recipient = $1 and o.phase = 3", bounced.recipient); err != nil {
		return err
	}
	rows, err := w.load(ctx, keys)
	for _, r := range rows {
		if r.phase == capped && r.g.space == bounced.g.space {
			w.await(r)
		}
	}
	return err
}

func (w *work) revive(ctx context.Context, r *row, s *notify.Settlement) error {
	if s.By == "" {
		return &ownError{fmt.Errorf("%w: it needs the name of the person", notify.ErrRefused)}
	}
	switch r.state() {
	case pending, leased, task:
		return nil
	case dead:
	default:
		return refused(r)
	}
	told, err := w.toldInstead(ctx, r)
	if err != nil {
		return err
	}
	if told != nil {
		return &ownError{fmt.Errorf("%w: its fallback %q was sent", notify.ErrRefused, told.key)}
	}
	w.touch(r)
	now := w.now
	r.by, r.token, r.attempts, r.nextAt, r.changed = s.By, 0, 0, nil, &now
	w.add(r)
	return nil
}

// toldInstead returns the item among an item's fallbacks, and theirs, that was
// sent; nil if none was.
func (w *work) toldInstead(ctx context.Context, r *row) (*row, error) {
	for {
		n := nextOf(r)
		if n.damage != nil {
			return nil, &ownError{n.damage}
		}
		if n.key == "" {
			return nil, nil //nolint:nilnil // there is none
		}
		rows, err := w.load(ctx, []string{n.key})
		if err != nil || len(rows) == 0 {
			return nil, err
		}
		if r = rows[0]; r.state() == sent {
			return r, nil
		}
	}
}

// lateCap is the number of the lock that claims with a cap take in PostgreSQL:
// "amendscp" in ASCII.
const capLock = 0x616d656e64736370

// lockCaps lets one claim with a cap count at a time: two that count at once
// would both find room.
func (w *work) lockCaps(ctx context.Context) error {
	if w.t.Dialect == sqlkit.SQLite {
		return nil
	}
	_, err := w.t.Exec(ctx, "select pg_advisory_xact_lock($1)", int64(capLock))
	return err
}
