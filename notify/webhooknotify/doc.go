// Package webhooknotify delivers to webhooks of customers: signed by Standard
// Webhooks 1.0.0, with the payload that Statuspage sends to its subscribers, so
// that what reads those reads ours.
//
// The three calls that most people make are [New], [Notifier.Channel], which
// registers it with a dispatcher as webhooks need it, and [Notifier.Check],
// where a customer enters the address of an endpoint. [GenerateSecret] makes
// the secret that the two sides share.
//
// # What a receiver gets
//
// A POST of JSON with the headers webhook-id, the same on every attempt (see
// [ID]); webhook-timestamp, of this attempt; and webhook-signature, one for each
// of the endpoint's secrets, so that a secret can be replaced without a gap. Any
// library for Standard Webhooks verifies it. The payload is what [StatuspageEvent] returns,
// or [Options].Payload.
//
// # What its answer means
//
// 2xx is accepted. 410 is [notify.Gone]: nobody should use the address again, which
// the host hears by DispatcherHooks.AddressGone and records. Everything else is a failure that is tried again on
// the outbox's schedule, by default over three days ([notify.DefaultSchedule]), redirects and refusals
// included: who runs the receiver mends it meanwhile. 429, 502, 504 and any Retry-After
// throttle. What one endpoint answers says nothing about the others.
//
// An attempt that broke after the request was written is uncertain. The
// webhook-id makes a repeat harmless, so [Notifier.Channel] says that it is repeated.
//
// # Safety
//
// Customers give the addresses: they must be https, and lead out of our own network, which is
// checked when a connection is made (see [notify.GlobalAddr]). Errors name no
// address, no secret and nothing of the message.
//
// # Compatibility
//
// Fields may be added to the payload in any version; none is removed and none
// changes its meaning within a major version.
package webhooknotify
