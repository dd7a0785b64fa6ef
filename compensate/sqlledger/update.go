package sqlledger

import (
	"context"
	"fmt"
	"time"

	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/internal/sqlkit"
)

// changes are entries that a claim or a settlement changed, to be written together.
type changes struct {
	rows *sqlkit.Rows
	sums sums
}

func newChanges() *changes {
	return &changes{sums: sums{}, rows: sqlkit.NewRows("id text, state text, changed_at bigint, next_at bigint, attempts bigint, " +
		"last_err text, reference text, approved_by text, settled_by text, token text, once boolean, due_at bigint")}
}

// add takes note of an entry that was in state was, and that a claim may take at
// a time by the clock that leases run by; never if that is zero.
func (c *changes) add(r *record, was compensate.State, due time.Time) {
	c.rows.Add(r.ID, string(r.State), sqlkit.Micros(r.Changed), sqlkit.Micros(r.NextAt), r.Attempts,
		clean(r.LastErr), clean(r.Reference), clean(r.ApprovedBy), clean(r.SettledBy), r.token, r.once, sqlkit.MicrosOrNull(due))
	c.sums.move(&r.Entry, was)
}

func (c *changes) write(ctx context.Context, t *sqlkit.Tx) error {
	if err := execAll(ctx, t, "entries", c.rows, `update amends_ledger_entry as e set
			state = r.state, changed_at = r.changed_at, next_at = r.next_at, attempts = r.attempts, last_err = r.last_err, reference = r.reference,
			approved_by = r.approved_by, settled_by = r.settled_by, token = r.token, once = r.once, due_at = r.due_at
		from r where e.id = r.id`); err != nil {
		return err
	}
	return c.sums.write(ctx, t)
}

// execAll runs a statement that changes one row of a table for each of rows.
func execAll(ctx context.Context, t *sqlkit.Tx, what string, rows *sqlkit.Rows, query string) error {
	changed, err := t.ExecRows(ctx, rows, query)
	if err == nil && changed != int64(rows.Len()) {
		err = fmt.Errorf("%d of %d %s were written: the tables do not fit one another: restore all of them from one copy", changed, rows.Len(), what)
	}
	return err
}
