package notifytest_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/notify/notifytest"
)

var someone = notify.Recipient{ID: "c-1", Address: "ada@example.com", Name: "Ada Example", Meta: map[string]string{"room": "room-4711"}}

// recorderHarness is the suite's transport: a recorder.
func recorderHarness() (notifytest.Harness, *notifytest.Recorder) {
	rec := notifytest.NewRecorder()
	return notifytest.Harness{
		Notifier: rec, To: someone,
		Delivered: func() []notifytest.Received {
			var out []notifytest.Received
			for _, d := range rec.Delivered() {
				out = append(out, notifytest.Received{ID: d.ID, Text: d.Message.Subject + "\n" + d.Message.Text})
			}
			return out
		},
		Fault: func(kind notifytest.FaultKind) bool {
			fault, ok := map[notifytest.FaultKind]notifytest.Fault{
				notifytest.FaultTemporary:     notifytest.FailTimes(1),
				notifytest.FaultThrottled:     notifytest.Throttle(7 * time.Second),
				notifytest.FaultUncertain:     notifytest.Ambiguous(),
				notifytest.FaultLasting:       notifytest.Lasting().Times(1),
				notifytest.FaultGone:          notifytest.Gone().Times(1),
				notifytest.FaultMisconfigured: notifytest.Misconfigured().Times(1),
				notifytest.FaultBlocked:       notifytest.Block(),
			}[kind]
			rec.Script(fault)
			return ok
		},
		Secrets: []string{"token-secret"},
	}, rec
}

func TestRecorderConforms(t *testing.T) {
	t.Parallel()
	notifytest.TestNotifier(t, func(*testing.T) notifytest.Harness {
		h, _ := recorderHarness()
		return h
	})
}

func TestChainConforms(t *testing.T) {
	t.Parallel()
	notifytest.TestNotifier(t, func(*testing.T) notifytest.Harness {
		h, _ := recorderHarness()
		h.Notifier = notify.Chain(h.Notifier, &notify.ChainOptions{Tries: -1})
		return h
	})
}

// notifierFunc shortens the broken notifiers below.
type notifierFunc = func(context.Context, *notify.Delivery) (notify.Receipt, error)

// reclassed passes a failure of one class on as another.
func reclassed(from notify.Class, to func(error) error) func(notifierFunc) notifierFunc {
	return func(next notifierFunc) notifierFunc {
		return func(ctx context.Context, d *notify.Delivery) (notify.Receipt, error) {
			r, err := next(ctx, d)
			if class, _ := notify.Classify(err); err != nil && class == from && ctx.Err() == nil {
				return r, to(notifytest.ErrScripted)
			}
			return r, err
		}
	}
}

