package sqloutbox

import (
	"errors"
	"fmt"

	"github.com/amends-dev/amends/notify"
)

// state is notify.State as the tables hold it.
type state int64

const (
	pending state = iota + 1
	leased
	task
	sent
	dead
	superseded
	suppressed
	bounced
)

// names lists the public states in the order of the codes, from 1.
func names() []notify.State {
	return []notify.State{
		notify.StatePending, notify.StateLeased, notify.StateTask, notify.StateSent,
		notify.StateDead, notify.StateSuperseded, notify.StateSuppressed, notify.StateBounced,
	}
}

func (s state) public() notify.State { return names()[s-1] }

// open says that an item is neither sent nor given up.
func (s state) open() bool { return s <= task }

// phase is where an open item stands.
type phase int64

const (
	ready   phase = iota + 1 // its turn has come, and its time had when it was put here
	waiting                  // its turn has come, its time has not
	capped                   // its recipient has had enough for now
	flying                   // leased
	behind                   // another one of its thread comes first
	manual                   // a task
)

func (p phase) state() state {
	switch p {
	case flying:
		return leased
	case manual:
		return task
	default:
		return pending
	}
}

// DamagedError is about a row that cannot be read. A damaged delivery that is
// claimed is given up, and visible among the dead ones, so that it holds up
// nobody; whoever lists it gets the error. Restore the row from a copy.
type DamagedError struct {
	Key string // of the delivery
	Err error  // what is wrong with it
}

// Error names the delivery.
func (e *DamagedError) Error() string {
	return fmt.Sprintf("the row of delivery %q is damaged, restore it from a copy: %v", e.Key, e.Err)
}

// Unwrap returns what is wrong with it.
func (e *DamagedError) Unwrap() error { return e.Err }

var errNoGroup = errors.New("its group is missing")

func damagedf(key, format string, args ...any) error {
	return &DamagedError{Key: key, Err: fmt.Errorf(format, args...)}
}
