package candor_test

import (
	"fmt"
	"time"

	"github.com/amends-dev/amends/policy/candor"
)

func ExampleReview() {
	m := &candor.Message{
		Subject: "Backups",
		Body:    "Only a small number of customers lost backups. We will provide an update by 14:00 UTC.",
		Contact: "help@acme.example",
	}
	for _, f := range candor.Review(m, nil) {
		fmt.Printf("%s (%s) %q: %s\n", f.Rule, f.Level, f.Excerpt, f.Hint)
	}
	// Output:
	// minimising (block) "Only a small number of customers": give the exact number or range, or say that it is not known yet; leave the judgement to those affected
}

func show(bodies ...string) {
	for _, b := range bodies {
		m := &candor.Message{Body: b, Final: true, Contact: "help@acme.example"}
		fs := candor.Review(m, nil)
		if len(fs) == 0 {
			fmt.Println("good")
		}
		for _, f := range fs {
			fmt.Printf("bad: %s, %q\n", f.Rule, f.Excerpt)
		}
	}
}

func ExampleReview_minimising() {
	show("A tiny fraction of users could not log in.", "412 of 90,000 users could not log in.")
	// Output:
	// bad: minimising, "A tiny fraction of users"
	// good
}

func ExampleReview_blamingOthers() {
	show("This was caused by an outage at our payment provider.",
		"An outage at our payment provider stopped your orders. We had no second provider: that was our mistake.")
	// Output:
	// bad: blaming_others, "caused by an outage at our payment provider"
	// good
}

func ExampleReview_recordExcuse() {
	show("We have never had this problem before in 15 years.", "From today a second person checks every deletion.")
	// Output:
	// bad: record_excuse, "We have never had this problem before"
	// good
}

func ExampleReview_businessExcuse() {
	show("We are short-staffed, and I have a business to run.", "I will call you at 15:00 today.")
	// Output:
	// bad: business_excuse, "short-staffed"
	// bad: business_excuse, "have a business to run"
	// good
}

func ExampleReview_platitude() {
	show("Mistakes happen.", "Release 41 deleted your drafts; we restored them from last night's copy.")
	// Output:
	// bad: platitude, "Mistakes happen"
	// good
}

func ExampleReview_hedges() {
	show("Some customers may have experienced errors. We apologise for any inconvenience.",
		"Every customer in Europe saw errors from 10:02 to 10:40. We are sorry: your shops could not sell.")
	// Output:
	// bad: hedged_impact, "Some customers may have experienced"
	// bad: hedged_apology, "apologise for any inconvenience"
	// good
}

func ExampleReview_missing() {
	m := &candor.Message{Body: "Logins fail for everyone.", Status: "investigating"}
	for _, f := range candor.Review(m, nil) {
		fmt.Println("bad:", f.Rule)
	}
	m.Body += " Next update by 14:00 UTC. Reply to this mail to reach us."
	fmt.Println("findings:", len(candor.Review(m, nil)))

	m = &candor.Message{Body: "Logins work again.", Status: "resolved", Contact: "help@acme.example"}
	fmt.Println("bad:", candor.Review(m, nil)[0].Rule)
	m.Body = "We rolled back release 41: logins work again."
	fmt.Println("findings:", len(candor.Review(m, nil)))
	// Output:
	// bad: missing_contact
	// bad: missing_next_update
	// findings: 0
	// bad: resolution_without_action
	// findings: 0
}

func ExamplePromises() {
	at := time.Date(2026, 7, 14, 16, 40, 0, 0, time.UTC)
	text := "Still failing. We will provide another update by 11:30 PDT."
	for _, p := range candor.Promises(text, at, nil) {
		fmt.Println(p.At.UTC().Format(time.RFC3339), "from", text[p.Start:p.End])
	}
	// Output:
	// 2026-07-14T18:30:00Z from by 11:30 PDT
}

func ExampleElements() {
	fmt.Println(candor.Elements(&candor.Message{Body: "We are sorry: 214 backups were lost because of release 41."}))
	// Output:
	// [apology worst impact scope data_loss cause]
}
