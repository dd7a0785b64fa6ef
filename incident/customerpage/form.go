package customerpage

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/amends-dev/amends/incident"
)

// maxText is how many characters a text may have. However they are written, they
// and the rest of a form are less than maxBody when they are sent: 12 bytes each at most.
const (
	maxText = 5000
	maxBody = 64 << 10
)

// form is one form of the page.
type form struct {
	Slot    string // its name within the page, and the beginning of its IDs
	Label   string // for those who do not see where it stands
	Summary string // it is folded away behind these words, "" if it is not
	Open    bool
	Token   string
	Fields  []field
	Submit  string
}

// field is a group of choices, or something to write into.
type field struct {
	Kind    string // "choice", "text" or "time"
	ID      string
	Name    string
	Label   string
	Note    string // "(optional)"
	Hint    string
	Error   string
	Value   string
	Row     bool // choices stand in a row
	Options []option
}

type option struct {
	ID, Value, Label string
	Checked          bool
}

// At is the ID of what a link to the field leads to.
func (f field) At() string {
	if len(f.Options) > 0 {
		return f.Options[0].ID
	}
	return f.ID
}

// DescribedBy lists the IDs of what is said about the field.
func (f field) DescribedBy() string {
	var ids []string
	if f.Hint != "" {
		ids = append(ids, f.ID+"-hint")
	}
	if f.Error != "" {
		ids = append(ids, f.ID+"-error")
	}
	return strings.Join(ids, " ")
}

// The words of a form as they are sent.
const (
	nameForm         = "form"
	nameToken        = "token"
	nameOpinion      = "opinion"
	nameSatisfaction = "satisfaction"
	nameText         = "text"
	nameKind         = "kind"
	nameSince        = "since"
	nameUrgency      = "urgency"
)

// slot names a form of the page: what it says, and the place of its report or
// request in the view, from 1. It only tells where to show what was entered
// again; what a form is about stands in its token.
func slot(say incident.Saying, place int) string {
	if place == 0 {
		return string(say)
	}
	return string(say) + "-" + strconv.Itoa(place)
}

// sayingOf is what the form in a slot says.
func sayingOf(slot string) incident.Saying {
	say, _, _ := strings.Cut(slot, "-")
	return incident.Saying(say)
}

// form makes one, filled in with what was entered before if that was this one.
func (p *page) form(say incident.Saying, place int, target string, fields ...field) *form {
	f := &form{Slot: slot(say, place), Submit: p.W.Send, Fields: fields}
	t := formToken{say: say, target: target, expires: p.now.Add(p.h.formLife)}
	if entered := p.entered; entered != nil && entered.slot == f.Slot {
		f.Open = true
		t.key = entered.key
		for i := range f.Fields {
			f.Fields[i] = f.Fields[i].filled(entered)
		}
	}
	if t.key == "" {
		t.key = newKey()
	}
	f.Token = t.seal(p.h.links.forms, p.token)
	for i := range f.Fields {
		f.Fields[i] = f.Fields[i].placed(f.Slot)
	}
	return f
}

// filled holds what was entered, and what is wrong with it.
func (f field) filled(e *entered) field {
	f.Error = e.errors[f.Name]
	f.Value = e.values.Get(f.Name)
	for i := range f.Options {
		f.Options[i].Checked = f.Options[i].Value == f.Value
	}
	return f
}

// placed has IDs that are unique within the page.
func (f field) placed(slot string) field {
	f.ID = slot + "-" + f.Name
	for i := range f.Options {
		f.Options[i].ID = f.ID + "-" + f.Options[i].Value
	}
	return f
}

func (p *page) verdictForm() *form {
	satisfied := field{Kind: "choice", Name: nameSatisfaction, Label: p.W.AskSatisfied, Note: p.W.Optional, Row: true}
	for i, label := range p.W.Satisfied {
		satisfied.Options = append(satisfied.Options, option{Value: strconv.Itoa(i + 1), Label: label})
	}
	return p.form(incident.SayVerdict, 0, "",
		choice(nameOpinion, p.W.AskOpinion, "", p.W.Opinions, incident.OpinionFixed, incident.OpinionPartly, incident.OpinionBroken),
		satisfied,
		p.text(p.W.AskWords, p.W.Optional))
}

func (p *page) reportForm() *form {
	f := p.form(incident.SayReport, 0, "",
		choice(nameKind, p.W.AskKind, string(incident.ReportFailure), p.W.AskKinds, incident.ReportFailure, incident.ReportQuestion, incident.ReportComplaint),
		p.text(p.W.AskText, ""),
		field{Kind: "time", Name: nameSince, Label: p.W.AskSince, Note: p.W.Optional, Hint: fmt.Sprintf(p.W.ZoneHint, p.zone)},
		choice(nameUrgency, p.W.AskUrgency, string(incident.UrgencyNormal), p.W.Urgencies, incident.UrgencyNormal, incident.UrgencyHigh, incident.UrgencyMayday))
	f.Summary, f.Label = p.W.Report, p.W.Report
	return f
}

func (p *page) replyForm(place int, r incident.CustomerReport) *form {
	f := p.form(incident.SayReply, place, r.ID, p.text(p.W.YourReply, ""))
	f.Summary, f.Label = p.W.Reply, fmt.Sprintf(p.W.ReplyTo, p.When(r.Received).Text)
	if r.Asked {
		f.Summary, f.Label, f.Open = p.W.AnswerOurs, p.W.AnswerOurs, true
	}
	return f
}

func (p *page) correctForm(place int, r incident.CustomerReport) *form {
	f := p.form(incident.SayCorrection, place, r.ID, p.text(p.W.YourCorrection, ""))
	f.Summary, f.Label = p.W.Correct, fmt.Sprintf(p.W.CorrectOf, p.When(r.Received).Text)
	return f
}

func (p *page) doneForm(place int, r incident.CustomerRequest) *form {
	f := p.form(incident.SayDone, place, r.ID)
	f.Submit = p.W.MarkDone
	if r.Consent {
		f.Submit = p.W.MarkConsent
	}
	f.Label = f.Submit + ": " + r.State
	return f
}

func (p *page) text(label, note string) field {
	return field{Kind: "text", Name: nameText, Label: label, Note: note, Hint: fmt.Sprintf(p.W.TextHint, maxText)}
}

// choice offers words of the incident package; one of them is chosen to begin with, or none.
func choice[K ~string](name, label, chosen string, table map[K]string, words ...K) field {
	f := field{Kind: "choice", Name: name, Label: label, Value: chosen}
	for _, w := range words {
		f.Options = append(f.Options, option{Value: string(w), Label: table[w], Checked: string(w) == chosen})
	}
	return f
}
