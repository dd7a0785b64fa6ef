package boltfile

import (
	"time"

	"github.com/amends-dev/amends/notify"
)

// item is a delivery as the file keeps it.
type item struct {
	notify.Stored
	Token string // of the last claim
	// Seat is the index in which the item waits for its turn: ready or waiting, or none.
	Seat string

	had []place // as it was read
}

func (it *item) places() []place {
	contact := text(it.Space, it.Recipient)
	turn := number(it.Seq) + it.Key
	p := []place{
		{bucketItemsOfRecord, text(it.Record) + it.Key},
		{bucketItemsOfNotice, text(it.Notice) + it.Key},
	}
	if it.Customer != "" {
		p = append(p, place{bucketItemsOfCustomer, text(it.Customer) + it.Key})
	}
	if it.State.Open() {
		p = append(p, place{bucketOpen, it.thread() + turn})
	}
	if it.State == notify.StateLeased {
		p = append(p, place{bucketBusy, contact + endless() + it.Key})
	}
	if it.State == notify.StateSent {
		p = append(p, place{bucketBusy, contact + moment(it.Changed) + it.Key}, place{bucketSent, it.thread() + moment(it.Changed) + turn})
		if it.Supersedable {
			p = append(p, place{bucketTold, it.thread() + turn})
		}
	}
	switch it.Seat {
	case bucketReady:
		p = append(p, place{bucketReady, text(it.Channel) + highest(it.Priority) + moment(it.DueAt) + it.Key})
	case bucketWaiting:
		p = append(p, place{bucketWaiting, text(it.Channel) + moment(it.NextAt) + it.Key})
	}
	return p
}

// thread is the part of keys that the items of one thread share.
func (it *item) thread() string { return text(it.Space, it.Recipient, it.Channel, it.Thread) }

// work is one call of the outbox.
type work struct {
	t     *tx
	now   time.Time
	items map[string]*item // as this call has read or changed them
}

// item returns an item, nil if there is none.
func (w *work) item(key string) (*item, error) {
	if it := w.items[key]; it != nil {
		return it, nil
	}
	it, ok, err := get[item](w.t, bucketItems, key)
	if err != nil || !ok {
		return nil, err
	}
	it.had = it.places()
	w.items[key] = &it
	return &it, nil
}

// indexed returns an item that an index names.
func (w *work) indexed(key string) (*item, error) {
	it, err := w.item(key)
	if err == nil && it == nil {
		_, err = need[item](w.t, bucketItems, key)
	}
	return it, err
}

// save writes an item, and its places where they have changed.
func (w *work) save(it *item) error {
	if !it.State.Open() {
		it.Seat = ""
	}
	has := it.places()
	if err := w.t.move(it.had, has); err != nil {
		return err
	}
	it.had = has
	return put(w.t, bucketItems, it.Key, *it)
}

// become saves an item in another state, and lets the next of its thread come.
func (w *work) become(it *item, state notify.State) error {
	it.State, it.Changed = state, w.now
	if err := w.save(it); err != nil {
		return err
	}
	return w.seat(it)
}
