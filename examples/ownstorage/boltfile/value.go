package boltfile

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

// DamagedError is about a value that cannot be read. Restore the file from a copy.
type DamagedError struct {
	File, Bucket, Key string // where it is
	Err               error  // what is wrong with it
}

// Error says where the value is and what is wrong with it.
func (e *DamagedError) Error() string {
	return fmt.Sprintf("%s, bucket %q, key %q: the value is damaged, restore the file from a copy: %v", e.File, e.Bucket, e.Key, e.Err)
}

// Unwrap returns what is wrong with the value.
func (e *DamagedError) Unwrap() error { return e.Err }

// sumSize is how long the checksum at the beginning of a value is.
const sumSize = 4

func sum(body []byte) uint32 { return crc32.Checksum(body, crc32.MakeTable(crc32.Castagnoli)) }

// encode returns a value with its checksum, which bbolt has none of.
func encode(v any) ([]byte, error) {
	var body []byte
	var err error
	if m, ok := v.(json.Marshaler); ok {
		body, err = m.MarshalJSON() // not by json.Marshal, which rewrites what is in it: unknown events stay byte for byte
	} else {
		body, err = json.Marshal(v)
	}
	return append(binary.BigEndian.AppendUint32(nil, sum(body)), body...), err
}

// decode reads what encode returned. A field that it does not know is an error:
// left out, it would be lost with the next write.
func decode(raw []byte, into any) error {
	if len(raw) < sumSize {
		return errors.New("it is cut off")
	}
	body := raw[sumSize:]
	if sum(body) != binary.BigEndian.Uint32(raw) {
		return errors.New("its checksum is wrong")
	}
	if u, ok := into.(json.Unmarshaler); ok {
		return u.UnmarshalJSON(body)
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("something follows it")
	}
	return nil
}