// TestBrokenNotifiers proves the suite: each notifier breaks one rule, and
// exactly the case of that rule fails.
func TestBrokenNotifiers(t *testing.T) {
	t.Parallel()
	type broken struct {
		name string
		want []string // cases; several where one break breaks several rules
		make func(next notifierFunc) notifierFunc
	}
	for _, b := range []broken{
		{"keeps its promise", nil, func(next notifierFunc) notifierFunc { return next }},
		{"never delivers, but says so", []string{"delivers", "concurrent", "dead_context", "idempotent", "same_id", "not_kept", "prior", "long_text", "temporary"}, swallows},
		{"mixes messages up", []string{"concurrent"}, mixes},
		{"ignores its context", []string{"context"}, func(next notifierFunc) notifierFunc {
			return func(ctx context.Context, d *notify.Delivery) (notify.Receipt, error) {
				if r, err := next(ctx, d); ctx.Err() == nil || !errors.Is(err, context.DeadlineExceeded) {
					return r, err
				}
				return notify.Receipt{}, nil // it took the end of the context for a success
			}
		}},
		{"takes a dead context for success", []string{"dead_context"}, func(next notifierFunc) notifierFunc {
			return func(ctx context.Context, d *notify.Delivery) (notify.Receipt, error) {
				if errors.Is(ctx.Err(), context.Canceled) {
					return notify.Receipt{}, nil
				}
				return next(ctx, d)
			}
		}},
		{"changes the delivery", []string{"unchanged"}, func(next notifierFunc) notifierFunc {
			return func(ctx context.Context, d *notify.Delivery) (notify.Receipt, error) {
				d.Attempt++
				return next(ctx, d)
			}
		}},
		{"changes the shared message", []string{"unchanged"}, func(next notifierFunc) notifierFunc {
			return func(ctx context.Context, d *notify.Delivery) (notify.Receipt, error) {
				if d.Message.Data != nil {
					d.Message.Data["id"] = d.ID
				}
				return next(ctx, d)
			}
		}},
		{"makes a new key for each attempt", []string{"idempotent", "same_id", "temporary"}, func(next notifierFunc) notifierFunc {
			var mu sync.Mutex
			n := 0
			return func(ctx context.Context, d *notify.Delivery) (notify.Receipt, error) {
				mu.Lock()
				n++
				c := notifytest.Clone(d)
				c.ID = fmt.Sprintf("%s-%d", d.ID, n)
				mu.Unlock()
				if r, err := next(ctx, &c); err == nil || notifytestClass(err) != notify.Temporary || ctx.Err() != nil {
					return r, err
				}
				// A temporary failure: it had arrived all the same.
				_, _ = next(ctx, &c)
				return notify.Receipt{}, notifytest.ErrScripted
			}
		}},
		{"refuses replies", []string{"prior"}, func(next notifierFunc) notifierFunc {
			return func(ctx context.Context, d *notify.Delivery) (notify.Receipt, error) {
				if d.Prior != nil {
					return notify.Receipt{}, errors.New("cannot reply")
				}
				return next(ctx, d)
			}
		}},
		{"drops empty texts", []string{"empty_text"}, func(next notifierFunc) notifierFunc {
			return func(ctx context.Context, d *notify.Delivery) (notify.Receipt, error) {
				if d.Message.Text == "" {
					return notify.Receipt{}, nil
				}
				return next(ctx, d)
			}
		}},
		{"cuts long texts", []string{"long_text"}, func(next notifierFunc) notifierFunc {
			return func(ctx context.Context, d *notify.Delivery) (notify.Receipt, error) {
				c := notifytest.Clone(d)
				c.Message.Text = c.Message.Text[:min(len(c.Message.Text), 4096)]
				return next(ctx, &c)
			}
		}},
		{"takes long texts for a passing trouble", []string{"long_text"}, func(next notifierFunc) notifierFunc {
			return func(ctx context.Context, d *notify.Delivery) (notify.Receipt, error) {
				if len(d.Message.Text) > 4096 {
					return notify.Receipt{}, errors.New("too long")
				}
				return next(ctx, d)
			}
		}},
		{"shows the address in errors", []string{"no_secrets"}, shows(func(d *notify.Delivery) string { return d.To.Address })},
		{"shows the words in errors", []string{"no_secrets"}, shows(func(d *notify.Delivery) string { return d.Message.Text })},
		{"shows a token in errors", []string{"no_secrets"}, shows(func(*notify.Delivery) string { return "https://x/?k=token-secret" })},
		{"gives up at once", []string{"temporary"}, reclassed(notify.Temporary, notify.Permanent)},
		{"loses that it is throttled", []string{"throttled"}, reclassed(notify.Throttled, func(err error) error { return err })},
		{"loses the time to wait", []string{"throttled"}, reclassed(notify.Throttled, func(err error) error { return notify.RetryAfter(err, 0) })},
		{"would repeat the uncertain", []string{"uncertain"}, reclassed(notify.Uncertain, func(err error) error { return err })},
		{"repeats the hopeless", []string{"lasting"}, reclassed(notify.Lasting, func(err error) error { return err })},
		{"keeps dead addresses", []string{"gone"}, reclassed(notify.AddressGone, notify.Permanent)},
		{"tries a refused token for everybody", []string{"misconfigured"}, reclassed(notify.Unusable, notify.Permanent)},
	} {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			failed, skipped := notifytest.Broken(t.Context(), func() notifytest.Harness {
				h, rec := recorderHarness()
				h.Notifier = notify.NotifierFunc(b.make(rec.Notify))
				return h
			})
			assert.Empty(t, skipped)
			assert.ElementsMatch(t, b.want, keys(failed), "%v", failed)
			for _, text := range failed {
				assert.True(t, strings.HasPrefix(text, "rule: "), "%q", text)
			}
		})
	}
}

