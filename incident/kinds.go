package incident

import "encoding/json"

// Kind is "incident.declared".
func (Declared) Kind() Kind { return "incident.declared" }

// Kind is "maintenance.scheduled".
func (MaintenanceScheduled) Kind() Kind { return "maintenance.scheduled" }

// Kind is "maintenance.moved".
func (MaintenanceMoved) Kind() Kind { return "maintenance.moved" }

// Kind is "status.changed".
func (StatusChanged) Kind() Kind { return "status.changed" }

// Kind is "title.changed".
func (TitleChanged) Kind() Kind { return "title.changed" }

// Kind is "severity.changed".
func (SeverityChanged) Kind() Kind { return "severity.changed" }

// Kind is "components.changed".
func (ComponentsChanged) Kind() Kind { return "components.changed" }

// Kind is "owner.assigned".
func (OwnerAssigned) Kind() Kind { return "owner.assigned" }

// Kind is "clock.recorded".
func (ClockRecorded) Kind() Kind { return "clock.recorded" }

// Kind is "cause.recorded".
func (CauseRecorded) Kind() Kind { return "cause.recorded" }

// Kind is "impact.recorded".
func (ImpactRecorded) Kind() Kind { return "impact.recorded" }

// Kind is "exposure.answered".
func (ExposureAnswered) Kind() Kind { return "exposure.answered" }

// Kind is "policy.joined".
func (PolicyJoined) Kind() Kind { return "policy.joined" }

// Kind is "incident.merged".
func (MergedInto) Kind() Kind { return "incident.merged" }

// Kind is "incident.absorbed".
func (Absorbed) Kind() Kind { return "incident.absorbed" }

// Kind is "incident.separated".
func (SeparatedFrom) Kind() Kind { return "incident.separated" }

// Kind is "incident.released".
func (Released) Kind() Kind { return "incident.released" }

// Kind is "awards.totalled".
func (AwardsTotalled) Kind() Kind { return "awards.totalled" }

// Kind is "requirement.waived".
func (Waived) Kind() Kind { return "requirement.waived" }

// Kind is "requirement.escalated".
func (Escalated) Kind() Kind { return "requirement.escalated" }

// Kind is "requirement.breached".
func (Breached) Kind() Kind { return "requirement.breached" }

// Kind is "statement.drafted".
func (StatementDrafted) Kind() Kind { return "statement.drafted" }

// Kind is "statement.reviewed".
func (StatementReviewed) Kind() Kind { return "statement.reviewed" }

// Kind is "statement.rewritten".
func (StatementRewritten) Kind() Kind { return "statement.rewritten" }

// Kind is "statement.overridden".
func (StatementOverridden) Kind() Kind { return "statement.overridden" }

// Kind is "statement.approved".
func (StatementApproved) Kind() Kind { return "statement.approved" }

// Kind is "statement.published".
func (StatementPublished) Kind() Kind { return "statement.published" }

// Kind is "statement.corrected".
func (StatementCorrected) Kind() Kind { return "statement.corrected" }

// Kind is "statement.withdrawn".
func (StatementWithdrawn) Kind() Kind { return "statement.withdrawn" }

// Kind is "request.made".
func (RequestMade) Kind() Kind { return "request.made" }

// Kind is "promise.made".
func (PromiseMade) Kind() Kind { return "promise.made" }

// Kind is "promise.kept".
func (PromiseKept) Kind() Kind { return "promise.kept" }

// Kind is "promise.moved".
func (PromiseMoved) Kind() Kind { return "promise.moved" }

// Kind is "promise.broken".
func (PromiseBroken) Kind() Kind { return "promise.broken" }

// Kind is "case.opened".
func (CaseOpened) Kind() Kind { return "case.opened" }

// Kind is "case.linked".
func (CaseLinked) Kind() Kind { return "case.linked" }

// Kind is "case.unlinked".
func (CaseUnlinked) Kind() Kind { return "case.unlinked" }

// Kind is "report.received".
func (ReportReceived) Kind() Kind { return "report.received" }

// Kind is "report.corrected".
func (ReportCorrected) Kind() Kind { return "report.corrected" }

// Kind is "links.revoked".
func (LinksRevoked) Kind() Kind { return "links.revoked" }

// Kind is "help.given".
func (HelpGiven) Kind() Kind { return "help.given" }

// Kind is "question.asked".
func (QuestionAsked) Kind() Kind { return "question.asked" }

// Kind is "reply.received".
func (ReplyReceived) Kind() Kind { return "reply.received" }

// Kind is "report.acknowledged".
func (ReportAcknowledged) Kind() Kind { return "report.acknowledged" }

// Kind is "report.answered".
func (ReportAnswered) Kind() Kind { return "report.answered" }

// Kind is "request.done".
func (RequestDone) Kind() Kind { return "request.done" }

// Kind is "verdict.given".
func (VerdictGiven) Kind() Kind { return "verdict.given" }

// Kind is "customer.impacted".
func (CustomerImpact) Kind() Kind { return "customer.impacted" }

// Kind is "loss.recorded".
func (LossRecorded) Kind() Kind { return "loss.recorded" }

// Kind is "gesture.made".
func (GestureMade) Kind() Kind { return "gesture.made" }

