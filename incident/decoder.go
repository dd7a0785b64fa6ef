package incident

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

// Decoder reads events from a JSON array, or from JSON values one after the
// other, as in JSON lines. It holds one event at a time. It must not be used concurrently.
type Decoder struct {
	lines *lineReader
	in    *bufio.Reader
	dec   *json.Decoder
	base  int64 // bytes skipped before dec began
	array bool
	n     int
	err   error
}

// NewDecoder returns a decoder that reads from r. Nothing is read before the first Decode.
func NewDecoder(r io.Reader) *Decoder {
	l := &lineReader{r: r}
	return &Decoder{lines: l, in: bufio.NewReader(l)}
}

// Decode returns the next event, or [io.EOF] after the last. Anything that is
// not an event is a [*DecodeError]; every later call returns it again.
func (d *Decoder) Decode() (Event, error) {
	if d.err != nil {
		return Event{}, d.err
	}
	e, err := d.next()
	if err != nil {
		d.err = err
		return Event{}, err
	}
	return e, nil
}

// DecodeEvents reads all events of a document: a JSON array, or JSON lines.
// An empty document holds none. On an error it returns those before it.
func DecodeEvents(r io.Reader) ([]Event, error) {
	d := NewDecoder(r)
	var events []Event
	for {
		e, err := d.Decode()
		if err == io.EOF { //nolint:errorlint // the end comes bare; wrapped, it is a fault of r and must not pass for the end
			return events, nil
		}
		if err != nil {
			return events, err
		}
		events = append(events, e)
	}
}

func (d *Decoder) next() (Event, error) {
	if d.dec == nil {
		if err := d.begin(); err != nil {
			return Event{}, err
		}
	}
	d.n++
	if d.array && !d.dec.More() {
		return Event{}, d.end()
	}
	var raw json.RawMessage
	if err := d.dec.Decode(&raw); err != nil {
		if err == io.EOF && !d.array {
			return Event{}, io.EOF
		}
		return Event{}, d.broken(err)
	}
	start := d.base + d.dec.InputOffset() - int64(len(raw))
	var e Event
	if err := e.UnmarshalJSON(raw); err != nil {
		if f, ok := errors.AsType[*DecodeError](err); ok {
			f.Event, f.Offset = d.n, start+f.Offset
			f.Line, f.Column = d.lines.place(f.Offset)
		}
		return Event{}, err
	}
	d.lines.forget(start)
	return e, nil
}

// begin skips white space and finds out whether the document is an array.
func (d *Decoder) begin() error {
	for {
		c, err := d.in.ReadByte()
		switch {
		case err == io.EOF:
			return io.EOF
		case err != nil:
			return fmt.Errorf("incident: reading events: %w", err)
		case c == ' ' || c == '\t' || c == '\r' || c == '\n':
			d.base++
			continue
		}
		d.array = c == '['
		if err := d.in.UnreadByte(); err != nil {
			return fmt.Errorf("incident: reading events: %w", err)
		}
		d.dec = json.NewDecoder(d.in)
		if d.array {
			if _, err := d.dec.Token(); err != nil {
				return d.broken(err)
			}
		}
		return nil
	}
}

// end reads the end of the array, after which nothing may come.
func (d *Decoder) end() error {
	if _, err := d.dec.Token(); err != nil {
		return d.broken(err)
	}
	after := d.dec.InputOffset()
	if _, err := d.dec.Token(); err != io.EOF {
		return d.fault(d.base+after, errors.New("unexpected text after the array"))
	}
	return io.EOF
}

// broken places an error of the JSON reader.
func (d *Decoder) broken(err error) error {
	offset := d.base + d.dec.InputOffset()
	switch s, ok := errors.AsType[*json.SyntaxError](err); {
	case ok:
		offset = max(offset, d.base+s.Offset-1)
	case err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF): //nolint:errorlint // the JSON reader's own end comes bare; wrapped, it is a fault of r
		offset, err = d.lines.read, io.ErrUnexpectedEOF
	default:
		return fmt.Errorf("incident: reading event %d: %w", d.n, err)
	}
	return d.fault(offset, err)
}

func (d *Decoder) fault(offset int64, err error) error {
	line, column := d.lines.place(offset)
	return &DecodeError{Event: d.n, Offset: offset, Line: line, Column: column, Err: err}
}

// lineReader remembers where lines begin, from the last forgotten place on.
type lineReader struct {
	r        io.Reader
	read     int64
	breaks   []int64 // offsets of line breaks at or after the forgotten place
	line     int     // line breaks before it
	lastLine int64   // where the line of the forgotten place begins
}

func (l *lineReader) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	for i, c := range p[:n] {
		if c == '\n' {
			l.breaks = append(l.breaks, l.read+int64(i))
		}
	}
	l.read += int64(n)
	return n, err
}

func (l *lineReader) forget(before int64) {
	n, _ := slices.BinarySearch(l.breaks, before)
	if n > 0 {
		l.line += n
		l.lastLine = l.breaks[n-1] + 1
		l.breaks = slices.Delete(l.breaks, 0, n)
	}
}

func (l *lineReader) place(offset int64) (line, column int) {
	n, _ := slices.BinarySearch(l.breaks, offset)
	begin := l.lastLine
	if n > 0 {
		begin = l.breaks[n-1] + 1
	}
	return l.line + n + 1, int(offset-begin) + 1
}
