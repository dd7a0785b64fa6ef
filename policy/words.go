package policy

import (
	"reflect"

	"github.com/amends-dev/amends/incident"
)

// wordsOf returns the words that a field of a closed type may hold.
func wordsOf(t reflect.Type) []string {
	switch t {
	case reflect.TypeFor[Act]():
		return acts()
	case reflect.TypeFor[FactType]():
		return texts(FactText, FactNumber, FactBool)
	case reflect.TypeFor[Level]():
		return texts(LevelOff, LevelWarn, LevelBlock)
	case reflect.TypeFor[Weekday]():
		return texts(weekdays()...)
	case reflect.TypeFor[incident.Severity]():
		return texts(incident.SeverityMinor, incident.SeverityMajor, incident.SeverityCritical)
	case reflect.TypeFor[incident.Status]():
		return texts(statuses()...)
	case reflect.TypeFor[incident.Degree]():
		return texts(incident.DegreeDown, incident.DegreeDegraded, incident.DegreeExposed, incident.DegreeUnknown)
	case reflect.TypeFor[incident.CauseKind]():
		return texts(incident.CauseOwnChange, incident.CausePlannedWork, incident.CauseSupplier, incident.CauseUnknown)
	case reflect.TypeFor[incident.ReportKind]():
		return texts(incident.ReportFailure, incident.ReportQuestion, incident.ReportComplaint)
	case reflect.TypeFor[incident.Urgency]():
		return texts(incident.UrgencyNormal, incident.UrgencyHigh, incident.UrgencyMayday)
	case reflect.TypeFor[incident.Purpose]():
		return texts(incident.PurposeUpdate, incident.PurposeHolding, incident.PurposeResolution, incident.PurposeExplanation,
			incident.PurposeReopening, incident.PurposeCorrection, incident.PurposeAnswer, incident.PurposeAnnouncement)
	case reflect.TypeFor[Combination]():
		return texts(CombineAdd, CombineGreatest, CombineFirst)
	default:
		return nil
	}
}

func texts[T ~string](words ...T) []string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = string(w)
	}
	return out
}

func acts() []string {
	return texts(ActFirstNotice, ActUpdate, ActStatusChange, ActReopening, ActResolution, ActExplanation, ActCorrection,
		ActAskVerdict, ActAcknowledge, ActAnswer, ActKeepPromise, ActCompensate)
}

func statuses() []incident.Status {
	return []incident.Status{
		incident.StatusDetected, incident.StatusInvestigating, incident.StatusIdentified, incident.StatusMonitoring,
		incident.StatusResolved, incident.StatusConfirmed, incident.StatusClosed, incident.StatusDismissed, incident.StatusMerged,
		incident.StatusScheduled, incident.StatusInProgress, incident.StatusVerifying, incident.StatusCompleted,
		incident.StatusCancelled, incident.StatusFailed,
	}
}

func clocks() []incident.Clock {
	return []incident.Clock{
		incident.ClockOccurred, incident.ClockDetected, incident.ClockAware, incident.ClockOutsideReport,
		incident.ClockClassified, incident.ClockDetermined, incident.ClockMitigated,
	}
}

func audiences() []incident.Audience {
	return []incident.Audience{
		incident.AudiencePublic, incident.AudienceAffected, incident.AudienceReporters,
		incident.AudienceSubscribers, incident.AudienceStaff,
	}
}

func triggers() []string {
	return texts(TriggerOpened, TriggerReport, TriggerReply, TriggerPreviousWord, TriggerTold, TriggerPlannedStart, TriggerPlannedEnd)
}

// Elements returns the elements of content that policies may ask for, in the
// order in which a good message has them. They are those that a review of words can look for.
func Elements() []string {
	return []string{
		"apology",         // in the first person (R18, R19)
		"responsibility",  // it is ours (R16, R17)
		"impact",          // what customers live through (R2, R7)
		"scope",           // who and what exactly (R6)
		"unknown",         // what is not known (R10)
		"cause",           // in words customers understand (R4)
		"customer_action", // what the customer must do, and the target state (R9)
		"done",            // what was or is being done (R3)
		"prevention",      // what will prevent it (R29)
		"compensation",    // what is given (R80)
		"next_update",     // when the next word comes (R45)
		"contact",         // how to reach a person (R65)
		"person",          // who signs (R65)
	}
}
