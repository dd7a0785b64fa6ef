package incident

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// DecodeError says where a document of events is wrong.
type DecodeError struct {
	Event  int    // number of the event in the document, from 1; 0 if only one was asked for
	Offset int64  // bytes before the fault
	Line   int    // from 1; 0 if only one event was asked for
	Column int    // in bytes, from 1; 0 if only one event was asked for
	Field  string // as in "data.severity", "" if it is not about a field
	Err    error
}

// Error names the place and the cause.
func (e *DecodeError) Error() string {
	var b strings.Builder
	b.WriteString("incident: decoding ")
	if e.Event > 0 {
		fmt.Fprintf(&b, "event %d at line %d, column %d ", e.Event, e.Line, e.Column)
	} else {
		b.WriteString("an event ")
	}
	fmt.Fprintf(&b, "(byte %d)", e.Offset)
	if e.Field != "" {
		fmt.Fprintf(&b, ", field %q", e.Field)
	}
	fmt.Fprintf(&b, ": %v", e.Err)
	return b.String()
}

// Unwrap returns the cause.
func (e *DecodeError) Unwrap() error { return e.Err }

// envelopeError places an error of encoding/json in the event b.
func envelopeError(b []byte, err error) error {
	d := &DecodeError{Err: err}
	if t, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		d.Offset, d.Field = t.Offset, t.Field
		d.Err = fmt.Errorf("cannot hold %s", t.Value)
	} else if s, ok := errors.AsType[*json.SyntaxError](err); ok {
		d.Offset = s.Offset
	} else if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		d.Offset = int64(len(b))
		d.Err = io.ErrUnexpectedEOF
	} else if field, found := strings.CutPrefix(err.Error(), "json: unknown field "); found {
		d.Field = strings.Trim(field, `"`)
		d.Offset = fieldOffset(b, d.Field)
		d.Err = errors.New("unknown field")
	}
	return d
}

// dataError places an error in the data of the event b.
func dataError(b []byte, err error) error {
	d := &DecodeError{Offset: fieldOffset(b, "data"), Field: "data", Err: err}
	if t, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		d.Offset += t.Offset
		d.Err = fmt.Errorf("cannot hold %s", t.Value)
		if t.Field != "" {
			d.Field += "." + t.Field
		}
	}
	return d
}

// fieldOffset returns where the value of a field of the object b begins, or 0.
func fieldOffset(b []byte, field string) int64 {
	dec := json.NewDecoder(bytes.NewReader(b))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return 0
	}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return 0
		}
		var value json.RawMessage
		if dec.Decode(&value) != nil {
			return 0
		}
		if name, ok := key.(string); ok && strings.EqualFold(name, field) {
			return dec.InputOffset() - int64(len(value))
		}
	}
	return 0
}
