// Package compensate works out what customers are owed, and sees to it that
// they get exactly that: once, never less, and with every step of the sum.
//
// # From what happened to what is owed
//
// A [Scheme] is a published rule as data: an SLA's credit table, a statute, a
// house rule. [Compile] checks it, and [Assess] applies it to an [Input]: when
// the customer was affected, what they pay, which flags hold. The [Award] that
// comes out has the amount and every [Step], as a sentence fit for the customer
// and with the rule's name for staff. Where the text of a scheme leaves a hole,
// or a fact is missing, the award is undecided and says why. Nothing is guessed.
//
// Sums are exact. [Money] is minor units of a currency, [Ratio] any number in
// between; rounding happens where the scheme says, in the [Mode] it says, and is
// a step of its own.
//
// # From what is owed to what is paid
//
// A [Ledger] takes what is owed under a [Key], all told, and adds an [Entry] for
// the difference. Repeating it adds nothing, a smaller sum takes nothing back
// (R80, R81), and caps that several sums share hold even when many processes
// propose at once. [IssueBatch] takes approved entries to the host's billing
// system, the [Issuer], and writes down what it answered. Nobody is paid twice:
// a call whose answer was lost is repeated under the same ID, or, where billing
// cannot repeat, waits for a person. Nobody needs to ask for it either (R77,
// R85): that is the caller's part, who assesses every affected customer alike.
//
// Package memledger keeps a ledger in memory, package sqlledger in SQLite or
// PostgreSQL; package compensatetest tests ledgers and billing adapters against
// the contracts written here.
//
// # Compatibility
//
// Before version 1 anything here may change, and the change log says so. From
// then on, schemes that compiled keep compiling and keep their meaning; fields
// may be added, and the sentences of steps may be worded better at any time.
package compensate
