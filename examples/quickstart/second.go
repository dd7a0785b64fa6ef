package main

import (
	"context"
	"time"

	"github.com/amends-dev/amends"
	"github.com/amends-dev/amends/incident"
)

// hitOnSaturday lists the customers whose restores fail; some were hit on Sunday, too.
func hitOnSaturday() []string {
	return []string{"federwerk", "juniper", "marlow", "morgenrot", "tidewater"}
}

func (c *company) again(ctx context.Context) error {
	if err := c.until(ctx, patched.Add(2*time.Minute)); err != nil {
		return err
	}
	before, err := c.firstDue(ctx, sunday)
	if err != nil {
		return err
	}
	if err := c.declare(ctx, saturday, "Restores fail after a patch", "customers with patch 3.1", patched, hitOnSaturday()...); err != nil {
		return err
	}
	if _, err := c.desk.Note(ctx, amends.Note{Command: c.by(ada), Record: saturday, Facts: []incident.Payload{
		incident.CauseRecorded{Cause: incident.CauseOwnChange, Certainty: incident.Confirmed, Text: "patch 3.1 of the scheduler", Link: "https://larder.example/changes/819", When: patched},
	}}); err != nil {
		return err
	}
	r, err := c.firstDue(ctx, saturday)
	if err != nil {
		return err
	}
	c.say.line("A patch of ours breaks restores for %d customers, some of whom were hit on Sunday. Because it is a repeat, the first word is due within %.0f minutes instead of %.0f: %s",
		len(hitOnSaturday()), r.Due.Sub(r.Since).Minutes(), before.Due.Sub(before.Since).Minutes(), r.Rule)
	if err := c.later(ctx, 3*time.Minute); err != nil {
		return err
	}
	return c.publish(ctx, saturday, incident.PurposeUpdate, againWords(), 20*time.Minute)
}

func (c *company) againFixed(ctx context.Context) error {
	for _, w := range []words{againSlowWords(), againAlmostWords()} {
		if err := c.later(ctx, 18*time.Minute); err != nil {
			return err
		}
		if err := c.publish(ctx, saturday, incident.PurposeUpdate, w, 20*time.Minute); err != nil {
			return err
		}
	}
	if err := c.later(ctx, 15*time.Minute); err != nil {
		return err
	}
	c.hit(saturday, patched, c.plan, hitOnSaturday()...)
	c.say.line("An update every 20 minutes, not every 30: that, too, is because it is a repeat. Now it is fixed:")
	if err := c.publish(ctx, saturday, incident.PurposeResolution, againFixedWords(), 0); err != nil {
		return err
	}
	if err := c.step(ctx, saturday, incident.StepResolve, "patch rolled back, failed restores repeated"); err != nil {
		return err
	}
	if err := c.settle(ctx); err != nil {
		return err
	}
	if err := c.later(ctx, 4*time.Hour); err != nil {
		return err
	}
	if err := c.verdicts(ctx, saturday, incident.OpinionFixed, 3, hitOnSaturday()...); err != nil {
		return err
	}
	if err := c.step(ctx, saturday, incident.StepConfirm, ""); err != nil {
		return err
	}
	if err := c.approve(ctx, saturday); err != nil {
		return err
	}
	c.say.line("All of them say: fixed. Those whom it hit a second time get more than on Sunday:")
	return c.showMore(ctx)
}

// showMore compares what the repeat gives with what the first time gave.
func (c *company) showMore(ctx context.Context) error {
	first, err := c.summarise(ctx, sunday)
	if err != nil {
		return err
	}
	second, err := c.summarise(ctx, saturday)
	if err != nil {
		return err
	}
	had := map[string]string{}
	for _, cr := range first.Credits {
		had[cr.Customer] = cr.Awarded
	}
	for _, cr := range second.Credits {
		if on, again := had[cr.Customer]; again {
			c.say.row("%-11s %9s %s, on Sunday %8s", cr.Customer, cr.Awarded, cr.Currency, on)
		} else {
			c.say.row("%-11s %9s %s", cr.Customer, cr.Awarded, cr.Currency)
		}
	}
	return nil
}

func (c *company) againClosed(ctx context.Context) error {
	if _, err := c.desk.Note(ctx, amends.Note{Command: c.by(ada), Record: saturday, Facts: []incident.Payload{
		incident.ExposureAnswered{Answer: "the patch was installed for these customers only"},
	}}); err != nil {
		return err
	}
	if err := c.until(ctx, time.Date(2026, 3, 9, 10, 0, 0, 0, time.UTC)); err != nil {
		return err
	}
	if err := c.publish(ctx, saturday, incident.PurposeExplanation, againExplanationWords(), 0); err != nil {
		return err
	}
	if err := c.close(ctx, saturday); err != nil {
		return err
	}
	return c.settled(ctx, saturday)
}
