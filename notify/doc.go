// Package notify tells people: one message to one recipient on one channel, or
// to a million of them, at once or until it is done.
//
// Its parts can be used on their own:
//
//   - [Notifier] is the seam to a transport: one attempt. Adapters for common
//     ones are in the folders beside this package. An error carries its class,
//     which says what the next attempt may do: see [Classify].
//   - [NewHTTP] turns a function that makes a request into a notifier, with all
//     that adapters over HTTP have in common: classes of failure, bounds, and a guard
//     against addresses inside of one's own network.
//   - [Templates] turns [Data] into a [Message], per kind of notice, channel and
//     locale, with a complete set in English and German built in.
//   - [Fanout] sends one message to many recipients without any store, and
//     reports everybody who was not reached.
//   - [Outbox] keeps what is to be delivered until it is, over crashes and on
//     many machines; the dispatcher claims from it, sends and settles.
//
// The three calls that most people make are [NewTemplates], Templates.Render,
// and Fanout.Send or the dispatcher's.
//
// # The way of a delivery
//
// The order is the library's, since users of others get it wrong: [Gate] (rate
// and breaker, before the claim, so that waiting burns neither lease nor
// attempt), claim, then what [Chain] adds: observation, retry in process within
// a third of the lease, the attempt's time-out, the adapter. What fails for
// longer is the outbox's schedule to repeat. Uncertain outcomes are never
// repeated in process: a time-out may hide a delivery.
//
// # What customers see
//
// Nothing that derives from an error is ever rendered. Words and addresses are
// never logged; errors are for operators and hold neither.
//
// # Concurrency
//
// Everything here is safe for concurrent use unless it says otherwise. Nothing
// starts a goroutine that outlives the call.
//
// # Compatibility
//
// Within a major version interfaces get no new methods and struct fields keep
// their meaning; zero values of new fields mean what was before. The words of
// the built-in templates may change in any version: a host that needs exact
// words brings its own.
package notify
