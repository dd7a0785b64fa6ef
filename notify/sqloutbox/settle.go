package sqloutbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/amends-dev/amends/internal/sqlkit"
	"github.com/amends-dev/amends/notify"
)

// Settle implements [notify.Outbox].
func (o *Outbox) Settle(ctx context.Context, s []notify.Settlement) ([]notify.Settled, error) {
	if len(s) == 0 {
		return nil, nil
	}
	var out []notify.Settled
	if err := o.write(ctx, func(ctx context.Context, w *work) (err error) {
		out, err = w.settle(ctx, s)
		return err
	}); err != nil {
		return nil, fmt.Errorf("sqloutbox: settling %d deliveries: %w", len(s), err)
	}
	keys := make([]string, 0, len(s))
	for i := range s {
		if s[i].Outcome != notify.Extend {
			keys = append(keys, s[i].Key)
		}
	}
	o.flights.drop(keys)
	return out, nil
}

// claimed says whether an outcome takes the token of a claim.
func claimed(o notify.Outcome) bool {
	switch o {
	case notify.Done, notify.Retry, notify.Bury, notify.Release, notify.Extend, notify.Skip:
		return true
	default:
		return false
	}
}

func (w *work) settle(ctx context.Context, s []notify.Settlement) ([]notify.Settled, error) {
	keys := make([]string, len(s))
	for i := range s {
		key := s[i].Key
		keys[i] = key
		if _, known := w.rows[key]; !known && !w.o.bound && claimed(s[i].Outcome) {
			if r := w.o.flights.get(key, s[i].Token); r != nil {
				w.rows[key] = r
			}
		}
	}
	if err := w.needItems(ctx, keys); err != nil {
		return nil, err
	}
	nexts, err := w.needNexts(ctx, s)
	if err != nil {
		return nil, err
	}
	if err := w.hold(ctx, keys); err != nil {
		return nil, err
	}
	out := make([]notify.Settled, len(s))
	for i := range s {
		if out[i], err = w.settleOne(ctx, &s[i], nexts[i]); err != nil {
			return nil, err
		}
	}
	return out, w.flush(ctx)
}

// hold locks items and reads how they stand, and their threads.
func (w *work) hold(ctx context.Context, keys []string) error {
	var rows []*row
	seen := make(map[string]bool, len(keys))
	for _, key := range keys {
		if r := w.rows[key]; r != nil && r.was == nowhere && !seen[key] {
			seen[key] = true
			rows = append(rows, r)
		}
	}
	if err := w.needHeld(ctx, rows); err != nil {
		return err
	}
	ids := make([]threadID, len(rows))
	for i, r := range rows {
		ids[i] = r.thread()
	}
	return w.needThreads(ctx, ids, false)
}

// needHeld locks items, most of which are leased, and reads how they stand.
func (w *work) needHeld(ctx context.Context, rows []*row) error {
	if w.t.Dialect == sqlkit.SQLite || len(rows) == 0 {
		return w.needStands(ctx, rows, flying)
	}
	left, err := w.lockOpen(ctx, rows)
	if err != nil || len(left) == 0 {
		return err
	}
	if err := w.lockRows(ctx, keysOf(left)); err != nil {
		return err
	}
	return w.needStands(ctx, left, 0)
}

func (w *work) settleOne(ctx context.Context, s *notify.Settlement, n *next) (notify.Settled, error) {
	r := w.rows[s.Key]
	if r == nil {
		return notify.Settled{Key: s.Key, Err: fmt.Errorf("sqloutbox: settling %q: %w", s.Key, notify.ErrNotFound)}, nil
	}
	now := s.Now
	if now.IsZero() {
		now = s.At
	}
	w.now = now.UnixMicro()
	if r.was == inPast && !claimed(s.Outcome) {
		return notify.Settled{Key: s.Key, Record: r.g.record, State: r.closed.public(), Err: fmt.Errorf("sqloutbox: settling %q as %q: %w: it was pruned", s.Key, s.Outcome, notify.ErrRefused)}, nil
	}
	var added string
	var err error
	if claimed(s.Outcome) {
		added, err = w.settleClaim(r, s, n)
	} else {
		added, err = w.mark(ctx, r, s, n)
	}
	var own *ownError
	if err != nil && !errors.As(err, &own) {
		return notify.Settled{}, err
	}
	if own != nil {
		err = fmt.Errorf("sqloutbox: settling %q as %q: %w", s.Key, s.Outcome, own.err)
	}
	return notify.Settled{Key: s.Key, Record: r.g.record, State: r.state().public(), Added: added, Err: err}, nil
}

// ownError is the answer to one settlement, not a failure of the store.
type ownError struct{ err error }

func (e *ownError) Error() string { return e.err.Error() }

func refused(r *row) error {
	return &ownError{fmt.Errorf("%w: it is %s", notify.ErrRefused, r.state().public())}
}

// settleClaim settles a claim.
func (w *work) settleClaim(r *row, s *notify.Settlement, n *next) (string, error) {
	if r.token == 0 || s.Token != tokenText(r.token) {
		return "", &ownError{notify.ErrLeaseLost}
	}
	if r.phase != flying {
		return w.repeated(r, s, n)
	}
	if n.damage != nil {
		return "", &ownError{n.damage}
	}
	w.touch(r)
	if s.Err != "" || s.Outcome == notify.Retry || s.Outcome == notify.Bury {
		r.lastErr, r.class = s.Err, s.Class
	}
	switch s.Outcome {
	case notify.Extend:
		until := s.At.UnixMicro()
		if w.serverClock() {
			until = w.clock + until - w.now
		}
		r.nextAt, r.wake = &until, &until
	case notify.Done:
		if err := r.keepReceipt(s.Receipt); err != nil {
			return "", err
		}
		r.hash = s.Hash
		w.close(r, sent)
	case notify.Skip:
		w.close(r, suppressed)
	case notify.Bury:
		w.close(r, dead)
		return w.addNext(r, n), nil
	default: // Retry, Release
		if s.Outcome == notify.Release {
			r.attempts--
		}
		w.giveBack(r, max(s.At.UnixMicro(), w.now))
	}
	return "", nil
}

func (r *row) keepReceipt(receipt *notify.Receipt) error {
	r.receipt = ""
	if receipt == nil {
		return nil
	}
	text, err := json.Marshal(receipt)
	r.receipt = string(text)
	return err
}

// repeated answers a settlement whose claim is settled already.
func (w *work) repeated(r *row, s *notify.Settlement, n *next) (string, error) {
	state := r.state()
	same := false
	switch s.Outcome {
	case notify.Done:
		same = state == sent || state == bounced
	case notify.Skip:
		same = state == suppressed
	case notify.Retry, notify.Release:
		same = state == pending || state == superseded
	case notify.Bury:
		if same = state == dead; same && n.key != "" && w.rows[n.key] != nil {
			return n.key, nil
		}
	default:
	}
	if !same {
		return "", &ownError{notify.ErrLeaseLost}
	}
	return "", nil
}
