package notify_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/notify"
)

// An adapter is a function that makes a request.
func ExampleNewHTTP() {
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		fmt.Println(r.Header.Get("Idempotency-Key"), string(body))
		w.WriteHeader(http.StatusAccepted)
	}))
	defer service.Close()

	chat := notify.NewHTTP(func(ctx context.Context, d *notify.Delivery) (*http.Request, error) {
		return notify.JSONRequest(ctx, service.URL, map[string]string{"text": d.Message.Text})
	}, &notify.HTTPOptions{Internal: true}) // the service is on this machine
	_, err := chat.Notify(context.Background(), &notify.Delivery{
		ID: "incident-1/1/ada", Attempt: 1, To: notify.Recipient{ID: "ada"}, Message: &notify.Message{Text: "We are on it."},
	})
	fmt.Println(err)
	// Output:
	// incident-1/1/ada {"text":"We are on it."}
	// <nil>
}

// answers starts a server on loopback and returns a notifier that posts to it.
func answers(t *testing.T, handler http.HandlerFunc, opts *notify.HTTPOptions) *notify.HTTP {
	t.Helper()
	srv := httptest.NewServer(handler)
	t.Cleanup(srv.Close)
	return poster(t, srv.URL+"/key-4711", opts)
}

func poster(t *testing.T, address string, opts *notify.HTTPOptions) *notify.HTTP {
	t.Helper()
	o := notify.HTTPOptions{}
	if opts != nil {
		o = *opts
	}
	o.Internal = true
	h := notify.NewHTTP(jsonTo(address), &o)
	t.Cleanup(h.CloseIdleConnections)
	return h
}

func jsonTo(address string) func(ctx context.Context, d *notify.Delivery) (*http.Request, error) {
	return func(ctx context.Context, d *notify.Delivery) (*http.Request, error) {
		return notify.JSONRequest(ctx, address, map[string]string{"text": d.Message.Text})
	}
}

func message(id string) *notify.Delivery {
	return &notify.Delivery{
		ID: id, Attempt: 1, Channel: "chat", To: notify.Recipient{ID: "ada", Address: "room-ada"},
		Message: &notify.Message{Kind: notify.KindUpdate, Subject: "Restores fail", Text: "We are on it."},
	}
}

