package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"
)

// What is measured.
const (
	caseAdd  = "add"
	caseWork = "claim and settle"
	caseAll  = "end to end"
)

// run is one repetition of one contestant, by case.
type run map[string]figure

// figure is what one case took.
type figure struct {
	rate float64 // rows a second
	cost float64 // microseconds of the processors a row: ours, the driver's and the server's
}

// contestants are all who take part, by database.
func contestants() (out []contestant) {
	for _, db := range []database{sqlite, postgres} {
		out = append(out,
			contestant{"raw SQL", db, 0, openRaw},
			contestant{"sqloutbox", db, 0, openOurs},
			contestant{"sqloutbox, Dispatcher", db, 0, openDispatched},
			contestant{"River, tuned", db, 0, openRiver(tuned())},
			contestant{"River, default", db, 10, openRiver(byDefault())},
		)
	}
	return out
}

// race runs everybody repeat times, one after the other in each round, so that
// a busy minute of the machine hits all. It also returns what others had of the
// processors in each round.
func race(ctx context.Context, who []contestant, n, repeat int, progress io.Writer) (results map[contestantID][]run, others []float64, err error) {
	results = map[contestantID][]run{}
	for round := range repeat {
		before := measure()
		for _, c := range who {
			r, err := c.measure(ctx, n, round)
			if err != nil {
				return nil, nil, fmt.Errorf("%s on %s: %w", c.name, c.db, err)
			}
			results[c.id()] = append(results[c.id()], r)
			_, _ = fmt.Fprintf(progress, "round %d: %s, %s: %.0f %.0f %.0f\n", round+1, c.db, c.name, r[caseAdd].rate, r[caseWork].rate, r[caseAll].rate)
		}
		others = append(others, before.others())
	}
	return results, others, nil
}

type contestantID struct {
	db   database
	name string
}

func (c contestant) id() contestantID { return contestantID{c.db, c.name} }

// rows is how many rows the contestant gets, of n.
func (c contestant) rows(n int) int { return max(1, n/max(1, c.share)) }

func (c contestant) measure(ctx context.Context, n, round int) (r run, err error) {
	n, r = c.rows(n), run{}
	err = c.with(ctx, fmt.Sprintf("%s %d a", c.name, round), n, func(p peer) error {
		if r[caseAdd], err = take(n, func() error { return addAll(ctx, p, n) }); err != nil {
			return fmt.Errorf("adding: %w", err)
		}
		if r[caseWork], err = take(n, func() error { return p.work(ctx, n) }); err != nil {
			return fmt.Errorf("working: %w", err)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return r, c.with(ctx, fmt.Sprintf("%s %d b", c.name, round), n, func(p peer) error {
		r[caseAll], err = take(n, func() error {
			g, ctx := errgroup.WithContext(ctx)
			g.Go(func() error { return p.work(ctx, n) })
			g.Go(func() error { return addAll(ctx, p, n) })
			return g.Wait()
		})
		return err
	})
}

// with opens the contestant on an empty database, and checks at the end that all n rows are settled.
func (c contestant) with(ctx context.Context, name string, n int, fn func(p peer) error) error {
	at, remove, err := newPlace(ctx, c.db, name)
	if err != nil {
		return err
	}
	p, err := c.open(ctx, at)
	if err != nil {
		return errors.Join(err, remove())
	}
	runtime.GC() // nobody pays for what another left
	err = fn(p)
	if err == nil {
		var have int
		if have, err = p.settled(ctx); err == nil && have != n {
			err = fmt.Errorf("%d of %d rows are settled", have, n)
		}
	}
	return errors.Join(err, p.close(), remove())
}

func addAll(ctx context.Context, p peer, n int) error {
	for first := 0; first < n; first += batch {
		if err := p.add(ctx, rows(first, min(batch, n-first))); err != nil {
			return err
		}
	}
	return nil
}

func take(n int, fn func() error) (figure, error) {
	before, start := spent(), time.Now()
	err := fn()
	rows := float64(n)
	return figure{rows / time.Since(start).Seconds(), float64((spent() - before).Nanoseconds()) / 1000 / rows}, err
}
