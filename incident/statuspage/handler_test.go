package statuspage_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/incident/statuspage"
)

// get asks a handler for a path.
func get(tb testing.TB, h http.Handler, path string, headers ...string) *httptest.ResponseRecorder {
	tb.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// documentPaths lists every kind of document that the story has.
func documentPaths() map[string]string {
	return map[string]string{
		"summary.json":             "/api/v2/summary.json",
		"status.json":              "/api/v2/status.json",
		"components.json":          "/api/v2/components.json",
		"incidents.json":           "/api/v2/incidents.json",
		"unresolved.json":          "/api/v2/incidents/unresolved.json",
		"maintenances.json":        "/api/v2/scheduled-maintenances.json",
		"maintenances-next.json":   "/api/v2/scheduled-maintenances/upcoming.json",
		"maintenances-active.json": "/api/v2/scheduled-maintenances/active.json",
		"history.atom":             "/history.atom",
		"history.rss":              "/history.rss",
		"history.de.atom":          "/history.atom?lang=de",
		"home.en.html":             "/",
		"home.de.html":             "/?lang=de",
		"history.en.html":          "/history",
		"history-2026-02.de.html":  "/history/2026-02?lang=de",
		"incident-open.en.html":    "/incidents/inc_fail",
		"incident-open.de.html":    "/incidents/inc_fail?lang=de",
		"incident-closed.en.html":  "/incidents/inc_hang",
		"incident-closed.de.html":  "/incidents/inc_hang?lang=de",
		"incident-false.en.html":   "/incidents/inc_false",
		"maintenance-done.en.html": "/incidents/mnt_done",
		"maintenance-off.de.html":  "/incidents/mnt_off?lang=de",
		"incident-waiting.en.html": "/incidents/inc_wait",
	}
}

var styleElement = regexp.MustCompile(`(?s)<style>.*?</style>`)

func TestDocuments(t *testing.T) {
	t.Parallel()
	h := handler(t, story(t).store, options())
	for name, path := range documentPaths() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := get(t, h, path)
			require.Equal(t, http.StatusOK, w.Code)
			got := w.Body.String()
			if strings.HasSuffix(name, ".json") {
				got = indented(t, got)
			}
			got = styleElement.ReplaceAllString(got, "<style>…</style>") // the sheet is shared with other pages
			golden := filepath.Join("testdata", "served", name+".golden")
			if *update {
				require.NoError(t, os.MkdirAll(filepath.Dir(golden), 0o750))
				require.NoError(t, os.WriteFile(golden, []byte(got), 0o600))
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err)
			require.Equal(t, string(want), got)
			assert.Equal(t, kindOf(name), w.Header().Get("Content-Type"))
		})
	}
}

func kindOf(name string) string {
	switch filepath.Ext(name) {
	case ".json":
		return "application/json; charset=utf-8"
	case ".atom":
		return "application/atom+xml; charset=utf-8"
	case ".rss":
		return "application/rss+xml; charset=utf-8"
	}
	return "text/html; charset=utf-8"
}

// Nothing that is for our own eyes, and nothing that was not said in public, is
// in any document. The story holds such things, each with "secret" in it.
func TestNothingLeaks(t *testing.T) {
	t.Parallel()
	h := handler(t, story(t).store, options())
	for name, path := range documentPaths() {
		body := strings.ToLower(get(t, h, path).Body.String())
		if i := strings.Index(body, "secret"); i >= 0 {
			assert.Fail(t, name+" leaks", body[max(0, i-60):min(len(body), i+60)])
		}
		for _, id := range []string{"inc_quiet", "inc_hush"} {
			assert.NotContains(t, body, id, name)
		}
	}
	for _, id := range []string{"inc_quiet", "inc_hush", "inc_nobody"} {
		w := get(t, h, "/incidents/"+id)
		assert.Equal(t, http.StatusNotFound, w.Code, "%s: what was not said in public is not there", id)
		assert.Equal(t, get(t, h, "/incidents/inc_nobody").Body.String(), w.Body.String(), "and cannot be told from what does not exist")
	}
}

var _ http.Handler = (*statuspage.Handler)(nil)

func indented(tb testing.TB, doc string) string {
	tb.Helper()
	var b bytes.Buffer
	require.NoError(tb, json.Indent(&b, []byte(doc), "", "  "))
	return b.String()
}
