package boltfile

import "github.com/amends-dev/amends/notify"

// open returns the items of a thread that are not settled, in its order.
func (w *work) open(of *item) ([]*item, error) {
	var keys []string
	for turn := range w.t.scan(bucketOpen, of.thread(), "") {
		keys = append(keys, turn[numberSize:])
	}
	items := make([]*item, len(keys))
	for i, key := range keys {
		var err error
		if items[i], err = w.indexed(key); err != nil {
			return nil, err
		}
	}
	return items, nil
}

// outdated says whether something newer makes an item superfluous: one of its
// thread, supersedable too, that waits, is in flight or was sent.
func (w *work) outdated(it *item) (bool, error) {
	if !it.Supersedable {
		return false, nil
	}
	if turn, ok := w.t.last(bucketTold, it.thread()); ok && turn[:numberSize] > number(it.Seq) {
		return true, nil
	}
	open, err := w.open(it)
	for _, o := range open {
		if o.Supersedable && o.Seq > it.Seq {
			return true, nil
		}
	}
	return false, err
}

// enter puts an item that is to be sent into its thread, where it supersedes
// older ones or is superseded itself.
func (w *work) enter(it *item) error {
	it.State = notify.StatePending
	if it.Task {
		it.State = notify.StateTask
	}
	late, err := w.outdated(it)
	if err != nil {
		return err
	}
	if late {
		it.State = notify.StateSuperseded
		return w.save(it)
	}
	open, err := w.open(it)
	if err != nil {
		return err
	}
	for _, old := range open {
		if it.Supersedable && old.Supersedable && old.Seq < it.Seq && old.State != notify.StateLeased {
			old.State, old.Changed = notify.StateSuperseded, w.now
			if err := w.save(old); err != nil {
				return err
			}
		}
	}
	if err := w.save(it); err != nil {
		return err
	}
	return w.seat(it)
}

// seat lets the item of a thread whose turn it is wait to be claimed, and no
// other: the one in flight, whose lease may end, or the first that no person has to do.
func (w *work) seat(of *item) error {
	open, err := w.open(of)
	if err != nil {
		return err
	}
	var turn *item
	for _, it := range open {
		if it.State == notify.StateLeased || turn == nil && it.State == notify.StatePending {
			turn = it
		}
	}
	for _, it := range open {
		seat := ""
		switch {
		case it != turn:
		case it.NextAt.After(w.now):
			seat = bucketWaiting
		default:
			seat = bucketReady
		}
		if it.Seat != seat {
			it.Seat = seat
			if err := w.save(it); err != nil {
				return err
			}
		}
	}
	return nil
}
