package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"time"

	"github.com/amends-dev/amends"
	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/compensate/memledger"
	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/incident/customerpage"
	"github.com/amends-dev/amends/incident/memstore"
	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/notify/consolenotify"
	"github.com/amends-dev/amends/notify/memoutbox"
	"github.com/amends-dev/amends/policy"
)

//go:embed policy.yaml
var ownPolicy []byte

// company is the backend of the story: a desk, its stores, its channels and its clock.
type company struct {
	dir    *amends.MemDirectory
	desk   *amends.Desk
	stores amends.Stores
	clock  *clock
	mail   *post
	hook   *receiver
	boxes  map[string]box // by channel
	links  *customerpage.Links
	public map[string]bool // by channel
	own    *policy.Compiled
	say    *narrator
	out    string // folder
}

// box is where a channel's messages end up.
type box interface {
	notify.Notifier
	// extra is how many times more than once it took a delivery.
	extra(id string) int
}

// open sets the company up, with everything in memory and messages as files below
// dir. Links in messages lead to the door.
func open(ctx context.Context, dir string, d *door, say *narrator) (*company, error) {
	c := &company{
		clock: &clock{at: start}, boxes: map[string]box{}, public: map[string]bool{}, say: say, out: dir,
		stores: amends.Stores{Records: new(memstore.Store), Outbox: new(memoutbox.Outbox), Ledger: new(memledger.Ledger)},
	}
	say.now = c.clock.now
	p, err := policy.Load("policy.yaml", ownPolicy)
	if err != nil {
		return nil, err
	}
	if c.own, err = policy.Compile(p, nil); err != nil {
		return nil, err
	}
	if c.mail, err = newPost(ctx, dir, c.clock.now); err != nil {
		return nil, err
	}
	if c.hook, err = newReceiver(ctx, dir, c.clock.now); err != nil {
		return nil, err
	}
	c.boxes["mail"], c.boxes["webhook"] = c.mail, c.hook
	for _, name := range []string{"sms", "page", "feed", "pager"} {
		if c.boxes[name], err = newFiles(dir, name, c.clock.now); err != nil {
			return nil, err
		}
	}
	if c.dir, err = directory(start, c.hook.url); err != nil {
		return nil, err
	}
	if c.links, err = newLinks(d, c.clock.now); err != nil {
		return nil, err
	}
	terminal := consolenotify.New(shown{say}, &consolenotify.Options{NoTime: true, OneLine: true})
	channels := map[string]notify.Channel{
		"mail":    {Notifier: c.mail, RepeatUncertain: true},
		"webhook": {Notifier: c.hook, Independent: true, RepeatUncertain: true},
		"sms":     {Notifier: c.boxes["sms"]},
		"page":    {Notifier: c.boxes["page"], Public: true, Passive: true, RepeatUncertain: true},
		"feed":    {Notifier: both(c.boxes["feed"], terminal), Public: true},
		"pager":   {Notifier: c.boxes["pager"], RepeatUncertain: true},
	}
	for name, ch := range channels {
		c.public[name] = ch.Public
	}
	c.desk, err = amends.New(amends.Options{
		Stores: c.stores, Directory: c.dir, Now: c.clock.now, Channels: channels, Workers: 1,
		Issuer: compensate.IssuerFunc(func(_ context.Context, e compensate.Entry) (string, error) { return "invoice-credit-" + e.ID, nil }),
		Links:  c.links.URL,
		Sender: amends.Sender{Brand: brand, Name: "Ada", Contact: "reply to this mail, or call +49 30 23125 000", ReplyTo: "ada@larder.example"},
		// The story's clock runs ahead of the real one. What would wait in real
		// time is left to the outbox's schedule, which follows the story: no
		// attempts in process, no breaker. A server leaves this nil.
		Dispatch: &notify.DispatcherOptions{Tries: -1, Gate: &notify.GateOptions{Failures: -1}},
	})
	return c, err
}

// shut ends the servers that the company started.
func (c *company) shut() error { return errors.Join(c.mail.close(), c.hook.close()) }

// settle works off what is due now.
func (c *company) settle(ctx context.Context) error { return c.desk.Settle(ctx) }

// later moves the clock on, and works off what becomes due on the way: minute by
// minute, or in larger steps where nothing but waiting happens.
func (c *company) later(ctx context.Context, d time.Duration) error {
	step := time.Minute
	if d > 6*time.Hour {
		step = 15 * time.Minute
	}
	for end := c.clock.now().Add(d); c.clock.now().Before(end); {
		c.clock.move(min(step, end.Sub(c.clock.now())))
		if err := c.settle(ctx); err != nil {
			return err
		}
	}
	return nil
}

// until waits for a time of the story.
func (c *company) until(ctx context.Context, at time.Time) error {
	return c.later(ctx, at.Sub(c.clock.now()))
}

// words are a statement in both languages of the customers.
type words map[string]incident.Text

// publish drafts, approves and publishes words, and sends them. A next of zero promises nothing.
func (c *company) publish(ctx context.Context, record string, p incident.Purpose, w words, next time.Duration) error {
	id, findings, err := c.draft(ctx, record, p, w, next)
	if err != nil {
		return err
	}
	return c.release(ctx, record, id, findings)
}

func (c *company) draft(ctx context.Context, record string, p incident.Purpose, w words, next time.Duration) (string, []incident.FindingNote, error) {
	r, findings, err := c.desk.Draft(ctx, amends.Draft{
		Command: amends.Command{By: ada}, Record: record, Purpose: p, Texts: w, NextUpdate: c.next(next),
	})
	return r.ID, findings, err
}

// next is the time of the next update, as a promise.
func (c *company) next(in time.Duration) *incident.Moment {
	if in == 0 {
		return nil
	}
	return &incident.Moment{At: c.clock.now().Add(in), Zone: zone}
}

func (c *company) release(ctx context.Context, record, statement string, findings []incident.FindingNote) error {
	cmd := amends.StatementCommand{Command: amends.Command{By: ada}, Record: record, Statement: statement}
	if _, err := c.desk.Approve(ctx, cmd); err != nil {
		return fmt.Errorf("%w (findings: %v)", err, findings)
	}
	if _, err := c.desk.Publish(ctx, cmd); err != nil {
		return err
	}
	return c.settle(ctx)
}

// step moves the incident on.
func (c *company) step(ctx context.Context, record string, s incident.Step, done string) error {
	_, err := c.desk.Advance(ctx, amends.Advance{Command: amends.Command{By: ada}, Record: record, Step: s, Done: done})
	return err
}

// close closes the incident. What stands in the way is in the error.
func (c *company) close(ctx context.Context, record string) error {
	_, err := c.desk.Close(ctx, record, amends.Command{By: ada})
	if refused, ok := errors.AsType[*incident.TransitionError](err); ok {
		for _, u := range refused.Unmet {
			err = fmt.Errorf("%w: %s", err, u.Sentence)
		}
	}
	return err
}
