package notify

import (
	"embed"
	"errors"
	"fmt"
	htmltemplate "html/template"
	"io/fs"
	"maps"
	"slices"
	"strings"
	texttemplate "text/template"
	"time"

	"github.com/amends-dev/amends/internal/timetext"
)

//go:embed templates/*.tmpl
var defaults embed.FS

// TemplatesOptions configures [NewTemplates]. The zero value, like a nil *TemplatesOptions, holds the defaults.
type TemplatesOptions struct {
	// Files holds further templates by file name; they come after those of the file system. If nil, none.
	Files map[string]string
	// Default is the locale used when there is no template in the recipient's. If empty, "en".
	Default string
	// OnlyOwn leaves out the library's own templates. If false, the host's replace and complete them.
	OnlyOwn bool
	// Times writes a time, given in the reader's zone, by language ("fr"); it must
	// name the zone. If nil, English and German have forms of their own, other
	// languages the international one.
	Times map[string]func(time.Time) string
}

// Templates turns data into messages. It is immutable and safe for concurrent use.
//
// A template file is named <kind>.<locale>.tmpl or <kind>.<channel>.<locale>.tmpl
// and defines "subject" and "text" (package text/template), and "html" (package
// html/template) if the page made of the text does not suffice. Files named
// _<anything>.<locale>.tmpl hold definitions for all templates of that locale
// and its regions; directories do not matter. Fields are those of [Data]; {{.When
// .NextUpdate}} writes a time in the reader's zone and language, {{.Quote
// .Report}} marks every line as a quotation, {{.List .Components}} joins words
// with commas.
//
// For a locale like "de-AT" the order of fallback is: kind and channel in de-AT,
// kind and channel in de, kind in de-AT, kind in de, kind and channel in the
// default locale, kind in the default locale. A reader's language comes before a
// channel's form.
type Templates struct {
	sets   map[setKey]*set
	locale string
	times  map[string]func(time.Time) string
	zones  timetext.Zones
}

type setKey struct{ kind, channel, locale string }

// set is one compiled template.
type set struct {
	file string
	text *texttemplate.Template
	html *htmltemplate.Template // nil: the page is made of the text
}

// NewTemplates reads and compiles all templates of a file system, which may be
// nil, over the library's own, in English and German. Every mistake of every
// file is reported at once: wrong names, wrong syntax, a definition that is
// missing or used without being there.
func NewTemplates(fsys fs.FS, opts *TemplatesOptions) (*Templates, error) {
	var o TemplatesOptions
	if opts != nil {
		o = *opts
	}
	if o.Default == "" {
		o.Default = "en"
	}
	files := map[string]string{}
	if !o.OnlyOwn {
		if err := readTemplates(files, defaults); err != nil {
			return nil, fmt.Errorf("notify: reading the library's templates: %w", err)
		}
	}
	if fsys != nil {
		if err := readTemplates(files, fsys); err != nil {
			return nil, fmt.Errorf("notify: reading templates: %w", err)
		}
	}
	maps.Copy(files, o.Files)
	t := &Templates{sets: map[setKey]*set{}, locale: normalLocale(o.Default), times: maps.Clone(o.Times)}
	if err := t.compile(files); err != nil {
		return nil, fmt.Errorf("notify: compiling templates: %w", err)
	}
	return t, nil
}

// readTemplates adds the .tmpl files of a file system by their base names.
func readTemplates(files map[string]string, fsys fs.FS) error {
	return fs.WalkDir(fsys, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".tmpl") {
			return err
		}
		text, err := fs.ReadFile(fsys, path)
		if err != nil {
			return err
		}
		files[entry.Name()] = string(text)
		return nil
	})
}

// compile compiles every file with the partials of its locale.
func (t *Templates) compile(files map[string]string) error {
	var problems []error
	partials := map[string][]string{} // by locale, names in order
	keys := map[string]setKey{}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		parts := strings.Split(strings.TrimSuffix(name, ".tmpl"), ".")
		switch {
		case strings.HasPrefix(name, "_") && len(parts) == 2:
			locale := normalLocale(parts[1])
			partials[locale] = append(partials[locale], name)
		case len(parts) == 2 && parts[0] != "" && parts[1] != "":
			keys[name] = setKey{parts[0], "", normalLocale(parts[1])}
		case len(parts) == 3 && parts[0] != "" && parts[1] != "" && parts[2] != "":
			keys[name] = setKey{parts[0], parts[1], normalLocale(parts[2])}
		default:
			problems = append(problems, fmt.Errorf("%s: want <kind>.<locale>.tmpl or <kind>.<channel>.<locale>.tmpl", name))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(keys)) {
		key := keys[name]
		var names []string
		for _, locale := range slices.Backward(localeChain(key.locale)) { // the region's after the language's
			names = append(names, partials[locale]...)
		}
		s, err := compileSet(name, append(names, name), files)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		if other := t.sets[key]; other != nil {
			problems = append(problems, fmt.Errorf("%s: says the same as %s", name, other.file))
			continue
		}
		t.sets[key] = s
	}
	return errors.Join(problems...)
}

// compileSet compiles one template of its files, the last of which is its own.
func compileSet(name string, names []string, files map[string]string) (*set, error) {
	// The roots have a name that no file has: html/template empties a root that is defined again.
	text := texttemplate.New("").Option("missingkey=error")
	html := htmltemplate.New("").Option("missingkey=error")
	for _, n := range names {
		if _, err := text.New(n).Parse(files[n]); err != nil {
			return nil, err
		}
		if _, err := html.New(n).Parse(files[n]); err != nil {
			return nil, err
		}
	}
	var problems []error
	for _, want := range []string{"subject", "text"} {
		if text.Lookup(want) == nil {
			problems = append(problems, fmt.Errorf("%s: defines no %q", name, want))
		}
	}
	for _, missing := range undefined(text) {
		problems = append(problems, fmt.Errorf("%s: uses %q, which is not defined", name, missing))
	}
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	s := &set{file: name, text: text}
	if html.Lookup("html") != nil {
		s.html = html
	}
	return s, nil
}

// find returns the template for a notice, or nil.
func (t *Templates) find(kind, channel, locale string) (*set, string) {
	own := localeChain(normalLocale(locale))
	for _, try := range [...]struct {
		channel string
		locales []string
	}{{channel, own}, {"", own}, {channel, localeChain(t.locale)}, {"", localeChain(t.locale)}} {
		for _, l := range try.locales {
			if s := t.sets[setKey{kind, try.channel, l}]; s != nil {
				return s, l
			}
		}
	}
	return nil, ""
}

// Kinds returns the kinds that there are templates for, sorted.
func (t *Templates) Kinds() []string {
	kinds := map[string]bool{}
	for key := range t.sets {
		kinds[key.kind] = true
	}
	return slices.Sorted(maps.Keys(kinds))
}

// normalLocale writes a BCP 47 tag in one form: lower case, with hyphens.
func normalLocale(locale string) string {
	return strings.ToLower(strings.ReplaceAll(locale, "_", "-"))
}

// localeChain returns a locale and its parents: de-at, de.
func localeChain(locale string) []string {
	if locale == "" {
		return nil
	}
	chain := []string{locale}
	for i := strings.LastIndexByte(locale, '-'); i > 0; i = strings.LastIndexByte(locale, '-') {
		locale = locale[:i]
		chain = append(chain, locale)
	}
	return chain
}
