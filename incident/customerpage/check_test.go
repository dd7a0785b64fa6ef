package customerpage_test

import (
	"context"
	"crypto/rand"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/incident/customerpage"
)

func twoCustomers() *fakeDesk {
	return newFakeDesk(full(), viewOf(func(v *incident.CustomerView) { v.Customer = "c-32" }))
}

var sample = customerpage.Sample{Space: "acme", Record: "inc-7", Customer: "c-31", Other: "c-32"}

func TestTheFakeDeskKeepsTheContract(t *testing.T) {
	t.Parallel()
	require.NoError(t, customerpage.CheckDesk(t.Context(), twoCustomers(), sample))
}

// brokenDesk breaks one rule of a sound desk.
type brokenDesk struct {
	customerpage.Desk
	view func(ctx context.Context, d customerpage.Desk, space, record, customer, locale string) (incident.CustomerView, error)
	hear func(ctx context.Context, d customerpage.Desk, w incident.CustomerWord) error
}

func (b brokenDesk) CustomerView(ctx context.Context, space, record, customer, locale string) (incident.CustomerView, error) {
	if b.view != nil {
		return b.view(ctx, b.Desk, space, record, customer, locale)
	}
	return b.Desk.CustomerView(ctx, space, record, customer, locale)
}

func (b brokenDesk) Hear(ctx context.Context, w incident.CustomerWord) error {
	if b.hear != nil {
		return b.hear(ctx, b.Desk, w)
	}
	return b.Desk.Hear(ctx, w)
}

func TestCheckDeskFindsWhatIsBroken(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		desk brokenDesk
		want string
	}{
		{
			"everybody gets the same view",
			brokenDesk{view: func(ctx context.Context, d customerpage.Desk, space, record, _, locale string) (incident.CustomerView, error) {
				return d.CustomerView(ctx, space, record, "c-31", locale)
			}},
			"a view is of the space, record and customer that were asked for",
		},
		{
			"spaces are not told apart",
			brokenDesk{view: func(ctx context.Context, d customerpage.Desk, _, record, customer, locale string) (incident.CustomerView, error) {
				return d.CustomerView(ctx, "acme", record, customer, locale)
			}},
			"of another space, is ErrNotFound",
		},
		{
			"words are dropped",
			brokenDesk{hear: func(context.Context, customerpage.Desk, incident.CustomerWord) error { return nil }},
			"what was heard is in the next view",
		},
		{
			"a repeat counts again",
			brokenDesk{hear: func(ctx context.Context, d customerpage.Desk, w incident.CustomerWord) error {
				w.Key += rand.Text()
				return d.Hear(ctx, w)
			}},
			"a repeat under the same key records nothing",
		},
		{
			"keys are not compared",
			brokenDesk{hear: func(ctx context.Context, d customerpage.Desk, w incident.CustomerWord) error {
				err := d.Hear(ctx, w)
				if errors.Is(err, incident.ErrKeyReused) {
					return nil
				}
				return err
			}},
			"another word under the same key is ErrKeyReused",
		},
		{
			"anybody may reply",
			brokenDesk{hear: func(ctx context.Context, d customerpage.Desk, w incident.CustomerWord) error {
				if w.Report != "" {
					w.Customer = "c-31"
				}
				return d.Hear(ctx, w)
			}},
			"that is not theirs is ErrNotFound",
		},
		{
			"words about nothing are taken",
			brokenDesk{hear: func(ctx context.Context, d customerpage.Desk, w incident.CustomerWord) error {
				w.Record, w.Space = "inc-7", "acme"
				return d.Hear(ctx, w)
			}},
			"a word about a record or customer that is not there",
		},
		{
			"everybody reads everything",
			brokenDesk{view: func(ctx context.Context, d customerpage.Desk, space, record, customer, locale string) (incident.CustomerView, error) {
				v, err := d.CustomerView(ctx, space, record, customer, locale)
				if err == nil && customer == "c-32" {
					all, err := d.CustomerView(ctx, space, record, "c-31", locale)
					v.Reports = all.Reports
					return v, err
				}
				return v, err
			}},
			"what one customer says is in nobody else's view",
		},
		{
			"a done context does not stop it",
			brokenDesk{hear: func(ctx context.Context, d customerpage.Desk, w incident.CustomerWord) error {
				return d.Hear(context.WithoutCancel(ctx), w)
			}},
			"a done context is an error",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.desk.Desk = twoCustomers()
			err := customerpage.CheckDesk(t.Context(), c.desk, sample)
			require.Error(t, err)
			assert.Contains(t, err.Error(), c.want)
			if c.name == "a repeat counts again" {
				assert.Contains(t, err.Error(), "repeats that come at once are recorded once")
			}
		})
	}
}
