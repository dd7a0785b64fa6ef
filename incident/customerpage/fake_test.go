package customerpage_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/amends-dev/amends/incident"
)

// fakeDesk keeps the contract of customerpage.Desk in memory, and remembers what it
// was asked. Its hooks make it fail.
type fakeDesk struct {
	mu    sync.Mutex
	views map[place]incident.CustomerView
	taken map[string]incident.CustomerWord // by space and key
	// heard is every word that came in, repeats too; recorded is what was new.
	heard, recorded []incident.CustomerWord
	asked           []string // locales of views

	failView func() error
	failHear func(incident.CustomerWord) error
}

type place struct{ space, record, customer string }

func newFakeDesk(views ...incident.CustomerView) *fakeDesk {
	d := &fakeDesk{views: map[place]incident.CustomerView{}, taken: map[string]incident.CustomerWord{}}
	for _, v := range views {
		d.views[place{v.Space, v.Record, v.Customer}] = v
	}
	return d
}

func (d *fakeDesk) CustomerView(ctx context.Context, space, record, customer, locale string) (incident.CustomerView, error) {
	if err := ctx.Err(); err != nil {
		return incident.CustomerView{}, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asked = append(d.asked, locale)
	if d.failView != nil {
		if err := d.failView(); err != nil {
			return incident.CustomerView{}, err
		}
	}
	v, ok := d.views[place{space, record, customer}]
	if !ok {
		return v, fmt.Errorf("fake: view: %w", incident.ErrNotFound)
	}
	v.Reports = slices.Clone(v.Reports)
	for i := range v.Reports {
		v.Reports[i].Thread = slices.Clone(v.Reports[i].Thread)
	}
	v.Requests = slices.Clone(v.Requests)
	return v, nil
}

func (d *fakeDesk) Hear(ctx context.Context, w incident.CustomerWord) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.heard = append(d.heard, w)
	if d.failHear != nil {
		if err := d.failHear(w); err != nil {
			return err
		}
	}
	if before, ok := d.taken[w.Space+"\x00"+w.Key]; ok {
		if before != w {
			return fmt.Errorf("fake: key %q: %w", w.Key, incident.ErrKeyReused)
		}
		return nil
	}
	at := place{w.Space, w.Record, w.Customer}
	v, ok := d.views[at]
	if !ok {
		return fmt.Errorf("fake: hearing: %w", incident.ErrNotFound)
	}
	if err := record(&v, w); err != nil {
		return err
	}
	d.views[at] = v
	d.taken[w.Space+"\x00"+w.Key] = w
	d.recorded = append(d.recorded, w)
	return nil
}

func record(v *incident.CustomerView, w incident.CustomerWord) error {
	report := slices.IndexFunc(v.Reports, func(r incident.CustomerReport) bool { return r.ID == w.Report })
	request := slices.IndexFunc(v.Requests, func(r incident.CustomerRequest) bool { return r.ID == w.Request })
	switch w.Say {
	case incident.SayVerdict:
		v.Verdict = &incident.CustomerVerdict{Opinion: w.Opinion, Satisfaction: w.Satisfaction, Words: w.Text, At: v.At}
		v.Judge = false
	case incident.SayReport:
		v.Reports = append(slices.Clone(v.Reports), incident.CustomerReport{
			ID: fmt.Sprintf("%s.%d", v.Record, 100+len(v.Reports)), Kind: w.Kind, Words: w.Text, Received: v.At, Since: w.Since, AnswerBy: v.At.Add(4 * time.Hour),
		})
	case incident.SayReply, incident.SayCorrection:
		if report < 0 {
			return fmt.Errorf("fake: report %q: %w", w.Report, incident.ErrNotFound)
		}
		v.Reports = slices.Clone(v.Reports)
		r := &v.Reports[report]
		r.Thread = append(slices.Clone(r.Thread), incident.CustomerEntry{Text: w.Text, At: v.At})
		r.Asked = false
	case incident.SayDone:
		if request < 0 {
			return fmt.Errorf("fake: request %q: %w", w.Request, incident.ErrNotFound)
		}
		v.Requests = slices.Clone(v.Requests)
		v.Requests[request].Done = v.At
	default:
		return fmt.Errorf("fake: nobody can say %q", w.Say)
	}
	return nil
}

func (d *fakeDesk) counts() (heard, recorded int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.heard), len(d.recorded)
}

func (d *fakeDesk) last() incident.CustomerWord {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.heard) == 0 {
		return incident.CustomerWord{}
	}
	return d.heard[len(d.heard)-1]
}
