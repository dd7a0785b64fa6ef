package notify

import (
	"fmt"
	"strings"
	"time"
)

// Data is what a template may say. The caller fills it from records, the
// directory and the ledger; nothing of it may derive from an error. Text is
// plain text: markup in it is shown, not obeyed. Empty fields are left out of
// the message, except those without which a kind makes no sense: then rendering
// is an error. Data is only read.
type Data struct {
	// Brand is who speaks, for example the product's name.
	Brand string
	// Name is the person addressed, Customer their company.
	Name     string
	Customer string
	// Person of ours who is in charge, and Contact, a way to reach them (R65).
	Person  string
	Contact string

	// Title of the incident, maintenance or case. Subject is a title of this
	// statement's own; if empty, each kind makes one from Title.
	Title   string
	Subject string
	// Body holds the words that a person wrote or approved.
	Body string
	// Status of the incident in customers' words, and the Components concerned.
	Status     string
	Components []string
	// Own lists what concerns this customer alone: their windows, their objects (R13, R14).
	Own []string
	// Why says why it hit them (R5).
	Why string
	// Steps the customer must take, in order (R9).
	Steps []string
	// Lost lists what is lost even after recovery (R11).
	Lost []string
	// Earlier holds the words that a correction corrects.
	Earlier string

	// Since is when it began for this customer.
	Since time.Time
	// NextUpdate is when they hear from us again at the latest (R45).
	NextUpdate time.Time
	// AnswerBy is when the answer to their message comes at the latest (R56).
	AnswerBy time.Time
	// Due is, of a wake, when the duty falls due.
	Due time.Time
	// Zone is the recipient's time zone (IANA). All times are shown in it and
	// name it. If empty or unknown, they are shown in UTC and say so.
	Zone string

	// Report is what the customer told us, ReportedAt when, ReportedSince since
	// when they see it. They are repeated to them, so that they can correct it (R55).
	Report        string
	ReportedAt    time.Time
	ReportedSince time.Time

	// Link is where the customer acts or reads more, CorrectLink where they
	// correct their report, Unsubscribe the one-click URL. Only these become
	// links in HTML, and only with http or https.
	Link        string
	CorrectLink string
	Unsubscribe string

	// Awards lists what the customer gets, Total the sum in words, if there is one.
	Awards []AwardLine
	Total  string

	// Reason says, of a wake, what is wanted of the person woken.
	Reason string

	// Extra holds what a host's own templates need. A template that asks for a
	// key that is not there, as in {{.Extra.room}}, is an error.
	Extra map[string]string
}

// AwardLine is one thing that a customer gets, with every step of why.
type AwardLine struct {
	Amount string   // formatted in their locale: "€12.50 credit", "one free month"
	Why    []string // each step of the sum in plain words
}

// missing names the fields that the kind needs and d lacks.
func (d *Data) missing(kind string) []string {
	var names []string
	for _, name := range required[kind] {
		if !d.has(name) {
			names = append(names, name)
		}
	}
	if kind == KindAward {
		for i, a := range d.Awards {
			if strings.TrimSpace(a.Amount) == "" || len(a.Why) == 0 {
				names = append(names, fmt.Sprintf("Awards[%d] with an amount and why", i))
			}
		}
	}
	return names
}

// has reports whether a field of required is filled.
func (d *Data) has(name string) bool {
	switch name {
	case "Title":
		return strings.TrimSpace(d.Title) != ""
	case "Body":
		return strings.TrimSpace(d.Body) != ""
	case "Report":
		return strings.TrimSpace(d.Report) != ""
	case "Contact":
		return strings.TrimSpace(d.Contact) != ""
	case "Link":
		return strings.TrimSpace(d.Link) != ""
	case "Reason":
		return strings.TrimSpace(d.Reason) != ""
	case "Awards":
		return len(d.Awards) > 0
	case "AnswerBy":
		return !d.AnswerBy.IsZero()
	case "NextUpdate":
		return !d.NextUpdate.IsZero()
	}
	return false
}
