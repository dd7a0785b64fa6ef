package slacknotify_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/notify/slacknotify"
)

// send delivers, and returns the receipt as it comes back from a store.
func send(t *testing.T, n notify.Notifier, d *notify.Delivery) *notify.Receipt {
	t.Helper()
	r, err := n.Notify(t.Context(), d)
	require.NoError(t, err)
	return stored(t, r)
}

func stored(t *testing.T, r notify.Receipt) *notify.Receipt {
	t.Helper()
	b, err := json.Marshal(r)
	require.NoError(t, err)
	var out notify.Receipt
	require.NoError(t, json.Unmarshal(b, &out))
	return &out
}

// thread sends messages one after the other, each with the receipt of the one before.
func thread(t *testing.T, n notify.Notifier, to string, ms ...*notify.Message) *notify.Receipt {
	t.Helper()
	var prior *notify.Receipt
	for i, m := range ms {
		d := delivery("d-"+string(rune('1'+i)), to, m)
		d.Prior = prior
		prior = send(t, n, d)
	}
	return prior
}

func TestBotFollows(t *testing.T) {
	t.Parallel()
	first, second, third := update(1, "Restores fail", "We are looking for the cause."),
		update(2, "The cause is known", "A fix is on its way."), update(3, "Fixed on our side", "Restores work.")
	type line struct {
		text, below string
		reply, seen bool // in the thread; in the channel as well
	}
	for _, c := range []struct {
		name  string
		opts  slacknotify.BotOptions
		want  []line
		calls []string
	}{
		{
			"both: replies that the channel sees, and a first message that says what the newest is",
			slacknotify.BotOptions{},
			[]line{
				{"Restores fail\n\nWe are looking for the cause.\n", "Fixed on our side", false, false},
				{"The cause is known\n\nA fix is on its way.\n", "", true, true},
				{"Fixed on our side\n\nRestores work.\n", "", true, true},
			},
			[]string{"chat.postMessage", "chat.update", "chat.postMessage", "chat.update", "chat.postMessage"},
		},
		{
			"reply: one call each, and a first message that stays",
			slacknotify.BotOptions{Follow: slacknotify.FollowReply},
			[]line{
				{"Restores fail\n\nWe are looking for the cause.\n", "", false, false},
				{"The cause is known\n\nA fix is on its way.\n", "", true, true},
				{"Fixed on our side\n\nRestores work.\n", "", true, true},
			},
			[]string{"chat.postMessage", "chat.postMessage", "chat.postMessage"},
		},
		{
			"quiet: replies stay in the thread",
			slacknotify.BotOptions{Follow: slacknotify.FollowReply, Quiet: true},
			[]line{
				{"Restores fail\n\nWe are looking for the cause.\n", "", false, false},
				{"The cause is known\n\nA fix is on its way.\n", "", true, false},
				{"Fixed on our side\n\nRestores work.\n", "", true, false},
			},
			[]string{"chat.postMessage", "chat.postMessage", "chat.postMessage"},
		},
		{
			"update: one message that always says the newest",
			slacknotify.BotOptions{Follow: slacknotify.FollowUpdate},
			[]line{{"Fixed on our side\n\nRestores work.\n", "", false, false}},
			[]string{"chat.postMessage", "chat.update", "chat.update"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newSlack(t)
			last := thread(t, newBot(t, s.url, c.opts), "C0AMENDS", first, second, third)
			var got []line
			for _, m := range s.shown() {
				assert.Equal(t, "C0AMENDS", m.Channel)
				got = append(got, line{words(m.Blocks), words(m.Below), m.Thread != "", m.Shown})
			}
			assert.Equal(t, c.want, got)
			assert.Equal(t, c.calls, s.called())
			assert.Equal(t, "1772443800.000001", last.Ref["ts"], "the receipt keeps the thread's first message")
			shown := s.shown()
			assert.Equal(t, "C0AMENDS/"+shown[len(shown)-1].TS, last.ProviderID, "and names the newest one")
		})
	}
}

