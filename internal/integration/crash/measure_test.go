package crash_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/internal/integration/pgserver"
	"github.com/amends-dev/amends/notify"
)

// nothing is a channel that accepts everything at once.
func nothing(context.Context, *notify.Delivery) (notify.Receipt, error) {
	return notify.Receipt{ProviderID: "taken"}, nil
}

// same says the same to everybody.
func same(_ context.Context, items []notify.Claimed) ([]notify.Resolved, error) {
	m := &notify.Message{Kind: "update", Subject: "Restores", Text: "Restores hang at 0 %."}
	out := make([]notify.Resolved, len(items))
	for i, c := range items {
		out[i] = notify.Resolved{To: notify.Recipient{ID: c.Recipient, Address: c.Recipient}, Message: m}
	}
	return out, nil
}

// sendNothing delivers all that there is to a channel that takes it at once.
func (l *life) sendNothing(ctx context.Context) error {
	d, err := notify.NewDispatcher(l.stores.Outbox, notify.ResolverFunc(same), map[string]notify.Channel{"mail": {Notifier: notify.NotifierFunc(nothing)}}, nil)
	if err != nil {
		return err
	}
	sent := 0
	for {
		out, err := d.Deliver(ctx, 1<<30)
		if err != nil {
			return err
		}
		if sent += out.Sent; out.Claimed == 0 {
			l.complain(fmt.Sprintf("sent %d", sent))
			return nil
		}
	}
}

// TestMeasureProcesses measures how many deliveries a second one, two and four
// processes bring to a channel that takes them at once, on a PostgreSQL that flushes to the disk:
//
//	go test ./internal/integration/crash -run TestMeasureProcesses -measure 30000 -v
func TestMeasureProcesses(t *testing.T) {
	if *measure == 0 {
		t.Skip("it measures when -measure says how many deliveries")
	}
	server := pgserver.Own(t)
	for _, processes := range []int{1, 2, 4} {
		t.Run(fmt.Sprint(processes), func(t *testing.T) {
			r, ctx := small(t, "sqlite", true)
			r.orders.Driver, r.orders.DSN, r.orders.Task = "pgx", server.Database(t), "nothing"
			l := r.company(ctx)
			for n := 0; n < *measure; n += 1000 {
				p := notify.Page{Notice: fmt.Sprint("n", n), Done: true, At: time.Now()}
				for i := range min(1000, *measure-n) {
					id := fmt.Sprint("c", n+i)
					p.Items = append(p.Items, notify.Item{Key: p.Notice + "/" + id, Notice: p.Notice, Space: space, Record: "inc-1", Kind: "update", Recipient: id, Channel: "mail", Thread: "inc-1", Seq: 1})
				}
				_, err := l.stores.Outbox.Add(ctx, p)
				require.NoError(t, err)
			}
			begun := time.Now()
			var all []*process
			for range processes {
				all = append(all, r.start(ctx))
			}
			var cpu time.Duration
			for _, p := range all {
				r.ends(p)
				cpu += p.cmd.ProcessState.UserTime() + p.cmd.ProcessState.SystemTime()
			}
			took := time.Since(begun)
			require.Equal(t, map[notify.State]int64{notify.StateSent: int64(*measure)}, l.states(ctx, t, notify.Query{}))
			t.Logf("%d processes: %d deliveries in %s, %.0f/s; they used %s of processor time; %v", processes, *measure, took.Round(time.Millisecond),
				float64(*measure)/took.Seconds(), cpu.Round(time.Millisecond), r.complaints())
		})
	}
}
