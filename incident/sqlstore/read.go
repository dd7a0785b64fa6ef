package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"math"

	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/internal/sqlkit"
)

// pageSize is how many events or heads a page holds if the caller does not say.
const pageSize = 1000

// Read implements [incident.Store]. Head and events are read in one statement:
// they are of the same moment.
func (s *Store) Read(ctx context.Context, record string, after uint64, limit int) (incident.Page, error) {
	if limit <= 0 {
		limit = pageSize
	}
	after = min(after, math.MaxInt64)
	var page incident.Page
	found := false
	err := s.db.Read(ctx, func(ctx context.Context, t *sqlkit.Tx) error {
		page, found = incident.Page{}, false
		return t.Each(ctx, func(rows *sql.Rows) error {
			var row eventRow
			var err error
			if page.Head, err = scanHead(rows, row.dest()...); err != nil {
				if row.version != nil {
					return &DamagedError{Record: record, Version: uint64(*row.version), Err: err}
				}
				return err
			}
			found = true
			switch {
			case row.version == nil:
				return nil
			case len(page.Events) == limit:
				page.More = true
				return nil
			}
			e, err := row.event(record)
			page.Events = append(page.Events, e)
			return err
		}, "select h."+headOfH+`, e.version, e.kind, e.must, e.at, e.recorded, e.actor, e.data, e.words
			from amends_record h left join (select * from amends_event where record = $1 and version > $2 order by version limit $3) e on true
			where h.record = $1 order by e.version`, record, int64(after), int64(limit)+1)
	})
	if err == nil && !found {
		err = incident.ErrNotFound
	}
	if err != nil {
		return incident.Page{}, fmt.Errorf("sqlstore: reading %q: %w", record, err)
	}
	return page, nil
}

// headOfH are headNames of a table called h, but for the first h.
const headOfH = "record, h.space, h.kind, h.incident, h.customer, h.title, h.status, h.severity, h.marks, " +
	"h.version, h.opened, h.updated, h.next_look, h.turn"

// Erase implements [incident.Eraser].
func (s *Store) Erase(ctx context.Context, record string, version uint64) error {
	err := s.db.Write(ctx, func(ctx context.Context, t *sqlkit.Tx) error {
		var text *string
		found, err := t.One(ctx, []any{&text}, "select words from amends_event where record = $1 and version = $2"+t.Dialect.Pick("", " for update"),
			record, int64(min(version, math.MaxInt64)))
		switch {
		case err != nil:
			return err
		case !found:
			return incident.ErrNotFound
		case text == nil:
			return nil
		}
		words, err := decodeWords(*text)
		if err != nil {
			return &DamagedError{Record: record, Version: version, Err: err}
		}
		words.Erase()
		erased, err := encodeWords(words)
		if err != nil {
			return err
		}
		_, err = t.Exec(ctx, "update amends_event set words = $3 where record = $1 and version = $2", record, int64(version), erased)
		return err
	})
	if err != nil {
		return fmt.Errorf("sqlstore: erasing the words of %q: %w", incident.InnerID(record, version), s.lost(err))
	}
	return nil
}
