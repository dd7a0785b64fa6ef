package webhooknotify

import (
	"encoding/json"
	"fmt"

	"github.com/amends-dev/amends/notify"
)

// KindComponent is the kind of a message that says that one component changed:
// Message.Data[notify.DataComponents] holds it, with its Status and what it Was.
const KindComponent = "component"

// mostPayload is the size in bytes that Standard Webhooks advises to stay below.
const mostPayload = 20_000

// StatuspageEvent makes the event that a delivery is, from the facts in
// Message.Data (see [notify.DataRecord] and the keys beside it) and the message's own words.
//
// Without facts the incident's ID is the message's Thread, its name the Subject, and what is said the Text;
// its status is what the kind of the message implies. A kind that implies none,
// such as a correction, needs [notify.DataStatus]. Everything else that
// nobody knows is null or empty: a page without [notify.DataPageIndicator] is as bad as
// the incident as long as that is open, and unknown afterwards.
//
// The error is lasting: facts that cannot be read do not get better by trying again.
func StatuspageEvent(d *notify.Delivery, page Page) (*Event, error) {
	r := &reader{m: d.Message, page: page, delivery: d.ID}
	e := r.event()
	if r.err != nil {
		return nil, notify.Permanent(fmt.Errorf("webhooknotify: making the payload: %w", r.err))
	}
	return e, nil
}

// statuspage is the body of a request. Of a long one the oldest updates are left
// out, which the receiver has had already; what is said now is sent whole, however long it is.
func statuspage(d *notify.Delivery, page Page) ([]byte, error) {
	e, err := StatuspageEvent(d, page)
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(e)
	if err == nil && len(body) > mostPayload && e.Incident != nil {
		if e.Incident.Updates, err = shorten(e.Incident.Updates, len(body)-mostPayload); err == nil {
			body, err = json.Marshal(e)
		}
	}
	if err != nil {
		return nil, notify.Permanent(fmt.Errorf("webhooknotify: making the payload: %w", err))
	}
	return body, nil
}

// shorten drops the oldest updates until their JSON is shorter by excess; the first stays.
func shorten(updates []Update, excess int) ([]Update, error) {
	for len(updates) > 1 && excess > 0 {
		last := len(updates) - 1
		text, err := json.Marshal(updates[last])
		if err != nil {
			return nil, err
		}
		updates, excess = updates[:last], excess-len(text)-len(",")
	}
	return updates, nil
}

// reader takes facts out of a message and keeps the first mistake.
type reader struct {
	m        *notify.Message
	page     Page
	delivery string
	err      error
}

func (r *reader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
}

// text returns a fact, or what stands in for it.
func (r *reader) text(key, instead string) string {
	if v := r.m.Data[key]; v != "" {
		return v
	}
	return instead
}

func (r *reader) at(key string) *string {
	t, err := notify.ParseDataTime(r.m.Data[key])
	if err != nil {
		r.fail(fmt.Errorf("reading Data[%q]: %w", key, err))
	}
	return stamp(t)
}

func list[T notify.DataComponent | notify.DataUpdate](r *reader, key string) []T {
	v, err := notify.ParseDataList[T](r.m.Data[key])
	if err != nil {
		r.fail(fmt.Errorf("reading Data[%q]: %w", key, err))
	}
	return v
}

func (r *reader) event() *Event {
	at := r.at(notify.DataSaid)
	e := &Event{Meta: Meta{Unsubscribe: r.m.Unsubscribe, Documentation: r.page.Documentation, GeneratedAt: at}}
	if r.m.Kind == KindComponent {
		e.Page = r.pageState("")
		e.Component, e.ComponentUpdate = r.component(at)
		return e
	}
	s, err := said(r.m.Data[notify.DataStatus], r.m.Kind)
	if err != nil {
		r.fail(err)
	}
	severity := r.m.Data[notify.DataSeverity]
	switch severity {
	case "", "minor", "major", "critical":
	default:
		r.fail(fmt.Errorf("the severity %q is none", severity))
	}
	impact := severity
	if s.planned {
		impact = "maintenance"
	}
	now := impact // of the page, as far as this incident tells
	if s.fixed {
		now = ""
	}
	e.Page = r.pageState(now)
	e.Incident = r.incident(s, severity, at)
	if impact != "" {
		e.Incident.Impact = &impact
	}
	return e
}

