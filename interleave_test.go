package amends_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/incident"
)

// TestEveryPairInterleaved runs each pair of commands and units of work with the
// second in the middle of the first, at each of the first's store calls, as two
// processes would. Afterwards, reconciled: no obligation is lost, nobody is told
// twice, nothing is paid twice, and nothing was closed while something was open.
func TestEveryPairInterleaved(t *testing.T) {
	t.Parallel()
	for _, stage := range stages() {
		for n, first := range stage.units {
			t.Run(stage.name+"/"+first.name, func(t *testing.T) {
				t.Parallel()
				for m, second := range stage.units {
					calls := interleave(t, stage.build, first, second, 0)
					for at := 1 + (n+m)%stride; at <= calls; at += stride {
						interleave(t, stage.build, first, second, at)
						if t.Failed() {
							t.Fatalf("%q in the middle of %q, at store call %d of %d", second.name, first.name, at, calls)
						}
					}
				}
			})
		}
	}
}

// interleave runs second in the middle of first, or after it (0).
func interleave(t *testing.T, build func(*world) *scene, first, second unit, at int) (calls int) {
	t.Helper()
	w := newWorld(t, 4)
	o := &order{Store: w.stores.Records}
	w.stores.Records = o
	w.desk = w.open(w.stores)
	s := build(w)
	from := len(o.commits)
	other := func() error {
		if err := second.run(t.Context(), w.desk, s); err != nil && !refused(err) && !errors.Is(err, incident.ErrKeyReused) {
			t.Errorf("%s: %v", second.name, err)
		}
		return nil
	}
	p := &tap{at: at, fire: other, before: true}
	if err := first.run(t.Context(), w.open(p.stores(w.stores)), s); err != nil {
		require.True(t, refused(err), "%s: %v", first.name, err)
	}
	calls = p.n
	if at == 0 {
		require.NoError(t, other())
	}
	w.settle()
	w.checkNothingLost()
	w.checkToldOnce()
	w.checkPaidOnce()
	w.checkFamilies()
	w.checkClosedRightly(o, from, s.inc)
	return calls
}

// order is the order in which commits reach the store.
type order struct {
	incident.Store
	mu      sync.Mutex
	commits []incident.Commit
}

// Append notes what was written.
func (o *order) Append(ctx context.Context, c incident.Commit) (incident.Result, error) {
	r, err := o.Store.Append(ctx, c)
	if err == nil && !r.Repeat {
		o.mu.Lock()
		o.commits = append(o.commits, c)
		o.mu.Unlock()
	}
	return r, err
}

// obliging lists the kinds of event after which something is owed.
func obliging(e incident.Event) bool {
	switch p := e.Data.(type) {
	case incident.ReportReceived, incident.ReplyReceived, incident.PromiseMade, incident.GestureMade, incident.LossRecorded, incident.Absorbed:
		return true
	case incident.VerdictGiven:
		return p.Disputes()
	}
	return false
}

// checkClosedRightly: nothing that obliges us was written between the moment
// the scene was ready to close and the closing, and the closing went in all the
// same. No unit of the scene both creates and settles an obligation.
func (w *world) checkClosedRightly(o *order, from int, id string) {
	w.t.Helper()
	var before []string
	for _, c := range o.commits[from:] {
		for _, b := range c.Batches {
			for _, e := range b.Events {
				if s, ok := e.Data.(incident.StatusChanged); ok && b.Record == id && s.To == incident.StatusClosed {
					assert.Empty(w.t, before, "closed although these were written before")
				}
				if obliging(e) {
					before = append(before, string(e.Data.Kind()))
				}
			}
		}
	}
}
