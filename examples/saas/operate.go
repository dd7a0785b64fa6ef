package main

import (
	"net/http"
	"time"

	"github.com/amends-dev/amends"
	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/notify"
)

// dead is a delivery that was given up: keys, and what the channel said, which
// holds neither addresses nor words.
type dead struct {
	Delivery string       `json:"delivery"`
	Record   string       `json:"record"`
	Channel  string       `json:"channel"`
	Class    notify.Class `json:"class"`
	Attempts int          `json:"attempts"`
	Error    string       `json:"error"`
	Since    time.Time    `json:"since"`
}

// overview is how things stand, for a dashboard and for alerts: what is waiting,
// for how long, what was given up. It holds no secrets, addresses or words.
func (b *backend) overview(r *http.Request, _ amends.Command) (any, error) {
	ctx, stores := r.Context(), b.storage.Stores()
	records, err := stores.Records.Tally(ctx, incident.Filter{Space: space})
	if err != nil {
		return nil, err
	}
	due, err := stores.Records.List(ctx, incident.Filter{Space: space, DueBy: time.Now()}, "", 1)
	if err != nil {
		return nil, err
	}
	deliveries, err := stores.Outbox.Tally(ctx, notify.Query{Space: space})
	if err != nil {
		return nil, err
	}
	given, next, err := b.desk.Dispatcher().Dead(ctx, notify.Query{Space: space}, r.FormValue("after"), 100)
	if err != nil {
		return nil, err
	}
	found := struct {
		Records           map[string]int64       `json:"records"`    // by kind and status
		Deliveries        map[string]int64       `json:"deliveries"` // by channel and state
		OldestDueRecord   *time.Time             `json:"oldest_due_record"`
		OldestDueDelivery *time.Time             `json:"oldest_due_delivery"`
		Channels          []notify.ChannelStatus `json:"channels"` // as this process finds them
		Dead              []dead                 `json:"dead"`
		After             string                 `json:"after,omitempty"` // for the next page of the dead
	}{Records: map[string]int64{}, Deliveries: map[string]int64{}, Channels: b.desk.Dispatcher().Channels(), Dead: []dead{}, After: next}
	for _, c := range records {
		if c.Mark == "" {
			found.Records[string(c.Kind)+" "+string(c.Status)] += c.N
		}
	}
	for _, c := range deliveries.Counts {
		found.Deliveries[c.Channel+" "+string(c.State)] += c.N
	}
	if len(due.Heads) > 0 {
		found.OldestDueRecord = &due.Heads[0].NextLook
	}
	if !deliveries.OldestDue.IsZero() {
		found.OldestDueDelivery = &deliveries.OldestDue
	}
	for _, d := range given {
		found.Dead = append(found.Dead, dead{d.Key, d.Record, d.Channel, d.Class, d.Attempts, d.LastErr, d.Changed})
	}
	return found, nil
}

// revive tries dead deliveries again, once somebody has mended what was wrong.
func (b *backend) revive(r *http.Request, by amends.Command) (any, error) {
	body, err := read[struct {
		Deliveries []string `json:"deliveries"`
	}](r)
	if err != nil {
		return nil, err
	}
	return map[string]int{"revived": len(body.Deliveries)}, b.desk.Revive(r.Context(), by.By, body.Deliveries...)
}
