package compensatetest_test

import (
	"context"
	"sync"
	"time"

	"github.com/amends-dev/amends/compensate"
)

// reducing takes back what a smaller total, above nothing, leaves over.
func reducing() *broken {
	return &broken{propose: func(l compensate.Ledger, ctx context.Context, o owedList, at time.Time) (entryList, error) {
		out, err := l.Propose(ctx, o, at)
		for i := range out {
			var sum int64
			for _, e := range out[i] {
				sum += e.Amount.Minor()
			}
			if t := o[i].Total.Minor(); t > 0 && t < sum && len(o[i].Caps) == 0 {
				out[i] = append(out[i], compensate.Entry{Amount: compensate.FromMinor(t-sum, "EUR")})
			}
		}
		return out, err
	}}
}

// sharing hands out the slices that it keeps.
func sharing() *broken {
	var mu sync.Mutex
	kept := map[string]compensate.Entry{}
	b := onProposed(func(_ context.Context, _ compensate.Ledger, e []compensate.Entry) []compensate.Entry {
		mu.Lock()
		defer mu.Unlock()
		for i := range e {
			kept[e[i].ID] = e[i]
		}
		return e
	})
	b.list = func(l compensate.Ledger, ctx context.Context, q compensate.Query, c string, n int) ([]compensate.Entry, string, error) {
		out, next, err := l.List(ctx, q, c, n)
		mu.Lock()
		defer mu.Unlock()
		for i := range out {
			out[i].Why, out[i].Award = kept[out[i].ID].Why, kept[out[i].ID].Award
		}
		return out, next, err
	}
	return b
}

// forgiving takes any token that was ever given for the entry.
func forgiving() *broken {
	var mu sync.Mutex
	last, given := map[string]string{}, map[string]bool{}
	b := onSettlement(func(s *compensate.Settlement) {
		mu.Lock()
		defer mu.Unlock()
		if given[s.Token] {
			s.Token = last[s.ID]
		}
	})
	b.claim = func(l compensate.Ledger, ctx context.Context, r compensate.ClaimRequest) ([]compensate.Claimed, error) {
		out, err := l.Claim(ctx, r)
		mu.Lock()
		defer mu.Unlock()
		for _, c := range out {
			last[c.ID], given[c.Token] = c.Token, true
		}
		return out, err
	}
	return b
}

// crashing claims again what ran out, although billing cannot repeat.
func crashing() *broken {
	uncertain := compensate.Query{States: []compensate.State{compensate.StateUncertain}}
	return &broken{claim: func(l compensate.Ledger, ctx context.Context, r compensate.ClaimRequest) ([]compensate.Claimed, error) {
		before, _, err := l.List(ctx, uncertain, "", 100)
		if err != nil {
			return nil, err
		}
		out, err := l.Claim(ctx, r)
		if err != nil || len(before) > 0 {
			return out, err
		}
		after, _, err := l.List(ctx, uncertain, "", 100)
		if err != nil || len(after) == 0 {
			return out, err
		}
		_, err = l.Settle(ctx, []compensate.Settlement{{ID: after[0].ID, Outcome: compensate.Reissue, At: r.At, By: "nobody"}})
		if err != nil {
			return nil, err
		}
		again, err := l.Claim(ctx, r)
		return append(out, again...), err
	}}
}

// counting goes on counting the attempts of what a person had issued again.
func counting() *broken {
	var mu sync.Mutex
	again := map[string]bool{}
	b := onSettlement(func(s *compensate.Settlement) {
		mu.Lock()
		defer mu.Unlock()
		if s.Outcome == compensate.Reissue {
			again[s.ID] = true
		}
	})
	b.claim = func(l compensate.Ledger, ctx context.Context, r compensate.ClaimRequest) ([]compensate.Claimed, error) {
		out, err := l.Claim(ctx, r)
		mu.Lock()
		defer mu.Unlock()
		for i := range out {
			if again[out[i].ID] {
				out[i].Attempt, out[i].Attempts = out[i].Attempt+1, out[i].Attempts+1
			}
		}
		return out, err
	}
	return b
}
