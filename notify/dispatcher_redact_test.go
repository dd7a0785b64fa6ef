package notify_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/notify/memoutbox"
)

// A server's answer may repeat the address. Hooks feed logs and metrics: they
// learn what happened and not to whom, and can still tell which error it was.
func TestHooksLearnNoAddress(t *testing.T) {
	t.Parallel()
	errServer := errors.New("550 kim@customer.example: no such user")
	box := new(memoutbox.Outbox)
	resolver := notify.ResolverFunc(func(_ context.Context, items []notify.Claimed) ([]notify.Resolved, error) {
		out := make([]notify.Resolved, len(items))
		for i := range items {
			out[i] = notify.Resolved{To: notify.Recipient{ID: items[i].Recipient, Address: "kim@customer.example"}, Message: &notify.Message{Text: "x"}}
		}
		return out, nil
	})
	var heard []error
	refuses := notify.NotifierFunc(func(context.Context, *notify.Delivery) (notify.Receipt, error) {
		return notify.Receipt{}, notify.Permanent(errServer)
	})
	d, err := notify.NewDispatcher(box, resolver, map[string]notify.Channel{"mail": {Notifier: refuses}}, &notify.DispatcherOptions{Hooks: &notify.DispatcherHooks{
		Settled: func(_ context.Context, _ notify.Claimed, _ notify.Settled, err error) { heard = append(heard, err) },
	}})
	require.NoError(t, err)
	_, err = box.Add(t.Context(), notify.Page{Notice: "n", Done: true, Items: []notify.Item{item("k1")}, At: time.Now()})
	require.NoError(t, err)
	out, err := d.Deliver(t.Context(), 0)
	require.NoError(t, err)
	require.Equal(t, 1, out.Dead)
	require.Len(t, heard, 1)
	require.ErrorIs(t, heard[0], errServer)
	assert.NotContains(t, heard[0].Error(), "kim@customer.example")
	assert.Contains(t, heard[0].Error(), "no such user")
}
