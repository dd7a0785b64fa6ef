package amends

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/amends-dev/amends/incident"
)

// DirectorySample says what a directory under test holds.
type DirectorySample struct {
	Space  string
	Record string // an incident by which at least three customers are affected
	// Audiences to expand besides the affected. If nil, the public.
	Audiences []incident.Audience
}

// CheckDirectory checks a host's [Directory] against its contract, with data
// that the host put there. It returns all violations joined, each a sentence
// with the rule; nil if there are none. It changes nothing.
func CheckDirectory(ctx context.Context, d Directory, s DirectorySample) error {
	if s.Audiences == nil {
		s.Audiences = []incident.Audience{incident.AudiencePublic}
	}
	c := &directoryCheck{ctx: ctx, d: d, s: s}
	for _, rule := range []struct {
		rule string
		run  func() error
	}{
		{"an audience's pages hold the same contacts in the same order, whatever the size of a page", c.expandPages},
		{"a page is found again by its cursor", c.expandAgain},
		{"the pages of the affected hold each customer once, whatever their size", c.affectedPages},
		{"an unknown audience is ErrUnknownAudience", c.unknown},
		{"contacts are found by the IDs that an expansion gives, with the same channel and customer", c.contacts},
		{"contacts that do not exist are left out", c.noContact},
		{"customers are found by ID, with the windows that the affected have", c.customers},
		{"customers that do not exist are left out", c.noCustomer},
		{"each affected customer's own contacts are found as the audience of that customer", c.customerAudience},
	} {
		if err := rule.run(); err != nil {
			c.errs = append(c.errs, fmt.Errorf("%s: %w", rule.rule, err))
		}
	}
	return errors.Join(c.errs...)
}

type directoryCheck struct {
	ctx  context.Context //nolint:containedctx // lives as long as one call of CheckDirectory
	d    Directory
	s    DirectorySample
	errs []error
}

// maxPages bounds an expansion that never ends.
const maxPages = 10_000

func (c *directoryCheck) ask(a incident.Audience, cursor string, limit int) ExpandRequest {
	return ExpandRequest{Space: c.s.Space, Record: c.s.Record, Incidents: []string{c.s.Record}, Audience: a, Cursor: cursor, Limit: limit}
}

// expand reads an audience to its end.
func (c *directoryCheck) expand(a incident.Audience, limit int) ([]Contact, error) {
	var out []Contact
	cursor := ""
	for range maxPages {
		x, err := c.d.Expand(c.ctx, c.ask(a, cursor, limit))
		if err != nil {
			return nil, fmt.Errorf("audience %q: %w", a, err)
		}
		out = append(out, x.Contacts...)
		if x.Done {
			return out, nil
		}
		if x.Next == "" || x.Next == cursor {
			return nil, fmt.Errorf("audience %q: a page that is not the last does not move the cursor on", a)
		}
		cursor = x.Next
	}
	return nil, fmt.Errorf("audience %q: no end after %d pages", a, maxPages)
}

func ids(contacts []Contact) []string {
	out := make([]string, len(contacts))
	for i, c := range contacts {
		out[i] = c.ID
	}
	return out
}

func (c *directoryCheck) expandPages() error {
	for _, a := range append([]incident.Audience{incident.AudienceAffected}, c.s.Audiences...) {
		whole, err := c.expand(a, 1000)
		if err != nil {
			return err
		}
		if len(whole) == 0 {
			return fmt.Errorf("audience %q is empty: the check needs contacts", a)
		}
		single, err := c.expand(a, 1)
		if err != nil {
			return err
		}
		if !slices.Equal(ids(whole), ids(single)) {
			return fmt.Errorf("audience %q: %v in one page, %v one by one", a, ids(whole), ids(single))
		}
	}
	return nil
}

func (c *directoryCheck) expandAgain() error {
	first, err := c.d.Expand(c.ctx, c.ask(incident.AudienceAffected, "", 1))
	if err != nil {
		return err
	}
	if first.Done {
		return errors.New("fewer than two pages of one customer: the check needs three affected customers")
	}
	one, err := c.d.Expand(c.ctx, c.ask(incident.AudienceAffected, first.Next, 1))
	if err != nil {
		return err
	}
	two, err := c.d.Expand(c.ctx, c.ask(incident.AudienceAffected, first.Next, 1))
	if err != nil {
		return err
	}
	if !slices.Equal(ids(one.Contacts), ids(two.Contacts)) || one.Next != two.Next {
		return fmt.Errorf("%v, then %v", ids(one.Contacts), ids(two.Contacts))
	}
	return nil
}

