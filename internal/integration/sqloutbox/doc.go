// Package sqloutbox holds the tests of notify/sqloutbox, which need real databases.
//
// Besides the conformance suite, run alone, through two handles, with a reader
// apart and within one transaction of a host, they hold the outbox to what only a
// database can get wrong:
//
//   - the model: random histories give, delivery for delivery, what the outbox in memory gives, pruned or not;
//   - calls that are cut at any statement, and answers that are lost after the commit;
//   - pruning: no key is sent again, no receipt and no order is lost, also beside those who add, send and read;
//   - rows that somebody damaged, tables of another version, files and servers that cannot be written, a full disk;
//   - plans: no call walks through a table that grows with what was sent.
//
// A failing model names its seed:
//
//	go test ./sqloutbox -run TestModel/postgres -seed N -steps 250
//
// The benchmarks compare with a plain table in the same run, and say what calls
// cost when millions were sent before (-rows).
//
// # Compatibility
//
// Nothing outside of this repository can import it; it changes freely.
package sqloutbox
