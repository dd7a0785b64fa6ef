package sqloutbox

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/amends-dev/amends/internal/sqlkit"
	"github.com/amends-dev/amends/notify"
)

// Claim implements [notify.Outbox].
func (o *Outbox) Claim(ctx context.Context, r notify.ClaimRequest) ([]notify.Claimed, error) {
	claimed, err := o.claim(ctx, r)
	if err != nil {
		return nil, fmt.Errorf("sqloutbox: claiming on channel %q: %w", r.Channel, err)
	}
	return claimed, nil
}

// claim claims in one transaction. What must be done before takes its own: so
// none is long, and none that leased something is followed by one that fails.
func (o *Outbox) claim(ctx context.Context, r notify.ClaimRequest) ([]notify.Claimed, error) {
	if r.Limit <= 0 {
		return nil, nil
	}
	for {
		var c *claim
		err := o.write(ctx, func(ctx context.Context, w *work) error {
			c = &claim{work: w, r: r, at: r.At.UnixMicro()}
			return c.run(ctx)
		})
		var damaged *DamagedError
		switch {
		case errors.As(err, &damaged):
			err = o.writeOff(ctx, damaged, r.At.UnixMicro())
		case err == nil && len(c.spent) > 0:
			err = o.bury(ctx, r, c.spent)
		case err == nil && !c.again:
			if !o.bound {
				o.flights.put(c.leases)
			}
			return c.claimed, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// claim is one transaction of Claim.
type claim struct {
	*work
	r       notify.ClaimRequest
	at      int64
	channel int64

	sources []*source
	caps    *caps
	held    int // how many were put off because of the cap

	claimed []notify.Claimed
	leases  []*row   // of claimed
	spent   []string // to be buried first
	again   bool     // there is more to do first
}

// Bounds of what one transaction does besides claiming.
const (
	mostMatured = 2000
	mostHeld    = 5000
)

func (c *claim) run(ctx context.Context) error {
	c.now = c.at
	known, err := c.t.One(ctx, []any{&c.channel}, "select id from amends_outbox_channel where name = $1", c.r.Channel)
	if err != nil || !known {
		return err
	}
	if c.r.Cap > 0 {
		if err := c.lockCaps(ctx); err != nil {
			return err
		}
		c.caps = newCaps(c)
	}
	var due, expired, held bool
	if _, err := c.t.One(ctx, []any{&due, &expired, &held}, `select exists (select 1 from amends_outbox_open o where o.channel_id = $1 and o.phase in (2, 3) and o.wake <= $2),
		exists (select 1 from amends_outbox_open o where o.channel_id = $1 and o.phase = 4 and o.wake <= $3),
		exists (select 1 from amends_outbox_open o where o.channel_id = $1 and o.phase = 3)`, c.channel, c.at, c.leaseNow(c.at)); err != nil {
		return err
	}
	if due {
		if c.again, err = c.mature(ctx); err != nil || c.again {
			return err
		}
	}
	for scan := true; scan && err == nil; {
		c.open(expired, held)
		scan, err = c.scan(ctx)
	}
	if err != nil {
		return err
	}
	return c.flush(ctx)
}

// mature makes items ready whose time has come, and says whether there may be more of them.
func (c *claim) mature(ctx context.Context) (more bool, err error) {
	n, err := c.t.Exec(ctx, c.t.Dialect.Pick(
		`update amends_outbox_open as o set phase = 1, wake = null, lane_id = null, recipient = null, seq = null
		from (select w.channel_id, w.phase, w.rank, w.due_at, w.key from amends_outbox_open w where w.channel_id = $1 and w.phase in (2, 3) and w.wake <= $2 limit $3) as r
		where o.channel_id = r.channel_id and o.phase = r.phase and o.rank = r.rank and o.due_at = r.due_at and o.key = r.key`,
		`update amends_outbox_open set phase = 1, wake = null, lane_id = null, recipient = null, seq = null
		where key in (select w.key from amends_outbox_open w where w.channel_id = $1 and w.phase in (2, 3) and w.wake <= $2 limit $3 for update skip locked)`,
	), c.channel, c.at, int64(mostMatured))
	return n == mostMatured, err
}

// open begins to look for candidates from the most urgent on.
func (c *claim) open(expired, held bool) {
	c.sources = []*source{{phase: ready, more: true}}
	if expired {
		c.sources = append(c.sources, &source{phase: flying, more: true})
	}
	if held { // those whom the cap of another claim held up
		if c.r.Cap <= 0 {
			c.sources = append(c.sources, &source{phase: capped, more: true, rank: lowest})
		} else {
			c.sources = append(c.sources, &source{phase: capped, more: true, rank: ^int64(c.r.Urgent)})
		}
	}
}

// scan decides on candidates in their order and leases what can be claimed. It
// says whether it has to be done again, because something changed on the way.
func (c *claim) scan(ctx context.Context) (again bool, err error) {
	var leases []*row
	var priors []string
	for len(c.claimed)+len(leases) < c.r.Limit && len(c.spent) < mostMatured && c.held < mostHeld {
		r, prior, changed, err := c.next(ctx)
		if err != nil || changed {
			return changed, err
		}
		if r == nil {
			break
		}
		_, damage := r.ways()
		switch {
		case damage != nil, c.r.MaxAttempts > 0 && r.attempts >= int64(c.r.MaxAttempts):
			c.spent = append(c.spent, r.key)
		case c.caps != nil && c.caps.hold(r):
			c.held++
		default:
			leases, priors = append(leases, r), append(priors, prior)
			if c.caps != nil {
				c.caps.leased(r)
			}
		}
	}
	if c.held >= mostHeld {
		c.again = true
	}
	if len(c.spent) > 0 || c.again {
		return false, nil
	}
	return false, c.lease(ctx, leases, priors)
}

// lease gives items to a worker. The token is fresh: no earlier one of the same
// item equals it but by a chance of one in 2^63.
func (c *claim) lease(ctx context.Context, rows []*row, priors []string) error {
	token := 1 + rand.Int64N(1<<63-1) //nolint:gosec // it tells claims apart, it keeps nobody out
	now, until := c.at, c.leaseNow(c.at)+c.r.Lease.Microseconds()
	c.claimed, c.leases = make([]notify.Claimed, 0, len(rows)), rows
	for i, r := range rows {
		c.touch(r)
		if r.phase != flying {
			r.phase, r.changed = flying, &now
		}
		r.attempts++
		r.token, r.nextAt, r.wake = token, &until, &until
		n, err := r.item()
		if err != nil {
			return err
		}
		prior, err := decodeReceipt(r.key, priors[i])
		if err != nil {
			c.o.log.LogAttrs(ctx, slog.LevelError, "the receipt of an earlier delivery is damaged: this one begins a thread of its own",
				slog.String("id", r.key), slog.Any("err", err))
		}
		c.claimed = append(c.claimed, notify.Claimed{
			Item: n, Token: tokenText(token), Attempt: int(r.attempts), Until: sqlkit.Time(c.at + c.r.Lease.Microseconds()), Prior: prior,
		})
	}
	return nil
}

// NextDue implements [notify.Forecaster].
func (o *Outbox) NextDue(ctx context.Context, channel string) (time.Time, error) {
	var next sql.NullInt64
	if err := o.db.Read(ctx, func(ctx context.Context, t *sqlkit.Tx) error {
		_, err := t.One(ctx, []any{&next}, `select min(d.at) from (
			select f.at from (select coalesce(o.next_at, o.changed, i.added) as at from amends_outbox_open o cross join amends_outbox_item i
				where o.channel_id = (select c.id from amends_outbox_channel c where c.name = $1) and o.phase = 1 and i.key = o.key
				order by o.channel_id, o.phase, o.rank, o.due_at, o.key limit 1) as f
			union all select min(o.wake) from amends_outbox_open o where o.channel_id = (select c.id from amends_outbox_channel c where c.name = $1) and o.phase = 2 and o.wake is not null
			union all select min(o.wake) from amends_outbox_open o where o.channel_id = (select c.id from amends_outbox_channel c where c.name = $1) and o.phase = 3 and o.wake is not null
			union all select min(o.wake) from amends_outbox_open o where o.channel_id = (select c.id from amends_outbox_channel c where c.name = $1) and o.phase = 4 and o.wake is not null) as d`, channel)
		return err
	}); err != nil {
		return time.Time{}, fmt.Errorf("sqloutbox: looking ahead on channel %q: %w", channel, err)
	}
	if !next.Valid {
		return time.Time{}, nil
	}
	return sqlkit.Time(next.Int64), nil
}
