package smtpnotify_test

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/notify/smtpnotify"
)

// classOf returns the class and code of an error, and checks that it shows nothing
// of the recipient or of what the server said.
func classOf(t testing.TB, err error) (notify.Class, string) {
	t.Helper()
	require.Error(t, err)
	for _, secret := range []string{"bert", "Bert", "customer.example", "secret text", "Restores"} {
		assert.NotContains(t, err.Error(), secret)
	}
	assert.Contains(t, err.Error(), "smtpnotify: ")
	e, ok := errors.AsType[*notify.Error](err)
	if !ok {
		class, _ := notify.Classify(err)
		return class, ""
	}
	return e.Class, e.Code
}

func TestEveryReplyHasItsClass(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		verb, reply string
		want        notify.Class
		code        string
		redials     bool // the connection is not used again
	}{
		{"greeting", "421 4.3.2 secret text", notify.Temporary, "421 4.3.2", true},
		{"greeting", "421 4.7.0 secret text", notify.Throttled, "421 4.7.0", true},
		{"greeting", "450 4.7.1 secret text", notify.Throttled, "450 4.7.1", true},
		{"greeting", "554 5.7.1 secret text", notify.Unusable, "554 5.7.1", true},
		{"greeting", "secret text", notify.Temporary, "", true},
		{"EHLO", "421 secret text", notify.Temporary, "421", true},

		{"MAIL", "421 4.4.2 secret text", notify.Temporary, "421 4.4.2", true},
		{"MAIL", "421 4.7.0 secret text", notify.Throttled, "421 4.7.0", true},
		{"MAIL", "450 4.7.1 too much mail, secret text", notify.Throttled, "450 4.7.1", false},
		{"MAIL", "451 4.3.0 secret text", notify.Temporary, "451 4.3.0", false},
		{"MAIL", "451 4.4.5 secret text", notify.Throttled, "451 4.4.5", false},
		{"MAIL", "452 secret text", notify.Temporary, "452", false},
		{"MAIL", "501 5.1.7 secret text", notify.Unusable, "501 5.1.7", false},
		{"MAIL", "530 5.7.0 secret text", notify.Unusable, "530 5.7.0", false},
		{"MAIL", "550 5.7.1 secret text", notify.Unusable, "550 5.7.1", false},
		{"MAIL", "552 5.3.4 secret text", notify.Lasting, "552 5.3.4", false},
		{"MAIL", "553 secret text", notify.Unusable, "553", false},
		{"MAIL", "555 5.6.7 secret text", notify.Lasting, "555 5.6.7", false},

		{"RCPT", "421 4.7.0 <bert@customer.example> secret text", notify.Throttled, "421 4.7.0", true},
		{"RCPT", "450 4.2.1 <bert@customer.example> secret text", notify.Temporary, "450 4.2.1", false},
		{"RCPT", "450 4.7.1 <bert@customer.example>: greylisted", notify.Temporary, "450 4.7.1", false},
		{"RCPT", "450 4.7.28 secret text", notify.Throttled, "450 4.7.28", false},
		{"RCPT", "452 4.2.2 <bert@customer.example> full", notify.Temporary, "452 4.2.2", false},
		{"RCPT", "501 5.1.3 <bert@customer.example> secret text", notify.AddressGone, "501 5.1.3", false},
		{"RCPT", "501 5.5.4 secret text", notify.Lasting, "501 5.5.4", false},
		{"RCPT", "530 5.7.0 secret text", notify.Unusable, "530 5.7.0", false},
		{"RCPT", "550-5.1.1 <bert@customer.example>: secret\r\n550 5.1.1 text", notify.AddressGone, "550 5.1.1", false},
		{"RCPT", "550 <bert@customer.example>: secret text", notify.AddressGone, "550", false},
		{"RCPT", "550 5.2.1 secret text", notify.AddressGone, "550 5.2.1", false},
		{"RCPT", "550 5.7.1 secret text", notify.Lasting, "550 5.7.1", false},
		{"RCPT", "551 secret text", notify.AddressGone, "551", false},
		{"RCPT", "552 5.2.2 secret text", notify.Lasting, "552 5.2.2", false},
		{"RCPT", "553 5.1.8 secret text", notify.Unusable, "553 5.1.8", false},
		{"RCPT", "554 5.7.1 <bert@customer.example>: Relay access denied", notify.Lasting, "554 5.7.1", false},
		{"RCPT", "556 5.1.10 secret text", notify.AddressGone, "556 5.1.10", false},

		{"DATA", "250 what?", notify.Temporary, "250", true},
		{"DATA", "421 secret text", notify.Temporary, "421", true},
		{"DATA", "451 4.3.0 secret text", notify.Temporary, "451 4.3.0", false},
		{"DATA", "554 5.5.1 secret text", notify.Lasting, "554 5.5.1", false},

		{".", "354 again?", notify.Uncertain, "354", true},
		{".", "secret text", notify.Uncertain, "", true},
		{".", "421 4.3.2 secret text", notify.Temporary, "421 4.3.2", true},
		{".", "451 4.7.1 secret text", notify.Temporary, "451 4.7.1", false},
		{".", "550 5.1.1 <bert@customer.example> secret text", notify.AddressGone, "550 5.1.1", false},
		{".", "550 secret text", notify.Lasting, "550", false},
		{".", "552 5.3.4 secret text", notify.Lasting, "552 5.3.4", false},
		{".", "554 5.7.1 secret text", notify.Lasting, "554 5.7.1", false},
		{".", "550 4.1.1 secret text", notify.Lasting, "550", false}, // an enhanced code of another class says nothing
	} {
		t.Run(c.verb+" "+c.reply, func(t *testing.T) {
			t.Parallel()
			s := &script{replies: map[string][]string{c.verb: {c.reply}}}
			if c.verb == "greeting" {
				s.greeting = c.reply
			}
			n := s.notifier(t, nil)
			_, err := n.Notify(t.Context(), delivery("d-1"))
			class, code := classOf(t, err)
			assert.Equal(t, c.want, class)
			assert.Equal(t, c.code, code)
			_, after := notify.Classify(err)
			assert.Equal(t, class == notify.Throttled, after == time.Minute, "waits %v", after)

			s.mu.Lock()
			s.greeting = ""
			s.mu.Unlock()
			_, err = n.Notify(t.Context(), delivery("d-2"))
			require.NoError(t, err, "the next message is not disturbed")
			assert.Equal(t, c.redials, s.dialled() == 2, "dialled %d times", s.dialled())
			assert.Len(t, s.taken(), 1+strings.Count(c.reply, "2.0.0"))
		})
	}
}

