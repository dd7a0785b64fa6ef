package notifytest

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/amends-dev/amends/notify"
)

// Broken runs the suite against harnesses and returns the failures by case, and
// the names of skipped cases.
func Broken(ctx context.Context, newHarness func() Harness) (failed map[string]string, skipped []string) {
	failed = map[string]string{}
	for _, c := range notifierCases() {
		tb := try(ctx, c.rule, func(t notifierTB) { c.run(t, newHarness()) })
		if tb.failure != "" {
			failed[c.name] = tb.failure
		}
		if tb.skipped {
			skipped = append(skipped, c.name)
		}
	}
	return failed, skipped
}

// BrokenHTTP does the same with the suite of [TestHTTP].
func BrokenHTTP(ctx context.Context, newNotifier func(baseURL string) notify.Notifier, opts *HTTPOptions) (failed map[string]string, skipped []string) {
	failed = map[string]string{}
	for _, c := range httpCases() {
		service := newHTTPService(opts)
		tb := try(ctx, c.rule, func(t notifierTB) { c.run(t, service.harness(newNotifier(service.url))) })
		service.stop()
		if tb.failure != "" {
			failed[c.name] = tb.failure
		}
		if tb.skipped {
			skipped = append(skipped, c.name)
		}
	}
	return failed, skipped
}

// HTTPCase runs one case with another patience and returns its failure.
func HTTPCase(ctx context.Context, name string, limit time.Duration, newNotifier func(baseURL string) notify.Notifier) string {
	for _, c := range httpCases() {
		if c.name == name {
			service := newHTTPService(nil)
			defer service.stop()
			h := service.harness(newNotifier(service.url))
			h.limit = limit
			return try(ctx, c.rule, func(t notifierTB) { c.run(t, h) }).failure
		}
	}
	return ""
}

// try runs one case to its end.
func try(ctx context.Context, rule string, run func(t notifierTB)) *fakeTB {
	tb := &fakeTB{ctx: ctx}
	done := make(chan struct{})
	go func() {
		defer close(done)
		run(ruled{tb, rule})
	}()
	<-done
	return tb
}

// fakeTB notes failures instead of failing.
type fakeTB struct {
	ctx     context.Context //nolint:containedctx // what Context returns
	mu      sync.Mutex
	failure string
	skipped bool
}

func (f *fakeTB) Helper()                  {}
func (f *fakeTB) Context() context.Context { return f.ctx }

func (f *fakeTB) Errorf(format string, args ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.failure += fmt.Sprintf(format, args...) + "\n"
}

func (f *fakeTB) Fatalf(format string, args ...any) {
	f.Errorf(format, args...)
	runtime.Goexit()
}

func (f *fakeTB) Skipf(string, ...any) {
	f.skipped = true
	runtime.Goexit()
}