// Payloads returns an empty payload of every kind that this version knows, in
// a fixed order: for documentation, and for tests that must miss none.
func Payloads() []Payload {
	return []Payload{
		Declared{},
		MaintenanceScheduled{},
		MaintenanceMoved{},
		StatusChanged{},
		TitleChanged{},
		SeverityChanged{},
		ComponentsChanged{},
		OwnerAssigned{},
		ClockRecorded{},
		CauseRecorded{},
		ImpactRecorded{},
		ExposureAnswered{},
		PolicyJoined{},
		MergedInto{},
		Absorbed{},
		SeparatedFrom{},
		Released{},
		AwardsTotalled{},
		Waived{},
		Escalated{},
		Breached{},
		StatementDrafted{},
		StatementReviewed{},
		StatementRewritten{},
		StatementOverridden{},
		StatementApproved{},
		StatementPublished{},
		StatementCorrected{},
		StatementWithdrawn{},
		RequestMade{},
		PromiseMade{},
		PromiseKept{},
		PromiseMoved{},
		PromiseBroken{},
		CaseOpened{},
		CaseLinked{},
		CaseUnlinked{},
		ReportReceived{},
		ReportCorrected{},
		HelpGiven{},
		LinksRevoked{},
		QuestionAsked{},
		ReplyReceived{},
		ReportAcknowledged{},
		ReportAnswered{},
		RequestDone{},
		VerdictGiven{},
		CustomerImpact{},
		LossRecorded{},
		GestureMade{},
	}
}

// DecodePayload reads the data of an event of a kind, as [EncodePayload] wrote
// it. A kind that this version does not know comes back as [Unknown], holding
// data as it is. Fields that a known kind does not have are ignored: what must
// not be ignored gets a kind of its own.
func DecodePayload(kind Kind, must bool, data []byte) (Payload, error) {
	switch kind {
	case "incident.declared":
		return decodeAs[Declared](data)
	case "maintenance.scheduled":
		return decodeAs[MaintenanceScheduled](data)
	case "maintenance.moved":
		return decodeAs[MaintenanceMoved](data)
	case "status.changed":
		return decodeAs[StatusChanged](data)
	case "title.changed":
		return decodeAs[TitleChanged](data)
	case "severity.changed":
		return decodeAs[SeverityChanged](data)
	case "components.changed":
		return decodeAs[ComponentsChanged](data)
	case "owner.assigned":
		return decodeAs[OwnerAssigned](data)
	case "clock.recorded":
		return decodeAs[ClockRecorded](data)
	case "cause.recorded":
		return decodeAs[CauseRecorded](data)
	case "impact.recorded":
		return decodeAs[ImpactRecorded](data)
	case "exposure.answered":
		return decodeAs[ExposureAnswered](data)
	case "policy.joined":
		return decodeAs[PolicyJoined](data)
	case "incident.merged":
		return decodeAs[MergedInto](data)
	case "incident.absorbed":
		return decodeAs[Absorbed](data)
	case "incident.separated":
		return decodeAs[SeparatedFrom](data)
	case "incident.released":
		return decodeAs[Released](data)
	case "awards.totalled":
		return decodeAs[AwardsTotalled](data)
	case "requirement.waived":
		return decodeAs[Waived](data)
	case "requirement.escalated":
		return decodeAs[Escalated](data)
	case "requirement.breached":
		return decodeAs[Breached](data)
	case "statement.drafted":
		return decodeAs[StatementDrafted](data)
	case "statement.reviewed":
		return decodeAs[StatementReviewed](data)
	case "statement.rewritten":
		return decodeAs[StatementRewritten](data)
	case "statement.overridden":
		return decodeAs[StatementOverridden](data)
	case "statement.approved":
		return decodeAs[StatementApproved](data)
	case "statement.published":
		return decodeAs[StatementPublished](data)
	case "statement.corrected":
		return decodeAs[StatementCorrected](data)
	case "statement.withdrawn":
		return decodeAs[StatementWithdrawn](data)
	case "request.made":
		return decodeAs[RequestMade](data)
	case "promise.made":
		return decodeAs[PromiseMade](data)
	case "promise.kept":
		return decodeAs[PromiseKept](data)
	case "promise.moved":
		return decodeAs[PromiseMoved](data)
	case "promise.broken":
		return decodeAs[PromiseBroken](data)
	case "case.opened":
		return decodeAs[CaseOpened](data)
	case "case.linked":
		return decodeAs[CaseLinked](data)
	case "case.unlinked":
		return decodeAs[CaseUnlinked](data)
	case "report.received":
		return decodeAs[ReportReceived](data)
	case "report.corrected":
		return decodeAs[ReportCorrected](data)
	case "links.revoked":
		return decodeAs[LinksRevoked](data)
	case "help.given":
		return decodeAs[HelpGiven](data)
	case "question.asked":
		return decodeAs[QuestionAsked](data)
	case "reply.received":
		return decodeAs[ReplyReceived](data)
	case "report.acknowledged":
		return decodeAs[ReportAcknowledged](data)
	case "report.answered":
		return decodeAs[ReportAnswered](data)
	case "request.done":
		return decodeAs[RequestDone](data)
	case "verdict.given":
		return decodeAs[VerdictGiven](data)
	case "customer.impacted":
		return decodeAs[CustomerImpact](data)
	case "loss.recorded":
		return decodeAs[LossRecorded](data)
	case "gesture.made":
		return decodeAs[GestureMade](data)
	default:
		return decodeUnknown(kind, must, data)
	}
}

func decodeAs[P Payload](data []byte) (Payload, error) {
	if !isObject(data) {
		return nil, errNoObject
	}
	var p P
	if err := json.Unmarshal(data, &p); err != nil {
		return nil, err
	}
	return normal(p), nil
}
