package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/amends-dev/amends"
	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/incident/customerpage"
	"github.com/amends-dev/amends/incident/sqlitefile"
	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/notify/consolenotify"
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
	file   *sqlitefile.File
	told   *progress
	plan   time.Time // where the story is; the clock may be a little ahead of it
	cmds   int
	passes func(point string)
	say    *narrator
	out    string // folder
}

// box is where a channel's messages end up.
type box interface {
	notify.Notifier
	// extra is how many times more than once it took a delivery.
	extra(it notify.Stored) int
}

// open sets the company up, with everything in one file below dir, and messages
// as files beside it. Links in messages lead to the door.
func open(ctx context.Context, dir string, d *door, say *narrator, passes func(point string)) (*company, error) {
	c := &company{clock: &clock{at: start}, plan: start, boxes: map[string]box{}, public: map[string]bool{}, say: say, out: dir, passes: passes}
	if err := c.set(ctx, d); err != nil {
		return nil, errors.Join(err, c.shut())
	}
	return c, nil
}

// keptIn is the file that everything is in.
const keptIn = "amends.db"

// set sets the company up; what was opened when it fails is shut by the caller.
func (c *company) set(ctx context.Context, d *door) (err error) {
	dir, say := c.out, c.say
	say.now = c.clock.now
	if c.file, err = sqlitefile.Open(ctx, filepath.Join(dir, keptIn), nil); err != nil {
		return err
	}
	c.stores = amends.Stores{Records: c.file.Records, Outbox: c.file.Outbox, Ledger: c.file.Ledger}
	if c.told, err = openProgress(ctx, c.file.DB); err != nil {
		return err
	}
	say.quiet = c.told.replaying
	p, err := policy.Load("policy.yaml", ownPolicy)
	if err != nil {
		return err
	}
	if c.own, err = policy.Compile(p, nil); err != nil {
		return err
	}
	if c.mail, err = newPost(ctx, dir, c.clock.now); err != nil {
		return err
	}
	if c.hook, err = newReceiver(ctx, dir, c.clock.now); err != nil {
		return err
	}
	c.boxes["mail"], c.boxes["webhook"] = c.mail, c.hook
	for _, name := range []string{"sms", "page", "feed", "pager"} {
		if c.boxes[name], err = newFiles(dir, name, c.clock.now); err != nil {
			return err
		}
	}
	if c.dir, err = directory(start, c.hook.url); err != nil {
		return err
	}
	if c.links, err = newLinks(d, c.told.secret, c.clock.now); err != nil {
		return err
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
		ch.Notifier = passing(ch.Notifier, c.passes)
		channels[name] = ch
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
	return err
}

// shut ends the servers that the company started, and closes the file.
func (c *company) shut() error {
	var errs []error
	if c.mail != nil {
		errs = append(errs, c.mail.close())
	}
	if c.hook != nil {
		errs = append(errs, c.hook.close())
	}
	if c.file != nil {
		errs = append(errs, c.file.Close())
	}
	return errors.Join(errs...)
}

// settle works off what is due now: a moment of the story.
func (c *company) settle(ctx context.Context) error {
	if !c.told.replaying() {
		c.passes("settle")
		if err := c.work(ctx); err != nil {
			return err
		}
		c.passes("settled")
	}
	return c.told.next(ctx)
}

// work works off what is due. What was on its way when an earlier run was killed
// is tried again when its lease ends: that much of the story's time passes first.
func (c *company) work(ctx context.Context) error {
	if err := c.desk.Settle(ctx); err != nil || !c.told.resumed {
		return err
	}
	left, _, err := c.stores.Outbox.List(ctx, notify.Query{Space: space, States: []notify.State{notify.StateLeased}}, "", 0)
	if err != nil {
		return err
	}
	for _, it := range left {
		c.clock.reach(it.NextAt)
	}
	return c.desk.Settle(ctx)
}

// later moves the story on, and works off what becomes due on the way: minute by
// minute, or in larger steps where nothing but waiting happens.
func (c *company) later(ctx context.Context, d time.Duration) error {
	step := time.Minute
	switch {
	case d > 6*time.Hour:
		step = 30 * time.Minute
	case d > time.Hour:
		step = 5 * time.Minute
	}
	for end := c.plan.Add(d); c.plan.Before(end); {
		c.plan = c.plan.Add(min(step, end.Sub(c.plan)))
		c.clock.reach(c.plan)
		if err := c.settle(ctx); err != nil {
			return err
		}
	}
	return nil
}

// until waits for a time of the story.
func (c *company) until(ctx context.Context, at time.Time) error {
	return c.later(ctx, at.Sub(c.plan))
}

// by makes a command with the next key: the same in every run, so that what an
// earlier run recorded is a repeat.
func (c *company) by(who incident.Actor) amends.Command {
	c.passes("command")
	c.cmds++
	return amends.Command{Key: fmt.Sprintf("story-%d", c.cmds), By: who}
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
		Command: c.by(ada), Record: record, Purpose: p, Texts: w, NextUpdate: c.next(next),
	})
	return r.ID, findings, err
}

// next is the time of the next update, as a promise.
func (c *company) next(in time.Duration) *incident.Moment {
	if in == 0 {
		return nil
	}
	return &incident.Moment{At: c.plan.Add(in), Zone: zone}
}

func (c *company) release(ctx context.Context, record, statement string, findings []incident.FindingNote) error {
	cmd := amends.StatementCommand{Command: c.by(ada), Record: record, Statement: statement}
	if _, err := c.desk.Approve(ctx, cmd); err != nil {
		return fmt.Errorf("%w (findings: %v)", err, findings)
	}
	cmd.Command = c.by(ada)
	if _, err := c.desk.Publish(ctx, cmd); err != nil {
		return err
	}
	return c.settle(ctx)
}

// step moves the incident on.
func (c *company) step(ctx context.Context, record string, s incident.Step, done string) error {
	_, err := c.desk.Advance(ctx, amends.Advance{Command: c.by(ada), Record: record, Step: s, Done: done})
	return err
}

// close closes the incident. What stands in the way is in the error.
func (c *company) close(ctx context.Context, record string) error {
	_, err := c.desk.Close(ctx, record, c.by(ada))
	if refused, ok := errors.AsType[*incident.TransitionError](err); ok {
		for _, u := range refused.Unmet {
			err = fmt.Errorf("%w: %s", err, u.Sentence)
		}
	}
	return err
}
