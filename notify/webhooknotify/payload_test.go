package webhooknotify_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/notify/webhooknotify"
)

var update = flag.Bool("update", false, "write the golden files")

var page = webhooknotify.Page{ID: "page-1", Documentation: "https://status.example.com/webhooks"}

// at is a time of the story that the payloads tell.
func at(hour, minute int) time.Time {
	return time.Date(2026, time.March, 2, hour, minute, 0, 0, time.UTC)
}

func dataList[T notify.DataComponent | notify.DataUpdate](t testing.TB, list ...T) string {
	t.Helper()
	text, err := notify.FormatDataList(list)
	require.NoError(t, err)
	return text
}

// known is a delivery of which everything is known.
func known(t testing.TB) *notify.Delivery {
	t.Helper()
	d := delivery("https://hooks.example/")
	d.Message.Unsubscribe = "https://status.example.com/u/1"
	d.Message.Data = map[string]string{
		notify.DataRecord: "incident-1", notify.DataStatement: "incident-1.4", notify.DataTitle: "Restores fail",
		notify.DataBody: "We found the cause.", notify.DataStatus: "identified", notify.DataSeverity: "major",
		notify.DataLink: "https://status.example.com/incidents/incident-1", notify.DataSaid: notify.FormatDataTime(at(14, 30)),
		notify.DataOpened: notify.FormatDataTime(at(13, 30)), notify.DataBegan: notify.FormatDataTime(at(13, 10)),
		notify.DataComponents: dataList(t,
			notify.DataComponent{ID: "restore", Name: "Restore", Degree: "down", Was: "degraded_performance"},
			notify.DataComponent{ID: "api", Name: "API"}),
		notify.DataUpdates: dataList(t,
			notify.DataUpdate{ID: "incident-1.4", Status: "identified", Body: "itself, which is no earlier one"},
			notify.DataUpdate{ID: "incident-1.2", Status: "detected", Kind: notify.KindHolding, Body: "We know of it.", Said: at(13, 35)}),
	}
	return d
}

// TestPayloads compares whole payloads. Run with -update after a deliberate change.
func TestPayloads(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		change func(d *notify.Delivery)
	}{
		{"incident", func(*notify.Delivery) {}},
		{"minimal", func(d *notify.Delivery) { d.Message.Data, d.Message.Unsubscribe = nil, "" }},
		{"fixed", func(d *notify.Delivery) {
			d.Message.Kind = notify.KindResolution
			d.Message.Data[notify.DataStatus], d.Message.Data[notify.DataBody] = "resolved", "Restores work again."
			d.Message.Data[notify.DataFixed] = notify.FormatDataTime(at(14, 20))
		}},
		{"explained", func(d *notify.Delivery) {
			d.Message.Kind = notify.KindExplanation
			d.Message.Data[notify.DataStatus], d.Message.Data[notify.DataBody] = "closed", "An update of ours dropped a table."
			d.Message.Data[notify.DataFixed], d.Message.Data[notify.DataMonitoring] = notify.FormatDataTime(at(14, 20)), notify.FormatDataTime(at(14, 0))
			d.Message.Data[notify.DataPageIndicator] = "none"
		}},
		{"planned", func(d *notify.Delivery) {
			d.Message.Kind = notify.KindAnnouncement
			d.Message.Data[notify.DataStatus], d.Message.Data[notify.DataSeverity] = "in_progress", ""
			d.Message.Data[notify.DataPlannedFrom], d.Message.Data[notify.DataPlannedTill] = notify.FormatDataTime(at(22, 0)), notify.FormatDataTime(at(23, 0))
			d.Message.Data[notify.DataUpdates] = ""
		}},
		{"component", func(d *notify.Delivery) {
			d.Message.Kind = webhooknotify.KindComponent
			d.Message.Data[notify.DataComponents] = `[{"id":"restore","name":"Restore","status":"operational","was":"major_outage"}]`
			d.Message.Data[notify.DataPageIndicator], d.Message.Data[notify.DataPageStatus] = "minor", "Some uploads are slow"
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := known(t)
			c.change(d)
			e, err := webhooknotify.StatuspageEvent(d, page)
			require.NoError(t, err)
			got, err := json.MarshalIndent(e, "", "  ")
			require.NoError(t, err)
			got = append(got, '\n')
			file := filepath.Join("testdata", c.name+".golden.json")
			if *update {
				require.NoError(t, os.WriteFile(file, got, 0o600))
			}
			want, err := os.ReadFile(file)
			require.NoError(t, err)
			assert.Equal(t, string(want), string(got))
			zulip(t, got)
			enums(t, got)
		})
	}
}

