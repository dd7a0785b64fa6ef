// Package crash kills processes, and looks whether anything was lost.
//
// The test program runs itself as a child: a real company with a desk, on one SQLite
// file or on PostgreSQL, that works through one incident after the other as a
// host would. It declares, publishes, takes reports and answers them, resolves, hears
// verdicts, has awards paid and closes. Everything that it says to others goes to
// servers of the parent, which outlive it: a mail server, customers' webhooks, and
// billing. They log what they took, and from which process.
//
// The parent kills children at random moments and starts others on the same data.
// Those send the same commands again, under the same keys, and go on. The last one
// finishes. Then logs and records are compared:
//
//   - Nothing is lost: every customer has every statement, every report its acknowledgement, every award its notice.
//   - Nobody is paid twice, and what billing paid is what the ledger says.
//   - A notice is sent twice only if the process that sent it first was killed. Of each
//     killed process there are at most as many as it can have held; all of them came under the same
//     Message-ID or webhook-id, in the same words.
//   - A credit whose answer is missing is asked for again under the same key; where billing
//     cannot repeat it waits for a person.
//   - No child logs anything that an operator would have to look at.
//
// How often, with how many customers, and from which seed are flags:
//
//	go test ./internal/integration/crash -run 'TestKilledAgainAndAgain/sqlite' -timeout 60m -kills 1000 -v
//
// The other tests are single failures, at a given point each.
//
// # Time
//
// All processes of a run share a clock that the parent moves on, by more than any
// lease, whenever none of them lives. So what the dead held is taken over by the next ones
// at once, and what the living hold is never taken from them: whoever sends
// twice without having been killed is found out.
//
// # Compatibility
//
// Nothing outside of this repository can import it; it changes freely.
package crash
