package slacknotify_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/notify/slacknotify"
)

// answered is what one attempt became.
func answered(t *testing.T, err error) (notify.Class, time.Duration, string) {
	t.Helper()
	require.Error(t, err)
	class, wait := notify.Classify(err)
	e, ok := errors.AsType[*notify.Error](err)
	require.True(t, ok)
	return class, wait, e.Code
}

func TestCodesOfMethods(t *testing.T) {
	t.Parallel()
	type row struct {
		code  string
		class notify.Class
	}
	rows := []row{{"something_new", notify.Temporary}}
	for class, codes := range map[notify.Class][]string{
		notify.AddressGone: {"channel_not_found", "is_archived", "user_not_found", "cannot_dm_bot"},
		notify.Unusable: {
			"not_authed", "invalid_auth", "account_inactive", "token_revoked", "token_expired", "missing_scope",
			"not_allowed_token_type", "team_access_not_granted", "enterprise_is_restricted", "unknown_method", "method_deprecated",
		},
		notify.Lasting: {
			"msg_too_long", "msg_blocks_too_long", "no_text", "invalid_blocks", "invalid_arguments", "too_many_attachments",
			"not_in_channel", "restricted_action", "restricted_action_read_only_channel", "no_permission", "ekm_access_denied",
		},
		notify.Throttled: {"ratelimited", "rate_limited", "message_limit_exceeded"},
		notify.Uncertain: {"internal_error", "fatal_error"},
		notify.Temporary: {"service_unavailable", "request_timeout", "team_added_to_org"},
	} {
		for _, code := range codes {
			rows = append(rows, row{code, class})
		}
	}
	for _, c := range rows {
		t.Run(c.code, func(t *testing.T) {
			t.Parallel()
			s := newSlack(t)
			b := newBot(t, s.url, slacknotify.BotOptions{})
			s.answer(s.fails(c.code))
			_, err := b.Notify(t.Context(), delivery("d-1", "C0AMENDS", update(1, "Restores fail", "We are on it.")))
			class, _, code := answered(t, err)
			assert.Equal(t, c.class, class)
			assert.Equal(t, c.code, code, "operators see Slack's own code")

			s.answer(s.fails(c.code, "Retry-After", "30"))
			_, err = b.Notify(t.Context(), delivery("d-1", "C0AMENDS", update(1, "Restores fail", "We are on it.")))
			class, wait, _ := answered(t, err)
			if c.class == notify.Throttled || c.class == notify.Temporary {
				assert.Equal(t, notify.Throttled, class)
				assert.Equal(t, 30*time.Second, wait)
			}
		})
	}
}

func TestAnswersOfWebhooks(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, text  string
		status      int
		class, ours notify.Class // of a recipient's webhook, and of the channel's own
	}{
		{"bad payload", "invalid_payload", 400, notify.Lasting, notify.Lasting},
		{"nothing said", "no_text", 400, notify.Lasting, notify.Lasting},
		{"no such user", "user_not_found", 400, notify.AddressGone, notify.Unusable},
		{"wrong key", "invalid_token", 403, notify.AddressGone, notify.Unusable},
		{"not allowed", "action_prohibited", 403, notify.Lasting, notify.Unusable},
		{"not allowed in #general", "posting_to_general_channel_denied", 403, notify.Lasting, notify.Unusable},
		{"taken away", "no_service", 404, notify.AddressGone, notify.Unusable},
		{"the workspace is gone", "no_team\n", 404, notify.AddressGone, notify.Unusable},
		{"no such channel", "channel_not_found", 404, notify.AddressGone, notify.Unusable},
		{"archived", "channel_is_archived", 410, notify.AddressGone, notify.Unusable},
		{"gone without a word", "", 410, notify.AddressGone, notify.Unusable},
		{"too many", "rate_limited", 429, notify.Throttled, notify.Throttled},
		{"broken inside", "rollup_error", 500, notify.Temporary, notify.Temporary},
		{"a refusal inside of a success", "no_service", 200, notify.AddressGone, notify.Unusable},
		{"a proxy's page", "<html>Welcome to the guest network", 200, notify.Uncertain, notify.Uncertain},
		{"a proxy's refusal", "<html>Who are you? key-4711", 403, notify.Temporary, notify.Unusable},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newSlack(t)
			url := s.url + "/services/T0/B0/key-4711"
			s.answer(plainly(c.status, c.text), plainly(c.status, c.text))
			_, err := newWebhook(t, "").Notify(t.Context(), delivery("d-1", url, update(1, "Restores fail", "We are on it.")))
			class, _, _ := answered(t, err)
			assert.Equal(t, c.class, class, "a recipient's")
			assert.NotContains(t, err.Error(), "4711")
			_, err = newWebhook(t, url).Notify(t.Context(), delivery("d-1", "", update(1, "Restores fail", "We are on it.")))
			class, _, _ = answered(t, err)
			assert.Equal(t, c.ours, class, "the channel's own")
		})
	}
}

