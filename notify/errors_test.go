package notify_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/url"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/cenkalti/backoff/v4"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/notify"
)

// mailError answers like go-mail's SendError.
type mailError struct {
	temp bool
	code int
}

func (mailError) Error() string    { return "mail" }
func (e mailError) IsTemp() bool   { return e.temp }
func (e mailError) ErrorCode() int { return e.code }

// retryableError answers like slack-go's.
type retryableError bool

func (retryableError) Error() string     { return "api" }
func (e retryableError) Retryable() bool { return bool(e) }

// temporaryError has Temporary only.
type temporaryError bool

func (temporaryError) Error() string     { return "old" }
func (e temporaryError) Temporary() bool { return bool(e) }

func TestClassify(t *testing.T) {
	t.Parallel()
	cause := errors.New("cause")
	for _, c := range []struct {
		name string
		err  error
		want notify.Class
		wait time.Duration
	}{
		{"nothing", nil, notify.Temporary, 0},
		{"without a class", cause, notify.Temporary, 0},
		{"permanent", notify.Permanent(cause), notify.Lasting, 0},
		{"gone", notify.Gone(cause), notify.AddressGone, 0},
		{"misconfigured", notify.Misconfigured(cause), notify.Unusable, 0},
		{"ambiguous", notify.Ambiguous(cause), notify.Uncertain, 0},
		{"throttled", notify.RetryAfter(cause, 7*time.Second), notify.Throttled, 7 * time.Second},
		{"throttled for centuries", notify.RetryAfter(cause, math.MaxInt64), notify.Throttled, 24 * time.Hour},
		{"throttled for centuries by hand", &notify.Error{Class: notify.Throttled, After: math.MaxInt64}, notify.Throttled, 24 * time.Hour},
		{"throttled into the past", notify.RetryAfter(cause, -time.Second), notify.Throttled, 0},
		{"wrapped", fmt.Errorf("sending: %w", notify.Gone(cause)), notify.AddressGone, 0},
		{"joined", errors.Join(io.EOF, notify.Gone(cause)), notify.AddressGone, 0},
		{"our class beats the transport's word", notify.RetryAfter(backoff.Permanent(cause), time.Minute), notify.Throttled, time.Minute},
		{"ours inside a permanent of backoff", backoff.Permanent(notify.Gone(cause)), notify.AddressGone, 0},
		{"ambiguous time-out", notify.Ambiguous(context.DeadlineExceeded), notify.Uncertain, 0},
		{"permanent of backoff", fmt.Errorf("x: %w", backoff.Permanent(cause)), notify.Lasting, 0},
		{"canceled", fmt.Errorf("x: %w", context.Canceled), notify.Temporary, 0},
		{"deadline", context.DeadlineExceeded, notify.Temporary, 0},
		{"mail 4xx", mailError{true, 421}, notify.Temporary, 0},
		{"mail 5xx", mailError{false, 554}, notify.Lasting, 0},
		{"mail that broke in mid-session", mailError{false, 0}, notify.Temporary, 0},
		{"API says retry", retryableError(true), notify.Temporary, 0},
		{"API says never", fmt.Errorf("x: %w", retryableError(false)), notify.Lasting, 0},
		{"says temporary", temporaryError(true), notify.Temporary, 0},
		{"says not temporary", temporaryError(false), notify.Lasting, 0},
		{"connection refused calls itself not temporary", &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}, notify.Temporary, 0},
		{"the same through HTTP", &url.Error{Op: "Post", URL: "https://x", Err: &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}}, notify.Temporary, 0},
		{"no such host", &net.DNSError{Err: "no such host", IsNotFound: true}, notify.Temporary, 0},
		{"end of file", io.ErrUnexpectedEOF, notify.Temporary, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			class, wait := notify.Classify(c.err)
			assert.Equal(t, c.want, class, "%v", class)
			assert.Equal(t, c.wait, wait)
		})
	}
}

func TestErrorTextAndCause(t *testing.T) {
	t.Parallel()
	for _, mark := range []func(error) error{notify.Permanent, notify.Gone, notify.Misconfigured, notify.Ambiguous} {
		require.NoError(t, mark(nil))
		require.ErrorIs(t, mark(io.EOF), io.EOF)
	}
	require.NoError(t, notify.RetryAfter(nil, time.Second))
	assert.Equal(t, "550: mailbox unknown", (&notify.Error{Class: notify.AddressGone, Code: "550", Err: errors.New("mailbox unknown")}).Error())
	assert.Equal(t, "lasting failure", (&notify.Error{Class: notify.Lasting}).Error())
}

func TestClassText(t *testing.T) {
	t.Parallel()
	for c := notify.Temporary; c <= notify.Unusable; c++ {
		text, err := c.MarshalText()
		require.NoError(t, err)
		var back notify.Class
		require.NoError(t, back.UnmarshalText(text))
		assert.Equal(t, c, back)
		assert.Equal(t, c == notify.Temporary || c == notify.Throttled, c.Repeatable())
	}
	_, err := notify.Class(99).MarshalText()
	require.Error(t, err)
	assert.Equal(t, "class(99)", notify.Class(99).String())
	var c notify.Class
	require.Error(t, c.UnmarshalText([]byte("Temporary")))
}

func TestParseRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, time.March, 2, 13, 30, 0, 0, time.UTC)
	for _, c := range []struct {
		value string
		want  time.Duration
		ok    bool
	}{
		{"7", 7 * time.Second, true},
		{" 120 ", 2 * time.Minute, true},
		{"0", 0, true},
		{"86400", 24 * time.Hour, true},
		{"86401", 24 * time.Hour, true},
		{"99999999999999", 24 * time.Hour, true},
		{"99999999999999999999999", 24 * time.Hour, true},
		{"9223372037", 24 * time.Hour, true},
		{"Fri, 31 Dec 9999 23:59:59 GMT", 24 * time.Hour, true},
		{"Mon, 02 Mar 2026 13:31:00 GMT", time.Minute, true},
		{"Monday, 02-Mar-26 13:31:00 GMT", time.Minute, true},
		{"Mon Mar  2 13:31:00 2026", time.Minute, true},
		{"Mon, 02 Mar 2026 13:29:00 GMT", 0, true},
		{"", 0, false},
		{"-1", 0, false},
		{"1.5", 0, false},
		{"soon", 0, false},
	} {
		got, ok := notify.ParseRetryAfter(c.value, now)
		assert.Equal(t, c.want, got, "%q", c.value)
		assert.Equal(t, c.ok, ok, "%q", c.value)
	}
}

func FuzzRetryAfterBetweenNothingAndADay(f *testing.F) {
	now := time.Date(2026, time.March, 2, 13, 30, 0, 0, time.UTC)
	for _, s := range []string{"7", "-7", "Mon, 02 Mar 2026 13:31:00 GMT", "99999999999999999999"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, value string) {
		wait, ok := notify.ParseRetryAfter(value, now)
		if wait < 0 || wait > 24*time.Hour || !ok && wait != 0 {
			t.Fatalf("%q: %v, %v", value, wait, ok)
		}
	})
}

func TestRedact(t *testing.T) {
	t.Parallel()
	to := &notify.Recipient{ID: "c-1", Address: "Ada@Example.com", Name: "Ada Example", Meta: map[string]string{"room": "room-4711", "x": "a"}}
	got := notify.Redact("550 ada@example.com (Ada Example) in room-4711 of Ada@Example.com: a no", to)
	assert.Equal(t, "550 [address] ([name]) in [meta] of [address]: a no", got)
	assert.Equal(t, "plain", notify.Redact("plain", &notify.Recipient{}))
}
