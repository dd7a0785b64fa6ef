package webhooknotify

import "time"

// Event is what Statuspage posts to a subscriber's webhook. It has an Incident,
// which may be planned work, or a Component with its ComponentUpdate. Where
// nobody knows a value it is null or empty. Times are of RFC 3339 in UTC with milliseconds.
type Event struct {
	Meta            Meta             `json:"meta"`
	Page            PageState        `json:"page"`
	Incident        *Incident        `json:"incident,omitempty"`
	Component       *Component       `json:"component,omitempty"`
	ComponentUpdate *ComponentUpdate `json:"component_update,omitempty"`
}

// Page is the status page that events speak for.
type Page struct {
	ID            string
	Documentation string // where receivers read about these webhooks
}

// Meta is about the webhook itself.
type Meta struct {
	Unsubscribe   string  `json:"unsubscribe"`
	Documentation string  `json:"documentation"`
	GeneratedAt   *string `json:"generated_at,omitempty"` // when it was said: the same on every attempt
}

// PageState is how everything together is.
type PageState struct {
	ID                string  `json:"id"`
	StatusIndicator   *string `json:"status_indicator"` // none, minor, major, critical, maintenance
	StatusDescription string  `json:"status_description"`
}

// Incident is an incident or planned work with what was said, the newest first.
type Incident struct {
	ID                      string      `json:"id"`
	PageID                  string      `json:"page_id"`
	Name                    string      `json:"name"`
	Status                  string      `json:"status"` // investigating, identified, monitoring, resolved, postmortem; scheduled, in_progress, verifying, completed
	Impact                  *string     `json:"impact"` // none, minor, major, critical, maintenance
	ImpactOverride          *string     `json:"impact_override"`
	Shortlink               string      `json:"shortlink"`
	Backfilled              bool        `json:"backfilled"`
	CreatedAt               *string     `json:"created_at"`
	UpdatedAt               *string     `json:"updated_at"`
	StartedAt               *string     `json:"started_at"`
	MonitoringAt            *string     `json:"monitoring_at"`
	ResolvedAt              *string     `json:"resolved_at"`
	ScheduledFor            *string     `json:"scheduled_for"`
	ScheduledUntil          *string     `json:"scheduled_until"`
	ScheduledRemindPrior    bool        `json:"scheduled_remind_prior"`
	ScheduledRemindedAt     *string     `json:"scheduled_reminded_at"`
	ScheduledAutoInProgress bool        `json:"scheduled_auto_in_progress"`
	ScheduledAutoCompleted  bool        `json:"scheduled_auto_completed"`
	PostmortemBody          *string     `json:"postmortem_body"`
	PostmortemUpdatedAt     *string     `json:"postmortem_body_last_updated_at"`
	PostmortemIgnored       bool        `json:"postmortem_ignored"`
	PostmortemPublishedAt   *string     `json:"postmortem_published_at"`
	PostmortemNotified      bool        `json:"postmortem_notified_subscribers"`
	PostmortemTweeted       bool        `json:"postmortem_notified_twitter"`
	Updates                 []Update    `json:"incident_updates"`
	Components              []Component `json:"components"`
}

// Update is something that was said of an incident.
type Update struct {
	ID                   string     `json:"id"`
	IncidentID           string     `json:"incident_id"`
	Status               string     `json:"status"`
	Body                 string     `json:"body"`
	CreatedAt            *string    `json:"created_at"`
	UpdatedAt            *string    `json:"updated_at"`
	DisplayAt            *string    `json:"display_at"`
	WantsTwitterUpdate   bool       `json:"wants_twitter_update"`
	TwitterUpdatedAt     *string    `json:"twitter_updated_at"`
	AffectedComponents   []Affected `json:"affected_components"`
	CustomTweet          *string    `json:"custom_tweet"`
	DeliverNotifications bool       `json:"deliver_notifications"`
}

// Affected is a component as an update leaves it. Both states are those of [Component].
type Affected struct {
	Code      string  `json:"code"`
	Name      string  `json:"name"`
	OldStatus *string `json:"old_status"`
	NewStatus string  `json:"new_status"`
}

// Component is a part of the product.
type Component struct {
	ID          string  `json:"id"`
	PageID      string  `json:"page_id"`
	Name        string  `json:"name"`
	Status      string  `json:"status"` // operational, degraded_performance, partial_outage, major_outage, under_maintenance
	Position    int     `json:"position"`
	Description *string `json:"description"`
	Showcase    bool    `json:"showcase"`
	GroupID     *string `json:"group_id"`
	CreatedAt   *string `json:"created_at"`
	UpdatedAt   *string `json:"updated_at"`
}

// ComponentUpdate is a component's change of state.
type ComponentUpdate struct {
	ID            string  `json:"id"`
	ComponentID   string  `json:"component_id"`
	ComponentType string  `json:"component_type"` // "Component"
	OldStatus     string  `json:"old_status"`
	NewStatus     string  `json:"new_status"`
	CreatedAt     *string `json:"created_at"`
}

// stamp writes a time, null for the zero time.
func stamp(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	return new(t.UTC().Format("2006-01-02T15:04:05.000Z"))
}
