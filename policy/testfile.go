package policy

import (
	"reflect"
)

// DecodeStrict reads YAML or JSON into v, a pointer to a struct with yaml tags,
// the way [Load] reads policies: every mistake at once, as a [*LoadError], and
// unknown keys among them. Package policytest reads test files with it.
func DecodeStrict(file string, src []byte, v any) error {
	d := &decoder{
		problems: problems{file: file, places: &places{at: map[string]place{"": {1, 1}}}},
		fields:   map[reflect.Type]map[string]int{},
	}
	if root := d.parse(src); root != nil {
		d.value(root, reflect.ValueOf(v).Elem(), "")
	}
	return d.err()
}
