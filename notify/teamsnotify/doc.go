// Package teamsnotify says notices in Microsoft Teams, through the workflows of
// Power Automate that begin with "When a Teams webhook request is received".
// They took the place of the connectors of Office 365, which are retired.
//
// [New] makes the notifier, [Notifier.Channel] says how a dispatcher should use it.
// All else is the HTTP helper of package notify, and a card.
//
// # Setting up
//
//  1. In Teams, beside the channel's name, choose "…" and then "Workflows".
//  2. Take the template "Send webhook alerts to a channel" (in a chat: "… to a chat").
//  3. In its trigger, let "Anyone" start the flow: the URL is what proves that it is us.
//  4. Save it and copy its URL. It is a secret: whoever has it, with its "sig", can post.
//     It goes into [Options].URL, or is the address of a recipient.
//
// A workflow belongs to the person who made it, and ends when they leave: give it
// a second owner. In private channels it posts as that person, not as the flow bot.
//
// # What people see
//
// An Adaptive Card (version 1.4, of which it needs 1.2): the subject in bold,
// and below it the text with its lists and quotations. Teams obeys nothing in it: neither Markdown nor
// mentions nor its functions for dates. Only the addresses that [notify.Message].Links
// names become links. Each message is a card of its own: workflows know no threads.
//
// Teams takes 28 KB, encoded in UTF-16, two bytes for most characters: with what
// holds a card together, about 10,000 characters. A longer text loses its
// middle, which is marked with "[…]"; beginning and end stay.
//
// # How to register the channel
//
// [Notifier.Channel] returns what is right in most cases:
//
//   - Rate is 1 for a workflow of ours. How often one runs depends on the licence of its owner, and is
//     counted by the minute and by the day; Microsoft gives no figure by the second. Too many are a 429.
//   - RepeatUncertain is true. A workflow knows no idempotency key, so that a repeat
//     after a lost answer may show a card twice; silence is worse (R33).
//   - Independent is true if recipients gave the addresses, false for one of ours.
//
// Nil says that the workflow was started (202). Whether the card came into
// the channel only its owner sees, in the history of its runs. Where that matters,
// give the recipient a second channel (R35, R47).
//
// # What a failure means
//
// What [notify.HTTP] says, with two exceptions: a workflow that does not exist any
// more (WorkflowNotFound, or WorkflowTriggerIsNotEnabled in the state "Deleted") is an address that is gone;
// and if it is the one in the options, the channel is unusable until it has
// another, or until it is switched on again. Errors hold no URL.
//
// # Compatibility
//
// How a card looks may change in any version. An error of Power Automate's that
// gets a class of its own may do so in a minor version.
package teamsnotify
