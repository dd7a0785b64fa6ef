package main

import (
	"context"
	"errors"
	"time"

	"github.com/amends-dev/amends"
	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/incident"
)

// hitOnSunday lists the customers whose restores hang.
func hitOnSunday() []string {
	return []string{"alpenblick", "birchwood", "federwerk", "hafenlicht", "juniper", "kestrel", "lindenhof", "quarry", "tidewater"}
}

// disputing are those whose archives still hang after the first fix.
func disputing() []string { return []string{"federwerk", "tidewater"} }

func (c *company) notice(ctx context.Context) error {
	if err := c.declare(ctx, sunday, "Restores hang at 0 %", "customers on scheduler 3", began, hitOnSunday()...); err != nil {
		return err
	}
	r, err := c.firstDue(ctx, sunday)
	if err != nil {
		return err
	}
	c.say.line("Sunday. Our own monitoring sees restores that have stood at 0 %% for %.0f minutes. Nobody has complained yet.", start.Sub(began).Minutes())
	c.say.detail("The policy wants the first word, in public and to each affected customer, within %.0f minutes: %s", r.Due.Sub(r.Since).Minutes(), r.Rule)
	return nil
}

func (c *company) speak(ctx context.Context) error {
	if err := c.later(ctx, 3*time.Minute); err != nil {
		return err
	}
	id, findings, err := c.draft(ctx, sunday, incident.PurposeUpdate, smallWords(), 30*time.Minute)
	if err != nil {
		return err
	}
	if err := c.refused(ctx, id); err != nil {
		return err
	}
	for _, f := range findings {
		if f.Level == "block" {
			c.say.line("A first draft is blocked, because it says “%s” (%s):", f.Excerpt, f.Rule)
			c.say.detail("%s", f.Why)
		}
	}
	if err := c.later(ctx, 2*time.Minute); err != nil {
		return err
	}
	_, findings, err = c.desk.Rewrite(ctx, amends.Rewrite{
		Command: c.by(ada), Record: sunday, Statement: id, Texts: firstWords(), NextUpdate: c.next(30 * time.Minute),
	})
	if err != nil {
		return err
	}
	c.say.line("Ada rewrites it and stands behind it. It goes out to the page, the feed and %d mailboxes:", len(hitOnSunday()))
	c.say.detail("“%s”", firstWords()["en"].Body)
	return c.release(ctx, sunday, id, findings)
}

// refused has a draft refused that makes the failure small.
func (c *company) refused(ctx context.Context, draft string) error {
	cmd := amends.StatementCommand{Command: c.by(ada), Record: sunday, Statement: draft}
	if c.told.replaying() { // it has been rewritten since
		return nil
	}
	if _, err := c.desk.Approve(ctx, cmd); !errors.Is(err, amends.ErrBlocked) {
		return errors.Join(errors.New("the draft should have been blocked"), err)
	}
	return nil
}

func (c *company) listen(ctx context.Context) error {
	if err := c.later(ctx, 6*time.Minute); err != nil {
		return err
	}
	who := amends.Customer{Incident: sunday, Customer: "kestrel"}
	r, err := c.desk.Report(ctx, amends.Report{
		Command: amends.Command{Key: "mail-4711", By: incident.Actor{Kind: incident.ActorCustomer, ID: "kestrel"}}, Customer: who,
		Kind: incident.ReportFailure, Urgency: incident.UrgencyMayday, Via: "mail", Since: began.Add(2 * time.Minute),
		Words: "MAYDAY, our studio server is dead and the restore of project Heron stands at 0 %. Is it us?",
	})
	if err != nil {
		return err
	}
	c.say.line("kestrel writes: “MAYDAY … the restore stands at 0 %%. Is it us?”")
	if err := c.settle(ctx); err != nil {
		return err
	}
	cs, err := c.desk.Case(ctx, r.Record)
	if err != nil {
		return err
	}
	c.say.detail("The mail server took the acknowledgement, with their own words in it, %s later.", cs.Reports[0].Acknowledged.Sub(cs.Reports[0].Received))
	v, err := c.desk.Incident(ctx, sunday)
	if err != nil {
		return err
	}
	c.say.detail("Our first word had been out for %.0f minutes by then: they did not have to find us out.",
		cs.Reports[0].Received.Sub(v.FirstPublished().Published).Minutes())
	if err := c.later(ctx, 9*time.Minute); err != nil {
		return err
	}
	if _, err = c.desk.Answer(ctx, amends.Answer{
		Command: c.by(ada), Case: r.Record, Report: r.ID,
		Texts: words{"en": {Subject: "Your restore of project Heron", Body: "It is not you: a change of ours stops restores at 0 %, yours among them. " +
			"Your backup of project Heron is complete. We will restart its restore first and call you when it moves."}},
	}); err != nil {
		return err
	}
	if err := c.settle(ctx); err != nil {
		return err
	}
	c.say.line("Ada answers: it is not them, it is us; the backup is complete, and their restore will be the first to start again.")
	return nil
}

