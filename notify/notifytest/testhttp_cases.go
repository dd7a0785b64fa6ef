package notifytest

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime/pprof"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/amends-dev/amends/notify"
)

// httpCases are the rules of [notify.Notifier], and those that HTTP adds.
func httpCases() []httpCase {
	var out []httpCase
	for _, c := range notifierCases() {
		out = append(out, httpCase{c.name, c.rule, func(t notifierTB, h httpHarness) { c.run(t, h.Harness) }})
	}
	return append(out, []httpCase{
		{"no_body", "a 2xx answer without a body is a success, or the options declare NeedsBody", testNoBody},
		{"retry_after_seconds", "a Retry-After in seconds is obeyed to the second, of 429 and of 503", testRetryAfter(
			func() string { return "3600" }, time.Hour)},
		{"retry_after_date", "a Retry-After that is a date is obeyed, too (RFC 9110 10.2.3)", testRetryAfter(
			func() string { return time.Now().Add(time.Hour).UTC().Format(http.TimeFormat) }, 30*time.Minute)},
		{"statuses", "every status means what notify.HTTP says, or what the options declare", testStatuses},
		{"redirect", "a redirect is a failure, and is not followed", testRedirect},
		{"long_answer", "an answer of 1 MiB does no harm", testLongAnswer},
		{"endless_answer", "of an answer without end a bounded part is read", testEndlessAnswer},
		{"slow_answer", "Notify returns soon after its context is done, also in the middle of an answer", testSlowAnswer},
		{"half_answer", "a success whose answer breaks in the middle is a success or uncertain: a plain failure would be repeated", testHalfAnswer},
		{"refused", "a connection that was refused is a temporary failure, and not an uncertain one: nothing was sent", testRefused},
		{"cut_before", "a connection that is cut before the request is read is a temporary or an uncertain failure", testCutBefore},
		{"no_repeat", "a request that was written is not written again within one call, whatever net/http takes for safe to repeat", testNoRepeat},
		{"connections", "connections are used again: there are about as many of them as senders, not as many as deliveries", testConnections},
		{"goroutines", "no goroutine is left when the connections are closed", testGoroutines},
		{"cause", "the cause of a failure can be reached with errors.As", testCause},
		{"cause_context", "the end of the context can be reached with errors.Is", testCauseContext},
		{"no_address", "the text of an error shows neither the server's address nor a secret, however the connection fails", testNoAddress},
		{"injection", "nothing of message, recipient or ID becomes a header of its own: it is delivered all the same, or refused as lasting", testInjection},
	}...)
}

func testNoBody(t notifierTB, h httpHarness) {
	if h.opts.NeedsBody {
		t.Skipf("the options declare NeedsBody")
	}
	for _, code := range []int{http.StatusOK, http.StatusAccepted, http.StatusNoContent} {
		h.answer(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) })
		if _, err := h.Notifier.Notify(t.Context(), h.delivery(fmt.Sprint("d-", code))); err != nil {
			t.Errorf("a %d without a body was taken for a failure: %v", code, err)
		}
	}
}

// testRetryAfter plays a wish to wait for an hour and accepts what is between least and that.
func testRetryAfter(value func() string, least time.Duration) func(notifierTB, httpHarness) {
	return func(t notifierTB, h httpHarness) {
		for _, code := range []int{http.StatusTooManyRequests, http.StatusServiceUnavailable} {
			if _, own := h.opts.Classes[code]; own {
				continue
			}
			h.answer(status(code, "Retry-After", value()))
			_, err := h.Notifier.Notify(t.Context(), h.delivery(fmt.Sprint("d-", code)))
			if err == nil {
				t.Fatalf("took a %d for a success", code)
			}
			if class, wait := notify.Classify(err); class != notify.Throttled || wait < least || wait > time.Hour {
				t.Errorf("a %d that asks to wait for an hour is %v, for %v", code, class, wait)
			}
		}
	}
}

func testStatuses(t notifierTB, h httpHarness) {
	again := []notify.Class{notify.Temporary, notify.Throttled}
	for code, want := range map[int][]notify.Class{
		http.StatusBadRequest:            {notify.Lasting},
		http.StatusUnauthorized:          {notify.Unusable},
		http.StatusForbidden:             {notify.Unusable},
		http.StatusNotFound:              {notify.Lasting, notify.AddressGone},
		http.StatusRequestTimeout:        again,
		http.StatusConflict:              {notify.Temporary, notify.Throttled, notify.Lasting},
		http.StatusGone:                  {notify.AddressGone},
		http.StatusRequestEntityTooLarge: {notify.Lasting},
		http.StatusUnprocessableEntity:   {notify.Lasting},
		http.StatusTooEarly:              again,
		http.StatusTooManyRequests:       {notify.Throttled},
		http.StatusInternalServerError:   again,
		http.StatusBadGateway:            again,
		http.StatusServiceUnavailable:    again,
		http.StatusGatewayTimeout:        again,
	} {
		if own, ok := h.opts.Classes[code]; ok {
			want = []notify.Class{own}
		}
		h.answer(status(code))
		_, err := h.Notifier.Notify(t.Context(), h.delivery(fmt.Sprint("d-", code)))
		if err == nil {
			t.Errorf("took a %d for a success", code)
			continue
		}
		class, _ := notify.Classify(err)
		found := false
		for _, c := range want {
			found = found || c == class
		}
		if !found {
			t.Errorf("a %d is %v, want %v", code, class, want)
		}
	}
}

