package slacknotify

import (
	"errors"
	"strings"
	"time"

	"github.com/amends-dev/amends/notify"
)

// verdict is what an error of Slack's means for the next attempt.
type verdict struct {
	codes string // as Slack documents them
	class notify.Class
	about about
	todo  string
}

// about is what an error is about.
type about int

const (
	aboutMessage about = iota
	aboutUs            // the token, the app, the method
	aboutPlace         // the conversation or the webhook
	aboutThread        // the earlier message that was to be changed or answered
)

// table holds the errors of chat.postMessage, chat.update and incoming
// webhooks. Any other is temporary: it was refused, nobody knows why.
//
//nolint:gochecknoglobals // a table, never written
var table = index([]verdict{
	{
		"channel_not_found is_archived channel_is_archived user_not_found cannot_dm_bot " +
			"no_service no_service_id no_active_hooks no_team team_disabled team_not_found invalid_token", notify.AddressGone, aboutPlace,
		"the conversation or webhook does not exist any more, or the app may not see it",
	},
	{
		"not_in_channel no_permission access_denied action_prohibited posting_to_general_channel_denied " +
			"restricted_action restricted_action_read_only_channel restricted_action_thread_only_channel " +
			"ekm_access_denied messages_tab_disabled", notify.Lasting, aboutPlace,
		"the app may not post there: invite it to the channel, or let an administrator allow it",
	},
	{
		"not_authed invalid_auth account_inactive token_revoked token_expired not_allowed_token_type " +
			"team_access_not_granted enterprise_is_restricted two_factor_setup_required accesslimited", notify.Unusable, aboutUs,
		"the token is not accepted: install the app again and give its new bot token",
	},
	{
		"missing_scope as_user_not_supported metadata_must_be_sent_from_app", notify.Unusable, aboutUs,
		"the token may not post: give the app the scope chat:write and install it again",
	},
	{
		"unknown_method method_deprecated deprecated_endpoint invalid_post_type missing_post_type invalid_charset", notify.Unusable, aboutUs,
		"the interface has changed: look for a newer version of this package, or at BaseURL",
	},
	{
		"msg_too_long msg_blocks_too_long no_text invalid_blocks invalid_blocks_format invalid_payload " +
			"invalid_attachments attachment_payload_limit_exceeded too_many_attachments missing_text_or_fallback_or_attachments " +
			"invalid_arguments invalid_arg_name invalid_array_arg invalid_json json_not_object", notify.Lasting, aboutMessage,
		"the message is none that Slack takes",
	},
	{
		"message_not_found thread_not_found cannot_reply_to_message restricted_action_thread_locked " +
			"restricted_action_non_threadable_channel cant_update_message edit_window_closed block_mismatch is_inactive", notify.Lasting, aboutThread,
		"the first message of the thread cannot be changed or answered any more",
	},
	{
		"ratelimited rate_limited message_limit_exceeded", notify.Throttled, aboutUs,
		"too many messages: lower the channel's Rate",
	},
	{ // "It's possible some aspect of the operation succeeded before the error was raised."
		"internal_error fatal_error", notify.Uncertain, aboutMessage,
		"it broke inside of Slack, perhaps after the message was taken",
	},
	{
		"service_unavailable request_timeout team_added_to_org org_login_required update_failed", notify.Temporary, aboutUs,
		"Slack cannot do it now",
	},
})

func index(list []verdict) map[string]*verdict {
	out := make(map[string]*verdict)
	for i := range list {
		for code := range strings.FieldsSeq(list[i].codes) {
			out[code] = &list[i]
		}
	}
	return out
}

// refusal makes an error of a code of Slack's. wait is how long Slack asks us to wait, 0 if it does not.
func refusal(code string, wait time.Duration) error {
	v := table[code]
	if v == nil {
		v = &verdict{class: notify.Temporary, todo: "an error that this package does not know"}
	}
	e := &notify.Error{Class: v.class, After: wait, Code: printable(code), Err: errors.New("slacknotify: posting to Slack: " + v.todo)}
	if v.class == notify.Temporary && wait > 0 {
		e.Class = notify.Throttled
	}
	return e
}

// ours turns the end of a place that is not a recipient's but the channel's own
// into the end of the channel.
func ours(err error) error {
	class, _ := notify.Classify(err)
	if err == nil || class != notify.AddressGone && concerns(err) != aboutPlace {
		return err
	}
	return notify.Misconfigured(err)
}

// concerns says what an error is about.
func concerns(err error) about {
	if e, ok := errors.AsType[*notify.Error](err); ok && table[e.Code] != nil {
		return table[e.Code].about
	}
	return aboutMessage
}

// printable keeps a code that looks like one of Slack's. Whatever else a
// server answers may hold anything.
func printable(code string) string {
	if len(code) > 64 || strings.Trim(code, "abcdefghijklmnopqrstuvwxyz_") != "" {
		return "unknown"
	}
	return code
}