// What a server says in place of a code may be anything, an address for example.
func TestErrorsShowNothingOfAnswers(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"Ada Example", "C0AMENDS", token, "<!channel>", "a\nb", "x" + string(make([]byte, 100))} {
		s := newSlack(t)
		s.answer(s.fails(code))
		_, err := newBot(t, s.url, slacknotify.BotOptions{}).Notify(t.Context(), delivery("d-1", "C0AMENDS", update(1, "Restores fail", "We are on it.")))
		class, _, shown := answered(t, err)
		assert.Equal(t, notify.Temporary, class)
		assert.Equal(t, "unknown", shown)
		assert.NotContains(t, err.Error(), code)
	}
}

func TestWebhookAddresses(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"", "room-4711", "http://hooks.slack.com/services/key-4711", "https://u:4711@hooks.slack.com/"} {
		h, err := slacknotify.NewWebhook(nil)
		require.NoError(t, err)
		_, err = h.Notify(t.Context(), delivery("d-1", address, update(1, "Restores fail", "We are on it.")))
		class, _, _ := answered(t, err)
		assert.Equal(t, notify.AddressGone, class, "a recipient's address that is none")
		assert.NotContains(t, err.Error(), "4711")

		if address != "" {
			_, err = slacknotify.NewWebhook(&slacknotify.WebhookOptions{URL: address})
			require.Error(t, err)
			assert.NotContains(t, err.Error(), "4711")
		}
	}
	h, err := slacknotify.NewWebhook(nil)
	require.NoError(t, err)
	_, err = h.Notify(t.Context(), delivery("d-1", "https://127.0.0.1/services/T0/B0/key-4711", update(1, "Restores fail", "We are on it.")))
	require.ErrorIs(t, err, notify.ErrInternal, "a customer's address leads nowhere inside of our network")
	assert.NotContains(t, err.Error(), http.MethodPost)
}

func TestChannels(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		n    interface{ Channel() notify.Channel }
		want notify.Channel
	}{
		{"a bot that updates", newBot(t, "http://slack.example", slacknotify.BotOptions{}), notify.Channel{Rate: 0.8, RepeatUncertain: true}},
		{"a bot that replies", newBot(t, "http://slack.example", slacknotify.BotOptions{Follow: slacknotify.FollowReply}), notify.Channel{Rate: 1, RepeatUncertain: true}},
		{"a webhook of ours", newWebhook(t, "http://slack.example"), notify.Channel{Rate: 1, RepeatUncertain: true}},
		{"recipients' webhooks", newWebhook(t, ""), notify.Channel{Independent: true, RepeatUncertain: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := c.n.Channel()
			assert.Same(t, c.n, got.Notifier)
			got.Notifier = nil
			assert.Equal(t, c.want, got)
		})
	}
}
