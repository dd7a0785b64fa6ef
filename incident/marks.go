package incident

// Marks on a case's head, for tallies. They always equal what the fold of the
// case says: see [Case.Marks].
const (
	MarkReported       = "reported"        // at least one report
	MarkUnacknowledged = "unacknowledged"  // a report or reply without acknowledgement
	MarkUnanswered     = "unanswered"      // a report or reply without an answer
	MarkPromisePending = "promise_pending" // a promise that is neither kept nor outlives closing
	MarkWeighs         = "weighs"          // the case holds facts that change what the customer is owed
	MarkFixed          = "fixed"           // the last verdict, with round and incident: see [VerdictMarkOf]
	MarkPartly         = "partly"
	MarkBroken         = "broken"
)
