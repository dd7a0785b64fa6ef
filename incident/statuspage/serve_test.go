package statuspage_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/incident/statuspage"
)

func ask(h http.Handler, method, path string, headers http.Header) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, nil)
	r.Header = headers
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestMethods(t *testing.T) {
	t.Parallel()
	h := handler(t, story(t).store, options())
	for _, c := range []struct {
		name, method, path string
		code               int
		allow              string
	}{
		{"the page can be read", http.MethodGet, "/", 200, ""},
		{"or asked about", http.MethodHead, "/", 200, ""},
		{"not written", http.MethodPost, "/", 405, "GET, HEAD"},
		{"not even asked for its options", http.MethodOptions, "/", 405, "GET, HEAD"},
		{"JSON has options", http.MethodOptions, "/api/v2/summary.json", 204, "GET, HEAD, OPTIONS"},
		{"and cannot be written", http.MethodPut, "/api/v2/summary.json", 405, "GET, HEAD, OPTIONS"},
		{"nor can subscribers be added", http.MethodPost, "/api/v2/subscribers.json", 405, "GET, HEAD, OPTIONS"},
		{"which are not there", http.MethodGet, "/api/v2/subscribers.json", 404, ""},
		{"a feed cannot be written", http.MethodDelete, "/history.atom", 405, "GET, HEAD"},
	} {
		w := ask(h, c.method, c.path, http.Header{})
		assert.Equal(t, c.code, w.Code, c.name)
		assert.Equal(t, c.allow, w.Header().Get("Allow"), c.name)
		cors := ""
		if strings.HasPrefix(c.path, "/api/") {
			cors = "*"
			if c.code >= 400 {
				assert.Equal(t, "application/json; charset=utf-8", w.Header().Get("Content-Type"), c.name)
				assert.JSONEq(t, w.Body.String(), w.Body.String(), c.name)
			}
		}
		assert.Equal(t, cors, w.Header().Get("Access-Control-Allow-Origin"), c.name)
	}
	head, whole := ask(h, http.MethodHead, "/", http.Header{}), get(t, h, "/")
	assert.Zero(t, head.Body.Len())
	assert.Equal(t, whole.Header(), head.Header())
	assert.Equal(t, head.Header().Get("Content-Length"), whole.Header().Get("Content-Length"))
}

func TestConditions(t *testing.T) {
	t.Parallel()
	h := handler(t, story(t).store, options())
	for _, path := range []string{"/", "/api/v2/summary.json", "/history.atom", "/incidents/inc_fail"} {
		first := get(t, h, path)
		tag := first.Header().Get("ETag")
		require.NotEmpty(t, tag)
		for name, c := range map[string]struct {
			value string
			code  int
		}{
			"the same":             {tag, 304},
			"weak":                 {"W/" + tag, 304},
			"any":                  {"*", 304},
			"in a list":            {`"x", W/"y,z", ` + tag, 304},
			"another":              {`"x"`, 200},
			"not a tag":            {`nonsense`, 200},
			"only within another":  {`"x` + strings.Trim(tag, `"`) + `"`, 200},
			"the same, not closed": {strings.TrimSuffix(tag, `"`), 200},
		} {
			w := get(t, h, path, "If-None-Match", c.value)
			assert.Equal(t, c.code, w.Code, "%s %s", path, name)
			assert.Equal(t, tag, w.Header().Get("ETag"), name)
			assert.Equal(t, "public, max-age=1", w.Header().Get("Cache-Control"), name)
			assert.Equal(t, first.Header().Get("Vary"), w.Header().Get("Vary"), name)
			assert.Equal(t, first.Header().Get("Access-Control-Allow-Origin"), w.Header().Get("Access-Control-Allow-Origin"), name)
			if c.code == 304 {
				assert.Zero(t, w.Body.Len(), name)
			} else {
				assert.Equal(t, first.Body.String(), w.Body.String(), name)
			}
		}
	}
}

func TestTheTagFollowsTheWords(t *testing.T) {
	t.Parallel()
	w := story(t)
	at := now()
	o := options()
	o.Now = func() time.Time { return at }
	h := handler(t, w.store, o)
	tag := func() string { return get(t, h, "/api/v2/summary.json").Header().Get("ETag") }
	before := tag()
	w.add("inc_fail", at, incident.ImpactRecorded{Scope: "secret"})
	at = at.Add(2 * time.Second)
	assert.Equal(t, before, tag(), "what the public does not see changes nothing")
	w.say("inc_fail", at, word{en: "Two thirds are done."})
	at = at.Add(2 * time.Second)
	assert.NotEqual(t, before, tag())
}

