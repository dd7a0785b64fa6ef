package policy

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/amends-dev/amends/incident"
)

// firstNotice: one requirement, met by the first words, whatever their purpose,
// also by words that were there before the clock started (R33, R34).
func (r *run) firstNotice(ru *rule) {
	q := r.begin(ru, "", r.i.ID)
	q.Since, q.Due = ru.due(r.clock)
	r.fulfil(&q, ru, func(word) bool { return true })
	if q.Status == Open && q.Since.IsZero() {
		q.Status, q.Why = Waiting, "none of its clocks has started: "+words(ru.From)
	}
	r.add(ru, q)
}

// ofRound: the resolution and the explanation, one a round, with the words of
// their purpose said in that round.
func (r *run) ofRound(ru *rule, purpose incident.Purpose) {
	q := r.begin(ru, "r"+strconv.Itoa(r.i.Round), r.i.ID)
	q.Round = r.i.Round
	q.Since, q.Due = ru.due(r.clock)
	if q.Since.IsZero() {
		q.Status, q.Why = Waiting, "none of its clocks has started: "+words(ru.From)
		r.add(ru, q)
		return
	}
	begin := r.i.RoundSince()
	r.fulfil(&q, ru, func(w word) bool {
		return w.st.Purpose == purpose && (r.i.Round == 0 || !w.at.Before(begin))
	})
	r.add(ru, q)
}

// reopening: that it is not fixed after all (R72).
func (r *run) reopening(ru *rule) {
	for n, s := range slices.Backward(r.i.Statuses) {
		if s.Round != r.i.Round || s.Round == 0 || s.Status != incident.StatusInvestigating || r.i.Statuses[n-1].Round == s.Round {
			continue
		}
		q := r.begin(ru, "r"+strconv.Itoa(s.Round), r.i.ID)
		q.Round, q.Since, q.Due = s.Round, s.At, ru.after(s.At, ru.Within)
		r.fulfil(&q, ru, func(w word) bool {
			return w.st.Purpose == incident.PurposeReopening && !w.at.Before(r.i.Statuses[n-1].At) || r.announces(w, n)
		})
		r.add(ru, q)
	}
}

// statusChanges: one requirement a change that customers should see (R46). Words
// that announce a later status say enough of the earlier one.
func (r *run) statusChanges(ru *rule) {
	for n, s := range r.i.Statuses {
		if !visible(s.Status) || len(ru.When.Status) > 0 && !slices.Contains(ru.When.Status, s.Status) {
			continue
		}
		q := r.begin(ru, string(s.Status)+"."+strconv.Itoa(n), r.i.ID)
		q.Round, q.Since, q.Due = s.Round, s.At, ru.after(s.At, ru.Within)
		r.fulfil(&q, ru, func(w word) bool { return r.announces(w, n) })
		r.add(ru, q)
	}
}

func visible(s incident.Status) bool {
	switch s {
	case incident.StatusDetected, incident.StatusClosed, incident.StatusMerged, incident.StatusDismissed, incident.StatusScheduled:
		return false
	default:
		return true
	}
}

// announces reports whether words say that the n-th status began, or a later one.
// The words may be a step ahead of the status: a resolution is published before
// the step that it is a condition of.
func (r *run) announces(w word, n int) bool {
	if n <= 1 && r.i.Statuses[n].Status == incident.StatusInvestigating {
		return true // the first words say that we are looking
	}
	for k := n; k < len(r.i.Statuses); k++ {
		s := r.i.Statuses[k]
		fits := w.st.Status == s.Status ||
			w.st.Purpose == incident.PurposeResolution && s.Status == incident.StatusResolved ||
			w.st.Purpose == incident.PurposeReopening && s.Status == incident.StatusInvestigating && s.Round > 0
		if !fits {
			continue
		}
		earliest := s.At
		if k > 0 {
			earliest = r.i.Statuses[k-1].At
		}
		if !w.at.Before(earliest) {
			return true
		}
	}
	return false
}

