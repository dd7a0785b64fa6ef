package crash_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/internal/integration/pgserver"
)

// run is a company whose processes die.
type run struct {
	t       *testing.T
	rnd     *rand.Rand
	out     *outside
	orders  orders
	started int
	kills   int
	killed  map[int]bool // by number of the process
	cut     bool         // processes may be cut off from their database, and send again
	expect  []string     // complaints that are expected
	most    int          // how many deliveries of one channel a killed process can have sent without having written it down
}

// newRun starts the outside, with the data of a company that has none yet.
func newRun(t *testing.T, driver string, repeat bool) *run {
	s := *seed
	if s == 0 {
		s = rand.Uint64()
	}
	t.Logf("-seed %d", s)
	r := &run{t: t, rnd: rand.New(rand.NewPCG(s, 1)), out: startOutside(t, repeat), killed: map[int]bool{}, most: held}
	dir := t.TempDir()
	dsn := filepath.Join(dir, "amends.db")
	if driver != "sqlite" {
		dsn = pgserver.Database(t)
	}
	r.orders = orders{
		Driver: driver, DSN: dsn, Epoch: time.Now().UTC().Truncate(time.Second), Customers: *customers,
		Mail: r.out.mailAddr, Hooks: r.out.hooks, Billing: r.out.billing, Once: !repeat, Complain: filepath.Join(dir, "complaints"),
	}
	if !repeat { // what has no answer is uncertain, and an operator has to hear of it
		r.expect = append(r.expect, "credits wait for a person")
	}
	return r
}

// process is a child.
type process struct {
	number int
	cmd    *exec.Cmd
	ready  chan struct{} // closed when its stores are open, or it has ended
	gone   chan struct{} // closed when it has ended
	err    error         // of its end
	stderr strings.Builder
}

// start starts a child.
func (r *run) start(ctx context.Context, change ...func(*orders)) *process {
	r.started++
	o := r.orders
	o.Number = r.started
	for _, f := range change {
		f(&o)
	}
	told, err := json.Marshal(o)
	require.NoError(r.t, err)
	p := &process{number: o.Number, ready: make(chan struct{}), gone: make(chan struct{})}
	p.cmd = exec.CommandContext(ctx, os.Args[0], "-child", string(told))
	p.cmd.Stderr = &p.stderr
	_, err = p.cmd.StdinPipe() // closed when we end
	require.NoError(r.t, err)
	out, err := p.cmd.StdoutPipe()
	require.NoError(r.t, err)
	require.NoError(r.t, p.cmd.Start())
	go func() {
		lines := bufio.NewScanner(out)
		lines.Scan() // it says "ready", or nothing and ends
		close(p.ready)
		_, _ = io.Copy(io.Discard, out) // until it ends
		p.err = p.cmd.Wait()
		close(p.gone)
	}()
	return p
}

// shoot ends a child without a warning. When it returns the process is gone.
func (p *process) shoot() {
	_ = p.cmd.Process.Kill() // if it did not end before, which dies tells
	<-p.gone
}

// kill ends a child without a warning. It must not have ended before.
func (r *run) kill(p *process) {
	p.shoot()
	r.dies(p)
}

// dies waits for the end of a child that is killed.
func (r *run) dies(p *process) {
	<-p.gone
	failed, ok := errors.AsType[*exec.ExitError](p.err)
	require.True(r.t, ok && failed.ExitCode() == -1, "process %d has ended by itself: %v\n%s", p.number, p.err, &p.stderr)
	r.killed[p.number] = true
	r.kills++
}

// live lets a child live for a random while: until it has sent a number of
// things, and is in the middle of more; or for a time, which is counted from when it
// begins to work, or from its start.
func (r *run) live(ctx context.Context, p *process) {
	switch r.rnd.IntN(8) {
	case 0:
	case 1, 2, 3:
		select {
		case <-p.ready:
		case <-ctx.Done():
		}
	default:
		r.out.await(ctx, p, 1+r.rnd.IntN(30))
		return
	}
	wait := time.NewTimer(time.Duration(10+r.rnd.IntN(250)) * time.Millisecond)
	defer wait.Stop()
	select {
	case <-wait.C:
	case <-ctx.Done():
	}
	require.NoError(r.t, ctx.Err())
}

// until waits until something is so.
func (r *run) until(ctx context.Context, so func() bool) {
	for tick := time.NewTicker(20 * time.Millisecond); !so(); {
		select {
		case <-tick.C:
		case <-ctx.Done():
			require.NoError(r.t, ctx.Err())
		}
	}
}

// dead is called when no child lives: the clock moves on by more than any lease,
// and now and then by more than the time that customers have for their verdict.
func (r *run) dead() {
	r.out.quiet()
	ahead := 20 * time.Minute
	if r.rnd.IntN(6) == 0 {
		ahead = 73 * time.Hour
	}
	r.orders.Ahead += ahead
}

// company opens the company in this process, beside its children.
func (r *run) company(ctx context.Context) *life {
	stores, shut, err := r.orders.open(ctx)
	require.NoError(r.t, err)
	r.t.Cleanup(func() { require.NoError(r.t, shut()) })
	l := &life{orders: &r.orders, stores: stores}
	l.ahead.Store(int64(r.orders.Ahead))
	l.desk, err = r.orders.desk(stores, l.now)
	require.NoError(r.t, err)
	return l
}

// ends waits until a child has done its task.
func (r *run) ends(p *process) {
	<-p.gone
	require.NoError(r.t, p.err, "process %d: %s", p.number, &p.stderr)
}

// finish starts a last child, and waits until it has done what there was left.
func (r *run) finish(ctx context.Context) {
	p := r.start(ctx, func(o *orders) { o.Finish, o.Person = true, true })
	r.ends(p)
}

// TestKilledAgainAndAgain is the whole of it: see the comment of the package.
func TestKilledAgainAndAgain(t *testing.T) { //nolint:tparallel // one after the other: each keeps the machine busy, and a life is short
	t.Parallel()
	for _, tt := range []struct {
		name, driver string
		repeat       bool
		processes    int
	}{
		{"sqlite", "sqlite", true, 1},
		{"sqlite, billing cannot repeat", "sqlite", false, 1},
		{"postgres", "pgx", true, 3},
		{"postgres, billing cannot repeat", "pgx", false, 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(*kills)*3*time.Second+10*time.Minute) // if they all wait for one another
			defer cancel()
			r := newRun(t, tt.driver, tt.repeat)
			running := make([]*process, tt.processes)
			begin := func(i int) { running[i] = r.start(ctx, func(o *orders) { o.Person = i == 0 }) }
			for i := range running {
				begin(i)
			}
			for r.kills < *kills {
				victim := r.rnd.IntN(len(running))
				r.live(ctx, running[victim])
				if len(running) > 1 && r.rnd.IntN(4) > 0 { // the others go on
					r.kill(running[victim])
					begin(victim)
					continue
				}
				for _, p := range running {
					r.kill(p)
				}
				r.dead()
				for i := range running {
					begin(i)
				}
			}
			for _, p := range running {
				r.kill(p)
			}
			r.dead()
			r.finish(ctx)
			r.check(ctx)
		})
	}
}
