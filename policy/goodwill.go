package policy

import (
	"fmt"

	"github.com/amends-dev/amends/compensate"
)

// sum makes the award: the contract first, then the operations in their fixed order.
func (g *giving) sum() error {
	if err := g.assess(); err != nil {
		return err
	}
	g.parts = append(g.parts, part{name: "contract", sum: g.contract})
	for _, op := range []func() error{g.repeat, g.coreFunction, g.dataLoss, g.hoursLost, g.costsLost, g.brokenPromises} {
		if err := op(); err != nil {
			return err
		}
	}
	if err := g.combine(); err != nil {
		return err
	}
	for _, op := range []func() error{g.aboveContract, g.atLeast, g.cap} {
		if err := op(); err != nil {
			return err
		}
	}
	return nil
}

// give adds what one operation gives.
func (g *giving) give(name string, sum compensate.Money, because string) {
	if sum.Sign() > 0 {
		g.parts = append(g.parts, part{name, sum, because})
	}
}

func (g *giving) repeat() error {
	op := g.c.Repeat
	if op == nil {
		return nil
	}
	n := 0
	for _, before := range g.f.Before {
		if before >= 0 && before <= op.Within.Duration {
			n++
		}
	}
	if n < max(1, op.AtLeast) {
		return nil
	}
	return g.part("repeat", &op.Give, "this happened to you before, not long ago")
}

func (g *giving) coreFunction() error {
	if g.c.CoreFunction == nil {
		return nil
	}
	for _, c := range g.d.facts.Incident.Components {
		if c.Core && g.hitBy(c.ID) {
			return g.part("core_function", g.c.CoreFunction, "what you have our product for did not work")
		}
	}
	return nil
}

// hitBy reports whether a component hit this customer; where nobody said which did, all of the incident's are taken to have.
func (g *giving) hitBy(component string) bool {
	return len(g.f.Components) == 0 || contains(g.f.Components, component)
}

func (g *giving) dataLoss() error {
	if g.c.DataLoss == nil || !g.f.DataLoss {
		return nil
	}
	return g.part("data_loss", g.c.DataLoss, "data of yours was lost")
}

func (g *giving) part(name string, op *Goodwill, because string) error {
	sum, err := g.amount(name, op)
	if err != nil {
		return err
	}
	if op.Because != "" {
		because = op.Because
	}
	g.give(name, sum, because)
	return nil
}

func (g *giving) hoursLost() error {
	op := g.c.HoursLost
	if op == nil || g.f.LostMinutes <= 0 {
		return nil
	}
	rate, ok := inCurrency(op.PerHour, g.currency)
	if !ok {
		return missing("the policy gives nothing per hour in %s", g.currency)
	}
	minutes := g.f.LostMinutes
	if limit := op.AtMost * 60; op.AtMost > 0 {
		minutes = min(minutes, limit)
	}
	sum, err := rate.Mul(compensate.Fraction(minutes, 60), compensate.HalfUp)
	if err != nil {
		return err
	}
	g.give("hours_lost", sum, or(op.Because, fmt.Sprintf("it cost you %s of your own time", plural(int(minutes), "minute"))))
	return nil
}

func (g *giving) costsLost() error {
	op := g.c.CostsLost
	if op == nil || len(g.f.LostCosts) == 0 {
		return nil
	}
	costs := compensate.FromMinor(0, g.currency)
	for _, cost := range g.f.LostCosts {
		if cost.Currency() != g.currency {
			return missing("costs of %s were recorded, and the customer pays in %s", cost, g.currency)
		}
		var err error
		if costs, err = costs.Add(cost); err != nil {
			return err
		}
	}
	sum, err := percentOf(costs, op.Percent)
	if err != nil {
		return err
	}
	if len(op.AtMost) > 0 {
		limit, ok := inCurrency(op.AtMost, g.currency)
		if !ok {
			return missing("the policy has no bound for costs in %s", g.currency)
		}
		if sum.Minor() > limit.Minor() {
			sum = limit
		}
	}
	g.give("costs_lost", sum, or(op.Because, fmt.Sprintf("it cost you %s", costs)))
	return nil
}

func (g *giving) brokenPromises() error {
	op := g.c.BrokenPromises
	if op == nil || g.f.BrokenPromises <= 0 {
		return nil
	}
	each, ok := inCurrency(op.Each, g.currency)
	if !ok {
		return missing("the policy gives nothing per broken promise in %s", g.currency)
	}
	n := g.f.BrokenPromises
	if op.AtMost > 0 {
		n = min(n, op.AtMost)
	}
	sum, err := each.Mul(compensate.Whole(int64(n)), compensate.HalfUp)
	if err != nil {
		return err
	}
	g.give("broken_promises", sum, or(op.Because, fmt.Sprintf("we gave you %s that we did not keep", plural(n, "time"))))
	return nil
}

