// Package incident records what happened: incidents, planned work, and what is
// true of each customer. It is the vocabulary that the rest of Amends speaks,
// and imports none of it.
//
// # Records, events, views
//
// A record is a list of events that only grows. There are two kinds: the record
// of an incident (or of planned work) holds what concerns everyone; the record
// of a case holds what concerns one customer. An [Event] carries a [Payload],
// which says what kind of fact it is. [FoldIncident] and [FoldCase] tell an
// [Incident] or a [Case] from its events, as a plain value; Apply brings one up
// to date. Nothing else is stored about either, so what customers are owed can
// always be derived again.
//
// Three calls are what most commands are made of:
//
//	i, _, err := incident.LoadIncident(ctx, store, id)                    // read and fold
//	events, err := incident.MachineOf(i).Step(i, incident.StepClose, &f) // decide
//	batch, err := i.Batch(at, events...)                                  // apply, number, say what the head becomes
//
// followed by [Store] Append of a [Commit] with the batch. Batch appends at the
// version that was read: if another command came first, Append returns
// [ErrConflict] and nothing stays.
//
// # Steps and guards
//
// [Incidents] and [Maintenances] return the state machines: tables that are
// checked when they are made. [Machine.May] answers whether a step may be taken
// and [Machine.Step] takes it; both refuse with a [TransitionError] that lists
// the legal steps and every unmet guard, with a sentence for people. The
// customer decides that it is fixed (R73); nothing closes while somebody waits
// for an answer, a promise, a payment or the word that it is fixed.
//
// # Stores
//
// A [Store] keeps records. Package memstore is one in memory, sqlstore one for
// SQLite and PostgreSQL; package incidenttest tests others. Records hold
// customers' IDs, never their addresses. A customer's own [Words] stand beside
// the event and can be erased by an [Eraser]; their hash stays.
//
// # Events as JSON
//
// [EncodeEvents] and [DecodeEvents] write and read records as JSON. Kinds that
// this version does not know are kept as [Unknown], byte for byte. If one of
// them must be understood, views say so in NotUnderstood and every step is
// refused with [ErrNotUnderstood] until the program is updated.
//
// # Concurrency
//
// Machines, and the functions of this package, are safe for concurrent use.
// Views and decoders belong to one goroutine while they are changed.
//
// # Compatibility
//
// Events that were written stay readable in every later release: kinds are
// never removed or given another meaning, and fields are only added. A fact that
// older versions must not ignore gets a kind of its own, marked as one that must
// be understood. Statuses, steps and guards may be added; their IDs are stable.
// [Store] keeps its five methods; what stores can do beyond that is an optional
// interface, as [Eraser] is.
package incident