func (c *company) outage(ctx context.Context) error {
	now := c.plan
	c.mail.from, c.mail.to = now, now.Add(24*time.Minute)
	if err := c.later(ctx, 5*time.Minute); err != nil {
		return err
	}
	if err := c.step(ctx, sunday, incident.StepIdentify, ""); err != nil {
		return err
	}
	if _, err := c.desk.Note(ctx, amends.Note{Command: c.by(ada), Record: sunday, Facts: []incident.Payload{
		incident.CauseRecorded{Cause: incident.CauseOwnChange, Certainty: incident.Confirmed, Text: "scheduler 3 holds a lock", Link: "https://larder.example/changes/812"},
	}}); err != nil {
		return err
	}
	c.say.line("The cause is found: our own change. The next update goes out before the time that was promised.")
	if err := c.publish(ctx, sunday, incident.PurposeUpdate, causeWords(), 30*time.Minute); err != nil {
		return err
	}
	if err := c.later(ctx, 10*time.Minute); err != nil {
		return err
	}
	s, err := c.summarise(ctx, sunday)
	if err != nil {
		return err
	}
	c.say.line("But the mail server does not answer. %d mails were given up after several attempts, and %d text messages went out instead.",
		s.Deliveries.Failed, s.Deliveries.Fallback)
	if err := c.later(ctx, 12*time.Minute); err != nil {
		return err
	}
	if err := c.step(ctx, sunday, incident.StepMonitor, ""); err != nil {
		return err
	}
	c.say.line("Mail works again. The change is rolled back; we watch the restores, and say so in time.")
	return c.publish(ctx, sunday, incident.PurposeUpdate, watchWords(), 30*time.Minute)
}

func (c *company) losses(ctx context.Context) error {
	if err := c.later(ctx, 10*time.Minute); err != nil {
		return err
	}
	for _, l := range []struct {
		customer string
		loss     incident.LossRecorded
	}{
		{"kestrel", incident.LossRecorded{Minutes: 180, Note: "three people in the studio on a Sunday"}},
		{"quarry", incident.LossRecorded{Minutes: 90, Cost: &incident.Amount{Minor: 12000, Currency: "USD"}, Note: "an engineer on call"}},
	} {
		if _, err := c.desk.NoteCase(ctx, amends.CaseNote{
			Command: c.by(ben), Customer: amends.Customer{Incident: sunday, Customer: l.customer}, Facts: []incident.Payload{l.loss},
		}); err != nil {
			return err
		}
	}
	_, err := c.desk.Gesture(ctx, amends.Gesture{
		Command: c.by(ben), Customer: amends.Customer{Incident: sunday, Customer: "kestrel"},
		Amount: compensate.MustMoney("50.00 EUR"), Limit: compensate.MustMoney("100.00 EUR"), Reason: "you sat in the studio on a Sunday and still helped us to find it",
	})
	if err != nil {
		return err
	}
	c.say.line("Support asks what it costs them: kestrel loses three hours, quarry an hour and a half and 120 USD. Ben, who may give up to 100 EUR, gives kestrel 50.")
	return c.settle(ctx)
}

func (c *company) fix(ctx context.Context) error {
	if err := c.later(ctx, 15*time.Minute); err != nil {
		return err
	}
	c.hit(sunday, began, c.plan, hitOnSunday()...)
	c.say.line("Fixed, as far as we can see. Everyone who was told of the failure is told, and asked whether it is true:")
	if err := c.publish(ctx, sunday, incident.PurposeResolution, fixedWords(), 0); err != nil {
		return err
	}
	if err := c.step(ctx, sunday, incident.StepResolve, "scheduler rolled back, stuck restores restarted"); err != nil {
		return err
	}
	return c.settle(ctx)
}

