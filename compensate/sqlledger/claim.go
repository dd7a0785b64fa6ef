package sqlledger

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/internal/sqlkit"
)

// Claim implements [compensate.Ledger].
func (l *Ledger) Claim(ctx context.Context, r compensate.ClaimRequest) ([]compensate.Claimed, error) {
	if r.Limit <= 0 || r.Lease <= 0 || r.MaxAttempts < 0 {
		return nil, errors.New("sqlledger: claiming: limit and lease must be above zero, attempts not below")
	}
	r.At = micros(r.At)
	var out []compensate.Claimed
	err := l.db.Write(ctx, func(ctx context.Context, t *sqlkit.Tx) error {
		ahead, err := l.ahead(ctx, t)
		if err != nil {
			return err
		}
		shift := ahead(r.At)
		due, err := dueBy(ctx, t, r.At.Add(shift), r.Limit)
		if err != nil {
			return err
		}
		out = nil
		c := newChanges()
		for _, rec := range due {
			out = append(out, claim(c, rec, &r, shift))
		}
		return c.write(ctx, t)
	})
	if err != nil {
		return nil, fmt.Errorf("sqlledger: claiming: %w", err)
	}
	return out, nil
}

// dueBy returns the entries that are due longest, and locks them. Those that
// another transaction has locked are passed over.
func dueBy(ctx context.Context, t *sqlkit.Tx, now time.Time, limit int) ([]*record, error) {
	var due []*record
	// The limit stands in the text: PostgreSQL's planner, not knowing it, would
	// think of a tenth of all entries and sort them.
	err := t.Each(ctx, func(rows *sql.Rows) error {
		r, err := scan(rows)
		due = append(due, r)
		return err
	}, "select "+columns+withFile+" from amends_ledger_entry e where e.due_at <= $1 order by e.due_at, e.seq limit "+strconv.Itoa(limit)+
		t.Dialect.Pick("", " for update skip locked"), sqlkit.Micros(now))
	return due, err
}

// claim leases an entry that is due, or gives it up.
func claim(c *changes, rec *record, r *compensate.ClaimRequest, shift time.Duration) compensate.Claimed {
	was := rec.State
	if r.GivesUp(&rec.Entry, rec.once) {
		rec.token = ""
		c.add(rec, was, time.Time{})
		return compensate.Claimed{Entry: rec.Entry, Attempt: rec.Attempts}
	}
	rec.State, rec.Changed = compensate.StateIssuing, r.At
	rec.Attempts++
	rec.token, rec.once = rand.Text(), r.Once
	until := micros(r.At.Add(r.Lease))
	c.add(rec, was, until.Add(shift))
	return compensate.Claimed{Entry: rec.Entry, Token: rec.token, Attempt: rec.Attempts, Until: until}
}
