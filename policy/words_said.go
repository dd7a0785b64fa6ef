package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/amends-dev/amends/incident"
)

// word is a statement that stands: published, not withdrawn, and if it was
// corrected, by one that stands.
type word struct {
	st *incident.Statement
	at time.Time
}

// collectWords lists the statements that stand, in the order of publication.
func (r *run) collectWords() {
	for _, st := range r.i.Statements {
		if r.stands(st, len(r.i.Statements)) && st.Purpose != incident.PurposeAnswer {
			r.d.words = append(r.d.words, word{st, st.Published})
		}
	}
	slices.SortStableFunc(r.d.words, func(a, b word) int { return a.at.Compare(b.at) })
}

func (r *run) stands(st *incident.Statement, depth int) bool {
	if st == nil || depth < 0 || st.Published.IsZero() || !st.Withdrawn.IsZero() {
		return false
	}
	return st.CorrectedBy == "" || r.stands(r.i.Statement(st.CorrectedBy), depth-1)
}

// counts reports whether a rule takes the statement for words: a person wrote or
// approved it, or it is the rule's own prepared text.
func counts(st *incident.Statement, ru *rule) bool {
	return !st.Approved.IsZero() || st.DraftedBy.Kind == incident.ActorStaff || st.Prepared != "" && st.Prepared == ru.Prepared
}

// fulfil finds the words that meet a requirement: for every audience one that is
// accepted. When the last audience was first spoken to decides whether it was
// late; that all are told, on enough channels, that it is met. Words that reached
// nobody at all were not spoken.
func (r *run) fulfil(q *Requirement, ru *rule, accept func(word) bool) {
	var f fulfilment
	for _, a := range q.Audiences {
		first := r.speak(&f, a, ru, accept)
		if first != nil && first.at.After(q.MetAt) {
			q.MetAt, q.MetBy = first.at, first.st.ID
		}
	}
	r.settle(q, ru, &f)
}

// fulfilment is what was found of the words that a requirement wants.
type fulfilment struct {
	told []Told // once a statement
	by   []string
	// Audiences to which nothing was said, whom nothing reached, who are still
	// being told, and whose public words are not in public.
	silent, unreached, waiting, hidden []string
	missed                             Told // what did not arrive, of unreached or hidden
}

// speak looks for the word that told an audience, and returns the first that was
// meant for it, nil if there is none or nobody got any.
func (r *run) speak(f *fulfilment, a incident.Audience, ru *rule, accept func(word) bool) *word {
	var first *word
	var seen [reached]bool
	for n := range r.d.words {
		w := &r.d.words[n]
		if !slices.Contains(w.st.Audiences, a) || !counts(w.st, ru) || !accept(*w) {
			continue
		}
		t, st, got := r.telling(w.st)
		if first == nil && got != nobody {
			first = w
		}
		if got == reached {
			if !slices.Contains(f.by, st.ID) {
				f.told, f.by = append(f.told, t), append(f.by, st.ID)
			}
			return first
		}
		seen[got] = true
		if got == notInPublic || got == nobody && first == nil {
			f.missed = t
		}
	}
	switch {
	case seen[underway]:
		f.waiting = append(f.waiting, string(a))
	case seen[notInPublic]:
		f.hidden = append(f.hidden, string(a))
	case seen[nobody]:
		f.unreached = append(f.unreached, string(a))
	default:
		f.silent = append(f.silent, string(a))
	}
	return first
}

// settle says where a requirement for words stands.
func (r *run) settle(q *Requirement, ru *rule, f *fulfilment) {
	if len(f.silent) > 0 || len(f.unreached) > 0 {
		q.MetAt, q.MetBy = time.Time{}, ""
		q.Why = "nothing was published for " + all(f.silent) + " yet"
		if len(f.silent) == 0 {
			q.Why = "published for " + all(f.unreached) + ", but " + f.missed.nobodyText()
		}
		return
	}
	q.settleLate()
	var but string
	switch {
	case len(f.waiting) > 0:
		but = ", but not everybody of " + all(f.waiting) + " was told yet"
	case len(f.hidden) > 0:
		but = f.missed.lostText() + ", and no public channel accepted the words: revive them, say it in public, or waive it"
	default:
		missing := r.channelsMissing(q, ru, f.told)
		if missing == "" {
			q.Status, q.Why = Met, "said "+stamp(q.MetAt)+" by "+q.MetBy
			for _, t := range f.told {
				q.Why += t.lostText()
			}
			return
		}
		but = ", but " + missing
	}
	q.Why = "published " + stamp(q.MetAt) + but
	q.MetAt = time.Time{}
}

