package statuspage

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/language"
)

//go:embed locale/*.json
var locales embed.FS

// Texts returns the page's own words in a language that the library has, by
// key, for translators to begin with: "en" and "de". Words in braces stand for
// what the page puts there. For other languages it returns nil.
func Texts(language string) map[string]string {
	raw, err := locales.ReadFile("locale/" + language + ".json")
	if err != nil {
		return nil
	}
	var out map[string]string
	if err := json.Unmarshal(raw, &out); err != nil {
		return nil // the package's tests read each of them
	}
	return out
}

// wording is the page's own words in one language. It is immutable.
type wording struct {
	language string // BCP 47, as the host names it
	base     string // its language alone, for times
	rtl      bool
	texts    map[string]string
	pieces   map[string][]piece
}

// piece is plain text, or the name of what stands in its place.
type piece struct{ text, name string }

var brace = regexp.MustCompile(`\{([a-z]+)\}`)

func cut(text string) []piece {
	var out []piece
	at := 0
	for _, m := range brace.FindAllStringSubmatchIndex(text, -1) {
		out = append(out, piece{text: text[at:m[0]]}, piece{name: text[m[2]:m[3]]})
		at = m[1]
	}
	return append(out, piece{text: text[at:]})
}

// names lists what stands in braces.
func names(pieces []piece) []string {
	var out []string
	for _, p := range pieces {
		if p.name != "" {
			out = append(out, p.name)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// newWording takes the library's words for a language and the host's over them.
// Every mistake is reported at once.
func newWording(tag string, own map[string]string) (*wording, error) {
	parsed, err := language.Parse(tag)
	if err != nil {
		return nil, fmt.Errorf("language %q: %w", tag, err)
	}
	base, _ := parsed.Base()
	w := &wording{language: tag, base: base.String(), texts: map[string]string{}, pieces: map[string][]piece{}}
	script, _ := parsed.Script()
	w.rtl = slices.Contains([]string{"Arab", "Hebr", "Thaa", "Syrc", "Nkoo", "Adlm", "Rohg"}, script.String())
	maps.Copy(w.texts, Texts(w.base))
	maps.Copy(w.texts, own)
	english := Texts("en")
	var problems []error
	for _, key := range slices.Sorted(maps.Keys(english)) {
		text, ok := w.texts[key]
		if !ok || strings.TrimSpace(text) == "" {
			problems = append(problems, fmt.Errorf("language %q: there are no words for %q, in English %q", tag, key, english[key]))
			continue
		}
		w.pieces[key] = cut(text)
		if have, want := names(w.pieces[key]), names(cut(english[key])); !slices.Equal(have, want) {
			problems = append(problems, fmt.Errorf("language %q: %q stands with %v in braces, want %v", tag, key, have, want))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(own)) {
		if _, ok := english[key]; !ok {
			problems = append(problems, fmt.Errorf("language %q: there is no key %q: see Texts", tag, key))
		}
	}
	return w, errors.Join(problems...)
}

// word returns words in which nothing is put.
func (w *wording) word(key string) string { return w.texts[key] }

// fill puts values, in pairs of name and value, into words, as plain text.
func (w *wording) fill(key string, pairs ...string) string {
	var b strings.Builder
	for _, p := range w.pieces[key] {
		b.WriteString(p.text)
		for i := 0; p.name != "" && i+1 < len(pairs); i += 2 {
			if pairs[i] == p.name {
				b.WriteString(pairs[i+1])
			}
		}
	}
	return b.String()
}

// say is fill for HTML: everything is escaped but what is HTML already.
func (w *wording) say(key string, pairs ...any) template.HTML {
	var b strings.Builder
	for _, p := range w.pieces[key] {
		b.WriteString(template.HTMLEscapeString(p.text))
		for i := 0; p.name != "" && i+1 < len(pairs); i += 2 {
			if pairs[i] != p.name {
				continue
			}
			switch v := pairs[i+1].(type) {
			case template.HTML:
				b.WriteString(string(v))
			default:
				b.WriteString(template.HTMLEscapeString(fmt.Sprint(v)))
			}
		}
	}
	return template.HTML(b.String()) //nolint:gosec // each part was escaped above
}

// counted is the key for a number of things.
func counted(key string, n int) string {
	if n == 1 {
		return key + ".one"
	}
	return key
}

// count is say with a number, which has a form of its own for one.
func (w *wording) count(key string, n int, pairs ...any) template.HTML {
	return w.say(counted(key, n), append(pairs, "count", strconv.Itoa(n))...)
}
