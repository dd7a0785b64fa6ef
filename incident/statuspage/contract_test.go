package statuspage_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/incident/statuspage"
)

// The format as tables: every field of every object, in order, and what it may
// hold. "?" says that it may be null.
var (
	text      = kind{"text", func(v any) bool { _, ok := v.(string); return ok }}
	boolean   = kind{"a truth value", func(v any) bool { _, ok := v.(bool); return ok }}
	whole     = kind{"a whole number", func(v any) bool { n, ok := v.(float64); return ok && n == float64(int(n)) && n >= 0 }}
	texts     = kind{"texts", func(v any) bool { list, ok := v.([]any); return ok && !slices.ContainsFunc(list, isNoText) }}
	stamp     = kind{"RFC 3339 with milliseconds", isStamp}
	day       = kind{"a day", func(v any) bool { s, _ := v.(string); _, err := time.Parse(time.DateOnly, s); return err == nil }}
	impacts   = oneOf("none", "minor", "major", "critical", "maintenance")
	condition = oneOf("operational", "degraded_performance", "partial_outage", "major_outage", "under_maintenance")
	incidents = oneOf("investigating", "identified", "monitoring", "resolved", "postmortem")
	works     = oneOf("scheduled", "in_progress", "verifying", "completed")
	indicator = oneOf("none", "minor", "major", "critical", "maintenance")
	describes = oneOf("All Systems Operational", "Minor Service Outage", "Partial System Outage", "Major Service Outage", "Service Under Maintenance")

	pageShape      = shape{{"id", text}, {"name", text}, {"url", text}, {"time_zone", text}, {"updated_at", stamp}}
	statusShape    = shape{{"indicator", indicator}, {"description", describes}}
	componentShape = shape{
		{"id", text},
		{"name", text},
		{"status", condition},
		{"created_at", stamp},
		{"updated_at", stamp},
		{"position", whole},
		{"description", orNull(text)},
		{"showcase", boolean},
		{"start_date", orNull(day)},
		{"group_id", orNull(text)},
		{"page_id", text},
		{"group", boolean},
		{"only_show_if_degraded", boolean},
	}
	groupShape    = append(slices.Clone(componentShape), field{"components", texts})
	affectedShape = shape{{"code", text}, {"name", text}, {"old_status", condition}, {"new_status", condition}}
)

func updateShape(status kind) shape {
	return shape{
		{"id", text},
		{"status", status},
		{"body", text},
		{"incident_id", text},
		{"created_at", stamp},
		{"updated_at", stamp},
		{"display_at", stamp},
		{"affected_components", list(affectedShape)},
		{"deliver_notifications", boolean},
		{"custom_tweet", orNull(text)},
		{"tweet_id", orNull(text)},
	}
}

func incidentShape(status, updates, impact kind) shape {
	return shape{
		{"id", text},
		{"name", text},
		{"status", status},
		{"created_at", stamp},
		{"updated_at", stamp},
		{"monitoring_at", orNull(stamp)},
		{"resolved_at", orNull(stamp)},
		{"impact", impact},
		{"shortlink", text},
		{"started_at", stamp},
		{"page_id", text},
		{"incident_updates", list(updateShape(updates))},
		{"components", list(componentShape)},
		{"reminder_intervals", orNull(text)},
	}
}

func maintenanceShape(status kind) shape {
	return append(incidentShape(status, works, oneOf("maintenance")), field{"scheduled_for", stamp}, field{"scheduled_until", stamp})
}

// documentShapes are the eight documents.
func documentShapes() map[string]shape {
	page := field{"page", object(pageShape)}
	components := field{"components", kind{"components", nil}.list(func(v map[string]any) shape {
		if v["group"] == true {
			return groupShape
		}
		return componentShape
	})}
	open := oneOf("investigating", "identified", "monitoring")
	return map[string]shape{
		"/api/v2/summary.json": {
			page, components,
			{"incidents", list(incidentShape(open, incidents, impacts))},
			{"scheduled_maintenances", list(maintenanceShape(oneOf("scheduled", "in_progress", "verifying")))},
			{"status", object(statusShape)},
		},
		"/api/v2/status.json":                          {page, {"status", object(statusShape)}},
		"/api/v2/components.json":                      {page, components},
		"/api/v2/incidents.json":                       {page, {"incidents", list(incidentShape(incidents, incidents, impacts))}},
		"/api/v2/incidents/unresolved.json":            {page, {"incidents", list(incidentShape(open, incidents, impacts))}},
		"/api/v2/scheduled-maintenances.json":          {page, {"scheduled_maintenances", list(maintenanceShape(works))}},
		"/api/v2/scheduled-maintenances/upcoming.json": {page, {"scheduled_maintenances", list(maintenanceShape(oneOf("scheduled")))}},
		"/api/v2/scheduled-maintenances/active.json":   {page, {"scheduled_maintenances", list(maintenanceShape(oneOf("in_progress", "verifying")))}},
	}
}

