// Peerbench measures the stores of the library beside others, in one run and on
// the same rows: an outbox of ours in SQLite and PostgreSQL, River on the same
// two, and the same work in bare SQL, which says what the database itself can do.
//
//	GOWORK=off go -C internal/peerbench run . [-n 20000] [-repeat 3] [-only REGEXP] [-customers 10000,100000]
//
// The README says what is compared and what came out last. What is printed is
// Markdown: the load of the machine, a table of medians with the extremes, and
// ratios. Figures of two runs, or of two machines, cannot be compared; ratios of one run can.
//
// It starts a PostgreSQL server of its own, which flushes to the disk. SQLite
// is always in WAL mode with synchronous=FULL. So whatever was counted as
// settled was on the disk, for everybody.
//
// The module stands outside of the workspace: what the peers need must not move
// the versions of what the library needs.
package main