func TestADropIsUncertainOnlyAfterTheFinalDot(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		verb string
		want notify.Class
	}{
		{"greeting", notify.Temporary},
		{"EHLO", notify.Temporary},
		{"MAIL", notify.Temporary},
		{"RCPT", notify.Temporary},
		{"DATA", notify.Temporary},
		{"body", notify.Temporary},
		{".", notify.Uncertain},
	} {
		for size, text := range map[string]string{
			"all of it in the last write": "short\n",
			"in many writes":              strings.Repeat("long enough for more than one write\n", 1000),
		} {
			t.Run(c.verb+" "+size, func(t *testing.T) {
				t.Parallel()
				s := &script{replies: map[string][]string{c.verb: {drop}}}
				if c.verb == "greeting" {
					s.greeting = drop
				}
				n := s.notifier(t, nil)
				d := delivery("d-1")
				d.Message.Text = text
				_, err := n.Notify(t.Context(), d)
				class, _ := classOf(t, err)
				assert.Equal(t, c.want, class)
				s.mu.Lock()
				s.greeting = ""
				s.mu.Unlock()
				_, err = n.Notify(t.Context(), d)
				require.NoError(t, err)
			})
		}
	}
}

// TestATimeIsOver stalls at each step, in a bubble, until the context ends.
func TestATimeIsOver(t *testing.T) {
	t.Parallel()
	for _, verb := range []string{"greeting", "EHLO", "MAIL", "RCPT", "DATA", "."} {
		for _, end := range []string{"deadline", "cancel", "timeout"} {
			t.Run(verb+" "+end, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					s := &script{replies: map[string][]string{verb: {stall}}}
					if verb == "greeting" {
						s.greeting = stall
					}
					n := s.notifier(t, nil)
					begin := time.Now()
					ctx, want, after := t.Context(), context.DeadlineExceeded, time.Second
					switch end {
					case "deadline":
						var cancel context.CancelFunc
						ctx, cancel = context.WithTimeout(ctx, time.Second)
						defer cancel()
					case "cancel":
						var cancel context.CancelFunc
						ctx, cancel = context.WithCancel(ctx)
						defer time.AfterFunc(time.Second, cancel).Stop()
						want = context.Canceled
					case "timeout":
						after = 2 * time.Minute
					}
					_, err := n.Notify(ctx, delivery("d-1"))
					class, _ := classOf(t, err)
					require.ErrorIs(t, err, want)
					assert.Equal(t, verb == ".", class == notify.Uncertain)
					assert.Equal(t, verb != ".", class == notify.Temporary)
					assert.Equal(t, after, time.Since(begin), "of the bubble's clock")
				})
			})
		}
	}
}

func TestWaitingForAConnectionEndsWithTheContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &script{replies: map[string][]string{"MAIL": {stall}}}
		n := s.notifier(t, func(o *smtpnotify.Options) { o.Connections = 1 })
		go func() { _, _ = n.Notify(t.Context(), delivery("d-1")) }()
		synctest.Wait()
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, errors.New("the process ends"))
		defer cancel()
		_, err := n.Notify(ctx, delivery("d-2"))
		require.ErrorContains(t, err, "waiting for one of 1 connections")
		require.ErrorContains(t, err, "the process ends")
		require.ErrorIs(t, err, context.DeadlineExceeded)
		class, _ := classOf(t, err)
		assert.Equal(t, notify.Temporary, class)
	})
}

