package statuspage_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/incident/statuspage"
)

// counted counts what a handler asks of a store, and can slow it down or break it.
type counted struct {
	statuspage.Reader
	lists, reads atomic.Int64
	delay        atomic.Int64 // of a listing
	broken       atomic.Bool
	panics       atomic.Bool
}

var errDown = errors.New("the database db-secret is down")

func (c *counted) List(ctx context.Context, f incident.Filter, cursor string, limit int) (incident.Listing, error) {
	c.lists.Add(1)
	if c.panics.Load() {
		panic("a mistake of the host") //nolint:forbidigo // what a host's mistake would be
	}
	if d := time.Duration(c.delay.Load()); d > 0 {
		select {
		case <-time.After(d):
		case <-ctx.Done():
			return incident.Listing{}, context.Cause(ctx)
		}
	}
	if c.broken.Load() {
		return incident.Listing{}, errDown
	}
	return c.Reader.List(ctx, f, cursor, limit)
}

func (c *counted) Read(ctx context.Context, record string, after uint64, limit int) (incident.Page, error) {
	c.reads.Add(1)
	return c.Reader.Read(ctx, record, after, limit)
}

// bench is a handler over a counted store, with what it tells of itself.
type bench struct {
	*world
	reader   *counted
	handler  *statuspage.Handler
	rendered atomic.Int64
	log      bytes.Buffer
}

// newBench makes a page with one open incident, by the clock of a bubble.
func newBench(tb testing.TB) *bench {
	b := &bench{world: newWorld(tb)}
	b.reader = &counted{Reader: b.store}
	b.declare("inc", "Uploads fail", incident.SeverityMajor, time.Now(), uploads)
	b.say("inc", time.Now(), word{en: "Uploads fail.", next: time.Now().Add(30 * time.Minute)})
	b.handler = handler(tb, b.reader, &statuspage.HandlerOptions{
		Logger: slog.New(slog.NewTextHandler(&b.log, nil)),
		Hooks:  statuspage.Hooks{Rendered: func(string, string) { b.rendered.Add(1) }},
	})
	return b
}

// pass lets the clock of a bubble go on.
func pass(d time.Duration) { <-time.After(d) }

func TestAThousandReadersCostOneReadingAndOneRendering(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.reader.delay.Store(int64(50 * time.Millisecond)) // so that all of them come while it is read
		crowd := func(wantBody string) {
			t.Helper()
			var wg sync.WaitGroup
			var wrong atomic.Int64
			for range 1000 {
				wg.Go(func() {
					w := get(t, b.handler, "/")
					if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), wantBody) {
						wrong.Add(1)
					}
				})
			}
			wg.Wait()
			assert.Zero(t, wrong.Load())
		}
		counts := func() [3]int64 { return [3]int64{b.reader.lists.Load(), b.reader.reads.Load(), b.rendered.Load()} }

		crowd("Uploads fail.")
		assert.Equal(t, [3]int64{1, 1, 1}, counts(), "listings, readings, renderings")
		crowd("Uploads fail.")
		assert.Equal(t, [3]int64{1, 1, 1}, counts(), "within the second nobody reads")
		pass(time.Second)
		crowd("Uploads fail.")
		assert.Equal(t, [3]int64{2, 1, 1}, counts(), "one looks, nothing has changed, so nothing is read or made")
		b.say("inc", time.Now(), word{en: "A second word."})
		pass(time.Second)
		get(t, b.handler, "/")
		crowd("A second word.")
		assert.Equal(t, [3]int64{3, 2, 2}, counts(), "what changed is read once and made once")
	})
}

func TestOnlyWhatChangedIsRead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		for n := range 200 {
			id := fmt.Sprintf("inc_%d", n)
			b.declare(id, "Old", incident.SeverityMinor, time.Now(), uploads)
			b.say(id, time.Now(), word{en: "Old words."})
		}
		get(t, b.handler, "/")
		assert.Equal(t, int64(201), b.reader.reads.Load())
		b.say("inc_77", time.Now(), word{en: "New words."})
		pass(2 * time.Second)
		assert.Contains(t, get(t, b.handler, "/incidents/inc_77").Body.String(), "New words.")
		assert.Equal(t, int64(202), b.reader.reads.Load())
	})
}

