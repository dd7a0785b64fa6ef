package customerpage_test

import (
	"time"

	"github.com/amends-dev/amends/incident"
)

// start is when the stories of the tests begin; now is when their pages are looked at.
var (
	start = time.Date(2026, 3, 2, 8, 15, 0, 0, time.UTC)
	now   = start.Add(6 * time.Hour)
)

func hours(n float64) time.Time { return start.Add(time.Duration(n * float64(time.Hour))) }

func due(n float64) *incident.Moment { return &incident.Moment{At: hours(n)} }

// viewOf is a view of one customer; views change what they are about.
func viewOf(change func(*incident.CustomerView)) incident.CustomerView {
	v := incident.CustomerView{
		Space: "acme", Record: "inc-7", Customer: "c-31", Locale: "en", Zone: "Europe/Berlin", At: now,
		Title: "Backups fail without a word", Status: incident.StatusInvestigating, Opened: start,
		Person: "Ada Example", Contact: "+49 30 5550 100, or answer our last message",
	}
	if change != nil {
		change(&v)
	}
	return v
}

// minimal is the first minute: nothing is known, and the page says so.
func minimal() incident.CustomerView {
	return viewOf(func(v *incident.CustomerView) {
		v.Status, v.Title, v.Person, v.Zone = incident.StatusDetected, "Logins fail", "", ""
		v.Contact = ""
	})
}

// full is an incident with everything in it that a page can show.
func full() incident.CustomerView {
	return viewOf(func(v *incident.CustomerView) {
		v.Status, v.Round, v.DataLoss = incident.StatusIdentified, 2, true
		v.Components = []string{"Backup", "Restore"}
		v.Scope = "Version 2.0 to 2.0.4, accounts in the region eu-1"
		v.Since = hours(0)
		v.Next = due(7)
		v.Impact = &incident.CustomerImpact{
			Degree:  incident.DegreeDown,
			Windows: []incident.Window{{From: hours(0), To: hours(2.25)}, {From: hours(2), To: hours(3)}, {From: hours(5)}},
			Objects: []string{"server web-3", "server db-1"},
			Why:     "Your servers ran version 2.0.2, which drops files whose names hold an accent.\n\nOther versions do not.",
			ResidualLoss: "Files that were changed on 2 March between 08:15 and 11:15:\n" +
				"- orders.csv on web-3\n- 14 pictures on web-3",
		}
		v.Said = []incident.CustomerStatement{
			{ID: "inc-7.21", Purpose: incident.PurposeAnswer, Published: hours(5.5), Person: "Ada Example", Body: "Yes, your nightly backup of 1 March is complete: we have read every file of it."},
			{ID: "inc-7.18", Purpose: incident.PurposeCorrection, Subject: "Correction: versions concerned", Published: hours(4), Person: "Ada Example", Body: "Versions 2.0 to 2.0.4 are concerned, not 2.0.4 alone.\n\nWe are sorry that our first word was wrong."},
			{ID: "inc-7.12", Purpose: incident.PurposeUpdate, Subject: "Still looking", Published: hours(3), Body: "never shown", Withdrawn: hours(3.5)},
			{ID: "inc-7.9", Purpose: incident.PurposeUpdate, Subject: "What we know", Published: hours(1), Person: "Ada Example", CorrectedBy: "inc-7.18", Body: "Version 2.0.4 is concerned.\nUpdate to 2.4.3:\n- open the menu\n- choose “Check for updates”\n> We lost your backup.\nThat is what it is."},
			{ID: "inc-7.3", Purpose: incident.PurposeHolding, Published: hours(0.25), Body: "We know that backups fail and are looking for the cause."},
		}
		v.Requests = []incident.CustomerRequest{
			{ID: "inc-7.14", State: "Version 2.4.3 or newer runs on every server", Steps: []string{"Open the menu", "Choose “Check for updates”"}, Consequence: "New backups may lose files.", Due: due(30)},
			{ID: "inc-7.15", State: "We may read the log of web-3", Consent: true, Due: due(5)},
			{ID: "inc-7.16", State: "The password of the backup user is new", Done: hours(4.5)},
		}
		v.Promises = []incident.CustomerPromise{
			{Kind: incident.PromiseCallBack, What: "Ada calls you", Due: *due(2), Kept: hours(1.5)},
			{Kind: incident.PromiseFix, What: "Version 2.4.4", Due: *due(4), Kept: hours(5), Broken: 1},
			{Kind: incident.PromiseAnswer, What: "Whether orders.csv can be restored", Due: *due(5), Broken: 2},
			{Kind: incident.PromisePrevention, What: "Every release is tested with names that hold accents", Due: *due(700)},
		}
		v.Reports = []incident.CustomerReport{
			{
				ID: "inc-7~c-31.2", Kind: incident.ReportFailure, Words: "The backup of web-3 says 0 files.\n\nIs my data gone?", Received: hours(0.5), Since: hours(0.1), Answered: hours(5.5), Asked: true,
				Thread: []incident.CustomerEntry{
					{Text: "It is db-1 as well.", At: hours(0.75)},
					{Ours: true, Text: "Which version does db-1 run?", At: hours(1)},
				},
			},
			{ID: "inc-7~c-31.7", Kind: incident.ReportComplaint, Erased: true, Received: hours(2), AnswerBy: hours(5), Thread: []incident.CustomerEntry{{Erased: true, At: hours(2.5)}}},
		}
		v.Awards = []incident.CustomerAward{
			{Amount: "€120.00", Why: []string{"25 % of €480.00, for less than 99 % in March", "doubled, since it hit you twice within 7 days"}, Paid: true},
			{Amount: "a person of ours restores your files with you", Why: []string{"files are lost"}},
		}
		v.Verdict = &incident.CustomerVerdict{Opinion: incident.OpinionBroken, Satisfaction: 2, Words: "Still 0 files.", At: hours(4)}
	})
}

