package riverengine_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/amends-dev/amends"
	"github.com/amends-dev/amends/compensate/memledger"
	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/incident/memstore"
	"github.com/amends-dev/amends/notify/memoutbox"
)

// An engine that keeps its jobs in memory, knows no uniqueness and never looks
// whether a record is due satisfies the suite: the rules are kept by the stores.
func TestNaiveEngine(t *testing.T) {
	t.Parallel()
	testEngine(t, func(*testing.T) (amends.Stores, func(*company) engine) {
		return amends.Stores{Records: new(memstore.Store), Outbox: new(memoutbox.Outbox), Ledger: new(memledger.Ledger)},
			func(c *company) engine { return &naive{company: c} }
	})
}

// naive is that engine. A job is a record to look at, and then a pass over deliveries and credits.
type naive struct {
	company *company

	mu   sync.Mutex
	jobs []wish
	busy int
}

type wish struct {
	record string // "": only the passes
	at     time.Time
}

func (n *naive) add(w ...wish) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.jobs = append(n.jobs, w...)
}

func (n *naive) change(f func(jobs []wish) []wish) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.jobs = f(n.jobs)
}

// naiveRecords makes a job of whatever becomes due.
type naiveRecords struct {
	incident.Store
	n *naive
}

func (n *naive) records() incident.Store { return naiveRecords{n.company.stores.Records, n} }

func (r naiveRecords) Append(ctx context.Context, c incident.Commit) (incident.Result, error) {
	done, err := r.Store.Append(ctx, c)
	if err == nil {
		for _, b := range c.Batches {
			r.n.add(wish{b.Record, b.At})
		}
	}
	return done, err
}

func (r naiveRecords) Look(ctx context.Context, record string, at time.Time, turn uint64) (uint64, error) {
	next, err := r.Store.Look(ctx, record, at, turn)
	if err == nil && !at.IsZero() {
		r.n.add(wish{record, at})
	}
	return next, err
}

func (n *naive) start(machines int) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	for range machines {
		desk := n.company.desk(n.records())
		wg.Go(func() {
			for tick := time.NewTicker(time.Millisecond); ctx.Err() == nil; {
				if !n.work(ctx, desk) {
					<-tick.C
				}
			}
		})
	}
	return func() {
		cancel()
		wg.Wait()
	}
}

// work works a job, if one is there.
func (n *naive) work(ctx context.Context, desk *amends.Desk) bool {
	n.mu.Lock()
	now := n.company.now()
	i := slices.IndexFunc(n.jobs, func(w wish) bool { return !w.at.After(now) })
	if i < 0 {
		n.mu.Unlock()
		return false
	}
	w := n.jobs[i]
	n.jobs = slices.Delete(n.jobs, i, i+1)
	n.busy++
	n.mu.Unlock()
	if w.record != "" {
		if err := desk.Reconcile(ctx, w.record); err != nil {
			n.add(wish{w.record, now.Add(retry)})
		}
	}
	sent, err := desk.Deliver(ctx, 0)
	switch {
	case err != nil:
		n.add(wish{at: now.Add(retry)})
	case !sent.Next.IsZero():
		n.add(wish{at: sent.Next})
	}
	if _, err := desk.Issue(ctx, 100); err != nil {
		n.add(wish{at: now.Add(retry)})
	}
	n.mu.Lock()
	n.busy--
	n.mu.Unlock()
	return true
}

func (n *naive) sweep() {
	due, err := n.company.stores.Records.List(context.Background(), incident.Filter{DueBy: n.company.now()}, "", 1000)
	if err != nil {
		n.company.t.Error(err)
	}
	n.add(wish{})
	for _, h := range due.Heads {
		n.add(wish{record: h.Record})
	}
}

func (n *naive) lose()   { n.change(func([]wish) []wish { return nil }) }
func (n *naive) giveUp() { n.lose() }

func (n *naive) double() {
	n.change(func(jobs []wish) []wish { return append(slices.Clone(jobs), jobs...) })
}

func (n *naive) hurry() {
	n.change(func(jobs []wish) []wish {
		for i := range jobs {
			jobs[i].at = time.Time{}
		}
		return jobs
	})
}

func (n *naive) idle(context.Context) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	now := n.company.now()
	return n.busy == 0 && !slices.ContainsFunc(n.jobs, func(w wish) bool { return !w.at.After(now) })
}
