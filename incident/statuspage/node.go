package statuspage

import (
	"bytes"
	"encoding/json"
)

// node is a value of valid JSON and where it begins in its element.
type node struct {
	raw []byte
	off int
}

func (n node) exists() bool { return n.raw != nil }
func (n node) null() bool   { return !n.exists() || string(n.raw) == "null" }

// text returns the string, and whether it is one.
func (n node) text() (string, bool) {
	var s string
	if len(n.raw) == 0 || n.raw[0] != '"' || json.Unmarshal(n.raw, &s) != nil {
		return "", false
	}
	return s, true
}

// members are the values of an object by name.
type members struct {
	self node
	by   map[string]node
}

func (m members) none() bool           { return m.by == nil }
func (m members) get(name string) node { return m.by[name] }

// near returns the member, or where it is missing the object itself: a place for a problem.
func (m members) near(name string) node {
	if n, ok := m.by[name]; ok {
		return n
	}
	return m.self
}

// object returns the members; none if it is no object. Of a repeated name the last counts.
func (n node) object() members {
	if len(n.raw) == 0 || n.raw[0] != '{' {
		return members{self: n}
	}
	out := map[string]node{}
	for i := skip(n.raw, 1); i < len(n.raw) && n.raw[i] != '}'; i = skip(n.raw, i) {
		end := valueEnd(n.raw, i)
		name, _ := node{raw: n.raw[i:end]}.text()
		i = skip(n.raw, end)
		end = valueEnd(n.raw, i)
		out[name] = node{raw: n.raw[i:end], off: n.off + i}
		i = end
	}
	return members{self: n, by: out}
}

// array returns the elements; nil and false if it is no array.
func (n node) array() ([]node, bool) {
	if len(n.raw) == 0 || n.raw[0] != '[' {
		return nil, false
	}
	var out []node
	for i := skip(n.raw, 1); i < len(n.raw) && n.raw[i] != ']'; i = skip(n.raw, i) {
		end := valueEnd(n.raw, i)
		out = append(out, node{raw: n.raw[i:end], off: n.off + i})
		i = end
	}
	return out, true
}

// skip returns the next byte that is no space, comma or colon.
func skip(b []byte, i int) int {
	for i < len(b) && bytes.IndexByte([]byte(" \t\r\n,:"), b[i]) >= 0 {
		i++
	}
	return i
}

// valueEnd returns where the value that begins at i ends, in valid JSON.
func valueEnd(b []byte, i int) int {
	var m matcher
	for j := i; j < len(b); j++ {
		switch m.step(b[j]) {
		case matched:
			return j + 1
		case before:
			return j
		}
	}
	return len(b)
}

// matcher follows one JSON value byte by byte by its brackets and strings.
type matcher struct {
	open    []byte
	inside  bool // a string
	escaped bool
	scalar  bool
}

// outcomes of a matcher's step.
const (
	going   = iota
	matched // the byte ends the value
	before  // the value ended before the byte
	broken  // the byte closes something else than what is open
)

func (m *matcher) step(c byte) int {
	switch {
	case m.inside:
		switch {
		case c == '\n':
			m.inside, m.escaped = false, false // no JSON string goes over a line: find the way back
			return going
		case m.escaped:
			m.escaped = false
		case c == '\\':
			m.escaped = true
		case c == '"':
			m.inside = false
			if len(m.open) == 0 {
				return matched
			}
		}
		return going
	case m.scalar:
		if bytes.IndexByte([]byte(" \t\r\n,]}"), c) >= 0 {
			return before
		}
		return going
	}
	switch c {
	case '"':
		m.inside = true
	case '{', '[':
		m.open = append(m.open, c+2) // '{'+2 is '}', '['+2 is ']'
	case '}', ']':
		if len(m.open) == 0 {
			return before
		}
		if m.open[len(m.open)-1] != c {
			return broken
		}
		m.open = m.open[:len(m.open)-1]
		if len(m.open) == 0 {
			return matched
		}
	default:
		m.scalar = len(m.open) == 0
	}
	return going
}