func testRedirect(t notifierTB, h httpHarness) {
	for _, code := range []int{http.StatusMovedPermanently, http.StatusFound, http.StatusTemporaryRedirect, http.StatusPermanentRedirect} {
		before := h.calls.Load()
		h.answer(status(code, "Location", h.url+"/elsewhere"))
		if _, err := h.Notifier.Notify(t.Context(), h.delivery(fmt.Sprint("d-", code))); err == nil {
			t.Errorf("took a %d for a success", code)
		}
		if n := h.calls.Load() - before; n != 1 {
			t.Errorf("%d requests after a %d, want one", n, code)
		}
	}
}

// pour writes n bytes and returns how many were taken.
func pour(w io.Writer, n int) int {
	block := bytes.Repeat([]byte("x"), 32<<10)
	for sent := 0; sent < n; sent += len(block) {
		if _, err := w.Write(block); err != nil {
			return sent
		}
	}
	return n
}

func testLongAnswer(t notifierTB, h httpHarness) {
	h.answer(func(w http.ResponseWriter, r *http.Request) {
		h.keep(r)
		w.Header().Set("Content-Length", fmt.Sprint(1<<20))
		pour(w, 1<<20)
	})
	if _, err := h.Notifier.Notify(t.Context(), h.delivery("d-1")); err != nil && !h.opts.NeedsBody {
		t.Errorf("a 200 with 1 MiB was taken for a failure: %v", err)
	}
	h.must(t, h.delivery("d-2"))
}

func testEndlessAnswer(t notifierTB, h httpHarness) {
	const size = 100 << 20
	done := make(chan int, 1)
	h.answer(func(w http.ResponseWriter, r *http.Request) {
		h.keep(r)
		done <- pour(w, size)
	})
	if _, err := h.Notifier.Notify(t.Context(), h.delivery("d-1")); err != nil && !h.opts.NeedsBody {
		t.Errorf("a 200 with an endless body was taken for a failure: %v", err)
	}
	select {
	case n := <-done:
		if n >= size {
			t.Errorf("read all of %d MiB", size>>20)
		}
	case <-time.After(h.patience()):
		t.Errorf("neither read the answer nor closed the connection")
	}
}

