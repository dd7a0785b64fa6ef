package incidenttest

import (
	"reflect"
	"time"

	"github.com/amends-dev/amends/incident"
)

// Space is the space of all fixtures.
const Space = "acme"

// Start is the time of the first event of all fixtures.
func Start() time.Time { return time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC) }

// Staff is a person of ours.
func Staff() incident.Actor {
	return incident.Actor{Kind: incident.ActorStaff, ID: "ada", Name: "Ada"}
}

// Customer is somebody who speaks for a customer.
func Customer(id string) incident.Actor {
	return incident.Actor{Kind: incident.ActorCustomer, ID: id}
}

// Event returns an event at a time, said by [Staff].
func Event(at time.Time, data incident.Payload) incident.Event {
	return incident.Event{At: at, Recorded: at, Actor: Staff(), Data: data}
}

// Numbered gives events a record and versions from 1, as a store does.
func Numbered(record string, events ...incident.Event) []incident.Event {
	for n := range events {
		events[n].Record, events[n].Version = record, uint64(n+1)
	}
	return events
}

// Declared is the event that opens an incident at [Start].
func Declared() incident.Event {
	return Event(Start(), incident.Declared{
		Space: Space, Title: "Uploads fail", Severity: incident.SeverityMajor,
		Components: []incident.Component{{ID: "uploads", Name: "Uploads", Core: true, Degree: incident.DegreeDown}},
		Owner:      "ada",
	})
}

// Scheduled is the event that opens planned work at [Start], for a day later.
func Scheduled() incident.Event {
	from := Start().Add(24 * time.Hour)
	return Event(Start(), incident.MaintenanceScheduled{
		Space: Space, Title: "Database upgrade", Owner: "ada",
		Planned: incident.Window{From: from, To: from.Add(time.Hour)},
	})
}

// Opened is the event that opens the case of a customer at [Start], linked to
// an incident unless that is "".
func Opened(customer, linked string) incident.Event {
	return Event(Start(), incident.CaseOpened{Space: Space, Customer: customer, Incident: linked})
}

// Reported is a customer's report of a failure, with their own words.
func Reported(at time.Time, customer, text string) incident.Event {
	return incident.Event{
		At: at, Recorded: at, Actor: Customer(customer), Words: incident.NewWords(text),
		Data: incident.ReportReceived{Report: incident.ReportFailure, Since: at.Add(-time.Hour), Urgency: incident.UrgencyHigh, Via: "mail"},
	}
}

// NewIncident is the batch that creates the record of an incident, and more events.
func NewIncident(id string, more ...incident.Event) incident.Batch {
	return newBatch((&incident.Incident{ID: id}).Batch(Start(), append([]incident.Event{Declared()}, more...)...))
}

// NewCase is the batch that creates the record of a case, and more events.
func NewCase(id, customer, linked string, more ...incident.Event) incident.Batch {
	return newBatch((&incident.Case{ID: id}).Batch(Start(), append([]incident.Event{Opened(customer, linked)}, more...)...))
}

// newBatch panics if fixtures do not fold: that is a mistake in the test.
func newBatch(b incident.Batch, err error) incident.Batch {
	if err != nil {
		panic(err) //nolint:forbidigo // a mistake in the test that calls, at construction of its fixtures
	}
	return b
}

// Commit is a commit in [Space] without a command key.
func Commit(batches ...incident.Batch) incident.Commit {
	return incident.Commit{Space: Space, Batches: batches}
}

// Filled returns an event of every kind, every field set, in one record. The
// record does not fold: it is for tests of reading and writing. The last event
// is of an unknown kind.
func Filled(record string) []incident.Event {
	var events []incident.Event
	for n, p := range incident.Payloads() {
		v := reflect.New(reflect.TypeOf(p)).Elem()
		fill(v)
		filled, _ := reflect.TypeAssert[incident.Payload](v) // as p is one, so is another value of its type
		e := Event(Start().Add(time.Duration(n)*time.Second), filled)
		if n%2 == 0 {
			e.Words = incident.NewWords("we cannot upload & <nothing> works")
		}
		events = append(events, e)
	}
	events = append(events, Event(Start().Add(time.Hour), incident.Unknown{
		Name: "weather.changed", Must: true, Raw: []byte(`{ "sky":"<blue>",  "wind":[1,2.50] }`),
	}))
	return Numbered(record, events...)
}

// fill sets every field that v has to something that is not zero.
func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString("x")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(3)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(v.Index(0))
		fill(v.Index(1))
	case reflect.Map:
		elem := reflect.New(v.Type().Elem()).Elem()
		fill(elem)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(reflect.ValueOf("en").Convert(v.Type().Key()), elem)
	case reflect.Struct:
		if _, isTime := reflect.TypeAssert[time.Time](v); isTime {
			v.Set(reflect.ValueOf(Start().Add(time.Minute)))
			return
		}
		for _, field := range v.Fields() {
			fill(field)
		}
	default:
		//nolint:forbidigo // a payload got a field that fill does not know yet: a mistake in this package
		panic("incidenttest: filling a payload: no value for a field of type " + v.Type().String())
	}
}