// One reader waits for the store; the others have the page that there is.
func TestOthersDoNotWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		get(t, b.handler, "/")
		b.reader.delay.Store(int64(300 * time.Millisecond))
		b.say("inc", time.Now(), word{en: "A second word."})
		pass(time.Second)
		began := time.Now()
		var first string
		var wg sync.WaitGroup
		wg.Go(func() { first = get(t, b.handler, "/").Body.String() })
		synctest.Wait() // it waits for the store
		assert.NotContains(t, get(t, b.handler, "/").Body.String(), "A second word.")
		assert.Zero(t, time.Since(began), "who comes meanwhile does not wait")
		wg.Wait()
		assert.Contains(t, first, "A second word.")

		// A page that nobody has read for long is too old for that: all wait.
		b.say("inc", time.Now(), word{en: "A third word."})
		pass(time.Hour)
		var stale atomic.Int64
		for range 10 {
			wg.Go(func() {
				if !strings.Contains(get(t, b.handler, "/").Body.String(), "A third word.") {
					stale.Add(1)
				}
			})
		}
		wg.Wait()
		assert.Zero(t, stale.Load())
		assert.Equal(t, int64(3), b.reader.lists.Load())
	})
}

// The reader who began the reading goes away: the others still get what it brings.
func TestAReaderWhoGoesAwayEndsNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.reader.delay.Store(int64(400 * time.Millisecond))
		ctx, cancel := context.WithCancel(t.Context())
		gone := httptest.NewRecorder()
		var wg sync.WaitGroup
		wg.Go(func() {
			b.handler.ServeHTTP(gone, httptest.NewRequest(http.MethodGet, "/", nil).WithContext(ctx))
		})
		synctest.Wait()
		var other *httptest.ResponseRecorder
		wg.Go(func() { other = get(t, b.handler, "/") })
		synctest.Wait()
		cancel()
		wg.Wait()
		assert.Zero(t, gone.Body.Len())
		assert.Equal(t, http.StatusOK, other.Code)
		assert.Equal(t, int64(1), b.reader.lists.Load())
	})
}

func TestNoPageYet(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.reader.broken.Store(true)
		for _, path := range []string{"/", "/api/v2/summary.json", "/history.atom", "/incidents/inc"} {
			w := get(t, b.handler, path)
			assert.Equal(t, http.StatusServiceUnavailable, w.Code, path)
			assert.Equal(t, "1", w.Header().Get("Retry-After"), path)
			assert.Equal(t, "no-store", w.Header().Get("Cache-Control"), path)
			assert.NotContains(t, w.Body.String(), "secret", "nothing of an error reaches a customer")
		}
		assert.Contains(t, get(t, b.handler, "/").Body.String(), "says nothing of our service")
		assert.JSONEq(t, `{"error":"the status cannot be told at the moment, try again soon"}`, get(t, b.handler, "/api/v2/status.json").Body.String())
		assert.Equal(t, int64(1), b.reader.lists.Load(), "a store that is down is asked once a second, not by everybody")
		b.reader.broken.Store(false)
		pass(time.Second)
		assert.Equal(t, http.StatusOK, get(t, b.handler, "/").Code)
	})
}

