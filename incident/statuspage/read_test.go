package statuspage_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/incident/statuspage"
)

var update = flag.Bool("update", false, "write golden files")

func open(t *testing.T, name string) *os.File {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", name))
	require.NoError(t, err)
	t.Cleanup(func() { _ = f.Close() })
	return f
}

func TestGolden(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"good", "planned", "troubled"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			export, problems := statuspage.Read(open(t, name+".json"), &statuspage.Options{File: name + ".json"})
			var b bytes.Buffer
			for _, i := range export.Incidents {
				events := i.Events(nil)
				fmt.Fprintf(&b, "%s: %d updates, %d events\n", i.ID, len(i.Updates), len(events))
				for _, e := range events {
					raw, err := json.Marshal(e.Data)
					require.NoError(t, err)
					fmt.Fprintf(&b, "  %s %s %s %s\n", e.ID(), e.At.Format(time.RFC3339), e.Data.Kind(), raw)
				}
				if len(events) > 0 {
					_, err := incident.FoldIncident(i.ID, events)
					require.NoError(t, err)
				}
			}
			for _, p := range problems {
				fmt.Fprintln(&b, p)
			}
			golden := filepath.Join("testdata", name+".golden")
			if *update {
				require.NoError(t, os.WriteFile(golden, b.Bytes(), 0o600))
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err)
			require.Equal(t, string(want), b.String())
		})
	}
}

func TestViewOfAnExport(t *testing.T) {
	t.Parallel()
	export, problems := statuspage.Read(open(t, "good.json"), nil)
	require.Empty(t, problems)
	require.Equal(t, statuspage.Page{ID: "pg1", Name: "Acme", URL: "https://status.acme.example", TimeZone: "Etc/UTC"}, export.Page)
	i := export.Incidents[0]
	due := time.Date(2026, 3, 1, 10, 45, 0, 0, time.UTC)
	v, err := incident.FoldIncident(i.ID, i.Events(&statuspage.EventOptions{
		Space: "acme",
		NextUpdate: func(body string, _ time.Time) *incident.Moment {
			if strings.Contains(body, "10:45") {
				return &incident.Moment{At: due}
			}
			return nil
		},
	}))
	require.NoError(t, err)
	assert.Equal(t, incident.StatusResolved, v.Status)
	assert.Equal(t, incident.SeverityMajor, v.Severity)
	assert.Equal(t, 1, v.Round, "monitoring and then identified: it went back")
	assert.Equal(t, time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC), v.Opened)
	require.Len(t, v.Statements, 5)
	assert.Equal(t, "2026-03-01T10:12:00Z", v.FirstPublished().Published.Format(time.RFC3339))
	assert.Equal(t, incident.PurposeReopening, v.Statements[2].Purpose)
	assert.Equal(t, incident.PurposeExplanation, v.Statements[4].Purpose)
	require.Len(t, v.Promises, 1)
	assert.Equal(t, 1, v.Promises[0].Broken)
	assert.Equal(t, incident.Degree(""), v.Components[0].Degree, "operational again")
}

func TestBrokenFilesKeepWhatCanBeRead(t *testing.T) {
	t.Parallel()
	one := func(id string) string {
		return `{"id":"` + id + `","name":"n","status":"resolved","impact":"minor","created_at":"2026-03-01T10:00:00Z","incident_updates":[]}`
	}
	for _, c := range []struct {
		name, body string
		ids        []string
		problem    string
		line, col  int
	}{
		{"empty", "", nil, "not the body of incidents.json", 1, 1},
		{"no list", `{"page":{}}`, nil, "neither", 1, 11},
		{"a list outside", "[]", nil, "not the body of incidents.json", 1, 1},
		{"not a list", `{"incidents":{"a":1}}`, nil, "not a list", 1, 14},
		{"ends in the list", `{"incidents":[` + one("a") + `,`, []string{"a"}, "the file ends within the list", 1, 132},
		{"ends in an incident", `{"incidents":[` + one("a") + ",\n" + `{"id":"b","na`, []string{"a"}, "unexpected end", 2, 13},
		{"bad value", `{"incidents":[` + "\n" + `{"id":"a","name":nul},` + one("b") + `]}`, []string{"b"}, "broken JSON", 2, 21},
		{"open string", `{"incidents":[` + "\n" + `{"id":"a","name":"x},` + "\n" + one("b") + `]}`, []string{"b"}, "broken JSON", 2, 22},
		{"bracket missing", `{"incidents":[{"id":"a","name":{"x":1,` + one("b") + "," + one("c") + `]}`, []string{"b", "c"}, "broken JSON", 1, 39},
		{"byte order mark", "\ufeff" + `{"incidents":[` + one("a") + `]}`, []string{"a"}, "", 0, 0},
		{"stray bracket", `{"incidents":[` + one("a") + `},` + one("b") + `]}`, []string{"a", "b"}, "stands where an incident should", 1, 131},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			export, problems := statuspage.Read(strings.NewReader(c.body), nil)
			var ids []string
			for _, i := range export.Incidents {
				ids = append(ids, i.ID)
			}
			assert.Equal(t, c.ids, ids, "%v", problems)
			if c.problem == "" {
				require.Empty(t, problems)
				return
			}
			require.NotEmpty(t, problems)
			assert.Contains(t, problems[0].Text, c.problem)
			assert.Equal(t, [2]int{c.line, c.col}, [2]int{problems[0].Line, problems[0].Col}, problems[0].String())
		})
	}
}

func TestZone(t *testing.T) {
	t.Parallel()
	zone := time.FixedZone("", -8*3600)
	export, _ := statuspage.Read(open(t, "troubled.json"), &statuspage.Options{Zone: zone})
	for _, i := range export.Incidents {
		if i.ID == "t2" {
			require.Equal(t, time.Date(2026, 3, 1, 18, 0, 0, 0, time.UTC), i.First())
			return
		}
	}
	require.Fail(t, "t2 was not read")
}

func BenchmarkRead(b *testing.B) {
	body, err := os.ReadFile(filepath.Join("testdata", "good.json"))
	require.NoError(b, err)
	b.ReportAllocs()
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		statuspage.Read(bytes.NewReader(body), nil)
	}
}
