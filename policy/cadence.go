package policy

import (
	"slices"
	"strconv"
	"time"

	"github.com/amends-dev/amends/incident"
)

// stretch is a span of an incident in which updates are owed.
type stretch struct {
	from  time.Time // zero: from the first word on
	to    time.Time // zero: still
	round int
	name  string // of its first gap, if that begins with the stretch
}

// updates: one requirement for every gap between two words, from the first word
// (or the reopening) until the status that ends the cadence (R42, R53). A word
// that comes before the gap ends meets it; silence beyond it is late.
func (r *run) updates(ru *rule) {
	for _, s := range r.stretches(ru) {
		base, name := s.from, s.name
		if base.IsZero() {
			at, last, ok := r.firstAfter(time.Time{}, ru, true)
			if !ok {
				q := r.begin(ru, "first", r.i.ID)
				q.Status, q.Why = Waiting, "the first words to "+words(ru.To)+" have not been published"
				if s.to.IsZero() {
					r.add(ru, q)
				}
				continue
			}
			base, name = at, versionOf(r.d.words[last].st.ID)
		}
		r.gaps(ru, s, base, name)
	}
}

func (r *run) gaps(ru *rule, s stretch, base time.Time, name string) {
	first := base
	for n := 0; ; n++ {
		if !s.to.IsZero() && !base.Before(s.to) {
			return
		}
		due := ru.after(base, ru.every(base.Sub(first)))
		next, last, said := r.firstAfter(base, ru, false)
		if !s.to.IsZero() && !s.to.After(due) && (!said || next.After(s.to)) {
			return // it ended before the next word was due
		}
		q := r.begin(ru, name, r.i.ID)
		q.Round, q.Since, q.Due = s.round, base, due
		from := base
		r.fulfil(&q, ru, func(w word) bool { return w.at.After(from) })
		r.add(ru, q)
		if !said {
			return
		}
		base, name = next, versionOf(r.d.words[last].st.ID)
	}
}

// stretches lists the spans of the incident in which updates are owed. While it
// lives on in another incident they are owed there; once it is separated, they
// are owed here again.
func (r *run) stretches(ru *rule) []stretch {
	var out []stretch
	on, resumes := false, false // the latter: it was merged while updates were owed
	for n, s := range r.i.Statuses {
		merging := s.Status == incident.StatusMerged
		back := resumes && !merging
		begins := n == 0 && !r.i.Maintenance || s.Status == incident.StatusInProgress || back ||
			n > 0 && s.Round > r.i.Statuses[n-1].Round
		switch over := merging || r.over(ru, s.Status); {
		case !on && begins && !over:
			st := stretch{from: s.At, round: s.Round, name: "r" + strconv.Itoa(s.Round)}
			switch {
			case n == 0 || back && !r.spokenBy(ru, s.At):
				st.from = time.Time{}
			case back:
				st.name = "separated." + strconv.Itoa(n)
			}
			on = true
			out = append(out, st)
		case on && over:
			on = false
			out[len(out)-1].to = s.At
			resumes = merging
		}
		resumes = resumes && merging
	}
	return out
}

// spokenBy reports whether everybody had heard a word by then.
func (r *run) spokenBy(ru *rule, t time.Time) bool {
	at, _, ok := r.firstAfter(time.Time{}, ru, true)
	return ok && !at.After(t)
}

// over reports whether a status ends the rule's cadence: it is the one that the
// rule names, or comes after it.
func (r *run) over(ru *rule, s incident.Status) bool {
	order := statuses()
	until := slices.Index(order, ru.Until)
	return slices.Index(order, s) >= until
}
