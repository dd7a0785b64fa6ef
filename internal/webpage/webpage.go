// Package webpage holds what the pages of the library have in common: one style
// sheet for light and dark, small and large screens, headers that let a page load
// nothing from elsewhere, and the choice of a language.
package webpage

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"net/http"
	"sync"

	"golang.org/x/text/language"
)

//go:embed style.css
var sheet string

// Style is the style sheet, to be put into a page's style element as it is.
func Style() template.CSS { return template.CSS(sheet) } //nolint:gosec // our own file

// Protect sets the headers of a page: it loads nothing but its own style, runs
// no script, is shown in no frame, sends its forms to its own host only, and
// tells no other site where a reader came from, since an address may hold a
// customer's token.
func Protect(h http.Header) {
	sum := sha256.Sum256([]byte(sheet))
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+
		"'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
}

// Languages are those that a page can be read in. They do not change. It is safe for concurrent use.
type Languages struct {
	tags    []string
	matcher language.Matcher

	// Browsers send few different headers, and reading one costs more than all else of an answer.
	mu   sync.RWMutex
	seen map[string]string
}

// mostSeen bounds the headers that are remembered.
const mostSeen = 256

// NewLanguages returns the choice among BCP 47 tags, the first of which is for
// readers of none of them. It panics on a tag that is none.
func NewLanguages(tags ...string) *Languages {
	l := &Languages{tags: tags, seen: map[string]string{}}
	parsed := make([]language.Tag, len(tags))
	for i, t := range tags {
		parsed[i] = language.MustParse(t)
	}
	l.matcher = language.NewMatcher(parsed)
	return l
}

// Asked returns the tag that the query parameter "lang" asks for, and whether it
// asks for one that is there. Links on the page should then ask for it, too.
func (l *Languages) Asked(r *http.Request) (string, bool) {
	if r.URL.RawQuery == "" {
		return "", false
	}
	if want := r.URL.Query().Get("lang"); want != "" && len(want) < 36 {
		if tag, err := language.Parse(want); err == nil {
			if _, i, sure := l.matcher.Match(tag); sure > language.No {
				return l.tags[i], true
			}
		}
	}
	return "", false
}

// Pick returns one of the tags: the one that the query parameter "lang" asks for,
// or else the best for the Accept-Language header (RFC 9110 12.5.4). A page that
// depends on it must say so: Vary: Accept-Language.
func (l *Languages) Pick(r *http.Request) string {
	if tag, ok := l.Asked(r); ok {
		return tag
	}
	accept := r.Header.Get("Accept-Language")
	if accept == "" || len(accept) > 1000 {
		return l.tags[0]
	}
	l.mu.RLock()
	tag, ok := l.seen[accept]
	l.mu.RUnlock()
	if ok {
		return tag
	}
	_, i := language.MatchStrings(l.matcher, accept)
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.seen) < mostSeen {
		l.seen[accept] = l.tags[i]
	}
	return l.tags[i]
}

// Tags returns the languages in order. The caller must not change the slice.
func (l *Languages) Tags() []string { return l.tags }