// One call fails, and the attempt is repeated with the same Prior, as the outbox does.
func TestBotRepeats(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		fail  func(s *slack) []http.HandlerFunc
		class notify.Class
		wait  time.Duration
		posts int // of the second message, after the repeat
	}{
		{"the update is not possible now", func(s *slack) []http.HandlerFunc {
			return []http.HandlerFunc{s.fails("service_unavailable")}
		}, notify.Temporary, 0, 1},
		{"the update is throttled", func(s *slack) []http.HandlerFunc {
			return []http.HandlerFunc{plainly(http.StatusTooManyRequests, `{"ok":false,"error":"ratelimited"}`, "Retry-After", "30")}
		}, notify.Throttled, 30 * time.Second, 1},
		{"the answer to the update is lost: doing it again is no harm", func(s *slack) []http.HandlerFunc {
			return []http.HandlerFunc{s.lost}
		}, notify.Temporary, 0, 1},
		{"the update breaks inside of Slack: the same", func(s *slack) []http.HandlerFunc {
			return []http.HandlerFunc{s.fails("internal_error")}
		}, notify.Temporary, 0, 1},
		{"the token is refused", func(s *slack) []http.HandlerFunc {
			return []http.HandlerFunc{s.fails("token_revoked")}
		}, notify.Unusable, 0, 1},
		{"the post is not possible now", func(s *slack) []http.HandlerFunc {
			return []http.HandlerFunc{s.take, s.fails("service_unavailable")}
		}, notify.Temporary, 0, 1},
		{"the answer to the post is lost: it is uncertain, and a repeat shows it twice", func(s *slack) []http.HandlerFunc {
			return []http.HandlerFunc{s.take, s.lost}
		}, notify.Uncertain, 0, 2},
		{"the post breaks inside of Slack: perhaps after it was taken", func(s *slack) []http.HandlerFunc {
			return []http.HandlerFunc{s.take, s.fails("fatal_error")}
		}, notify.Uncertain, 0, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newSlack(t)
			b := newBot(t, s.url, slacknotify.BotOptions{})
			d := delivery("d-2", "C0AMENDS", update(2, "Fixed on our side", "Restores work."))
			d.Prior = send(t, b, delivery("d-1", "C0AMENDS", update(1, "Restores fail", "We are on it.")))

			s.answer(c.fail(s)...)
			_, err := b.Notify(t.Context(), d)
			class, wait := notify.Classify(err)
			assert.Equal(t, c.class, class, "%v", err)
			assert.Equal(t, c.wait, wait)

			d.Attempt = 2
			r := send(t, b, d)
			assert.Equal(t, d.Prior.Ref, r.Ref)
			shown := s.shown()
			assert.Len(t, shown, 1+c.posts)
			assert.Equal(t, "Fixed on our side", words(shown[0].Below))
		})
	}
}

