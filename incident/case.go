package incident

import (
	"slices"
	"strconv"
	"time"
)

// Message is a customer's word that waits for us: a report, or a reply in its thread.
type Message struct {
	ID     string // of the report, or of the reply
	Report *Report
	Reply  bool
	At     time.Time
}

// Unacknowledged returns the reports and replies without acknowledgement, in the order of their reports (R54).
func (c *Case) Unacknowledged() []Message {
	return c.messages(func(r *Report) bool { return r.Acknowledged.IsZero() }, func(e Entry) bool { return e.Acknowledged.IsZero() })
}

// Unanswered returns the reports and replies without an answer, in the order of their reports (R56, R57).
func (c *Case) Unanswered() []Message {
	return c.messages(func(r *Report) bool { return r.Answered.IsZero() }, func(e Entry) bool { return e.Answered.IsZero() })
}

func (c *Case) messages(report func(*Report) bool, reply func(Entry) bool) []Message {
	var out []Message
	for _, r := range c.Reports {
		if report(r) {
			out = append(out, Message{ID: r.ID, Report: r, At: r.Received})
		}
		for _, e := range r.Thread {
			if e.Reply() && reply(e) {
				out = append(out, Message{ID: e.ID, Report: r, Reply: true, At: e.At})
			}
		}
	}
	return out
}

// Marks returns what tallies count of this case, sorted. The head of the case
// must always hold exactly these: see [Case.Batch].
func (c *Case) Marks() []string {
	marks := make([]string, 0, 4)
	if len(c.Reports) > 0 {
		marks = append(marks, MarkReported)
	}
	if len(c.Unacknowledged()) > 0 {
		marks = append(marks, MarkUnacknowledged)
	}
	if len(c.Unanswered()) > 0 {
		marks = append(marks, MarkUnanswered)
	}
	if c.promised() {
		marks = append(marks, MarkPromisePending)
	}
	if c.Weighs() {
		marks = append(marks, MarkWeighs)
	}
	if v, ok := c.LastVerdict(); ok {
		if mark := VerdictMarkOf(v.VerdictGiven); mark != "" {
			marks = append(marks, mark)
		}
	}
	slices.Sort(marks)
	return marks
}

// Weighs reports whether the case holds facts that change what the customer is
// owed: how they were hit, what they lost, what we promised and did not keep.
func (c *Case) Weighs() bool {
	return c.Impact != nil || len(c.Losses) > 0 || c.BrokenPromises() > 0
}

// VerdictMarkOf is the mark of a last verdict. It names the incident that the
// verdict is about, as in "broken.1@inc_2", so that a word on an incident that
// was absorbed since is not counted for a round of the survivor. A verdict that
// names no incident has the mark of [VerdictMark]. Tallies for an incident and a
// round count both.
func VerdictMarkOf(v VerdictGiven) string {
	mark := VerdictMark(v.Opinion, v.Round)
	if mark == "" || v.Incident == "" {
		return mark
	}
	return mark + "@" + v.Incident
}

// VerdictMark is the mark of a last verdict that names no incident, as in
// "broken.1"; "" if there is no such opinion.
func VerdictMark(o Opinion, round int) string {
	switch o {
	case OpinionFixed:
		return MarkFixed + "." + strconv.Itoa(round)
	case OpinionPartly:
		return MarkPartly + "." + strconv.Itoa(round)
	case OpinionBroken:
		return MarkBroken + "." + strconv.Itoa(round)
	}
	return ""
}

// Status is open while a message waits for its acknowledgement or answer, a
// promise is pending (prevention aside) or the customer's last word was that it
// is not fixed; otherwise settled.
func (c *Case) Status() Status {
	v, _ := c.LastVerdict()
	if v.Disputes() || c.promised() || len(c.Unacknowledged()) > 0 || len(c.Unanswered()) > 0 {
		return StatusOpen
	}
	return StatusSettled
}

func (c *Case) promised() bool {
	return slices.ContainsFunc(c.Promises, func(p *Promise) bool { return p.State == PromisePending && !p.OutlivesClosing() })
}

// LastVerdict returns the customer's last word on the fix, whatever its round, and whether there is one.
func (c *Case) LastVerdict() (VerdictAt, bool) {
	if n := len(c.Verdicts); n > 0 {
		return c.Verdicts[n-1], true
	}
	return VerdictAt{}, false
}

// Disputes reports whether the customer says that it is not, or only partly, fixed.
func (v VerdictGiven) Disputes() bool {
	return v.Opinion == OpinionPartly || v.Opinion == OpinionBroken
}

// Report returns a report by its ID, or by that of a word in its thread, or nil.
func (c *Case) Report(id string) *Report {
	for _, r := range c.Reports {
		if r.ID == id || slices.ContainsFunc(r.Thread, func(e Entry) bool { return e.ID == id }) {
			return r
		}
	}
	return nil
}

// Statement returns a statement of this case by ID, or nil.
func (c *Case) Statement(id string) *Statement { return findStatement(c.Statements, id) }

// PublishedStatements returns the statements of this case that were published, in the order they were drafted.
func (c *Case) PublishedStatements() []*Statement { return published(c.Statements) }

// PendingPromises returns the promises to this customer that are not kept yet, preventions included.
func (c *Case) PendingPromises() []*Promise { return pending(c.Promises) }

// ActiveWaiver returns the waiver of a requirement that holds at a time, or nil.
func (c *Case) ActiveWaiver(requirement string, at time.Time) *WaiverAt {
	return activeWaiver(c.Waivers, requirement, at)
}

// LostMinutes sums the customer's own working time that it cost them (R82).
func (c *Case) LostMinutes() int64 {
	var sum int64
	for _, l := range c.Losses {
		sum += l.Minutes
	}
	return sum
}

// BrokenPromises counts the due times to this customer that passed (R75).
func (c *Case) BrokenPromises() int {
	n := 0
	for _, p := range c.Promises {
		n += p.Broken
	}
	return n
}

// Reply reports whether the entry is the customer's reply, which is owed an answer of its own (R57).
func (e Entry) Reply() bool { return e.Kind == ReplyReceived{}.Kind() }

// AwaitsCustomer reports whether our last question is not replied to yet: the ball is with the customer.
func (r *Report) AwaitsCustomer() bool {
	for _, e := range slices.Backward(r.Thread) {
		switch {
		case e.Reply():
			return false
		case e.Kind == QuestionAsked{}.Kind():
			return true
		}
	}
	return false
}

// Contacts counts how often the customer had to write: the report and what followed (R68, R70).
func (r *Report) Contacts() int {
	n := 1
	for _, e := range r.Thread {
		if e.Kind != (QuestionAsked{}).Kind() {
			n++
		}
	}
	return n
}

// acknowledge marks the report, or the reply with that ID.
func (r *Report) acknowledge(id string, at time.Time) {
	if id == r.ID {
		if r.Acknowledged.IsZero() {
			r.Acknowledged = at
		}
		return
	}
	for n := range r.Thread {
		if e := &r.Thread[n]; e.ID == id && e.Acknowledged.IsZero() {
			e.Acknowledged = at
		}
	}
}

// answer marks the report and the replies before: all so far, or those up to the reply that is named.
func (r *Report) answer(p ReportAnswered, at time.Time) {
	if r.Answered.IsZero() {
		r.Answered, r.Answer = at, p.Statement
	}
	for n := range r.Thread {
		if e := &r.Thread[n]; e.Reply() && e.Answered.IsZero() {
			e.Answered, e.Answer = at, p.Statement
		}
		if r.Thread[n].ID == p.Report {
			break
		}
	}
}
