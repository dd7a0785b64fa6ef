package compensatetest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/amends-dev/amends/compensate"
)

func oldestFirst(ctx context.Context, l compensate.Ledger) error {
	for i, customer := range []string{"c3", "c1", "c2"} {
		if _, err := propose(ctx, l, owe(customer, "i1", 100), start.Add(time.Duration(i)*time.Minute)); err != nil {
			return err
		}
	}
	var order []string
	for _, at := range []time.Duration{0, 0, 2 * time.Minute, 2 * time.Minute} {
		got, err := l.Claim(ctx, compensate.ClaimRequest{Limit: 1, Lease: time.Hour, At: start.Add(at)})
		if err != nil {
			return err
		}
		if len(got) > 1 {
			return fmt.Errorf("%d entries, want at most 1", len(got))
		}
		for _, c := range got {
			order = append(order, c.Key.Customer)
		}
		order = append(order, "-")
	}
	return want("the order of claims", fmt.Sprint(order), "[c3 - - c1 - c2 -]")
}

func oneHolder(ctx context.Context, l compensate.Ledger) error {
	const n = 20
	for i := range n {
		if _, err := propose(ctx, l, owe(fmt.Sprintf("c%d", i), "i1", 100), start); err != nil {
			return err
		}
	}
	got := make([][]compensate.Claimed, 8)
	err := together(len(got), func(i int) (err error) {
		got[i], err = l.Claim(ctx, compensate.ClaimRequest{Limit: 5, Lease: time.Minute, At: start})
		return err
	})
	if err != nil {
		return err
	}
	ids, tokens, sum := map[string]bool{}, map[string]bool{}, 0
	for _, list := range got {
		for _, c := range list {
			ids[c.ID], tokens[c.Token] = true, true
			sum++
		}
	}
	if _, err := claim(ctx, l, start.Add(59*time.Second), false, 0); err != nil {
		return err
	}
	return first(want("entries claimed", sum, n), want("different ones", len(ids), n), want("different tokens", len(tokens), n))
}

func leaseRanOut(ctx context.Context, l compensate.Ledger) error {
	c, err := one(ctx, l, false)
	if err != nil {
		return err
	}
	again, err := claim(ctx, l, start.Add(time.Minute), false, 1)
	if err != nil {
		return err
	}
	if again[0].Token == c.Token {
		return errors.New("the token is the old one")
	}
	return first(want("the ID", again[0].ID, c.ID), want("the attempt", again[0].Attempt, 2), want("attempts", again[0].Attempts, 2))
}

func lateSettlement(ctx context.Context, l compensate.Ledger) error {
	c, err := one(ctx, l, false)
	if err != nil {
		return err
	}
	again, err := claim(ctx, l, start.Add(time.Hour), false, 1)
	if err != nil {
		return err
	}
	s := compensate.Settlement{ID: c.ID, Token: c.Token, Outcome: compensate.Failed, At: start.Add(time.Hour)}
	if err := refuses(ctx, l, s, compensate.ErrLeaseLost); err != nil {
		return err
	}
	s.Token, s.Outcome, s.Reference = again[0].Token, compensate.Issued, "R1"
	return becomes(ctx, l, s, compensate.StateIssued)
}

func crashOnce(ctx context.Context, l compensate.Ledger) error {
	c, err := one(ctx, l, true)
	if err != nil {
		return err
	}
	if _, err := claim(ctx, l, start.Add(time.Hour), true, 0); err != nil {
		return err
	}
	e, err := entry(ctx, l, c.ID)
	if err != nil {
		return err
	}
	late := compensate.Settlement{ID: c.ID, Token: c.Token, Outcome: compensate.Retry, At: start.Add(time.Hour)}
	return first(want("the state", e.State, compensate.StateUncertain), refuses(ctx, l, late, compensate.ErrLeaseLost))
}

func noAnswer(ctx context.Context, l compensate.Ledger) error {
	c, err := one(ctx, l, false)
	if err != nil {
		return err
	}
	s := compensate.Settlement{ID: c.ID, Token: c.Token, Outcome: compensate.Unclear, At: start, Next: start.Add(time.Minute), Err: "lost"}
	if err := becomes(ctx, l, s, compensate.StateApproved); err != nil {
		return err
	}
	if _, err := claim(ctx, l, start, true, 0); err != nil {
		return err
	}
	again, err := claim(ctx, l, start.Add(time.Minute), true, 1)
	if err != nil {
		return err
	}
	s.Token = again[0].Token
	if err := becomes(ctx, l, s, compensate.StateUncertain); err != nil {
		return err
	}
	_, err = claim(ctx, l, start.Add(time.Hour), true, 0)
	return err
}

