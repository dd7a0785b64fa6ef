package webpage_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/amends-dev/amends/internal/webpage"
)

func ExampleNewLanguages() {
	l := webpage.NewLanguages("en", "de")
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("Accept-Language", "fr, de-AT;q=0.8, en;q=0.5")
	fmt.Println(l.Pick(r))
	// Output: de
}

func TestPick(t *testing.T) {
	t.Parallel()
	l := webpage.NewLanguages("en", "de")
	for name, c := range map[string]struct{ target, accept, want string }{
		"nothing said":               {"/", "", "en"},
		"a language that is there":   {"/", "de", "de"},
		"a region of it":             {"/", "de-CH", "de"},
		"none of them":               {"/", "fr, ja", "en"},
		"weights":                    {"/", "en;q=0.2, de;q=0.9", "de"},
		"asked for by name":          {"/?lang=de", "en", "de"},
		"asked for in vain":          {"/?lang=ja", "de", "de"},
		"not a language":             {"/?lang=%00%22", "de", "de"},
		"broken header":              {"/", ";;;q=,,", "en"},
		"a header as long as a book": {"/", strings.Repeat("de,", 100_000), "en"},
	} {
		r := httptest.NewRequest(http.MethodGet, c.target, nil)
		r.Header.Set("Accept-Language", c.accept)
		assert.Equal(t, c.want, l.Pick(r), name)
	}
	for n := range 1000 { // what is remembered changes nothing
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Accept-Language", fmt.Sprintf("ja, de;q=0.%03d", 1+n%700))
		assert.Equal(t, "de", l.Pick(r))
	}
	asked, ok := l.Asked(httptest.NewRequest(http.MethodGet, "/?lang=de-AT", nil))
	assert.Equal(t, "de", asked)
	assert.True(t, ok)
	_, ok = l.Asked(httptest.NewRequest(http.MethodGet, "/?lang=ja", nil))
	assert.False(t, ok, "what is not there is not what was asked for")
	assert.Equal(t, []string{"en", "de"}, l.Tags())
	assert.Panics(t, func() { webpage.NewLanguages("not a tag") })
}

func TestProtect(t *testing.T) {
	t.Parallel()
	h := http.Header{}
	webpage.Protect(h)
	assert.Contains(t, h.Get("Content-Security-Policy"), "default-src 'none'")
	assert.NotContains(t, h.Get("Content-Security-Policy"), "unsafe")
	assert.Equal(t, "no-referrer", h.Get("Referrer-Policy"))
	assert.NotContains(t, string(webpage.Style()), "</", "nothing in the sheet ends its element")
	assert.NotContains(t, string(webpage.Style()), "url(", "the sheet loads nothing")
}