// zulip reads a payload as Zulip's integration for Statuspage does: what it asks for must be there, as a string.
func zulip(t *testing.T, payload []byte) {
	t.Helper()
	var e map[string]map[string]any
	require.NoError(t, json.Unmarshal(payload, &e))
	assert.IsType(t, "", e["page"]["status_description"])
	switch {
	case e["incident"] != nil:
		assert.IsType(t, "", e["incident"]["name"])
		assert.IsType(t, "", e["incident"]["status"])
		updates, ok := e["incident"]["incident_updates"].([]any)
		require.True(t, ok)
		first, ok := updates[0].(map[string]any)
		require.True(t, ok)
		assert.IsType(t, "", first["body"])
	case e["component"] != nil:
		assert.IsType(t, "", e["component"]["name"])
		assert.IsType(t, "", e["component_update"]["old_status"])
		assert.IsType(t, "", e["component_update"]["new_status"])
	default:
		t.Error("neither an incident nor a component")
	}
}

// enums checks every status in a payload against those that Statuspage knows.
func enums(t *testing.T, payload []byte) {
	t.Helper()
	incident := []string{"investigating", "identified", "monitoring", "resolved", "postmortem", "scheduled", "in_progress", "verifying", "completed"}
	component := []string{"operational", "degraded_performance", "partial_outage", "major_outage", "under_maintenance"}
	impact := []string{"none", "minor", "major", "critical", "maintenance"}
	allowed := map[string][]string{
		"status": append(slices.Clone(incident), component...), "old_status": component, "new_status": component,
		"impact": impact, "status_indicator": impact,
	}
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, x := range v {
				walk(x)
			}
		case map[string]any:
			for k, x := range v {
				if words := allowed[k]; words != nil && x != nil {
					assert.Contains(t, words, x, "%s", k)
				}
				walk(x)
			}
		}
	}
	var v any
	require.NoError(t, json.Unmarshal(payload, &v))
	walk(v)
}

// TestStatuses translates every status that package incident has.
func TestStatuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ ours, want, component, indicator string }{
		{"detected", "investigating", "partial_outage", "major"},
		{"investigating", "investigating", "partial_outage", "major"},
		{"identified", "identified", "partial_outage", "major"},
		{"monitoring", "monitoring", "partial_outage", "major"},
		{"resolved", "monitoring", "operational", ""},
		{"confirmed", "resolved", "operational", ""},
		{"closed", "resolved", "operational", ""},
		{"dismissed", "resolved", "operational", ""},
		{"merged", "investigating", "partial_outage", "major"},
		{"scheduled", "scheduled", "operational", ""},
		{"in_progress", "in_progress", "under_maintenance", "maintenance"},
		{"verifying", "verifying", "under_maintenance", "maintenance"},
		{"completed", "completed", "operational", ""},
		{"cancelled", "completed", "operational", ""},
		{"failed", "completed", "operational", ""},
		{"open", "investigating", "partial_outage", "major"},
		{"settled", "resolved", "operational", ""},
	} {
		t.Run(c.ours, func(t *testing.T) {
			t.Parallel()
			d := known(t)
			d.Message.Data[notify.DataStatus] = c.ours
			e, err := webhooknotify.StatuspageEvent(d, page)
			require.NoError(t, err)
			assert.Equal(t, c.want, e.Incident.Status)
			assert.Equal(t, c.want, e.Incident.Updates[0].Status)
			assert.Equal(t, c.component, e.Incident.Components[1].Status)
			if c.indicator == "" {
				assert.Nil(t, e.Page.StatusIndicator, "one that is fixed says nothing about the rest of the page")
				assert.Empty(t, e.Page.StatusDescription)
				return
			}
			require.NotNil(t, e.Page.StatusIndicator)
			assert.Equal(t, c.indicator, *e.Page.StatusIndicator)
		})
	}
}

func TestComponentStatuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ degree, minor, major, critical, unsaid string }{
		{"down", "major_outage", "major_outage", "major_outage", "major_outage"},
		{"degraded", "degraded_performance", "partial_outage", "partial_outage", "degraded_performance"},
		{"exposed", "degraded_performance", "degraded_performance", "degraded_performance", "degraded_performance"},
		{"unknown", "degraded_performance", "partial_outage", "major_outage", "degraded_performance"},
		{"", "degraded_performance", "partial_outage", "major_outage", "degraded_performance"},
	} {
		for severity, want := range map[string]string{"minor": c.minor, "major": c.major, "critical": c.critical, "": c.unsaid} {
			t.Run(c.degree+" "+severity, func(t *testing.T) {
				t.Parallel()
				d := known(t)
				d.Message.Data[notify.DataSeverity] = severity
				d.Message.Data[notify.DataComponents] = dataList(t, notify.DataComponent{ID: "api", Name: "API", Degree: c.degree})
				e, err := webhooknotify.StatuspageEvent(d, page)
				require.NoError(t, err)
				assert.Equal(t, want, e.Incident.Components[0].Status)
				assert.Equal(t, want, e.Incident.Updates[0].AffectedComponents[0].NewStatus)
			})
		}
	}
}

// TestKinds: without a status, a kind of notice says where the incident stands, or nothing is made up.
func TestKinds(t *testing.T) {
	t.Parallel()
	for kind, want := range map[string]string{
		notify.KindUpdate: "investigating", notify.KindHolding: "investigating", notify.KindReopening: "investigating",
		notify.KindAcknowledgement: "investigating", notify.KindReplyAcknowledgement: "investigating", notify.KindAnswer: "investigating",
		notify.KindResolution: "monitoring", notify.KindAskVerdict: "monitoring", notify.KindAward: "monitoring",
		notify.KindCorrection: "", notify.KindExplanation: "", notify.KindAnnouncement: "", notify.KindWake: "", "own": "",
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			d := delivery("https://hooks.example/")
			d.Message.Kind = kind
			e, err := webhooknotify.StatuspageEvent(d, page)
			if want == "" {
				class, _ := notify.Classify(err)
				assert.Equal(t, notify.Lasting, class)
				require.ErrorContains(t, err, `set Data["status"]`)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, want, e.Incident.Status)
		})
	}
}

func TestBadFacts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, key, value string }{
		{"a status of nobody's", notify.DataStatus, "on fire"},
		{"a severity of nobody's", notify.DataSeverity, "sev1"},
		{"an indicator of nobody's", notify.DataPageIndicator, "red"},
		{"no time", notify.DataSaid, "4711 o'clock"},
		{"no time of opening", notify.DataOpened, "4711 o'clock"},
		{"no list of components", notify.DataComponents, "4711"},
		{"a component's degree", notify.DataComponents, `[{"id":"a","name":"A","degree":"sad"}]`},
		{"a component's status", notify.DataComponents, `[{"id":"a","name":"A","status":"red"}]`},
		{"a component's earlier status", notify.DataComponents, `[{"id":"a","name":"A","was":"red"}]`},
		{"no list of updates", notify.DataUpdates, `{"4711":1}`},
		{"an update's status", notify.DataUpdates, `[{"id":"a","status":"red"}]`},
		{"an update of a kind that says nothing", notify.DataUpdates, `[{"id":"a","kind":"correction"}]`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := known(t)
			d.Message.Data[c.key] = c.value
			_, err := webhooknotify.StatuspageEvent(d, page)
			class, _ := notify.Classify(err)
			require.Error(t, err)
			assert.Equal(t, notify.Lasting, class)
			assert.NotContains(t, err.Error(), "4711")
		})
	}
	for name, components := range map[string]string{
		"none": "", "two": `[{"id":"a","status":"operational","was":"operational"},{"id":"b"}]`,
		"no status": `[{"id":"a","was":"operational"}]`, "no earlier status": `[{"id":"a","status":"operational"}]`,
	} {
		t.Run("a component's message with "+name, func(t *testing.T) {
			t.Parallel()
			d := known(t)
			d.Message.Kind, d.Message.Data[notify.DataComponents] = webhooknotify.KindComponent, components
			_, err := webhooknotify.StatuspageEvent(d, page)
			require.ErrorContains(t, err, "with one component")
		})
	}
}

