package statuspage

import (
	"fmt"
	"hash/fnv"
	"html/template"
	"slices"
	"strconv"
	"time"

	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/internal/prose"
	"github.com/amends-dev/amends/internal/timetext"
)

// badge is a word for how something is, with a sign and a colour that say the same.
type badge struct {
	Kind string // class of the style sheet: ok, warn, bad, plan
	Sign string
	Text string
}

// said is one update as a page shows it.
type said struct {
	Anchor    string
	Heading   template.HTML
	Subject   template.HTML
	Lang      string // of the words, "" if it is the page's
	Blocks    []prose.Block
	When      template.HTML
	Signed    template.HTML
	Next      template.HTML
	Corrected template.HTML // not empty: the words are wrong
	Corrects  template.HTML
	Withdrawn template.HTML // not empty: the words are gone
	Elsewhere template.HTML
}

// brief is an incident as lists show it.
type brief struct {
	URL      string
	Title    template.HTML
	Badge    badge
	Severity string
	Affects  template.HTML
	Window   template.HTML
	Latest   *said
	Next     template.HTML
	More     template.HTML
	About    template.HTML
}

func (v *viewer) brief(s *story) brief {
	b := brief{
		URL: v.f.Link(incidentPath(s.id)), Title: v.name(s), Badge: v.badge(s), Affects: v.affects(s), Next: v.promised(s, ""),
		About: v.say("more.about", "title", v.name(s)), More: v.f.words.count("more", len(s.updates)), Latest: v.said(s, s.latest()),
	}
	if s.maintenance {
		b.Window = v.window(s)
	} else if s.severity.Rank() > 0 && s.status != incident.StatusDismissed {
		b.Severity = v.f.Word("severity." + string(s.severity))
	}
	return b
}

func (v *viewer) window(s *story) template.HTML {
	if s.planned.To.IsZero() {
		return v.say("window.open", "from", v.when(s.planned.From))
	}
	return v.say("window", "from", v.when(s.planned.From), "to", v.when(s.planned.To))
}

func (v *viewer) affects(s *story) template.HTML {
	if len(s.parts) == 0 {
		return ""
	}
	return v.say("affects", "components", v.partNames(s))
}

func (v *viewer) partNames(s *story) template.HTML {
	var names []template.HTML
	for _, p := range s.parts {
		names = append(names, v.isolated(p.name, v.f.Lang()))
	}
	return join(names, ", ")
}

// badge says how an incident stands.
func (v *viewer) badge(s *story) badge {
	b := badge{Text: v.f.Word("status." + string(s.status))}
	if b.Text == "" {
		b.Text = v.f.Word("status.investigating")
	}
	switch {
	case s.maintenance && s.status == incident.StatusFailed:
		b.Kind, b.Sign = "bad", "×"
	case s.maintenance && s.over(), s.confirmed(), s.status == incident.StatusDismissed:
		b.Kind, b.Sign = "ok", "✓"
	case s.maintenance, s.waits():
		b.Kind, b.Sign = "plan", "◷"
	case s.severity == incident.SeverityCritical:
		b.Kind, b.Sign = "bad", "×"
	default:
		b.Kind, b.Sign = "warn", "!"
	}
	return b
}

// conditionBadge says how a component is.
func (v *viewer) conditionBadge(c condition) badge {
	b := badge{Text: v.f.Word("condition." + string(c))}
	switch c {
	case operational:
		b.Kind, b.Sign = "ok", "✓"
	case underMaintenance:
		b.Kind, b.Sign = "plan", "◷"
	case degraded, partialOutage:
		b.Kind, b.Sign = "warn", "!"
	case majorOutage:
		b.Kind, b.Sign = "bad", "×"
	}
	return b
}

// promised says when the next word on an incident comes; about is "" or ".about", to name it.
func (v *viewer) promised(s *story, about string) template.HTML {
	switch {
	case s.next == nil:
		return ""
	case v.at.After(s.next.due):
		return v.say("next.late"+about, "time", v.when(s.next.due), "title", v.name(s))
	}
	return v.say("next"+about, "time", v.when(s.next.due), "title", v.name(s))
}

func anchor(u *update) string {
	h := fnv.New64a()
	_, _ = h.Write([]byte(u.id))
	return fmt.Sprintf("u%x", h.Sum64())
}

// said shows one update.
func (v *viewer) said(s *story, u *update) *said {
	d := &said{Anchor: anchor(u), When: v.when(u.at)}
	label := template.HTML(template.HTMLEscapeString(v.label(u))) //nolint:gosec // escaped here
	d.Heading = label
	if u.record != s.id {
		if i := slices.IndexFunc(s.of, func(r *record) bool { return r.id == u.record }); i >= 0 {
			d.Elsewhere = v.say("elsewhere", "title", v.isolated(s.of[i].title, v.first))
		}
	}
	if u.corrects != nil {
		d.Corrects = v.say("corrects", "time", v.to(u.corrects))
	}
	if !u.withdrawn.IsZero() {
		d.Withdrawn = v.say("withdrawn", "time", v.when(u.withdrawn))
		return d
	}
	t, lang := u.text(v.f.Lang())
	d.Lang, d.Blocks = v.foreign(lang), prose.Blocks(t.Body)
	if t.Subject != "" {
		d.Subject = v.isolated(t.Subject, lang)
		if t.Subject != v.label(u) {
			d.Heading = label + ": " + d.Subject
		}
	}
	if u.person != "" {
		d.Signed = v.say("signed", "person", v.isolated(u.person, v.f.Lang()))
	}
	switch {
	case u.correctedBy != nil:
		d.Corrected = v.say("corrected", "time", v.to(u.correctedBy))
	case u.isCorrected:
		d.Corrected = v.say("corrected.somewhere")
	case !u.next.IsZero():
		d.Next = v.say("said.next", "time", v.when(u.next))
	}
	return d
}

