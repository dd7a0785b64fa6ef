package notifytest

import (
	"context"
	"maps"
	"strconv"
	"sync"

	"github.com/amends-dev/amends/notify"
)

// Recorder is a notifier in memory: it records what it accepts, and fails as it
// is told to. It keeps the promise of transports that know an idempotency key:
// a delivery whose ID was accepted before is accepted again and not recorded
// twice. The zero value is ready to use. It is safe for concurrent use.
type Recorder struct {
	mu        sync.Mutex
	delivered []notify.Delivery
	receipts  map[string]notify.Receipt // by ID
	attempts  map[string]int            // by recipient ID
	repeats   map[string]int            // by ID, accepted again
	calls     int
	general   []Fault
	scripts   map[string][]Fault // by recipient ID
}

// NewRecorder returns an empty recorder, the same as new(Recorder).
func NewRecorder() *Recorder { return new(Recorder) }

// Notify implements [notify.Notifier]: it meets the next fault of the
// recipient's script, or else of the general one, and records the delivery if
// there is none left.
func (r *Recorder) Notify(ctx context.Context, d *notify.Delivery) (notify.Receipt, error) {
	if err := ctx.Err(); err != nil {
		return notify.Receipt{}, context.Cause(ctx)
	}
	fault := r.next(d.To.ID)
	if fault == nil {
		return r.accept(d), nil
	}
	if fault.block {
		<-ctx.Done()
		return notify.Receipt{}, context.Cause(ctx)
	}
	if fault.deliver {
		r.accept(d)
	}
	if fault.panics != nil {
		panic(fault.panics) //nolint:forbidigo // scripted
	}
	return notify.Receipt{}, fault.err
}

// next counts a call and takes its fault, nil if there is none.
func (r *Recorder) next(recipient string) *Fault {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls++
	if r.attempts == nil {
		r.attempts = map[string]int{}
	}
	r.attempts[recipient]++
	if own, left := take(r.scripts[recipient]); own != nil {
		r.scripts[recipient] = left
		return own
	}
	fault, left := take(r.general)
	r.general = left
	return fault
}

// accept records a delivery once.
func (r *Recorder) accept(d *notify.Delivery) notify.Receipt {
	r.mu.Lock()
	defer r.mu.Unlock()
	if receipt, ok := r.receipts[d.ID]; ok {
		if r.repeats == nil {
			r.repeats = map[string]int{}
		}
		r.repeats[d.ID]++
		return cloneReceipt(receipt)
	}
	if r.receipts == nil {
		r.receipts = map[string]notify.Receipt{}
	}
	kept := Clone(d)
	r.delivered = append(r.delivered, kept)
	receipt := notify.Receipt{ProviderID: "recorded-" + strconv.Itoa(len(r.delivered)), Ref: map[string]string{"id": d.ID}}
	if d.Prior != nil {
		receipt.Ref["in_reply_to"] = d.Prior.ProviderID
	}
	r.receipts[d.ID] = receipt
	return cloneReceipt(receipt)
}

// Delivered returns copies of what was accepted, in the order of acceptance,
// each ID once.
func (r *Recorder) Delivered() []notify.Delivery {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := make([]notify.Delivery, len(r.delivered))
	for i := range r.delivered {
		out[i] = Clone(&r.delivered[i])
	}
	return out
}

// To returns what was delivered to one recipient, in order.
func (r *Recorder) To(recipient string) []notify.Delivery {
	var out []notify.Delivery
	for _, d := range r.Delivered() {
		if d.To.ID == recipient {
			out = append(out, d)
		}
	}
	return out
}

// Calls returns how often Notify was called under a living context.
func (r *Recorder) Calls() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.calls
}

// Attempts returns how often delivery to a recipient was tried.
func (r *Recorder) Attempts(recipient string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.attempts[recipient]
}

// Repeats returns how often a delivery came again after it had been accepted.
func (r *Recorder) Repeats(id string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.repeats[id]
}

// Reset forgets deliveries, counts and scripts.
func (r *Recorder) Reset() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.delivered, r.receipts, r.attempts, r.repeats = nil, nil, nil, nil
	r.calls, r.general, r.scripts = 0, nil, nil
}

// Clone returns a deep copy of a delivery: a notifier must not keep the one it
// is given.
func Clone(d *notify.Delivery) notify.Delivery {
	c := *d
	c.To.Meta = maps.Clone(d.To.Meta)
	if d.Message != nil {
		m := *d.Message
		m.Data = maps.Clone(d.Message.Data)
		c.Message = &m
	}
	if d.Prior != nil {
		prior := cloneReceipt(*d.Prior)
		c.Prior = &prior
	}
	return c
}

func cloneReceipt(r notify.Receipt) notify.Receipt {
	r.Ref = maps.Clone(r.Ref)
	return r
}
