package amends_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Requirements have the same names in every incident; who is woken for one is woken for the next, too.
func TestEachIncidentWakesItsOwnPeople(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	woken := map[string]int{}
	for _, id := range []string{"inc-1", "inc-2"} {
		before := len(w.pager.Delivered())
		w.declare(id, "c0")
		w.later(20 * time.Minute) // nobody speaks
		woken[id] = len(w.pager.Delivered()) - before
	}
	require.Positive(t, woken["inc-1"])
	assert.GreaterOrEqual(t, woken["inc-2"], woken["inc-1"], "the second incident wakes people as the first did, and more for being a repeat")
}
