package notifytest

import (
	"errors"
	"time"

	"github.com/amends-dev/amends/notify"
)

// ErrScripted is what scripted faults wrap.
var ErrScripted = errors.New("scripted fault")

// Fault is how a [Recorder] fails, once or several times. Make one with
// [FailTimes], [FailWith], [Throttle], [Ambiguous], [Lost], [Gone], [Lasting],
// [Misconfigured], [Block] or [Panic].
type Fault struct {
	err     error
	left    int // -1 is for ever
	block   bool
	deliver bool // it arrives all the same
	panics  any
}

// Times returns the fault happening n times; -1 is for ever.
func (f Fault) Times(n int) Fault {
	f.left = n
	return f
}

// FailTimes fails n times temporarily.
func FailTimes(n int) Fault { return FailWith(ErrScripted).Times(n) }

// FailWith fails once with err.
func FailWith(err error) Fault { return Fault{err: err, left: 1} }

// Throttle fails once and asks to wait.
func Throttle(wait time.Duration) Fault { return FailWith(notify.RetryAfter(ErrScripted, wait)) }

// Ambiguous delivers the message once, and says that it may not have arrived.
func Ambiguous() Fault {
	f := FailWith(notify.Ambiguous(ErrScripted))
	f.deliver = true
	return f
}

// Lost says once that the message may have arrived, and does not deliver it.
func Lost() Fault { return FailWith(notify.Ambiguous(ErrScripted)) }

// Lasting refuses the message once and for ever.
func Lasting() Fault { return FailWith(notify.Permanent(ErrScripted)).Times(-1) }

// Gone says from now on that the address is dead.
func Gone() Fault { return FailWith(notify.Gone(ErrScripted)).Times(-1) }

// Misconfigured says from now on that the channel is.
func Misconfigured() Fault { return FailWith(notify.Misconfigured(ErrScripted)).Times(-1) }

// Block holds one call until its context ends.
func Block() Fault { return Fault{block: true, left: 1} }

// Panic panics once with a value.
func Panic(value any) Fault { return Fault{panics: value, left: 1} }

// Script appends faults that calls meet in order, whoever they are for.
func (r *Recorder) Script(faults ...Fault) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.general = append(r.general, faults...)
}

// ScriptFor appends faults that only calls for one recipient meet. They come
// before those of [Recorder.Script].
func (r *Recorder) ScriptFor(recipient string, faults ...Fault) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.scripts == nil {
		r.scripts = map[string][]Fault{}
	}
	r.scripts[recipient] = append(r.scripts[recipient], faults...)
}

// take takes one occurrence of the first fault that is left.
func take(script []Fault) (*Fault, []Fault) {
	for len(script) > 0 && script[0].left == 0 {
		script = script[1:]
	}
	if len(script) == 0 {
		return nil, nil
	}
	fault := script[0]
	if fault.left > 0 {
		script[0].left--
	}
	return &fault, script
}
