package policy

import (
	"fmt"
	"slices"

	"github.com/amends-dev/amends/incident"
)

// reach is how far a notice got with those whom it is for.
type reach int

const (
	underway    reach = iota // not everybody is known, or some are still being told
	nobody                   // all is settled, and nothing was accepted by any channel
	notInPublic              // some did not get words that are for the public, and no public channel took them
	reached                  // told, as far as it can be
)

// reach judges a notice. Who lawfully wants nothing, or got something newer, is
// owed nothing; whom no channel could reach is. If only some could not be
// reached, public words are told when a public channel took them: everybody can
// find them there. Where no words are public, the rest was told and
// [Told.lostText] says how many were not.
func (t Told) reach(public bool) reach {
	inPublic := slices.ContainsFunc(t.Channels, func(c ToldChannel) bool { return c.Public && c.Sent > 0 })
	switch {
	case !t.Expanded || t.Pending > 0:
		return underway
	case t.lost() == 0:
		return reached
	case t.Sent == 0:
		return nobody
	case public && !inPublic:
		return notInPublic
	default:
		return reached
	}
}

// lost counts deliveries that did not arrive. What was told on a fallback
// instead is among them.
func (t Told) lost() int64 { return t.Dead + t.Bounced }

// owed counts deliveries that arrived or should have.
func (t Told) owed() int64 { return t.Sent + t.lost() }

// nobodyText says that nobody was reached, and what to do about it.
func (t Told) nobodyText() string {
	return fmt.Sprintf("none of %s arrived: revive them, reach these people in another way, or waive it", deliveries(t.owed()))
}

// lostText says how many could not be reached, "" if everybody was.
func (t Told) lostText() string {
	if t.lost() == 0 {
		return ""
	}
	return fmt.Sprintf(", but %d of %s did not arrive", t.lost(), deliveries(t.owed()))
}

func deliveries(n int64) string {
	if n == 1 {
		return "1 delivery"
	}
	return fmt.Sprintf("%d deliveries", n)
}

// telling returns how far a statement was told, and the statement that told it:
// whoever a corrected one did not reach is reached by its correction. If none of
// them got there, it is the last that tells how far it is.
func (r *run) telling(st *incident.Statement) (Told, *incident.Statement, reach) {
	for depth := len(r.statements); ; depth-- {
		t := r.facts.Told[st.ID]
		got := t.reach(slices.Contains(st.Audiences, incident.AudiencePublic))
		next := r.statement(st.CorrectedBy)
		if got == reached || next == nil || depth == 0 {
			return t, st, got
		}
		st = next
	}
}

// statement returns a statement of the record that is decided on, or nil.
func (r *run) statement(id string) *incident.Statement {
	if id == "" {
		return nil
	}
	for _, st := range slices.Backward(r.statements) {
		if st.ID == id {
			return st
		}
	}
	return nil
}
