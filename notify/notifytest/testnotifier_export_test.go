package notifytest

import (
	"context"
	"fmt"
	"runtime"
	"sync"
)

// Broken runs the suite against harnesses and returns the failures by case, and
// the names of skipped cases.
func Broken(ctx context.Context, newHarness func() Harness) (failed map[string]string, skipped []string) {
	failed = map[string]string{}
	for _, c := range notifierCases() {
		tb := &fakeTB{ctx: ctx}
		done := make(chan struct{})
		go func() {
			defer close(done)
			c.run(ruled{tb, c.rule}, newHarness())
		}()
		<-done
		if tb.failure != "" {
			failed[c.name] = tb.failure
		}
		if tb.skipped {
			skipped = append(skipped, c.name)
		}
	}
	return failed, skipped
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
