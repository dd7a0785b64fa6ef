package statuspage

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/internal/prose"
)

// record is what the public may know of one record, and nothing else of it.
// While nothing was said in public, that is only where it lives on. It is
// immutable, so that pages share it with the next reading.
type record struct {
	id     string
	status incident.Status
	into   string // lives on there

	title       string
	round       int
	severity    incident.Severity
	maintenance bool
	planned     incident.Window
	successor   string
	began       time.Time // for customers; zero: not known
	fixed       time.Time // we said so last, or the work ended
	monitoring  time.Time
	changed     time.Time
	parts       []part
	updates     []*update  // oldest first; none: it is not public
	next        []*promise // of a next update; whether words in public kept it, the story tells
	promises    []*promise
	requests    []*request
}

func (r *record) public() bool { return len(r.updates) > 0 }

// update is one statement that was published to everybody.
type update struct {
	id          string
	record      string
	purpose     incident.Purpose
	status      incident.Status // that it announced
	round       int
	words       incident.StatementDrafted // texts and locale only; empty once withdrawn
	person      string
	contact     string
	at          time.Time
	next        time.Time // promised with it; zero: none
	isCorrected bool
	correctedBy *update // nil where that is not public
	corrects    *update
	withdrawn   time.Time
	parts       []part
}

// live reports whether the words still stand.
func (u *update) live() bool { return !u.isCorrected && u.withdrawn.IsZero() }

// text returns the words in a language, or in the one that they have, which it names.
func (u *update) text(language string) (incident.Text, string) {
	t, l := u.words.Text(language)
	if t == (incident.Text{}) {
		for _, l = range slices.Sorted(maps.Keys(u.words.Texts)) {
			return u.words.Texts[l], l
		}
	}
	return t, l
}

// promise is a time that was given to everybody.
type promise struct {
	kind   incident.PromiseKind
	said   string // ID of the words that it was given with, "" for none
	what   string
	made   time.Time
	due    time.Time
	kept   time.Time // zero: pending
	moved  int
	broken int
	record string
}

// request is what customers are asked to do.
type request struct {
	state, consequence string
	steps              []string
	due                time.Time
	consent            bool
}

// projection reads a record and notes what the view alone does not tell: how
// things stood when something was said.
type projection struct {
	v       incident.Incident
	touched time.Time // a fact that the page shows
	said    map[string]*update
}

func (p *projection) apply(e incident.Event) error {
	if err := p.v.Apply(e); err != nil {
		return err
	}
	switch d := e.Data.(type) {
	case incident.TitleChanged, incident.MaintenanceMoved, incident.SeverityChanged, incident.ComponentsChanged:
		p.touched = e.At
	case incident.StatementPublished:
		s := p.v.Statement(d.Statement)
		if s == nil || s.Published.IsZero() || !s.To(incident.AudiencePublic) || p.said[s.ID] != nil {
			break
		}
		st := announced(s, &p.v)
		if p.said == nil {
			p.said = map[string]*update{}
		}
		p.said[s.ID] = &update{id: s.ID, status: st, parts: parts(&p.v, st)}
	}
	return nil
}

// announced is the status that a statement tells of.
func announced(s *incident.Statement, v *incident.Incident) incident.Status {
	switch {
	case s.Purpose == incident.PurposeResolution && v.Maintenance:
		return incident.StatusCompleted
	case s.Purpose == incident.PurposeResolution:
		return incident.StatusResolved
	case s.Purpose == incident.PurposeReopening:
		return incident.StatusInvestigating
	case s.Purpose == incident.PurposeExplanation:
		return v.Status
	}
	return cmp.Or(s.Status, v.Status)
}

// record returns what the public may know.
func (p *projection) record() *record {
	v := &p.v
	r := &record{id: v.ID, status: v.Status, into: v.MergedInto}
	if len(p.said) == 0 {
		return r
	}
	r.title = cmp.Or(prose.OneLine(v.Title), "?")
	r.round, r.severity, r.maintenance, r.planned, r.successor = v.Round, v.Severity, v.Maintenance, v.Planned, v.Successor
	r.began = v.Clocks[incident.ClockOccurred]
	r.parts = parts(v, v.Status)
	p.fillUpdates(r)
	p.fillTimes(r)
	p.fillPromises(r)
	return r
}

