package amends_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends"
	"github.com/amends-dev/amends/policy"
)

func TestMemDirectoryKeepsTheContract(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 5)
	w.declare("inc-1", "c0", "c1", "c3")
	require.NoError(t, amends.CheckDirectory(t.Context(), w.dir, amends.DirectorySample{Space: space, Record: "inc-1"}))
}

// broken breaks one rule of a sound directory.
type broken struct {
	amends.Directory
	expand    func(amends.ExpandRequest, amends.Expanded) (amends.Expanded, error)
	affected  func(amends.ExpandRequest, amends.AffectedPage) amends.AffectedPage
	contacts  func([]amends.Contact) []amends.Contact
	customers func([]policy.CustomerFacts) []policy.CustomerFacts
}

func (b broken) Expand(ctx context.Context, r amends.ExpandRequest) (amends.Expanded, error) {
	x, err := b.Directory.Expand(ctx, r)
	if b.expand != nil {
		if err != nil {
			x = amends.Expanded{Done: true}
		}
		return b.expand(r, x)
	}
	return x, err
}

func (b broken) Affected(ctx context.Context, r amends.ExpandRequest) (amends.AffectedPage, error) {
	p, err := b.Directory.Affected(ctx, r)
	if b.affected != nil {
		p = b.affected(r, p)
	}
	return p, err
}

func (b broken) Contacts(ctx context.Context, space string, ids []string) ([]amends.Contact, error) {
	c, err := b.Directory.Contacts(ctx, space, ids)
	if b.contacts != nil {
		c = b.contacts(c)
	}
	return c, err
}

func (b broken) Customers(ctx context.Context, space string, incidents, ids []string) ([]policy.CustomerFacts, error) {
	c, err := b.Directory.Customers(ctx, space, incidents, ids)
	if b.customers != nil {
		c = b.customers(c)
	}
	return c, err
}

func TestCheckDirectoryFindsWhatIsBroken(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		broken broken
		want   string
	}{
		{
			"unknown audiences are empty",
			broken{expand: func(_ amends.ExpandRequest, x amends.Expanded) (amends.Expanded, error) { return x, nil }},
			"an unknown audience is ErrUnknownAudience",
		},
		{"the affected come twice", broken{affected: func(_ amends.ExpandRequest, p amends.AffectedPage) amends.AffectedPage {
			p.Customers = append(p.Customers, p.Customers...)
			return p
		}}, "hold each customer once"},
		{"the cursor stands still", broken{affected: func(r amends.ExpandRequest, p amends.AffectedPage) amends.AffectedPage {
			if !p.Done {
				p.Next = r.Cursor
			}
			return p
		}}, "does not move the cursor on"},
		{
			"contacts are invented",
			broken{contacts: func(c []amends.Contact) []amends.Contact { return append(c, amends.Contact{ID: "ghost"}) }},
			"contacts that do not exist are left out",
		},
		{"contacts change their channel", broken{contacts: func(c []amends.Contact) []amends.Contact {
			for i := range c {
				c[i].Channel = "smoke"
			}
			return c
		}}, "with the same channel and customer"},
		{"windows are forgotten", broken{customers: func(c []policy.CustomerFacts) []policy.CustomerFacts {
			for i := range c {
				c[i].Windows = nil
			}
			return c
		}}, "with the windows that the affected have"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 5)
			w.declare("inc-1", "c0", "c1", "c3")
			tt.broken.Directory = w.dir
			err := amends.CheckDirectory(t.Context(), tt.broken, amends.DirectorySample{Space: space, Record: "inc-1"})
			require.Error(t, err)
			assert.Contains(t, err.Error(), tt.want)
		})
	}
}
