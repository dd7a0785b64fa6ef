package riverengine

import (
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
)

// The arguments of jobs are keys and never facts: whoever works one looks at the
// record. Those of a job are also what it is unique by, as long as one lives.

// reconcileArgs asks for a record to be looked at.
type reconcileArgs struct {
	Record string `json:"record"`
	// Turn of the record that made it due: another change is another job, even
	// while this one is being worked.
	Turn uint64 `json:"turn,omitempty"`
	// Due is set instead for a look in the future, in microseconds: however often
	// the same look is planned, it is one job.
	Due int64 `json:"due,omitempty"`
	// Sweep is set instead by a sweep: the job that it makes good may still live.
	Sweep int64 `json:"sweep,omitempty"`
}

func (reconcileArgs) Kind() string { return "amends_reconcile" }

// deliverArgs asks for a pass over due deliveries.
type deliverArgs struct{ cause }

func (deliverArgs) Kind() string { return "amends_deliver" }

// issueArgs asks for a pass over approved credits.
type issueArgs struct{ cause }

func (issueArgs) Kind() string { return "amends_issue" }

// cause says why a pass is made: two wishes for the same reason are one job.
type cause struct {
	Record string `json:"record,omitempty"` // that was reconciled
	Turn   uint64 `json:"turn,omitempty"`
	Due    int64  `json:"due,omitempty"`   // when something is due, in microseconds
	Sweep  int64  `json:"sweep,omitempty"` // number of the sweep
}

// job returns what is inserted. Jobs are unique while they live: River
// remembers finished ones for a day, and a wish that comes later is a new one.
// A zero time is at once.
func (e *Engine) job(args river.JobArgs, at time.Time) river.InsertManyParams {
	return river.InsertManyParams{Args: args, InsertOpts: &river.InsertOpts{
		Queue: e.o.Queue, ScheduledAt: at,
		UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: []rivertype.JobState{
			rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable, rivertype.JobStateRunning, rivertype.JobStateScheduled,
		}},
	}}
}

// look returns the job for a record that is due at a time: at once, or then.
func (e *Engine) look(record string, turn uint64, due time.Time) river.InsertManyParams {
	if due.After(e.now()) {
		return e.job(reconcileArgs{Record: record, Due: due.UnixMicro()}, due)
	}
	return e.job(reconcileArgs{Record: record, Turn: turn}, time.Time{})
}
