package notify

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v4"
)

// Error is a failure with its class. Adapters make one with [Permanent],
// [Gone], [Misconfigured], [Ambiguous] or [RetryAfter]; read it with errors.As,
// or use [Classify]. It is a value to be read only.
type Error struct {
	Class Class
	After time.Duration // of Throttled: how long to wait; more than a day is a day
	Code  string        // the transport's own code, for operators
	Err   error
}

// Error returns the cause's text, with the transport's code before it if there
// is one. It is for operators and must never be shown to a customer.
func (e *Error) Error() string {
	text := e.Class.String() + " failure"
	if e.Err != nil {
		text = e.Err.Error()
	}
	if e.Code != "" {
		text = e.Code + ": " + text
	}
	return text
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Permanent marks err as final for this message to this recipient: it will
// never be accepted, for example because it is too long. Nil stays nil.
func Permanent(err error) error { return classed(Lasting, 0, err) }

// Gone marks err as the end of the address: an HTTP 410, an SMTP 550. Nobody
// should use the address again; the next fallback is used. Nil stays nil.
func Gone(err error) error { return classed(AddressGone, 0, err) }

// Misconfigured marks err as a fault of the channel itself, for example a
// refused token: every other recipient would fail the same way, so the channel
// stops until somebody mended it. Nil stays nil.
func Misconfigured(err error) error { return classed(Unusable, 0, err) }

// Ambiguous marks err as a failure after which the message may have been
// delivered, for example a time-out after the request was written. It is not
// repeated in process, since that would tell some customers twice. Nil stays nil.
func Ambiguous(err error) error { return classed(Uncertain, 0, err) }

// RetryAfter marks err as a transport's wish to be left alone for d. A d of
// zero or less leaves the wait to the schedule; one of more than a day is a day,
// since no server may keep customers from the truth for ever. Nil stays nil. Read d from an
// HTTP header with [ParseRetryAfter].
func RetryAfter(err error, d time.Duration) error { return classed(Throttled, bounded(d), err) }

// maxAfter is the longest wait that a transport can ask for: that of the last
// attempt of [DefaultSchedule].
const maxAfter = 24 * time.Hour

func bounded(after time.Duration) time.Duration { return min(max(after, 0), maxAfter) }

func classed(c Class, after time.Duration, err error) error {
	if err == nil {
		return nil
	}
	return &Error{Class: c, After: after, Err: err}
}

// Classify reads what err means for the next attempt, and for Throttled how
// long to wait: a day at most. It looks, in this order, for
//
//   - an [Error] of this package;
//   - the end of a context: temporary, the delivery is tried again later;
//   - a *backoff.PermanentError: lasting;
//   - IsTemp() bool, as of go-mail: false is lasting, except with an
//     ErrorCode() of 0, which is a connection that broke in mid-session;
//   - a net.Error, a time-out included: temporary. A refused connection says
//     "not temporary" of itself, yet the next attempt may succeed;
//   - Retryable() bool or Temporary() bool: false is lasting.
//
// Everything else is temporary, nil too. A time-out is never uncertain by
// itself: only the adapter knows whether the request had been written, and says
// so with [Ambiguous].
func Classify(err error) (Class, time.Duration) {
	if own, ok := errors.AsType[*Error](err); ok {
		return own.Class, bounded(own.After)
	}
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return Temporary, 0
	}
	if _, ok := errors.AsType[*backoff.PermanentError](err); ok {
		return Lasting, 0
	}
	var mail interface{ IsTemp() bool }
	if errors.As(err, &mail) {
		code, known := mail.(interface{ ErrorCode() int })
		if mail.IsTemp() || known && code.ErrorCode() == 0 {
			return Temporary, 0
		}
		return Lasting, 0
	}
	var wire interface {
		Timeout() bool
		Temporary() bool
	}
	if errors.As(err, &wire) {
		return Temporary, 0
	}
	var retryable interface{ Retryable() bool }
	if errors.As(err, &retryable) && !retryable.Retryable() {
		return Lasting, 0
	}
	var temporary interface{ Temporary() bool }
	if errors.As(err, &temporary) && !temporary.Temporary() {
		return Lasting, 0
	}
	return Temporary, 0
}

// ended returns why ctx is done: its error, and its cause where that says more.
func ended(ctx context.Context) error {
	err, cause := ctx.Err(), context.Cause(ctx)
	if cause == nil || errors.Is(cause, err) {
		return cause
	}
	return fmt.Errorf("%w: %w", err, cause)
}

// Facts that an Outbox reports. Implementations wrap them.
var (
	// ErrKeyReused: the key exists with other content. Nothing of the page stays.
	ErrKeyReused = errors.New("delivery key reused for other content")
	// ErrLeaseLost: the token is not the current one, another worker has the delivery. What was settled with it is not written.
	ErrLeaseLost = errors.New("lease lost")
	// ErrCursor: the expansion is not at the cursor that the caller had read. Read it again.
	ErrCursor = errors.New("expansion is at another cursor")
	// ErrNotFound: no such delivery or notice.
	ErrNotFound = errors.New("not found")
)
