package amends

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/notify"
)

// Kinds of notice that are not a statement's purpose. Templates are named by them.
const (
	kindAcknowledgement = "acknowledgement"
	kindReplyAck        = "reply_acknowledgement"
	kindAsk             = "ask_verdict"
	kindAward           = "award"
	kindWake            = "wake"
)

// notice is one thing to be said to some audiences, as the record demands it.
// Everything in it derives from the record: two processes compute the same.
type notice struct {
	key       string // unique for ever
	base      string // of late joiners: the notice that the others got; else the key
	kind      string
	subject   string
	audiences []incident.Audience
	// alsoTold lists earlier notices whose recipients get this one as well,
	// whether or not they still are in an audience.
	alsoTold     []string
	mergedFrom   string // whoever was told of this incident gets it: an expansion of its own, since merges come and go
	thread       string
	seq          uint64
	priority     int
	due          time.Time
	supersedable bool
	assess       bool // awards: customers are assessed page by page while it is expanded
}

// incidentNotices lists what an incident demands to be said, in order.
func incidentNotices(v *incident.Incident) []notice {
	var out []notice
	for _, st := range v.Statements {
		if !st.Live() {
			continue
		}
		n := statementNotice(st, v.ID, v.Severity)
		switch {
		case st.Corrects != "":
			n.alsoTold = toldBefore(v, st, st.Corrects)
		case slices.Contains([]incident.Purpose{incident.PurposeResolution, incident.PurposeReopening, incident.PurposeCorrection}, st.Purpose):
			n.alsoTold = toldBefore(v, st, "") // everyone who was told before
			for _, id := range v.Absorbed {    // also of an incident that lives on in this one
				out = append(out, notice{
					key: n.key + mergedSuffix + id, base: n.key, kind: n.kind, subject: n.subject, mergedFrom: id,
					thread: n.thread, seq: n.seq, priority: n.priority, due: n.due,
				})
			}
		}
		out = append(out, n)
		if late, ok := n.late(v, st.Published); ok {
			out = append(out, late)
		}
	}
	if at := fixedSince(v); !at.IsZero() {
		n := notice{
			key: askKey(v), kind: kindAsk, subject: v.ID, audiences: []incident.Audience{incident.AudienceAffected, incident.AudienceReporters},
			thread: v.ID, seq: uint64(at.UnixMicro()) + 1, priority: 40, due: at,
		}
		out = append(out, n)
		if late, ok := n.late(v, at); ok {
			out = append(out, late)
		}
	}
	return append(out, wakes(v.ID, v.Escalations)...)
}

// late is the notice for who joined after it was first said, if anybody did:
// they get what the others got.
func (n notice) late(v *incident.Incident, said time.Time) (notice, bool) {
	if v.Widened == 0 || said.After(v.WidenedAt) {
		return notice{}, false
	}
	n.base = n.baseKey()
	n.key = n.base + "+" + strconv.Itoa(v.Widened)
	n.alsoTold = nil
	return n, true
}

// toldBefore lists the notices of what was said before a statement, late joiners
// included: of one statement, or of all (""). What is said later only adds to its end.
func toldBefore(v *incident.Incident, st *incident.Statement, of string) []string {
	var said []*incident.Statement
	for _, old := range v.Statements {
		if old.ID != st.ID && !old.Published.IsZero() && !old.Published.After(st.Published) && (of == "" || old.ID == of) {
			said = append(said, old)
		}
	}
	slices.SortStableFunc(said, func(a, b *incident.Statement) int { return a.Published.Compare(b.Published) })
	var out []string
	for _, old := range said {
		out = append(out, old.ID)
	}
	for k := 1; k <= v.Widened; k++ {
		for _, old := range said {
			out = append(out, old.ID+"+"+strconv.Itoa(k))
		}
	}
	return out
}

// awardNotice tells each affected customer what they are owed, and has everybody
// assessed while it is expanded.
func awardNotice(v *incident.Incident) notice {
	at := fixedSince(v)
	return notice{
		key: awardKey(v), kind: kindAward, subject: v.ID, thread: v.ID, seq: uint64(at.UnixMicro()) + 2, priority: 30, due: at, assess: true,
	}
}

// fixedSince is when the incident was last said to be fixed, zero while it is not.
func fixedSince(v *incident.Incident) time.Time {
	if !slices.Contains([]incident.Status{incident.StatusResolved, incident.StatusConfirmed, incident.StatusClosed}, v.Status) {
		return time.Time{}
	}
	for _, s := range slices.Backward(v.Statuses) {
		if s.Status == incident.StatusResolved && s.Round == v.Round {
			return s.At
		}
	}
	return time.Time{}
}

