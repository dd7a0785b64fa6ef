package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/internal/sqlkit"
)

// Look implements [incident.Store].
func (s *Store) Look(ctx context.Context, record string, at time.Time, turn uint64) (uint64, error) {
	var next uint64
	err := s.look(ctx, record, at, turn, &next)
	if err != nil {
		return 0, fmt.Errorf("sqlstore: planning a look at %q: %w", record, s.lost(err))
	}
	return next, nil
}

func (s *Store) look(ctx context.Context, record string, at time.Time, turn uint64, next *uint64) error {
	query := "update amends_record set turn = turn + 1, next_look = $2 where record = $1 and turn = $3 returning turn"
	args := []any{record, sqlkit.MicrosOrNull(at), int64(turn)}
	if turn == 0 {
		if at.IsZero() {
			return errors.New("bringing it forward needs a time")
		}
		query = "update amends_record set turn = turn + 1, next_look = case when next_look <= $2 then next_look else $2 end where record = $1 returning turn"
		args = []any{record, sqlkit.Micros(at)}
	}
	return s.db.Single(ctx, func(ctx context.Context, t *sqlkit.Tx) error {
		if found, err := t.One(ctx, []any{next}, query, args...); err != nil || found {
			return err
		}
		var now uint64
		switch found, err := t.One(ctx, []any{&now}, "select turn from amends_record where record = $1", record); {
		case err != nil:
			return err
		case !found:
			return incident.ErrNotFound
		default:
			return fmt.Errorf("its turn is %d and no longer %d: %w", now, turn, incident.ErrConflict)
		}
	})
}
