package incident

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

var errNoObject = errors.New("want a JSON object")

// EncodePayload returns what a store keeps of a payload: its kind, whether it
// must be understood, and its data as JSON. Times are written in UTC with
// microseconds. The data of [Unknown] is returned byte for byte.
func EncodePayload(p Payload) (kind Kind, must bool, data []byte, err error) {
	switch u := p.(type) {
	case nil:
		return "", false, nil, errors.New("incident: encoding a payload: it is nil")
	case Unknown:
		if u.Name == "" {
			return "", false, nil, errors.New("incident: encoding an unknown payload: it has no kind")
		}
		if !isObject(u.Raw) || !json.Valid(u.Raw) {
			return "", false, nil, fmt.Errorf("incident: encoding a payload of unknown kind %q: its data is not a JSON object", u.Name)
		}
		return u.Name, u.Must, u.Raw, nil
	}
	kind = p.Kind()
	n := normal(p)
	if n == nil {
		return "", false, nil, fmt.Errorf("incident: encoding a payload of kind %q: pass %T by value", kind, p)
	}
	if data, err = json.Marshal(n); err != nil {
		return "", false, nil, fmt.Errorf("incident: encoding a payload of kind %q: %w", kind, err)
	}
	return kind, false, data, nil
}

func decodeUnknown(kind Kind, must bool, data []byte) (Payload, error) {
	if kind == "" {
		return nil, errors.New("kind is empty")
	}
	if !isObject(data) || !json.Valid(data) {
		return nil, errNoObject
	}
	return Unknown{Name: kind, Must: must, Raw: bytes.Clone(data)}, nil
}

// isObject reports whether data begins as a JSON object.
func isObject(data []byte) bool {
	data = bytes.TrimLeft(data, " \t\r\n")
	return len(data) > 0 && data[0] == '{'
}
