package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/amends-dev/amends/incident"
)

// condition is one condition of a rule: its bit by key, and its words for explanations.
type condition struct {
	key  string
	text string // "severity is major or critical"
	fact func(*Facts) string
}

// newMatcher numbers the distinct conditions of all rules.
func newMatcher(rules []rule) matcher {
	m := matcher{
		status: map[incident.Status]mask{}, components: map[string]mask{}, degrees: map[incident.Degree]mask{},
		causes: map[incident.CauseKind]mask{}, reports: map[incident.ReportKind]mask{}, urgencies: map[incident.Urgency]mask{},
	}
	number := m.numberConditions(rules)
	for i := range rules {
		m.ids = append(m.ids, rules[i].ID)
		m.first = append(m.first, uint32(len(m.needs)))
		for _, c := range rules[i].conditions() {
			m.need(number[c.key])
		}
		var lone need
		if own := m.needs[m.first[i]:]; len(own) == 1 {
			lone = own[0]
		}
		m.lone = append(m.lone, lone)
	}
	m.first = append(m.first, uint32(len(m.needs)))
	byLeast := func(a, b bound) int { return cmp.Compare(a.least, b.least) }
	slices.SortFunc(m.lasts, byLeast)
	slices.SortFunc(m.affected, byLeast)
	return m
}

// numberConditions gives every distinct condition its bit, in the order of their kinds.
func (m *matcher) numberConditions(rules []rule) map[string]uint16 {
	type distinct struct {
		condition
		of *When
	}
	seen := map[string]bool{}
	var list []distinct
	for i := range rules {
		for _, c := range rules[i].conditions() {
			if !seen[c.key] {
				seen[c.key] = true
				list = append(list, distinct{c, &rules[i].When})
			}
		}
	}
	slices.SortStableFunc(list, func(a, b distinct) int {
		return cmp.Or(cmp.Compare(a.order(), b.order()), cmp.Compare(a.key, b.key))
	})
	number := make(map[string]uint16, len(list))
	for bit, c := range list {
		number[c.key] = uint16(bit)
		m.add(c.of, c.key, number[c.key])
	}
	m.bits = len(list)
	return number
}

// order is the place of a condition's kind in [When].
func (c condition) order() int {
	kind, _, _ := strings.Cut(c.key, ":")
	return slices.Index([]string{
		"maintenance", "severity", "worst", "status", "components", "degrees", "core", "loss", "cause",
		"lasts", "repeats", "affected", "reported", "fact", "report", "urgency",
	}, kind)
}

// need adds a bit to what the last rule needs.
func (m *matcher) need(bit uint16) {
	word, mask := uint32(bit>>6), uint64(1)<<(bit&63)
	if last := len(m.needs) - 1; last >= int(m.first[len(m.first)-1]) && m.needs[last].word == word {
		m.needs[last].mask |= mask
		return
	}
	m.needs = append(m.needs, need{word, mask})
}