// combine makes one sum of the parts; it is never below the contract.
func (g *giving) combine() error {
	g.total = compensate.FromMinor(0, g.currency)
	for n, p := range g.parts {
		before := g.total
		switch g.c.Combine {
		case CombineGreatest:
			if p.sum.Minor() > g.total.Minor() {
				g.total = p.sum
			}
		case CombineFirst:
			if g.total.IsZero() {
				g.total = p.sum
			}
		case CombineAdd:
			var err error
			if g.total, err = g.total.Add(p.sum); err != nil {
				return err
			}
		}
		if n > 0 {
			g.note(p.name, p.why, p.sum, before)
		}
	}
	if g.total.Minor() < g.contract.Minor() {
		g.total = g.contract
	}
	return nil
}

// note writes a step into the award: for customers, only what changed their sum.
func (g *giving) note(name, why string, sum, before compensate.Money) {
	g.staff = append(g.staff, fmt.Sprintf("goodwill %s: %s, total %s", name, sum, g.total))
	if g.total == before {
		return
	}
	text := fmt.Sprintf("Because %s: %s.", why, sum)
	if g.c.Combine != CombineAdd {
		text = fmt.Sprintf("Because %s: %s instead.", why, sum)
	}
	g.why = append(g.why, text)
	g.award.Steps = append(g.award.Steps, compensate.NoteStep("goodwill."+name, text, g.total))
}

func (g *giving) aboveContract() error {
	op := g.c.AboveContract
	if op == nil {
		return nil
	}
	extra, err := g.amount("above_contract", op)
	if err != nil {
		return err
	}
	least, err := g.contract.Add(extra)
	if err != nil {
		return err
	}
	g.raise("above_contract", least, or(op.Because, "we owe you more than the contract says"))
	return nil
}

func (g *giving) atLeast() error {
	op := g.c.AtLeast
	if op == nil {
		return nil
	}
	least, err := g.amount("at_least", op)
	if err != nil {
		return err
	}
	g.raise("at_least", least, or(op.Because, "nobody whom we let down gets less"))
	return nil
}

func (g *giving) raise(name string, to compensate.Money, why string) {
	if to.Minor() > g.total.Minor() {
		g.total = to
		text := fmt.Sprintf("Raised to %s, because %s.", to, why)
		g.why = append(g.why, text)
		g.award.Steps = append(g.award.Steps, compensate.NoteStep("goodwill."+name, text, to))
	}
	g.staff = append(g.staff, fmt.Sprintf("goodwill %s: %s, total %s", name, to, g.total))
}

// cap bounds the sum, but never below the contract.
func (g *giving) cap() error {
	op := g.c.Cap
	if op == nil {
		return nil
	}
	limit, err := g.smallest("cap", op)
	if err != nil {
		return err
	}
	if limit.Minor() < g.contract.Minor() {
		limit = g.contract
	}
	if g.total.Minor() > limit.Minor() {
		g.total = limit
		text := fmt.Sprintf("At most %s is given.", limit)
		g.why = append(g.why, text)
		g.award.Steps = append(g.award.Steps, compensate.NoteStep("goodwill.cap", text, limit))
	}
	g.staff = append(g.staff, fmt.Sprintf("goodwill cap: %s, total %s", limit, g.total))
	return nil
}

// amount is the largest of what a goodwill names; smallest, of a cap, the smallest.
func (g *giving) amount(name string, op *Goodwill) (compensate.Money, error) {
	return g.choose(name, op, func(a, b int64) bool { return a > b })
}

func (g *giving) smallest(name string, op *Goodwill) (compensate.Money, error) {
	return g.choose(name, op, func(a, b int64) bool { return a < b })
}

func (g *giving) choose(name string, op *Goodwill, better func(a, b int64) bool) (compensate.Money, error) {
	var best compensate.Money
	take := func(m compensate.Money) {
		if best.Currency() == "" || better(m.Minor(), best.Minor()) {
			best = m
		}
	}
	for _, p := range []struct {
		percent *compensate.Ratio
		of      compensate.Money
	}{{op.PercentOfFee, g.fee}, {op.PercentOfContract, g.contract}} {
		if p.percent == nil {
			continue
		}
		m, err := percentOf(p.of, *p.percent)
		if err != nil {
			return compensate.Money{}, err
		}
		take(m)
	}
	if len(op.Amounts) > 0 {
		m, ok := inCurrency(op.Amounts, g.currency)
		if !ok {
			return compensate.Money{}, missing("%s has no amount in %s", name, g.currency)
		}
		take(m)
	}
	return best, nil
}

func percentOf(m compensate.Money, percent compensate.Ratio) (compensate.Money, error) {
	return m.Mul(percent.Mul(compensate.Fraction(1, 100)), compensate.HalfUp)
}

func or(text, otherwise string) string {
	if text != "" {
		return text
	}
	return otherwise
}