func TestHTTPClasses(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, time.March, 2, 13, 30, 0, 0, time.UTC)
	for _, c := range []struct {
		status      int
		after       string
		want        notify.Class
		wait        time.Duration
		independent notify.Class // of a receiver of its own
	}{
		{status: 301, want: notify.Unusable},
		{status: 302, want: notify.Unusable},
		{status: 304, want: notify.Unusable},
		{status: 308, want: notify.Unusable},
		{status: 400, want: notify.Lasting},
		{status: 401, want: notify.Unusable},
		{status: 403, want: notify.Unusable},
		{status: 404, want: notify.Lasting},
		{status: 405, want: notify.Lasting},
		{status: 407, want: notify.Unusable},
		{status: 408, want: notify.Temporary},
		{status: 409, want: notify.Temporary},
		{status: 410, want: notify.AddressGone, independent: notify.AddressGone},
		{status: 413, want: notify.Lasting},
		{status: 415, want: notify.Lasting},
		{status: 422, want: notify.Lasting},
		{status: 425, want: notify.Temporary},
		{status: 429, want: notify.Throttled, independent: notify.Throttled},
		{status: 429, after: "7", want: notify.Throttled, wait: 7 * time.Second, independent: notify.Throttled},
		{status: 429, after: "Mon, 02 Mar 2026 13:32:00 GMT", want: notify.Throttled, wait: 2 * time.Minute, independent: notify.Throttled},
		{status: 429, after: "soon", want: notify.Throttled, independent: notify.Throttled},
		{status: 429, after: "99999999999999999999", want: notify.Throttled, wait: 24 * time.Hour, independent: notify.Throttled},
		{status: 499, want: notify.Lasting},
		{status: 500, want: notify.Temporary},
		{status: 500, after: "3", want: notify.Throttled, wait: 3 * time.Second, independent: notify.Throttled},
		{status: 501, want: notify.Temporary},
		{status: 502, want: notify.Throttled, independent: notify.Throttled},
		{status: 502, after: "9", want: notify.Throttled, wait: 9 * time.Second, independent: notify.Throttled},
		{status: 503, want: notify.Temporary},
		{status: 503, after: "60", want: notify.Throttled, wait: time.Minute, independent: notify.Throttled},
		{status: 503, after: "Monday, 02-Mar-26 13:31:00 GMT", want: notify.Throttled, wait: time.Minute, independent: notify.Throttled},
		{status: 504, want: notify.Throttled, independent: notify.Throttled},
		{status: 599, want: notify.Temporary},
	} {
		t.Run(fmt.Sprintf("%d %s", c.status, c.after), func(t *testing.T) {
			t.Parallel()
			handler := func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Location", "http://"+"127.0.0.1:1/")
				if c.after != "" {
					w.Header().Set("Retry-After", c.after)
				}
				w.WriteHeader(c.status)
				_, _ = io.WriteString(w, "secret of the service")
			}
			for independent, want := range map[bool]notify.Class{false: c.want, true: c.independent} {
				opts := &notify.HTTPOptions{Independent: independent, Now: func() time.Time { return now }}
				_, err := answers(t, handler, opts).Notify(t.Context(), message("d-1"))
				class, wait := notify.Classify(err)
				assert.Equal(t, want, class, "independent: %v: %v", independent, err)
				assert.Equal(t, c.wait, wait)
				own, ok := errors.AsType[*notify.Error](err)
				require.True(t, ok)
				assert.Equal(t, fmt.Sprint(c.status), own.Code)
				assert.NotContains(t, err.Error(), "secret")
				assert.NotContains(t, err.Error(), "127.0.0.1")
			}
		})
	}
}

func TestHTTPSuccess(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		status int
		body   string
	}{
		{"200 without a body", 200, ""},
		{"200 with one", 200, "accepted 1"},
		{"201", 201, "{}"},
		{"202, as Teams answers", 202, "1"},
		{"204", 204, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var got http.Header
			_, err := answers(t, func(w http.ResponseWriter, r *http.Request) {
				got = r.Header.Clone()
				http.SetCookie(w, &http.Cookie{Name: "session", Value: "1"})
				w.WriteHeader(c.status)
				_, _ = io.WriteString(w, c.body)
			}, nil).Notify(t.Context(), message("incident-1/1/ada@chat"))
			require.NoError(t, err)
			assert.Equal(t, "incident-1/1/ada@chat", got.Get("Idempotency-Key"))
			assert.Equal(t, "application/json", got.Get("Content-Type"))
			assert.Contains(t, got.Get("User-Agent"), "Amends")
			assert.Empty(t, got.Get("Accept-Encoding"))
		})
	}
}

func TestHTTPHeaders(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, id, want string }{
		{"as it is", "incident-1/1/ada@chat", "incident-1/1/ada@chat"},
		{"no header can hold it", "a b\r\nX-Evil: 1\x00ü%", "a%20b%0D%0AX-Evil:%201%00%C3%BC%25"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var got http.Header
			h := answers(t, func(_ http.ResponseWriter, r *http.Request) { got = r.Header.Clone() }, nil)
			_, err := h.Notify(t.Context(), message(c.id))
			require.NoError(t, err)
			assert.Equal(t, []string{c.want}, got.Values("Idempotency-Key"))
			assert.Empty(t, got.Get("X-Evil"))
		})
	}

	t.Run("the builder's own win, and nothing is carried from call to call", func(t *testing.T) {
		t.Parallel()
		var mu sync.Mutex
		var got []http.Header
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			defer mu.Unlock()
			got = append(got, r.Header.Clone())
			http.SetCookie(w, &http.Cookie{Name: "session", Value: "1"})
		}))
		t.Cleanup(srv.Close)
		h := notify.NewHTTP(func(ctx context.Context, d *notify.Delivery) (*http.Request, error) {
			req, err := jsonTo(srv.URL)(ctx, d)
			req.Header.Set("Idempotency-Key", "own")
			req.Header.Set("User-Agent", "own agent")
			return req, err
		}, &notify.HTTPOptions{Internal: true})
		t.Cleanup(h.CloseIdleConnections)
		for range 2 {
			_, err := h.Notify(t.Context(), message("d-1"))
			require.NoError(t, err)
		}
		require.Len(t, got, 2)
		for _, header := range got {
			assert.Equal(t, []string{"own"}, header.Values("Idempotency-Key"))
			assert.Equal(t, "own agent", header.Get("User-Agent"))
			assert.Empty(t, header.Values("Cookie"))
		}
	})
}

