package incident

import (
	"errors"
	"fmt"
	"slices"
)

// Check returns what is wrong with the commit itself, whatever the store holds:
// it neither writes nor asks for anything, names a record twice, or a batch lacks
// its record, its time or an event's content. For those who write a [Store].
func (c Commit) Check() error {
	if len(c.Batches) == 0 && c.Command == "" {
		return errors.New("the commit has neither batches nor a command")
	}
	for n, b := range c.Batches {
		switch {
		case b.Record == "":
			return errors.New("a batch names no record")
		case b.At.IsZero():
			return fmt.Errorf("record %q: the batch has no time", b.Record)
		case b.Expect < AnyVersion:
			return fmt.Errorf("record %q: there is no version %d to expect", b.Record, b.Expect)
		case slices.ContainsFunc(c.Batches[:n], func(other Batch) bool { return other.Record == b.Record }):
			return fmt.Errorf("record %q: the commit names it twice", b.Record)
		}
		for _, e := range b.Events {
			if _, _, _, err := EncodePayload(e.Data); err != nil {
				return fmt.Errorf("record %q: %w", b.Record, err)
			}
		}
	}
	return nil
}

// Next returns the head that the batch leads to, or why it does not fit: what
// [Store] promises of Append, for one record. The space is that of the commit;
// have is the record's head, nil if there is no such record. For those who write a Store.
func (b Batch) Next(space string, have *Head) (Head, error) {
	switch {
	case have == nil && b.Expect != 0:
		return Head{}, ErrNotFound
	case have == nil && b.Head.Kind == "":
		return Head{}, errors.New("the batch creates the record and does not say of which kind")
	case have == nil:
		have = &Head{Record: b.Record, Space: space, Kind: b.Head.Kind, Opened: Instant(b.At)}
	case b.Expect != AnyVersion && uint64(b.Expect) != have.Version:
		return Head{}, fmt.Errorf("expected version %d, it is at %d: %w", b.Expect, have.Version, ErrConflict)
	case have.Space != space:
		return Head{}, fmt.Errorf("it is not in space %q: %w", space, ErrNotFound)
	case b.Head.Kind != "" && b.Head.Kind != have.Kind:
		return Head{}, fmt.Errorf("it is of kind %q, which never changes", have.Kind)
	}
	next := *have
	next.Version += max(uint64(len(b.Events)), 1)
	next.Updated = Instant(b.At)
	next.NextLook = next.Updated
	next.Turn++
	set(&next.Incident, b.Head.Incident)
	set(&next.Customer, b.Head.Customer)
	set(&next.Title, b.Head.Title)
	set(&next.Status, b.Head.Status)
	set(&next.Severity, b.Head.Severity)
	if b.Head.Marks != nil {
		next.Marks = *b.Head.Marks
	}
	next.Marks = slices.Clone(next.Marks)
	return next, nil
}

func set[T any](have, change *T) {
	if change != nil {
		*have = *change
	}
}
