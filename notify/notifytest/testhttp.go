package notifytest

import (
	"net/http"
	"testing"

	"github.com/amends-dev/amends/notify"
)

// HTTPOptions tells [TestHTTP] what it cannot know of a service. The zero
// value, like a nil *HTTPOptions, holds the defaults.
type HTTPOptions struct {
	// To returns a recipient that the service accepts. If nil, one with an address that is no URL.
	To func(baseURL string) notify.Recipient
	// Accept writes how the service says that it took a message. If nil, a 200 with a short text.
	Accept func(w http.ResponseWriter, r *http.Request, body []byte)
	// NeedsBody declares that a 2xx without a body is no success for this adapter.
	NeedsBody bool
	// Key finds the idempotency key in a request. If nil, the header Idempotency-Key.
	Key func(r *http.Request, body []byte) string
	// Text finds what the recipient is shown. If nil, all strings of a JSON body,
	// all values of a form, or else the body.
	Text func(r *http.Request, body []byte) string
	// Classes declares what a status means where that is not what [notify.HTTP] says.
	Classes map[int]notify.Class
	// Secrets must not show in any error: tokens, keys in URLs. The server's address is looked for in any case.
	Secrets []string
	// MayDuplicate and MayCut are those of [Harness].
	MayDuplicate bool
	MayCut       bool
}

// httpHarness is one fresh adapter with the suite's own server.
type httpHarness struct {
	Harness
	*httpService
	opts HTTPOptions
}

// httpCase is one rule of adapters that speak HTTP.
type httpCase struct {
	name string
	rule string
	run  func(t notifierTB, h httpHarness)
}

// TestHTTP checks an adapter that speaks HTTP: the whole of [TestNotifier], and
// what a server can do to a client. It brings the server, on loopback, and
// plays every answer itself; the adapter must be told that an internal address is
// meant. Each case gets a fresh server and a fresh adapter. A failure says which rule is
// broken. Run it with -race.
//
//	func TestPager(t *testing.T) {
//		notifytest.TestHTTP(t, func(t *testing.T, url string) notify.Notifier { return pager.New(url, "token-4711") },
//			&notifytest.HTTPOptions{Secrets: []string{"token-4711"}})
//	}
func TestHTTP(t *testing.T, newNotifier func(t *testing.T, baseURL string) notify.Notifier, opts *HTTPOptions) {
	t.Helper()
	for _, c := range httpCases() {
		t.Run(c.name, func(t *testing.T) {
			service := newHTTPService(opts)
			t.Cleanup(service.stop)
			c.run(ruled{t, c.rule}, service.harness(newNotifier(t, service.url)))
		})
	}
}

// harness puts an adapter beside the server that it talks to.
func (s *httpService) harness(n notify.Notifier) httpHarness {
	to := notify.Recipient{ID: "c-1", Address: "room-4711", Name: "Ada Example", Meta: map[string]string{"team": "team-4711"}}
	if s.opts.To != nil {
		to = s.opts.To(s.url)
	}
	return httpHarness{
		Harness: Harness{
			Notifier: n, To: to, Delivered: s.delivered, Fault: s.fault,
			Secrets:      append([]string{s.url, s.host()}, s.opts.Secrets...),
			MayDuplicate: s.opts.MayDuplicate, MayCut: s.opts.MayCut,
		},
		httpService: s, opts: s.opts,
	}
}
