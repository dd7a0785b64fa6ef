package statuspage

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/amends-dev/amends/incident"
)

// The documents of Statuspage v2. Fields stand in the order in which Statuspage
// writes them, and all of them are written: null is what is not known.
type (
	pageDoc struct {
		ID        string `json:"id"`
		Name      string `json:"name"`
		URL       string `json:"url"`
		TimeZone  string `json:"time_zone"`
		UpdatedAt string `json:"updated_at"`
	}
	statusDoc struct {
		Indicator   string `json:"indicator"`
		Description string `json:"description"`
	}
	componentDoc struct {
		ID                 string    `json:"id"`
		Name               string    `json:"name"`
		Status             condition `json:"status"`
		CreatedAt          string    `json:"created_at"`
		UpdatedAt          string    `json:"updated_at"`
		Position           int       `json:"position"`
		Description        *string   `json:"description"`
		Showcase           bool      `json:"showcase"`
		StartDate          *string   `json:"start_date"`
		GroupID            *string   `json:"group_id"`
		PageID             string    `json:"page_id"`
		Group              bool      `json:"group"`
		OnlyShowIfDegraded bool      `json:"only_show_if_degraded"`
		Components         *[]string `json:"components,omitempty"` // of a group only
	}
	affectedDoc struct {
		Code      string    `json:"code"`
		Name      string    `json:"name"`
		OldStatus condition `json:"old_status"`
		NewStatus condition `json:"new_status"`
	}
	updateDoc struct {
		ID                   string        `json:"id"`
		Status               string        `json:"status"`
		Body                 string        `json:"body"`
		IncidentID           string        `json:"incident_id"`
		CreatedAt            string        `json:"created_at"`
		UpdatedAt            string        `json:"updated_at"`
		DisplayAt            string        `json:"display_at"`
		AffectedComponents   []affectedDoc `json:"affected_components"`
		DeliverNotifications bool          `json:"deliver_notifications"`
		CustomTweet          *string       `json:"custom_tweet"`
		TweetID              *string       `json:"tweet_id"`
	}
	incidentDoc struct {
		ID                string          `json:"id"`
		Name              string          `json:"name"`
		Status            string          `json:"status"`
		CreatedAt         string          `json:"created_at"`
		UpdatedAt         string          `json:"updated_at"`
		MonitoringAt      *string         `json:"monitoring_at"`
		ResolvedAt        *string         `json:"resolved_at"`
		Impact            string          `json:"impact"`
		Shortlink         string          `json:"shortlink"`
		StartedAt         string          `json:"started_at"`
		PageID            string          `json:"page_id"`
		IncidentUpdates   []updateDoc     `json:"incident_updates"`
		Components        []componentDoc  `json:"components"`
		ReminderIntervals *string         `json:"reminder_intervals"`
		NextUpdateAt      json.RawMessage `json:"next_update_at,omitempty"` // only where the host asks for it
	}
	maintenanceDoc struct {
		incidentDoc
		ScheduledFor   string `json:"scheduled_for"`
		ScheduledUntil string `json:"scheduled_until"`
	}
)

// mostListed is how many incidents Statuspage lists.
const mostListed = 50

