package main

import (
	"fmt"
	"slices"
	"time"

	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/policy"
	"github.com/amends-dev/amends/policy/candor"
)

// unseen is how many channels of each kind there may be that an export does not show.
const unseen = 16

// require decides with the benefit of the doubt, as if every public word had
// also gone to everybody on every channel. What is late even so is breached for
// certain; what is met only because of the doubt is unknown.
func (c *card) require(s settings, i seen, v *incident.Incident, at time.Time, words []word) {
	everybody := audiences(s.policy)
	told := map[string]policy.Told{}
	index := map[string]int{}
	for n, st := range v.Statements {
		st.Audiences = everybody
		index[st.ID] = n
		t := policy.Told{Expanded: true, Items: 1, Sent: 1, First: st.Published, Last: st.Published}
		t.Channels = append(t.Channels, policy.ToldChannel{Channel: "statuspage", Public: true, Passive: true, Sent: 1, First: st.Published})
		for k := range unseen {
			t.Channels = append(t.Channels,
				policy.ToldChannel{Channel: fmt.Sprintf("public %d", k), Public: true, Sent: 1, First: st.Published},
				policy.ToldChannel{Channel: fmt.Sprintf("private %d", k), Sent: 1, First: st.Published})
		}
		told[st.ID] = t
	}
	d := s.policy.Decide(at, &policy.Facts{Incident: v, Told: told})
	for _, r := range d.Requirements {
		q := requirement{ID: r.ID, Rule: r.Rule, Due: known(r.Due), MetAt: known(r.MetAt), Late: r.Late, Why: r.Why, Cites: r.Cites, act: r.Act, publicOnly: publicOnly(r)}
		q.Status, q.Why = verdict(r, i)
		if q.Status == "unknown" && (hidden(r) || len(i.Untimed) > 0) {
			q.MetAt, q.Late, q.Due = nil, false, known(r.Due)
		}
		if n, ok := index[r.MetBy]; ok && r.Act != policy.ActKeepPromise {
			q.Missing = missing(r, words[n], over(i.Updates[n].Status))
		}
		c.Requirements = append(c.Requirements, q)
	}
}

// explained looks for an explanation under another name: the last words of many
// pages, still called resolved, say why it happened and what was done.
func (c *card) explained(i seen, words []word) {
	for n := range c.Requirements {
		q := &c.Requirements[n]
		if q.act != policy.ActExplanation || q.MetAt != nil || q.Status != "breached" && q.Status != "open" {
			continue
		}
		for k, u := range i.Updates {
			w := words[k]
			if !over(u.Status) || !slices.Contains(w.elements, candor.ElementCause) || !slices.Contains(w.elements, candor.ElementDone) {
				continue
			}
			q.MetAt, q.Late = known(u.At), q.Due != nil && u.At.After(*q.Due)
			q.Why = fmt.Sprintf("update %s says why it happened and what was done", u.ID)
			switch {
			case q.Late:
				q.Status = "breached"
			case q.publicOnly:
				q.Status = "met"
			default:
				q.Status = "unknown"
				q.Why += "; whether it was also told in private the export does not show"
			}
			break
		}
	}
}

// verdict says what a public export tells of a requirement.
func verdict(r policy.Requirement, i seen) (status, why string) {
	switch {
	case hidden(r):
		return "unknown", "a public export does not show this"
	case r.Act == policy.ActFirstNotice && i.Started.IsZero() && !i.Maintenance:
		return "unknown", "the export does not say when it started"
	case r.Late && len(i.Untimed) > 0:
		return "unknown", r.Why + "; but an update has no time, and may have met it"
	case r.Late:
		return "breached", r.Why
	case r.Status == policy.Waiting:
		return "waiting", r.Why
	case r.Status == policy.Waived:
		return "waived", r.Why
	case r.Status == policy.Open:
		return "open", r.Why + "; it was not due yet"
	case !publicOnly(r):
		return "unknown", r.Why + " in public; whether it was also told in private, and on how many channels, the export does not show"
	}
	return "met", r.Why
}

// hidden reports whether nothing of a requirement happens in public.
func hidden(r policy.Requirement) bool {
	switch r.Act { //nolint:exhaustive // all others are done by statements to audiences
	case policy.ActAskVerdict, policy.ActAcknowledge, policy.ActAnswer, policy.ActCompensate:
		return true
	case policy.ActKeepPromise:
		return false
	}
	return !slices.Contains(r.Audiences, incident.AudiencePublic)
}

// publicOnly reports whether a word on one public page is all that is asked for.
func publicOnly(r policy.Requirement) bool {
	if r.Act == policy.ActKeepPromise {
		return true
	}
	other := slices.ContainsFunc(r.Audiences, func(a incident.Audience) bool { return a != incident.AudiencePublic })
	return !other && r.Channels.Private == 0 && r.Channels.Public <= 1 && r.Channels.AtLeast <= 1
}

// missing lists the elements that the words should have had. How to reach whom
// is shown elsewhere on a page, and when it is over no next word is owed.
func missing(r policy.Requirement, w word, last bool) []string {
	if w.unread != "" {
		return nil
	}
	var out []string
	for _, e := range r.Elements {
		if e == string(candor.ElementContact) || e == string(candor.ElementPerson) || last && e == string(candor.ElementNextUpdate) || slices.Contains(w.elements, candor.Element(e)) {
			continue
		}
		out = append(out, e)
	}
	return out
}

// audiences lists everybody whom the policy speaks of.
func audiences(p *policy.Compiled) []incident.Audience {
	out := []incident.Audience{incident.AudiencePublic}
	for _, r := range p.Rules() {
		for _, a := range r.To {
			if !slices.Contains(out, a) {
				out = append(out, a)
			}
		}
	}
	return out
}
