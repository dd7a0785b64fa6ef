// Package slacknotify says notices in Slack, over the HTTP helper of package notify.
//
// There are two ways in:
//
//   - [NewBot] posts with the token of a Slack app, into channels and to people,
//     and follows a thread: replies to its first message, and lets that say what
//     the newest is.
//   - [NewWebhook] posts to incoming webhooks: one of ours, or one that each
//     customer gives us for their own workspace. It needs no app of ours there, and knows no threads.
//
// # Setting up a bot
//
//  1. On api.slack.com/apps, make an app from scratch, in the workspace it is for.
//  2. Under "OAuth & Permissions" add the bot token scope chat:write. With
//     chat:write.public it can post to every public channel without being invited.
//  3. Install it to the workspace, and give its "Bot User OAuth Token" ("xoxb-…") to [NewBot].
//  4. In each channel, type /invite @name-of-the-app. Of a private channel that it
//     was not invited to, Slack says that it does not exist.
//  5. A recipient's address is the channel's ID: in Slack under the channel's
//     name, "About", at the very bottom. For a person it is the member ID in their profile.
//
// # Setting up webhooks
//
// In the settings of an app, under "Incoming Webhooks", switch them on, press "Add New
// Webhook to Workspace", choose the channel, and copy the URL. It is a secret:
// whoever has it can post. It goes into [WebhookOptions].URL, or is the address of a recipient.
//
// # What people see
//
// The subject in bold, and below it the text with its lists and quotations, as rich
// text: Slack obeys nothing in it, neither mentions nor links nor marks. The same text goes along
// for notifications and screen readers, escaped. Only the addresses that
// [notify.Message].Links names become links, and nothing is unfurled. What is too
// long, from about 8,000 characters on, loses its middle, which is marked with
// "[…]"; beginning and end stay.
//
// An edit makes no sound in Slack, and a reply is heard by those in its thread
// alone. So the next message of a thread is a reply that the channel sees, too
// (R42, R47), and the first message is told to say below its words what the newest
// subject is. [BotOptions].Follow and Quiet change that.
//
// # How to register the channel
//
// [Bot.Channel] and [Webhook.Channel] return what is right in most cases:
//
//   - Rate: Slack takes one message a second for each of its channels, and several
//     hundred a minute in a workspace, with bursts. If all recipients share one
//     channel of Slack's, Rate is 1; if each has their own, 5 will do. chat.update has a
//     limit of its own, 50 a minute: with [FollowBoth] and [FollowUpdate] Rate is 0.8 either way.
//   - RepeatUncertain is true. Slack knows no idempotency key, so that a repeat after
//     a lost answer may show a message twice. In a chat a second copy is a nuisance, while
//     silence is not (R33). An internal_error or a fatal_error is uncertain, too, since Slack says
//     of both that part of the work may be done.
//   - Independent is true for webhooks that recipients gave, since one that is gone says
//     nothing of the others; false for a bot, and for a webhook of our own.
//
// # What a failure means
//
//	Slack says                                               class
//	channel_not_found, is_archived, no_service, no_team, …   address gone
//	not_in_channel, restricted_action, action_prohibited, …  lasting
//	both of these, of a place that the options name          unusable
//	invalid_auth, token_revoked, missing_scope, …            unusable
//	msg_too_long, no_text, invalid_blocks, …                 lasting
//	ratelimited, rate_limited, status 429                    throttled, for as long as Retry-After says
//	internal_error, fatal_error                              uncertain
//	service_unavailable, and whatever is not known           temporary
//	a success that is none of Slack's answers                uncertain
//
// Other statuses mean what [notify.HTTP] says. If the first message of a thread is
// gone, or can no longer be changed or answered, the message is posted anew. Errors hold Slack's
// code and never a token, URL, address or word of a message. A receipt keeps the IDs of
// conversation and message, and a digest of the address: a thread is not followed to another one.
//
// # Compatibility
//
// How a message looks may change in any version. Receipts of one version are
// understood by all later ones of a major version. An error of Slack's that gets
// a class of its own may do so in a minor version.
package slacknotify