// corrections: of words that turned out wrong, to everyone who got them; of
// words that were taken back; and of a false alarm.
func (r *run) corrections(ru *rule) {
	for _, st := range r.i.Statements {
		switch {
		case st.Published.IsZero():
		case st.CorrectedBy != "":
			by := r.i.Statement(st.CorrectedBy)
			if by == nil {
				continue
			}
			r.correction(ru, versionOf(st.ID), st.ID, by.Published, st.Audiences, func(w word) bool { return w.st.ID == by.ID })
		case !st.Withdrawn.IsZero():
			r.correction(ru, versionOf(st.ID), st.ID, st.Withdrawn, st.Audiences, func(w word) bool {
				return w.st.Purpose == incident.PurposeCorrection && (w.st.Corrects == st.ID || w.st.Corrects == "") && !w.at.Before(st.Published)
			})
		}
	}
	for n, s := range r.i.Statuses {
		if s.Status != incident.StatusDismissed || n == 0 || n != len(r.i.Statuses)-1 {
			continue
		}
		var heard []incident.Audience
		for _, w := range r.d.words {
			for _, a := range w.st.Audiences {
				if w.at.Before(s.At) && w.st.Purpose != incident.PurposeCorrection && !slices.Contains(heard, a) {
					heard = append(heard, a)
				}
			}
		}
		if len(heard) > 0 {
			before := r.i.Statuses[n-1].At
			r.correction(ru, "dismissed."+strconv.Itoa(n), r.i.ID, s.At, heard, func(w word) bool {
				return w.st.Purpose == incident.PurposeCorrection && !w.at.Before(before)
			})
		}
	}
}

func (r *run) correction(ru *rule, suffix, subject string, since time.Time, heard []incident.Audience, accept func(word) bool) {
	q := r.begin(ru, suffix, subject)
	if len(heard) > 0 {
		q.Audiences = heard
	}
	q.Since, q.Due = since, ru.after(since, ru.Within)
	r.fulfil(&q, ru, accept)
	r.add(ru, q)
}

// askVerdict: the affected are asked whether it is fixed for them (R72, R73).
func (r *run) askVerdict(ru *rule) {
	key := fmt.Sprintf("ask:%s:%d", r.i.ID, r.i.Round)
	q := r.begin(ru, "r"+strconv.Itoa(r.i.Round), key)
	q.Round = r.i.Round
	q.Since, q.Due = ru.due(r.clock)
	r.toldAct(&q, ru, key)
}

// compensate: assessed for every affected customer, and told. Whether it was
// paid is a guard of its own (R77, R80).
func (r *run) compensate(ru *rule) {
	key := fmt.Sprintf("award:%s:%d.%d", r.i.ID, r.i.Round, r.i.Widened)
	q := r.begin(ru, fmt.Sprintf("r%d.%d", r.i.Round, r.i.Widened), key)
	q.Round = r.i.Round
	q.Since, q.Due = ru.due(r.clock)
	if !q.Since.IsZero() && !r.facts.Credits.Assessed {
		q.Why = "not every affected customer was assessed yet"
		r.add(ru, q)
		return
	}
	r.toldAct(&q, ru, key)
}

// toldAct settles a requirement that a notice of the library itself meets, once
// the last whom it can reach is told.
func (r *run) toldAct(q *Requirement, ru *rule, key string) {
	t := r.facts.Told[key]
	switch got := t.reach(false); {
	case q.Since.IsZero():
		q.Status, q.Why = Waiting, "none of its clocks has started: "+words(ru.From)
	case !t.Expanded:
		q.Why = "not everybody it is for is known yet"
	case got == underway:
		q.Why = fmt.Sprintf("%d of %d are still being told", t.Pending, t.Items)
	case got == nobody:
		q.Why = "it was sent, but " + t.nobodyText()
	case t.Sent == 0:
		q.Status, q.MetAt, q.MetBy = Met, q.Since, key
		q.Why = "there is nobody to tell who wants to hear it"
	default:
		q.Status, q.MetAt, q.MetBy = Met, t.Last, key
		q.Late = !q.Due.IsZero() && t.Last.After(q.Due)
		q.Why = "told " + stamp(q.MetAt) + t.lostText()
	}
	r.add(ru, *q)
}

// versionOf is the short name of a statement within its record.
func versionOf(statement string) string {
	if _, v, err := incident.SplitInnerID(statement); err == nil {
		return strconv.FormatUint(v, 10)
	}
	return statement
}