func TestLanguages(t *testing.T) {
	t.Parallel()
	h := handler(t, story(t).store, options())
	for name, c := range map[string]struct{ path, accept, want string }{
		"nothing said":           {"/", "", `<html lang="en">`},
		"by header":              {"/", "de-CH, en;q=0.5", `<html lang="de">`},
		"none of ours":           {"/", "ja", `<html lang="en">`},
		"asked for":              {"/?lang=de", "en", `<html lang="de">`},
		"asked for by a link":    {"/?lang=en", "de", `<html lang="en">`},
		"words of an incident":   {"/incidents/inc_hang", "de", `bleiben Wiederherstellungen bei 0 % stehen`},
		"its title, translated":  {"/incidents/inc_fail", "de", `<h1><bdi>Wiederherstellungen schlagen nach unserer Aktualisierung fehl</bdi></h1>`},
		"a title that is not":    {"/incidents/inc_wait", "de", `<h1><bdi lang="en">The console was out</bdi></h1>`},
		"words that are not":     {"/incidents/inc_wait", "de", `<div class="words" dir="auto" lang="en">`},
		"links keep the choice":  {"/?lang=de", "", `href="/incidents/inc_fail?lang=de"`},
		"and are plain without":  {"/", "de", `href="/incidents/inc_fail"`},
		"what is not there":      {"/incidents/x", "de", `Unter dieser Adresse gibt es nichts`},
		"the feed of a German":   {"/", "de", `href="/history.atom?lang=de"`},
		"a feed is as asked for": {"/history.atom?lang=de", "", `xml:lang="de"`},
		"and not as accepted":    {"/history.atom", "de", `xml:lang="en-US"`},
		"JSON too":               {"/api/v2/incidents.json?lang=de", "", `Seit 09:42 Uhr`},
		"JSON in the first":      {"/api/v2/incidents.json", "de", `Since 09:42 CET`},
	} {
		w := get(t, h, c.path, "Accept-Language", c.accept)
		assert.Contains(t, w.Body.String(), c.want, name)
		if strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
			assert.Equal(t, "Accept-Language", w.Header().Get("Vary"), name)
		}
	}
}

func TestPlaces(t *testing.T) {
	t.Parallel()
	h := handler(t, story(t).store, options())
	for name, c := range map[string]struct {
		path string
		code int
		to   string
	}{
		"a merged incident leads on":        {"/incidents/inc_twin", 302, "/incidents/inc_fail"},
		"in the language asked for":         {"/incidents/inc_twin?lang=de", 302, "/incidents/inc_fail?lang=de"},
		"a slash too many":                  {"/history/", 308, "/history"},
		"and at an incident":                {"/incidents/inc_fail/?lang=de", 308, "/incidents/inc_fail?lang=de"},
		"the month now":                     {"/history/2026-03", 200, ""},
		"a month without anything":          {"/history/2026-01", 404, ""},
		"a month to come":                   {"/history/2026-04", 404, ""},
		"not a month":                       {"/history/2026-13", 404, ""},
		"nothing":                           {"/incidents/", 404, ""},
		"nothing at all":                    {"/x", 404, ""},
		"a file of the server":              {"/incidents/..%2f..%2fetc%2fpasswd", 404, ""},
		"nobody is sent to another site":    {"//evil.example/history/", 404, ""},
		"nor by a path that begins with it": {"/history//", 308, "/history"},
	} {
		w := get(t, h, "https://status.larder.example"+c.path)
		assert.Equal(t, c.code, w.Code, name)
		assert.Equal(t, c.to, w.Header().Get("Location"), name)
	}
}

// A host may put the page below a path: links, redirects and absolute addresses follow the page's URL.
func TestPrefix(t *testing.T) {
	t.Parallel()
	p := page()
	p.URL = "https://larder.example/status/"
	h, err := statuspage.NewHandler(story(t).store, space, p, options())
	require.NoError(t, err)
	mux := http.NewServeMux()
	mux.Handle("/status/", http.StripPrefix("/status", h))
	body := get(t, mux, "/status/").Body.String()
	assert.Contains(t, body, `href="/status/incidents/inc_fail"`)
	assert.Contains(t, body, `href="/status/?lang=de"`)
	for _, href := range hrefs(body) {
		assert.True(t, strings.HasPrefix(href, "/status/") || strings.Contains(href, ":") || strings.HasPrefix(href, "#"), href)
	}
	assert.Equal(t, "/status/incidents/inc_fail", get(t, mux, "/status/incidents/inc_twin").Header().Get("Location"))
	assert.Contains(t, get(t, mux, "/status/api/v2/incidents.json").Body.String(), `"shortlink":"https://larder.example/status/incidents/inc_hang"`)
	assert.Contains(t, get(t, mux, "/status/history.atom").Body.String(), `href="https://larder.example/status/history.atom"`)
	assert.Equal(t, http.StatusOK, get(t, http.StripPrefix("/status", h), "/status").Code, "the path without its slash is the page, too")
}

