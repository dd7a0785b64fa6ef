package compensatetest

import (
	"context"
	"testing"

	"github.com/amends-dev/amends/compensate"
)

// ledgerCase is one rule.
type ledgerCase struct {
	name string
	rule string // what every ledger must do, in words
	run  func(ctx context.Context, l compensate.Ledger) error
}

// TestLedger checks that a ledger keeps the contract of [compensate.Ledger].
// Each case gets a fresh, empty one. A failure says which rule is broken. Run
// it with -race: some rules are about concurrency.
func TestLedger(t *testing.T, newLedger func(t *testing.T) compensate.Ledger) {
	t.Helper()
	for _, c := range ledgerCases() {
		t.Run(c.name, func(t *testing.T) {
			if err := c.run(t.Context(), newLedger(t)); err != nil {
				t.Fatalf("the rule: %s\nis broken: %v", c.rule, err)
			}
		})
	}
}

func ledgerCases() []ledgerCase {
	return []ledgerCase{
		{"approved", "what is owed within the limit becomes one approved entry, with the ID that EntryID computes and all that was handed in", approved},
		{"repeat", "a repeated proposal adds nothing", repeat},
		{"difference", "when the total grows, only the difference is added", difference},
		{"never reduced", "a smaller total takes nothing back, and what comes later pays only what is above all that was there", neverReduced},
		{"keys apart", "keys that differ in any part are sums of their own", keysApart},
		{"approval", "a sum above the limit waits for a named person and is not issued before", approval},
		{"approval of the sum", "the limit is held against all that the key holds, not against the difference", approvalOfSum},
		{"nothing", "an assessment that owes nothing is kept once, as history, and does not hinder what comes later", nothing},
		{"shared cap", "a shared cap bounds all its keys together, says what it took away, and a repeat adds nothing", sharedCap},
		{"cap joined late", "what a key holds already counts towards a cap that it joins later", capJoinedLate},
		{"cap and spaces", "caps of the same ID in two spaces are two caps", capAndSpaces},
		{"cap under concurrency", "a shared cap holds when many propose at the same time", capConcurrent},
		{"once under concurrency", "the same proposal made by many at the same time is added once", onceConcurrent},
		{"in kind", "each thing in kind is owed once until a person says it was given, and it is never issued as money", inKind},
		{"gesture limit", "a gesture above the person's limit is ErrOverLimit and leaves nothing behind", gestureLimit},
		{"gesture without limit", "a gesture of money by a person without a limit is ErrOverLimit; one in kind needs none", gestureWithoutLimit},
		{"gesture apart", "a gesture is a sum of its own beside the assessment, approved at once", gestureApart},
		{"whole call", "a proposal with one mistake in it writes nothing of the call", wholeCall},
		{"currencies", "a key whose total changes its currency is ErrCurrency", currencies},
		{"copies", "what was handed in or out can be changed without changing the ledger", copies},
		{"oldest first", "claims come oldest first, at most as many as asked, and none before its time", oldestFirst},
		{"one holder", "what is claimed is not claimed again while its lease runs", oneHolder},
		{"lease ran out", "an entry whose lease ran out is claimed again under a fresh token, counted as an attempt", leaseRanOut},
		{"late settlement", "settling under a token that was replaced is ErrLeaseLost and changes nothing", lateSettlement},
		{"crash with once", "where billing cannot repeat, an entry whose lease ran out becomes uncertain and is not claimed again", crashOnce},
		{"crash is seen", "what a claim makes uncertain is returned once, without a token, for the caller to report", crashSeen},
		{"attempts bounded", "an entry claimed as often as allowed becomes failed at the next claim, which returns it without a token", attemptsBounded},
		{"no answer", "unclear is asked again at its time, or becomes uncertain where billing cannot repeat", noAnswer},
		{"retry", "a retried entry is claimed at its next time and not before", retry},
		{"released", "a released entry is claimed at its next time, and the attempt does not count", released},
		{"issued once", "what was issued is never claimed again, keeps its reference, and cannot be approved or reissued", issuedOnce},
		{"settled twice", "a repeated settlement is answered like the first and changes nothing", settledTwice},
		{"person looks", "failed and uncertain entries wait for a named person, who clears them or has them issued again under the same ID", personLooks},
		{"reissue counts anew", "an entry that a person has issued again begins to count its attempts anew", reissueCountsAnew},
		{"proof", "what a person clears or fulfils needs a reference that says how we know, and stays as it is without", proof},
		{"each on its own", "settlements are answered in order, each on its own; an unknown entry is ErrNotFound", eachOnItsOwn},
		{"tally", "a tally sums what its query selects by state and currency, and counts customers who get more than nothing", tally},
		{"pages", "a list goes through everything that its query selects once, in the order of IDs, page by page", pages},
		{"queries", "each field of a query selects what it says, and zero fields select all", queries},
		{"done context", "a call whose context is done errs and writes nothing", doneContext},
	}
}
