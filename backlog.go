package amends

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/notify"
)

// Backlog is what is still to be done, as an operator wants to see it, and as
// metrics are made of it: see [Desk.Backlog].
type Backlog struct {
	At time.Time
	// Channels by name: those that the desk has, and those on which something
	// waits although the desk has no such channel.
	Channels []ChannelBacklog
	// Credits that are not settled, by state and currency. Uncertain, failed and
	// proposed ones, and what is owed in kind, wait for a person.
	Credits []compensate.TallyLine
	// Records that are due to be reconciled, and of these the ones that have
	// been for longer than [BacklogOptions].Overdue: a desk that keeps up has none.
	Records, Overdue int64
}

// ChannelBacklog is what is still to be done on one channel.
type ChannelBacklog struct {
	// ChannelStatus says whether the channel works, as far as this process
	// knows; of a channel that is a person, or that the desk lacks, it holds the name only.
	notify.ChannelStatus
	Known   bool  // the desk has such a channel
	Pending int64 // to be sent now or later
	Leased  int64 // on their way
	Tasks   int64 // wait for a person
	Dead    int64 // given up: see notify.Dispatcher.Dead for which, and Desk.Revive
	// OldestDue is when the first of those that are pending, leased or tasks should have arrived; zero: none has a time.
	OldestDue time.Time
	// DeadSince is when the first of those that are dead was given up.
	DeadSince time.Time
}

// BacklogOptions configures [Desk.Backlog]. The zero value, like nil, holds the defaults.
type BacklogOptions struct {
	// Space whose backlog it is. If empty, that of all.
	Space string
	// Overdue is how long a record may be due before it counts as overdue. If zero, 5 min.
	Overdue time.Duration
}

// Backlog counts what is still to be done, over all processes that share the
// desk's stores; only whether channels work is what this process knows. It
// changes nothing. The figures of the stores are of nearly the same moment, not
// of the same.
//
// It costs more the more notices there ever were, and the more credits wait,
// but not the more deliveries: ask about once a minute.
//
// What to do about it: [Desk.Dispatcher] lists dead letters with their last
// error and the tasks of people ([notify.Dispatcher.Dead], Tasks), and resumes a
// stopped channel; [Desk.Revive] and [Desk.TaskDone] settle them; the ledger lists the
// entries of a state, and [Desk.ApproveCredit], [Desk.ClearCredit],
// [Desk.ReissueCredit] and [Desk.FulfilCredit] settle those.
func (d *Desk) Backlog(ctx context.Context, opts *BacklogOptions) (Backlog, error) {
	var o BacklogOptions
	if opts != nil {
		o = *opts
	}
	if o.Overdue == 0 {
		o.Overdue = 5 * time.Minute
	}
	b := Backlog{At: d.now()}
	var err error
	if b.Channels, err = d.channelBacklogs(ctx, o.Space); err != nil {
		return b, fmt.Errorf("amends: backlog: deliveries: %w", err)
	}
	if b.Credits, err = d.creditBacklog(ctx, o.Space); err != nil {
		return b, fmt.Errorf("amends: backlog: credits: %w", err)
	}
	for _, due := range []struct {
		by time.Time
		n  *int64
	}{{b.At, &b.Records}, {b.At.Add(-o.Overdue), &b.Overdue}} {
		lines, err := d.store.Tally(ctx, incident.Filter{Space: o.Space, DueBy: due.by})
		if err != nil {
			return b, fmt.Errorf("amends: backlog: records: %w", err)
		}
		for _, l := range lines {
			if l.Mark == "" { // those with a mark are counted again under it
				*due.n += l.N
			}
		}
	}
	return b, nil
}

// waiting are the states in which something is still to be done.
func waiting() []notify.State {
	return []notify.State{notify.StatePending, notify.StateLeased, notify.StateTask}
}

// channelBacklogs counts deliveries by channel.
func (d *Desk) channelBacklogs(ctx context.Context, space string) ([]ChannelBacklog, error) {
	tally, err := d.outbox.Tally(ctx, notify.Query{Space: space, States: append(waiting(), notify.StateDead)})
	if err != nil {
		return nil, err
	}
	byName := map[string]*ChannelBacklog{}
	channel := func(name string) *ChannelBacklog {
		if byName[name] == nil {
			byName[name] = &ChannelBacklog{ChannelStatus: notify.ChannelStatus{Channel: name}}
		}
		return byName[name]
	}
	for name := range d.opts.Channels {
		channel(name).Known = true
	}
	for _, s := range d.dispatcher.Channels() {
		channel(s.Channel).ChannelStatus = s
	}
	for _, l := range tally.Counts {
		channel(l.Channel).count(l)
	}
	out := make([]ChannelBacklog, 0, len(byName))
	for name, c := range byName {
		if c.Pending+c.Leased+c.Tasks > 0 {
			own, err := d.outbox.Tally(ctx, notify.Query{Space: space, Channel: name, States: waiting()})
			if err != nil {
				return nil, err
			}
			c.OldestDue = own.OldestDue
		}
		out = append(out, *c)
	}
	slices.SortFunc(out, func(a, b ChannelBacklog) int { return cmp.Compare(a.Channel, b.Channel) })
	return out, nil
}

func (c *ChannelBacklog) count(l notify.TallyLine) {
	switch l.State {
	case notify.StatePending:
		c.Pending += l.N
	case notify.StateLeased:
		c.Leased += l.N
	case notify.StateTask:
		c.Tasks += l.N
	case notify.StateDead:
		c.Dead += l.N
		if c.DeadSince.IsZero() || l.First.Before(c.DeadSince) {
			c.DeadSince = l.First
		}
	case notify.StateSent, notify.StateSuperseded, notify.StateSuppressed, notify.StateBounced: // nothing is left to do
	}
}

// creditBacklog counts credits that are not settled.
func (d *Desk) creditBacklog(ctx context.Context, space string) ([]compensate.TallyLine, error) {
	t, err := d.ledger.Tally(ctx, compensate.Query{Space: space, States: []compensate.State{
		compensate.StateProposed, compensate.StateApproved, compensate.StateIssuing, compensate.StateUncertain, compensate.StateInKind, compensate.StateFailed,
	}})
	return t.Lines, err
}
