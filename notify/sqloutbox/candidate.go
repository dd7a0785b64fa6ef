package sqloutbox

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"math"
	"strings"

	"github.com/amends-dev/amends/internal/sqlkit"
)

// source reads candidates of one phase in the order of claims.
type source struct {
	phase phase
	rank  int64 // of phase capped: only up to this one
	more  bool  // there may be more than what was read

	rows   []*row
	priors []string // receipt of the last one sent of the same thread
	after  *row     // the last one that was read
}

const lowest = math.MaxInt64

// next returns the most urgent candidate, nil if there is none, with the
// receipt of the last item of its thread. If it says that something changed,
// reading must begin again.
func (c *claim) next(ctx context.Context) (r *row, prior string, changed bool, err error) {
	var first *source
	for _, s := range c.sources {
		if len(s.rows) == 0 && s.more {
			if changed, err := c.fetch(ctx, s); err != nil || changed {
				return nil, "", changed, err
			}
		}
		if len(s.rows) > 0 && (first == nil || compareUrgency(s.rows[0], first.rows[0]) < 0) {
			first = s
		}
	}
	if first == nil {
		return nil, "", false, nil
	}
	r, prior = first.rows[0], first.priors[0]
	first.rows, first.priors = first.rows[1:], first.priors[1:]
	return r, prior, false, nil
}

// compareUrgency orders candidates: higher priority, then earlier due, then key.
func compareUrgency(a, b *row) int {
	return cmp.Or(cmp.Compare(a.g.rank, b.g.rank), cmp.Compare(a.dueAt, b.dueAt), strings.Compare(a.key, b.key))
}

// fetch reads the next candidates of a source, with what is needed to decide on them.
func (c *claim) fetch(ctx context.Context, s *source) (changed bool, err error) {
	limit := max(c.r.Limit-len(c.claimed), 16)
	where := "(o.next_at is null or o.next_at <= $2)"
	due := c.at
	switch s.phase {
	case flying:
		where, due = "o.wake <= $2", c.leaseNow(c.at)
	case capped:
		where = fmt.Sprintf("(o.next_at is null or o.next_at <= $2) and o.rank <= %d", s.rank)
	default:
	}
	query := fmt.Sprintf("select "+itemColumns+", "+openColumns+`, t.last, coalesce(p.receipt, q.receipt) from amends_outbox_open o cross join amends_outbox_item i
		left join amends_outbox_thread t on t.lane_id = i.lane_id and t.recipient = i.recipient
		left join amends_outbox_outcome p on p.key = t.last
		left join amends_outbox_past q on q.key = t.last
		where o.channel_id = $1 and o.phase = %d and %s and i.key = o.key and (o.rank, o.due_at, o.key) > ($3, $4, $5)
		order by o.channel_id, o.phase, o.rank, o.due_at, o.key limit $6`, s.phase, where)
	if c.t.Dialect == sqlkit.Postgres {
		query += " for update of o skip locked"
	}
	rank, dueAt, key := int64(math.MinInt64), int64(math.MinInt64), ""
	if s.after != nil {
		rank, dueAt, key = s.after.g.rank, s.after.dueAt, s.after.key
	}
	var all []found
	var item itemScan
	var open openScan
	var last, receipt sql.NullString
	dest := append(append(item.dest(), open.dest()...), &last, &receipt)
	s.rows, s.priors = s.rows[:0], s.priors[:0]
	if err := c.t.Each(ctx, func(rows *sql.Rows) error {
		if err := rows.Scan(dest...); err != nil {
			return damagedf(item.r.key, "%w", err)
		}
		all = append(all, found{item.row(), item.group, item.subject.Valid})
		s.priors = append(s.priors, receipt.String)
		r := all[len(all)-1].r
		s.rows = append(s.rows, r)
		return open.copy(r)
	}, query, c.channel, due, rank, dueAt, key, int64(limit)); err != nil {
		return false, err
	}
	if err := c.complete(ctx, all); err != nil {
		return false, err
	}
	for _, r := range s.rows {
		r.written()
		c.rows[r.key] = r
	}
	s.more = len(s.rows) == limit
	if s.more {
		s.after = s.rows[limit-1]
	}
	if s.phase == flying {
		if changed, err := c.supersede(ctx, s.rows); err != nil || changed {
			return changed, err
		}
	}
	if c.caps != nil {
		return false, c.caps.need(ctx, s.rows)
	}
	return false, nil
}

// supersede closes those leases that ran out while a newer item came, and says
// whether there were some: then the next ones of their threads may have come.
func (c *claim) supersede(ctx context.Context, expired []*row) (some bool, err error) {
	var ids []threadID
	for _, r := range expired {
		if r.g.supersedable {
			ids = append(ids, r.thread())
		}
	}
	if err := c.needThreads(ctx, ids, false); err != nil {
		return false, err
	}
	for _, r := range expired {
		if t := c.threadOf(r); r.g.supersedable && t.known && t.newer(r.seq) {
			c.close(r, superseded)
			some = true
		}
	}
	if !some {
		return false, nil
	}
	return true, c.flush(ctx)
}
