package riverengine_test

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/incident/riverengine"
	"github.com/amends-dev/amends/internal/integration/dbtest"
	"github.com/amends-dev/amends/notify"
)

// outside is the world beyond the process: what is in its table has happened.
type outside struct {
	pool *pgxpool.Pool
	say  bool // print what happens
}

func (o *outside) note(ctx context.Context, what, id string) error {
	if _, err := o.pool.Exec(context.WithoutCancel(ctx), "insert into outside values ($1, $2)", what, id); err != nil {
		return err
	}
	if o.say {
		_, _ = fmt.Fprintln(os.Stdout, "happened", what)
	}
	return nil
}

func (o *outside) Notify(ctx context.Context, d *notify.Delivery) (notify.Receipt, error) {
	return notify.Receipt{ProviderID: d.ID}, o.note(ctx, "sent", d.ID)
}

func (o *outside) Issue(ctx context.Context, e compensate.Entry) (string, error) {
	return "bill-" + e.ID, o.note(ctx, "paid", e.ID)
}

func (o *outside) asked() map[string]int { return nil }

// machine is a process on a server, whose leases are short.
func machine(t testing.TB, s *server, say bool) *onRiver {
	c := newCompany(t, s.stores())
	world := &outside{pool: s.pool, say: say}
	c.mail, c.billing = world, world
	c.timeout, c.dispatch = time.Second, &notify.DispatcherOptions{Lease: 3 * time.Second, Batch: 2}
	return newOnRiver(t, s, c, &riverengine.Options{Every: time.Second, Workers: 2})
}

// TestWorkerProcess is not a test: TestKilled runs it as a process of its own.
func TestWorkerProcess(t *testing.T) {
	if flag.NArg() != 2 {
		t.Skip("it is run by TestKilled")
	}
	e := machine(t, openServer(t, dbtest.Database{Driver: flag.Arg(0), DSN: flag.Arg(1)}), true)
	defer e.start(1)()
	require.NoError(t, e.Run(t.Context()), "until it is killed")
}

// A process is killed at any moment: the next one takes over what it had begun, by
// itself and long before River would rescue its jobs. At most what was on its way out is sent again.
func TestKilled(t *testing.T) {
	t.Parallel()
	server := newServer(t)
	server.exec(t, "create table outside (what text, id text)")
	e := machine(t, server, false)
	s := &scene{company: e.company, t: t, engine: e, here: e.company.desk(e.Records())}
	happened := func(ctx context.Context, what string) (all, different int) {
		require.NoError(t, server.pool.QueryRow(ctx, "select count(*), count(distinct id) from outside where what = $1", what).Scan(&all, &different))
		return all, different
	}
	const deaths = 3
	for range deaths {
		s.story(t.Context())
		workUntil(t, server.Database, 1+rand.IntN(customers))
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	defer e.start(1)()
	go func() { _ = e.Run(ctx) }()
	s.until(t.Context(), "everyone is told and paid", func(ctx context.Context) bool {
		_, sent := happened(ctx, "sent")
		_, paid := happened(ctx, "paid")
		return sent == 2*deaths*customers && paid == deaths*customers && s.settled(ctx)
	})
	sent, different := happened(t.Context(), "sent")
	t.Logf("%d of %d deliveries were on their way out when a process died, and were sent again", sent-different, different)
	assert.LessOrEqual(t, sent-different, 2*2*deaths, "no more than a process has on its way out at once")
	assert.Zero(t, server.count(t.Context(), t, "state = 'discarded'"))
}

// workUntil runs a worker and kills it once so many deliveries went out.
func workUntil(t *testing.T, d dbtest.Database, sent int) {
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestWorkerProcess$", "--", d.Driver, d.DSN)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	var text []string
	seen := 0
	for lines := bufio.NewScanner(out); lines.Scan(); {
		text = append(text, lines.Text())
		if lines.Text() == "happened sent" {
			if seen++; seen == sent {
				require.NoError(t, cmd.Process.Kill())
			}
		}
	}
	require.Error(t, cmd.Wait(), "it was killed")
	require.GreaterOrEqual(t, seen, sent, "%v", text)
}