func (c *company) dispute(ctx context.Context) error {
	if err := c.later(ctx, 12*time.Minute); err != nil {
		return err
	}
	if err := c.verdicts(ctx, sunday, incident.OpinionBroken, 1, disputing()...); err != nil {
		return err
	}
	v, err := c.desk.Incident(ctx, sunday)
	if err != nil {
		return err
	}
	c.say.line("federwerk and tidewater say: still broken. The incident reopens by itself: it is %s again, round %d.", v.Status, v.Round+1)
	c.hit(sunday, began, time.Time{}, disputing()...)
	if err := c.later(ctx, 6*time.Minute); err != nil {
		return err
	}
	c.say.line("Everyone who was told that it is fixed is told that it is not:")
	return c.publish(ctx, sunday, incident.PurposeReopening, notFixedWords(), 30*time.Minute)
}

func (c *company) repair(ctx context.Context) error {
	if err := c.later(ctx, 25*time.Minute); err != nil {
		return err
	}
	c.say.line("There is no end yet, and the update comes all the same:")
	if err := c.publish(ctx, sunday, incident.PurposeUpdate, indexWords(), 30*time.Minute); err != nil {
		return err
	}
	if err := c.later(ctx, 25*time.Minute); err != nil {
		return err
	}
	c.hit(sunday, began, c.plan, disputing()...)
	c.say.line("This time every affected customer's archive was restored to the end before we say so:")
	if err := c.publish(ctx, sunday, incident.PurposeResolution, reallyFixedWords(), 0); err != nil {
		return err
	}
	if err := c.step(ctx, sunday, incident.StepResolve, "index of the archives replaced"); err != nil {
		return err
	}
	return c.settle(ctx)
}

func (c *company) confirm(ctx context.Context) error {
	if err := c.later(ctx, 3*time.Hour); err != nil {
		return err
	}
	who := hitOnSunday()
	if err := c.verdicts(ctx, sunday, incident.OpinionFixed, 4, who[:5]...); err != nil {
		return err
	}
	if err := c.later(ctx, 2*time.Hour); err != nil {
		return err
	}
	if err := c.verdicts(ctx, sunday, incident.OpinionFixed, 5, who[5:]...); err != nil {
		return err
	}
	if err := c.step(ctx, sunday, incident.StepConfirm, ""); err != nil {
		return err
	}
	s, err := c.summarise(ctx, sunday)
	if err != nil {
		return err
	}
	c.say.line("%d of %d say: fixed. Only that makes it confirmed. May we close? The library says no:", s.Customers.Confirmed, s.Customers.Affected)
	if c.told.replaying() {
		return nil
	}
	refused, ok := errors.AsType[*incident.TransitionError](c.desk.May(ctx, sunday, incident.StepClose))
	if !ok {
		return errors.New("closing should have been refused")
	}
	for _, u := range refused.Unmet {
		c.say.detail("- not yet true: %s", u.Sentence)
	}
	return nil
}

func (c *company) owed(ctx context.Context) error {
	if err := c.approve(ctx, sunday); err != nil {
		return err
	}
	c.say.line("What each customer gets, complained or not, and without a claim. Each has a message that says why:")
	if err := c.showOwed(ctx, sunday); err != nil {
		return err
	}
	s, err := c.summarise(ctx, sunday)
	if err != nil {
		return err
	}
	for _, cr := range s.Credits {
		if cr.Customer != "kestrel" {
			continue
		}
		c.say.detail("Why kestrel gets what it gets:")
		for _, why := range cr.Why {
			c.say.detail("- %s", why)
		}
	}
	return nil
}

func (c *company) explain(ctx context.Context) error {
	if _, err := c.desk.Note(ctx, amends.Note{Command: c.by(ada), Record: sunday, Facts: []incident.Payload{
		incident.ExposureAnswered{Answer: "nobody else runs scheduler 3; the three other customers were never on it"},
	}}); err != nil {
		return err
	}
	if err := c.until(ctx, time.Date(2026, 3, 2, 13, 0, 0, 0, time.UTC)); err != nil {
		return err
	}
	c.say.line("The explanation is published, to all and in public:")
	c.say.detail("“%s”", explanationWords()["en"].Body)
	if err := c.publish(ctx, sunday, incident.PurposeExplanation, explanationWords(), 0); err != nil {
		return err
	}
	if err := c.close(ctx, sunday); err != nil {
		return err
	}
	return c.settled(ctx, sunday)
}
