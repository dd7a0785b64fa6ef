package incident

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// envelope is an event as JSON. Data is read and written apart, so that unknown
// kinds stay byte for byte as they were.
type envelope struct {
	Record   string          `json:"record"`
	Version  uint64          `json:"version"`
	Kind     Kind            `json:"kind"`
	At       time.Time       `json:"at"`
	Recorded time.Time       `json:"recorded,omitzero"`
	Actor    Actor           `json:"actor"`
	Must     bool            `json:"must,omitempty"`
	Data     json.RawMessage `json:"data,omitempty"`
	Words    *Words          `json:"words,omitempty"`
}

// MarshalJSON writes the event with its kind. Note that [json.Marshal] compacts
// what it embeds, also the data of unknown kinds; [EncodeEvents] does not.
func (e Event) MarshalJSON() ([]byte, error) { return e.appendJSON(nil) }

// appendJSON appends the envelope with data and words at its end.
func (e Event) appendJSON(b []byte) ([]byte, error) {
	kind, must, data, err := EncodePayload(e.Data)
	if err != nil {
		return nil, err
	}
	head, err := json.Marshal(envelope{
		Record: e.Record, Version: e.Version, Kind: kind, At: Instant(e.At), Recorded: Instant(e.Recorded),
		Actor: e.Actor, Must: must,
	})
	if err != nil {
		return nil, fmt.Errorf("incident: encoding event %s.%d: %w", e.Record, e.Version, err)
	}
	b = append(b, head[:len(head)-1]...)
	b = append(b, `,"data":`...)
	b = append(b, data...)
	if e.Words != nil {
		words, err := json.Marshal(e.Words)
		if err != nil {
			return nil, fmt.Errorf("incident: encoding the words of event %s.%d: %w", e.Record, e.Version, err)
		}
		b = append(b, `,"words":`...)
		b = append(b, words...)
	}
	return append(b, '}'), nil
}

// UnmarshalJSON reads one event. Unknown kinds become [Unknown]. Unknown fields
// beside the data are an error, because they would be lost. What is wrong is a
// [*DecodeError], with its place in b.
func (e *Event) UnmarshalJSON(b []byte) error {
	var env envelope
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&env); err != nil {
		return envelopeError(b, err)
	}
	fail := func(field, problem string) error {
		return &DecodeError{Offset: fieldOffset(b, field), Field: field, Err: errors.New(problem)}
	}
	switch {
	case !isObject(b):
		return &DecodeError{Err: errNoObject}
	case env.Kind == "":
		return fail("kind", "want the kind of the event")
	case env.At.IsZero():
		return fail("at", "want the time it happened")
	case env.Actor.Kind == "":
		return fail("actor", "want who says so")
	case env.Data == nil:
		return fail("data", "want the content of the event")
	}
	p, err := DecodePayload(env.Kind, env.Must, env.Data)
	if err != nil {
		return dataError(b, err)
	}
	if _, unknown := p.(Unknown); env.Must && !unknown {
		return fail("must", "a known kind is never marked so")
	}
	*e = Event{
		Record: env.Record, Version: env.Version, At: Instant(env.At), Recorded: Instant(env.Recorded),
		Actor: env.Actor, Data: p, Words: env.Words,
	}
	return nil
}

// EncodeEvents writes events as JSON lines: one event a line. [DecodeEvents] reads them back.
func EncodeEvents(w io.Writer, events []Event) error {
	var b []byte
	for _, e := range events {
		var err error
		if b, err = e.appendJSON(b[:0]); err != nil {
			return err
		}
		if _, err = w.Write(append(b, '\n')); err != nil {
			return fmt.Errorf("incident: writing event %s.%d: %w", e.Record, e.Version, err)
		}
	}
	return nil
}
