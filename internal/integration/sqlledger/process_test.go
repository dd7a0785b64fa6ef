package sqlledger_test

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/compensate/sqlledger"
	"github.com/amends-dev/amends/internal/integration/dbtest"
)

// childVar makes this program one of the processes of TestProcessesThatAreKilled.
const childVar = "AMENDS_LEDGER_CHILD"

func TestMain(m *testing.M) {
	if args := os.Getenv(childVar); args != "" { //nolint:forbidigo // how a test tells its child
		child(strings.Split(args, "\n"))
	}
	os.Exit(m.Run()) //nolint:forbidigo // how a test program ends
}

// children compete for these.
const (
	childCustomers = 120
	childLimit     = 900 // of a cap that two customers each share
)

// child proposes and issues until it is killed, or its parent is gone, and says so after each step.
func child(args []string) {
	fail := func(err error) {
		if err != nil {
			fmt.Fprintln(os.Stderr, "child:", err)
			os.Exit(1) //nolint:forbidigo // it is a process of its own
		}
	}
	var seed uint64
	_, err := fmt.Sscan(args[3], &seed)
	fail(err)
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // ends with the parent
		os.Exit(0)                           //nolint:forbidigo // it is a process of its own
	}()
	db, err := sql.Open(args[0], args[1])
	fail(err)
	l := sqlledger.New(db, nil)
	rnd := rand.New(rand.NewPCG(seed, 5))
	for ctx := context.Background(); ; {
		var owed []compensate.Owed
		for range 1 + rnd.IntN(12) {
			owed = append(owed, shared(rnd.IntN(childCustomers), int64(1+rnd.IntN(childLimit))))
		}
		_, err := l.Propose(ctx, owed, time.Now())
		fail(err)
		fmt.Println("proposed")
		_, err = compensate.IssueBatch(ctx, l, billing(args[2]), &compensate.IssueOptions{
			Limit: 1 + rnd.IntN(5), Once: true, Timeout: 100 * time.Millisecond, Lease: 500 * time.Millisecond,
		})
		fail(err)
		fmt.Println("issued")
	}
}

// shared owes a customer under a cap that it shares with the next one.
func shared(n int, total int64) compensate.Owed {
	o := owe(fmt.Sprint("c", n), "i1", total)
	o.Caps = []compensate.Cap{{ID: fmt.Sprint("pair", n/2), Limit: eur(childLimit)}}
	return o
}

// billing writes what it pays into a file, which survives any process, and cannot repeat.
func billing(file string) compensate.IssuerFunc {
	return func(_ context.Context, e compensate.Entry) (string, error) {
		f, err := os.OpenFile(file, os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			return "", err
		}
		if _, err = fmt.Fprintf(f, "%s %s %d\n", e.ID, e.Key.Customer, e.Amount.Minor()); err == nil {
			err = f.Sync()
		}
		return e.ID, errors.Join(err, f.Close())
	}
}

// Processes that propose and pay the same customers, and are killed at any
// moment: billing is asked for each entry at most once, and for nothing that is not owed.
func TestProcessesThatAreKilled(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d dbtest.Database) {
		const processes, kills = 3, 9
		l := migrated(t, d.Open(t))
		file := filepath.Join(t.TempDir(), "paid")
		require.NoError(t, os.WriteFile(file, nil, 0o600))
		rnd := rand.New(rand.NewPCG(6, 6))
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute) // if they all wait for one another
		defer cancel()
		steps := make(chan error)
		started := 0
		begin := func() *process {
			started++
			return startProcess(ctx, t, steps, []string{d.Driver, d.DSN, file, fmt.Sprint(started)})
		}
		running := make([]*process, processes)
		for i := range running {
			running[i] = begin()
		}
		for range kills {
			for range 5 + rnd.IntN(20) {
				select {
				case err := <-steps:
					require.NoError(t, err)
				case <-ctx.Done():
					require.NoError(t, ctx.Err())
				}
			}
			victim := rnd.IntN(processes)
			running[victim].kill()
			running[victim] = begin()
		}
		for _, p := range running {
			p.kill()
		}

		// One more process comes and finishes what is left. The first of each pair
		// may ask for all of the cap.
		later := time.Now().Add(time.Hour)
		for n := range childCustomers {
			_, err := l.Propose(t.Context(), []compensate.Owed{shared(n, childLimit)}, later)
			require.NoError(t, err)
		}
		for {
			r, err := compensate.IssueBatch(t.Context(), l, billing(file), &compensate.IssueOptions{Once: true, Now: func() time.Time { return later }})
			require.NoError(t, err)
			if r.Claimed == 0 {
				break
			}
		}
		asked := map[string]bool{}
		f, err := os.Open(file)
		require.NoError(t, err)
		defer f.Close() //nolint:errcheck // it was only read
		for lines := bufio.NewScanner(f); lines.Scan(); {
			id, _, _ := strings.Cut(lines.Text(), " ")
			require.False(t, asked[id], "billing was asked twice for %s", id)
			asked[id] = true
		}
		all := everything(t, l, compensate.Query{})
		pairs, uncertain := map[string]int64{}, 0
		for _, e := range all {
			var n int
			_, err := fmt.Sscanf(e.Key.Customer, "c%d", &n)
			require.NoError(t, err)
			pairs[fmt.Sprint("pair", n/2)] += e.Amount.Minor()
			switch e.State {
			case compensate.StateIssued:
				require.True(t, asked[e.ID], "%s is issued, and billing never heard of it", e.ID)
			case compensate.StateUncertain:
				uncertain++
			default:
				require.Equal(t, compensate.StateNothing, e.State, e.ID)
			}
		}
		t.Logf("%d entries, %d uncertain after %d kills", len(all), uncertain, kills+processes)
		require.Len(t, pairs, childCustomers/2)
		for pair, sum := range pairs {
			assert.Equal(t, int64(childLimit), sum, pair)
		}
		tallied(t, l, all)
	})
}

// process is a child.
type process struct {
	cmd    *exec.Cmd
	killed atomic.Bool
}

// startProcess starts a child, which sends something to steps after each of its steps, and an error if it ends by itself.
func startProcess(ctx context.Context, t *testing.T, steps chan<- error, args []string) *process {
	p := &process{cmd: exec.CommandContext(ctx, os.Args[0])}
	p.cmd.Env = append(p.cmd.Environ(), childVar+"="+strings.Join(args, "\n"))
	p.cmd.Stderr = os.Stderr
	_, err := p.cmd.StdinPipe() // closed when we end
	require.NoError(t, err)
	out, err := p.cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, p.cmd.Start())
	t.Cleanup(p.kill)
	go func() {
		send := func(err error) {
			select {
			case steps <- err:
			case <-ctx.Done():
			}
		}
		for lines := bufio.NewScanner(out); !p.killed.Load() && lines.Scan(); {
			send(nil)
		}
		if err := p.cmd.Wait(); !p.killed.Load() {
			send(fmt.Errorf("a child ended by itself: %w", err))
		}
	}()
	return p
}

// kill ends a child without a warning.
func (p *process) kill() {
	p.killed.Store(true)
	_ = p.cmd.Process.Kill() // if it did not end before
}