// settleLate compares the time of the words with the due time.
func (q *Requirement) settleLate() {
	if q.Due.IsZero() {
		return
	}
	q.Late = q.MetAt.After(q.Due)
	q.inTime = !q.Late
}

// channelsMissing says which channels are missing, "" if none.
func (r *run) channelsMissing(q *Requirement, ru *rule, told []Told) string {
	need := ru.Channels
	seen := map[string]bool{}
	var public, private int
	var items, suppressed, lost int64
	for _, t := range told {
		items += t.Items
		suppressed += t.Suppressed
		lost += t.Dead + t.Bounced
		for _, c := range t.Channels {
			if c.Sent == 0 || seen[c.Channel] {
				continue
			}
			seen[c.Channel] = true
			switch {
			case c.Public:
				public++
			case !c.Passive:
				private++
			}
		}
	}
	if nobody := items == 0 || allEmpty(q.Audiences, told); nobody {
		need.Private, need.AtLeast = 0, min(need.AtLeast, need.Public)
	} else if private < need.Private && suppressed > 0 && lost == 0 {
		// Those who could have been told privately lawfully do not want it.
		need.AtLeast = max(need.Public, need.AtLeast-(need.Private-private))
		need.Private = private
	}
	var out []string
	if len(seen) < need.AtLeast {
		out = append(out, fmt.Sprintf("%s accepted it and %d are wanted", plural(len(seen), "channel"), need.AtLeast))
	}
	if public < need.Public {
		out = append(out, fmt.Sprintf("%s of %d wanted", plural(public, "public channel"), need.Public))
	}
	if private < need.Private {
		out = append(out, fmt.Sprintf("%s of %d wanted that reach people without their looking", plural(private, "private channel"), need.Private))
	}
	if ru.SameChannels && items > 0 {
		if gone := r.missingOfFirst(seen); len(gone) > 0 {
			out = append(out, "the first notice also went out on "+all(gone))
		}
	}
	return strings.Join(out, "; ")
}

// allEmpty reports whether nobody is in any audience that is not the public.
func allEmpty(audiences []incident.Audience, told []Told) bool {
	for _, a := range audiences {
		if a == incident.AudiencePublic {
			continue
		}
		if !slices.ContainsFunc(told, func(t Told) bool { return slices.Contains(t.Empty, a) }) {
			return false
		}
	}
	return len(told) > 0 && !slices.Equal(audiences, []incident.Audience{incident.AudiencePublic})
}

// missingOfFirst lists channels of the first word that are not among those seen.
func (r *run) missingOfFirst(seen map[string]bool) []string {
	var gone []string
	first := r.d.words[0].at
	for _, w := range r.d.words {
		if !w.at.Equal(first) {
			break
		}
		for _, c := range r.facts.Told[w.st.ID].Channels {
			if c.Sent > 0 && !seen[c.Channel] && !slices.Contains(gone, c.Channel) {
				gone = append(gone, c.Channel)
			}
		}
	}
	return sorted(gone)
}

// firstAfter returns when, after t, every audience had been spoken to again, and
// the index of the word that completed it. Prepared words begin a cadence, and
// do not keep it up: for the first ones, prepared is true.
func (r *run) firstAfter(t time.Time, ru *rule, prepared bool) (at time.Time, last int, ok bool) {
	last = -1
	for _, a := range ru.To {
		found := false
		for n, w := range r.d.words {
			if w.at.After(t) && slices.Contains(w.st.Audiences, a) && (prepared || counts(w.st, ru)) {
				found, last = true, max(last, n)
				break
			}
		}
		if !found {
			return time.Time{}, -1, false
		}
	}
	return r.d.words[last].at, last, true
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 MST") }

func sortEscalations(e []Escalation) {
	slices.SortStableFunc(e, func(a, b Escalation) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.To, b.To)) })
	for n := range e {
		e[n].Level = n + 1
	}
}
