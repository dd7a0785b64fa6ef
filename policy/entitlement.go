package policy

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/incident"
)

// For says what one customer is owed: by the contract, and in goodwill on top.
// It depends on how the customer was hit and what it cost them, never on
// whether or how loudly they complained (R85), and needs no claim (R77). It
// returns the total, not a difference: the ledger knows what was paid.
//
// Where an input is missing, Undecided says which, Owed has no total, and a
// person must decide: nothing is guessed. The error is for facts that cannot be
// true, for sums that do not fit, and for decisions that are not about an incident.
func (d *Decision) For(f *CustomerFacts) (Entitlement, error) {
	if d.policy == nil || d.facts == nil || d.facts.Incident == nil {
		return Entitlement{}, errors.New("policy: awarding: the decision is not about an incident: use one of Compiled.Decide")
	}
	i := d.facts.Incident
	g := giving{c: d.policy.compensation, f: f, d: d}
	e := Entitlement{Owed: compensate.Owed{Key: compensate.Key{
		Space: i.Space, Scheme: d.policy.name, Customer: f.Customer, Basis: i.ID,
	}}}
	switch {
	case g.c == nil:
		e.WhyStaff = []string{"the policy has no rules of compensation"}
		return e, nil
	case !hit(f):
		e.WhyStaff = []string{"the customer was not hit"}
		return e, nil
	}
	if err := g.sum(); err != nil {
		if u, ok := errors.AsType[*undecided](err); ok {
			e.Award = g.award
			e.Award.Amount, e.Award.Undecided, e.Undecided = compensate.Money{}, u.reason, u.reason
			e.WhyStaff = append(g.staff, "undecided: "+u.reason)
			return e, nil
		}
		return Entitlement{}, fmt.Errorf("policy: awarding customer %q for %q: %w", f.Customer, i.ID, err)
	}
	return g.entitlement(e)
}

// hit reports whether anything happened to the customer.
func hit(f *CustomerFacts) bool {
	return f.Degree != "" || len(f.Windows) > 0 || f.DataLoss || len(f.Components) > 0
}

// undecided says which input is missing.
type undecided struct{ reason string }

func (u *undecided) Error() string { return u.reason }

func missing(format string, args ...any) error { return &undecided{fmt.Sprintf(format, args...)} }

// giving is one award being made.
type giving struct {
	c     *compensation
	f     *CustomerFacts
	d     *Decision
	award compensate.Award

	currency string
	fee      compensate.Money
	contract compensate.Money
	total    compensate.Money
	why      []string
	staff    []string
	parts    []part
}

// part is one sum that contract or goodwill gives.
type part struct {
	name string
	sum  compensate.Money
	why  string
}

func (g *giving) entitlement(e Entitlement) (Entitlement, error) {
	g.award.Amount = g.total
	award, err := json.Marshal(&g.award)
	if err != nil {
		return Entitlement{}, fmt.Errorf("policy: awarding customer %q: writing the award: %w", g.f.Customer, err)
	}
	e.Award, e.Why, e.WhyStaff = g.award, g.why, g.staff
	e.Owed.Total, e.Owed.Contract, e.Owed.Why, e.Owed.Award = g.total, g.contract, g.why, award
	if g.award.Days > 0 {
		e.Owed.InKind = append(e.Owed.InKind, dayText(g.award.Days)+" of service")
	}
	e.Owed.InKind = append(e.Owed.InKind, g.award.InKind...)
	for _, limit := range g.award.Caps {
		limit.ID = strings.Join([]string{
			url.PathEscape(e.Owed.Key.Space), url.PathEscape(g.award.Scheme), url.PathEscape(g.f.Customer),
			g.award.Period.Start.UTC().Format(time.DateOnly), url.PathEscape(limit.ID),
		}, "/")
		e.Owed.Caps = append(e.Owed.Caps, limit)
	}
	if len(g.c.Approval) > 0 {
		limit, ok := inCurrency(g.c.Approval, g.currency)
		if !ok {
			e.Undecided = "the policy has no approval limit in " + g.currency
			e.Owed.Total, e.Owed.Contract = compensate.Money{}, compensate.Money{}
			return e, nil
		}
		e.Owed.Limit = limit
	}
	return e, nil
}