func TestJSONIsOfTheFormat(t *testing.T) {
	t.Parallel()
	h := handler(t, story(t).store, options())
	for path, want := range documentShapes() {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			assert.Empty(t, mismatches(get(t, h, path).Body.Bytes(), want))
		})
	}
}

// The tables can tell: each of these is found.
func TestTheTablesCanFail(t *testing.T) {
	t.Parallel()
	h := handler(t, story(t).store, options())
	const path = "/api/v2/incidents.json"
	body := get(t, h, path).Body.String()
	for name, c := range map[string][2]string{
		"an unknown status":  {`"status":"postmortem"`, `"status":"confirmed"`},
		"a missing field":    {`"reminder_intervals":null`, ``},
		"a field too many":   {`"reminder_intervals":null`, `"reminder_intervals":null,"owner":"x"`},
		"a time of seconds":  {`10:40:00.000+01:00`, `10:40:00+01:00`},
		"null for a text":    {`"shortlink":"https://status.larder.example/incidents/inc_hang"`, `"shortlink":null`},
		"null for a list":    {`"incidents":[`, `"incidents":null,"x":[`},
		"fields in disorder": {`"time_zone":"Europe/Berlin","updated_at":"2026-03-08T11:01:00.000+01:00"`, `"updated_at":"2026-03-08T11:01:00.000+01:00","time_zone":"Europe/Berlin"`},
	} {
		broken := strings.Replace(body, c[0], c[1], 1)
		broken = strings.ReplaceAll(broken, `],}`, `]}`)
		require.NotEqual(t, body, broken, name)
		require.True(t, json.Valid([]byte(broken)), name)
		assert.NotEmpty(t, mismatches([]byte(broken), documentShapes()[path]), name)
	}
}

// Lists are newest first, and updates too: clients look at the first only.
func TestNewestFirst(t *testing.T) {
	t.Parallel()
	h := handler(t, story(t).store, options())
	var doc struct {
		Incidents, Maintenances []struct {
			CreatedAt time.Time `json:"created_at"`
			Updates   []struct {
				CreatedAt time.Time `json:"created_at"`
			} `json:"incident_updates"`
		}
	}
	require.NoError(t, json.Unmarshal(get(t, h, "/api/v2/incidents.json").Body.Bytes(), &doc))
	require.Greater(t, len(doc.Incidents), 2)
	for i, one := range doc.Incidents {
		if i > 0 {
			assert.False(t, one.CreatedAt.After(doc.Incidents[i-1].CreatedAt))
		}
		for n := range one.Updates[1:] {
			assert.False(t, one.Updates[n+1].CreatedAt.After(one.Updates[n].CreatedAt))
		}
	}
}

func TestNextUpdateIsAnExtensionThatHostsAskFor(t *testing.T) {
	t.Parallel()
	o := options()
	o.NextUpdate = true
	h := handler(t, story(t).store, o)
	body := get(t, h, "/api/v2/incidents/unresolved.json").Body.String()
	assert.Contains(t, body, `"reminder_intervals":null,"next_update_at":"2026-03-08T11:50:00.000+01:00"`)
	assert.Contains(t, body, `"next_update_at":null`)
}

// What the handler serves, this package reads.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	h := handler(t, story(t).store, options())
	for _, path := range []string{"/api/v2/incidents.json", "/api/v2/scheduled-maintenances.json", "/api/v2/summary.json"} {
		export, problems := statuspage.Read(get(t, h, path).Body, nil)
		assert.Empty(t, problems, path)
		assert.Equal(t, page(), export.Page)
		assert.NotEmpty(t, export.Incidents)
		for _, i := range export.Incidents {
			if i.ID != "inc_hang" {
				continue
			}
			assert.Equal(t, time.Date(2026, 3, 1, 8, 42, 0, 0, time.UTC), i.Started)
			assert.Equal(t, time.Date(2026, 3, 1, 8, 57, 0, 0, time.UTC), i.First())
			assert.Equal(t, time.Date(2026, 3, 1, 10, 25, 0, 0, time.UTC), i.Resolved)
			var statuses []string
			for _, u := range i.Updates {
				statuses = append(statuses, u.Status)
			}
			assert.Equal(t, []string{"investigating", "identified", "monitoring", "investigating", "resolved", "postmortem"}, statuses)
		}
	}
}

