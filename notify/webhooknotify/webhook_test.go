package webhooknotify_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/notify/notifytest"
	"github.com/amends-dev/amends/notify/webhooknotify"
)

const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

// always returns the same secrets for everybody, which only tests may do.
func always(secrets ...string) webhooknotify.SecretsFunc {
	return func(context.Context, notify.Recipient) ([]string, error) { return secrets, nil }
}

// onLoopback sets up what a test's own server needs.
func onLoopback() *webhooknotify.Options {
	return &webhooknotify.Options{PlainHTTP: true, Conn: notify.HTTPOptions{Internal: true}}
}

// A host stores a secret for each endpoint, and the receiver verifies with any
// library for Standard Webhooks.
func ExampleNew() {
	receiver, _ := standardwebhooks.NewWebhook(secret)
	endpoint := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var event struct {
			Incident struct {
				Name, Status string
				Updates      []struct{ Body string } `json:"incident_updates"`
			}
		}
		_ = json.Unmarshal(body, &event)
		fmt.Println("genuine:", receiver.Verify(body, r.Header) == nil)
		fmt.Println(event.Incident.Name, "-", event.Incident.Status, "-", event.Incident.Updates[0].Body)
	}))
	defer endpoint.Close()

	secrets := map[string][]string{"ada": {secret}} // the host's table of endpoints
	webhooks := webhooknotify.New(func(_ context.Context, to notify.Recipient) ([]string, error) {
		return secrets[to.ID], nil
	}, &webhooknotify.Options{PlainHTTP: true, Conn: notify.HTTPOptions{Internal: true}}) // both only because the endpoint is on this machine

	receipt, err := webhooks.Notify(context.Background(), &notify.Delivery{
		ID: "incident-1.4/ada@webhook", Attempt: 1, To: notify.Recipient{ID: "ada", Address: endpoint.URL},
		Message: &notify.Message{
			Thread: "incident-1", Kind: notify.KindUpdate, Subject: "Restores fail: cause found", Text: "Hello Ada, …",
			Data: map[string]string{notify.DataTitle: "Restores fail", notify.DataStatus: "identified", notify.DataBody: "We found the cause."},
		},
	})
	fmt.Println(receipt.ProviderID == webhooknotify.ID("incident-1.4/ada@webhook"), err)
	// Output:
	// genuine: true
	// Restores fail - identified - We found the cause.
	// true <nil>
}

// TestConforms runs the whole of TestNotifier too: TestHTTP contains it. Every refusal but 410
// is temporary, so that the cases of a lasting one and of a refused token do not apply.
func TestConforms(t *testing.T) {
	t.Parallel()
	again := notify.Temporary
	notifytest.TestHTTP(t, func(_ *testing.T, _ string) notify.Notifier {
		return webhooknotify.New(always(secret), onLoopback())
	}, &notifytest.HTTPOptions{
		To: func(baseURL string) notify.Recipient {
			return notify.Recipient{ID: "c-1", Address: baseURL + "/key-4711", Name: "Ada Example"}
		},
		Key: func(r *http.Request, _ []byte) string { return r.Header.Get("Webhook-Id") },
		Classes: map[int]notify.Class{
			400: again, 401: again, 403: again, 404: again, 413: again, 422: again,
		},
		Secrets: []string{"key-4711", secret},
	})
}

// request is what a receiver got.
type request struct {
	header http.Header
	body   []byte
}

// receiver starts an endpoint and returns its address and what it got.
func receiver(t *testing.T, answer http.HandlerFunc) (address string, got func() []request) {
	t.Helper()
	var mu sync.Mutex
	var all []request
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		all = append(all, request{r.Header.Clone(), body})
		mu.Unlock()
		if answer != nil {
			answer(w, r)
		}
	}))
	t.Cleanup(srv.Close)
	return srv.URL, func() []request {
		mu.Lock()
		defer mu.Unlock()
		return all
	}
}