// TestPayloadSize: what was said before gives way, the oldest first; what is said now never does.
func TestPayloadSize(t *testing.T) {
	t.Parallel()
	send := func(t *testing.T, text string, earlier int) (body []byte, updates []webhooknotify.Update) {
		t.Helper()
		address, got := receiver(t, nil)
		d := known(t)
		d.To.Address = address
		d.Message.Data[notify.DataBody] = text
		var list []notify.DataUpdate
		for i := range earlier {
			list = append(list, notify.DataUpdate{ID: fmt.Sprint("u-", i), Status: "identified", Body: strings.Repeat("<b>ä</b> ", 50), Said: at(13, 59-i)})
		}
		d.Message.Data[notify.DataUpdates] = dataList(t, list...)
		_, err := webhooknotify.New(always(secret), onLoopback()).Notify(t.Context(), d)
		require.NoError(t, err)
		require.Len(t, got(), 1)
		require.True(t, verifies(t, secret, got()[0]))
		var e webhooknotify.Event
		require.NoError(t, json.Unmarshal(got()[0].body, &e))
		return got()[0].body, e.Incident.Updates
	}
	for _, c := range []struct {
		name    string
		text    int
		earlier int
		all     bool
		fits    bool
	}{
		{"short", 100, 3, true, true},
		{"many updates", 100, 59, false, true},
		{"a long one with many before it", 15_000, 59, false, true},
		{"a long one alone", 100_000, 0, true, false},
		{"a long one with some before it", 100_000, 3, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			text := strings.Repeat("x", c.text)
			body, updates := send(t, text, c.earlier)
			assert.Equal(t, text, updates[0].Body)
			assert.Equal(t, c.all, len(updates) == c.earlier+1)
			assert.Equal(t, c.fits, len(body) <= 20_000)
			if c.fits && !c.all {
				assert.Greater(t, len(updates), 1, "as many as fit are kept")
				assert.Equal(t, "u-0", updates[1].ID, "the newest of them")
			}
		})
	}
}

// Whatever words and facts a message holds, the payload is JSON that Statuspage's clients can read, or a lasting error.
func FuzzPayloadIsReadableOrRefused(f *testing.F) {
	f.Add("update", "identified", "major", "2026-03-02T13:30:00Z", `[{"id":"a","name":"A"}]`, `[{"id":"u","status":"detected"}]`, "Subject\r\nX: y", "Text \xff")
	f.Add("component", "", "", "", `[{"id":"a","status":"operational","was":"operational"}]`, "", "", "")
	f.Add("award", "", "", "0000-01-01T00:00:00Z", "null", "[null]", "", "")
	f.Fuzz(func(t *testing.T, kind, status, severity, said, components, updates, subject, text string) {
		d := &notify.Delivery{ID: "d-1", Message: &notify.Message{Kind: kind, Subject: subject, Text: text, Data: map[string]string{
			notify.DataStatus: status, notify.DataSeverity: severity, notify.DataSaid: said,
			notify.DataComponents: components, notify.DataUpdates: updates,
		}}}
		e, err := webhooknotify.StatuspageEvent(d, page)
		if err != nil {
			if class, _ := notify.Classify(err); class != notify.Lasting {
				t.Fatalf("%v: %v", class, err)
			}
			return
		}
		payload, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		zulip(t, payload)
		enums(t, payload)
		if bytes.ContainsAny(payload, "\r\n") {
			t.Fatal("a line break in the payload")
		}
	})
}
