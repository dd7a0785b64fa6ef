package notify_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/notify"
)

func TestDataTime(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, time.March, 2, 14, 30, 0, 123456000, time.FixedZone("CET", 3600))
	for _, c := range []struct {
		name, text string
		want       time.Time
		bad        bool
	}{
		{"written", notify.FormatDataTime(at), at.UTC(), false},
		{"nobody knows", notify.FormatDataTime(time.Time{}), time.Time{}, false},
		{"by hand, with an offset", "2026-03-02T14:30:00+01:00", time.Date(2026, time.March, 2, 13, 30, 0, 0, time.UTC), false},
		{"no time", "secret-4711", time.Time{}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := notify.ParseDataTime(c.text)
			if c.bad {
				require.Error(t, err)
				assert.NotContains(t, err.Error(), "4711")
				return
			}
			require.NoError(t, err)
			assert.True(t, c.want.Equal(got), "%v", got)
		})
	}
}

func TestDataList(t *testing.T) {
	t.Parallel()
	parts := []notify.DataComponent{{ID: "api", Name: "API", Degree: "down", Status: "major_outage", Was: "operational"}, {ID: "web", Name: "Web \"x\"\n"}}
	said := []notify.DataUpdate{{ID: "s-1", Status: "identified", Kind: "update", Body: "We know.", Said: time.Date(2026, time.March, 2, 13, 30, 0, 0, time.UTC)}}

	text, err := notify.FormatDataList(parts)
	require.NoError(t, err)
	gotParts, err := notify.ParseDataList[notify.DataComponent](text)
	require.NoError(t, err)
	assert.Equal(t, parts, gotParts)

	text, err = notify.FormatDataList(said)
	require.NoError(t, err)
	gotSaid, err := notify.ParseDataList[notify.DataUpdate](text)
	require.NoError(t, err)
	assert.Equal(t, said, gotSaid)

	text, err = notify.FormatDataList[notify.DataUpdate](nil)
	require.NoError(t, err)
	assert.Empty(t, text)
	none, err := notify.ParseDataList[notify.DataUpdate](text)
	require.NoError(t, err)
	assert.Empty(t, none)

	_, err = notify.ParseDataList[notify.DataUpdate](`[{"said":"secret-4711"}]`)
	require.Error(t, err)
	assert.NotContains(t, err.Error(), "4711")
	_, err = notify.FormatDataList([]notify.DataUpdate{{Said: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}})
	require.Error(t, err)
}
