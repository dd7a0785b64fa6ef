package boltfile

// Buckets. Those that hold values come first in each group, the others are
// indices: what they say is in the keys, and follows from a value ([place]).
const (
	bucketMeta = "meta"

	bucketHeads           = "heads"             // record
	bucketEvents          = "events"            // record, version
	bucketCommands        = "commands"          // space, command
	bucketHeadsDue        = "heads.due"         // next look, record
	bucketHeadsOfIncident = "heads.of_incident" // incident, record
	bucketHeadsOfCustomer = "heads.of_customer" // customer, record

	bucketItems           = "items"             // key
	bucketExpansions      = "expansions"        // notice
	bucketItemsOfRecord   = "items.of_record"   // record, key
	bucketItemsOfNotice   = "items.of_notice"   // notice, key
	bucketItemsOfCustomer = "items.of_customer" // customer, key
	bucketReady           = "items.ready"       // channel, priority, due at, key: its turn and its time have come
	bucketWaiting         = "items.waiting"     // channel, time, key: its turn has come
	bucketOpen            = "items.open"        // thread, seq, key: not settled
	bucketSent            = "items.sent"        // thread, time, seq, key
	bucketTold            = "items.told"        // thread, seq, key: sent and supersedable
	bucketBusy            = "items.busy"        // contact, time, key: sent then; in flight: at the end of time

	bucketEntries           = "entries"             // ID
	bucketAccounts          = "accounts"            // account
	bucketCaps              = "caps"                // space, cap
	bucketEntriesDue        = "entries.due"         // time, order, ID
	bucketEntriesOfCustomer = "entries.of_customer" // customer, ID
	bucketEntriesOfBasis    = "entries.of_basis"    // basis, ID
)

func buckets() []string {
	return []string{
		bucketMeta,
		bucketHeads, bucketEvents, bucketCommands, bucketHeadsDue, bucketHeadsOfIncident, bucketHeadsOfCustomer,
		bucketItems, bucketExpansions, bucketItemsOfRecord, bucketItemsOfNotice, bucketItemsOfCustomer,
		bucketReady, bucketWaiting, bucketOpen, bucketSent, bucketTold, bucketBusy,
		bucketEntries, bucketAccounts, bucketCaps, bucketEntriesDue, bucketEntriesOfCustomer, bucketEntriesOfBasis,
	}
}
