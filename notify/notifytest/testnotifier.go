package notifytest

import (
	"context"
	"testing"
	"time"

	"github.com/amends-dev/amends/notify"
)

// Harness is one fresh notifier with its transport, as [TestNotifier] needs it.
type Harness struct {
	// Notifier is the adapter under test, talking to a transport of the test's own.
	Notifier notify.Notifier
	// To is a recipient that the transport accepts.
	To notify.Recipient
	// Delivered returns what has arrived at the transport, in the order of arrival.
	Delivered func() []Received
	// Fault makes the transport fail the next call in a way, and only that one,
	// except where the kind says otherwise. It returns false if this transport
	// never fails so; the case is then skipped. If nil, all cases with faults are.
	Fault func(kind FaultKind) bool
	// Secrets must not show in any error: tokens, URLs with keys.
	Secrets []string

	// MayDuplicate declares that the transport knows no idempotency key: a repeat
	// is shown twice.
	MayDuplicate bool
	// MayCut declares that the channel shows less than the whole of a long text.
	MayCut bool

	limit time.Duration // how long a call may take to return; if zero, patience
}

// Received is one message as the transport saw it.
type Received struct {
	ID   string // the idempotency key that came with it, "" if the transport has none
	Text string // everything that the recipient is shown
}

// FaultKind is a way for a transport to fail.
type FaultKind string

// Ways to fail, with what they look like over HTTP. The next call meets them.
const (
	FaultTemporary     FaultKind = "temporary"     // 503: not now
	FaultThrottled     FaultKind = "throttled"     // 429 with Retry-After: 7
	FaultUncertain     FaultKind = "uncertain"     // the connection is cut after the message was taken; it has arrived
	FaultLasting       FaultKind = "lasting"       // 400: never this message
	FaultGone          FaultKind = "gone"          // 410: never this address
	FaultMisconfigured FaultKind = "misconfigured" // 401: never with this token
	FaultBlocked       FaultKind = "blocked"       // no answer until the caller gives up
)

// notifierTB is what a case needs of a test. [testing.T] has it; the tests of
// the suite use another.
type notifierTB interface {
	Helper()
	Context() context.Context
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
	Skipf(format string, args ...any)
}

// notifierCase is one rule.
type notifierCase struct {
	name string
	rule string // what every notifier must do, in words
	run  func(t notifierTB, h Harness)
}

// TestNotifier checks that a notifier keeps the contract of [notify.Notifier].
// Each case gets a fresh harness. A failure says which rule is broken. Run it
// with -race: some rules are about concurrency.
//
//	func TestPager(t *testing.T) {
//		notifytest.TestNotifier(t, func(t *testing.T) notifytest.Harness {
//			srv := newFakePager(t)
//			return notifytest.Harness{Notifier: pager.New(srv.URL, nil), To: someone, Delivered: srv.Pages, Fault: srv.Fail}
//		})
//	}
func TestNotifier(t *testing.T, newHarness func(t *testing.T) Harness) {
	t.Helper()
	for _, c := range notifierCases() {
		t.Run(c.name, func(t *testing.T) {
			h := newHarness(t)
			if h.Notifier == nil || h.Delivered == nil {
				t.Fatal("the harness needs a Notifier and Delivered")
			}
			c.run(ruled{t, c.rule}, h)
		})
	}
}

// ruled puts the rule before every failure.
type ruled struct {
	notifierTB
	rule string
}

func (r ruled) Errorf(format string, args ...any) {
	r.Helper()
	r.notifierTB.Errorf("rule: "+r.rule+"\nbroken: "+format, args...)
}

func (r ruled) Fatalf(format string, args ...any) {
	r.Helper()
	r.notifierTB.Fatalf("rule: "+r.rule+"\nbroken: "+format, args...)
}
