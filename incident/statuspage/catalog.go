package statuspage

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Catalog lists the parts of the product that customers know, in the order of
// the page.
type Catalog struct {
	// Groups put components under a heading. A group stands where the first of
	// its components stands; one without components is not shown.
	Groups []Group
	// Components in order. If there are none, the page shows those that its
	// incidents name.
	Components []Component
}

// Group is a heading over components.
type Group struct {
	ID          string
	Name        string
	Description string // may be empty
}

// Component is a part of the product. Its ID is that of [incident.Component] in the records.
type Component struct {
	ID          string
	Name        string // if empty, the ID
	Description string // may be empty
	Group       string // ID of a group of the catalog, "" for none
	// Core marks a core function, what the product is for (R59): where it is
	// out, the whole page says so.
	Core bool
	// Since is when customers could use it first. If zero, it is not said.
	Since time.Time
	// OnlyIfDegraded leaves it out of the HTML page while it works.
	OnlyIfDegraded bool
}

// check finds what would make the catalog ambiguous.
func (c *Catalog) check() error {
	var problems []error
	seen := map[string]bool{}
	id := func(what, id string) {
		switch {
		case id == "":
			problems = append(problems, fmt.Errorf("a %s has no ID", what))
		case seen[id]:
			problems = append(problems, fmt.Errorf("the ID %q stands twice: groups and components share their IDs", id))
		}
		seen[id] = true
	}
	groups := map[string]bool{}
	for _, g := range c.Groups {
		id("group", g.ID)
		groups[g.ID] = true
	}
	for _, p := range c.Components {
		id("component", p.ID)
		if p.Group != "" && !groups[p.Group] {
			problems = append(problems, fmt.Errorf("component %q is in group %q, which is none of the groups", p.ID, p.Group))
		}
	}
	return errors.Join(problems...)
}

// clone returns a copy that nobody else changes.
func (c *Catalog) clone() Catalog {
	return Catalog{Groups: slices.Clone(c.Groups), Components: slices.Clone(c.Components)}
}

// equal reports whether both say the same.
func (c *Catalog) equal(o *Catalog) bool {
	return slices.Equal(c.Groups, o.Groups) &&
		slices.EqualFunc(c.Components, o.Components, func(a, b Component) bool {
			same := a.Since.Equal(b.Since)
			a.Since, b.Since = time.Time{}, time.Time{}
			return same && a == b
		})
}