func TestBotLosesTheFirstMessage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		follow slacknotify.Follow
		before func(s *slack)
		anew   bool // the second message begins a thread
		calls  []string
	}{
		{
			"both: it is deleted", slacknotify.FollowBoth, func(s *slack) { s.forget("1772443800.000001") }, true,
			[]string{"chat.update message_not_found", "chat.postMessage"},
		},
		{
			"both: it cannot be changed", slacknotify.FollowBoth, func(s *slack) { s.answer(s.fails("cant_update_message")) }, false,
			[]string{"chat.update cant_update_message", "chat.postMessage"},
		},
		{
			"both: it cannot be changed any more", slacknotify.FollowBoth, func(s *slack) { s.answer(s.fails("edit_window_closed")) }, false,
			[]string{"chat.update edit_window_closed", "chat.postMessage"},
		},
		{
			"both: its thread is locked", slacknotify.FollowBoth, func(s *slack) { s.answer(s.take, s.fails("restricted_action_thread_locked")) }, true,
			[]string{"chat.update", "chat.postMessage restricted_action_thread_locked", "chat.postMessage"},
		},
		{
			"reply: it is deleted", slacknotify.FollowReply, func(s *slack) { s.forget("1772443800.000001") }, true,
			[]string{"chat.postMessage thread_not_found", "chat.postMessage"},
		},
		{
			"update: it is deleted", slacknotify.FollowUpdate, func(s *slack) { s.forget("1772443800.000001") }, true,
			[]string{"chat.update message_not_found", "chat.postMessage"},
		},
		{
			"update: it cannot be changed", slacknotify.FollowUpdate, func(s *slack) { s.answer(s.fails("cant_update_message")) }, true,
			[]string{"chat.update cant_update_message", "chat.postMessage"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newSlack(t)
			b := newBot(t, s.url, slacknotify.BotOptions{Follow: c.follow})
			d := delivery("d-2", "C0AMENDS", update(2, "Fixed on our side", "Restores work."))
			d.Prior = send(t, b, delivery("d-1", "C0AMENDS", update(1, "Restores fail", "We are on it.")))
			c.before(s)

			r := send(t, b, d)
			shown := s.shown()
			require.Len(t, shown, 2, "the words are said")
			assert.Equal(t, c.calls, s.called()[1:])
			first := "1772443800.000001"
			if c.anew {
				first = shown[1].TS
			}
			assert.Equal(t, first, r.Ref["ts"], "what comes next follows this one")
			assert.Equal(t, c.anew, shown[1].Thread == "")
		})
	}
}

