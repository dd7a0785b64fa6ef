package statuspage_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/incident/statuspage"
)

// documents are what fuzzing begins with: the exports of testdata, and small
// documents with one feature each, which are quicker to change into something
// new. Fuzz with -fuzzminimizetime 10x: making each find as small as can be
// otherwise takes all of the time.
func documents(f *testing.F) [][]byte {
	f.Helper()
	var docs [][]byte
	for _, name := range []string{"good", "planned", "troubled"} {
		b, err := os.ReadFile(filepath.Join("testdata", name+".json"))
		require.NoError(f, err)
		docs = append(docs, b)
	}
	for _, doc := range []string{
		``,
		`[]`,
		`{}`,
		`{"page":{"id":"p","name":"n","url":"u","time_zone":"UTC"}}`,
		"\ufeff" + `{"incidents":[]}`,
		`{"incidents":[{}],"scheduled_maintenances":[{}]}`,
		`{"incidents":[{"id":"a"},{"id":"a"}]}`,
		`{"incidents":[{"id":"a"} {"id":"b"},,{"id":"c"},]} x`,
		`{"incidents":[{"id":"a"}},{"id":"b"}],}`,
		`{"incidents":[{"id":"a","name":nul},"b",5,null,[],{"id":"c","name":{"x":1,{"id":"d"}]}`,
		`{"incidents":[{"id":"a","name":"x},` + "\n" + `{"id":"b"}]}`,
		`{"incidents":[{"id":"a","name":"\u00e4\ud83d\"\\"`,
		`{"incidents":[{"id":"a","status":"resolved","impact":"critical","created_at":"2026-03-01T10:00:00Z","started_at":"2026-03-01T09:00:00Z","resolved_at":"2026-03-01T11:00:00Z"}]}`,
		`{"incidents":[{"id":"a","created_at":"2026-03-01 10:00","resolved_at":"2026-03-01T10:00:00"}]}`,
		`{"incidents":[{"id":"a","created_at":"2026-03-01T10:00:00+14:00","incident_updates":[{"status":"resolved","created_at":"2026-03-01T10:00:00-11:00"}]}]}`,
		`{"incidents":[{"id":"a","components":[{"code":"c","status":"major_outage"},{"id":"d","name":"D","status":"operational"},{"name":"E","status":"x"},{},7]}]}`,
		`{"incidents":[{"id":"a","incident_updates":[{"id":"u","status":"investigating","body":"x","created_at":"2026-03-01T10:00:00Z"},{"id":"v","status":"monitoring","body":"y","created_at":"2026-03-01T10:10:00Z"},{"id":"w","status":"identified","body":"z","created_at":"2026-03-01T10:20:00Z"}]}]}`,
		`{"incidents":[{"id":"a","incident_updates":[{"status":"resolved","body":"y","created_at":"2026-03-01T10:10:00Z"},{"status":"postmortem","body":"z","created_at":"2026-03-02T10:10:00Z"}]}]}`,
		`{"incidents":[{"id":"a","incident_updates":[{"status":"resolved","created_at":"2026-03-01T10:10:00Z","display_at":"2026-03-01T10:00:00Z"},{"status":"investigating","created_at":"2026-03-01T10:05:00Z","updated_at":"2026-03-01T10:06:00Z"}]}]}`,
		`{"incidents":[{"id":"a","incident_updates":[{"created_at":"2026-03-01T10:00:00Z","affected_components":[{"code":"c","name":"C","old_status":"operational","new_status":"partial_outage"}]}]}]}`,
		`{"scheduled_maintenances":[{"id":"a","status":"completed","scheduled_for":"2026-03-01T10:00:00Z","scheduled_until":"2026-03-01T11:00:00Z","incident_updates":[{"status":"scheduled","created_at":"2026-02-01T10:00:00Z"},{"status":"in_progress","created_at":"2026-03-01T10:00:00Z"},{"status":"verifying","created_at":"2026-03-01T10:50:00Z"},{"status":"completed","created_at":"2026-03-01T11:00:00Z"}]}]}`,
		`{"scheduled_maintenances":[{"id":"a","status":"in_progress","scheduled_for":"2026-03-01T12:00:00Z","scheduled_until":"2026-03-01T11:00:00Z"}]}`,
	} {
		docs = append(docs, []byte(doc))
	}
	return docs
}

func FuzzReadFoldsAndKnowsThePlace(f *testing.F) {
	for _, doc := range documents(f) {
		f.Add(doc)
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		export, problems := statuspage.Read(bytes.NewReader(doc), &statuspage.Options{File: "f"})
		for _, i := range export.Incidents {
			require.NotEmpty(t, i.ID)
			if events := i.Events(nil); len(events) > 0 {
				_, err := incident.FoldIncident(i.ID, events)
				require.NoError(t, err)
			}
		}
		lines := bytes.Split(doc, []byte{'\n'})
		for _, p := range problems {
			require.NotEmpty(t, p.Text)
			require.Positive(t, p.Line, p.String())
			require.LessOrEqual(t, p.Line, len(lines), p.String())
			require.Positive(t, p.Col, p.String())
			require.LessOrEqual(t, p.Col, len(lines[p.Line-1])+1, p.String())
		}
		if !json.Valid(bytes.TrimPrefix(doc, []byte("\ufeff"))) && len(export.Incidents) == 0 {
			require.NotEmpty(t, problems, "broken JSON from which nothing was read must be said")
		}
	})
}

func FuzzReadDoesNotCareForSpaces(f *testing.F) {
	for _, doc := range documents(f) {
		f.Add(doc)
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		if !json.Valid(doc) {
			t.Skip("what is broken is found again by its line breaks")
		}
		want, problems := statuspage.Read(bytes.NewReader(doc), nil)
		var compact, spread bytes.Buffer
		require.NoError(t, json.Compact(&compact, doc))
		require.NoError(t, json.Indent(&spread, doc, "\t", "  "))
		for _, other := range []*bytes.Buffer{&compact, &spread} {
			got, others := statuspage.Read(other, nil)
			require.Equal(t, want, got)
			require.Len(t, others, len(problems))
		}
	})
}
