package notify

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"
)

// Resolver finds out, when something is about to be sent, to which address and
// in which words: the outbox holds neither.
//
// Resolve answers for each of the items, in their order. Its error, and its
// panic, is for all of them: they are released and tried again. What is wrong with
// one item goes into its [Resolved.Err]. It may be called concurrently.
type Resolver interface {
	Resolve(ctx context.Context, items []Claimed) ([]Resolved, error)
}

// ResolverFunc is a function as a [Resolver].
type ResolverFunc func(ctx context.Context, items []Claimed) ([]Resolved, error)

// Resolve calls f.
func (f ResolverFunc) Resolve(ctx context.Context, items []Claimed) ([]Resolved, error) {
	return f(ctx, items)
}

// Resolved is what a [Resolver] found for one item: whom to tell what, or why not.
type Resolved struct {
	To      Recipient
	Message *Message
	// Skip is the lawful preference by which the recipient does not want this,
	// "" if there is none. The item is suppressed.
	Skip string
	// Err says that this item cannot be sent now, or never: its class decides as
	// the class of a notifier's error does. Words that cannot be rendered are [Permanent],
	// a contact that no longer exists is [Gone]. [Misconfigured] is final for this item, too: a missing
	// template stops no channel, and the dead item shows what is missing.
	Err error
}

// DispatcherOptions configures a [Dispatcher]. The zero value, like a nil
// *DispatcherOptions, holds the defaults.
type DispatcherOptions struct {
	// Schedule of the attempts. If nil, [DefaultSchedule].
	Schedule Schedule
	// MaxAttempts is how often an item is tried before it is dead. If zero, as many as Schedule has entries.
	MaxAttempts int
	// FallbackAfter is the attempt after which an item that has another way
	// takes it, rather than to wait for days (R33). If zero, 3; -1: MaxAttempts.
	FallbackAfter int
	// DownAfter is how long a channel may fail altogether before items that
	// have another way take it untried (R43): when its breaker is open after failures to more than one
	// recipient, it is misconfigured, or it asks for a pause as long as that. Those that have no
	// other way are looked at again every minute. If zero, 10 min; -1: never.
	DownAfter time.Duration
	// Lease is how long an item is held for one try; longer sends extend it. A
	// channel's lease is at least three times its Timeout. If zero, 90 s.
	Lease time.Duration
	// Batch bounds the items that one pass holds per channel. If zero, 256, and
	// never less than the channel's Workers.
	Batch int
	// Cap bounds what one recipient gets within Window, except items of
	// Priority at or above Urgent. If zero, there is no cap.
	Cap int
	// Window of Cap. If zero, 1 h.
	Window time.Duration
	// Urgent is the priority from which on Cap does not count. If zero, 100.
	Urgent int
	// Poll is how long a channel with nothing to do is left alone at most. If zero, 5 s.
	Poll time.Duration
	// Grace is how long deliveries in flight may take to finish when the
	// context of a pass ends. If zero, 10 s; -1: none.
	Grace time.Duration
	// Tries bounds the attempts in process within one claim, see [ChainOptions]. If zero, 3; -1 is one.
	Tries int
	// Gate configures breaker and mending of every channel. If nil, the defaults.
	Gate *GateOptions
	// Logger receives what operators need to know, never words or addresses. If nil, nothing is logged.
	Logger *slog.Logger
	// Hooks learn what happens. If nil, none.
	Hooks *DispatcherHooks
	// Attempts are hooks for each attempt of a notifier. If nil, none.
	Attempts *Hooks
	// Now tells the time that the outbox and the gates work with. If nil, time.Now. Only a
	// host that replays history sets it. Time-outs, leases that are to be extended and retries
	// in process follow the machine's clock all the same.
	Now func() time.Time
}

