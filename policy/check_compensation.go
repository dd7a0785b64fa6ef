package policy

import (
	"fmt"

	"github.com/amends-dev/amends/compensate"
)

// compensation is a compiled [Compensation].
type compensation struct {
	Compensation
	schemes map[string]*compensate.Compiled // "" is the default
}

func (c *checker) checkCompensation() {
	p := c.policy.Compensation
	if p == nil {
		return
	}
	out := &compensation{Compensation: clone(*p), schemes: map[string]*compensate.Compiled{}}
	for _, name := range sortedKeys(p.Schemes) {
		c.checkScheme(out, name, p.Schemes[name])
	}
	def := p.Default
	if def == "" && len(p.Schemes) == 1 {
		def = sortedKeys(p.Schemes)[0]
	}
	switch _, ok := p.Schemes[def]; {
	case len(p.Schemes) == 0:
		c.addf("compensation.schemes", "there is no scheme: what does the contract say? A scheme that gives nothing is one, too")
	case def == "":
		c.addf("compensation.default", "which of the schemes %s is for customers whose contract names none?", all(sortedKeys(p.Schemes)))
	case !ok:
		c.suggest("compensation.default", nearest(def, sortedKeys(p.Schemes)), "there is no scheme %q", shorten(def))
	default:
		out.schemes[""] = out.schemes[def]
	}
	if !contains(texts(CombineAdd, CombineGreatest, CombineFirst), string(p.Combine)) {
		c.addf("compensation.combine", "how do contract and goodwill make one sum? want add, greatest or first")
	}
	c.checkGoodwill(p)
	c.compensation = out
}

func (c *checker) checkScheme(out *compensation, name string, s compensate.Scheme) {
	path := "compensation.schemes." + name
	if name == "" {
		c.addf("compensation.schemes", "a scheme has no name")
		return
	}
	sound := true
	for _, p := range s.Validate() {
		if !p.Warning {
			sound = false
			c.addf(join(path, p.Path), "%s", p.Text)
		}
	}
	if !sound {
		return
	}
	compiled, err := compensate.Compile(&s)
	if err != nil {
		c.addf(path, "%s", plainError(err))
		return
	}
	out.schemes[name] = compiled
}

func (c *checker) checkGoodwill(p *Compensation) {
	for _, g := range []struct {
		name string
		give *Goodwill
	}{
		{"core_function", p.CoreFunction}, {"data_loss", p.DataLoss}, {"above_contract", p.AboveContract}, {"at_least", p.AtLeast}, {"cap", p.Cap},
	} {
		if g.give != nil {
			c.checkGive("compensation."+g.name, g.give)
		}
	}
	if r := p.Repeat; r != nil {
		c.checkGive("compensation.repeat.give", &r.Give)
		c.plainSpan("compensation.repeat.within", r.Within)
		if r.Within.IsZero() || r.AtLeast < 0 {
			c.addf("compensation.repeat", "want how far back to look, for example \"within: 7d\", and at_least not below zero")
		}
	}
	if h := p.HoursLost; h != nil {
		c.checkAmounts("compensation.hours_lost.per_hour", h.PerHour, true)
		if h.AtMost < 0 {
			c.addf("compensation.hours_lost.at_most", "a number of hours cannot be below zero")
		}
	}
	if l := p.CostsLost; l != nil {
		c.checkAmounts("compensation.costs_lost.at_most", l.AtMost, false)
		if l.Percent.Sign() <= 0 {
			c.addf("compensation.costs_lost.percent", "want more than 0 percent")
		}
	}
	if b := p.BrokenPromises; b != nil {
		c.checkAmounts("compensation.broken_promises.each", b.Each, true)
		if b.AtMost < 0 {
			c.addf("compensation.broken_promises.at_most", "a number of promises cannot be below zero")
		}
	}
	c.checkAmounts("compensation.approval", p.Approval, false)
}

func (c *checker) checkGive(path string, g *Goodwill) {
	if g.PercentOfFee == nil && g.PercentOfContract == nil && len(g.Amounts) == 0 {
		c.addf(path, "how much? want percent_of_fee, percent_of_contract or amounts")
	}
	for name, p := range map[string]*compensate.Ratio{"percent_of_fee": g.PercentOfFee, "percent_of_contract": g.PercentOfContract} {
		if p != nil && p.Sign() < 0 {
			c.addf(path+"."+name, "a percentage cannot be below zero: nothing is ever taken away")
		}
	}
	c.checkAmounts(path+".amounts", g.Amounts, false)
}

func (c *checker) checkAmounts(path string, amounts []compensate.Money, needed bool) {
	if needed && len(amounts) == 0 {
		c.addf(path, "how much? want one amount a currency")
	}
	seen := map[string]bool{}
	for n, m := range amounts {
		at := fmt.Sprintf("%s[%d]", path, n)
		switch {
		case m.Currency() == "":
			c.addf(at, "the amount has no currency")
		case m.Sign() < 0:
			c.addf(at, "an amount cannot be below zero: nothing is ever taken away")
		case seen[m.Currency()]:
			c.addf(at, "there are two amounts in %s", m.Currency())
		}
		seen[m.Currency()] = true
	}
}