func (p *projection) fillUpdates(r *record) {
	asked := map[string]bool{}
	for _, s := range p.v.Statements {
		u := p.said[s.ID]
		if u == nil {
			continue
		}
		u.record, u.purpose, u.round, u.at, u.withdrawn = r.id, s.Purpose, s.Round, s.Published, s.Withdrawn
		u.isCorrected = s.CorrectedBy != ""
		u.correctedBy, u.corrects = p.said[s.CorrectedBy], p.said[s.Corrects]
		if s.Withdrawn.IsZero() {
			u.words = incident.StatementDrafted{Locale: s.Locale, Texts: clean(s.Texts)}
			u.person, u.contact = prose.OneLine(s.Person), prose.OneLine(s.Contact)
			if s.NextUpdate != nil {
				u.next = s.NextUpdate.At
			}
		}
		if s.Live() {
			for _, id := range s.Requests {
				asked[id] = true
			}
		}
		r.updates = append(r.updates, u)
	}
	slices.SortStableFunc(r.updates, func(a, b *update) int { return a.at.Compare(b.at) })
	for _, q := range p.v.Requests {
		if !asked[q.ID] {
			continue // no public word speaks of it
		}
		out := &request{state: prose.OneLine(q.State), consequence: prose.OneLine(q.Consequence), consent: q.Consent}
		for _, s := range q.Steps {
			out.steps = append(out.steps, prose.OneLine(s))
		}
		if q.Due != nil {
			out.due = q.Due.At
		}
		r.requests = append(r.requests, out)
	}
}

// clean returns texts that can be shown anywhere.
func clean(texts map[string]incident.Text) map[string]incident.Text {
	out := make(map[string]incident.Text, len(texts))
	for l, t := range texts {
		out[l] = incident.Text{Subject: prose.OneLine(t.Subject), Body: prose.Paragraphs(prose.Plain(t.Body))}
	}
	return out
}

func (p *projection) fillTimes(r *record) {
	first := r.updates[0].at
	for _, u := range r.updates {
		r.changed = later(r.changed, later(u.at, u.withdrawn))
	}
	if p.touched.After(first) {
		r.changed = later(r.changed, p.touched)
	}
	for _, s := range p.v.Statuses {
		if s.At.After(first) { // what it was before is nobody's business
			r.changed = later(r.changed, s.At)
		}
		switch s.Status {
		case incident.StatusMonitoring, incident.StatusVerifying:
			r.monitoring = s.At
		case incident.StatusResolved, incident.StatusDismissed, incident.StatusCompleted, incident.StatusCancelled, incident.StatusFailed:
			r.fixed = s.At
		case incident.StatusInvestigating:
			r.monitoring, r.fixed = time.Time{}, time.Time{} // it goes on
		default:
		}
	}
}

// fillPromises keeps the promises that were given to everybody: with public
// words, or in the incident's name without any.
func (p *projection) fillPromises(r *record) {
	for _, q := range p.v.Promises {
		next := q.PromiseMade.Promise == incident.PromiseNextUpdate
		personal := q.PromiseMade.Promise == incident.PromiseAnswer || q.PromiseMade.Promise == incident.PromiseCallBack
		if q.Statement != "" && p.said[q.Statement] == nil || q.Statement == "" && personal {
			continue
		}
		out := &promise{
			kind: q.PromiseMade.Promise, said: q.Statement, what: prose.OneLine(q.What), made: q.Made, due: q.Due.At, kept: q.KeptAt,
			moved: q.Moved, broken: q.Broken, record: r.id,
		}
		switch {
		case next && (q.State == incident.PromisePending || q.Statement != ""):
			r.next = append(r.next, out)
		case !next:
			r.promises = append(r.promises, out)
		}
		if !next && q.Made.After(r.updates[0].at) {
			r.changed = later(r.changed, later(q.Made, q.KeptAt))
		}
	}
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
