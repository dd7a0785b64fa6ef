package incident

import (
	"context"
	"fmt"
)

// LoadIncident reads and folds an incident. The view is at the version of its
// head, so that [Incident.Batch] appends at what was read. It returns
// [ErrNotFound] if there is no such record.
func LoadIncident(ctx context.Context, s Store, id string) (*Incident, Head, error) {
	i := &Incident{ID: id}
	head, err := Replay(ctx, s, id, 0, i.Apply)
	if err != nil {
		return nil, Head{}, err
	}
	if head.Kind != KindIncident {
		return nil, head, fmt.Errorf("incident: loading %q: it is a %s, not an incident", id, head.Kind)
	}
	i.Version = head.Version
	return i, head, nil
}

// LoadCase reads and folds a customer's case, like [LoadIncident].
func LoadCase(ctx context.Context, s Store, id string) (*Case, Head, error) {
	c := &Case{ID: id}
	head, err := Replay(ctx, s, id, 0, c.Apply)
	if err != nil {
		return nil, Head{}, err
	}
	if head.Kind != KindCase {
		return nil, head, fmt.Errorf("incident: loading %q: it is an %s, not a case", id, head.Kind)
	}
	c.Version = head.Version
	return c, head, nil
}

// Refresh reads what was appended since the view was loaded and applies it.
func (i *Incident) Refresh(ctx context.Context, s Store) (Head, error) {
	head, err := Replay(ctx, s, i.ID, i.Version, i.Apply)
	if err == nil {
		i.Version = head.Version
	}
	return head, err
}

// Reader is the part of a [Store] that reading one record needs. Most users pass
// a Store; a cache or a replica will do too, under the contract of Store.Read.
type Reader interface {
	Read(ctx context.Context, record string, after uint64, limit int) (Page, error)
}

// Replay calls apply with each of a record's events after a version, in order,
// page by page, and returns the head that was read together with the last page.
// It stops at the first error of apply and returns it as it is. It returns
// [ErrNotFound] if there is no such record.
func Replay(ctx context.Context, r Reader, id string, after uint64, apply func(Event) error) (Head, error) {
	for {
		page, err := r.Read(ctx, id, after, 0)
		if err != nil {
			return Head{}, fmt.Errorf("incident: loading %q: %w", id, err)
		}
		for _, e := range page.Events {
			if err := apply(e); err != nil {
				return Head{}, err
			}
			after = e.Version
		}
		if !page.More {
			return page.Head, nil
		}
		if len(page.Events) == 0 {
			return Head{}, fmt.Errorf("incident: loading %q: the store promises more events after version %d and returns none", id, after)
		}
	}
}
