package sqloutbox

import (
	"cmp"
	"context"
	"database/sql"
	"slices"

	"github.com/amends-dev/amends/internal/sqlkit"
)

// contact is one recipient of one space.
type contact struct{ space, recipient string }

func (r *row) contact() contact { return contact{r.g.space, r.recipient} }

// caps knows what the recipients of candidates got and are getting.
type caps struct {
	*claim
	since    int64 // sent after that counts
	inFlight map[contact]int
	sent     map[contact][]int64 // when, the latest first
}

func newCaps(c *claim) *caps {
	return &caps{claim: c, since: c.at - c.r.Window.Microseconds(), sent: make(map[contact][]int64)}
}

// applies says whether an item heeds the cap.
func (c *caps) applies(r *row) bool { return r.g.rank > ^int64(c.r.Urgent) }

// need reads what it must know to decide on candidates.
func (c *caps) need(ctx context.Context, rows []*row) error {
	b := sqlkit.NewRows("recipient text")
	asked := make(map[string]bool)
	for _, r := range rows {
		if _, known := c.sent[r.contact()]; known || !c.applies(r) {
			continue
		}
		c.sent[r.contact()] = nil
		if !asked[r.recipient] {
			asked[r.recipient] = true
			b.Add(r.recipient)
		}
	}
	if b.Len() == 0 {
		return nil
	}
	type got struct {
		recipient string
		group, at int64
	}
	var all []got
	scan := func(rows *sql.Rows) error {
		var g got
		err := rows.Scan(&g.recipient, &g.group, &g.at)
		all = append(all, g)
		return err
	}
	each := func(fn func(contact, int64)) error {
		groups := make([]int64, len(all))
		for i, g := range all {
			groups[i] = g.group
		}
		if err := c.needGroups(ctx, groups...); err != nil {
			return err
		}
		for _, g := range all {
			if group := c.groups[g.group]; group != nil {
				fn(contact{group.space, g.recipient}, g.at)
			}
		}
		all = all[:0]
		return nil
	}
	if err := c.t.EachRow(ctx, b, scan, `select x.recipient, x.group_id, x.changed from r cross join amends_outbox_outcome x
		where x.recipient = r.recipient and x.state = 4 and x.changed > $1`, c.since); err != nil {
		return err
	}
	fresh := make(map[contact]bool)
	if err := each(func(to contact, at int64) {
		if asked[to.recipient] {
			c.sent[to] = append(c.sent[to], at)
			fresh[to] = true
		}
	}); err != nil {
		return err
	}
	for to := range fresh {
		slices.SortFunc(c.sent[to], func(a, b int64) int { return cmp.Compare(b, a) })
	}
	if c.inFlight != nil {
		return nil
	}
	c.inFlight = make(map[contact]int)
	if err := c.t.Each(ctx, scan, `select i.recipient, o.group_id, o.attempts from amends_outbox_channel h cross join amends_outbox_open o cross join amends_outbox_item i
		where o.channel_id = h.id and o.phase = 4 and o.wake is not null and i.key = o.key`); err != nil {
		return err
	}
	return each(func(to contact, _ int64) { c.inFlight[to]++ })
}

// hold says whether an item's recipient has had enough for now. If that will be
// so for a while, the item is put aside until then.
func (c *caps) hold(r *row) bool {
	if !c.applies(r) {
		return false
	}
	to := r.contact()
	flights := c.inFlight[to]
	if r.phase == flying {
		flights--
	}
	got := c.sent[to]
	if flights+len(got) < c.r.Cap {
		return false
	}
	if len(got) >= c.r.Cap && r.phase == ready {
		until := got[c.r.Cap-1] + c.r.Window.Microseconds()
		c.touch(r)
		r.phase, r.wake = capped, &until
	}
	return true
}

// leased counts an item as in flight.
func (c *caps) leased(r *row) {
	if r.phase != flying && c.inFlight != nil {
		c.inFlight[r.contact()]++
	}
}