// kind is what a value may be; of objects and lists, what they hold.
type kind struct {
	name string
	fits func(any) bool
}

type field struct {
	name string
	kind kind
}

type shape []field

func oneOf(words ...string) kind {
	return kind{"one of " + strings.Join(words, ", "), func(v any) bool { s, ok := v.(string); return ok && slices.Contains(words, s) }}
}

func orNull(k kind) kind {
	return kind{k.name + " or null", func(v any) bool { return v == nil || k.fits(v) }}
}

func isNoText(v any) bool { return !text.fits(v) }

var stampForm = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(Z|[+-]\d\d:\d\d)$`)

func isStamp(v any) bool {
	s, _ := v.(string)
	_, err := time.Parse(time.RFC3339, s)
	return err == nil && stampForm.MatchString(s)
}

func object(s shape) kind {
	return kind{"an object", func(v any) bool { return s.fits(v) == "" }}
}

func list(s shape) kind {
	return kind{}.list(func(map[string]any) shape { return s })
}

func (k kind) list(of func(map[string]any) shape) kind {
	return kind{"a list", func(v any) bool {
		l, ok := v.([]any)
		return ok && !slices.ContainsFunc(l, func(e any) bool { m, _ := e.(map[string]any); return of(m).fits(e) != "" })
	}}
}

// fits says what is wrong with an object, "" if nothing is.
func (s shape) fits(v any) string {
	m, ok := v.(map[string]any)
	if !ok {
		return fmt.Sprintf("%v is no object", v)
	}
	left := maps.Clone(m)
	for _, f := range s {
		value, ok := m[f.name]
		if !ok {
			return f.name + " is missing"
		}
		if !f.kind.fits(value) {
			return fmt.Sprintf("%s is %.300v, want %s", f.name, value, f.kind.name)
		}
		delete(left, f.name)
	}
	if len(left) > 0 {
		return fmt.Sprintf("%v: nobody knows these fields", slices.Sorted(maps.Keys(left)))
	}
	return ""
}

// mismatches says what is wrong with a document, the order of its fields included.
func mismatches(doc []byte, want shape) []string {
	var v any
	if err := json.Unmarshal(doc, &v); err != nil {
		return []string{err.Error()}
	}
	var found []string
	if wrong := want.fits(v); wrong != "" {
		found = append(found, wrong)
	}
	for keys := range objectsIn(doc) {
		if !slices.ContainsFunc(knownOrders(), func(order string) bool { return order == keys }) && !strings.HasPrefix(keys, "page,") {
			found = append(found, "fields in an order that is not the format's: "+keys)
		}
	}
	return found
}

func knownOrders() []string {
	var out []string
	for _, s := range []shape{pageShape, statusShape, componentShape, groupShape, affectedShape, updateShape(text), incidentShape(text, text, text), maintenanceShape(text)} {
		var names []string
		for _, f := range s {
			names = append(names, f.name)
		}
		out = append(out, strings.Join(names, ","))
	}
	return out
}

// objectsIn lists the field names of every object of a document, in their order.
func objectsIn(doc []byte) map[string]bool {
	out := map[string]bool{}
	d := json.NewDecoder(bytes.NewReader(doc))
	type open struct {
		object bool
		keys   []string
		value  bool // the next token is a value
	}
	var stack []*open
	for {
		tok, err := d.Token()
		if err != nil {
			return out
		}
		top := &open{}
		if len(stack) > 0 {
			top = stack[len(stack)-1]
		}
		switch delim, isDelim := tok.(json.Delim); {
		case isDelim && (delim == '{' || delim == '['):
			top.value = false
			stack = append(stack, &open{object: delim == '{'})
		case isDelim:
			if top.object {
				out[strings.Join(top.keys, ",")] = true
			}
			stack = stack[:len(stack)-1]
		case top.object && !top.value:
			top.keys, top.value = append(top.keys, fmt.Sprint(tok)), true
		default:
			top.value = false
		}
	}
}
