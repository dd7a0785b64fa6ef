package policy

import (
	"encoding"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// decoder turns nodes of YAML into structs and collects every mistake with its
// place, where the YAML package would stop at the first kind of it.
type decoder struct {
	problems
	fields map[reflect.Type]map[string]int
}

func (d *decoder) at(n *yaml.Node, path, suggestion, format string, args ...any) {
	d.list = append(d.list, Problem{
		File: d.file, Line: max(1, n.Line), Col: max(1, n.Column), Path: path,
		Text: fmt.Sprintf(format, args...), Suggestion: suggestion,
	})
}

// value decodes a node into v.
func (d *decoder) value(n *yaml.Node, v reflect.Value, path string) {
	d.places.at[path] = place{max(1, n.Line), max(1, n.Column)}
	if n.Kind == yaml.AliasNode {
		d.at(n, path, "", "aliases are not read: write it out, so that each rule can be understood where it stands")
		return
	}
	if n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
		d.at(n, path, "", "nothing stands here: leave the key out, or give it a value")
		return
	}
	if v.Kind() == reflect.Pointer {
		p := reflect.New(v.Type().Elem())
		d.value(n, p.Elem(), path)
		v.Set(p)
		return
	}
	if d.special(n, v, path) {
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		d.structure(n, v, path)
	case reflect.Map:
		d.mapping(n, v, path)
	case reflect.Slice:
		d.sequence(n, v, path)
	default:
		d.scalar(n, v, path)
	}
}

// special decodes types that read themselves.
func (d *decoder) special(n *yaml.Node, v reflect.Value, path string) bool {
	if ph, ok := reflect.TypeAssert[*Phase](v.Addr()); ok && n.Kind == yaml.ScalarNode {
		d.value(n, reflect.ValueOf(&ph.Every).Elem(), path)
		return true
	}
	switch u := v.Addr().Interface().(type) {
	case yaml.Unmarshaler:
		if err := u.UnmarshalYAML(n); err != nil {
			d.at(n, path, "", "%s", plainError(err))
		}
		return true
	case encoding.TextUnmarshaler:
		if n.Kind != yaml.ScalarNode {
			d.at(n, path, "", "want a single value here, got %s", kindName(n))
		} else if err := u.UnmarshalText([]byte(n.Value)); err != nil {
			d.at(n, path, "", "%s", plainError(err))
		}
		return true
	}
	return false
}

// plainError takes the prefix of another package off a message that gets a place in front.
func plainError(err error) string {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	return strings.ReplaceAll(strings.TrimPrefix(text, "compensate: "), "\n", " ")
}

func (d *decoder) structure(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind != yaml.MappingNode {
		d.at(n, path, "", "want keys and values here, got %s", kindName(n))
		return
	}
	fields := d.fieldsOf(v.Type())
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, val := n.Content[i], n.Content[i+1]
		if !d.key(key, path, seen) {
			continue
		}
		at := join(path, key.Value)
		f, ok := fields[key.Value]
		if !ok {
			d.unknownKey(key, at, fields)
			continue
		}
		d.value(val, v.Field(f), at)
	}
}

// key checks a key and reports whether it can be used.
func (d *decoder) key(key *yaml.Node, path string, seen map[string]int) bool {
	switch {
	case key.Kind != yaml.ScalarNode:
		d.at(key, path, "", "a key must be a word, got %s", kindName(key))
	case key.Tag == "!!merge":
		d.at(key, path, "", "merge keys (<<) are not read: write it out, so that each rule can be understood where it stands")
	case seen[key.Value] > 0:
		d.at(key, join(path, key.Value), "", "key %q stands here a second time: the first is in line %d", key.Value, seen[key.Value])
	default:
		seen[key.Value] = max(1, key.Line)
		return true
	}
	return false
}

func (d *decoder) unknownKey(key *yaml.Node, path string, fields map[string]int) {
	switch key.Value {
	case "at_most", "below", "less_than", "share", "max_affected", "at_most_affected":
		d.at(key, path, "", "key %q is not allowed: scale may add a notice and never silences one (R21, R36); want at_least", key.Value)
		return
	}
	names := make([]string, 0, len(fields))
	for name := range fields {
		names = append(names, name)
	}
	d.at(key, path, nearest(key.Value, sorted(names)), "key %q is unknown", shorten(key.Value))
}

func (d *decoder) fieldsOf(t reflect.Type) map[string]int {
	if f, ok := d.fields[t]; ok {
		return f
	}
	f := map[string]int{}
	for i := range t.NumField() {
		if name, _, _ := strings.Cut(t.Field(i).Tag.Get("yaml"), ","); name != "" && name != "-" && t.Field(i).IsExported() {
			f[name] = i
		}
	}
	d.fields[t] = f
	return f
}

func (d *decoder) mapping(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind != yaml.MappingNode {
		d.at(n, path, "", "want names and values here, got %s", kindName(n))
		return
	}
	m := reflect.MakeMapWithSize(v.Type(), len(n.Content)/2)
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, val := n.Content[i], n.Content[i+1]
		if !d.key(key, path, seen) {
			continue
		}
		e := reflect.New(v.Type().Elem()).Elem()
		d.value(val, e, join(path, key.Value))
		m.SetMapIndex(reflect.ValueOf(key.Value).Convert(v.Type().Key()), e)
	}
	v.Set(m)
}

// sequence decodes a list; a single scalar stands for a list of one.
func (d *decoder) sequence(n *yaml.Node, v reflect.Value, path string) {
	items := n.Content
	switch n.Kind {
	case yaml.SequenceNode:
	case yaml.ScalarNode:
		items = []*yaml.Node{n}
	default:
		d.at(n, path, "", "want a list here, got %s", kindName(n))
		return
	}
	s := reflect.MakeSlice(v.Type(), len(items), len(items))
	for i, item := range items {
		d.value(item, s.Index(i), path+"["+strconv.Itoa(i)+"]")
	}
	v.Set(s)
}

func (d *decoder) scalar(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind != yaml.ScalarNode {
		d.at(n, path, "", "want a single value here, got %s", kindName(n))
		return
	}
	switch v.Kind() {
	case reflect.String:
		if words := wordsOf(v.Type()); words != nil && !contains(words, n.Value) {
			d.at(n, path, nearest(n.Value, words), "%q is unknown: want %s", shorten(n.Value), oneOf(words))
			return
		}
		v.SetString(n.Value)
	case reflect.Bool:
		b, err := strconv.ParseBool(n.Value)
		if err != nil || n.Tag != "!!bool" {
			d.at(n, path, "", "%q is not true or false", shorten(n.Value))
			return
		}
		v.SetBool(b)
	case reflect.Int, reflect.Int64, reflect.Int32:
		i, err := strconv.ParseInt(n.Value, 10, v.Type().Bits())
		if err != nil {
			d.at(n, path, "", "%q is not a whole number", shorten(n.Value))
			return
		}
		v.SetInt(i)
	case reflect.Float64:
		f, err := strconv.ParseFloat(n.Value, 64)
		if err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
			d.at(n, path, "", "%q is not a number", shorten(n.Value))
			return
		}
		v.SetFloat(f)
	default:
		d.at(n, path, "", "a value of type %s cannot be read from a file", v.Type())
	}
}
