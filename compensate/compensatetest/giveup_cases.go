package compensatetest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/amends-dev/amends/compensate"
)

// givenUp claims and returns what the ledger gave up.
func givenUp(ctx context.Context, l compensate.Ledger, r compensate.ClaimRequest) ([]compensate.Claimed, error) {
	got, err := l.Claim(ctx, r)
	if err != nil {
		return nil, fmt.Errorf("claiming: %w", err)
	}
	var out []compensate.Claimed
	for _, c := range got {
		if c.Token == "" {
			out = append(out, c)
		}
	}
	return out, nil
}

func crashSeen(ctx context.Context, l compensate.Ledger) error {
	c, err := one(ctx, l, true)
	if err != nil {
		return err
	}
	r := compensate.ClaimRequest{Limit: 10, Lease: time.Minute, At: start.Add(time.Hour), Once: true}
	gone, err := givenUp(ctx, l, r)
	if err != nil {
		return err
	}
	if len(gone) != 1 {
		return fmt.Errorf("%d entries returned without a token, want 1", len(gone))
	}
	again, err := givenUp(ctx, l, r)
	if err != nil {
		return err
	}
	return first(
		want("its ID", gone[0].ID, c.ID), want("its key", gone[0].Key, c.Key), want("its state", gone[0].State, compensate.StateUncertain),
		want("those returned by the next claim", len(again), 0),
	)
}

func attemptsBounded(ctx context.Context, l compensate.Ledger) error {
	if _, err := propose(ctx, l, owe("c1", "i1", 1000), start); err != nil {
		return err
	}
	at, token := start, ""
	for range 2 {
		got, err := l.Claim(ctx, compensate.ClaimRequest{Limit: 10, Lease: time.Minute, At: at, MaxAttempts: 2})
		if err != nil {
			return err
		}
		if len(got) != 1 || got[0].Token == "" {
			return errors.New("an entry was not leased although it had attempts left")
		}
		at, token = at.Add(time.Hour), got[0].Token
	}
	gone, err := givenUp(ctx, l, compensate.ClaimRequest{Limit: 10, Lease: time.Minute, At: at, MaxAttempts: 2})
	if err != nil {
		return err
	}
	if len(gone) != 1 {
		return fmt.Errorf("%d entries returned without a token, want 1", len(gone))
	}
	e, err := entry(ctx, l, gone[0].ID)
	if err != nil {
		return err
	}
	late := compensate.Settlement{ID: e.ID, Token: token, Outcome: compensate.Issued, At: at, Reference: "R1"}
	return first(
		want("its state when returned", gone[0].State, compensate.StateFailed), want("its state", e.State, compensate.StateFailed),
		want("whether the reason is said", e.LastErr != "", true), refuses(ctx, l, late, compensate.ErrLeaseLost),
	)
}

func released(ctx context.Context, l compensate.Ledger) error {
	c, err := one(ctx, l, true)
	if err != nil {
		return err
	}
	busy := compensate.Settlement{ID: c.ID, Token: c.Token, Outcome: compensate.Retry, At: start, Next: start, Err: "busy"}
	if err := becomes(ctx, l, busy, compensate.StateApproved); err != nil {
		return err
	}
	second, err := claim(ctx, l, start, true, 1)
	if err != nil {
		return err
	}
	s := compensate.Settlement{ID: c.ID, Token: second[0].Token, Outcome: compensate.Release, At: start, Next: start.Add(time.Minute)}
	if err := becomes(ctx, l, s, compensate.StateApproved); err != nil {
		return err
	}
	// A repeat, whatever it is answered, gives nothing back a second time.
	if _, err := settle(ctx, l, s); err != nil {
		return err
	}
	if _, err := claim(ctx, l, start.Add(59*time.Second), true, 0); err != nil {
		return err
	}
	again, err := claim(ctx, l, start.Add(time.Minute), true, 1)
	if err != nil {
		return err
	}
	return first(want("attempts", again[0].Attempts, 2), want("the last error", again[0].LastErr, "busy"))
}

func reissueCountsAnew(ctx context.Context, l compensate.Ledger) error {
	c, err := one(ctx, l, false)
	if err != nil {
		return err
	}
	s := compensate.Settlement{ID: c.ID, Token: c.Token, Outcome: compensate.Failed, At: start, Err: "busy"}
	ann := compensate.Settlement{ID: c.ID, Outcome: compensate.Reissue, At: start, By: "ann"}
	if err := first(becomes(ctx, l, s, compensate.StateFailed), becomes(ctx, l, ann, compensate.StateApproved)); err != nil {
		return err
	}
	again, err := claim(ctx, l, start, false, 1)
	if err != nil {
		return err
	}
	return first(want("the attempt", again[0].Attempt, 1), want("attempts", again[0].Attempts, 1))
}

func proof(ctx context.Context, l compensate.Ledger) error {
	c, err := one(ctx, l, true)
	if err != nil {
		return err
	}
	o := owe("c2", "i2", 0)
	o.InKind = []string{"a call"}
	if _, err := propose(ctx, l, o, start); err != nil {
		return err
	}
	unclear := compensate.Settlement{ID: c.ID, Token: c.Token, Outcome: compensate.Unclear, At: start}
	if err := becomes(ctx, l, unclear, compensate.StateUncertain); err != nil {
		return err
	}
	for id, outcome := range map[string]compensate.Outcome{c.ID: compensate.Clear, compensate.EntryID(o.Key, "", 1): compensate.Fulfil} {
		s := compensate.Settlement{ID: id, Outcome: outcome, At: start, By: "ann", Reference: " "}
		before, err := entry(ctx, l, id)
		if err != nil {
			return err
		}
		got, err := settle(ctx, l, s)
		if err != nil {
			return err
		}
		if got.Err == nil {
			return fmt.Errorf("a %s without a reference was taken", outcome)
		}
		after, err := entry(ctx, l, id)
		if err := first(err, want("the state after it", after.State, before.State)); err != nil {
			return err
		}
	}
	return nil
}