func hrefs(body string) []string {
	var out []string
	for _, part := range strings.Split(body, `href="`)[1:] {
		href, _, _ := strings.Cut(part, `"`)
		out = append(out, href)
	}
	return out
}

// Whatever a record is called, its page is where the links lead to.
func TestStrangeIDs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids := []string{`a/b`, `a"b<c>`, `a b`, `100%`, `%2F`, `..`, `.`, `~`, `~x`, `ünï/ço∂é`, `a?lang=de#x`, `a\b`, `;`, "a&b", strings.Repeat("x", 300)}
	for _, id := range ids {
		w.declare(id, "Incident "+id, incident.SeverityMinor, now().Add(-time.Hour))
		w.say(id, now().Add(-time.Minute), word{en: "words of " + id})
	}
	h := handler(t, w.store, options())
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	found := map[string]bool{}
	for _, href := range hrefs(get(t, h, "/").Body.String()) {
		if !strings.HasPrefix(href, "/incidents/") || found[href] {
			continue
		}
		found[href] = true
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL+strings.ReplaceAll(href, "&amp;", "&"), nil)
		require.NoError(t, err)
		resp, err := srv.Client().Do(r)
		require.NoError(t, err)
		body, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		assert.Equal(t, http.StatusOK, resp.StatusCode, href)
		assert.Contains(t, string(body), "words of ", href)
		u, err := url.Parse(srv.URL + href)
		require.NoError(t, err)
		assert.Equal(t, u.EscapedPath(), u.JoinPath().EscapedPath(), "a browser does not take %s for steps in the path", href)
	}
	assert.Len(t, found, len(ids))
}

func TestHeadersOfPages(t *testing.T) {
	t.Parallel()
	h := handler(t, story(t).store, options())
	for _, path := range []string{"/", "/nothing", "/incidents/inc_hang"} {
		head := get(t, h, path).Header()
		assert.Contains(t, head.Get("Content-Security-Policy"), "default-src 'none'", path)
		assert.Equal(t, "nosniff", head.Get("X-Content-Type-Options"), path)
		assert.Empty(t, head.Get("X-Robots-Tag"), "a status page may be found")
	}
	assert.Equal(t, "nosniff", get(t, h, "/api/v2/status.json").Header().Get("X-Content-Type-Options"))
}

func TestNewHandlerReportsAllMistakes(t *testing.T) {
	t.Parallel()
	_, err := statuspage.NewHandler(nil, "", statuspage.Page{URL: "status.example.com", TimeZone: "Mars/Olympus"}, &statuspage.HandlerOptions{
		Languages: []string{"fr", "x y"}, Texts: map[string]map[string]string{"de": {}}, Refresh: -1,
		Catalog: statuspage.Catalog{Components: []statuspage.Component{{ID: "a"}, {ID: "a", Group: "g"}, {}}},
		Contact: statuspage.Link{Text: "x", URL: "javascript:alert(1)"}, Subscribe: []statuspage.Link{{URL: "https://example.com"}},
	})
	require.Error(t, err)
	for _, want := range []string{
		"no reader", "space is missing", "no name", "URL must be", `language "fr": there are no words for "back"`, `language "x y"`,
		`"a" stands twice`, `group "g"`, "component has no ID", `link "x": want an address`, "no text", "negative",
	} {
		assert.ErrorContains(t, err, want)
	}
	p := page()
	p.TimeZone = "Mars/Olympus"
	_, err = statuspage.NewHandler(newWorld(t).store, space, p, nil)
	assert.ErrorContains(t, err, "Mars/Olympus")
	_, err = statuspage.NewHandler(newWorld(t).store, space, page(), &statuspage.HandlerOptions{
		Texts: map[string]map[string]string{"en": {"no.such.key": "x", "next": "soon", "state.none": " "}, "ja": {}},
	})
	for _, want := range []string{`no key "no.such.key"`, `"next" stands with [] in braces, want [time]`, `no words for "state.none"`} {
		assert.ErrorContains(t, err, want)
	}
}