// TestKeepsDelivery proves the case that needs a transport of its own: one that
// looks at the delivery later.
func TestKeepsDelivery(t *testing.T) {
	t.Parallel()
	failed, _ := notifytest.Broken(t.Context(), func() notifytest.Harness {
		h, rec := recorderHarness()
		var mu sync.Mutex
		var kept []*notify.Delivery
		h.Notifier = notify.NotifierFunc(func(ctx context.Context, d *notify.Delivery) (notify.Receipt, error) {
			before := len(rec.Delivered())
			r, err := rec.Notify(ctx, d)
			mu.Lock()
			defer mu.Unlock()
			if len(rec.Delivered()) > before {
				kept = append(kept, d)
			}
			return r, err
		})
		h.Delivered = func() []notifytest.Received {
			mu.Lock()
			defer mu.Unlock()
			var out []notifytest.Received
			for _, d := range kept {
				out = append(out, notifytest.Received{ID: d.ID, Text: d.Message.Text})
			}
			return out
		}
		return h
	})
	// Concurrent calls race to be noted as new, which is no part of this proof.
	delete(failed, "concurrent")
	assert.Equal(t, []string{"not_kept"}, keys(failed), "%v", failed)
}

// TestHangingNotifier proves that a call that does not end with its context is
// found. It hangs for an hour of the bubble's clock.
func TestHangingNotifier(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		failed, _ := notifytest.Broken(t.Context(), func() notifytest.Harness {
			h, rec := recorderHarness()
			h.Notifier = notify.NotifierFunc(func(ctx context.Context, d *notify.Delivery) (notify.Receipt, error) {
				r, err := rec.Notify(ctx, d)
				if errors.Is(err, context.DeadlineExceeded) {
					<-time.After(time.Hour)
				}
				return r, err
			})
			return h
		})
		assert.Equal(t, []string{"context"}, keys(failed), "%v", failed)
		<-time.After(time.Hour)
	})
}

func TestHarnessDeclarations(t *testing.T) {
	t.Parallel()
	t.Run("without faults their cases are skipped", func(t *testing.T) {
		t.Parallel()
		failed, skipped := notifytest.Broken(t.Context(), func() notifytest.Harness {
			h, _ := recorderHarness()
			h.Fault = nil
			return h
		})
		assert.Empty(t, failed)
		assert.ElementsMatch(t, []string{"context", "no_secrets", "temporary", "throttled", "uncertain", "lasting", "gone", "misconfigured"}, skipped)
	})
	t.Run("MayDuplicate allows a repeat, MayCut a part", func(t *testing.T) {
		t.Parallel()
		failed, skipped := notifytest.Broken(t.Context(), func() notifytest.Harness {
			h, rec := recorderHarness()
			var mu sync.Mutex
			n := 0
			h.MayDuplicate, h.MayCut = true, true
			h.Notifier = notify.NotifierFunc(func(ctx context.Context, d *notify.Delivery) (notify.Receipt, error) {
				c := notifytest.Clone(d)
				mu.Lock()
				n++
				c.ID = fmt.Sprint(n)
				mu.Unlock()
				c.Message.Text = c.Message.Text[:min(len(c.Message.Text), 100)]
				return rec.Notify(ctx, &c)
			})
			seen := h.Delivered
			h.Delivered = func() []notifytest.Received { // a transport without a key
				out := seen()
				for i := range out {
					out[i].ID = ""
				}
				return out
			}
			return h
		})
		assert.Empty(t, failed)
		assert.Equal(t, []string{"same_id"}, skipped)
	})
}