func askKey(v *incident.Incident) string { return fmt.Sprintf("ask:%s:%d", v.ID, v.Round) }

func awardKey(v *incident.Incident) string {
	return fmt.Sprintf("award:%s:%d.%d", v.ID, v.Round, v.Widened)
}

func statementNotice(st *incident.Statement, thread string, s incident.Severity) notice {
	n := notice{
		key: st.ID, base: st.ID, kind: string(st.Purpose), subject: st.ID, audiences: st.Audiences,
		thread: thread, seq: uint64(st.Published.UnixMicro()), due: st.Published, priority: 50 + 10*s.Rank(),
	}
	n.supersedable = slices.Contains([]incident.Purpose{incident.PurposeUpdate, incident.PurposeHolding, incident.PurposeAnnouncement}, st.Purpose)
	return n
}

// caseNotices lists what a case demands to be said to its customer.
func caseNotices(c *incident.Case) []notice {
	to := []incident.Audience{incident.CustomerAudience(c.Customer)}
	var out []notice
	for _, r := range c.Reports {
		out = append(out, notice{
			key: ackKey(r.ID), kind: kindAcknowledgement, subject: r.ID, audiences: to, thread: r.ID, seq: 1, priority: 90, due: r.Received,
		})
		for _, e := range r.Thread {
			if e.Reply() {
				out = append(out, notice{
					key: ackKey(e.ID), kind: kindReplyAck, subject: e.ID, audiences: to, thread: r.ID, seq: uint64(e.At.UnixMicro()), priority: 90, due: e.At,
				})
			}
		}
	}
	for _, st := range c.Statements {
		if st.Live() {
			thread := c.ID
			if st.Report != "" {
				thread = st.Report
			}
			n := statementNotice(st, thread, incident.SeverityMajor)
			n.supersedable = false // what is said to one customer is never dropped
			out = append(out, n)
		}
	}
	return append(out, wakes(c.ID, c.Escalations)...)
}

func ackKey(message string) string { return "ack:" + message }

// wakes is keyed by the record, too: each record has requirements of the same
// names. A deadline that was moved wakes again: those after the first are numbered.
func wakes(record string, escalations []incident.EscalationAt) []notice {
	out := make([]notice, 0, len(escalations))
	before := map[string]int{}
	for _, e := range escalations {
		key := fmt.Sprintf("wake:%s:%s:%d", record, e.Requirement, e.Level)
		n := before[key]
		before[key]++
		if n > 0 {
			key += ":" + strconv.Itoa(n)
		}
		out = append(out, notice{
			key: key, kind: kindWake, subject: e.Requirement, audiences: []incident.Audience{staffAudience(e.To)},
			thread: "wake:" + record + ":" + e.Requirement, seq: uint64(n*maxLevel + e.Level), priority: 100, due: e.At,
		})
	}
	return out
}

// maxLevel is more than the people whom any rule wakes one after the other.
const maxLevel = 1000

// staffAudience is the audience of a role of ours that a policy names: "" is everybody on duty.
func staffAudience(role string) incident.Audience {
	if role == "" || role == string(incident.AudienceStaff) {
		return incident.AudienceStaff
	}
	return incident.AudienceStaff + ":" + incident.Audience(role)
}

// item is a notice to one contact. The key is made of IDs alone.
func (n notice) item(space, record, keyed, subject string, c Contact, person func(channel string) bool) notify.Item {
	it := notify.Item{
		Key: keyed + "/" + c.ID + "@" + c.Channel, Notice: n.key, Space: space, Record: record, Kind: n.kind, Subject: subject,
		Recipient: c.ID, Customer: c.Customer, Channel: c.Channel, Thread: n.thread, Seq: n.seq,
		Priority: n.priority, DueAt: n.due, Supersedable: n.supersedable, Task: person(c.Channel),
	}
	for _, w := range c.Fallbacks {
		it.Fallback = append(it.Fallback, notify.Fallback{Channel: w.Channel, Recipient: w.Contact, Task: person(w.Channel)})
	}
	return it
}

// baseKey is the key that items are made of: late joiners' items are keyed as the first expansion's.
func (n notice) baseKey() string {
	if n.base != "" {
		return n.base
	}
	return n.key
}

// mergedSuffix comes between a notice's key and the incident, merged into its
// own, whose recipients get it as well.
const mergedSuffix = "+merged:"

// splitWidened takes off a notice key what says for whom it was expanded again:
// the generation of late joiners, or a merged incident.
func splitWidened(key string) string {
	if base, _, merged := strings.Cut(key, mergedSuffix); merged {
		return base
	}
	if i := strings.LastIndexByte(key, '+'); i > 0 {
		if _, err := strconv.Atoi(key[i+1:]); err == nil {
			return key[:i]
		}
	}
	return key
}