func retry(ctx context.Context, l compensate.Ledger) error {
	c, err := one(ctx, l, false)
	if err != nil {
		return err
	}
	s := compensate.Settlement{
		ID: c.ID, Token: c.Token, Outcome: compensate.Retry, At: start, Next: start.Add(10 * time.Second), Err: "busy",
	}
	if err := becomes(ctx, l, s, compensate.StateApproved); err != nil {
		return err
	}
	if _, err := claim(ctx, l, start.Add(9*time.Second), false, 0); err != nil {
		return err
	}
	again, err := claim(ctx, l, start.Add(10*time.Second), false, 1)
	if err != nil {
		return err
	}
	return want("the last error", again[0].LastErr, "busy")
}

func issuedOnce(ctx context.Context, l compensate.Ledger) error {
	c, err := one(ctx, l, false)
	if err != nil {
		return err
	}
	s := compensate.Settlement{ID: c.ID, Token: c.Token, Outcome: compensate.Issued, At: start, Reference: "R1"}
	if err := becomes(ctx, l, s, compensate.StateIssued); err != nil {
		return err
	}
	if _, err := claim(ctx, l, start.Add(time.Hour), false, 0); err != nil {
		return err
	}
	person := compensate.Settlement{ID: c.ID, Outcome: compensate.Approve, At: start, By: "ann"}
	if err := refuses(ctx, l, person, compensate.ErrState); err != nil {
		return err
	}
	person.Outcome = compensate.Reissue
	if err := refuses(ctx, l, person, compensate.ErrState); err != nil {
		return err
	}
	e, err := entry(ctx, l, c.ID)
	if err != nil {
		return err
	}
	return first(want("the reference", e.Reference, "R1"), amounts(ctx, l, owe("c1", "i1", 1000), start, 1000))
}

func settledTwice(ctx context.Context, l compensate.Ledger) error {
	c, err := one(ctx, l, false)
	if err != nil {
		return err
	}
	s := compensate.Settlement{ID: c.ID, Token: c.Token, Outcome: compensate.Issued, At: start, Reference: "R1"}
	if err := becomes(ctx, l, s, compensate.StateIssued); err != nil {
		return err
	}
	s.At = start.Add(time.Hour)
	if err := becomes(ctx, l, s, compensate.StateIssued); err != nil {
		return fmt.Errorf("the second time: %w", err)
	}
	e, err := entry(ctx, l, c.ID)
	if err != nil {
		return err
	}
	return want("changed when it was first settled", e.Changed.Equal(start), true)
}

func personLooks(ctx context.Context, l compensate.Ledger) error {
	c, err := one(ctx, l, true)
	if err != nil {
		return err
	}
	s := compensate.Settlement{ID: c.ID, Token: c.Token, Outcome: compensate.Failed, At: start, Err: "account closed"}
	ann := compensate.Settlement{ID: c.ID, Outcome: compensate.Reissue, At: start, By: "ann"}
	looked := compensate.Settlement{ID: c.ID, Outcome: compensate.Clear, At: start, By: "ann", Reference: "R9"}
	err = first(
		becomes(ctx, l, s, compensate.StateFailed),
		refuses(ctx, l, looked, compensate.ErrState),
		becomes(ctx, l, ann, compensate.StateApproved),
	)
	if err != nil {
		return err
	}
	again, err := claim(ctx, l, start, true, 1)
	if err != nil {
		return err
	}
	s = compensate.Settlement{ID: c.ID, Token: again[0].Token, Outcome: compensate.Unclear, At: start}
	err = first(
		want("the ID", again[0].ID, c.ID),
		becomes(ctx, l, s, compensate.StateUncertain),
		becomes(ctx, l, looked, compensate.StateIssued),
	)
	if err != nil {
		return err
	}
	e, err := entry(ctx, l, c.ID)
	if err != nil {
		return err
	}
	return first(want("the reference", e.Reference, "R9"), want("the person", e.SettledBy, "ann"))
}

func eachOnItsOwn(ctx context.Context, l compensate.Ledger) error {
	c, err := one(ctx, l, false)
	if err != nil {
		return err
	}
	got, err := l.Settle(ctx, []compensate.Settlement{
		{ID: "unknown#1", Token: "x", Outcome: compensate.Issued, At: start},
		{ID: c.ID, Token: c.Token, Outcome: compensate.Issued, At: start, Reference: "R1"},
		{ID: c.ID, Token: "not this one", Outcome: compensate.Failed, At: start},
	})
	if err != nil {
		return err
	}
	if len(got) != 3 {
		return fmt.Errorf("%d answers to 3 settlements", len(got))
	}
	return first(
		wantErr("an unknown entry", got[0].Err, compensate.ErrNotFound), want("the first ID", got[0].ID, "unknown#1"),
		want("the error of the second", got[1].Err, nil), want("its state", got[1].State, compensate.StateIssued), want("its key", got[1].Key, c.Key),
		wantErr("a wrong token", got[2].Err, compensate.ErrLeaseLost),
	)
}