func swallows(next notifierFunc) notifierFunc {
	return func(ctx context.Context, d *notify.Delivery) (notify.Receipt, error) {
		if err := faultOnly(ctx, next, d); err != nil && !errors.Is(err, context.Canceled) {
			return notify.Receipt{}, err
		}
		return notify.Receipt{}, nil
	}
}

// faultOnly meets the transport's faults, and keeps the message from arriving.
func faultOnly(ctx context.Context, next notifierFunc, d *notify.Delivery) error {
	c := notifytest.Clone(d)
	c.ID, c.Message.Text, c.Message.Subject = "swallowed", "nothing", "nothing"
	_, err := next(ctx, &c)
	return err
}

// mixes sends the text of the message before, once calls overlap.
func mixes(next notifierFunc) notifierFunc {
	var mu sync.Mutex
	last := ""
	return func(ctx context.Context, d *notify.Delivery) (notify.Receipt, error) {
		c := notifytest.Clone(d)
		mu.Lock()
		if strings.HasPrefix(c.Message.Text, "message number") {
			if last == "" {
				last = c.Message.Text
			}
			c.Message.Text = last
		}
		mu.Unlock()
		return next(ctx, &c)
	}
}

func shows(what func(*notify.Delivery) string) func(notifierFunc) notifierFunc {
	return func(next notifierFunc) notifierFunc {
		return func(ctx context.Context, d *notify.Delivery) (notify.Receipt, error) {
			r, err := next(ctx, d)
			if err != nil {
				err = fmt.Errorf("sending to %s: %w", what(d), err)
			}
			return r, err
		}
	}
}

func notifytestClass(err error) notify.Class {
	class, _ := notify.Classify(err)
	return class
}

func keys(m map[string]string) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	return out
}

func TestRecorder(t *testing.T) {
	t.Parallel()
	rec := notifytest.NewRecorder()
	send := func(id, to string) error {
		_, err := rec.Notify(t.Context(), &notify.Delivery{ID: id, To: notify.Recipient{ID: to}, Message: &notify.Message{Text: "t"}})
		return err
	}
	rec.ScriptFor("c-2", notifytest.FailTimes(2), notifytest.Lost())
	rec.Script(notifytest.Throttle(time.Second))

	require.Equal(t, notify.Throttled, notifytestClass(send("a", "c-1")), "the general script")
	require.NoError(t, send("a", "c-1"))
	require.NoError(t, send("a", "c-1"))
	assert.Equal(t, 1, rec.Repeats("a"), "a repeat counts, and is not delivered")
	for range 2 {
		require.ErrorIs(t, send("b", "c-2"), notifytest.ErrScripted)
	}
	require.Equal(t, notify.Uncertain, notifytestClass(send("b", "c-2")))
	assert.Empty(t, rec.To("c-2"), "a lost one has not arrived")
	require.NoError(t, send("b", "c-2"))
	assert.Len(t, rec.To("c-2"), 1)
	assert.Equal(t, 4, rec.Attempts("c-2"))
	assert.Equal(t, 7, rec.Calls())

	rec.ScriptFor("c-3", notifytest.Ambiguous())
	require.Equal(t, notify.Uncertain, notifytestClass(send("c", "c-3")))
	assert.Len(t, rec.To("c-3"), 1, "an ambiguous one has arrived")
	rec.ScriptFor("c-4", notifytest.Gone())
	for range 3 {
		require.Equal(t, notify.AddressGone, notifytestClass(send("d", "c-4")), "gone is for ever")
	}
	rec.Reset()
	assert.Empty(t, rec.Delivered())
	assert.Zero(t, rec.Calls())
	require.NoError(t, send("d", "c-4"))
}
