package statuspage_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/incident/statuspage"
)

func one(t *testing.T, updates string) (*statuspage.Incident, string) {
	t.Helper()
	const head = `{"incidents":[{"id":"a","name":"A","impact":"minor","status":"resolved","created_at":"2026-01-01T00:00:00Z","incident_updates":[`
	export, problems := statuspage.Read(strings.NewReader(head+updates+`]}]}`), nil)
	require.Len(t, export.Incidents, 1)
	var said []string
	for _, p := range problems {
		said = append(said, p.String())
	}
	return export.Incidents[0], strings.Join(said, "\n")
}

// Nobody can read words before they are shown, nor before they are written.
func TestTheLaterTimeCounts(t *testing.T) {
	t.Parallel()
	at := func(hour int) string { return fmt.Sprintf("2026-01-01T%02d:00:00Z", hour) }
	for _, c := range []struct {
		name           string
		created, shown int
		problem        string
	}{
		{"shown later", 2, 5, "3h0m0s after it was created"},
		{"backdated", 5, 2, "3h0m0s before it was created"},
		{"at once", 5, 5, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			i, said := one(t, fmt.Sprintf(`{"id":"u","status":"resolved","body":"x","created_at":%q,"display_at":%q}`, at(c.created), at(c.shown)))
			require.Len(t, i.Updates, 1)
			assert.Equal(t, 5*time.Hour, i.Updates[0].At.Sub(i.Created))
			if c.problem == "" {
				assert.Empty(t, said)
			} else {
				assert.Contains(t, said, c.problem)
			}
		})
	}
}

func TestUntimedUpdatesAreKept(t *testing.T) {
	t.Parallel()
	i, said := one(t, `{"id":"u3","status":"resolved","body":"c","created_at":"2026-01-01T00:30:00Z"},{"id":"u2","status":"identified","body":"b"},{"id":"u1","status":"investigating","body":"a","created_at":"nope"}`)
	require.Len(t, i.Updates, 1)
	require.Len(t, i.Untimed, 2)
	assert.Equal(t, "u1", i.Untimed[0].ID)
	assert.Equal(t, "b", i.Untimed[1].Body)
	assert.Contains(t, said, "stays unknown")
}

func TestTruncated(t *testing.T) {
	t.Parallel()
	const whole = `{"incidents":[{"id":"a","name":"A","impact":"minor","status":"resolved","created_at":"2026-01-01T00:00:00Z","incident_updates":[]}]}`
	for _, c := range []struct {
		name, text string
		want       bool
	}{
		{"whole", whole, false},
		{"a broken incident in it", strings.Replace(whole, `"name":"A",`, `"name":"A",,`, 1), false},
		{"within the object", whole[:len(whole)-1], true},
		{"within the list", whole[:len(whole)-2], true},
		{"within an incident", whole[:len(whole)-20], true},
		{"nothing", "", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			export, problems := statuspage.Read(strings.NewReader(c.text), nil)
			assert.Equal(t, c.want, export.Truncated)
			if c.want {
				assert.NotEmpty(t, problems)
			}
		})
	}
}
