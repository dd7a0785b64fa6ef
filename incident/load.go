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
	head, err := load(ctx, s, id, 0, i.Apply)
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
	head, err := load(ctx, s, id, 0, c.Apply)
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
	head, err := load(ctx, s, i.ID, i.Version, i.Apply)
	if err == nil {
		i.Version = head.Version
	}
	return head, err
}

// load applies a record's events after a version, page by page. The head that
// it returns is the one that was read together with the last page.
func load(ctx context.Context, s Store, id string, after uint64, apply func(Event) error) (Head, error) {
	for {
		page, err := s.Read(ctx, id, after, 0)
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