// alone is a question that belongs to no incident.
func alone() incident.CustomerView {
	return viewOf(func(v *incident.CustomerView) {
		v.Record, v.Title, v.Status = "case-4", "", incident.StatusOpen
		v.Reports = []incident.CustomerReport{{ID: "case-4.2", Kind: incident.ReportQuestion, Words: "Does the backup hold my calendar too?", Received: hours(1), AnswerBy: hours(9)}}
		v.Next = due(9)
	})
}

// resolved is held fixed, and the customer has not said yet whether it is.
func resolved() incident.CustomerView {
	return viewOf(func(v *incident.CustomerView) {
		v.Status, v.Judge, v.Since = incident.StatusResolved, true, hours(0)
		v.Impact = &incident.CustomerImpact{Degree: incident.DegreeDegraded, Windows: []incident.Window{{From: hours(0), To: hours(4)}}, Why: "Your account is in the region eu-1."}
		v.Said = []incident.CustomerStatement{{ID: "inc-7.30", Purpose: incident.PurposeResolution, Subject: "Backups run again", Published: hours(4.5), Person: "Ada Example", Body: "Version 2.4.4 repairs it. All backups of today have been run again."}}
		v.Promises = []incident.CustomerPromise{{Kind: incident.PromiseFix, What: "Version 2.4.4", Due: *due(6), Kept: hours(4)}}
	})
}

// settled is over: told, judged, paid.
func settled() incident.CustomerView {
	return viewOf(func(v *incident.CustomerView) {
		v.Status, v.Since, v.At = incident.StatusClosed, hours(0), hours(200)
		v.Impact = &incident.CustomerImpact{Degree: incident.DegreeExposed, Windows: []incident.Window{{From: hours(0), To: hours(49.2)}}, Why: "Your account is in the region eu-1."}
		v.Awards = []incident.CustomerAward{
			{Amount: "€12.50", Why: []string{"10 % of €125.00"}, Paid: true},
			{Amount: "one month free", Why: []string{"a gesture"}, Paid: true},
		}
		v.Verdict = &incident.CustomerVerdict{Opinion: incident.OpinionFixed, Satisfaction: 5, Words: "Thank you.", At: hours(60)}
	})
}
