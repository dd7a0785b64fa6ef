package notify_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing/fstest"
	"time"

	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/notify/notifytest"
)

// One message to everybody, and the report that names who was not reached.
func ExampleNewFanout() {
	email := notifytest.NewRecorder()
	email.ScriptFor("bert", notifytest.Gone())

	m := &notify.Message{Thread: "incident-1", Seq: 1, Kind: notify.KindUpdate, Subject: "Restores fail", Text: "We are on it."}
	people := []notify.Recipient{{ID: "ada"}, {ID: "bert"}, {ID: "cleo"}}
	report, err := notify.NewFanout(email, &notify.FanoutOptions{Channel: "email"}).
		Send(context.Background(), m, slices.Values(people))

	fmt.Println(report.Sent, "sent,", report.Failed, "failed,", err)
	for _, p := range report.Problems {
		fmt.Println(p.Recipient, p.Class)
	}
	// Output:
	// 2 sent, 1 failed, <nil>
	// bert address_gone
}

// The library's words, and one template of the host's own over them.
func ExampleNewTemplates() {
	templates, err := notify.NewTemplates(fstest.MapFS{
		"holding.sms.en.tmpl": {Data: []byte(`{{define "subject"}}{{.Title}}{{end}}` +
			`{{define "text"}}{{.Brand}}: {{.Title}}. More by {{.When .NextUpdate}}.{{end}}`)},
	}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	data := &notify.Data{
		Brand: "Example Backups", Title: "Restores fail", Zone: "Europe/Berlin",
		NextUpdate: time.Date(2026, time.March, 2, 14, 30, 0, 0, time.UTC),
	}
	sms, _ := templates.Render(notify.KindHolding, "sms", "en-GB", data)
	fmt.Println(sms.Text)
	email, _ := templates.Render(notify.KindHolding, "email", "de-AT", data)
	fmt.Println(strings.Split(email.Text, "\n")[2])
	_, err = templates.Render(notify.KindAcknowledgement, "email", "en", data)
	fmt.Println(err)
	// Output:
	// Example Backups: Restores fail. More by Monday 2 March 2026, 15:30 (Europe/Berlin, UTC+01:00).
	// wir wissen von „Restores fail“ und arbeiten daran. Noch wissen wir nicht alles und sagen Ihnen, was wir erfahren.
	// notify: rendering "acknowledgement" for channel "email" in "en": the data lacks Report, AnswerBy, Contact
}

// Time-out, retries in process and observation around any notifier.
func ExampleChain() {
	sms := notifytest.NewRecorder()
	sms.Script(notifytest.FailTimes(2))
	n := notify.Chain(sms, &notify.ChainOptions{
		FirstWait: time.Millisecond,
		Hooks: &notify.Hooks{Attempted: func(_ context.Context, a notify.Attempted) {
			fmt.Println("attempt", a.Try, a.Err)
		}},
	})
	receipt, err := n.Notify(context.Background(), &notify.Delivery{ID: "incident-1/1/update/ada", Attempt: 1, Message: &notify.Message{}})
	fmt.Println(receipt.ProviderID, err)
	// Output:
	// attempt 1 scripted fault
	// attempt 2 scripted fault
	// attempt 3 <nil>
	// recorded-1 <nil>
}

// A gate says how many deliveries may be claimed, before any is.
func ExampleNewGate() {
	gate := notify.NewGate(notify.Channel{Rate: 1, Burst: 3}, &notify.GateOptions{Failures: 2})
	fmt.Println(gate.Take(64), "of 64")
	gate.Report(errors.New("connection refused"))
	gate.Report(errors.New("connection refused"))
	fmt.Println(gate.Take(64), "while the breaker is open")
	fmt.Println(time.Until(gate.Next()) > 20*time.Second)
	// Output:
	// 3 of 64
	// 0 while the breaker is open
	// true
}
