package webhooknotify_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/notify/memoutbox"
	"github.com/amends-dev/amends/notify/webhooknotify"
)

// endpoint is a receiver without a network, so that a bubble's clock can run: it plays
// its answers in order, then accepts.
type endpoint struct {
	answers []http.HandlerFunc // nil: take it, then break the connection

	mu  sync.Mutex
	got []request
	at  []time.Time
}

func (e *endpoint) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	header := http.Header{}
	for name, values := range r.Header {
		header[http.CanonicalHeaderKey(name)] = values
	}
	httptrace.ContextClientTrace(r.Context()).WroteHeaders()
	e.mu.Lock()
	defer e.mu.Unlock()
	e.got, e.at = append(e.got, request{header, body}), append(e.at, time.Now())
	w := httptest.NewRecorder()
	if n := len(e.got) - 1; n < len(e.answers) {
		if e.answers[n] == nil {
			return nil, syscall.ECONNRESET
		}
		e.answers[n](w, r)
	}
	return w.Result(), nil
}

func status(code int, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(code)
	}
}

// overDays delivers one message for as long as the schedule takes and returns
// the item's end, what the endpoint got, and how many addresses were said to be dead.
func overDays(t *testing.T, e *endpoint) (item notify.Stored, dead int) {
	t.Helper()
	var box memoutbox.Outbox
	_, err := box.Add(t.Context(), notify.Page{Notice: "incident-1.4", Done: true, At: time.Now(), Items: []notify.Item{{
		Key: "incident-1.4/ada@webhook", Notice: "incident-1.4", Record: "incident-1", Kind: notify.KindUpdate,
		Recipient: "ada", Channel: "webhook", Thread: "incident-1", Seq: 4,
	}}})
	require.NoError(t, err)
	opts := onLoopback()
	opts.Conn.Wrap = func(http.RoundTripper) http.RoundTripper { return e }
	webhooks := webhooknotify.New(always(secret), opts)
	words := delivery("https://hooks.example/").Message
	d, err := notify.NewDispatcher(&box, notify.ResolverFunc(func(_ context.Context, items []notify.Claimed) ([]notify.Resolved, error) {
		return []notify.Resolved{{To: notify.Recipient{ID: items[0].Recipient, Address: "https://hooks.example/key-4711"}, Message: words}}, nil
	}), map[string]notify.Channel{"webhook": webhooks.Channel()}, &notify.DispatcherOptions{
		Poll:  time.Minute,
		Tries: -1, // one request for each attempt, so that they can be counted
		Hooks: &notify.DispatcherHooks{AddressGone: func(context.Context, notify.Claimed, error) { dead++ }},
	})
	require.NoError(t, err)

	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- d.Run(ctx) }()
	<-time.After(7 * 24 * time.Hour)
	stop()
	require.NoError(t, <-done)
	items, _, err := box.List(t.Context(), notify.Query{}, "", 0)
	require.NoError(t, err)
	require.Len(t, items, 1)
	return items[0], dead
}

// TestOverDays: an endpoint that fails in every way for days gets the message in
// the end, each time under the same ID, signed afresh.
func TestOverDays(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := &endpoint{answers: []http.HandlerFunc{
			status(500), status(401), nil, status(302, "Location", "https://elsewhere.example/"),
			status(400), status(404), status(502), status(429, "Retry-After", "72000"), status(503),
		}}
		item, dead := overDays(t, e)
		assert.Equal(t, notify.StateSent, item.State)
		assert.Equal(t, 10, item.Attempts)
		assert.Zero(t, dead)
		require.NotNil(t, item.Receipt)
		assert.Equal(t, webhooknotify.ID("incident-1.4/ada@webhook"), item.Receipt.ProviderID)

		require.Len(t, e.got, 10)
		schedule := notify.DefaultSchedule()
		seen := map[string]bool{}
		for i, r := range e.got {
			assert.Equal(t, item.Receipt.ProviderID, r.header.Get("Webhook-Id"), "attempt %d", i+1)
			assert.Equal(t, strconv.FormatInt(e.at[i].Unix(), 10), r.header.Get("Webhook-Timestamp"), "attempt %d", i+1)
			assert.Equal(t, e.got[0].body, r.body, "attempt %d", i+1)
			seen[r.header.Get("Webhook-Signature")] = true
			if i == 0 {
				continue
			}
			waited := e.at[i].Sub(e.at[i-1])
			want := schedule[i]
			if i == 8 {
				want = 20 * time.Hour // as the 429 asked
			}
			assert.GreaterOrEqual(t, waited, want, "attempt %d", i+1)
			assert.LessOrEqual(t, waited, want+want/5+time.Minute, "attempt %d: a fifth of jitter, and a minute until it is looked at", i+1)
		}
		assert.Len(t, seen, 10, "each attempt has a signature of its own")
		assert.Greater(t, e.at[9].Sub(e.at[0]), 75*time.Hour)
	})
}

// TestSignaturesStayFresh: days later a receiver that accepts five minutes of age still verifies.
func TestSignaturesStayFresh(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var fresh []bool
		e := &endpoint{}
		for range 10 {
			e.answers = append(e.answers, func(w http.ResponseWriter, _ *http.Request) {
				fresh = append(fresh, verifies(t, secret, e.got[len(e.got)-1])) // by the bubble's clock
				w.WriteHeader(http.StatusInternalServerError)
			})
		}
		item, _ := overDays(t, e)
		assert.Equal(t, notify.StateDead, item.State, "after three days it is given up, and visible")
		assert.Equal(t, []bool{true, true, true, true, true, true, true, true, true, true}, fresh)
		assert.Equal(t, "500: notify: sending over HTTP: Internal Server Error", item.LastErr)
	})
}

// TestGoneEndsIt: 410 is the end of the endpoint, whatever the schedule has left.
func TestGoneEndsIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := &endpoint{answers: []http.HandlerFunc{status(500), status(503), status(410)}}
		item, dead := overDays(t, e)
		assert.Len(t, e.got, 3)
		assert.Equal(t, notify.StateDead, item.State)
		assert.Equal(t, notify.AddressGone, item.Class)
		assert.Equal(t, 1, dead, "the host hears that nobody should use the address again")
	})
}