// json makes one of the documents.
func (c *content) json(t target, language string) ([]byte, error) {
	page := pageDoc{ID: c.page.ID, Name: c.page.Name, URL: c.page.URL, TimeZone: c.page.TimeZone, UpdatedAt: c.stamp(c.updated)}
	status := statusDoc{Indicator: c.state.indicator, Description: c.state.description}
	w := &apiWriter{content: c, language: language, words: c.words[language]}
	var doc any
	switch t {
	case apiSummary:
		doc = struct {
			Page         pageDoc          `json:"page"`
			Components   []componentDoc   `json:"components"`
			Incidents    []incidentDoc    `json:"incidents"`
			Maintenances []maintenanceDoc `json:"scheduled_maintenances"`
			Status       statusDoc        `json:"status"`
		}{page, w.components(), w.incidents(0, unresolved), w.maintenances(0, func(s *story) bool { return s.upcoming() || s.running() }), status}
	case apiStatus:
		doc = struct {
			Page   pageDoc   `json:"page"`
			Status statusDoc `json:"status"`
		}{page, status}
	case apiComponents:
		doc = struct {
			Page       pageDoc        `json:"page"`
			Components []componentDoc `json:"components"`
		}{page, w.components()}
	case apiIncidents, apiUnresolved:
		most, which := mostListed, func(*story) bool { return true }
		if t == apiUnresolved {
			most, which = 0, unresolved
		}
		doc = struct {
			Page      pageDoc       `json:"page"`
			Incidents []incidentDoc `json:"incidents"`
		}{page, w.incidents(most, which)}
	case apiMaintenances, apiUpcoming, apiActive:
		most, which := mostListed, func(*story) bool { return true }
		switch t {
		case apiUpcoming:
			most, which = 0, (*story).upcoming
		case apiActive:
			most, which = 0, (*story).running
		default:
		}
		doc = struct {
			Page         pageDoc          `json:"page"`
			Maintenances []maintenanceDoc `json:"scheduled_maintenances"`
		}{page, w.maintenances(most, which)}
	default:
		return nil, fmt.Errorf("there is no document %d", t)
	}
	var b bytes.Buffer
	if err := json.NewEncoder(&b).Encode(doc); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

type apiWriter struct {
	*content
	language string
	words    *wording
}

// unresolved reports whether an incident is open in Statuspage's words.
func unresolved(s *story) bool { return fails(s.status) || s.waits() }

// incidents lists at most so many of the incidents that are wanted, 0 for all.
func (w *apiWriter) incidents(most int, wanted func(*story) bool) []incidentDoc {
	out := []incidentDoc{}
	for _, s := range w.stories {
		if !s.maintenance && wanted(s) && (most == 0 || len(out) < most) {
			out = append(out, w.incident(s))
		}
	}
	return out
}

func (w *apiWriter) maintenances(most int, wanted func(*story) bool) []maintenanceDoc {
	out := []maintenanceDoc{}
	for _, s := range w.stories {
		if !s.maintenance || !wanted(s) || most > 0 && len(out) >= most {
			continue
		}
		until := s.planned.To
		if until.Before(s.planned.From) {
			until = s.planned.From // clients cannot read a null here
		}
		out = append(out, maintenanceDoc{
			incidentDoc: w.incident(s), ScheduledFor: w.stamp(s.planned.From), ScheduledUntil: w.stamp(until),
		})
	}
	return out
}

func (w *apiWriter) incident(s *story) incidentDoc {
	name, _ := s.name(w.language, w.first)
	d := incidentDoc{
		ID: s.id, Name: name, Status: apiStory(s), CreatedAt: w.stamp(s.created), UpdatedAt: w.stamp(s.changed),
		Impact: impact(s), Shortlink: w.page.URL + incidentPath(s.id), StartedAt: w.stamp(s.created), PageID: w.page.ID,
		IncidentUpdates: []updateDoc{}, Components: []componentDoc{},
	}
	if !s.began.IsZero() {
		d.StartedAt = w.stamp(s.began)
	}
	d.MonitoringAt = w.maybe(s.monitoring)
	switch d.Status {
	case "monitoring":
		if s.monitoring.IsZero() {
			d.MonitoringAt = w.maybe(s.fixed)
		}
	case "resolved", "postmortem", "completed":
		d.ResolvedAt = w.maybe(s.fixed)
	}
	for _, u := range s.updates {
		d.IncidentUpdates = append(d.IncidentUpdates, w.update(s, u))
	}
	for _, p := range s.parts {
		d.Components = append(d.Components, w.named(p))
	}
	if w.opts.NextUpdate {
		d.NextUpdateAt = json.RawMessage("null")
		if s.next != nil {
			d.NextUpdateAt = json.RawMessage(`"` + w.stamp(s.next.due) + `"`)
		}
	}
	return d
}

func (w *apiWriter) update(s *story, u *update) updateDoc {
	d := updateDoc{
		ID: u.id, Status: apiUpdate(s, u), Body: w.bodyIn(u, w.words, w.language), IncidentID: s.id,
		CreatedAt: w.stamp(u.at), UpdatedAt: w.stamp(u.at), DisplayAt: w.stamp(u.at),
		AffectedComponents: []affectedDoc{}, DeliverNotifications: true,
	}
	switch {
	case !u.withdrawn.IsZero():
		d.UpdatedAt = w.stamp(u.withdrawn)
	case u.correctedBy != nil:
		d.UpdatedAt = w.stamp(u.correctedBy.at)
	}
	for _, p := range u.parts {
		d.AffectedComponents = append(d.AffectedComponents, affectedDoc{Code: p.id, Name: p.name, OldStatus: p.old, NewStatus: p.now})
	}
	return d
}

// bodyIn is an update's words with what belongs to them: that they were corrected,
// and when the next ones come. Clients show this field alone.
func (c *content) bodyIn(u *update, words *wording, language string) string {
	short := func(t time.Time) string { return c.short(words, t) }
	if !u.withdrawn.IsZero() {
		return words.fill("withdrawn", "time", short(u.withdrawn))
	}
	t, _ := u.text(language)
	lines := []string{t.Body}
	switch {
	case u.isCorrected && u.correctedBy != nil:
		lines = append(lines, words.fill("corrected", "time", short(u.correctedBy.at)))
	case u.isCorrected:
		lines = append(lines, words.fill("corrected.somewhere"))
	case !u.next.IsZero():
		lines = append(lines, words.fill("said.next", "time", short(u.next)))
	}
	return strings.Join(lines, "\n\n")
}

func (w *apiWriter) maybe(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	s := w.stamp(t)
	return &s
}

// apiStory is an incident's status in Statuspage's words.
func apiStory(s *story) string {
	switch {
	case s.maintenance:
		return maintenanceWord(s.status)
	case s.confirmed() && s.explained != nil:
		return "postmortem"
	}
	return incidentWord(s.status)
}

// apiUpdate is an update's status in Statuspage's words. A resolution is one
// once customers have confirmed it.
func apiUpdate(s *story, u *update) string {
	switch {
	case s.maintenance:
		return maintenanceWord(u.status)
	case u.purpose == incident.PurposeExplanation && s.confirmed() && !u.at.Before(s.fixed):
		return "postmortem"
	case u.status == incident.StatusResolved && s.confirmed() && (u.round == s.round || u.record != s.id):
		return "resolved"
	}
	return incidentWord(u.status)
}

// incidentWord is one of the words that clients know for incidents, whatever the status.
func incidentWord(s incident.Status) string {
	switch s {
	case incident.StatusIdentified:
		return "identified"
	case incident.StatusMonitoring, incident.StatusResolved:
		return "monitoring"
	case incident.StatusConfirmed, incident.StatusClosed, incident.StatusDismissed:
		return "resolved"
	default:
		return "investigating"
	}
}

// maintenanceWord is one of the words that clients know for planned work.
func maintenanceWord(s incident.Status) string {
	switch s {
	case incident.StatusInProgress:
		return "in_progress"
	case incident.StatusVerifying:
		return "verifying"
	case incident.StatusCompleted, incident.StatusCancelled, incident.StatusFailed:
		return "completed"
	default:
		return "scheduled"
	}
}

// impact is the severity in Statuspage's words.
func impact(s *story) string {
	switch {
	case s.maintenance:
		return "maintenance"
	case s.status == incident.StatusDismissed || s.severity.Rank() == 0:
		return "none"
	}
	return string(s.severity)
}

// components lists the components, each group before its own.
func (w *apiWriter) components() []componentDoc {
	out := []componentDoc{}
	for i := range w.groups {
		g := &w.groups[i]
		if !g.heading {
			out = append(out, w.component(g.parts[0], i+1))
			continue
		}
		d := componentDoc{
			ID: g.ID, Name: g.Name, Status: g.condition(), CreatedAt: w.stamp(w.opts.Since), Position: i + 1,
			Description: text(g.Description), PageID: w.page.ID, Group: true, Components: &[]string{},
		}
		changed := w.opts.Since
		for _, p := range g.parts {
			*d.Components = append(*d.Components, p.ID)
			changed = later(changed, p.changed)
		}
		d.UpdatedAt = w.stamp(changed)
		out = append(out, d)
		for n, p := range g.parts {
			out = append(out, w.component(p, n+1))
		}
	}
	return out
}

func (w *apiWriter) component(p component, position int) componentDoc {
	since := p.Since
	d := componentDoc{
		ID: p.ID, Name: p.Name, Status: p.condition, Position: position, Description: text(p.Description), Showcase: true,
		PageID: w.page.ID, OnlyShowIfDegraded: p.OnlyIfDegraded,
	}
	if p.Group != "" {
		d.GroupID = &p.Group
	}
	if since.IsZero() {
		since = w.opts.Since
	} else {
		d.StartDate = text(since.In(w.zone).Format(time.DateOnly))
	}
	d.CreatedAt, d.UpdatedAt = w.stamp(since), w.stamp(later(since, p.changed))
	return d
}

// named is a component that an incident names, as it is now.
func (w *apiWriter) named(p part) componentDoc {
	for i := range w.groups {
		for n, have := range w.groups[i].parts {
			if have.ID != p.id {
				continue
			}
			if !w.groups[i].heading {
				n = i
			}
			return w.component(have, n+1)
		}
	}
	return w.component(component{Component: Component{ID: p.id, Name: p.name}, condition: operational}, 0)
}

func text(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
