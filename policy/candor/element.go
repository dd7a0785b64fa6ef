package candor

import "time"

// Element is something that words for customers can be required to contain.
type Element string

// Elements, in the words that policies use, in the order in which a good message has them.
const (
	ElementApology        Element = "apology"          // in the first person (R18, R19)
	ElementResponsibility Element = "responsibility"   // that it is ours (R16, R17)
	ElementWorst          Element = "worst"            // the worst consequence, at the beginning (R7)
	ElementImpact         Element = "impact"           // what customers live through (R2)
	ElementScope          Element = "scope"            // exactly who or what: a figure, versions, regions (R6)
	ElementDataLoss       Element = "data_loss"        // whether data is lost (R7, R11)
	ElementInterimRisk    Element = "interim_risk"     // what is at risk while it lasts (R12)
	ElementUnknown        Element = "unknown"          // what is not known (R10)
	ElementCause          Element = "cause"            // why it came (R4)
	ElementNotYourDoing   Element = "not_your_doing"   // that it was not the customer's doing (R27)
	ElementAction         Element = "action"           // what is being done (R3)
	ElementCustomerAction Element = "customer_action"  // what customers must or can do (R9)
	ElementDone           Element = "done"             // what was done (R71)
	ElementResidualLoss   Element = "residual_loss"    // what stays lost (R11)
	ElementPrevention     Element = "prevention"       // what keeps it from coming again (R29)
	ElementCompensation   Element = "compensation"     // what makes it good (R80)
	ElementThanks         Element = "thanks"           // to those who helped (R28)
	ElementNextUpdate     Element = "next_update"      // when the next word comes (R45)
	ElementContact        Element = "contact"          // how to reach us (R65)
	ElementPerson         Element = "person"           // a named person signs (R65); only the field tells
	ElementRepeatsReport  Element = "repeats_report"   // what the customer told us (R55)
	ElementHowToCorrect   Element = "how_to_correct"   // how to correct it (R55)
	ElementAskFixed       Element = "ask_fixed"        // whether it is fixed for them (R73)
	ElementAskSatisfied   Element = "ask_satisfied"    // how satisfied they are (R74)
	ElementWhyYou         Element = "why_you"          // why this customer (R5)
	ElementHowLongForYou  Element = "how_long_for_you" // how long this customer was down, or that it is unknown (R13)
)

// AllElements lists the elements that the review can look for, in a fixed order.
func AllElements() []Element {
	return []Element{
		ElementApology, ElementResponsibility, ElementWorst, ElementImpact, ElementScope, ElementDataLoss, ElementInterimRisk,
		ElementUnknown, ElementCause, ElementNotYourDoing, ElementAction, ElementCustomerAction, ElementDone, ElementResidualLoss,
		ElementPrevention, ElementCompensation, ElementThanks, ElementNextUpdate, ElementContact, ElementPerson,
		ElementRepeatsReport, ElementHowToCorrect, ElementAskFixed, ElementAskSatisfied, ElementWhyYou, ElementHowLongForYou,
	}
}

// Elements returns which elements the message holds, in its text or in its
// fields, in the order of [AllElements]. In a language that is not [Supported] only fields count.
func Elements(m *Message) []Element {
	d := newDoc(m, nil)
	var out []Element
	for _, e := range AllElements() {
		if d.has(e) {
			out = append(out, e)
		}
	}
	return out
}

func (d *doc) has(e Element) bool {
	switch e { //nolint:exhaustive // all others are told by the text alone
	case ElementNextUpdate:
		if !d.msg.NextUpdate.IsZero() {
			return true
		}
		return d.lex != nil && (len(promises(d.body, time.Time{}, nil)) > 0 || len(promises(d.subject, time.Time{}, nil)) > 0)
	case ElementContact:
		if d.msg.Contact != "" {
			return true
		}
	case ElementPerson:
		return d.msg.Person != ""
	case ElementDone:
		if d.msg.Done != "" {
			return true
		}
	}
	if d.lex == nil {
		return false
	}
	re := d.lex.elements[e]
	if re == nil {
		return false
	}
	if e == ElementWorst {
		return re.MatchString(d.subject.norm) || re.MatchString(d.body.opening())
	}
	return re.MatchString(d.body.norm) || re.MatchString(d.subject.norm)
}

// tells reports whether the review can tell if the message holds an element.
func (d *doc) tells(e Element) bool {
	if e == ElementNextUpdate || e == ElementPerson || e == ElementContact && d.msg.Contact != "" {
		return d.lex != nil || e == ElementPerson
	}
	return d.lex != nil && d.lex.elements[e] != nil
}

// opening is the first two sentences, where the worst belongs.
func (t *text) opening() string {
	if len(t.parts) == 0 {
		return ""
	}
	return t.norm[:t.parts[min(1, len(t.parts)-1)].to]
}
