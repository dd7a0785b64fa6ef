package notify

import "time"

// Sample returns data for each of the library's kinds, with every field filled,
// for [Templates.Check], previews and tests. Names and figures are invented. The
// caller owns the result.
func Sample() map[string]*Data {
	at := time.Date(2026, time.March, 2, 13, 30, 0, 0, time.UTC)
	samples := make(map[string]*Data, len(required))
	for kind := range required {
		samples[kind] = &Data{
			Brand: "Example Backups", Name: "Ada Example", Customer: "Example Bakery",
			Person: "Sam Sample", Contact: "sam@example.com",
			Title:      "Restores fail",
			Body:       "Restores fail since an update of ours. Your backups are intact.",
			Status:     "cause found",
			Components: []string{"Restore", "API"},
			Own:        []string{"3 restores of yours failed", "no backup of yours is lost"},
			Why:        "your vault is on the cluster that got the update first",
			Steps:      []string{"Start the 3 restores again after the next update."},
			Lost:       []string{"comments written on 2 March between 9:00 and 9:20"},
			Earlier:    "No restore is affected.",
			Since:      at.Add(-2 * time.Hour), NextUpdate: at.Add(time.Hour),
			AnswerBy: at.Add(4 * time.Hour), Due: at.Add(30 * time.Minute), Zone: "Europe/Berlin",
			Report: "My restore sits at 0 %.\nThe blog is down.", ReportedAt: at, ReportedSince: at.Add(-90 * time.Minute),
			Link: "https://status.example.com/i/1", CorrectLink: "https://status.example.com/r/1",
			Unsubscribe: "https://status.example.com/u/1",
			Awards: []AwardLine{
				{Amount: "€12.50 credit", Why: []string{"25 % of your monthly fee of €50.00: you were down for 2 h 10 min"}},
				{Amount: "one free month", Why: []string{"it hit you twice within 7 days"}},
			},
			Total:  "€62.50",
			Reason: "The next update to customers is due and nobody has written it.",
			Extra:  map[string]string{},
		}
	}
	return samples
}
