package incidenttest

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/incident"
)

func lookCases() []storeCase {
	return []storeCase{
		{"due at once", "every batch makes its record due at the batch's time, also one without events", func(p *probe) {
			p.append(Commit(NewIncident("inc_1")))
			require.Equal(p, Start(), p.read("inc_1").Head.NextLook)
			p.look("inc_1", time.Time{}, p.read("inc_1").Head.Turn)
			require.True(p, p.read("inc_1").Head.NextLook.IsZero())
			p.append(Commit(more("inc_1", incident.AnyVersion)))
			require.Equal(p, Start().Add(time.Minute), p.read("inc_1").Head.NextLook)
		}},
		{"plan", "with the turn that was read, Look sets the next look, and returns a new turn that can set it again", func(p *probe) {
			p.append(Commit(NewIncident("inc_1")))
			before := p.read("inc_1").Head
			turn := p.look("inc_1", Start().Add(time.Hour), before.Turn)
			h := p.read("inc_1").Head
			require.Equal(p, turn, h.Turn, "the turn that Look returned is the head's")
			require.Greater(p, turn, before.Turn)
			require.Equal(p, Start().Add(time.Hour), h.NextLook)
			require.Equal(p, before.Version, h.Version, "a look is no change of the record")
			p.look("inc_1", Start().Add(2*time.Hour), turn)
			require.Equal(p, Start().Add(2*time.Hour), p.read("inc_1").Head.NextLook)
		}},
		{"stale turn", "a plan made before the record was brought forward is ErrConflict and plans nothing", func(p *probe) {
			p.append(Commit(NewIncident("inc_1")))
			turn := p.look("inc_1", Start().Add(time.Hour), p.read("inc_1").Head.Turn)
			p.look("inc_1", Start().Add(time.Minute), 0)
			_, err := p.store.Look(p.ctx, "inc_1", Start().Add(3*time.Hour), turn)
			require.ErrorIs(p, err, incident.ErrConflict)
			require.Equal(p, Start().Add(time.Minute), p.read("inc_1").Head.NextLook)
		}},
		{"batch changes the turn", "a batch that comes between reading a turn and planning with it makes the plan ErrConflict", func(p *probe) {
			p.append(Commit(NewIncident("inc_1")))
			turn := p.read("inc_1").Head.Turn
			b := more("inc_1", incident.AnyVersion)
			b.At = Start() // due at the same time as before: it still is a wake-up
			p.append(Commit(b))
			_, err := p.store.Look(p.ctx, "inc_1", time.Time{}, turn)
			require.ErrorIs(p, err, incident.ErrConflict)
			require.Equal(p, Start(), p.read("inc_1").Head.NextLook)
		}},
		{"bring forward", "with turn 0, Look makes the record due by a time, and leaves an earlier look as it is", func(p *probe) {
			p.append(Commit(NewIncident("inc_1")))
			p.look("inc_1", time.Time{}, p.read("inc_1").Head.Turn)
			turn := p.look("inc_1", Start().Add(5*time.Minute), 0)
			require.Equal(p, turn, p.read("inc_1").Head.Turn, "the turn that Look returned is the head's")
			require.Equal(p, Start().Add(5*time.Minute), p.read("inc_1").Head.NextLook, "it was never to be looked at")
			p.look("inc_1", Start().Add(7*time.Minute), 0)
			require.Equal(p, Start().Add(5*time.Minute), p.read("inc_1").Head.NextLook, "it was due earlier")
			p.look("inc_1", Start().Add(3*time.Minute), 0)
			require.Equal(p, Start().Add(3*time.Minute), p.read("inc_1").Head.NextLook, "it was due later")
		}},
		{"wake-up is not lost", "bringing a record forward changes the turn even if it was due already: a plan under way is ErrConflict", func(p *probe) {
			p.append(Commit(NewIncident("inc_1")))
			turn := p.read("inc_1").Head.Turn
			p.look("inc_1", Start().Add(time.Hour), 0)
			_, err := p.store.Look(p.ctx, "inc_1", time.Time{}, turn)
			require.ErrorIs(p, err, incident.ErrConflict)
			require.Equal(p, Start(), p.read("inc_1").Head.NextLook)
		}},
	}
}