func TestOwnWordsAndOtherLanguages(t *testing.T) {
	t.Parallel()
	arabic := statuspage.Texts("en")
	arabic["state.none"], arabic["name"] = "كل شيء يعمل", "العربية"
	h := handler(t, newWorld(t).store, &statuspage.HandlerOptions{
		Now: now, Languages: []string{"en", "ar"},
		Texts: map[string]map[string]string{"en": {"state.none": "All <good>"}, "ar": arabic},
	})
	assert.Contains(t, get(t, h, "/").Body.String(), "All &lt;good&gt;")
	body := get(t, h, "/?lang=ar").Body.String()
	assert.Contains(t, body, `<html lang="ar" dir="rtl">`)
	assert.Contains(t, body, arabic["state.none"])
	assert.Nil(t, statuspage.Texts("tlh"))
	assert.Nil(t, statuspage.Texts("../locale/en"))
	one := handler(t, newWorld(t).store, &statuspage.HandlerOptions{Languages: []string{"de"}})
	assert.NotContains(t, get(t, one, "/").Body.String(), "?lang=", "one language is no choice")
}

// wrong is a store that mixes everything up: what it returns besides is not shown.
type wrong struct{ statuspage.Reader }

func (w wrong) List(ctx context.Context, _ incident.Filter, cursor string, limit int) (incident.Listing, error) {
	return w.Reader.List(ctx, incident.Filter{}, cursor, limit)
}

func TestAnotherBrandIsNeverShown(t *testing.T) {
	t.Parallel()
	h, err := statuspage.NewHandler(wrong{story(t).store}, "pantry", page(), options())
	require.NoError(t, err)
	assert.NotContains(t, get(t, h, "/api/v2/incidents.json").Body.String(), "inc_")
}

func TestBrokenRecordsDoNotTakeThePageDown(t *testing.T) {
	t.Parallel()
	w := story(t)
	at := now()
	var log bytes.Buffer
	var last statuspage.Refreshed
	o := options()
	o.Now, o.Logger = func() time.Time { return at }, slog.New(slog.NewTextHandler(&log, nil))
	o.Hooks.Refreshed = func(r statuspage.Refreshed) { last = r }
	h := handler(t, w.store, o)
	before := get(t, h, "/incidents/inc_hang").Body.String()
	_, err := w.store.Append(t.Context(), incident.Commit{Space: space, Batches: []incident.Batch{{
		Record: "inc_hang", Expect: incident.AnyVersion, At: at, Events: []incident.Event{{At: at, Data: incident.StatusChanged{From: "nonsense", To: "x"}}},
	}}})
	require.NoError(t, err)
	for range 2 {
		at = at.Add(time.Minute)
		w := get(t, h, "/incidents/inc_hang")
		assert.Equal(t, before, w.Body.String())
		assert.Empty(t, w.Header().Get("Status-Stale-Since"), "the others are up to date")
	}
	assert.Equal(t, 1, strings.Count(log.String(), "cannot be understood"), "said once, not with every reading")
	assert.NotContains(t, before, "nonsense")
	assert.NoError(t, last.Err)
}

func TestCatalogFunc(t *testing.T) {
	t.Parallel()
	at := now()
	c, failure := catalog(), error(nil)
	h := handler(t, newWorld(t).store, &statuspage.HandlerOptions{
		Now: func() time.Time { return at }, CatalogFunc: func(context.Context) (statuspage.Catalog, error) { return c, failure },
	})
	names := func() string { return get(t, h, "/api/v2/components.json").Body.String() }
	assert.Contains(t, names(), `"name":"Uploads"`)
	c.Components = append([]statuspage.Component{{ID: "new", Name: "New one"}}, c.Components...)
	at = at.Add(2 * time.Second)
	assert.Contains(t, names(), `"name":"New one"`)
	for _, broken := range []func(){
		func() { failure = errors.New("no") },
		func() { failure, c.Components = nil, append(c.Components, c.Components...) },
	} {
		broken()
		at = at.Add(2 * time.Second)
		w := get(t, h, "/api/v2/components.json")
		assert.Contains(t, w.Body.String(), `"name":"New one"`)
		assert.NotEmpty(t, w.Header().Get("Status-Stale-Since"))
	}
}