func dayText(n int64) string {
	if n == 1 {
		return "1 day"
	}
	return strconv.FormatInt(n, 10) + " days"
}

func inCurrency(amounts []compensate.Money, currency string) (compensate.Money, bool) {
	for _, m := range amounts {
		if m.Currency() == currency {
			return m, true
		}
	}
	return compensate.Money{}, false
}

// assess applies the contract's scheme.
func (g *giving) assess() error {
	scheme, ok := g.c.schemes[g.f.Contract]
	if !ok {
		return missing("the policy has no scheme %q, which the customer's contract names", g.f.Contract)
	}
	in, err := g.input()
	if err != nil {
		return err
	}
	if g.award, err = compensate.Assess(scheme, in); err != nil {
		return err
	}
	for _, s := range g.award.Steps {
		g.staff = append(g.staff, "contract "+g.award.Scheme+", "+s.Rule+": "+s.Text())
	}
	if g.award.Undecided != "" {
		return missing("%s", g.award.Undecided)
	}
	g.contract = g.award.Amount
	if g.contract.Currency() == "" {
		g.contract = compensate.FromMinor(0, g.currency)
	}
	if g.contract.Currency() != g.currency {
		return missing("the scheme pays in %s and the customer in %s", g.contract.Currency(), g.currency)
	}
	g.why = append(g.why, g.award.Why()...)
	return nil
}

// input turns the customer's facts into those of a scheme.
func (g *giving) input() (*compensate.Input, error) {
	f := g.f
	if err := g.findFee(); err != nil {
		return nil, err
	}
	in := &compensate.Input{Fee: g.fee, Bases: map[string]compensate.Money{}, Flags: map[string]bool{}, Numbers: map[string]compensate.Ratio{}}
	for id, fee := range f.Fees {
		if id != "" {
			in.Bases[id] = fee
		}
	}
	if len(f.Windows) == 0 && f.Degree != incident.DegreeExposed && !(f.Degree == "" && f.DataLoss) {
		return nil, missing("how long the customer was hit is not known")
	}
	for _, w := range f.Windows {
		if w.From.IsZero() || w.To.IsZero() {
			return nil, missing("it is not known when it began or ended for the customer")
		}
		in.Impact = append(in.Impact, compensate.Impact{Window: compensate.Window{Start: w.From, End: w.To}})
	}
	for name, v := range f.Host {
		in.Flags[name] = v.Bool
		if n, err := compensate.ParseRatio(strconv.FormatFloat(v.Number, 'f', -1, 64)); err == nil {
			in.Numbers[name] = n
		}
	}
	return in, g.period(in)
}

func (g *giving) period(in *compensate.Input) error {
	if !g.f.Period.From.IsZero() && !g.f.Period.To.IsZero() {
		in.Period = compensate.Period{Window: compensate.Window{Start: g.f.Period.From, End: g.f.Period.To}, Zone: g.f.Zone}
		return nil
	}
	at := began(g.d.facts.Incident)
	if len(g.f.Windows) > 0 {
		at = g.f.Windows[0].From
	}
	zone := g.f.Zone
	if zone == "" {
		zone = "UTC"
	}
	var err error
	in.Period, err = compensate.CalendarMonth(at, zone)
	return err
}

// findFee finds the fee of the whole plan, or the sum of the components that were hit.
func (g *giving) findFee() error {
	fee, ok := g.f.Fees[""]
	if !ok && len(g.f.Components) > 0 {
		ok = true
		for _, id := range g.f.Components {
			part, known := g.f.Fees[id]
			ok = ok && known
			if !known {
				break
			}
			if fee.Currency() == "" {
				fee = part
				continue
			}
			var err error
			if fee, err = fee.Add(part); err != nil {
				return err
			}
		}
	}
	if !ok {
		return missing("what the customer pays for the period is not known")
	}
	g.fee, g.currency = fee, fee.Currency()
	if g.currency == "" {
		g.currency = g.f.Currency
		g.fee = compensate.FromMinor(fee.Minor(), g.currency)
	}
	if g.currency == "" {
		return missing("the customer's currency is not known")
	}
	return nil
}
