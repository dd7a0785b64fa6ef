package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// export is a page of one incident that began at midnight.
func export(updates string) string {
	return `{"page":{"updated_at":"2026-02-01T00:00:00Z"},"incidents":[{"id":"a","name":"A","impact":"major","status":"resolved",` +
		`"created_at":"2026-01-01T00:00:00Z","started_at":"2026-01-01T00:00:00Z","incident_updates":[` + updates + `]}]}`
}

func only(t *testing.T, text string, args ...string) *card {
	t.Helper()
	code, out, _ := call(t, text, append([]string{"-format", "json"}, args...)...)
	require.Zero(t, code)
	var d document
	require.NoError(t, json.Unmarshal([]byte(out), &d))
	require.Len(t, d.Incidents, 1)
	return d.Incidents[0]
}

// What nobody could read is unknown, not bad.
func TestUnreadWordsAreNotCalledBad(t *testing.T) {
	t.Parallel()
	const bare = `{"id":"u2","status":"resolved","created_at":"2026-01-01T00:30:00Z"},{"id":"u1","status":"investigating","created_at":"2026-01-01T00:10:00Z"}`
	french := strings.NewReplacer(`"u2",`, `"u2","body":"Nous avons annulé le changement fautif.",`, `"u1",`, `"u1","body":"Les restaurations échouent.",`).Replace(bare)
	minimised := strings.Replace(bare, `"u2",`, `"u2","body":"Only a few customers were affected.",`, 1)
	for _, c := range []struct {
		name, updates, locale, grade, reason string
	}{
		{"other language", french, "fr", unknown, `does not know the language "fr"`},
		{"no words", bare, "en", unknown, "without its words"},
		{"bad words beside none", minimised, "en", poor, "minimising"},
		{"words", french, "en", poor, "no update says"}, // taken for English they lack everything
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := only(t, export(c.updates), "-locale", c.locale)
			assert.Equal(t, c.grade, got.Grades.Transparent)
			assert.Contains(t, strings.Join(got.Reasons["transparent"], "; "), c.reason)
			for _, r := range got.Requirements {
				if c.grade == unknown {
					assert.Empty(t, r.Missing, r.ID)
				}
			}
		})
	}
}

// An update without a time may have been the first word, or have kept a promise.
func TestAnUpdateWithoutATimeMakesTimesUnknown(t *testing.T) {
	t.Parallel()
	const said = `{"id":"u4","status":"resolved","body":"We rolled back.","created_at":"2026-01-01T05:00:00Z"},` +
		`{"id":"u2","status":"identified","body":"It was a change of ours."%s},` +
		`{"id":"u1","status":"investigating","body":"Restores fail. Next update by 00:30 UTC.","created_at":"2026-01-01T00:10:00Z"}`
	timed := only(t, export(strings.Replace(said, "%s", `,"created_at":"2026-01-01T02:00:00Z"`, 1)))
	got := only(t, export(strings.Replace(said, "%s", "", 1)))

	assert.Equal(t, 3, got.Updates)
	assert.Equal(t, 1, got.Untimed)
	assert.NotNil(t, timed.FirstWord)
	assert.Nil(t, got.FirstWord)
	assert.Nil(t, got.FirstPublic)
	assert.NotNil(t, timed.Silence)
	assert.Nil(t, got.Silence)
	assert.Equal(t, 1, timed.Promises.Broken)
	assert.Equal(t, []int{1, 0, 1}, []int{got.Promises.Made, got.Promises.Broken, got.Promises.Unknown})
	assert.Equal(t, []string{"monitoring"}, got.Skipped, "what it said of the status counts")
	assert.Equal(t, unknown, got.Grades.Quick)
	assert.Equal(t, unknown, got.Grades.Proactive)
	for _, r := range got.Requirements {
		assert.NotEqual(t, "breached", r.Status, r.ID)
	}
	code, text, _ := call(t, export(strings.Replace(said, "%s", "", 1)))
	assert.Zero(t, code)
	assert.Contains(t, text, "longest silence unknown")
}

// A file that ends too early is audited as far as it goes, and the exit code says so.
func TestATruncatedExportFails(t *testing.T) {
	t.Parallel()
	whole, err := os.ReadFile("testdata/incidents.json")
	require.NoError(t, err)
	code, _, _ := call(t, string(whole))
	assert.Zero(t, code)
	code, out, said := call(t, string(whole[:len(whole)-6]))
	assert.Equal(t, 1, code)
	assert.Contains(t, out, "totals: ")
	assert.NotContains(t, out, "totals: 0 incidents")
	assert.NotEmpty(t, said)
}
