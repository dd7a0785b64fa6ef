package sqlledger

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/internal/sqlkit"
)

// Settle implements [compensate.Ledger].
func (l *Ledger) Settle(ctx context.Context, s []compensate.Settlement) ([]compensate.Settled, error) {
	var out []compensate.Settled
	err := l.db.Write(ctx, func(ctx context.Context, t *sqlkit.Tx) error {
		b := settling{}
		if err := b.load(ctx, t, s); err != nil {
			return err
		}
		out = make([]compensate.Settled, len(s))
		for i := range s {
			out[i] = b.settle(s[i])
		}
		return b.write(ctx, t, l)
	})
	if err != nil {
		return nil, fmt.Errorf("sqlledger: settling: %w", err)
	}
	return out, nil
}

// settling holds the entries of one call of Settle by their IDs.
type settling map[string]*settled

type settled struct {
	*record
	was compensate.State // in the table
	at  time.Time        // of the last settlement that changed it; zero: none did
}

// load reads and locks the entries, in the order of their IDs.
func (b settling) load(ctx context.Context, t *sqlkit.Tx, s []compensate.Settlement) error {
	var ids []string
	for i := range s {
		if accountOf(s[i].ID) != "" { // the ID of any other is nowhere
			ids = append(ids, s[i].ID)
		}
	}
	slices.Sort(ids)
	rows := sqlkit.NewRows("id text")
	for _, id := range slices.Compact(ids) {
		rows.Add(id)
	}
	return t.EachRow(ctx, rows, func(found *sql.Rows) error {
		r, err := scan(found)
		if err != nil {
			return err
		}
		b[r.ID] = &settled{record: r, was: r.State}
		return nil
	}, "select "+columns+withoutFile+" from r join amends_ledger_entry e on e.id = r.id"+
		t.Dialect.Pick("", " order by e.id for update of e"))
}

func (b settling) settle(s compensate.Settlement) compensate.Settled {
	e := b[s.ID]
	if e == nil {
		return compensate.Settled{ID: s.ID, Err: fmt.Errorf("sqlledger: settling %q: %w", s.ID, compensate.ErrNotFound)}
	}
	s.At, s.Next = micros(s.At), micros(s.Next)
	changed, err := s.Apply(&e.Entry, e.token, e.once)
	if changed {
		e.at = s.At
		if s.Outcome.ByPerson() {
			e.token = ""
		}
	}
	return compensate.Settled{ID: s.ID, Key: e.Key, State: e.State, Err: err}
}

func (b settling) write(ctx context.Context, t *sqlkit.Tx, l *Ledger) error {
	ahead, err := l.ahead(ctx, t)
	if err != nil {
		return err
	}
	c := newChanges()
	for _, e := range b {
		if e.at.IsZero() {
			continue
		}
		var due time.Time
		if e.State == compensate.StateApproved {
			due = e.NextAt.Add(ahead(e.at))
		}
		c.add(e.record, e.was, due)
	}
	return c.write(ctx, t)
}
