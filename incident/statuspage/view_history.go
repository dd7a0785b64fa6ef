package statuspage

import (
	"html/template"
	"slices"
	"strconv"
	"time"

	"github.com/amends-dev/amends/internal/timetext"
)

// historyData is one month.
type historyData struct {
	Heading string
	Turn    string
	Stories []brief
	None    string
	Earlier *turn
	Later   *turn
	Months  []turn
}

// turn leads to another month.
type turn struct {
	URL  string
	Text template.HTML
	Here bool
}

// begin is when a month of the history begins. Its name was checked with the path.
func (c *content) begin(name string) time.Time {
	t, err := time.ParseInLocation("2006-01", name, c.zone)
	if err != nil {
		return time.Time{}
	}
	return t
}

// inHistory reports whether there is a page of a month: from the first that has
// an incident to the present one.
func (c *content) inHistory(name string) bool {
	begin := c.begin(name)
	first, last := c.at, c.at
	if len(c.months) > 0 {
		first, last = c.months[len(c.months)-1].begin, later(last, c.months[0].begin)
	}
	return !begin.IsZero() && name >= first.In(c.zone).Format("2006-01") && name <= last.In(c.zone).Format("2006-01")
}

// history is one month, with the ways to the nearest others that have something to tell.
func (v *viewer) history(begin time.Time) (string, string, any) {
	here := begin.Format("2006-01")
	month := timetext.Month(v.f.words.base, begin)
	d := &historyData{Heading: v.f.words.fill("month.title", "month", month), Turn: v.f.Word("months")}
	for _, m := range v.months {
		is := m.name == here
		switch {
		case is:
			for _, s := range m.stories {
				d.Stories = append(d.Stories, v.brief(s))
			}
		case m.begin.Before(begin) && d.Earlier == nil:
			d.Earlier = v.turn("month.earlier", m.begin)
		case m.begin.After(begin):
			d.Later = v.turn("month.later", m.begin)
		}
		d.Months = append(d.Months, turn{
			URL: v.f.Link("/history/" + m.name), Here: is,
			Text: v.f.words.count("month.count", len(m.stories), "month", timetext.Month(v.f.words.base, m.begin)),
		})
	}
	if now := v.at.Format("2006-01"); d.Later == nil && here < now { // the present month is always there
		d.Later = v.turn("month.later", v.begin(now))
	}
	if len(d.Stories) == 0 {
		d.None = v.f.words.fill("month.none", "month", month)
	}
	return "history", d.Heading, d
}

func (v *viewer) turn(key string, begin time.Time) *turn {
	return &turn{
		URL:  v.f.Link("/history/" + begin.Format("2006-01")),
		Text: v.say(key, "month", timetext.Month(v.f.words.base, begin)),
	}
}

// incidentData is one incident with all that was said of it.
type incidentData struct {
	Title     template.HTML
	Badge     badge
	Notes     []template.HTML
	Explained *said
	Next      template.HTML
	Requests  []requestData
	Promises  []promiseData
	Facts     []fact
	Updates   []*said
}

type requestData struct {
	State template.HTML
	Steps []string
	Lines []template.HTML
}

type promiseData struct {
	Kind  string
	What  string
	Moved template.HTML
	Badge promiseBadge
}

// promiseBadge is a badge with a time in it.
type promiseBadge struct {
	Kind, Sign string
	Text       template.HTML
}

type fact struct {
	Name  string
	Value template.HTML
}

// incident is the page of one incident: once there is an explanation, that comes first.
func (v *viewer) incident(s *story) (string, string, any) {
	d := &incidentData{Title: v.name(s), Badge: v.badge(s), Next: v.promised(s, "")}
	if s.status == "dismissed" {
		d.Notes = append(d.Notes, v.say("dismissed"))
	}
	if s.successor != "" && v.byID[s.successor] != nil { // an incident that the public does not know is not named
		to := v.byID[s.successor]
		link := template.HTML(`<a href="` + template.HTMLEscapeString(v.f.Link(incidentPath(to.id))) + `">`) //nolint:gosec // escaped here
		d.Notes = append(d.Notes, v.say("successor", "title", link+v.name(to)+"</a>"))
	}
	if s.waits() {
		d.Notes = append(d.Notes, v.say("state.waits.text"))
	}
	if s.explained != nil {
		d.Explained = v.said(s, s.explained)
	}
	if d.Next == "" && !s.maintenance && fails(s.status) {
		d.Next = v.say("next.none")
	}
	for _, r := range s.requests {
		d.Requests = append(d.Requests, v.request(r))
	}
	for _, p := range s.promises {
		d.Promises = append(d.Promises, v.promise(p))
	}
	v.facts(s, d)
	for _, u := range s.updates {
		d.Updates = append(d.Updates, v.said(s, u))
	}
	return "incident", v.plainName(s), d
}

func (v *viewer) facts(s *story, d *incidentData) {
	add := func(name string, value template.HTML) { d.Facts = append(d.Facts, fact{v.f.Word(name), value}) }
	if s.maintenance {
		add("fact.planned", v.window(s))
	}
	if text := v.f.Word("severity." + string(s.severity)); text != "" && !s.maintenance && s.status != "dismissed" {
		add("fact.severity", template.HTML(template.HTMLEscapeString(text))) //nolint:gosec // escaped here
	}
	if !s.began.IsZero() {
		add("fact.began", v.when(s.began))
	}
	add("fact.said", v.when(s.created))
	switch {
	case s.fixed.IsZero():
	case s.maintenance || s.status == "dismissed":
		add("fact.ended", v.when(s.fixed))
	default:
		add("fact.fixed", v.when(s.fixed))
	}
	if s.round > 0 {
		add("fact.reopened", v.f.words.count("reopened", s.round))
	}
	if len(s.parts) > 0 {
		add("fact.components", v.partNames(s))
	}
}

func (v *viewer) request(r *request) requestData {
	d := requestData{State: v.isolated(r.state, v.f.Lang()), Steps: slices.Clone(r.steps)}
	if r.consent {
		d.Lines = append(d.Lines, v.say("request.consent"))
	}
	if !r.due.IsZero() {
		d.Lines = append(d.Lines, v.say("request.due", "time", v.when(r.due)))
	}
	if r.consequence != "" {
		d.Lines = append(d.Lines, v.say("request.otherwise", "consequence", v.isolated(r.consequence, v.f.Lang())))
	}
	return d
}

// promise says what was promised, and whether it was kept (R29, R75).
func (v *viewer) promise(p *promise) promiseData {
	d := promiseData{Kind: v.f.Word("promise." + string(p.kind)), What: p.what}
	if d.Kind == "" {
		d.Kind = v.f.Word("promise.other")
	}
	switch {
	case !p.kept.IsZero() && p.broken > 0:
		d.Badge = promiseBadge{"warn", "✓", v.say("promise.kept_late", "time", v.when(p.kept))}
	case !p.kept.IsZero():
		d.Badge = promiseBadge{"ok", "✓", v.say("promise.kept", "time", v.when(p.kept))}
	case v.at.After(p.due):
		d.Badge = promiseBadge{"bad", "×", v.say("promise.late", "time", v.when(p.due))}
	default:
		d.Badge = promiseBadge{"plan", "◷", v.say("promise.due", "time", v.when(p.due))}
	}
	if p.moved > 0 {
		d.Moved = v.say(counted("promise.moved", p.moved), "count", strconv.Itoa(p.moved))
	}
	return d
}