// DispatcherHooks learn what a [Dispatcher] does, for metrics and for what a
// host wants to do about it. Nil funcs are skipped. They are called
// concurrently, one call at a time per channel and pass, and must return soon.
type DispatcherHooks struct {
	// Passed is called with what happened on a channel since the last call, if
	// anything did: at the end of each pass, and about once a second during a
	// long one, by [Dispatcher.Deliver] and [Dispatcher.Run] alike. What is in flight then is
	// counted as claimed in one call and by its outcome in a later one. It is
	// the place to make the touched records due.
	Passed func(ctx context.Context, d Delivered)
	// Settled is called for each item when it is settled. err is the failure that led there, with
	// the recipient's data redacted in its text ([Redact]); nil if there was none.
	Settled func(ctx context.Context, item Claimed, s Settled, err error)
	// AddressGone is called when an address turned out to be dead: correct the directory.
	AddressGone func(ctx context.Context, item Claimed, err error)
	// ChannelStopped is called when a channel proved to be misconfigured.
	ChannelStopped func(ctx context.Context, channel string, err error)
	// PassFailed is called when a pass of [Dispatcher.Run] over a channel failed,
	// because the outbox or the resolver did. It is tried again.
	PassFailed func(ctx context.Context, channel string, err error)
	// ChannelResumed is called when a stopped channel works again.
	ChannelResumed func(ctx context.Context, channel string)
}

// Dispatcher brings what is in an [Outbox] to the recipients: it claims,
// resolves, sends and settles. It keeps nothing that matters: any number of
// dispatchers in any number of processes may work on one outbox.
//
// All methods may be called concurrently. No goroutine outlives a call.
type Dispatcher struct {
	box      Outbox
	resolver Resolver
	o        DispatcherOptions
	hooks    DispatcherHooks
	lines    map[string]*line
	names    []string // sorted, of the channels that have a notifier
	count    counters
}

// NewDispatcher returns a dispatcher for the channels by name. Channels without
// a notifier are people: their items wait as tasks. It fails if box or
// resolver is nil, or an option is out of range.
func NewDispatcher(box Outbox, resolver Resolver, channels map[string]Channel, opts *DispatcherOptions) (*Dispatcher, error) {
	if box == nil || resolver == nil {
		return nil, errors.New("notify: making a dispatcher: it needs an outbox and a resolver")
	}
	d := &Dispatcher{box: box, resolver: resolver, lines: make(map[string]*line)}
	if opts != nil {
		d.o = *opts
	}
	if d.o.Hooks != nil {
		d.hooks = *d.o.Hooks
	}
	if err := d.o.fill(); err != nil {
		return nil, fmt.Errorf("notify: making a dispatcher: %w", err)
	}
	for _, name := range slices.Sorted(maps.Keys(channels)) {
		c := channels[name]
		if name == "" || c.Rate < 0 || c.Burst < 0 || c.Timeout < 0 || c.Workers < 0 {
			return nil, fmt.Errorf("notify: making a dispatcher: channel %q: it needs a name and no negative settings", name)
		}
		if c.Notifier == nil {
			continue
		}
		d.lines[name] = newLine(name, c, &d.o)
		d.names = append(d.names, name)
	}
	return d, nil
}

// fill puts the defaults in.
func (o *DispatcherOptions) fill() error {
	if o.Schedule == nil {
		o.Schedule = DefaultSchedule()
	}
	o.Schedule = slices.Clone(o.Schedule)
	if o.MaxAttempts == 0 {
		o.MaxAttempts = max(1, len(o.Schedule))
	}
	switch {
	case o.FallbackAfter == 0:
		o.FallbackAfter = 3
	case o.FallbackAfter == -1:
		o.FallbackAfter = o.MaxAttempts
	}
	defaultTo(&o.DownAfter, 10*time.Minute)
	defaultTo(&o.Lease, 90*time.Second)
	defaultTo(&o.Window, time.Hour)
	defaultTo(&o.Poll, 5*time.Second)
	defaultTo(&o.Grace, 10*time.Second)
	defaultTo(&o.Batch, 256)
	defaultTo(&o.Urgent, 100)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	for _, f := range []struct {
		name string
		bad  bool
	}{
		{"MaxAttempts", o.MaxAttempts < 0},
		{"FallbackAfter", o.FallbackAfter < 0},
		{"Lease", o.Lease < 0},
		{"Window", o.Window < 0},
		{"Poll", o.Poll < 0},
		{"Batch", o.Batch < 0},
		{"Cap", o.Cap < 0},
	} {
		if f.bad {
			return fmt.Errorf("option %s must not be negative", f.name)
		}
	}
	return nil
}

func defaultTo[T int | time.Duration](v *T, d T) {
	if *v == 0 {
		*v = d
	}
}
