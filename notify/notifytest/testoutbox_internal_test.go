package notifytest

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/notify/memoutbox"
)

// wronged is a good outbox with one thing wrong: what a func is set for. The
// funcs get the good outbox.
type wronged struct {
	*memoutbox.Outbox
	add    func(box *memoutbox.Outbox, ctx context.Context, p notify.Page) (int, error)
	claim  func(box *memoutbox.Outbox, ctx context.Context, r notify.ClaimRequest) ([]notify.Claimed, error)
	settle func(box *memoutbox.Outbox, ctx context.Context, s []notify.Settlement) ([]notify.Settled, error)
	tally  func(box *memoutbox.Outbox, ctx context.Context, q notify.Query) (notify.Tally, error)
	list   func(box *memoutbox.Outbox, ctx context.Context, q notify.Query, cursor string, limit int) ([]notify.Stored, string, error)
}

func (w *wronged) Add(ctx context.Context, p notify.Page) (int, error) {
	if w.add != nil {
		return w.add(w.Outbox, ctx, p)
	}
	return w.Outbox.Add(ctx, p)
}

func (w *wronged) Claim(ctx context.Context, r notify.ClaimRequest) ([]notify.Claimed, error) {
	if w.claim != nil {
		return w.claim(w.Outbox, ctx, r)
	}
	return w.Outbox.Claim(ctx, r)
}

func (w *wronged) Settle(ctx context.Context, s []notify.Settlement) ([]notify.Settled, error) {
	if w.settle != nil {
		return w.settle(w.Outbox, ctx, s)
	}
	return w.Outbox.Settle(ctx, s)
}

func (w *wronged) Tally(ctx context.Context, q notify.Query) (notify.Tally, error) {
	if w.tally != nil {
		return w.tally(w.Outbox, ctx, q)
	}
	return w.Outbox.Tally(ctx, q)
}

func (w *wronged) List(ctx context.Context, q notify.Query, cursor string, limit int) ([]notify.Stored, string, error) {
	if w.list != nil {
		return w.list(w.Outbox, ctx, q, cursor, limit)
	}
	return w.Outbox.List(ctx, q, cursor, limit)
}

// trial runs a case without failing the test that runs it.
type trial struct {
	outboxTB
	mu  sync.Mutex
	say []string
}

func (t *trial) Errorf(format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.say = append(t.say, fmt.Sprintf(format, args...))
}

func (t *trial) Fatalf(format string, args ...any) {
	t.Errorf(format, args...)
	runtime.Goexit()
}

// failing returns the cases that an outbox fails.
func failing(t *testing.T, newOutbox func() notify.Outbox) []string {
	t.Helper()
	var names []string
	for _, c := range outboxCases() {
		tr := &trial{outboxTB: t}
		var wg sync.WaitGroup
		wg.Go(func() { c.run(&boxDriver{outboxTB: tr, rule: c.rule, box: newOutbox()}) })
		wg.Wait()
		if len(tr.say) > 0 {
			names = append(names, c.name)
			assert.True(t, strings.HasPrefix(tr.say[0], "rule: "+c.rule+"\nbroken: "), "the failure does not print its rule: %s", tr.say[0])
		}
	}
	return names
}

func TestOutboxSuiteAcceptsAGoodOutbox(t *testing.T) {
	t.Parallel()
	assert.Empty(t, failing(t, func() notify.Outbox { return new(memoutbox.Outbox) }))
}

func TestOutboxCasesHaveNamesAndRulesOfTheirOwn(t *testing.T) {
	t.Parallel()
	names, rules := map[string]bool{}, map[string]bool{}
	for _, c := range outboxCases() {
		assert.False(t, names[c.name] || rules[c.rule], "case %q is there twice", c.name)
		names[c.name], rules[c.rule] = true, true
	}
}

// TestBrokenOutboxesFailExactlyTheirCase has one broken outbox for every rule.
func TestBrokenOutboxesFailExactlyTheirCase(t *testing.T) {
	t.Parallel()
	broken := brokenOutboxes()
	for _, c := range outboxCases() {
		assert.Contains(t, broken, c.name, "no broken outbox proves that case %q can fail", c.name)
	}
	for name, newOutbox := range broken {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, []string{name}, failing(t, func() notify.Outbox { return newOutbox() }))
		})
	}
}

func TestSuiteFailsOnAnySettleError(t *testing.T) {
	t.Parallel()
	for _, when := range []string{"before", "after"} {
		box := func() notify.Outbox {
			f := &FaultOutbox{Outbox: new(memoutbox.Outbox)}
			fail := func(_ context.Context, op Op, _ int) error {
				if op == OpSettle {
					return errors.New("disk full")
				}
				return nil
			}
			if when == "before" {
				f.Before = fail
			} else {
				f.After = fail
			}
			return f
		}
		got := failing(t, box)
		for _, c := range []string{"done", "retry", "order", "tally", "concurrent", "cap", "revive"} {
			assert.Contains(t, got, c)
		}
	}
}

func TestFaultOutboxFailsBeforeOrAfterTheEffect(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	at := func(k int) func(context.Context, Op, int) error {
		return func(_ context.Context, _ Op, n int) error {
			if n == k {
				return boom
			}
			return nil
		}
	}
	page := notify.Page{Notice: "n", Done: true, Items: []notify.Item{entry("a")}, At: start()}
	for name, tc := range map[string]struct {
		before, after int
		items         int
	}{
		"before": {before: 1, items: 0},
		"after":  {after: 1, items: 1},
		"never":  {before: 7, items: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := &FaultOutbox{Outbox: new(memoutbox.Outbox), Before: at(tc.before), After: at(tc.after)}
			_, err := f.Add(t.Context(), page)
			if name == "never" {
				require.NoError(t, err)
			} else {
				require.ErrorIs(t, err, boom)
			}
			items, _, err := f.List(t.Context(), notify.Query{}, "", 0)
			require.NoError(t, err)
			assert.Len(t, items, tc.items)
			tally, err := f.Tally(t.Context(), notify.Query{})
			require.NoError(t, err)
			assert.Len(t, tally.Expansions, tc.items)
			next, err := f.NextDue(t.Context(), "mail")
			require.NoError(t, err)
			assert.Equal(t, tc.items == 0, next.IsZero())
			assert.Equal(t, 3, f.Calls())
		})
	}
	next, err := (&FaultOutbox{Outbox: struct{ notify.Outbox }{new(memoutbox.Outbox)}}).NextDue(t.Context(), "mail")
	require.NoError(t, err)
	assert.Zero(t, next, "an outbox that knows nothing ahead")
}