// TestHTTPBuilder holds what a builder may hand over, and what is refused before anything is sent.
func TestHTTPBuilder(t *testing.T) {
	t.Parallel()
	var calls sync.Map // by path
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		calls.Store(r.URL.Path, string(body))
	}))
	t.Cleanup(srv.Close)
	post := func(url string) *http.Request {
		req, err := http.NewRequest(http.MethodPost, url, io.MultiReader(strings.NewReader("part 1, "), strings.NewReader("part 2")))
		require.NoError(t, err)
		return req
	}
	with := func(name, value string) *http.Request {
		req := post(srv.URL + "/refused")
		req.Header[name] = []string{value}
		return req
	}
	own := errors.New("no such room")
	for _, c := range []struct {
		name  string
		req   *http.Request
		body  string // that arrives
		err   error
		class notify.Class
		want  error
	}{
		{name: "a body that cannot be read twice", req: post(srv.URL + "/parts"), body: "part 1, part 2"},
		{name: "without a header map", req: &http.Request{Method: http.MethodPost, URL: post(srv.URL + "/bare").URL}},
		{name: "its error is passed on", err: notify.Gone(own), class: notify.AddressGone, want: own},
		{name: "nothing at all", class: notify.Lasting},
		{name: "a header with a line break", req: with("Title", "x\r\nX-Evil: 1"), class: notify.Lasting},
		{name: "a header with a zero", req: with("Title", "x\x00"), class: notify.Lasting},
		{name: "a header's name with a line break", req: with("Ti\ntle", "x"), class: notify.Lasting},
		{name: "a header without a name", req: with("", "x"), class: notify.Lasting},
		{name: "another scheme", req: post("ftp://files.example/x"), class: notify.Lasting, want: notify.ErrAddress},
		{name: "a file", req: post("file:///etc/passwd"), class: notify.Lasting, want: notify.ErrAddress},
		{name: "user and password", req: post("https://ada:pass-4711@hooks.example/"), class: notify.Lasting, want: notify.ErrAddress},
		{name: "no host", req: post("https:///x"), class: notify.Lasting, want: notify.ErrAddress},
		{name: "an opaque one", req: post("https:hooks.example"), class: notify.Lasting, want: notify.ErrAddress},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := notify.NewHTTP(func(context.Context, *notify.Delivery) (*http.Request, error) { return c.req, c.err }, &notify.HTTPOptions{Internal: true})
			defer h.CloseIdleConnections()
			_, err := h.Notify(t.Context(), message("d-1"))
			if c.class == notify.Temporary {
				require.NoError(t, err)
				body, sent := calls.Load(c.req.URL.Path)
				require.True(t, sent)
				assert.Equal(t, c.body, body)
				return
			}
			require.Error(t, err)
			class, _ := notify.Classify(err)
			assert.Equal(t, c.class, class, "%v", err)
			if c.want != nil {
				require.ErrorIs(t, err, c.want)
			}
			for _, secret := range []string{"4711", "X-Evil", "hooks.example", "passwd"} {
				assert.NotContains(t, err.Error(), secret)
			}
		})
	}
	t.Cleanup(func() {
		_, sent := calls.Load("/refused")
		assert.False(t, sent, "sent all the same")
	})
	assert.Panics(t, func() { notify.NewHTTP(nil, nil) })
}

