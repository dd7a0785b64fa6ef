package riverengine_test

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends"
	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/notify/notifytest"
	"github.com/amends-dev/amends/policy"
)

const space = "acme"

var ada = incident.Actor{Kind: incident.ActorStaff, ID: "ada", Name: "Ada"}

// company is a host: customers, a channel, billing, a clock that can be moved.
type company struct {
	t       testing.TB
	stores  amends.Stores
	dir     *directory
	mail    notify.Notifier
	sent    *notifytest.Recorder // what mail accepted, unless a test has set another
	billing interface {
		compensate.Issuer
		asked() map[string]int
	}
	ahead    atomic.Int64 // of the machine's clock
	dispatch *notify.DispatcherOptions
	timeout  time.Duration // of one mail
}

// customers are c0 and so on.
const customers = 6

func newCompany(t testing.TB, stores amends.Stores) *company {
	sent := notifytest.NewRecorder()
	c := &company{t: t, stores: stores, dir: &directory{MemDirectory: new(amends.MemDirectory)}, mail: sent, sent: sent, billing: &billing{paid: map[string]int{}}}
	c.dir.AddContact(space, incident.AudienceStaff, amends.Contact{ID: "duty", Channel: "mail", Address: "duty@acme.example"})
	for i := range customers {
		id := fmt.Sprintf("c%d", i)
		c.dir.AddCustomer(space, policy.CustomerFacts{Customer: id, Plan: "team", Currency: "EUR", Zone: "Europe/Berlin"},
			amends.Contact{ID: id + "-mail", Channel: "mail", Address: id + "@customer.example", Name: "Customer " + id, Locale: "en", Zone: "Europe/Berlin"})
	}
	return c
}

func (c *company) now() time.Time { return time.Now().Add(time.Duration(c.ahead.Load())) }

// desk opens a desk, as each process does, with the records of an engine.
func (c *company) desk(records incident.Store) *amends.Desk {
	stores := c.stores
	stores.Records = records
	d, err := amends.New(amends.Options{
		Stores: stores, Directory: c.dir, Issuer: c.billing, Now: c.now,
		Channels: map[string]notify.Channel{"mail": {Notifier: c.mail, RepeatUncertain: true, Timeout: c.timeout, Workers: 2}},
		Dispatch: c.dispatch,
		Links:    func(_, record, customer string) string { return "https://acme.example/c/" + record + "/" + customer },
		Sender:   amends.Sender{Brand: "Acme", Name: "Ada of Acme", Contact: "reply to this mail"},
	})
	require.NoError(c.t, err)
	return d
}

// directory can be made to wait or fail when it is asked who is to be told.
type directory struct {
	*amends.MemDirectory
	gate atomic.Pointer[func(ctx context.Context) error]
}

func (d *directory) Expand(ctx context.Context, r amends.ExpandRequest) (amends.Expanded, error) {
	if gate := d.gate.Load(); gate != nil {
		if err := (*gate)(ctx); err != nil {
			return amends.Expanded{}, err
		}
	}
	return d.MemDirectory.Expand(ctx, r)
}

// billing counts how often it is asked for each credit.
type billing struct {
	mu   sync.Mutex
	paid map[string]int
}

func (b *billing) Issue(_ context.Context, e compensate.Entry) (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.paid[e.ID]++
	return "bill-" + e.ID, nil
}

func (b *billing) asked() map[string]int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return maps.Clone(b.paid)
}

// report has a customer say something: it is acknowledged at once. It returns the case.
func report(ctx context.Context, t testing.TB, d *amends.Desk, customer, words string) string {
	r, err := d.Report(ctx, amends.Report{
		Customer: amends.Customer{Space: space, Customer: customer}, Kind: incident.ReportFailure, Words: words,
	})
	require.NoError(t, err)
	return r.Record
}

// give has a person of ours give a customer something: it is paid, and they are told.
func give(ctx context.Context, t testing.TB, d *amends.Desk, id, customer string) {
	_, err := d.Gesture(ctx, amends.Gesture{
		Command: amends.Command{By: ada}, Customer: amends.Customer{Case: id, Customer: customer}, Reason: "for the night that you sat there",
		Amount: compensate.FromMinor(500, "EUR"), Limit: compensate.FromMinor(2000, "EUR"),
	})
	require.NoError(t, err)
}

// promised is when a customer is called back, from now.
const promised = time.Hour

// promise promises the customer of a case a call.
func promise(ctx context.Context, t testing.TB, c *company, d *amends.Desk, id string) {
	_, err := d.Promise(ctx, amends.Promise{
		Command: amends.Command{By: ada}, Record: id, Kind: incident.PromiseCallBack, Due: incident.Moment{At: c.now().Add(promised)}, What: "we call you",
	})
	require.NoError(t, err)
}

// until waits for a condition, for as long as tests may take.
func until(ctx context.Context, t testing.TB, what string, met func(ctx context.Context) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	for tick := time.NewTicker(25 * time.Millisecond); !met(ctx); {
		select {
		case <-tick.C:
		case <-ctx.Done():
			require.FailNow(t, "in vain: "+what)
		}
	}
}
