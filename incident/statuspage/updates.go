package statuspage

import (
	"fmt"
	"slices"
	"time"
)

// updates reads the public words and returns them oldest first, those without a usable time apart.
func (o *object) updates(n node, path string, maintenance bool) (out, untimed []Update) {
	if n.null() {
		o.report(path, n, "missing: what was said stays unknown")
		return nil, nil
	}
	list, ok := n.array()
	if !ok {
		o.report(path, n, "not a list: what was said stays unknown")
		return nil, nil
	}
	known := statuses(maintenance)
	var prev time.Time
	for i, e := range list {
		at := fmt.Sprintf("%s[%d]", path, i)
		m := e.object()
		if m.none() {
			o.report(at, e, "not an object: left out")
			continue
		}
		u := Update{ID: o.text(m, at, "id", true), Body: o.text(m, at, "body", true)}
		if u.ID == "" {
			u.ID = at
		}
		if u.Status = o.word(m, at, "status", true, known...); !slices.Contains(known, u.Status) {
			u.Status = ""
		}
		u.Components = o.components(m.get("affected_components"), at+".affected_components")
		if u.At = o.said(m, at); u.At.IsZero() {
			untimed = append(untimed, u)
			continue
		}
		if !prev.IsZero() && u.At.After(prev) {
			o.report(at, e, "out of order: updates are listed newest first, but this one (%s) is later than the one before it (%s)",
				u.At.Format(time.RFC3339), prev.Format(time.RFC3339))
		}
		prev = u.At
		out = append(out, u)
	}
	slices.Reverse(out)
	slices.SortStableFunc(out, func(a, b Update) int { return a.At.Compare(b.At) })
	slices.Reverse(untimed)
	return out, untimed
}

// said is when customers could read an update: when it was created or when the
// page says that it was shown, whichever is later; zero if neither can be read.
func (o *object) said(m members, path string) time.Time {
	created, shown := o.time(m, path, "created_at", false), o.time(m, path, "display_at", false)
	switch {
	case created.IsZero() && shown.IsZero():
		if m.get("created_at").null() && m.get("display_at").null() {
			o.report(path+".created_at", m.near("created_at"), "missing, and display_at too: when it was said stays unknown")
		}
		return time.Time{}
	case created.IsZero():
		return shown
	case shown.IsZero():
		return created
	}
	switch apart := shown.Sub(created); {
	case apart < -time.Minute:
		o.report(path+".display_at", m.near("display_at"), "shown as said %s before it was created: the later time counts", -apart)
	case apart > time.Minute:
		o.report(path+".display_at", m.near("display_at"), "shown as said %s after it was created: the later time counts", apart)
	}
	if shown.After(created) {
		return shown
	}
	return created
}

// order reports times that contradict each other.
func (o *object) order(i *Incident) {
	first := i.First()
	if !i.Started.IsZero() && !i.Resolved.IsZero() && i.Resolved.Before(i.Started) {
		o.report(o.path+".resolved_at", o.member("resolved_at"), "out of order: resolved %s before it started", i.Started.Sub(i.Resolved))
	}
	if !i.Started.IsZero() && !first.IsZero() && first.Before(i.Started) {
		o.report(o.path+".started_at", o.member("started_at"), "out of order: the first update came %s before it", i.Started.Sub(first))
	}
	if i.Planned.To.Before(i.Planned.From) && !i.Planned.To.IsZero() {
		o.report(o.path+".scheduled_until", o.member("scheduled_until"), "out of order: the planned work ends before it begins")
	}
}

func (o *object) member(name string) node { return o.object().near(name) }
