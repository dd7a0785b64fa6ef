package memstore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/amends-dev/amends/incident"
)

// Look implements [incident.Store].
func (s *Store) Look(ctx context.Context, id string, at time.Time, turn uint64) (uint64, error) {
	if err := done(ctx, "planning a look"); err != nil {
		return 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r, ok := s.records[id]
	at = incident.Instant(at)
	switch {
	case !ok:
		return 0, fmt.Errorf("memstore: planning a look at %q: %w", id, incident.ErrNotFound)
	case turn == 0 && at.IsZero():
		return 0, fmt.Errorf("memstore: planning a look at %q: %w", id, errors.New("bringing it forward needs a time"))
	case turn != 0 && turn != r.head.Turn:
		return 0, fmt.Errorf("memstore: planning a look at %q: its turn is no longer %d: %w", id, turn, incident.ErrConflict)
	}
	r.head.Turn++
	if turn == 0 && !r.head.NextLook.IsZero() && !r.head.NextLook.After(at) {
		return r.head.Turn, nil // it is due by then already
	}
	if !r.head.NextLook.IsZero() {
		s.due.remove(key{r.head.NextLook, id})
	}
	r.head.NextLook = at
	if !at.IsZero() {
		s.due.add(key{at, id})
	}
	return r.head.Turn, nil
}