func testSlowAnswer(t notifierTB, h httpHarness) {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	h.answer(func(w http.ResponseWriter, r *http.Request) {
		h.keep(r)
		w.Header().Set("Content-Length", "1000")
		_, _ = io.WriteString(w, "wait")
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
	_ = h.call(ctx, t, h.delivery("d-1")) // a success as well as a failure: it was taken
}

func testHalfAnswer(t notifierTB, h httpHarness) {
	h.answer(func(w http.ResponseWriter, r *http.Request) {
		h.keep(r)
		w.Header().Set("Content-Length", "1000")
		_, _ = io.WriteString(w, "half")
		_ = http.NewResponseController(w).Flush()
		cut()
	})
	_, err := h.Notifier.Notify(t.Context(), h.delivery("d-1"))
	if class, _ := notify.Classify(err); err != nil && class != notify.Uncertain {
		t.Errorf("the failure is %v", class)
	}
}

func testRefused(t notifierTB, h httpHarness) {
	h.stop()
	_, err := h.Notifier.Notify(t.Context(), h.delivery("d-1"))
	if class, _ := notify.Classify(err); err == nil || class != notify.Temporary {
		t.Errorf("the failure is %v: %v", class, err)
	}
}

func testCutBefore(t notifierTB, h httpHarness) {
	h.cutNew.Store(true)
	_, err := h.Notifier.Notify(t.Context(), h.delivery("d-1"))
	if class, _ := notify.Classify(err); err == nil || class != notify.Temporary && class != notify.Uncertain {
		t.Errorf("the failure is %v: %v", class, err)
	}
}

func testNoRepeat(t notifierTB, h httpHarness) {
	h.must(t, h.delivery("d-1")) // net/http repeats on a connection that was used before
	before := h.calls.Load()
	h.answer(func(http.ResponseWriter, *http.Request) { cut() })
	_, err := h.Notifier.Notify(t.Context(), h.delivery("d-2"))
	if n := h.calls.Load() - before; n != 1 {
		t.Errorf("the server got %d requests for one call", n)
	}
	if class, _ := notify.Classify(err); err == nil || class != notify.Uncertain {
		t.Errorf("the failure is %v: %v", class, err)
	}
}

func testConnections(t notifierTB, h httpHarness) {
	const senders, each = 64, 10
	var wg sync.WaitGroup
	var failed atomic.Pointer[error]
	for i := range senders {
		wg.Go(func() {
			for k := range each {
				if _, err := h.Notifier.Notify(t.Context(), h.delivery(fmt.Sprintf("d-%d-%d", i, k))); err != nil {
					failed.Store(&err)
				}
			}
		})
	}
	wg.Wait()
	if err := failed.Load(); err != nil {
		t.Fatalf("one of %d calls failed: %v", senders*each, *err)
	}
	// On a busy machine net/http gives some of them up itself.
	if n := h.conns.Load(); n > senders+senders*each/10 {
		t.Errorf("%d connections for %d deliveries of %d senders: read answers to their end, keep as many idle connections as there are senders, and bound connections per host",
			n, senders*each, senders)
	}
}

func testGoroutines(t notifierTB, h httpHarness) {
	mark := rand.Text()
	pprof.Do(t.Context(), pprof.Labels("notifytest", mark), func(ctx context.Context) { // what is started in there carries the mark
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() { _, _ = h.Notifier.Notify(ctx, h.delivery(fmt.Sprintf("d-%d", i))) })
		}
		wg.Wait()
		h.answer(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		gone, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
		defer cancel()
		_, _ = h.Notifier.Notify(gone, h.delivery("d-gone"))
	})
	if idle, ok := h.Notifier.(interface{ CloseIdleConnections() }); ok {
		idle.CloseIdleConnections()
	}
	h.stop()
	look, limit := time.NewTicker(5*time.Millisecond), time.After(h.patience())
	defer look.Stop()
	for {
		var all strings.Builder
		if err := pprof.Lookup("goroutine").WriteTo(&all, 1); err != nil {
			t.Fatalf("reading the goroutines: %v", err)
		}
		if !strings.Contains(all.String(), mark) {
			return
		}
		select {
		case <-look.C:
		case <-limit:
			t.Fatalf("a goroutine that a call started is still there")
		}
	}
}

func testCause(t notifierTB, h httpHarness) {
	h.stop()
	_, err := h.Notifier.Notify(t.Context(), h.delivery("d-1"))
	if _, ok := errors.AsType[net.Error](err); !ok {
		t.Errorf("errors.As does not find the net.Error of a refused connection in %v", err)
	}
}

func testCauseContext(t notifierTB, h httpHarness) {
	h.answer(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := h.call(ctx, t, h.delivery("d-1")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("errors.Is does not find the end of the context in %v", err)
	}
}

func testNoAddress(t notifierTB, h httpHarness) {
	secrets := append([]string{h.To.Address, h.To.Name, sampleText}, h.Secrets...)
	check := func(how string, err error) {
		t.Helper()
		if err == nil {
			t.Errorf("%s: no failure at all", how)
			return
		}
		for _, s := range secrets {
			if len(s) > 3 && strings.Contains(err.Error(), s) {
				t.Errorf("%s: the error shows the address, a secret, or words of the message", how)
			}
		}
	}
	h.cutNew.Store(true)
	_, err := h.Notifier.Notify(t.Context(), h.delivery("d-1"))
	check("cut before the request was read", err)

	h.answer(func(http.ResponseWriter, *http.Request) { cut() })
	_, err = h.Notifier.Notify(t.Context(), h.delivery("d-2"))
	check("cut after that", err)

	h.answer(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	check("no answer in time", h.call(ctx, t, h.delivery("d-3")))

	h.stop()
	_, err = h.Notifier.Notify(t.Context(), h.delivery("d-4"))
	check("connection refused", err)
}

func testInjection(t notifierTB, h httpHarness) {
	const evil = "\r\nX-Injected: yes\r\n\r\nevil"
	d := h.delivery("d-1" + evil)
	d.To.Name += evil
	d.Message.Subject += evil
	d.Message.Kind += evil
	d.Message.Thread += evil
	d.Message.From, d.Message.ReplyTo = "Sam"+evil, "sam@example.com"+evil
	if _, err := h.Notifier.Notify(t.Context(), d); err != nil {
		if class, _ := notify.Classify(err); class != notify.Lasting {
			t.Errorf("refused as %v: it would be tried again in vain", class)
		}
	}
	for _, header := range h.headers() {
		if header.Get("X-Injected") != "" {
			t.Errorf("a line break in the delivery began a header of its own")
		}
	}
}