func delivery(to string) *notify.Delivery {
	return &notify.Delivery{
		ID: "incident-1.4/ada@webhook", Attempt: 1, Channel: "webhook", To: notify.Recipient{ID: "ada", Address: to},
		Message: &notify.Message{Thread: "incident-1", Seq: 4, Kind: notify.KindUpdate, Subject: "Restores fail", Text: "We found the cause."},
	}
}

func verifies(t *testing.T, secret string, r request) bool {
	t.Helper()
	v, err := standardwebhooks.NewWebhook(secret)
	require.NoError(t, err)
	return v.Verify(r.body, r.header) == nil
}

// While a secret is being replaced, receivers with the old one and receivers
// with the new one verify what they get.
func TestRotation(t *testing.T) {
	t.Parallel()
	older, newer, foreign := webhooknotify.GenerateSecret(), webhooknotify.GenerateSecret(), webhooknotify.GenerateSecret()
	for _, c := range []struct {
		name    string
		secrets []string
		good    []string
		bad     []string
	}{
		{"before", []string{older}, []string{older}, []string{newer, foreign}},
		{"meanwhile", []string{newer, older}, []string{older, newer}, []string{foreign}},
		{"afterwards", []string{newer}, []string{newer}, []string{older, foreign}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			address, got := receiver(t, nil)
			_, err := webhooknotify.New(always(c.secrets...), onLoopback()).Notify(t.Context(), delivery(address))
			require.NoError(t, err)
			require.Len(t, got(), 1)
			assert.Len(t, strings.Split(got()[0].header.Get("Webhook-Signature"), " "), len(c.secrets))
			for _, s := range c.good {
				assert.True(t, verifies(t, s, got()[0]))
			}
			for _, s := range c.bad {
				assert.False(t, verifies(t, s, got()[0]))
			}
		})
	}
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	address, got := receiver(t, nil)
	n := webhooknotify.New(always(secret), onLoopback())
	first := delivery(address)
	second := delivery(address)
	second.Attempt = 2
	other := delivery(address)
	other.ID = "incident-1.4/bo@webhook"
	for _, d := range []*notify.Delivery{first, second, other} {
		receipt, err := n.Notify(t.Context(), d)
		require.NoError(t, err)
		assert.Equal(t, webhooknotify.ID(d.ID), receipt.ProviderID)
	}
	ids := map[string]int{}
	for _, r := range got() {
		assert.True(t, verifies(t, secret, r))
		id := r.header.Get("Webhook-Id")
		ids[id]++
		assert.Equal(t, []string{id}, r.header.Values("Idempotency-Key"))
		assert.NotContains(t, id, ".")
		assert.NotContains(t, fmt.Sprint(r.header), "incident-1", "keys of our own do not leave the house")
	}
	assert.Equal(t, map[string]int{webhooknotify.ID(first.ID): 2, webhooknotify.ID(other.ID): 1}, ids)
}

func TestSecretsOfEndpoints(t *testing.T) {
	t.Parallel()
	gone := errors.New("the endpoint was removed")
	for _, c := range []struct {
		name    string
		secrets []string
		err     error
		class   notify.Class
		want    error
		text    string
	}{
		{"the host says that it is gone", nil, notify.Gone(gone), notify.AddressGone, gone, "looking up"},
		{"the host's store is down", nil, gone, notify.Temporary, gone, "looking up"},
		{"none", nil, nil, notify.Temporary, nil, "GenerateSecret"},
		{"one that is none", []string{secret, "whsec_c2VjcmV0LTQ3MTE="}, nil, notify.Temporary, webhooknotify.ErrSecret, "secret 2 of 2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			address, got := receiver(t, nil)
			n := webhooknotify.New(func(_ context.Context, to notify.Recipient) ([]string, error) {
				assert.Equal(t, "ada", to.ID)
				return c.secrets, c.err
			}, onLoopback())
			_, err := n.Notify(t.Context(), delivery(address))
			class, _ := notify.Classify(err)
			assert.Equal(t, c.class, class)
			require.ErrorContains(t, err, c.text)
			assert.NotContains(t, err.Error(), "c2Vj")
			if c.want != nil {
				require.ErrorIs(t, err, c.want)
			}
			assert.Empty(t, got(), "nothing goes out unsigned")
		})
	}
	assert.Panics(t, func() { webhooknotify.New(nil, nil) })
}

