package policy_test

import (
	"fmt"
	"time"

	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/policy"
)

func ExampleLoad() {
	_, err := policy.Load("house.yaml", []byte(`
name: house
communication:
  - id: first-word
    act: first_notise
    within: 10m
    to: [afected]
`))
	fmt.Println(err)
	// Output:
	// policy: 1 mistake found
	// house.yaml:5:10: "first_notise" is unknown: want first_notice, update, status_change, reopening, resolution, explanation, correction, ask_verdict, acknowledge, answer, keep_promise or compensate (did you mean first_notice?)
}

func ExampleCompile() {
	p := &policy.Policy{
		Name: "house",
		Communication: []policy.Rule{{
			ID: "first-word", Act: policy.ActFirstNotice, Because: "silence is filled with the worst",
			Within: policy.Span{Duration: 10 * time.Minute}, To: []incident.Audience{incident.AudiencePublic},
		}},
	}
	c, err := policy.Compile(p, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	opened := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	d := c.Decide(opened.Add(12*time.Minute), &policy.Facts{Incident: &incident.Incident{
		ID: "inc-1", Opened: opened, Status: incident.StatusDetected, Severity: incident.SeverityMajor,
	}})
	why, _ := d.Explain("first-word")
	fmt.Println(why.Staff)
	fmt.Println(why.Customer)
	// Output:
	// first-word is open: nothing was published for public yet. Due 2026-03-02 10:10:00 UTC, counted from 2026-03-02 10:00:00 UTC. It was late. The rule is there because silence is filled with the worst.
	// We are late: we should have managed to tell you what is happening by 2026-03-02 10:10:00 UTC.
}

func ExampleDefault() {
	c, err := policy.Default()
	if err != nil {
		fmt.Println(err)
		return
	}
	r := c.Rules()[0]
	fmt.Println(c.Name(), r.ID, "within", r.Within, r.Cites)
	// Output: amends-default first-word within 30m [R33 R34 R37 R38]
}

func ExampleFromPin() {
	c, err := policy.Default()
	if err != nil {
		fmt.Println(err)
		return
	}
	pin := c.Pin() // as the opening event of a record keeps it
	again, err := policy.FromPin(pin)
	fmt.Println(again.Name(), again.Version(), err)
	// Output: amends-default 1 <nil>
}

func ExampleParseSpan() {
	for _, text := range []string{"90m", "2 business days in office", "1 fortnight"} {
		s, err := policy.ParseSpan(text)
		fmt.Println(s, err)
	}
	// Output:
	// 1h30m <nil>
	// 2 business days in office <nil>
	// 0s "1 fortnight" is no time: want for example 10m, 36h, 3d, 2 business days or 1 month, at most ten years
}
