package customerpage

import (
	"fmt"
	"html/template"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/internal/prose"
	"github.com/amends-dev/amends/internal/timetext"
	"github.com/amends-dev/amends/internal/webpage"
)

// frame is what all pages have.
type frame struct {
	W         *words
	Lang      string
	Style     template.CSS
	Brand     string
	Heading   string
	Contact   string
	Languages []languageLink
}

type languageLink struct {
	Tag, Name string
	Current   bool
}

func (h *Handler) frame(lang string) frame {
	f := frame{W: h.words[lang], Lang: lang, Style: webpage.Style(), Brand: h.brand, Contact: h.contact}
	for _, tag := range h.languages.Tags() {
		f.Languages = append(f.Languages, languageLink{tag, h.words[tag].Language, tag == lang})
	}
	return f
}

func (f *frame) titled(title string) string {
	if f.Brand != "" {
		title += " – " + f.Brand
	}
	return title
}

// plain is a page that shows nothing of a customer but what they just entered.
type plain struct {
	frame
	Text      string
	Reference string
	Open      string // a link to the customer's page, "" for none
	Kept      *kept
}

// kept is what was entered, to be sent again as it is.
type kept struct {
	Hidden []hidden
	Text   string
}

type hidden struct{ Name, Value string }

// Title is that of the window.
func (p *plain) Title() string { return p.titled(p.Heading) }

// page is the page of one customer. Its exported fields and methods are for the template.
type page struct {
	frame
	View incident.CustomerView
	// TextLang is the language of the view's texts, "" if it is the page's.
	TextLang    string
	HeadingLang string
	Notice      string
	Problem     *problem
	Expires     time.Time

	Tone     string
	Judge    *form
	Todo     []requestShown
	Promises []promiseShown
	Said     []statementShown
	Reports  []reportShown
	New      *form

	h       *Handler
	token   string
	zone    *time.Location
	now     time.Time
	entered *entered
}

// problem is why a form was not taken.
type problem struct {
	Text      string
	Reference string
	Fields    []fieldProblem
}

type fieldProblem struct{ At, Text string }

type promiseShown struct {
	incident.CustomerPromise
	Heading string
	Tone    string
	State   string
	Missed  string // how often, "" if never
}

type reportShown struct {
	incident.CustomerReport
	Heading        string
	Late           bool
	Reply, Correct *form
}

type requestShown struct {
	incident.CustomerRequest
	Overdue bool
	Form    *form
}

type statementShown struct {
	incident.CustomerStatement
	Anchor   string
	Heading  string
	Right    string    // where the statement that replaces it stands, "" if it is not here
	Corrects time.Time // when that which it replaces was said
	At       string    // where that stands
}

// newPage works out what the template shows.
func (v *visit) newPage(view incident.CustomerView, entered *entered) *page {
	h := v.h
	p := &page{
		frame: h.frame(v.lang), View: view, h: h, token: v.token, entered: entered, now: h.now(),
		zone: h.zones.Load(view.Zone), Expires: h.links.expires(v.link), Tone: tone(view.Status),
	}
	if view.Locale != "" && base(view.Locale) != v.lang {
		p.TextLang = view.Locale
	}
	if p.Heading, p.HeadingLang = view.Title, p.TextLang; strings.TrimSpace(p.Heading) == "" {
		p.Heading, p.HeadingLang = p.W.Untitled, ""
	}
	if view.Contact != "" {
		p.Contact = view.Contact
	}
	p.Todo, p.Promises, p.Reports, p.Said = p.requests(), p.promises(), p.reports(), p.statements()
	if p.mayJudge() {
		p.Judge = p.verdictForm()
	}
	if entered != nil && !slices.ContainsFunc(p.forms(), func(f *form) bool { return f.Slot == entered.slot }) {
		entered.slot = slot(incident.SayReport, 0) // the form that it came from is gone, the words are not
	}
	p.New = p.reportForm()
	return p
}

// mayJudge says whether a word on the fix has something to be about. It may be
// given at any time after that, also once the incident is closed (R72, R73).
func (p *page) mayJudge() bool {
	switch p.View.Status {
	case incident.StatusResolved, incident.StatusConfirmed, incident.StatusClosed:
		return true
	default:
		return p.View.Judge || p.entered != nil && p.entered.slot == slot(incident.SayVerdict, 0)
	}
}