// to leads to another update of the same page, by its time.
func (v *viewer) to(u *update) template.HTML {
	href := v.f.Link(incidentPath(v.byID[u.record].id)) + "#" + anchor(u)
	return `<a href="` + template.HTML(template.HTMLEscapeString(href)) + `">` + v.when(u.at) + `</a>` //nolint:gosec // escaped here
}

// label is a word for what an update is.
func (v *viewer) label(u *update) string {
	switch u.purpose {
	case incident.PurposeCorrection, incident.PurposeExplanation, incident.PurposeReopening:
		return v.f.Word("said." + string(u.purpose))
	default:
	}
	if w := v.f.Word("said." + string(u.status)); w != "" {
		return w
	}
	return v.f.Word("said.investigating")
}

// sum is the state of all of it in words.
func (v *viewer) sum() badge {
	kind := v.state.indicator
	waits := slices.ContainsFunc(v.stories, (*story).waits)
	switch kind {
	case "none":
		if waits {
			return badge{"plan", "◷", v.f.Word("state.waits")}
		}
		return badge{"ok", "✓", v.f.Word("state.none")}
	case "maintenance":
		return badge{"plan", "◷", v.f.Word("state.maintenance")}
	case "critical":
		return badge{"bad", "×", v.f.Word("state.critical")}
	}
	return badge{"warn", "!", v.f.Word("state." + kind)}
}

// homeData is the first page.
type homeData struct {
	State  badge
	Lines  []template.HTML
	Groups []homeGroup
	Parts  []partGroup
	Recent string
	Days   []day
}

type homeGroup struct {
	ID, Heading string
	Stories     []brief
}

type partGroup struct {
	Name, Description string
	Parts             []partLine
}

type partLine struct {
	Name, Description, Core string
	Badge                   badge
}

type day struct {
	Day     template.HTML
	Stories []brief
}

// home is the first page: how it is now and what comes next before anything else.
func (v *viewer) home() (string, string, any) {
	d := &homeData{State: v.sum(), Recent: v.f.words.fill("recent", "count", strconv.Itoa(recentDays))}
	for _, g := range []struct {
		id     string
		wanted func(*story) bool
	}{
		{"open", func(s *story) bool { return !s.maintenance && fails(s.status) }},
		{"waiting", func(s *story) bool { return !s.maintenance && s.waits() }},
		{"planned", func(s *story) bool { return s.maintenance && (s.running() || s.upcoming()) }},
	} {
		var list []*story
		for _, s := range v.stories {
			if g.wanted(s) {
				list = append(list, s)
			}
		}
		if g.id == "planned" { // the next first
			slices.SortStableFunc(list, func(a, b *story) int { return a.planned.From.Compare(b.planned.From) })
		}
		group := homeGroup{ID: g.id, Heading: v.f.Word(g.id)}
		for _, s := range list {
			if line := v.promised(s, ".about"); line != "" && !s.maintenance {
				d.Lines = append(d.Lines, line)
			}
			group.Stories = append(group.Stories, v.brief(s))
		}
		if len(list) > 0 {
			d.Groups = append(d.Groups, group)
		}
	}
	switch {
	case len(d.Lines) > 0:
	case d.State.Text == v.f.Word("state.none"):
		d.Lines = append(d.Lines, v.say("state.none.text"))
	case d.State.Text == v.f.Word("state.waits"):
		d.Lines = append(d.Lines, v.say("state.waits.text"))
	case v.state.indicator != "maintenance":
		d.Lines = append(d.Lines, v.say("next.none"))
	}
	v.homeParts(d)
	v.homeDays(d)
	return "home", d.State.Text, d
}

func (v *viewer) homeParts(d *homeData) {
	for _, g := range v.groups {
		var lines []partLine
		for _, p := range g.parts {
			if p.OnlyIfDegraded && p.condition == operational {
				continue
			}
			line := partLine{Name: p.Name, Description: p.Description, Badge: v.conditionBadge(p.condition)}
			if p.Core {
				line.Core = v.f.Word("components.core")
			}
			lines = append(lines, line)
		}
		switch last := len(d.Parts) - 1; {
		case len(lines) == 0:
		case !g.heading && last >= 0 && d.Parts[last].Name == "":
			d.Parts[last].Parts = append(d.Parts[last].Parts, lines...)
		default:
			d.Parts = append(d.Parts, partGroup{g.Name, g.Description, lines})
		}
	}
}

func (v *viewer) homeDays(d *homeData) {
	for n := range recentDays {
		begin := time.Date(v.at.Year(), v.at.Month(), v.at.Day()-n, 0, 0, 0, 0, v.zone)
		end := time.Date(v.at.Year(), v.at.Month(), v.at.Day()-n+1, 0, 0, 0, 0, v.zone)
		one := day{Day: v.dateElement(begin, time.DateOnly, timetext.Day(v.f.words.base, begin))}
		for _, s := range v.stories {
			if t := s.dated(); !s.upcoming() && !t.Before(begin) && t.Before(end) {
				one.Stories = append(one.Stories, v.brief(s))
			}
		}
		d.Days = append(d.Days, one)
	}
}

// dateElement wraps words for a day or a month.
func (v *viewer) dateElement(t time.Time, layout, words string) template.HTML {
	//nolint:gosec // a date of ours, and words that are escaped here
	return template.HTML(`<time datetime="` + t.Format(layout) + `">` + template.HTMLEscapeString(words) + `</time>`)
}