func safetyCases() []storeCase {
	return []storeCase{
		{"context done", "a call whose context is done fails and leaves nothing behind", func(p *probe) {
			p.append(Commit(NewIncident("inc_1")))
			ctx, cancel := context.WithCancel(p.ctx)
			cancel()
			_, err := p.store.Append(ctx, command("d1", more("inc_1", 1, note("x"))))
			require.ErrorIs(p, err, context.Canceled)
			_, err = p.store.Read(ctx, "inc_1", 0, 0)
			require.ErrorIs(p, err, context.Canceled)
			_, err = p.store.List(ctx, incident.Filter{}, "", 0)
			require.ErrorIs(p, err, context.Canceled)
			_, err = p.store.Tally(ctx, incident.Filter{})
			require.ErrorIs(p, err, context.Canceled)
			_, err = p.store.Look(ctx, "inc_1", Start(), 0)
			require.ErrorIs(p, err, context.Canceled)
			require.Empty(p, titles(p.all("inc_1")))
			p.refused(incident.ErrNotFound, command("d1"))
		}},
		{"one wins", "of several commits at once that expect the same version, exactly one succeeds and the others are ErrConflict", func(p *probe) {
			p.append(Commit(NewIncident("inc_1")))
			errs := p.atOnce(8, func(n int) error {
				_, err := p.store.Append(p.ctx, Commit(more("inc_1", 1, note(fmt.Sprint(n)))))
				return err
			})
			won := 0
			for _, err := range errs {
				if err == nil {
					won++
					continue
				}
				require.ErrorIs(p, err, incident.ErrConflict)
			}
			require.Equal(p, 1, won, "commits that succeeded")
			require.Len(p, titles(p.all("inc_1")), 1)
		}},
		{"none lost", "commits at any version that come at once are all kept, each with a version of its own", func(p *probe) {
			p.append(Commit(NewIncident("inc_1"), NewIncident("inc_2")))
			errs := p.atOnce(8, func(n int) error {
				batches := []incident.Batch{more("inc_1", incident.AnyVersion, note("a")), more("inc_2", incident.AnyVersion, note("b"))}
				if n%2 == 1 { // the other way round: stores that lock must not lock each other out
					batches[0], batches[1] = batches[1], batches[0]
				}
				_, err := p.store.Append(p.ctx, Commit(batches...))
				return err
			})
			for _, err := range errs {
				require.NoError(p, err)
			}
			for _, id := range []string{"inc_1", "inc_2"} {
				events := p.all(id)
				require.Len(p, events, 9)
				for n, e := range events {
					require.Equal(p, uint64(n+1), e.Version)
				}
			}
		}},
		{"command once", "the same command given several times at once is done once, and all get the same result", func(p *probe) {
			p.append(Commit(NewIncident("inc_1")))
			results := make([]incident.Result, 8)
			errs := p.atOnce(len(results), func(n int) (err error) {
				results[n], err = p.store.Append(p.ctx, command("d1", more("inc_1", incident.AnyVersion, note("a"))))
				return err
			})
			first := 0
			for n, r := range results {
				require.NoError(p, errs[n])
				require.Equal(p, uint64(2), r.Version)
				if !r.Repeat {
					first++
				}
			}
			require.Equal(p, 1, first, "results that are not repeats")
			require.Equal(p, []string{"a"}, titles(p.all("inc_1")))
		}},
	}
}

// atOnce runs f in n goroutines that begin together and returns their errors.
func (p *probe) atOnce(n int, f func(n int) error) []error {
	errs := make([]error, n)
	begin := make(chan struct{})
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			<-begin
			errs[i] = f(i)
		})
	}
	close(begin)
	wg.Wait()
	return errs
}