func (p *page) requests() []requestShown {
	out := make([]requestShown, len(p.View.Requests))
	for i, r := range p.View.Requests {
		out[i] = requestShown{CustomerRequest: r}
		if r.Done.IsZero() {
			out[i].Overdue = r.Due != nil && p.View.At.After(r.Due.At)
			out[i].Form = p.doneForm(i+1, r)
		}
	}
	return out
}

func (p *page) promises() []promiseShown {
	out := make([]promiseShown, len(p.View.Promises))
	for i, pr := range p.View.Promises {
		s := promiseShown{CustomerPromise: pr, Heading: said(p.W.PromiseKinds, pr.Kind)}
		switch late := p.View.At.After(pr.Due.At); {
		case !pr.Kept.IsZero() && (pr.Broken > 0 || pr.Kept.After(pr.Due.At)):
			s.Tone, s.State = "warn", p.W.KeptLate
		case !pr.Kept.IsZero():
			s.Tone, s.State = "ok", p.W.Kept
		case late:
			s.Tone, s.State = "bad", p.W.Late
		default:
			s.Tone, s.State = "plan", p.W.Pending
		}
		switch {
		case pr.Broken == 1:
			s.Missed = p.W.BrokenOnce
		case pr.Broken > 1:
			s.Missed = fmt.Sprintf(p.W.BrokenTimes, pr.Broken)
		}
		out[i] = s
	}
	return out
}

func (p *page) reports() []reportShown {
	out := make([]reportShown, len(p.View.Reports))
	for i, r := range p.View.Reports {
		out[i] = reportShown{
			CustomerReport: r, Heading: said(p.W.ReportKinds, r.Kind),
			Late:  !r.AnswerBy.IsZero() && p.View.At.After(r.AnswerBy),
			Reply: p.replyForm(i+1, r), Correct: p.correctForm(i+1, r),
		}
	}
	return out
}

func (p *page) statements() []statementShown {
	out := make([]statementShown, len(p.View.Said))
	place := make(map[string]int, len(out))
	for i, s := range p.View.Said {
		place[s.ID] = i
		heading := s.Subject
		if strings.TrimSpace(heading) == "" || !s.Withdrawn.IsZero() {
			heading = said(p.W.Purposes, s.Purpose)
		}
		out[i] = statementShown{CustomerStatement: s, Anchor: "said-" + strconv.Itoa(len(out)-i), Heading: heading}
	}
	for i := range out {
		by, ok := place[out[i].CorrectedBy]
		if out[i].CorrectedBy == "" || !ok {
			continue
		}
		out[i].Right = out[by].Anchor
		out[by].Corrects, out[by].At = out[i].Published, out[i].Anchor
	}
	return out
}

// base is the language of a BCP 47 tag.
func base(tag string) string {
	b, _, _ := strings.Cut(strings.ToLower(tag), "-")
	return b
}

// whenShown is a time for people, and for programs.
type whenShown struct{ Text, Machine string }

// When writes a time in the customer's zone, which it names. One that is not
// known is said to be unknown (R13).
func (p *page) When(t time.Time) whenShown {
	if t.IsZero() {
		return whenShown{Text: p.W.Unknown}
	}
	t = t.In(p.zone)
	return whenShown{timetext.Format(p.Lang, t), t.Format(time.RFC3339)}
}

// forms are all forms of the page.
func (p *page) forms() []*form {
	var out []*form
	if p.Judge != nil {
		out = append(out, p.Judge)
	}
	for _, r := range p.Todo {
		if r.Form != nil {
			out = append(out, r.Form)
		}
	}
	for _, r := range p.Reports {
		out = append(out, r.Reply, r.Correct)
	}
	if p.New != nil {
		out = append(out, p.New)
	}
	return out
}

// formShown is a form and the language to keep.
type formShown struct {
	Form *form
	Lang string
}

// With hands a form to its template.
func (p *page) With(f *form) formShown { return formShown{f, p.Lang} }

// Title is that of the window: a mistake comes first, so that it is heard first.
func (p *page) Title() string {
	title := p.Heading
	if p.Problem != nil {
		title = p.W.Error + ": " + title
	}
	return p.titled(title)
}

// Prose cuts a text into paragraphs, lists and quotations.
func (p *page) Prose(text string) []prose.Block { return prose.Blocks(text) }