// conditions returns the conditions of a rule in the order of [When].
func (r *rule) conditions() []condition {
	w := &r.When
	var out []condition
	add := func(key, text string, fact func(*Facts) string) {
		out = append(out, condition{key: key, text: text, fact: fact})
	}
	switch planned := w.Maintenance != nil && *w.Maintenance; {
	case planned:
		add("maintenance:true", "it is planned work", factMaintenance)
	case w.Maintenance != nil || !r.Act.anywhere():
		add("maintenance:false", "it is not planned work", factMaintenance)
	}
	if len(w.Severity) > 0 && r.Act == ActUpdate {
		add("severity:"+set(w.Severity), "severity is "+words(w.Severity), factSeverity)
	} else if len(w.Severity) > 0 {
		add("worst:"+set(w.Severity), "the worst severity so far is "+words(w.Severity), factWorst)
	}
	if len(w.Status) > 0 && r.Act != ActStatusChange {
		add("status:"+set(w.Status), "the status is "+words(w.Status), factStatus)
	}
	if len(w.Components) > 0 {
		add("components:"+set(w.Components), "component "+words(w.Components)+" is hit", factComponents)
	}
	if len(w.Degrees) > 0 {
		add("degrees:"+set(w.Degrees), "a component is "+words(w.Degrees), factDegrees)
	}
	addYesNo := func(key string, v *bool, text, not string, fact func(*Facts) string) {
		if v != nil {
			if !*v {
				text = not
			}
			add(fmt.Sprintf("%s:%t", key, *v), text, fact)
		}
	}
	addYesNo("core", w.CoreFunction, "a core function is hit", "no core function is hit", factCore)
	addYesNo("loss", w.DataLoss, "data is or may be lost", "no data is lost", factLoss)
	if len(w.Cause) > 0 {
		add("cause:"+set(w.Cause), "the cause is "+words(w.Cause), factCause)
	}
	if !w.Lasts.IsZero() {
		add("lasts:"+w.Lasts.String(), "it lasts "+w.Lasts.String()+" or longer", nil)
	}
	if w.Repeats != nil {
		n := max(1, w.Repeats.AtLeast)
		add(fmt.Sprintf("repeats:%d:%s", n, w.Repeats.Within),
			fmt.Sprintf("at least %s hit the same component in the %s before", plural(n, "incident"), w.Repeats.Within), factRepeats(w.Repeats.Within.Duration))
	}
	if w.Affected != nil {
		add(fmt.Sprintf("affected:%d", w.Affected.AtLeast), fmt.Sprintf("at least %s affected", plural(int(w.Affected.AtLeast), "customer")), factAffected)
	}
	addYesNo("reported", w.Reported, "somebody outside reported it", "nobody outside reported it", factReported)
	for _, name := range sortedKeys(w.Facts) {
		t := w.Facts[name]
		add("fact:"+name+"\x00"+t.String(), name+" "+t.String(), factHost(name))
	}
	if len(w.Report) > 0 {
		add("report:"+set(w.Report), "the message is a "+words(w.Report), nil)
	}
	if len(w.Urgency) > 0 {
		add("urgency:"+set(w.Urgency), "the customer's urgency is "+words(w.Urgency), nil)
	}
	return out
}

// add makes the values that satisfy a condition set its bit.
func (m *matcher) add(w *When, key string, bit uint16) {
	kind, _, _ := strings.Cut(key, ":")
	one := mask{bit}
	switch kind {
	case "maintenance":
		m.maintenance[yes(strings.HasSuffix(key, "true"))] = one
	case "core":
		m.core[yes(*w.CoreFunction)] = one
	case "loss":
		m.loss[yes(*w.DataLoss)] = one
	case "reported":
		m.reported[yes(*w.Reported)] = one
	case "severity", "worst":
		to := &m.worst
		if kind == "severity" {
			to = &m.current
		}
		for _, s := range w.Severity {
			to[s.Rank()] = append(to[s.Rank()], bit)
		}
	case "status":
		addEach(m.status, w.Status, bit)
	case "components":
		addEach(m.components, w.Components, bit)
	case "degrees":
		addEach(m.degrees, w.Degrees, bit)
	case "cause":
		addEach(m.causes, w.Cause, bit)
	case "report":
		addEach(m.reports, w.Report, bit)
	case "urgency":
		addEach(m.urgencies, w.Urgency, bit)
	case "lasts":
		m.lasts = append(m.lasts, bound{int64(w.Lasts.Duration), bit})
	case "affected":
		m.affected = append(m.affected, bound{w.Affected.AtLeast, bit})
	case "repeats":
		m.repeats = append(m.repeats, repeatBound{w.Repeats.Within.Duration, max(1, w.Repeats.AtLeast), bit})
	case "fact":
		name, _, _ := strings.Cut(strings.TrimPrefix(key, "fact:"), "\x00")
		m.facts = append(m.facts, factBit{name, w.Facts[name], bit})
	}
}

func addEach[T comparable](to map[T]mask, values []T, bit uint16) {
	for _, v := range values {
		to[v] = append(to[v], bit)
	}
}

// set writes values so that the same set has the same key, whatever its order.
func set[T ~string](values []T) string {
	return strings.Join(slices.Compact(sorted(texts(values...))), "\x00")
}

func words[T ~string](values []T) string { return oneOf(texts(values...)) }

// String says the test in words: "is true", "is a or b", "is at least 3".
func (t FactTest) String() string {
	switch {
	case t.Is != nil:
		return fmt.Sprintf("is %t", *t.Is)
	case t.AtLeast != nil:
		return fmt.Sprintf("is at least %g", *t.AtLeast)
	default:
		return "is " + oneOf(t.OneOf)
	}
}
