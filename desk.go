package amends

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/policy"
)

// Stores are the three places where a desk keeps what it must not lose.
type Stores struct {
	Records incident.Store
	Outbox  notify.Outbox
	Ledger  compensate.Ledger
}

// Options configures a [Desk]. Stores, Directory and Issuer are required, and
// at least one channel; everything else has a default.
type Options struct {
	Stores
	Directory Directory
	// Issuer pays credits: the host's billing.
	Issuer compensate.Issuer
	// IssueOnce says that the billing cannot repeat by key: a credit whose
	// answer is missing then waits for a person instead of being asked for again.
	IssueOnce bool
	// Policy of new records. If nil, the default policy.
	Policy *policy.Compiled
	// Channels by name. The names are those that the directory's contacts use.
	Channels map[string]notify.Channel
	// Templates render notices. If nil, the built-in English and German ones.
	Templates *notify.Templates
	// Links makes the link by which a customer sees what concerns them and
	// answers: to correct a report, and to say whether it is fixed (R55, R73). Required.
	Links func(space, record, customer string) string
	// Sender signs notices for which nobody else does. Its Contact is required (R65).
	Sender Sender
	// PageSize is how many customers one page of an expansion holds. If zero, 500.
	PageSize int
	// PagesPerPass bounds the pages that one Reconcile adds, so that a pass stays short. If zero, 20.
	PagesPerPass int
	// Workers bounds how many records Run reconciles at once. If zero, 4.
	Workers int
	// Logger receives what operators should know. Words of customers, addresses
	// and bodies are never logged. If nil, nothing is logged.
	Logger *slog.Logger
	// Hooks learn what operators should know at once. If nil, none.
	Hooks *Hooks
	// Now is for hosts that replay history. If nil, time.Now.
	Now func() time.Time
	// Dispatch configures the sending of notices. If nil, the defaults of notify.
	Dispatch *notify.DispatcherOptions
}

// Sender is a person or a team of ours, as customers see them (R65).
type Sender struct {
	Brand   string // the product or company that speaks
	Name    string
	Contact string // how to reach them, in words: "reply to this mail, or +49 …"
	ReplyTo string // address for answers
}

// Desk is where a host's people and programs say what happened, and which
// makes sure that what follows from it is done. It is safe for concurrent use;
// any number of desks, in any number of processes, may share the same stores.
// It starts nothing by itself: call [Desk.Run], or the three units of work
// [Desk.Reconcile], [Desk.Deliver] and [Desk.Issue] from a job engine.
type Desk struct {
	opts       Options
	store      incident.Store
	outbox     notify.Outbox
	ledger     compensate.Ledger
	dispatcher *notify.Dispatcher
	policies   *policyCache
	earlier    *sync.Map // answers of repeats, by incident
	log        *slog.Logger
	wake       [2]chan struct{} // commands in this process wake the loops of Run
	bound      bool             // works inside a host's transaction: never retries
}

// ErrUnknownAudience is reported by a [Directory] for an audience that it does not know.
var ErrUnknownAudience = errors.New("unknown audience")

