package timetext_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/internal/timetext"
)

func TestForms(t *testing.T) {
	t.Parallel()
	zone := func(name string) *time.Location {
		loc, err := time.LoadLocation(name)
		require.NoError(t, err)
		return loc
	}
	at := time.Date(2026, 3, 1, 8, 57, 0, 0, time.UTC)
	for _, c := range []struct {
		name, language      string
		t                   time.Time
		format, short, zone string
		day, month          string
	}{
		{"English in UTC", "en", at, "Sunday 1 March 2026, 08:57 (UTC)", "1 March 2026, 08:57 UTC", "UTC", "Sunday 1 March 2026", "March 2026"},
		{"UTC by its other name", "en", at.In(zone("Etc/UTC")), "Sunday 1 March 2026, 08:57 (UTC)", "1 March 2026, 08:57 UTC", "UTC", "Sunday 1 March 2026", "March 2026"},
		{
			"German in Berlin", "de", at.In(zone("Europe/Berlin")), "Sonntag, 1. März 2026, 09:57 Uhr (Europe/Berlin, UTC+01:00)",
			"1. März 2026, 09:57 Uhr (CET)", "Europe/Berlin, UTC+01:00", "Sonntag, 1. März 2026", "März 2026",
		},
		{
			"a zone without a short name", "en", at.In(zone("America/Sao_Paulo")), "Sunday 1 March 2026, 05:57 (America/Sao_Paulo, UTC-03:00)",
			"1 March 2026, 05:57 UTC-03:00", "America/Sao_Paulo, UTC-03:00", "Sunday 1 March 2026", "March 2026",
		},
		{
			"a language without a form", "fr", at.In(zone("Asia/Kolkata")), "2026-03-01 14:27 (Asia/Kolkata, UTC+05:30)",
			"2026-03-01 14:27 IST", "Asia/Kolkata, UTC+05:30", "2026-03-01", "2026-03",
		},
	} {
		assert.Equal(t, c.format, timetext.Format(c.language, c.t), c.name)
		assert.Equal(t, c.short, timetext.Short(c.language, c.t), c.name)
		assert.Equal(t, c.zone, timetext.Zone(c.t), c.name)
		assert.Equal(t, c.day, timetext.Day(c.language, c.t), c.name)
		assert.Equal(t, c.month, timetext.Month(c.language, c.t), c.name)
	}
}

func TestZones(t *testing.T) {
	t.Parallel()
	var z timetext.Zones
	assert.Equal(t, "Europe/Berlin", z.Load("Europe/Berlin").String())
	assert.Same(t, z.Load("Europe/Berlin"), z.Load("Europe/Berlin"))
	for _, name := range []string{"", "Local", "Nowhere/Atall", "../etc/passwd"} {
		assert.Same(t, time.UTC, z.Load(name), name)
	}
}
