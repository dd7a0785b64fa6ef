package boltfile

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"github.com/amends-dev/amends/notify"
)

// Claim implements [notify.Outbox].
func (o *Outbox) Claim(ctx context.Context, r notify.ClaimRequest) ([]notify.Claimed, error) {
	var claimed []notify.Claimed
	err := o.write(ctx, r.At, func(w *work) (err error) {
		claimed, err = w.claim(&r)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("boltfile: claiming on channel %q: %w", r.Channel, err)
	}
	return claimed, nil
}

func (w *work) claim(r *notify.ClaimRequest) ([]notify.Claimed, error) {
	if r.Limit <= 0 {
		return nil, nil
	}
	if err := w.mature(r.Channel); err != nil {
		return nil, err
	}
	var claimed []notify.Claimed
	looked := map[string]bool{}
	for again := true; again; {
		again = false // what is given up may let another come, at a place that was passed
		for from, ok := w.t.next(bucketReady, text(r.Channel), ""); ok; from, ok = w.t.next(bucketReady, text(r.Channel), from) {
			key := from[2*numberSize:]
			if looked[key] {
				continue
			}
			looked[key], again = true, true
			it, err := w.indexed(key)
			if err != nil {
				return nil, err
			}
			leased, err := w.consider(r, it)
			if err != nil {
				return nil, err
			}
			if !leased {
				continue
			}
			c, err := w.claimedAs(it)
			if err != nil {
				return nil, err
			}
			if claimed = append(claimed, c); len(claimed) == r.Limit {
				return claimed, nil
			}
		}
	}
	return claimed, nil
}

// mature makes what has waited until now ready.
func (w *work) mature(channel string) error {
	for {
		first, ok := w.t.next(bucketWaiting, text(channel), "")
		if !ok || first[:numberSize] > moment(w.now) {
			return nil
		}
		it, err := w.indexed(first[numberSize:])
		if err != nil {
			return err
		}
		it.Seat = bucketReady
		if err := w.save(it); err != nil {
			return err
		}
	}
}

// consider decides about an item whose turn it is, and says whether it was leased.
func (w *work) consider(r *notify.ClaimRequest, it *item) (bool, error) {
	if it.NextAt.After(w.now) { // it became ready by a clock that is ahead of this one
		return false, w.seat(it)
	}
	if it.State == notify.StateLeased { // its lease ran out
		late, err := w.outdated(it)
		if err != nil {
			return false, err
		}
		if late {
			return false, w.become(it, notify.StateSuperseded)
		}
	}
	if r.MaxAttempts > 0 && it.Attempts >= r.MaxAttempts {
		if it.LastErr == "" {
			it.LastErr = fmt.Sprintf("gave up at the claim after %d attempts of which none was settled", it.Attempts)
		}
		if err := w.become(it, notify.StateDead); err != nil {
			return false, err
		}
		_, err := w.nextWay(it)
		return false, err
	}
	if w.capped(r, it) {
		return false, nil
	}
	if it.State != notify.StateLeased {
		it.Changed = w.now
	}
	it.State, it.Token, it.NextAt = notify.StateLeased, rand.Text(), instant(r.At.Add(r.Lease))
	it.Attempts++
	if err := w.save(it); err != nil {
		return false, err
	}
	return true, w.seat(it)
}

// capped says whether a recipient has enough for now, on all channels and with what is in flight.
func (w *work) capped(r *notify.ClaimRequest, it *item) bool {
	if r.Cap <= 0 || it.Priority >= r.Urgent {
		return false
	}
	n := 0
	for rest := range w.t.scan(bucketBusy, text(it.Space, it.Recipient), moment(w.now.Add(time.Microsecond-r.Window))) {
		if rest[numberSize:] != it.Key {
			n++
		}
		if n == r.Cap {
			return true
		}
	}
	return false
}

// claimedAs is what a claim says of an item that it leased.
func (w *work) claimedAs(it *item) (notify.Claimed, error) {
	c := notify.Claimed{Item: it.Item, Token: it.Token, Attempt: it.Attempts, Until: it.NextAt}
	if turn, ok := w.t.last(bucketSent, it.thread()); ok {
		sent, err := w.indexed(turn[2*numberSize:])
		if err != nil {
			return c, err
		}
		c.Prior = sent.Receipt
	}
	return c, nil
}

// NextDue implements [notify.Forecaster].
func (o *Outbox) NextDue(ctx context.Context, channel string) (time.Time, error) {
	var at time.Time
	err := read(ctx, o.db, func(t *tx) error {
		key, ok := t.next(bucketReady, text(channel), "")
		key = key[min(len(key), 2*numberSize):]
		if !ok {
			key, ok = t.next(bucketWaiting, text(channel), "")
			key = key[min(len(key), numberSize):]
		}
		if !ok {
			return nil
		}
		it, err := need[item](t, bucketItems, key)
		at = it.NextAt
		return err
	})
	if err != nil {
		return time.Time{}, fmt.Errorf("boltfile: looking ahead on channel %q: %w", channel, err)
	}
	return at, nil
}
