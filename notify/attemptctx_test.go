package notify_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/notify"
)

// TestAttemptContext: the context that an adapter gets behaves like one of the
// standard library, whatever is asked of it first.
func TestAttemptContext(t *testing.T) {
	t.Parallel()
	type key struct{}
	stop := context.Canceled
	for _, c := range []struct {
		name    string
		timeout time.Duration // of the chain
		parent  time.Duration // until the parent is cancelled
		want    error
		after   time.Duration
		wait    func(ctx context.Context)
	}{
		{"done at the deadline", 2 * time.Second, time.Hour, context.DeadlineExceeded, 2 * time.Second, func(ctx context.Context) { <-ctx.Done() }},
		{"done with the parent", time.Minute / 3, time.Second, stop, time.Second, func(ctx context.Context) { <-ctx.Done() }},
		{"the error alone, at the deadline", 2 * time.Second, time.Hour, context.DeadlineExceeded, 2100 * time.Millisecond, func(ctx context.Context) {
			for ctx.Err() == nil {
				<-time.After(300 * time.Millisecond)
			}
		}},
		{"the error alone, with the parent", time.Minute / 3, time.Second, stop, 1200 * time.Millisecond, func(ctx context.Context) {
			for ctx.Err() == nil {
				<-time.After(300 * time.Millisecond)
			}
		}},
		{"a child of it", 2 * time.Second, time.Hour, context.DeadlineExceeded, 2 * time.Second, func(ctx context.Context) {
			child, cancel := context.WithCancel(ctx)
			defer cancel()
			<-child.Done()
		}},
		{"what runs after it", 2 * time.Second, time.Hour, context.DeadlineExceeded, 2 * time.Second, func(ctx context.Context) {
			ran := make(chan struct{})
			context.AfterFunc(ctx, func() { close(ran) })
			<-ran
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			within(t, func(t *testing.T) {
				parent, cancel := context.WithCancel(context.WithValue(t.Context(), key{}, "value"))
				defer cancel()
				time.AfterFunc(c.parent, cancel)
				start := time.Now()
				var kept context.Context
				n := notify.NotifierFunc(func(ctx context.Context, _ *notify.Delivery) (notify.Receipt, error) {
					deadline, ok := ctx.Deadline()
					assert.True(t, ok)
					assert.Equal(t, start.Add(c.timeout), deadline)
					assert.Equal(t, "value", ctx.Value(key{}))
					c.wait(ctx)
					assert.Equal(t, "value", ctx.Value(key{}))
					kept = ctx //nolint:fatcontext // to look at it later
					return notify.Receipt{}, ctx.Err()
				})
				_, err := notify.Chain(n, &notify.ChainOptions{Timeout: c.timeout, Tries: -1}).Notify(parent, delivery("ada"))
				require.ErrorIs(t, err, c.want)
				assert.Equal(t, c.after, time.Since(start))
				require.Error(t, kept.Err())
				child, stop := context.WithCancel(kept)
				defer stop()
				<-child.Done() // a context kept beyond the attempt is done
			})
		})
	}
	t.Run("kept beyond an attempt that never asked", func(t *testing.T) {
		t.Parallel()
		within(t, func(t *testing.T) {
			var kept context.Context
			n := notify.NotifierFunc(func(ctx context.Context, _ *notify.Delivery) (notify.Receipt, error) {
				kept = ctx //nolint:fatcontext // to look at it later
				return notify.Receipt{}, ctx.Err()
			})
			_, err := notify.Chain(n, nil).Notify(t.Context(), delivery("ada"))
			require.NoError(t, err)
			require.ErrorIs(t, kept.Err(), context.Canceled)
			<-kept.Done()
			require.ErrorIs(t, kept.Err(), context.Canceled)
		})
	})
	t.Run("the parent's earlier deadline shows", func(t *testing.T) {
		t.Parallel()
		within(t, func(t *testing.T) {
			parent, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			want, _ := parent.Deadline()
			n := notify.NotifierFunc(func(ctx context.Context, _ *notify.Delivery) (notify.Receipt, error) {
				got, _ := ctx.Deadline()
				assert.Equal(t, want, got)
				return notify.Receipt{}, nil
			})
			_, err := notify.Chain(n, nil).Notify(parent, delivery("ada"))
			require.NoError(t, err)
		})
	})
}
