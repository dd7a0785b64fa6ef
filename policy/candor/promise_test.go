package candor_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/policy/candor"
)

func TestPromises(t *testing.T) {
	t.Parallel()
	la, err := time.LoadLocation("America/Los_Angeles")
	require.NoError(t, err)
	at := time.Date(2026, 7, 14, 16, 40, 0, 0, time.UTC) // a Tuesday, 09:40 in Los Angeles
	for _, c := range []struct {
		text, words, due string // due in UTC
		loc              *time.Location
	}{
		{"Next update in 30 minutes.", "in 30 minutes", "14 17:10", nil},
		{"Next update in 30m", "in 30m", "14 17:10", nil},
		{"We will post another update within the next two hours.", "within the next two hours", "14 18:40", nil},
		{"Next update in 20-30 minutes.", "in 20-30 minutes", "14 17:10", nil},
		{"We will provide an update within the hour.", "within the hour", "14 17:40", nil},
		{"We will post updates every half hour.", "every half hour", "14 17:10", nil},
		{"We will report back by 18:00.", "by 18:00", "14 18:00", nil},
		{"We will provide more information by 11:30.", "by 11:30", "14 18:30", la},
		{"We will provide more information by 11:30 US/Pacific with details.", "by 11:30 US/Pacific", "14 18:30", nil},
		{"We will provide another status update by Wednesday, 2026-07-15 02:00\nUS/Pacific with details.", "by Wednesday, 2026-07-15 02:00\nUS/Pacific", "15 09:00", nil},
		{"Next update: 14:00 PDT", "14:00 PDT", "14 21:00", nil},
		{"Next update by 6:30 pm UTC.", "by 6:30 pm UTC", "14 18:30", nil},
		{"Next update by 7pm CEST.", "by 7pm CEST", "14 17:00", nil},
		{"Next update at 1900 UTC.", "at 1900 UTC", "14 19:00", nil},
		{"Next update at 19:00 (UTC+2).", "at 19:00 (UTC+2", "14 17:00", nil},
		{"We will share an update tomorrow at 09:00 UTC.", "tomorrow at 09:00 UTC", "15 09:00", nil},
		{"We will share an update by tomorrow 09:00 UTC.", "by tomorrow 09:00 UTC", "15 09:00", nil},
		{"The next update comes on Friday.", "on Friday", "18 00:00", nil},
		{"We will publish a report by 17 July 2026.", "by 17 July 2026", "18 00:00", nil},
		{"We will send details by July 17, 12:00 UTC.", "by July 17, 12:00 UTC", "17 12:00", nil},
		{"By 18:00 UTC we will write again with an update.", "By 18:00 UTC", "14 18:00", nil},
		{"We will provide an update on the fix by 18:00 UTC.", "by 18:00 UTC", "14 18:00", nil},
		{"Nächstes Update um 18:30 Uhr.", "um 18:30 Uhr", "14 18:30", nil},
		{"Wir melden uns in 45 Minuten.", "in 45 Minuten", "14 17:25", nil},
		{"We will provide an update by 16:20 UTC.", "by 16:20 UTC", "14 16:20", nil}, // just passed: the word came late
		{"We will provide an update by 08:00 UTC.", "by 08:00 UTC", "15 08:00", nil},
		{"We will update you shortly.", "", "", nil},
		{"We expect full recovery in 2 hours, more updates will be coming soon.", "", "", nil},
		{"The fix will be deployed by 18:00 UTC.", "", "", nil},
		{"At 16:15 UTC we updated the status page.", "", "", nil},
		{"We updated the configuration at 16:15 UTC.", "", "", nil},
		{"Our provider will provide us with the next update by 18:00 UTC.", "", "", nil},
		{"We will publish a report by 1 December 2026.", "", "", nil}, // beyond one named week
		{"We will provide an update by 25:99 UTC.", "", "", nil},
	} {
		t.Run(c.text, func(t *testing.T) {
			t.Parallel()
			got := candor.Promises(c.text, at, c.loc)
			if c.words == "" {
				require.Empty(t, got)
				return
			}
			require.Len(t, got, 1)
			require.Equal(t, c.words, c.text[got[0].Start:got[0].End])
			require.Equal(t, c.due, got[0].At.UTC().Format("02 15:04"))
		})
	}
}

func TestPromisesKeepOrderAndNameEachTimeOnce(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 7, 14, 16, 40, 0, 0, time.UTC)
	got := candor.Promises("Next update by 17:10 UTC. We will post again in 30 minutes. Another update by 20:00 UTC.", at, nil)
	require.Len(t, got, 2)
	require.Equal(t, "17:10", got[0].At.UTC().Format("15:04"))
	require.Equal(t, "20:00", got[1].At.UTC().Format("15:04"))
}