func TestAStoreThatFailsLeavesTheLastPage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		page, api := get(t, b.handler, "/"), get(t, b.handler, "/api/v2/summary.json")
		since := time.Now().UTC().Format(time.RFC3339)
		assert.Empty(t, page.Header().Get("Status-Stale-Since"))
		b.reader.broken.Store(true)
		pass(2 * time.Second)
		w := get(t, b.handler, "/")
		assert.Equal(t, http.StatusOK, w.Code)
		assert.Equal(t, since, w.Header().Get("Status-Stale-Since"))
		assert.Equal(t, page.Body.String(), w.Body.String(), "seconds are not worth words")
		assert.Contains(t, b.log.String(), "readers get the last page")

		pass(2 * time.Minute)
		w = get(t, b.handler, "/")
		assert.Equal(t, since, w.Header().Get("Status-Stale-Since"))
		assert.Contains(t, w.Body.String(), "could not be brought up to date since")
		assert.NotEqual(t, page.Header().Get("ETag"), w.Header().Get("ETag"))
		assert.Contains(t, w.Body.String(), "Uploads fail.")
		again := get(t, b.handler, "/api/v2/summary.json")
		assert.Equal(t, api.Body.String(), again.Body.String(), "the shape of JSON stays")
		assert.Equal(t, since, again.Header().Get("Status-Stale-Since"))

		b.reader.broken.Store(false)
		pass(2 * time.Second)
		w = get(t, b.handler, "/")
		assert.Empty(t, w.Header().Get("Status-Stale-Since"))
		assert.Equal(t, page.Body.String(), w.Body.String())
		assert.Contains(t, b.log.String(), "can be read again")
	})
}

// A store that does not answer holds nobody up for longer than a second, once there is a page.
func TestAStoreThatHangs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		get(t, b.handler, "/")
		b.reader.delay.Store(int64(time.Hour))
		pass(2 * time.Second)
		began := time.Now()
		assert.Equal(t, http.StatusOK, get(t, b.handler, "/").Code)
		assert.Equal(t, time.Second, time.Since(began))
		pass(10 * time.Second)
		assert.Equal(t, int64(2), b.reader.lists.Load())
		assert.NotEmpty(t, get(t, b.handler, "/").Header().Get("Status-Stale-Since"))
		pass(15 * time.Second)
	})
}

func TestAPanicOfTheHostsReaderIsAFailure(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.reader.panics.Store(true)
		assert.Equal(t, http.StatusServiceUnavailable, get(t, b.handler, "/").Code)
		assert.Contains(t, b.log.String(), "a mistake of the host")
	})
}

// What time alone changes is said in time, without anything being recorded.
func TestAPromiseThatPassesIsLate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		before := get(t, b.handler, "/")
		assert.Contains(t, before.Body.String(), "Next update on")
		pass(29 * time.Minute)
		assert.Equal(t, before.Header().Get("ETag"), get(t, b.handler, "/").Header().Get("ETag"))
		assert.Equal(t, int64(1), b.rendered.Load())
		pass(time.Minute + time.Second)
		assert.Contains(t, get(t, b.handler, "/").Body.String(), "It is late, and we are sorry.")
		pass(24 * time.Hour)
		assert.Contains(t, get(t, b.handler, "/").Body.String(), time.Now().In(time.UTC).Format("Monday 2 January 2006"), "and a day that begins is shown")
	})
}

// Whoever reads every page there is fills no memory.
func TestPagesThatAreKeptAreBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		for n := range statuspage.MostDocuments + 200 {
			id := fmt.Sprintf("inc_%d", n)
			b.declare(id, "Old", incident.SeverityMinor, time.Now(), uploads)
			b.say(id, time.Now(), word{en: "Old words."})
		}
		for n := range statuspage.MostDocuments + 200 {
			require.Equal(t, http.StatusOK, get(t, b.handler, fmt.Sprintf("/incidents/inc_%d", n)).Code)
			get(t, b.handler, fmt.Sprintf("/incidents/nothing_%d", n))
		}
		assert.Equal(t, statuspage.MostDocuments, statuspage.Kept(b.handler))
		made := b.rendered.Load()
		get(t, b.handler, "/incidents/inc_1200")
		assert.Equal(t, made, b.rendered.Load(), "the latest are kept")
		get(t, b.handler, "/incidents/inc_0")
		assert.Equal(t, made+1, b.rendered.Load(), "the oldest are made again")
	})
}
