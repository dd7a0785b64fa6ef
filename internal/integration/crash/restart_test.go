package crash_test

import (
	"testing"
	"time"

	"github.com/amends-dev/amends/internal/integration/pgserver"
)

// The database is restarted at once, as after a power cut, while processes work:
// they go on by themselves when it is back. A host repeats the commands that failed.
func TestTheDatabaseIsRestarted(t *testing.T) {
	t.Parallel()
	r, ctx := small(t, "pgx", true)
	server := pgserver.Own(t)
	r.orders.DSN, r.orders.Patient = server.Database(t), true
	// Of work that failed and is tried again operators should hear; of what was lost there is nothing to hear.
	r.orders.Lease, r.orders.Timeout = 12*time.Second, 4*time.Second
	r.cut = true // what cannot be settled for longer than settling is tried again is sent again when its lease ends
	r.expect = []string{"settled too late", "will be tried again", "delivering failed", "settling failed", "extending leases failed", "a record hears later of its deliveries"}
	const restarts = 4
	r.most = held * restarts // each restart may cut off what was sent from being settled in time
	running := []*process{r.start(ctx), r.start(ctx)}
	for range restarts {
		before, _ := r.out.log()
		r.until(ctx, func() bool { // they are at work
			notes, _ := r.out.log()
			return len(notes) > len(before)+r.rnd.IntN(6)
		})
		server.Restart(t)
	}
	before, _ := r.out.log()
	r.until(ctx, func() bool { // they have gone on
		notes, _ := r.out.log()
		return len(notes) > len(before)
	})
	for _, p := range running {
		r.kill(p)
	}
	r.dead()
	r.finish(ctx)
	r.check(ctx)
}
