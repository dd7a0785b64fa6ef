// Package candor reviews the words of a statement for honesty before customers
// read them.
//
// [Review] takes a [Message] and returns findings, sorted by where they stand:
// each names a rule, the words it is about, why they cost trust, how to say it
// better and which requirement asks for it (R1 to R89). Two families exist.
// Some words are wrong wherever they stand: minimising by count or scale (R20),
// blaming others without owning it (R24, R26), the record as an excuse (R25),
// the business as an excuse (R23), platitudes in place of facts (R22). And some
// words must be there: when the next word comes (R45), how to reach a person
// (R65), what was done when it is called resolved (R3).
//
// All rules are deterministic: no model, no network, no state. The same message
// gives the same findings, and its looks do not matter: curly quotes, HTML tags
// and entities, wrapped lines, capitals and dialect change nothing. Quoted text
// of four words and more, code and links are not reviewed, because error
// texts are quoted there.
//
// A diminishing word counts only where a clause speaks of the harm of this
// incident: "a small number of customers" beside "affected" is a finding, beside
// "we roll the fix out to" it is not. [Promises] finds the times that a text
// gives for the next word. [Elements] lists which of the required elements a
// message holds.
//
// Rules know English and, with a smaller vocabulary, German. In any other
// language the review says so with a finding instead of passing the text as
// clean; see [Supported].
//
// What a host or a policy does with findings is theirs: [Options] moves a rule
// between warning, blocking and off. All functions may be called concurrently.
//
// Texts may come from anybody: the work grows with their length and not faster.
// A sentence of more than 2,000 bytes is read in pieces, and a text of more than
// [MaxLength] is blocked as too_long instead of being searched.
//
// # Compatibility
//
// Rule and element names are stable. Vocabularies grow: a later version may
// find more in the same text, and tests should name the rules they rely on
// rather than compare whole lists.
package candor