func TestAConnectionThatWasClosedMeanwhileIsReplaced(t *testing.T) {
	t.Parallel()
	for _, reply := range []string{drop, "421 4.4.2 idle for too long"} {
		t.Run(reply, func(t *testing.T) {
			t.Parallel()
			s := &script{replies: map[string][]string{"MAIL": {"", reply}}}
			n := s.notifier(t, nil)
			for range 2 {
				_, err := n.Notify(t.Context(), delivery("d-1"))
				require.NoError(t, err)
			}
			assert.Equal(t, 2, s.dialled())
			assert.Len(t, s.taken(), 2)
		})
	}
	t.Run("but a new one that says so is not", func(t *testing.T) {
		t.Parallel()
		s := &script{replies: map[string][]string{"MAIL": {"", "421 idle", "421 busy"}}}
		n := s.notifier(t, nil)
		_, err := n.Notify(t.Context(), delivery("d-1"))
		require.NoError(t, err)
		_, err = n.Notify(t.Context(), delivery("d-1"))
		class, _ := classOf(t, err)
		assert.Equal(t, notify.Temporary, class)
		assert.Equal(t, 2, s.dialled())
	})
	t.Run("nor is one that breaks later", func(t *testing.T) {
		t.Parallel()
		s := &script{replies: map[string][]string{"RCPT": {"", drop}}}
		n := s.notifier(t, nil)
		_, err := n.Notify(t.Context(), delivery("d-1"))
		require.NoError(t, err)
		_, err = n.Notify(t.Context(), delivery("d-1"))
		class, _ := classOf(t, err)
		assert.Equal(t, notify.Temporary, class)
		assert.Len(t, s.seen("RCPT"), 2)
	})
}

func TestIdleConnectionsAreNotUsedForEver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &script{}
		n := s.notifier(t, func(o *smtpnotify.Options) { o.Idle = time.Minute })
		send := func() {
			_, err := n.Notify(t.Context(), delivery("d-1"))
			require.NoError(t, err)
		}
		send()
		time.Sleep(59 * time.Second) //nolint:forbidigo // of the bubble's clock
		send()
		assert.Equal(t, 1, s.dialled())
		time.Sleep(61 * time.Second) //nolint:forbidigo // of the bubble's clock
		send()
		assert.Equal(t, 2, s.dialled())
		assert.Len(t, s.seen("QUIT"), 1, "the old one is ended in order")
	})
}

// TestGoodbyeIsBounded proves that a server which does not answer QUIT holds up nobody for long.
func TestGoodbyeIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &script{replies: map[string][]string{"QUIT": {stall, stall, stall}}}
		n := s.notifier(t, nil)
		_, err := n.Notify(t.Context(), delivery("d-1"))
		require.NoError(t, err)
		begin := time.Now()
		require.NoError(t, n.Close())
		assert.Equal(t, time.Second, time.Since(begin), "of the bubble's clock")
	})
}

func TestAServerThatTalksWithoutEnd(t *testing.T) {
	t.Parallel()
	ours, theirs := net.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		if _, err := io.WriteString(theirs, "220 mx.example\r\n"); err != nil {
			return
		}
		_, err := theirs.Read(make([]byte, 100))
		for range 1000 {
			if err == nil {
				_, err = io.WriteString(theirs, strings.Repeat("250-x", 1000))
			}
		}
		_ = theirs.Close()
	}()
	n := newNotifier(t, "mx.example:25", &smtpnotify.Options{
		Security: smtpnotify.SecurityLoopbackPlaintext,
		Dial:     func(context.Context, string, string) (net.Conn, error) { return ours, nil },
	})
	_, err := n.Notify(t.Context(), delivery("d-1"))
	class, _ := classOf(t, err)
	assert.Equal(t, notify.Temporary, class)
	require.ErrorContains(t, err, "too long")
	<-done
}

func TestDialling(t *testing.T) {
	t.Parallel()
	t.Run("refused", func(t *testing.T) {
		t.Parallel()
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		require.NoError(t, l.Close())
		_, err = newNotifier(t, l.Addr().String(), nil).Notify(t.Context(), delivery("d-1"))
		class, _ := classOf(t, err)
		assert.Equal(t, notify.Temporary, class)
		require.ErrorContains(t, err, "smtpnotify: connecting: dial tcp")
	})
	t.Run("under a dead context", func(t *testing.T) {
		t.Parallel()
		s := &script{}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := s.notifier(t, nil).Notify(ctx, delivery("d-1"))
		require.ErrorIs(t, err, context.Canceled)
		assert.Zero(t, s.dialled())
	})
	t.Run("what is no address is not dialled for", func(t *testing.T) {
		t.Parallel()
		s := &script{}
		n := s.notifier(t, nil)
		d := delivery("d-1")
		d.To.Address = "bert@customer.example, eve@customer.example"
		_, err := n.Notify(t.Context(), d)
		class, _ := classOf(t, err)
		assert.Equal(t, notify.AddressGone, class)
		assert.Zero(t, s.dialled())
	})
}