func TestBotAddresses(t *testing.T) {
	t.Parallel()
	m := update(1, "Restores fail", "We are on it.")

	t.Run("a user gets a direct message, and its thread goes on there", func(t *testing.T) {
		t.Parallel()
		s := newSlack(t)
		thread(t, newBot(t, s.url, slacknotify.BotOptions{}), "U0ADA", m, update(2, "Fixed on our side", "Restores work."))
		for _, m := range s.shown() {
			assert.Equal(t, "D0ADA", m.Channel)
		}
		assert.Equal(t, "D0ADA", s.sent(t, 1)["channel"], "an update needs the conversation, not the user")
	})
	t.Run("whoever had the address before does not read on", func(t *testing.T) {
		t.Parallel()
		s := newSlack(t)
		b := newBot(t, s.url, slacknotify.BotOptions{})
		d := delivery("d-2", "U0BERT", update(2, "Fixed on our side", "Restores work."))
		d.Prior = send(t, b, delivery("d-1", "U0ADA", m))
		send(t, b, d)
		assert.Equal(t, []string{"chat.postMessage", "chat.postMessage"}, s.called())
		assert.Equal(t, "D0BERT", s.shown()[1].Channel)
		assert.Empty(t, s.shown()[1].Thread)
	})
	t.Run("a receipt of another adapter is none to follow", func(t *testing.T) {
		t.Parallel()
		s := newSlack(t)
		d := delivery("d-2", "C0AMENDS", m)
		d.Prior = &notify.Receipt{ProviderID: "<1@mail.example>", Ref: map[string]string{"root": "<0@mail.example>"}}
		send(t, newBot(t, s.url, slacknotify.BotOptions{}), d)
		assert.Empty(t, s.shown()[0].Thread)
	})
	t.Run("the channel of the options, where the recipient has no address", func(t *testing.T) {
		t.Parallel()
		s := newSlack(t)
		b := newBot(t, s.url, slacknotify.BotOptions{Channel: "C0STATUS"})
		thread(t, b, "", m, update(2, "Fixed on our side", "Restores work."))
		assert.Equal(t, "C0STATUS", s.shown()[1].Channel)
		for _, code := range []string{"is_archived", "not_in_channel"} {
			s.answer(s.fails(code))
			_, err := b.Notify(t.Context(), delivery("d-3", "", m))
			class, _ := notify.Classify(err)
			assert.Equal(t, notify.Unusable, class, "the end of our own channel is not the end of a recipient's address")
		}
	})
	t.Run("no address at all", func(t *testing.T) {
		t.Parallel()
		s := newSlack(t)
		_, err := newBot(t, s.url, slacknotify.BotOptions{}).Notify(t.Context(), delivery("d-1", " ", m))
		class, _ := notify.Classify(err)
		assert.Equal(t, notify.AddressGone, class)
		assert.Empty(t, s.called())
	})
	t.Run("neither subject nor text", func(t *testing.T) {
		t.Parallel()
		s := newSlack(t)
		b := newBot(t, s.url, slacknotify.BotOptions{})
		for _, prior := range []*notify.Receipt{nil, send(t, b, delivery("d-1", "C0AMENDS", m))} {
			d := delivery("d-2", "C0AMENDS", update(2, "", " \n"))
			d.Prior = prior
			_, err := b.Notify(t.Context(), d)
			class, _ := notify.Classify(err)
			assert.Equal(t, notify.Lasting, class)
		}
		assert.Equal(t, []string{"chat.postMessage"}, s.called(), "an update that says nothing is not sent either")
	})
	t.Run("a success that is not Slack's leaves open whether it was taken", func(t *testing.T) {
		t.Parallel()
		s := newSlack(t)
		for _, text := range []string{"<html>Welcome to the guest network", "{}", `{"ok":true}`, "null", "[]"} {
			s.answer(plainly(http.StatusOK, text))
			_, err := newBot(t, s.url, slacknotify.BotOptions{}).Notify(t.Context(), delivery("d-1", "C0AMENDS", m))
			class, _ := notify.Classify(err)
			assert.Equal(t, notify.Uncertain, class, text)
			assert.NotContains(t, err.Error(), "guest network")
		}
	})
	t.Run("a context that ends between the two calls", func(t *testing.T) {
		t.Parallel()
		s := newSlack(t)
		b := newBot(t, s.url, slacknotify.BotOptions{})
		d := delivery("d-2", "C0AMENDS", update(2, "Fixed on our side", "Restores work."))
		d.Prior = send(t, b, delivery("d-1", "C0AMENDS", m))
		cause := errors.New("shutting down")
		ctx, cancel := context.WithCancelCause(t.Context())
		s.answer(func(w http.ResponseWriter, r *http.Request) {
			s.take(w, r)
			cancel(cause)
		})
		_, err := b.Notify(ctx, d)
		require.ErrorIs(t, err, cause)
		class, _ := notify.Classify(err)
		assert.Equal(t, notify.Temporary, class)
		assert.Len(t, s.shown(), 1, "nothing was posted")
	})
}

func TestNewBot(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, token string
		opts        *slacknotify.BotOptions
		want        string // "" is no error
	}{
		{"defaults", token, nil, ""},
		{"GovSlack", token, &slacknotify.BotOptions{BaseURL: "https://slack-gov.com/api/"}, ""},
		{"no token", "", nil, "token"},
		{"a token with the line break of the file that it was in", token + "\n", nil, "token"},
		{"plain http", token, &slacknotify.BotOptions{BaseURL: "http://slack.example/key-4711"}, "https"},
		{"no URL", token, &slacknotify.BotOptions{BaseURL: "slack.example/key-4711"}, "http"},
		{"no Follow", token, &slacknotify.BotOptions{Follow: 3}, "Follow 3"},
		{"no Follow either", token, &slacknotify.BotOptions{Follow: -1}, "Follow -1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b, err := slacknotify.NewBot(c.token, c.opts)
			if c.want == "" {
				require.NoError(t, err)
				b.CloseIdleConnections()
				return
			}
			require.ErrorContains(t, err, c.want)
			assert.NotContains(t, err.Error(), "4711")
		})
	}
}
