package notify_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/notify/memoutbox"
)

// slowOutbox takes a minute to answer about channels that have nothing to do, unless the one that has was asked for.
type slowOutbox struct {
	*memoutbox.Outbox
	once  sync.Once
	asked chan struct{}
}

func (o *slowOutbox) Claim(ctx context.Context, r notify.ClaimRequest) ([]notify.Claimed, error) {
	if r.Channel == "mail" {
		o.once.Do(func() { close(o.asked) })
	} else {
		select {
		case <-o.asked:
		case <-time.After(time.Minute):
		}
	}
	return o.Outbox.Claim(ctx, r)
}

// However small the limit of a pass is, a channel that has nothing to do must not
// keep it from those that have: with a database each claim takes its time.
func TestDeliverSharesItsLimit(t *testing.T) {
	t.Parallel()
	for _, limit := range []int{3, 10, 256} {
		synctest.Test(t, func(t *testing.T) {
			box := &slowOutbox{Outbox: new(memoutbox.Outbox), asked: make(chan struct{})}
			sends := notify.Channel{Notifier: notify.NotifierFunc(func(context.Context, *notify.Delivery) (notify.Receipt, error) { return notify.Receipt{}, nil })}
			resolver := notify.ResolverFunc(func(_ context.Context, items []notify.Claimed) ([]notify.Resolved, error) {
				out := make([]notify.Resolved, len(items))
				for i := range items {
					out[i] = notify.Resolved{To: notify.Recipient{ID: items[i].Recipient}, Message: &notify.Message{Text: "x"}}
				}
				return out, nil
			})
			d, err := notify.NewDispatcher(box, resolver, map[string]notify.Channel{"mail": sends, "page": sends, "webhook": sends}, nil)
			require.NoError(t, err)
			_, err = box.Add(t.Context(), notify.Page{Notice: "n", Done: true, Items: []notify.Item{item("k1")}, At: time.Now()})
			require.NoError(t, err)
			out, err := d.Deliver(t.Context(), limit)
			require.NoError(t, err)
			assert.Equal(t, 1, out.Sent)
		})
	}
}
