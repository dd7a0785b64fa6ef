package web_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mmcdole/gofeed"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends"
	"github.com/amends-dev/amends/incident"
)

// need skips a test for what this machine lacks. Where CI is set that is a failure.
func need(t *testing.T, what string, there bool) {
	t.Helper()
	switch {
	case there:
	case os.Getenv("CI") != "": //nolint:forbidigo // only tests read it: nothing may be skipped there
		t.Fatalf("%s is missing: .ci/run installs it", what)
	default:
		t.Skipf("%s is missing: .ci/run installs it", what)
	}
}

// node runs a script of this folder and decodes what it prints.
func node(t *testing.T, into any, script string, args ...string) {
	t.Helper()
	program, err := exec.LookPath("node")
	need(t, "Node.js", err == nil)
	_, err = os.Stat("node_modules")
	need(t, "the folder node_modules (npm ci)", err == nil)
	cmd := exec.CommandContext(t.Context(), program, append([]string{script}, args...)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	printed, err := cmd.Output()
	require.NoError(t, err, stderr.String())
	require.NoError(t, json.Unmarshal(printed, into), string(printed))
}

// incidents are what a client of a status page understood.
type incidents struct {
	Failed  string
	Page    struct{ Name string }
	Status  struct{ Indicator, Description string }
	Missing []string

	Components []struct{ ID, Status string }
	Incidents  []struct {
		ID, Name, Status, Impact string
		Updates                  []struct{ Body string } `json:"incident_updates"`
	}
	Maintenances []struct{ ID, Status string } `json:"scheduled_maintenances"`
	Items        []struct{ Title, Link string }
}

// Real clients of Statuspage read the page, with every call that they have.
func TestClientsUnderstandTheStatusPage(t *testing.T) {
	s := newScene(t)
	understood := map[string]incidents{}
	node(t, &understood, "clients.mjs", s.url)
	require.Len(t, understood, 18)
	for name, u := range understood {
		assert.Empty(t, u.Failed, name)
		if !strings.HasPrefix(name, "rss-parser") {
			assert.Equal(t, "Larder Backup", u.Page.Name, name)
		}
	}
	for _, client := range []string{"statuspage.io ", "statuspage.js "} {
		all := understood[client+"incidents"].Incidents
		require.Len(t, all, 2, client)
		assert.Equal(t, hung, all[0].ID, "newest first")
		assert.Equal(t, "Restores hang at 0 %", all[0].Name)
		assert.Contains(t, all[0].Updates[0].Body, "Restores work again", "newest first")
		assert.Equal(t, "postmortem", all[1].Status, "an incident that was explained")
		assert.Equal(t, "none", understood[client+"status"].Status.Indicator)
		assert.Len(t, understood[client+"components"].Components, 3, client)
		upcoming := understood[client+"upcoming"].Maintenances
		require.Len(t, upcoming, 1, client)
		assert.Equal(t, "scheduled", upcoming[0].Status)
	}
	assert.Empty(t, understood["statuspage.js active"].Maintenances)
	for _, feed := range []string{"rss-parser atom", "rss-parser rss"} {
		require.Len(t, understood[feed].Items, 3, feed)
		assert.Contains(t, understood[feed].Items[0].Link, s.url+"/incidents/", feed)
	}
}

// Go's gofeed reads both feeds.
func TestGofeedUnderstandsTheFeeds(t *testing.T) {
	s := newScene(t)
	for path, kind := range map[string]string{"/history.atom": "atom", "/history.rss": "rss"} {
		resp, err := http.Get(s.url + path)
		require.NoError(t, err)
		feed, err := gofeed.NewParser().Parse(resp.Body)
		require.NoError(t, err, path)
		require.NoError(t, resp.Body.Close())
		assert.Equal(t, kind, feed.FeedType)
		require.Len(t, feed.Items, 3, path)
		var titles []string
		for _, it := range feed.Items {
			titles = append(titles, it.Title)
			assert.NotNil(t, it.PublishedParsed, path)
			assert.NotEmpty(t, it.GUID, path)
		}
		assert.Contains(t, titles, "Restores hang at 0 %", path)
	}
}

// look is one page as the browser showed it.
type look struct {
	Name, Size, Scheme, Shot, Background string
	Status, Scripts, Rules               int
	Overflow                             int
	Console                              []string
	Violations                           []struct {
		ID, Impact, Help string
		Where            []string
	}
}

// On a phone and on a desk, in light and in dark: nothing overflows, nothing is
// loaded from elsewhere, no script runs, the console is quiet, and axe finds
// nothing serious. Then a customer says with the keyboard alone, and without
// scripts, that it is still broken, and their case reopens (R72, R73).
func TestTheBrowserShowsThePages(t *testing.T) {
	chromium, err := exec.LookPath("chromium")
	need(t, "chromium", err == nil)
	s := newScene(t)
	shots := filepath.Join("..", "..", "..", ".cache", "screenshots")
	require.NoError(t, os.MkdirAll(shots, 0o750))
	kestrel := s.links.URL(space, hung, "kestrel")
	const words = "archives still hang at 0 %"
	config, err := json.Marshal(map[string]any{
		"chromium": chromium, "profile": t.TempDir(), "shots": shots, "origin": s.url,
		"tour": []map[string]any{
			{"name": "status", "url": s.url + "/"},
			{"name": "status-de", "url": s.url + "/?lang=de", "brief": true},
			{"name": "history", "url": s.url + "/history"},
			{"name": "incident", "url": s.url + "/incidents/" + hung},
			{"name": "explained", "url": s.url + "/incidents/" + earlier},
			{"name": "customer", "url": kestrel},
			{"name": "customer-de", "url": kestrel + "?lang=de", "brief": true},
			{"name": "no-such-link", "url": s.url + "/c/AAAA", "brief": true},
		},
		"customer": map[string]string{"url": kestrel, "words": words},
	})
	require.NoError(t, err)
	var seen struct {
		Looks     []look
		Elsewhere []string
		Keyboard  struct {
			look
			Heading, Chosen, Landed, Notice string
			Shows                           bool
			Unseen                          int
		}
	}
	node(t, &seen, "browser.mjs", string(config))

	require.Len(t, seen.Looks, 5*4+3*2)
	backgrounds := map[string]string{}
	for _, l := range seen.Looks {
		at := strings.Join([]string{l.Name, l.Size, l.Scheme}, " ")
		want := http.StatusOK
		if l.Name == "no-such-link" {
			want = http.StatusNotFound
		}
		assert.Equal(t, want, l.Status, at)
		assert.LessOrEqual(t, l.Overflow, 0, "%s is wider than the screen", at)
		assert.Zero(t, l.Scripts, at)
		if want == http.StatusOK { // a browser reports every other status on its console
			assert.Empty(t, l.Console, at)
		}
		assert.Greater(t, l.Rules, 10, "axe looked: %s", at)
		for _, v := range l.Violations {
			assert.NotContains(t, []string{"serious", "critical"}, v.Impact, "%s: %s: %s\n%s", at, v.ID, v.Help, strings.Join(v.Where, "\n"))
		}
		backgrounds[l.Scheme] = l.Background
	}
	assert.NotEqual(t, backgrounds["light"], backgrounds["dark"])
	assert.Empty(t, seen.Elsewhere, "the pages load nothing from elsewhere")

	k := seen.Keyboard
	assert.Equal(t, "broken", k.Chosen)
	assert.NotEmpty(t, k.Notice)
	assert.True(t, k.Shows, "what they wrote is on the page")
	assert.Zero(t, k.Unseen, "the focus is seen wherever it is")
	assert.Empty(t, k.Console)
	landed, err := url.Parse(k.Landed)
	require.NoError(t, err)
	assert.NotContains(t, landed.RawQuery, "broken", "the address says nothing of what was said")

	s.settle()
	c, err := s.desk.Case(t.Context(), amends.CaseID(hung, "kestrel"))
	require.NoError(t, err)
	v, ok := c.LastVerdict()
	require.True(t, ok)
	assert.Equal(t, incident.OpinionBroken, v.Opinion)
	assert.Equal(t, words, v.Words.Text)
	assert.Equal(t, incident.StatusOpen, c.Status(), "their case reopened")
	other, err := s.desk.CustomerView(t.Context(), space, hung, "quarry", "en")
	require.NoError(t, err)
	assert.Nil(t, other.Verdict)
}
