// Package sqlledger holds the tests of compensate/sqlledger, which need real databases.
//
// Besides the conformance suite of the seam they hold the ledger to what only a
// database can get wrong:
//
//   - the model: random histories give, entry for entry, what the ledger in memory gives;
//   - processes that propose, claim, settle and are killed, on one database: nobody is paid twice, nobody too little;
//   - shared caps under proposers that name them in every order;
//   - answers that are lost after the commit, transactions of a host that are rolled back, overtaken or left open;
//   - rows that somebody damaged, tables of another version, files that cannot be written;
//   - plans: no query that the desk asks walks through all entries.
//
// The benchmarks say how many customers a second can be awarded and paid.
//
// # Compatibility
//
// Nothing outside of this repository can import it; it changes freely.
package sqlledger
