// Package amends is for the moment when something breaks in a service that
// others depend on: every affected customer hears the truth quickly, publicly
// and privately, gets an answer to what they report, is made whole beyond the
// contract, and decides whether it is fixed. A backend embeds it; there is no
// server to run beside it.
//
// # The loop
//
// A [Desk] takes commands, from people and from programs: [Desk.Declare] an
// incident, [Desk.Draft] a statement, take in a customer's [Desk.Report] and
// their [Desk.Verdict]. Each command appends events to the record of an incident
// or of a case, and to nothing else. What follows from them is decided by
// a policy, which is data: who must hear what by when, who is owed how much.
// Three units of work see to it that it is done:
//
//   - [Desk.Reconcile] compares what one record requires with what is there,
//     and adds the deliveries and awards that are missing.
//   - [Desk.Deliver] hands deliveries to channels and keeps their receipts.
//   - [Desk.Issue] has awards paid by the billing of the host.
//
// Each is safe to repeat, to stop anywhere, and to run on many machines at once:
// every write has a natural key, so that running again repairs what a crash left
// half done. [Desk.Run] loops over the three in one process; on many machines a
// job engine calls them.
//
// # Where things are
//
//   - [github.com/amends-dev/amends/incident]: the words. Events, what they
//     add up to (incidents, cases), the two state machines, and the store of records.
//   - [github.com/amends-dev/amends/notify]: telling. Channels, their limits and
//     failures, the outbox of what is to be said, rendering, and a fan-out without an outbox.
//   - [github.com/amends-dev/amends/compensate]: making good. Schemes, exact sums
//     with every step, and the ledger of what was owed and paid.
//   - [github.com/amends-dev/amends/policy]: deciding. Rules in files or Go,
//     applied to facts at a time, with the reason for every yes and every no.
//   - [github.com/amends-dev/amends/policy/candor]: reading a statement as a
//     customer would, before it goes out.
//
// Package incident, notify, compensate and candor know nothing of each other
// and can be used alone; policy knows incidents and sums; only this package
// brings all of them together.
//
// # What a host brings
//
// Six interfaces stand between the desk and a host. Each has a version in
// memory or a fake, and one suite of tests that says in words what it must keep:
//
//   - [Directory]: who the customers are, whom an incident hit, how to reach them.
//   - [incident.Store], [notify.Outbox] and [compensate.Ledger]: where the desk
//     keeps what it must not lose, for example the host's own database.
//   - [notify.Notifier]: one channel, for example mail, a chat, a webhook.
//   - [compensate.Issuer]: the billing.
//
// # Time, concurrency and errors
//
// A desk is safe for concurrent use and starts nothing by itself. Decisions take
// the time as an argument; times are stored in UTC. Errors are for programs
// (compare with errors.Is) and for operators (they say where, and what to do
// next); nothing derived from an error is ever shown to a customer. Nothing is
// kept in global variables and nothing is read from the environment.
//
// Comments cite the rules that the library is judged by as R1 to R89: R54, for
// example, is that a report gets instant feedback. The rules of a policy cite
// the same numbers.
//
// # Compatibility
//
// Before version 1 exported names may change from one minor version to the next;
// the changelog says what and how to move. What was stored stays readable:
// stored events, outbox rows and ledger entries of every tagged version are read
// by all later ones, and kinds of event that a version does not know are kept.
// Interfaces that hosts implement do not grow; what is new comes as an optional
// interface beside them. Anything under internal and examples may change at any time.
package amends
