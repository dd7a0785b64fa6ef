package candor

import "time"

// Element is something that words for customers can be required to contain.
type Element string

// Elements.
const (
	ElementImpact         Element = "impact"          // what customers live through (R7)
	ElementScope          Element = "scope"           // exactly who or what: a figure, versions, regions (R6)
	ElementCause          Element = "cause"           // why it came (R4)
	ElementDone           Element = "done"            // what was or is being done (R3)
	ElementNextUpdate     Element = "next_update"     // when the next word comes (R45)
	ElementContact        Element = "contact"         // how to reach us (R65)
	ElementPerson         Element = "person"          // a named person signs (R65); only the field tells
	ElementApology        Element = "apology"         // in the first person (R18)
	ElementResponsibility Element = "responsibility"  // that it is ours (R16, R17)
	ElementAction         Element = "customer_action" // what customers must or can do (R9)
	ElementPrevention     Element = "prevention"      // what keeps it from coming again (R29)
	ElementUnknown        Element = "unknown"         // what is not known (R10)
	ElementCompensation   Element = "compensation"    // what makes it good (R80)
)

// AllElements lists the elements that a message can be required to contain, in a fixed order.
func AllElements() []Element {
	return []Element{
		ElementImpact, ElementScope, ElementCause, ElementDone, ElementNextUpdate, ElementContact, ElementPerson,
		ElementApology, ElementResponsibility, ElementAction, ElementPrevention, ElementUnknown, ElementCompensation,
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
	return re != nil && (re.MatchString(d.body.norm) || re.MatchString(d.subject.norm))
}
