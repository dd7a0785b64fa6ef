package policy

import (
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func contains(words []string, word string) bool { return slices.Contains(words, word) }

func sorted(words []string) []string {
	slices.Sort(words)
	return words
}

// shorten keeps a wrong word from filling the screen.
func shorten(s string) string {
	if len(s) <= 60 {
		return s
	}
	return strings.ToValidUTF8(s[:60], "") + "…"
}

// oneOf lists words as a sentence does: "a, b or c".
func oneOf(words []string) string { return list(words, " or ") }

// all lists words as a sentence does: "a, b and c".
func all(words []string) string { return list(words, " and ") }

func list(words []string, last string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + last + words[len(words)-1]
}

func kindName(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "keys and values"
	case yaml.SequenceNode:
		return "a list"
	case yaml.AliasNode:
		return "an alias"
	case yaml.ScalarNode:
		return "the single value " + shorten(n.Value)
	case yaml.DocumentNode:
		return "a document"
	default:
		return "nothing"
	}
}

func yamlName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
	return name
}
