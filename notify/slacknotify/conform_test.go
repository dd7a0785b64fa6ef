package slacknotify_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/notify/notifytest"
	"github.com/amends-dev/amends/notify/slacknotify"
)

var internal = notify.HTTPOptions{Internal: true}

func newBot(t testing.TB, url string, opts slacknotify.BotOptions) *slacknotify.Bot {
	t.Helper()
	opts.BaseURL, opts.Conn = url+"/api", internal
	b, err := slacknotify.NewBot(token, &opts)
	require.NoError(t, err)
	t.Cleanup(b.CloseIdleConnections)
	return b
}

func newWebhook(t testing.TB, url string) *slacknotify.Webhook {
	t.Helper()
	h, err := slacknotify.NewWebhook(&slacknotify.WebhookOptions{URL: url, Conn: internal})
	require.NoError(t, err)
	t.Cleanup(h.CloseIdleConnections)
	return h
}

// faults plays the failures in the way of the methods, or of the webhooks.
func (s *slack) faults(webhook bool) func(notifytest.FaultKind) bool {
	type way struct {
		code, text string
		status     int
	}
	ways := map[notifytest.FaultKind]way{
		notifytest.FaultTemporary:     {"service_unavailable", "rollup_error", http.StatusInternalServerError},
		notifytest.FaultThrottled:     {"ratelimited", "rate_limited", http.StatusTooManyRequests},
		notifytest.FaultLasting:       {"msg_too_long", "invalid_payload", http.StatusBadRequest},
		notifytest.FaultGone:          {"is_archived", "channel_is_archived", http.StatusGone},
		notifytest.FaultMisconfigured: {"token_revoked", "", 0},
	}
	return func(kind notifytest.FaultKind) bool {
		w, known := ways[kind]
		switch {
		case kind == notifytest.FaultBlocked:
			s.answer(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		case kind == notifytest.FaultUncertain:
			s.answer(s.lost)
		case !known, webhook && w.status == 0:
			return false // a customer's webhook says nothing of the channel
		case webhook && kind == notifytest.FaultThrottled:
			s.answer(plainly(w.status, w.text, "Retry-After", "7"))
		case webhook:
			s.answer(plainly(w.status, w.text))
		case kind == notifytest.FaultThrottled:
			s.answer(s.fails(w.code, "Retry-After", "7"))
		default:
			s.answer(s.fails(w.code))
		}
		return true
	}
}

func TestBotConforms(t *testing.T) {
	t.Parallel()
	for name, follow := range map[string]slacknotify.Follow{
		"both": slacknotify.FollowBoth, "reply": slacknotify.FollowReply, "update": slacknotify.FollowUpdate,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			notifytest.TestNotifier(t, func(t *testing.T) notifytest.Harness {
				s := newSlack(t)
				return notifytest.Harness{
					Notifier:  newBot(t, s.url, slacknotify.BotOptions{Follow: follow}),
					To:        notify.Recipient{ID: "c-1", Address: "C0AMENDS", Name: "Ada Example"},
					Delivered: s.delivered, Fault: s.faults(false),
					Secrets:      []string{token, s.url},
					MayDuplicate: true, MayCut: true,
				}
			})
		})
	}
}

func TestWebhookConforms(t *testing.T) {
	t.Parallel()
	notifytest.TestNotifier(t, func(t *testing.T) notifytest.Harness {
		s := newSlack(t)
		return notifytest.Harness{
			Notifier:  newWebhook(t, ""),
			To:        notify.Recipient{ID: "c-1", Address: s.url + "/services/T0/B0/key-4711", Name: "Ada Example"},
			Delivered: s.delivered, Fault: s.faults(true),
			Secrets:      []string{"key-4711"},
			MayDuplicate: true, MayCut: true,
		}
	})
}

// slackOverHTTP declares what Slack is: it knows no idempotency key, and answers every success with words.
func slackOverHTTP(accept string) *notifytest.HTTPOptions {
	return &notifytest.HTTPOptions{
		Accept:       func(w http.ResponseWriter, _ *http.Request, _ []byte) { _, _ = io.WriteString(w, accept) },
		NeedsBody:    true,
		Key:          func(*http.Request, []byte) string { return "" },
		Text:         func(_ *http.Request, body []byte) string { return bodyWords(body) },
		MayDuplicate: true, MayCut: true,
	}
}

func bodyWords(body []byte) string {
	var v map[string]any
	_ = json.Unmarshal(body, &v)
	return words(v["blocks"]) + "\n" + words(v["attachments"])
}

func TestBotOverHTTP(t *testing.T) {
	t.Parallel()
	opts := slackOverHTTP(`{"ok":true,"channel":"C0AMENDS","ts":"1772443800.000001"}`)
	opts.Secrets = []string{token}
	notifytest.TestHTTP(t, func(t *testing.T, url string) notify.Notifier {
		return newBot(t, url, slacknotify.BotOptions{})
	}, opts)
}

func TestWebhookOverHTTP(t *testing.T) {
	t.Parallel()
	t.Run("the channel's own", func(t *testing.T) {
		t.Parallel()
		opts := slackOverHTTP("ok")
		opts.Secrets = []string{"key-4711"}
		opts.Classes = map[int]notify.Class{http.StatusGone: notify.Unusable}
		notifytest.TestHTTP(t, func(t *testing.T, url string) notify.Notifier {
			return newWebhook(t, url+"/services/T0/B0/key-4711")
		}, opts)
	})
	t.Run("each recipient's", func(t *testing.T) {
		t.Parallel()
		opts := slackOverHTTP("ok")
		opts.To = func(url string) notify.Recipient {
			return notify.Recipient{ID: "c-1", Address: url + "/services/T0/B0/key-4711", Name: "Ada Example"}
		}
		opts.Classes = map[int]notify.Class{}
		for _, status := range []int{400, 401, 403, 404, 413, 422} {
			opts.Classes[status] = notify.Temporary // whoever runs it repairs it
		}
		notifytest.TestHTTP(t, func(t *testing.T, _ string) notify.Notifier { return newWebhook(t, "") }, opts)
	})
}

// newBotFor returns a bot that talks to a workspace without a network: a fuzz
// target would use up the machine's ports.
func newBotFor(t testing.TB, s *slack) *slacknotify.Bot {
	t.Helper()
	b, err := slacknotify.NewBot(token, &slacknotify.BotOptions{Conn: notify.HTTPOptions{
		Wrap: func(http.RoundTripper) http.RoundTripper { return s },
	}})
	require.NoError(t, err)
	return b
}

// RoundTrip answers without a network.
func (s *slack) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	resp := w.Result()
	resp.Request = r
	return resp, nil
}
