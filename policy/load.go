package policy

import (
	"bytes"
	"errors"
	"io"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// MaxSize is how many bytes a policy file may have. It travels in the record of
// every incident.
const MaxSize = 1 << 20

// Load reads a policy from YAML or JSON. The file name is only used in
// messages. Every mistake is reported at once, as a [*LoadError]: unknown and
// repeated keys, words of a wrong kind, times that are none, and what [Compile]
// finds wrong with the rules. Aliases and merge keys are refused, so that every
// rule can be understood where it stands.
func Load(file string, src []byte) (*Policy, error) {
	d := &decoder{
		problems: problems{file: file, places: &places{at: map[string]place{"": {1, 1}}}},
		fields:   map[reflect.Type]map[string]int{},
	}
	p := &Policy{source: string(src), file: file, places: d.places}
	if root := d.parse(src); root != nil {
		d.value(root, reflect.ValueOf(p).Elem(), "")
	}
	if len(d.list) > 0 {
		// What was read wrongly would only lead to more mistakes of the same
		// kind; what was read is checked all the same, for its own places.
		d.checkRead(p)
		return nil, d.err()
	}
	c := &checker{problems: problems{file: file, places: d.places}, policy: p}
	c.check()
	if err := c.err(); err != nil {
		return nil, err
	}
	p.loaded = new(clone(*p))
	return p, nil
}

// parse returns the one mapping of the document, or nil after noting why there is none.
func (d *decoder) parse(src []byte) *yaml.Node {
	if len(src) > MaxSize {
		d.addf("", "the file has %d bytes: at most %d are read", len(src), MaxSize)
		return nil
	}
	dec := yaml.NewDecoder(bytes.NewReader(src))
	var doc yaml.Node
	if err := dec.Decode(&doc); errors.Is(err, io.EOF) {
		d.addf("", "the file is empty: a policy needs at least a name and rules")
		return nil
	} else if err != nil {
		d.syntax(err)
		return nil
	}
	var more yaml.Node
	switch err := dec.Decode(&more); {
	case errors.Is(err, io.EOF):
	case err != nil:
		d.syntax(err)
		return nil
	default:
		d.at(&more, "", "", "a second document begins here: a policy is one document")
		return nil
	}
	if len(doc.Content) != 1 || doc.Content[0].Kind != yaml.MappingNode {
		d.at(&doc, "", "", "want keys and values: a policy begins with its name")
		return nil
	}
	return doc.Content[0]
}

// syntax notes an error of the YAML package, which names a line in its text.
func (d *decoder) syntax(err error) {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	line := 1
	if m := regexp.MustCompile(`^line (\d+): `).FindStringSubmatch(text); m != nil {
		if n, err := strconv.Atoi(m[1]); err == nil {
			line = max(1, n)
		}
		text = text[len(m[0]):]
	}
	d.list = append(d.list, Problem{File: d.file, Line: line, Col: 1, Text: "this is no YAML: " + strings.ReplaceAll(text, "\n", " ")})
}

// checkRead adds what is wrong with the rules of a policy that was not read
// completely, except in fields that have a mistake already.
func (d *decoder) checkRead(p *Policy) {
	c := &checker{problems: problems{file: d.file, places: d.places}, policy: p}
	c.check()
	for _, found := range c.list {
		covered := false
		for _, known := range d.list {
			covered = covered || found.Path == "" || known.Path == "" || strings.HasPrefix(known.Path, found.Path) || strings.HasPrefix(found.Path, known.Path)
		}
		if !covered {
			d.list = append(d.list, found)
		}
	}
}
