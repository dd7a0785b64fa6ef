package amends

import (
	"context"
	"fmt"
	"strings"

	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/incident"
)

// CreditCommand is a person's decision about an entry of the ledger.
type CreditCommand struct {
	By    incident.Actor
	Entry string // the entry's ID
	// Reference says how we know: billing's reference, or what was given.
	Reference string
}

// ApproveCredit lets an entry above the approval limit be issued.
func (d *Desk) ApproveCredit(ctx context.Context, c CreditCommand) error {
	return d.settleCredit(ctx, "approve credit", c, compensate.Approve)
}

// FulfilCredit records that what was owed in kind was given.
func (d *Desk) FulfilCredit(ctx context.Context, c CreditCommand) error {
	return d.settleCredit(ctx, "fulfil credit", c, compensate.Fulfil)
}

// ClearCredit says of an uncertain entry that a person looked, and that billing had issued it.
func (d *Desk) ClearCredit(ctx context.Context, c CreditCommand) error {
	return d.settleCredit(ctx, "clear credit", c, compensate.Clear)
}

// ReissueCredit says of an uncertain or failed entry that a person looked, and that billing had not issued it.
func (d *Desk) ReissueCredit(ctx context.Context, c CreditCommand) error {
	return d.settleCredit(ctx, "reissue credit", c, compensate.Reissue)
}

// settleCredit is safe to repeat: an entry that is where the command wants it is left as it is by the ledger.
func (d *Desk) settleCredit(ctx context.Context, name string, c CreditCommand, o compensate.Outcome) error {
	switch {
	case !c.By.Named():
		return invalid(name, "it needs a named person of ours")
	case o != compensate.Approve && o != compensate.Reissue && strings.TrimSpace(c.Reference) == "":
		return invalid(name, "the reference is missing: how do we know?")
	}
	settled, err := d.ledger.Settle(ctx, []compensate.Settlement{{
		ID: c.Entry, Outcome: o, At: d.now(), Reference: c.Reference, By: c.By.ID,
	}})
	if err == nil {
		err = settled[0].Err
	}
	if err != nil {
		return fmt.Errorf("amends: %s %q: %w", name, c.Entry, err)
	}
	if err := d.makeDue(ctx, settled[0].Key.Basis); err != nil {
		return fmt.Errorf("amends: %s %q: %w", name, c.Entry, err)
	}
	return nil
}

// Issued says what [Desk.Issue] did.
type Issued = compensate.IssueReport

// Issue pays up to limit approved credits through the host's billing. It is
// safe to repeat and to run in any number of processes.
func (d *Desk) Issue(ctx context.Context, limit int) (Issued, error) {
	r, err := compensate.IssueBatch(ctx, d.ledger, d.opts.Issuer, &compensate.IssueOptions{
		Limit: limit, Once: d.opts.IssueOnce, Now: d.opts.Now,
	})
	d.stuck(ctx, r)
	for _, basis := range r.Bases {
		if lookErr := d.makeDue(ctx, basis); lookErr != nil && err == nil {
			err = lookErr
		}
	}
	if err != nil {
		return r, fmt.Errorf("amends: issue: %w", err)
	}
	return r, nil
}