// TestOneReceiverAlone: what one of them answers is no fault of the channel.
func TestOneReceiverAlone(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]notify.Class{
		301: notify.Temporary, 302: notify.Temporary, 400: notify.Temporary, 401: notify.Temporary, 403: notify.Temporary,
		404: notify.Temporary, 410: notify.AddressGone, 413: notify.Temporary, 429: notify.Throttled, 500: notify.Temporary,
		502: notify.Throttled, 503: notify.Temporary, 504: notify.Throttled,
	} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			t.Parallel()
			address, got := receiver(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(status)
			})
			_, err := webhooknotify.New(always(secret), onLoopback()).Notify(t.Context(), delivery(address))
			class, _ := notify.Classify(err)
			assert.Equal(t, want, class, "%v", err)
			assert.Len(t, got(), 1)
		})
	}
	c := webhooknotify.New(always(secret), nil).Channel()
	assert.True(t, c.Independent)
	assert.True(t, c.RepeatUncertain)
}

func TestCheck(t *testing.T) {
	t.Parallel()
	safe, plain := webhooknotify.New(always(secret), nil), webhooknotify.New(always(secret), onLoopback())
	for _, c := range []struct {
		name, address string
		safe, plain   error
	}{
		{"https", "https://hooks.example/status?key=4711", nil, nil},
		{"http", "http://hooks.example/status?key=4711", webhooknotify.ErrNotHTTPS, nil},
		{"with a password", "https://ada:4711@hooks.example/", notify.ErrAddress, notify.ErrAddress},
		{"another scheme", "gopher://hooks.example/4711", notify.ErrAddress, notify.ErrAddress},
		{"no URL", "https://hooks.example/%zz4711", notify.ErrAddress, notify.ErrAddress},
		{"nothing", "", notify.ErrAddress, notify.ErrAddress},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for n, want := range map[*webhooknotify.Notifier]error{safe: c.safe, plain: c.plain} {
				err := n.Check(c.address)
				require.ErrorIs(t, err, want)
				if err != nil {
					assert.NotContains(t, err.Error(), "4711")
					assert.NotContains(t, err.Error(), "hooks")
				}
			}
			if c.safe != nil {
				_, err := safe.Notify(t.Context(), delivery(c.address))
				require.ErrorIs(t, err, c.safe)
				class, _ := notify.Classify(err)
				assert.Equal(t, notify.Lasting, class)
			}
		})
	}
}

func TestOwnPayload(t *testing.T) {
	t.Parallel()
	address, got := receiver(t, nil)
	opts := onLoopback()
	opts.Payload = func(d *notify.Delivery) ([]byte, error) {
		if d.Message.Text == "" {
			return nil, notify.Permanent(errors.New("nothing to say"))
		}
		e, err := webhooknotify.StatuspageEvent(d, webhooknotify.Page{ID: "page-1"})
		if err != nil {
			return nil, err
		}
		return json.MarshalIndent(struct {
			Type string `json:"type"`
			*webhooknotify.Event
		}{"incident.updated", e}, "", "  ")
	}
	n := webhooknotify.New(always(secret), opts)
	_, err := n.Notify(t.Context(), delivery(address))
	require.NoError(t, err)
	require.Len(t, got(), 1)
	assert.True(t, verifies(t, secret, got()[0]), "it is sent exactly as it is signed")
	assert.Contains(t, string(got()[0].body), "  \"type\": \"incident.updated\",\n")

	empty := delivery(address)
	empty.Message.Text = ""
	_, err = n.Notify(t.Context(), empty)
	class, _ := notify.Classify(err)
	assert.Equal(t, notify.Lasting, class)
}
