// Package policy says what a company owes when it fails: who must hear what by
// when, what customers get, and which words will not do. A policy is data, in Go
// structs or in a file that decodes into exactly those structs; a decision is a
// policy applied to facts at a time, and nothing else goes into it.
//
// Most people make three calls. [Load] reads a file and names every mistake in
// it with its line, [Compile] makes it ready, and [Compiled.Decide] lists the
// requirements of an incident: each with its rule, its due time, who must be
// told on how many channels, whether it is met and why not. [Default] is a
// policy that a careful company could adopt as it is; [DefaultSource] is its
// file, to start one's own from. [Compiled.DecideCase] does the same for one
// customer's messages, [Decision.For] says what one customer is owed, and
// [Decision.Explain] puts any of it into words, for staff and for customers.
//
// Rules combine by union. A rule can add a duty and never takes one away; where
// several speak to the same people, all must be met, and so the earliest
// deadline counts. For the same reason no condition can ask for "at most so many
// customers": scale never silences (R21, R36). Severity is the worst that an
// incident ever had, so that lowering it removes no duty; only the pace of
// updates follows the present one.
//
// Words meet a requirement when a person wrote or approved them, or when they
// are the rule's own prepared text. Published in time decides whether it was
// late. That every recipient is settled, on the channels that are asked for,
// decides whether it is met; a page that waits to be looked at is no private
// channel (R47). A requirement that was past due when its facts became known is
// late from its due time.
//
// Compensation begins with the contract's scheme, which is the floor. Goodwill
// is a closed list of operations in one documented order, see [Compensation].
// Equal harm gives an equal award, whoever complained (R85), and needs no claim
// (R77). What cannot be decided says which input is missing.
//
// A [Compiled] policy never changes and may be used by many goroutines at once;
// so may decisions, as long as nobody changes their facts. Records keep the
// source of their policy ([Compiled.Pin], [FromPin]): a later edit changes
// nothing that was decided. Test a policy with files of its own, see package
// policytest.
//
// # Compatibility
//
// Until version 1 the vocabulary of rules may grow and names may change, with a
// note in the change log. A policy file that loads keeps its meaning within a
// major version: new keys are optional, and the default policy changes its
// version whenever its rules change. IDs of requirements are kept in records and
// do not change their form.
package policy
