package customnotifier_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/amends-dev/amends/examples/customnotifier"
	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/notify/notifytest"
)

const token = "token-4711"

// service is a fake of the pager service on loopback.
type service struct {
	mu    sync.Mutex
	pages []notifytest.Received
	seen  map[string]bool
	fault notifytest.FaultKind
}

func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var page struct{ To, Text string }
	if err := json.NewDecoder(r.Body).Decode(&page); err != nil {
		http.Error(w, "no JSON", http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	fault := s.fault
	s.fault = ""
	switch fault {
	case notifytest.FaultTemporary:
		w.WriteHeader(http.StatusServiceUnavailable)
	case notifytest.FaultThrottled:
		w.Header().Set("Retry-After", "7")
		w.WriteHeader(http.StatusTooManyRequests)
	case notifytest.FaultLasting:
		w.WriteHeader(http.StatusBadRequest)
	case notifytest.FaultGone:
		w.WriteHeader(http.StatusGone)
	case notifytest.FaultMisconfigured:
		w.WriteHeader(http.StatusUnauthorized)
	case notifytest.FaultBlocked:
		<-r.Context().Done()
	case notifytest.FaultUncertain:
		s.keep(r.Header.Get("Idempotency-Key"), page.Text)
		panic(http.ErrAbortHandler) //nolint:forbidigo // how a handler breaks the connection before the answer
	default:
		s.keep(r.Header.Get("Idempotency-Key"), page.Text)
		_, _ = fmt.Fprintf(w, "page-%d", len(s.pages))
	}
}

func (s *service) keep(key, text string) {
	if !s.seen[key] {
		s.seen[key] = true
		s.pages = append(s.pages, notifytest.Received{ID: key, Text: text})
	}
}

func (s *service) delivered() []notifytest.Received {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]notifytest.Received(nil), s.pages...)
}

func (s *service) fail(kind notifytest.FaultKind) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = kind
	return true
}

func TestPagerConforms(t *testing.T) {
	t.Parallel()
	notifytest.TestNotifier(t, func(t *testing.T) notifytest.Harness {
		fake := &service{seen: map[string]bool{}}
		srv := httptest.NewServer(fake)
		t.Cleanup(srv.Close)
		return notifytest.Harness{
			Notifier:  customnotifier.New(srv.URL, token, srv.Client()),
			To:        notify.Recipient{ID: "c-1", Address: "+44 20 7946 0000", Name: "Ada Example"},
			Delivered: fake.delivered,
			Fault:     fake.fail,
			Secrets:   []string{token, srv.URL},
		}
	})
}

func TestPagerIsUnsureOfHalfAnAnswer(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = fmt.Fprint(w, "page-1")
	}))
	t.Cleanup(srv.Close)
	_, err := customnotifier.New(srv.URL, token, srv.Client()).Notify(t.Context(), &notify.Delivery{
		ID: "incident-1/1/wake/ada", Attempt: 1, Channel: "pager",
		To:      notify.Recipient{ID: "ada", Address: "+44 20 7946 0000"},
		Message: &notify.Message{Kind: notify.KindWake, Subject: "Needs you", Text: "The next update is due."},
	})
	if class, _ := notify.Classify(err); err == nil || class != notify.Uncertain {
		t.Errorf("a page that was taken, with half an answer: got %v (%v), want an uncertain failure", err, class)
	}
}

func ExampleNew() {
	srv := httptest.NewServer(&service{seen: map[string]bool{}})
	defer srv.Close()
	pager := notify.Chain(customnotifier.New(srv.URL, token, srv.Client()), nil)
	receipt, err := pager.Notify(context.Background(), &notify.Delivery{
		ID: "incident-1/1/wake/ada", Attempt: 1, Channel: "pager",
		To:      notify.Recipient{ID: "ada", Address: "+44 20 7946 0000"},
		Message: &notify.Message{Kind: notify.KindWake, Subject: "Needs you: restores fail", Text: "The next update is due."},
	})
	fmt.Println(receipt.ProviderID, err)
	// Output:
	// page-1 <nil>
}
