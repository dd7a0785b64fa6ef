package incident

import (
	"slices"
	"strings"
	"time"
)

// Rank orders severities: 1 is minor, 3 is critical, 0 is not said or not known.
func (s Severity) Rank() int {
	switch s {
	case SeverityMinor:
		return 1
	case SeverityMajor:
		return 2
	case SeverityCritical:
		return 3
	}
	return 0
}

// Statement returns a statement by ID, or nil.
func (i *Incident) Statement(id string) *Statement { return findStatement(i.Statements, id) }

// PublishedStatements returns the statements that were published, also those
// that were corrected or withdrawn since, in the order they were drafted.
func (i *Incident) PublishedStatements() []*Statement { return published(i.Statements) }

// FirstPublished returns the statement that was published first, or nil. It is
// the first notice, whatever its purpose (R33, R34).
func (i *Incident) FirstPublished() *Statement { return firstPublished(i.Statements) }

// LastPublished returns the statement that was published last, or nil.
func (i *Incident) LastPublished() *Statement { return lastPublished(i.Statements) }

// StatusSince returns when the incident last entered a status, and whether it ever did.
func (i *Incident) StatusSince(s Status) (time.Time, bool) {
	for _, was := range slices.Backward(i.Statuses) {
		if was.Status == s {
			return was.At, true
		}
	}
	return time.Time{}, false
}

// RoundSince returns when the present round began: when it was opened, or reopened last.
func (i *Incident) RoundSince() time.Time {
	since := i.Opened
	for n := len(i.Statuses) - 1; n >= 0 && i.Statuses[n].Round == i.Round; n-- {
		since = i.Statuses[n].At
	}
	return since
}

// ActiveWaiver returns the waiver of a requirement that holds at a time, or nil.
func (i *Incident) ActiveWaiver(requirement string, at time.Time) *WaiverAt {
	return activeWaiver(i.Waivers, requirement, at)
}

// PendingPromises returns the promises that are not kept yet, preventions included.
func (i *Incident) PendingPromises() []*Promise { return pending(i.Promises) }

// Request returns a request by ID, or nil.
func (i *Incident) Request(id string) *Request {
	for _, r := range i.Requests {
		if r.ID == id {
			return r
		}
	}
	return nil
}

// Incidents returns the incident's ID and those that live on in it: whose cases are its cases.
func (i *Incident) Incidents() []string { return append([]string{i.ID}, i.Absorbed...) }

// OutlivesClosing reports whether the promise does not keep its incident open (R29).
func (p *Promise) OutlivesClosing() bool { return p.PromiseMade.Promise == PromisePrevention }

// Late reports whether the promise is pending and its time has passed.
func (p *Promise) Late(at time.Time) bool { return p.State == PromisePending && at.After(p.Due.At) }

// Missed reports whether the present due time is on record as broken.
func (p *Promise) Missed() bool { return p.Broken > 0 && p.missed.Equal(p.Due.At) }

// Covers reports whether the waiver holds at a time.
func (w WaiverAt) Covers(at time.Time) bool { return !at.Before(w.At) && at.Before(w.Expires) }

// Text returns the words in the reader's language (BCP 47), in a wider one of it
// ("de" for "de-AT"), or in the language that others fall back to; and which
// language that is, so that what stands around them can follow it.
func (s StatementDrafted) Text(locale string) (Text, string) {
	for l := locale; l != ""; l = l[:max(strings.LastIndexByte(l, '-'), 0)] {
		if t, ok := s.Texts[l]; ok {
			return t, l
		}
	}
	fallback := s.Locale
	if fallback == "" {
		fallback = "en"
	}
	return s.Texts[fallback], fallback
}

// To reports whether the statement is for any of the audiences.
func (s StatementDrafted) To(audiences ...Audience) bool {
	return slices.ContainsFunc(audiences, func(a Audience) bool { return slices.Contains(s.Audiences, a) })
}

func findStatement(list []*Statement, id string) *Statement {
	for _, s := range slices.Backward(list) {
		if s.ID == id {
			return s
		}
	}
	return nil
}

func published(list []*Statement) []*Statement {
	var out []*Statement
	for _, s := range list {
		if !s.Published.IsZero() {
			out = append(out, s)
		}
	}
	return out
}

func firstPublished(list []*Statement) *Statement {
	var first *Statement
	for _, s := range list {
		if !s.Published.IsZero() && (first == nil || s.Published.Before(first.Published)) {
			first = s
		}
	}
	return first
}

func lastPublished(list []*Statement) *Statement {
	var last *Statement
	for _, s := range list {
		if !s.Published.IsZero() && (last == nil || !s.Published.Before(last.Published)) {
			last = s
		}
	}
	return last
}

func activeWaiver(list []WaiverAt, requirement string, at time.Time) *WaiverAt {
	for n := len(list) - 1; n >= 0; n-- {
		if list[n].Requirement == requirement && list[n].Covers(at) {
			return &list[n]
		}
	}
	return nil
}

func pending(list []*Promise) []*Promise {
	var out []*Promise
	for _, p := range list {
		if p.State == PromisePending {
			out = append(out, p)
		}
	}
	return out
}
