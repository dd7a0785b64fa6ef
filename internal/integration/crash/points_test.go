package crash_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/notify"
)

// stores runs a test for each store and way of billing.
func stores(t *testing.T, run func(t *testing.T, driver string, repeat bool)) {
	for _, tt := range []struct {
		name, driver string
		repeat       bool
	}{
		{"sqlite", "sqlite", true},
		{"sqlite, billing cannot repeat", "sqlite", false},
		{"postgres", "pgx", true},
		{"postgres, billing cannot repeat", "pgx", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			run(t, tt.driver, tt.repeat)
		})
	}
}

// small is a run with few customers, and an end to its patience.
func small(t *testing.T, driver string, repeat bool) (*run, context.Context) {
	r := newRun(t, driver, repeat)
	r.orders.Customers = 4
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	t.Cleanup(cancel)
	return r, ctx
}

// point is a moment of a transaction with the outside.
type point struct{ by, step string }

// The servers kill the process that talks to them, once at each point of a
// transaction: before they have what it sends, and between having it and saying
// so, so that it was sent and not settled. What was not there is sent once, what
// was there twice, and everything else once; what was settled before is not sent again.
func TestKilledBeforeSendingAndBetweenSendingAndSettling(t *testing.T) {
	t.Parallel()
	stores(t, func(t *testing.T, driver string, repeat bool) {
		r, ctx := small(t, driver, repeat)
		points := []point{{"mail", "begun"}, {"mail", "taken"}, {"webhook", "begun"}, {"webhook", "taken"}, {"billing", "begun"}, {"billing", "taken"}}
		var mu sync.Mutex
		var child *process
		shot := 0 // the last that was killed
		var hit []stopped
		r.out.when(func(step string, n *taken) bool {
			mu.Lock()
			defer mu.Unlock()
			i := slices.Index(points, point{n.by, step})
			if i < 0 || n.to == "status" || n.to == "duty@acme.example" || n.process == shot {
				return true
			}
			points = slices.Delete(points, i, i+1)
			shot = n.process
			child.shoot()
			hit = append(hit, stopped{*n, step})
			return step == "taken"
		})
		for range points {
			mu.Lock()
			child = r.start(ctx, func(o *orders) { o.Person = true })
			mu.Unlock()
			r.dies(child)
			r.dead()
		}
		require.Empty(t, points)
		r.out.when(nil)
		r.finish(ctx)
		r.check(ctx)
		notes, calls := r.out.log()
		from := map[string][]int{} // by ID: the processes from which it came
		for _, n := range notes {
			from[n.by+n.to+n.id] = append(from[n.by+n.to+n.id], n.process)
		}
		for _, c := range calls {
			from["billing"+c.ID] = append(from["billing"+c.ID], c.process)
		}
		require.Len(t, hit, 6)
		for _, n := range hit {
			all := from[n.by+n.to+n.id]
			switch {
			case n.id == "": // a mail that was not there yet: every statement reached everybody, as check has seen
			case n.step == "begun":
				require.NotEmpty(t, all)
				assert.NotContains(t, all, n.process, "%s was not there", n.by)
			case n.by == "billing" && !repeat:
				assert.Equal(t, []int{n.process}, all, "it was uncertain, until a person had looked")
			default:
				assert.Contains(t, all, n.process)
				assert.Greater(t, slices.Max(all), n.process, "%s was there, and nobody had written it down", n.by)
			}
		}
	})
}

// stopped is what was under way when its process was killed.
type stopped struct {
	taken
	step string
}

// A process that is killed when everything it sent is settled: nothing of that is sent again.
func TestKilledAfterSettling(t *testing.T) {
	t.Parallel()
	for name, driver := range map[string]string{"sqlite": "sqlite", "postgres": "pgx"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, ctx := small(t, driver, true)
			stores, shut, err := r.orders.open(ctx)
			require.NoError(t, err)
			defer func() { require.NoError(t, shut()) }()
			settled := map[string]int{} // by ID: how often it had come when that was seen
			for range 2 {
				child := r.start(ctx)
				before := len(settled)
				r.until(ctx, func() bool {
					page, _, err := stores.Outbox.List(ctx, notify.Query{States: []notify.State{notify.StateSent}}, "", 0)
					require.NoError(t, err)
					notes, _ := r.out.log()
					came := times(notes)
					for _, s := range page {
						if id := s.Receipt.ProviderID; settled[id] == 0 {
							settled[id] = came[id]
						}
					}
					return len(settled) > before
				})
				r.kill(child)
				r.dead()
			}
			r.finish(ctx)
			r.check(ctx)
			notes, _ := r.out.log()
			for id, n := range settled {
				assert.Equal(t, n, times(notes)[id], "%s came again after it was settled", id)
			}
		})
	}
}

// times counts how often each message came.
func times(notes []taken) map[string]int {
	n := map[string]int{}
	for _, note := range notes {
		n[note.id]++
	}
	return n
}