func TestJSONRequest(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, address string
		v             any
	}{
		{"no URL", "https://hooks.example/%zz?key=4711", "x"},
		{"no URL, with control characters", "https://hooks.example/\x00?key=4711", "x"},
		{"another scheme", "gopher://hooks.example/?key=4711", "x"},
		{"user and password", "https://u:4711@hooks.example/", "x"},
		{"empty", "", "x"},
		{"what JSON cannot hold", "https://hooks.example/", map[string]any{"4711": func() {}}},
		{"what fails to marshal", "https://hooks.example/", failing{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := notify.JSONRequest(t.Context(), c.address, c.v)
			require.Error(t, err)
			class, _ := notify.Classify(err)
			assert.Equal(t, notify.Lasting, class)
			assert.NotContains(t, err.Error(), "4711")
			assert.NotContains(t, err.Error(), "hooks")
		})
	}
	_, err := notify.JSONRequest(t.Context(), "https://hooks.example/", failing{})
	require.ErrorIs(t, err, io.ErrUnexpectedEOF, "the cause is there for programs")
}

type failing struct{}

func (failing) MarshalJSON() ([]byte, error) {
	return nil, fmt.Errorf("secret 4711: %w", io.ErrUnexpectedEOF)
}

func TestHTTPReadsAnswers(t *testing.T) {
	t.Parallel()
	refused := errors.New("no such channel")
	opts := &notify.HTTPOptions{
		MaxBody: 8,
		Check: func(r *notify.HTTPResponse) (notify.Receipt, error) {
			if string(r.Body) == "no" {
				return notify.Receipt{}, notify.Gone(refused)
			}
			return notify.Receipt{ProviderID: string(r.Body), Ref: map[string]string{"cut": fmt.Sprint(r.Cut), "h": r.Header.Get("X-Ref")}}, nil
		},
		Refused: func(r *notify.HTTPResponse, err error) error {
			if string(r.Body) == "gone" {
				return notify.Gone(fmt.Errorf("%w (%w)", refused, err))
			}
			return nil
		},
	}
	for _, c := range []struct {
		name, body string
		status     int
		want       notify.Receipt
		class      notify.Class
		wrapped    bool
	}{
		{name: "a receipt", status: 200, body: "ts-1", want: notify.Receipt{ProviderID: "ts-1", Ref: map[string]string{"cut": "false", "h": "r"}}},
		{name: "exactly as long as is read", status: 200, body: "12345678", want: notify.Receipt{ProviderID: "12345678", Ref: map[string]string{"cut": "false", "h": "r"}}},
		{name: "longer than is read", status: 200, body: "123456789", want: notify.Receipt{ProviderID: "12345678", Ref: map[string]string{"cut": "true", "h": "r"}}},
		{name: "a failure inside of a success", status: 200, body: "no", class: notify.AddressGone, wrapped: true},
		{name: "the service's own code", status: 400, body: "gone", class: notify.AddressGone, wrapped: true},
		{name: "no error is no success", status: 400, body: "other", class: notify.Lasting},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := answers(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("X-Ref", "r")
				w.WriteHeader(c.status)
				_, _ = io.WriteString(w, c.body)
			}, opts).Notify(t.Context(), message("d-1"))
			if c.class == notify.Temporary {
				require.NoError(t, err)
				assert.Equal(t, c.want, got)
				return
			}
			class, _ := notify.Classify(err)
			assert.Equal(t, c.class, class, "%v", err)
			assert.Equal(t, c.wrapped, errors.Is(err, refused))
		})
	}
}

func TestHTTPWrap(t *testing.T) {
	t.Parallel()
	broken := errors.New("proxy at 10.1.2.3 says no to /key-4711")
	h := poster(t, "http://hooks.example/key-4711", &notify.HTTPOptions{Wrap: func(next http.RoundTripper) http.RoundTripper {
		require.NotNil(t, next)
		return roundTripper(func(*http.Request) (*http.Response, error) { return nil, broken })
	}})
	_, err := h.Notify(t.Context(), message("d-1"))
	require.ErrorIs(t, err, broken)
	assert.NotContains(t, err.Error(), "4711")
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
