package notify

import (
	"errors"
	"time"
)

// Class says what a failed attempt means for the next one.
type Class uint8

// Classes of failure. An error that says nothing is temporary.
const (
	Temporary   Class = iota // try again on the schedule
	Throttled                // try again, not before a time
	Uncertain                // it may have been delivered: the host's policy decides whether to repeat
	Lasting                  // this message to this recipient will never be accepted
	AddressGone              // the address is dead: use another
	Unusable                 // the channel itself is misconfigured: stop using it until somebody mended it
)

// Error is a failure with its class. Read it with errors.As, or use [Classify].
type Error struct {
	Class Class
	After time.Duration // of Throttled: how long to wait
	Code  string        // the transport's own code, for operators
	Err   error
}

// Facts that an Outbox reports. Implementations wrap them.
var (
	// ErrKeyReused: the key exists with other content. Nothing of the page stays.
	ErrKeyReused = errors.New("delivery key reused for other content")
	// ErrLeaseLost: the token is not the current one, another worker has the delivery. What was settled with it is not written.
	ErrLeaseLost = errors.New("lease lost")
	// ErrCursor: the expansion is not at the cursor that the caller had read. Read it again.
	ErrCursor = errors.New("expansion is at another cursor")
	// ErrNotFound: no such delivery or notice.
	ErrNotFound = errors.New("not found")
)
