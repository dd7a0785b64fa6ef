package incident

import (
	"slices"
	"sync"
)

// Steps of an incident.
const (
	StepInvestigate Step = "investigate"
	StepIdentify    Step = "identify"
	StepMonitor     Step = "monitor"
	StepResolve     Step = "resolve"
	StepConfirm     Step = "confirm"
	StepClose       Step = "close"
	StepDismiss     Step = "dismiss"
	StepReopen      Step = "reopen"
	StepMerge       Step = "merge"
	StepSeparate    Step = "separate"
)

// incidents is made once and never changed.
//
//nolint:gochecknoglobals // immutable, and too dear to build for every question
var incidents = sync.OnceValue(func() *Machine { return mustMachine(incidentDefinition()) })

// Incidents returns the state machine of incidents.
//
// Forward steps may be skipped where the facts allow. Going back to
// investigating from monitoring or later is a new round. Severity is data
// beside the status and no part of the machine.
func Incidents() *Machine { return incidents() }

// MachineOf returns the machine that a view follows: [Incidents] or [Maintenances].
func MachineOf(v *Incident) *Machine {
	if v.Maintenance {
		return Maintenances()
	}
	return Incidents()
}

func mustMachine(d Definition) *Machine {
	m, err := NewMachine(d)
	if err != nil {
		panic(err) //nolint:forbidigo // a mistake in the tables of this package, which its tests would show
	}
	return m
}

func incidentDefinition() Definition {
	confirming := []string{"asked", "window", "undisputed"}
	closing := []string{"reconciled", "requirements", "answers", "promises", "assessed", "credits", "exposure", "told"}
	return Definition{
		Name:    "incident",
		Initial: StatusDetected,
		Final:   []Status{StatusClosed, StatusDismissed, StatusMerged},
		Transitions: []Transition{
			{
				Step: StepInvestigate, From: []Status{StatusDetected, StatusIdentified}, To: StatusInvestigating,
				Doc: "Somebody looks for the cause, or the suspected one was wrong.",
			},
			{
				Step: StepIdentify, From: []Status{StatusDetected, StatusInvestigating}, To: StatusIdentified,
				Doc: "The cause is known.",
			},
			{
				Step: StepMonitor, From: []Status{StatusDetected, StatusInvestigating, StatusIdentified}, To: StatusMonitoring,
				Doc: "A fix is in place and we watch it.",
			},
			{
				Step: StepResolve, From: []Status{StatusDetected, StatusInvestigating, StatusIdentified, StatusMonitoring},
				To: StatusResolved, Guards: []string{"resolution", "done"},
				Doc: "We say that it is fixed, and what was done.",
			},
			{
				Step: StepConfirm, From: []Status{StatusResolved}, To: StatusConfirmed, Guards: confirming,
				Doc: "The customers decide that it is fixed (R73).",
			},
			{
				Step: StepClose, From: []Status{StatusResolved}, To: StatusClosed, Guards: slices.Concat(confirming, closing),
				Doc: "Customers decided that it is fixed, and nothing is owed any more.",
			},
			{
				Step: StepClose, From: []Status{StatusConfirmed}, To: StatusClosed, Guards: append([]string{"undisputed"}, closing...),
				Doc: "Nothing is owed any more.",
			},
			{
				Step: StepDismiss, From: []Status{StatusDetected, StatusInvestigating, StatusIdentified, StatusMonitoring},
				To: StatusDismissed, Guards: []string{"correction"},
				Doc: "It was a false alarm.",
			},
			{
				Step: StepReopen, From: []Status{StatusMonitoring, StatusResolved, StatusConfirmed, StatusClosed, StatusDismissed},
				To:  StatusInvestigating,
				Doc: "It is not fixed, or it was no false alarm: a new round (R72).",
			},
			{
				Step: StepMerge, From: []Status{StatusDetected, StatusInvestigating, StatusIdentified, StatusMonitoring, StatusResolved},
				To: StatusMerged, Guards: []string{"survivor"},
				Doc: "It is the same failure as another incident, in which it lives on.",
			},
			{
				Step: StepSeparate, From: []Status{StatusMerged},
				Doc: "It is a failure of its own after all, and stands where it stood.",
			},
		},
		Guards: incidentGuards(),
	}
}

func incidentGuards() []Guard {
	return []Guard{
		{
			ID: "resolution", Sentence: "A statement of this round says what was fixed, and is approved or published and not blocked by a review.",
			Holds: func(v *Incident, _ *Facts) bool { return v.hasWords(PurposeResolution) },
		},
		{
			ID: "done", Sentence: "It is said what was done.",
			Holds: func(_ *Incident, f *Facts) bool { return f.Done != "" },
		},
		without(unasked, "asked", "The affected were asked whether it is fixed for them."),
		{
			ID: "window", Sentence: "Their time to answer has passed, or all of them said that it is fixed.",
			Holds: func(_ *Incident, f *Facts) bool {
				return f.AllFixed || !f.AskedUntil.IsZero() && !f.At.Before(f.AskedUntil)
			},
		},
		without(disputed, "undisputed", "No customer says that it is broken, or only partly fixed."),
		without(unreconciled, "reconciled", "What follows from the latest changes of its cases is done."),
		without(demanded, "requirements", "No requirement of a policy is open: each is met or waived."),
		without(unanswered, "answers", "Every report and reply has an answer."),
		{
			ID: "promises", Sentence: "Every promise is kept; only a prevention may outlive the closing.",
			Holds: func(v *Incident, f *Facts) bool { return f.PendingPromises == 0 && !v.promised() },
		},
		without(unassessed, "assessed", "It is decided for every affected customer what is owed."),
		without(unpaid, "credits", "Everything that is owed was given."),
		{
			ID: "exposure", Sentence: "The question who else is exposed has an answer.",
			Holds: func(v *Incident, _ *Facts) bool { return v.Exposure != "" },
		},
		without(untold, "told", "Everyone who was told of the failure, or reported it, was told that it is fixed."),
		{
			ID: "correction", Sentence: "A correction is approved or published, because something was published before.",
			Holds: func(v *Incident, _ *Facts) bool { return v.FirstPublished() == nil || v.hasWords(PurposeCorrection) },
		},
		{
			ID: "survivor", Sentence: "It is said which other incident it lives on in.",
			Holds: func(v *Incident, f *Facts) bool { return f.Into != "" && f.Into != v.ID },
		},
	}
}

// hasWords reports whether a statement of a purpose, drafted in this round,
// is approved or published, and neither blocked, corrected nor withdrawn.
func (i *Incident) hasWords(p Purpose) bool {
	for n := len(i.Statements) - 1; n >= 0 && i.Statements[n].Round == i.Round; n-- {
		s := i.Statements[n]
		if s.Purpose == p && !s.Blocked && s.CorrectedBy == "" && s.Withdrawn.IsZero() &&
			(!s.Approved.IsZero() || !s.Published.IsZero()) {
			return true
		}
	}
	return false
}

// promised reports whether a promise of the incident itself keeps it open.
func (i *Incident) promised() bool {
	for _, p := range i.Promises {
		if p.State == PromisePending && !p.OutlivesClosing() {
			return true
		}
	}
	return false
}