// New returns a desk. It fails if something required is missing; it touches
// neither stores nor channels.
func New(opts Options) (*Desk, error) {
	switch {
	case opts.Records == nil, opts.Outbox == nil, opts.Ledger == nil:
		return nil, errors.New("amends: Options.Stores needs Records, Outbox and Ledger (memstore, memoutbox and memledger keep them in memory)")
	case opts.Directory == nil:
		return nil, errors.New("amends: Options.Directory is missing: the desk keeps customer IDs only and must be able to look them up")
	case opts.Issuer == nil:
		return nil, errors.New("amends: Options.Issuer is missing: awards could not be paid")
	case opts.Links == nil:
		return nil, errors.New("amends: Options.Links is missing: customers could not say whether it is fixed")
	case opts.Sender.Contact == "":
		return nil, errors.New("amends: Options.Sender.Contact is missing: customers could not reach anybody")
	case len(opts.Channels) == 0:
		return nil, errors.New("amends: Options.Channels is empty: nobody could be told")
	}
	if opts.Policy == nil {
		p, err := policy.Default()
		if err != nil {
			return nil, fmt.Errorf("amends: the default policy: %w", err)
		}
		opts.Policy = p
	}
	if err := answers(opts.Policy); err != nil {
		return nil, err
	}
	if opts.Templates == nil {
		t, err := notify.NewTemplates(nil, nil)
		if err != nil {
			return nil, fmt.Errorf("amends: the built-in templates: %w", err)
		}
		opts.Templates = t
	}
	if opts.PageSize == 0 {
		opts.PageSize = 500
	}
	if opts.PagesPerPass == 0 {
		opts.PagesPerPass = 20
	}
	if opts.Workers == 0 {
		opts.Workers = 4
	}
	if opts.Hooks == nil {
		opts.Hooks = &Hooks{}
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	d := &Desk{
		opts:     opts,
		store:    opts.Records,
		outbox:   opts.Outbox,
		ledger:   opts.Ledger,
		policies: &policyCache{},
		earlier:  &sync.Map{},
		log:      opts.Logger,
		wake:     [2]chan struct{}{make(chan struct{}, 1), make(chan struct{}, 1)},
	}
	d.policies.put(opts.Policy)
	dispatch := notify.DispatcherOptions{Logger: opts.Logger}
	if opts.Dispatch != nil {
		dispatch = *opts.Dispatch
	}
	if dispatch.Now == nil {
		dispatch.Now = opts.Now
	}
	hooks := notify.DispatcherHooks{}
	if dispatch.Hooks != nil {
		hooks = *dispatch.Hooks
	}
	hooks.Passed = d.passed(hooks.Passed)
	opts.Hooks.watch(&hooks)
	dispatch.Hooks = &hooks
	disp, err := notify.NewDispatcher(opts.Outbox, resolver{d}, opts.Channels, &dispatch)
	if err != nil {
		return nil, fmt.Errorf("amends: channels: %w", err)
	}
	d.dispatcher = disp
	return d, nil
}

// answers checks that a policy says by when each kind of message is answered:
// every acknowledgement names that time (R56).
func answers(p *policy.Compiled) error {
	at := time.Unix(0, 0).UTC()
	for _, kind := range []incident.ReportKind{incident.ReportFailure, incident.ReportQuestion, incident.ReportComplaint} {
		c := &incident.Case{ID: "check", Customer: "check", Opened: at, Reports: []*incident.Report{
			{ID: "check.1", Received: at, ReportReceived: incident.ReportReceived{Report: kind}},
		}}
		dec := p.DecideCase(at, &policy.CaseFacts{Case: c})
		by := (&casePicture{decisions: []policy.Decision{dec}}).answerBy("check.1")
		if by.IsZero() {
			return fmt.Errorf("amends: policy %q: no rule of act answer gives a time for a %s that belongs to no incident: acknowledgements promise one", p.Name(), kind)
		}
	}
	return nil
}

// With returns a desk whose commands work on other stores, usually ones that
// are bound to a transaction of the host. Such a desk never retries: a conflict
// is returned, and the host decides. Only its commands may be used.
//
// Stores that are left nil are the desk's own. Marks on deliveries (TaskDone,
// Bounced, Read, Revive) and the units of work are not commands: call them on
// the desk itself.
func (d *Desk) With(s Stores) *Desk {
	c := *d
	c.bound = true
	if s.Records != nil {
		c.store = s.Records
	}
	if s.Outbox != nil {
		c.outbox = s.Outbox
	}
	if s.Ledger != nil {
		c.ledger = s.Ledger
	}
	return &c
}

// Dispatcher gives access to the sending side: stopped channels, dead letters, tallies.
func (d *Desk) Dispatcher() *notify.Dispatcher { return d.dispatcher }

// now is the present in the precision that stores keep.
func (d *Desk) now() time.Time { return d.opts.Now().UTC().Truncate(time.Microsecond) }

// nudge wakes Run in this process. Other processes find the record by the sweep.
func (d *Desk) nudge() {
	for _, wake := range d.wake {
		select {
		case wake <- struct{}{}:
		default:
		}
	}
	d.dispatcher.Wake()
}

// policyCache keeps compiled policies by the hash of their source.
type policyCache struct{ byHash sync.Map }

func (c *policyCache) put(p *policy.Compiled) { c.byHash.Store(p.Pin().Hash, p) }

// compiled returns the pinned policies of a record, in order.
func (c *policyCache) compiled(pins []incident.PolicyPin) ([]*policy.Compiled, error) {
	out := make([]*policy.Compiled, 0, len(pins))
	for _, pin := range pins {
		if p, ok := c.byHash.Load(pin.Hash); ok {
			out = append(out, p.(*policy.Compiled)) //nolint:forcetypeassert // only put stores here
			continue
		}
		p, err := policy.FromPin(pin)
		if err != nil {
			return nil, fmt.Errorf("policy %q as pinned: %w", pin.Name, err)
		}
		c.byHash.Store(pin.Hash, p)
		out = append(out, p)
	}
	return out, nil
}