// affected reads the affected customers, as often as each occurs.
func (c *directoryCheck) affected(limit int) (map[string]int, []string, error) {
	seen := map[string]int{}
	var windows []string
	cursor := ""
	for range maxPages {
		p, err := c.d.Affected(c.ctx, c.ask("", cursor, limit))
		if err != nil {
			return nil, nil, err
		}
		for _, f := range p.Customers {
			seen[f.Customer]++
			windows = append(windows, fmt.Sprint(f.Customer, f.Degree, f.Windows))
		}
		if p.Done {
			slices.Sort(windows)
			return seen, windows, nil
		}
		if p.Next == "" || p.Next == cursor {
			return nil, nil, errors.New("a page that is not the last does not move the cursor on")
		}
		cursor = p.Next
	}
	return nil, nil, fmt.Errorf("no end after %d pages", maxPages)
}

func (c *directoryCheck) affectedPages() error {
	whole, _, err := c.affected(1000)
	if err != nil {
		return err
	}
	single, _, err := c.affected(1)
	if err != nil {
		return err
	}
	if len(whole) < 3 {
		return fmt.Errorf("%d affected customers: the check needs three", len(whole))
	}
	for customer, n := range single {
		if n != 1 || whole[customer] != 1 {
			return fmt.Errorf("customer %q occurs %d times one by one, %d times in one page", customer, n, whole[customer])
		}
	}
	if len(whole) != len(single) {
		return fmt.Errorf("%d customers in one page, %d one by one", len(whole), len(single))
	}
	return nil
}

func (c *directoryCheck) unknown() error {
	_, err := c.d.Expand(c.ctx, c.ask("an audience that nobody has", "", 10))
	if !errors.Is(err, ErrUnknownAudience) {
		return fmt.Errorf("got: %w", cmp.Or(err, errors.New("no error")))
	}
	return nil
}

func (c *directoryCheck) contacts() error {
	want, err := c.expand(incident.AudienceAffected, 1000)
	if err != nil {
		return err
	}
	got, err := c.d.Contacts(c.ctx, c.s.Space, ids(want))
	if err != nil {
		return err
	}
	byID := map[string]Contact{}
	for _, g := range got {
		byID[g.ID] = g
	}
	for _, w := range want {
		g, ok := byID[w.ID]
		if !ok || g.Channel != w.Channel || g.Customer != w.Customer {
			return fmt.Errorf("contact %q: found %t, on channel %q of customer %q, want %q of %q", w.ID, ok, g.Channel, g.Customer, w.Channel, w.Customer)
		}
	}
	return nil
}

func (c *directoryCheck) noContact() error {
	got, err := c.d.Contacts(c.ctx, c.s.Space, []string{"a contact that nobody has"})
	if err == nil && len(got) != 0 {
		err = fmt.Errorf("got %d contacts", len(got))
	}
	return err
}

func (c *directoryCheck) customers() error {
	seen, want, err := c.affected(1000)
	if err != nil {
		return err
	}
	found, err := c.d.Customers(c.ctx, c.s.Space, []string{c.s.Record}, slices.Sorted(maps.Keys(seen)))
	if err != nil {
		return err
	}
	var got []string
	for _, f := range found {
		got = append(got, fmt.Sprint(f.Customer, f.Degree, f.Windows))
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		return fmt.Errorf("got %v, the affected are %v", got, want)
	}
	return nil
}

func (c *directoryCheck) noCustomer() error {
	got, err := c.d.Customers(c.ctx, c.s.Space, []string{c.s.Record}, []string{"a customer that nobody has"})
	if err == nil && len(got) != 0 {
		err = fmt.Errorf("got %d customers", len(got))
	}
	return err
}

func (c *directoryCheck) customerAudience() error {
	all, err := c.expand(incident.AudienceAffected, 1000)
	if err != nil {
		return err
	}
	for _, contact := range all {
		own, err := c.expand(incident.CustomerAudience(contact.Customer), 1000)
		if err != nil {
			return err
		}
		if !slices.Contains(ids(own), contact.ID) {
			return fmt.Errorf("contact %q is not among those of its customer %q", contact.ID, contact.Customer)
		}
	}
	return nil
}
