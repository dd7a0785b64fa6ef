package statuspage

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// largest is how much JSON one incident may be.
const largest = 32 << 20

// errTooLarge says that a value was left out for its size.
var errTooLarge = errors.New("larger than 32 MiB")

// errBrackets says that a value's brackets do not close.
var errBrackets = errors.New("brackets or quotes do not close")

// place is where a value begins.
type place struct{ line, col int }

// after returns the place that lies behind b, which begins at p.
func (p place) after(b []byte) place {
	if n := bytes.Count(b, []byte{'\n'}); n > 0 {
		return place{p.line + n, len(b) - bytes.LastIndexByte(b, '\n')}
	}
	return place{p.line, p.col + len(b)}
}

// scanner reads values one by one and knows where it is.
type scanner struct {
	r   *bufio.Reader
	pos place
}

func newScanner(r io.Reader) *scanner {
	s := &scanner{r: bufio.NewReaderSize(r, 64<<10), pos: place{1, 1}}
	if mark, err := s.r.Peek(3); err == nil && string(mark) == "\ufeff" {
		_, _ = s.r.Discard(3)
	}
	return s
}

func (s *scanner) next() (byte, error) {
	c, err := s.r.ReadByte()
	if err != nil {
		return 0, err
	}
	if c == '\n' {
		s.pos = place{s.pos.line + 1, 1}
	} else {
		s.pos.col++
	}
	return c, nil
}

// peek skips spaces and returns the next byte without taking it.
func (s *scanner) peek() (byte, error) {
	for {
		b, err := s.r.Peek(1)
		if err != nil {
			return 0, err
		}
		if bytes.IndexByte([]byte(" \t\r\n"), b[0]) < 0 {
			return b[0], nil
		}
		if _, err := s.next(); err != nil {
			return 0, err
		}
	}
}

// expect takes the next byte if it is the one wanted.
func (s *scanner) expect(want byte) error {
	c, err := s.peek()
	if err != nil {
		return fmt.Errorf("want %q: %w", want, ended(err))
	}
	if c != want {
		return fmt.Errorf("want %q, found %q", want, c)
	}
	_, err = s.next()
	return err
}

// value reads one value, which may be broken inside.
func (s *scanner) value() ([]byte, place, error) {
	if _, err := s.peek(); err != nil {
		return nil, s.pos, ended(err)
	}
	start := s.pos
	var m matcher
	var b []byte
	large := false
	for {
		p, err := s.r.Peek(1)
		if err != nil {
			if m.scalar && errors.Is(err, io.EOF) {
				return b, start, nil
			}
			return b, start, ended(err)
		}
		out := m.step(p[0])
		if out == before || out == broken {
			switch {
			case large:
				return nil, start, errTooLarge
			case out == broken:
				return b, start, errBrackets
			}
			return b, start, nil
		}
		c, err := s.next()
		if err != nil {
			return b, start, err
		}
		if len(b) < largest {
			b = append(b, c)
		} else {
			b, large = b[:0], true
		}
		if out == matched {
			if large {
				return nil, start, errTooLarge
			}
			return b, start, nil
		}
	}
}

func ended(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
