package notify

import "context"

// Notifier hands one delivery to one transport: one attempt.
//
// Most users pass a ready adapter to a [Dispatcher] or a [Fanout]; this
// contract is for those who write one. Test it with notifytest.TestNotifier.
//
// Notify may be called concurrently, and more than once with the same
// Delivery.ID: pass that ID on as the transport's idempotency key, so that a
// repeat is not shown twice where the transport can help it. It must return
// soon after ctx is done, must not change d and must not keep it.
//
// A nil error means that the transport accepted the message. An error without a
// class is temporary: it will be tried again. Say more with [Permanent],
// [Gone], [Misconfigured], [Ambiguous] or [RetryAfter]. The error's text is for
// operators: it must hold no secret, address or body.
type Notifier interface {
	Notify(ctx context.Context, d *Delivery) (Receipt, error)
}

// NotifierFunc is a function as a [Notifier].
type NotifierFunc func(ctx context.Context, d *Delivery) (Receipt, error)

// Notify calls f.
func (f NotifierFunc) Notify(ctx context.Context, d *Delivery) (Receipt, error) { return f(ctx, d) }

// Delivery is one message to one recipient on one channel.
type Delivery struct {
	// ID is the idempotency key: the same on every attempt and after a restart.
	ID string
	// Attempt counts from 1.
	Attempt int
	// Channel is the name under which the host registered the notifier.
	Channel string
	To      Recipient
	// Message is shared by all recipients of a fan-out: read only.
	Message *Message
	// Prior is the receipt of the last message of the same thread to the same
	// recipient on the same channel, or nil: reply to it or update it in place.
	Prior *Receipt
}

// Recipient is where one message goes. Address and Meta are personal data: they are never logged.
type Recipient struct {
	ID      string
	Address string // in the form that the channel needs
	Name    string
	Locale  string            // BCP 47
	Zone    string            // IANA
	Meta    map[string]string // what a channel needs beyond the address
}

// Message is what is said, rendered and ready.
type Message struct {
	// Thread groups the messages of one conversation, for example an incident's ID.
	Thread string
	// Seq orders the messages of a thread.
	Seq uint64
	// Kind of notice, for example "update", "acknowledgement", "award".
	Kind    string
	Locale  string
	Subject string
	Text    string
	HTML    string // "" if the channel has none
	// From is the person of ours who signs, ReplyTo the address for answers.
	From    string
	ReplyTo string
	// Unsubscribe is the one-click URL (RFC 8058), "" where leaving makes no sense.
	Unsubscribe string
	// Data holds facts for channels that send structures rather than text, under [DataRecord] and the like.
	Data map[string]string
}

// Receipt is proof of what a channel accepted. It is opaque to everybody but
// the adapter that made it, and comes back to it as Delivery.Prior.
type Receipt struct {
	ProviderID string            `json:"provider_id,omitempty"`
	Ref        map[string]string `json:"ref,omitempty"`
}
