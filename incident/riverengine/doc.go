// Package riverengine works a desk off on many machines, as jobs of River
// (riverqueue.com/docs) in PostgreSQL, for hosts that have River or want one
// queue for everything. A host without it calls Desk.Run in each process, and
// gets the same.
//
//	engine, err := riverengine.New(pool, sqlstore.New(db, nil), &riverengine.Options{River: &river.Config{…}})
//	desk, err := amends.New(amends.Options{Stores: amends.Stores{Records: engine.Records(), …}, …})
//	config, err := engine.Config(desk)
//	client, err := river.NewClient(riverpgxv5.New(pool), config)
//	err = client.Start(ctx)
//	err = engine.Run(ctx) // beside it, until ctx ends
//
// The client is the host's: it starts and stops it, with its own jobs in it.
//
// A command within a transaction of the host takes its job along; both are
// there after the commit, or neither:
//
//	sqlTx, release, err := riverengine.SQLTx(tx) // tx is a pgx.Tx
//	defer release()
//	bound := desk.With(amends.Stores{Records: engine.InTx(tx, records.Bind(sqlTx)), Outbox: outbox.Bind(sqlTx), Ledger: ledger.Bind(sqlTx)})
//	_, err = bound.Report(ctx, …)
//
// # What a job is
//
// A wake-up, and nothing else. What must hold is kept by the records, the
// outbox and the ledger, whatever becomes of jobs:
//
//   - Arguments are keys. A worker looks at the record, and does nothing if it is not due.
//   - Deliveries and credits are claimed with fresh tokens, and settled with them, in the
//     outbox and the ledger. A job that ends twice, or whose end is not noted, changes nothing.
//   - What fails is planned again in the record, with a job for that time. Attempts of River
//     are never used up, so nothing is discarded for having failed too often. The failed
//     job is cancelled with its error, so that River's own tools show it.
//   - A deadline is a job that is scheduled for the record's next look. There are no
//     periodic jobs: they live in the memory of a leader.
//   - Jobs are unique while they live, by the record and the change that made it due, or the
//     time for which it is planned. Were it the record alone, a change that comes while a
//     job runs would be lost, since River keeps a job unique until it has ended.
//   - [Engine.Run] sweeps: what has been due for a while gets another job, also when the
//     first one still counts as running. That makes good what was lost, deleted, discarded by a
//     leader that does not know the kind, or died with a process. Records are taken over within
//     [Options].Overdue and one and a half times [Options].Every: 33 seconds by default.
//     Deliveries that a dead process had claimed are free when their lease ends
//     (notify.DispatcherOptions.Lease), credits after 40 seconds.
//
// # Kinds and limits
//
// The kinds are amends_reconcile, amends_deliver and amends_issue. Any number of
// each may run at once, on any machines. River promotes scheduled jobs every
// five seconds: deadlines are met with that grain. A look that was planned and then replaced
// leaves its job until its time comes; it ends without having done anything.
//
// # Compatibility
//
// The package follows the compatibility promise of package incident. Names and
// arguments of jobs stay readable by later versions, so that old and new
// processes may run side by side.
package riverengine