// pageState is how the page is; instead is what the incident says of it.
func (r *reader) pageState(instead string) PageState {
	p := PageState{ID: r.page.ID, StatusDescription: r.m.Data[notify.DataPageStatus]}
	indicator := r.text(notify.DataPageIndicator, instead)
	if indicator == "" {
		return p
	}
	words, err := sentence(indicator)
	if err != nil {
		r.fail(err)
	}
	p.StatusIndicator = &indicator
	if p.StatusDescription == "" {
		p.StatusDescription = words
	}
	return p
}

func (r *reader) incident(s standing, severity string, at *string) *Incident {
	i := &Incident{
		ID: r.text(notify.DataRecord, r.m.Thread), PageID: r.page.ID, Name: r.text(notify.DataTitle, r.m.Subject), Status: s.status,
		Shortlink: r.m.Data[notify.DataLink], CreatedAt: r.at(notify.DataOpened), UpdatedAt: at, StartedAt: r.at(notify.DataBegan),
		MonitoringAt: r.at(notify.DataMonitoring), ScheduledFor: r.at(notify.DataPlannedFrom), ScheduledUntil: r.at(notify.DataPlannedTill),
		Components: []Component{},
	}
	if i.ID == "" {
		i.ID = ID(r.delivery)
	}
	switch fixed := r.at(notify.DataFixed); s.status {
	case "resolved", "postmortem", "completed":
		i.ResolvedAt = fixed
	case "monitoring":
		if i.MonitoringAt == nil {
			i.MonitoringAt = fixed
		}
	}
	now := Update{
		ID: r.text(notify.DataStatement, ID(r.delivery)), IncidentID: i.ID, Status: s.status, Body: r.text(notify.DataBody, r.m.Text),
		CreatedAt: at, UpdatedAt: at, DisplayAt: at, AffectedComponents: []Affected{}, DeliverNotifications: true,
	}
	if s.status == "postmortem" {
		i.PostmortemBody, i.PostmortemUpdatedAt, i.PostmortemPublishedAt, i.PostmortemNotified = &now.Body, at, at, true
	}
	for n, c := range list[notify.DataComponent](r, notify.DataComponents) {
		part := r.part(c, s, severity, n+1)
		part.UpdatedAt = at
		i.Components = append(i.Components, part)
		now.AffectedComponents = append(now.AffectedComponents, Affected{Code: c.ID, Name: c.Name, OldStatus: r.was(c), NewStatus: part.Status})
	}
	i.Updates = append([]Update{now}, r.earlier(i.ID, now.ID)...)
	return i
}

func (r *reader) part(c notify.DataComponent, s standing, severity string, position int) Component {
	status, err := componentStatus(c, s, severity)
	if err != nil {
		r.fail(err)
	}
	return Component{ID: c.ID, PageID: r.page.ID, Name: c.Name, Status: status, Position: position, Showcase: true}
}

func (r *reader) was(c notify.DataComponent) *string {
	if c.Was == "" {
		return nil
	}
	if err := checkComponentStatus(c.Was); err != nil {
		r.fail(err)
	}
	return &c.Was
}

// earlier lists what was said before, the newest first.
func (r *reader) earlier(incident, now string) []Update {
	var out []Update
	for _, u := range list[notify.DataUpdate](r, notify.DataUpdates) {
		if u.ID == now {
			continue
		}
		s, err := said(u.Status, u.Kind)
		if err != nil {
			r.fail(fmt.Errorf("update %q: %w", u.ID, err))
		}
		at := stamp(u.Said)
		out = append(out, Update{
			ID: u.ID, IncidentID: incident, Status: s.status, Body: u.Body, CreatedAt: at, UpdatedAt: at, DisplayAt: at,
			AffectedComponents: []Affected{}, DeliverNotifications: true,
		})
	}
	return out
}

// component is the one that a message of [KindComponent] is about.
func (r *reader) component(at *string) (*Component, *ComponentUpdate) {
	all := list[notify.DataComponent](r, notify.DataComponents)
	if len(all) != 1 || all[0].Status == "" || all[0].Was == "" {
		r.fail(fmt.Errorf("a message of kind %q needs Data[%q] with one component, its Status and what it Was", KindComponent, notify.DataComponents))
		return nil, nil
	}
	c := r.part(all[0], standing{}, "", 1)
	c.UpdatedAt = at
	was := r.was(all[0])
	return &c, &ComponentUpdate{
		ID: r.text(notify.DataStatement, ID(r.delivery)), ComponentID: c.ID, ComponentType: "Component", OldStatus: *was, NewStatus: c.Status, CreatedAt: at,
	}
}
