package statuspage

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
)

// Read reads the body of incidents.json or scheduled-maintenances.json. It
// returns what could be read, never nil, and what could not. An error of r
// itself is a problem too.
func Read(r io.Reader, opts *Options) (*Export, []Problem) {
	if opts == nil {
		opts = &Options{}
	}
	rd := &reader{opts: opts, scan: newScanner(r), seen: map[string]bool{}, export: &Export{}}
	rd.export.Truncated = !rd.body()
	slices.SortStableFunc(rd.problems, func(a, b Problem) int { return cmp.Or(a.Line-b.Line, a.Col-b.Col) })
	return rd.export, rd.problems
}

type reader struct {
	opts     *Options
	scan     *scanner
	export   *Export
	problems []Problem
	seen     map[string]bool // IDs
}

func (r *reader) problem(id, path string, at place, format string, args ...any) {
	r.problems = append(r.problems, Problem{
		File: r.opts.File, Incident: id, Path: path, Line: at.line, Col: at.col, Text: fmt.Sprintf(format, args...),
	})
}

// body reads the outermost object and reports whether it was read to its end.
func (r *reader) body() bool {
	if err := r.scan.expect('{'); err != nil {
		r.problem("", "", r.scan.pos, "not the body of incidents.json: %v", err)
		return false
	}
	lists, values := 0, 0
	for comma := true; ; values++ {
		c, err := r.scan.peek()
		switch {
		case err != nil:
			r.problem("", "", r.scan.pos, "the file ends within its outermost object: %v", ended(err))
			return false
		case c == '}':
			if lists == 0 {
				r.problem("", "", r.scan.pos, `there is neither "incidents" nor "scheduled_maintenances"`)
			}
			r.end(comma && values > 0)
			return true
		}
		comma = r.comma("", c, comma)
		if c == ',' {
			continue
		}
		raw, at, err := r.scan.value()
		name, ok := node{raw: raw}.text()
		if err == nil && !ok {
			err = fmt.Errorf("want a name in quotes, found %.20q", raw)
		}
		if err == nil {
			err = r.scan.expect(':')
		}
		if err != nil {
			r.problem("", "", at, "broken JSON: %v; nothing after it was read", err)
			return false
		}
		if name == "incidents" || name == "scheduled_maintenances" {
			lists++
			if !r.list(name) {
				return false
			}
			continue
		}
		raw, at, err = r.scan.value()
		if err != nil {
			r.problem("", name, at, "broken JSON: %v; nothing after it was read", err)
			return false
		}
		if !json.Valid(raw) {
			r.problem("", name, at, "broken JSON: not read")
		} else if name == "page" {
			r.page(raw, at)
		}
	}
}

// comma takes a comma, or says that one is missing or too many. It returns
// whether a comma came just now.
func (r *reader) comma(path string, c byte, had bool) bool {
	switch {
	case c != ',' && !had:
		r.problem("", path, r.scan.pos, "broken JSON: a comma is missing here; what follows was read all the same")
	case c == ',' && had:
		r.problem("", path, r.scan.pos, "broken JSON: there is a comma too many here; what follows was read all the same")
	}
	if c == ',' {
		_, _ = r.scan.next()
	}
	return c == ','
}

// end closes the outermost object, behind which nothing may stand.
func (r *reader) end(comma bool) {
	if comma {
		r.problem("", "", r.scan.pos, "broken JSON: a comma stands before the end")
	}
	_, _ = r.scan.next()
	if _, err := r.scan.peek(); err == nil {
		r.problem("", "", r.scan.pos, "there is more after the end of the object: not read")
	}
}

func (r *reader) page(raw []byte, at place) {
	m := node{raw: raw}.object()
	if m.none() {
		r.problem("", "page", at, "not an object: the page stays unknown")
		return
	}
	r.export.Page.ID, _ = m.get("id").text()
	r.export.Page.Name, _ = m.get("name").text()
	r.export.Page.URL, _ = m.get("url").text()
	r.export.Page.TimeZone, _ = m.get("time_zone").text()
	if s, _ := m.get("updated_at").text(); s != "" {
		if t, ok := parse(s, r.opts.Zone); ok && !t.IsZero() {
			r.export.saw(t)
		}
	}
}

// list reads an array of incidents and reports whether the file can be read further.
func (r *reader) list(name string) bool {
	if err := r.scan.expect('['); err != nil {
		r.problem("", name, r.scan.pos, "not a list: %v", err)
		_, _, err = r.scan.value()
		return err == nil
	}
	n := 0
	for comma := true; ; {
		c, err := r.scan.peek()
		switch {
		case err != nil:
			r.problem("", name, r.scan.pos, "the file ends within the list: %v", ended(err))
			return false
		case c == ']':
			if comma && n > 0 {
				r.problem("", name, r.scan.pos, "broken JSON: a comma stands before the end of the list")
			}
			_, _ = r.scan.next()
			return true
		case c == '}' || c == ':':
			r.problem("", name, r.scan.pos, "broken JSON: %q stands where an incident should", c)
			_, _ = r.scan.next()
			continue
		}
		if comma = r.comma(name, c, comma); comma {
			continue
		}
		path := fmt.Sprintf("%s[%d]", name, n)
		n++
		raw, at, err := r.scan.value()
		if r.element(path, name, raw, at, err); err != nil && !errors.Is(err, errBrackets) && !errors.Is(err, errTooLarge) {
			return false
		}
	}
}

// element reads one incident. From a broken one whole incidents that it took in are saved.
func (r *reader) element(path, list string, raw []byte, at place, err error) {
	if !errors.Is(err, errTooLarge) {
		var v json.RawMessage
		if bad := json.Unmarshal(raw, &v); bad != nil {
			err = bad
		}
	}
	if err == nil {
		r.incident(path, list, node{raw: raw}, at)
		return
	}
	where := at
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		where = at.after(raw[:max(0, min(int(syntax.Offset), len(raw))-1)])
	}
	r.problem(idIn(raw), path, where, "broken JSON: %v; this incident was not read", err)
	for i := 1; i < len(raw); {
		m := opening.FindIndex(raw[i:])
		if m == nil {
			return
		}
		i += m[0]
		end := valueEnd(raw, i)
		if part := raw[i:end]; bytes.Contains(part, []byte(`"incident_updates"`)) && json.Valid(part) {
			r.incident(path, list, node{raw: part}, at.after(raw[:i]))
			i = end
			continue
		}
		i++
	}
}

var (
	opening = regexp.MustCompile(`\{\s*"id"\s*:`)
	ident   = regexp.MustCompile(`"id"\s*:\s*"([^"\\]{1,100})"`)
)

// idIn returns the first ID in broken JSON, so that people find it.
func idIn(raw []byte) string {
	if m := ident.FindSubmatch(raw[:min(len(raw), 4096)]); m != nil {
		return string(m[1])
	}
	return ""
}
