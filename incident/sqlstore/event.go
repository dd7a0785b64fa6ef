package sqlstore

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/internal/sqlkit"
)

const (
	eventColumns = "record text, version bigint, kind text, must boolean, at bigint, recorded bigint, actor text, data text, words text"
	eventNames   = "record, version, kind, must, at, recorded, actor, data, words"
)

// addEvent adds an event, at its place in a record, to rows of eventColumns.
func addEvent(rows *sqlkit.Rows, record string, version uint64, e incident.Event) error {
	kind, must, data, err := incident.EncodePayload(e.Data)
	if err != nil {
		return err
	}
	actor, err := json.Marshal(e.Actor)
	if err != nil {
		return fmt.Errorf("who says so: %w", err)
	}
	var words any
	if e.Words != nil {
		if words, err = encodeWords(e.Words); err != nil {
			return err
		}
	}
	rows.Add(record, int64(version), string(kind), must, sqlkit.Micros(e.At), sqlkit.Micros(e.Recorded), string(actor), string(data), words)
	return nil
}

func encodeWords(w *incident.Words) (string, error) {
	b, err := json.Marshal(w)
	if err != nil {
		return "", fmt.Errorf("the customer's words: %w", err)
	}
	return string(b), nil
}

// eventRow is an event as the database returns it; all null if there is none.
type eventRow struct {
	version, at, recorded *int64
	kind, actor, data     *string
	must                  *bool
	words                 *string
}

// dest are the columns version, kind, must, at, recorded, actor, data and words.
func (r *eventRow) dest() []any {
	return []any{&r.version, &r.kind, &r.must, &r.at, &r.recorded, &r.actor, &r.data, &r.words}
}

// event decodes the row of a record.
func (r *eventRow) event(record string) (incident.Event, error) {
	e := incident.Event{Record: record, Version: uint64(*r.version)}
	fail := func(what string, err error) (incident.Event, error) {
		return e, &DamagedError{Record: record, Version: e.Version, Err: fmt.Errorf("%s: %w", what, err)}
	}
	if r.kind == nil || r.must == nil || r.at == nil || r.recorded == nil || r.actor == nil || r.data == nil {
		return fail("its columns", errors.New("one is null"))
	}
	e.At, e.Recorded = sqlkit.Time(*r.at), sqlkit.Time(*r.recorded)
	var err error
	if err = json.Unmarshal([]byte(*r.actor), &e.Actor); err != nil {
		return fail("who says so", err)
	}
	if e.Data, err = incident.DecodePayload(incident.Kind(*r.kind), *r.must, []byte(*r.data)); err != nil {
		return fail(fmt.Sprintf("its data, of kind %q", *r.kind), err)
	}
	if r.words != nil {
		if e.Words, err = decodeWords(*r.words); err != nil {
			return fail("the customer's words", err)
		}
	}
	return e, nil
}

func decodeWords(text string) (*incident.Words, error) {
	w := new(incident.Words)
	if err := json.Unmarshal([]byte(text), w); err != nil {
		return nil, err
	}
	return w, nil
}
