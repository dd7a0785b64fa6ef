package notify

import "time"

// Channel is a notifier as a host registers it, with what the library must know
// about it.
type Channel struct {
	// Notifier delivers. Nil for a channel that is a person (see Item.Task).
	Notifier Notifier
	// Public channels are seen by everybody: status page, blog, social media.
	Public bool
	// Passive channels wait to be looked at. They do not count as private ones (R47).
	Passive bool
	// Rate is how many deliveries a second it takes, Burst how many at once. If Rate is zero, unlimited; if Burst is zero, 1.
	Rate  float64
	Burst int
	// Timeout bounds one attempt. If zero, 30 s.
	Timeout time.Duration
	// Workers bounds the deliveries in flight. If zero, 64.
	Workers int
	// Independent says that every recipient has a server of its own, as with
	// webhooks: what one of them answers says nothing about the others, so that
	// no breaker opens, a throttled recipient delays nobody else, and only a
	// misconfiguration takes the channel down.
	Independent bool
	// RepeatUncertain says that a delivery whose outcome is uncertain is tried
	// again on this channel. If false it is dead: it takes its other way at once if it has
	// one, so that the recipient may hear twice, on two channels, since a duplicate
	// beats silence (R33); if it has none it waits for a person, who looks
	// whether it arrived and says [Dispatcher.MarkDone] or [Dispatcher.Revive].
	RepeatUncertain bool
}
