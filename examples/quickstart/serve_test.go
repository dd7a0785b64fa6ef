package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// fetch reads a page.
func fetch(t *testing.T, address string) (int, string) {
	t.Helper()
	resp, err := http.Get(address)
	require.NoError(t, err)
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	return resp.StatusCode, string(body)
}

// With -serve both pages stay up, the customers' links work, and the desk goes on:
// what a customer writes on their page is on it, and is acknowledged (R54).
func TestServe(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	out, in := io.Pipe()
	var stderr bytes.Buffer
	code := make(chan int, 1)
	dir := filepath.Join(t.TempDir(), "out")
	go func() {
		code <- run(ctx, []string{"-serve", "127.0.0.1:0", "-dir", dir}, in, &stderr)
		_ = in.Close()
	}()
	var base string
	links := map[string]string{}
	lines := bufio.NewScanner(out)
	for lines.Scan() && lines.Text() != "Stop with Ctrl-C." {
		if words := strings.Fields(lines.Text()); len(words) == 2 && strings.Contains(words[1], "/c/") {
			links[words[0]] = words[1]
		} else if _, at, ok := strings.Cut(lines.Text(), "The status page is at "); ok {
			base = strings.TrimSuffix(at, "/")
		}
	}
	require.NotEmpty(t, base, stderr.String())
	require.Len(t, links, 3)
	go func() { _, _ = io.Copy(io.Discard, out) }()

	status, page := fetch(t, base+"/")
	assert.Equal(t, http.StatusOK, status)
	assert.Contains(t, page, brand)
	assert.NotContains(t, page, "MAYDAY", "what a customer wrote is nobody else's")
	status, _ = fetch(t, base+"/api/v2/summary.json")
	assert.Equal(t, http.StatusOK, status)
	status, _ = fetch(t, base+"/c/forged")
	assert.Equal(t, http.StatusNotFound, status)

	status, page = fetch(t, links["kestrel"]+"?lang=en")
	require.Equal(t, http.StatusOK, status)
	assert.Contains(t, page, "MAYDAY")
	forms := regexp.MustCompile(`(?s)<form method="post".*?</form>`).FindAllString(page, -1)
	hidden := regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)">`)
	var form string
	for _, f := range forms {
		if strings.Contains(f, `name="urgency"`) { // the form for something new
			form = f
		}
	}
	require.NotEmpty(t, form)
	values := url.Values{"kind": {"question"}, "urgency": {"normal"}, "text": {"Is project Heron whole?"}}
	for _, h := range hidden.FindAllStringSubmatch(form, -1) {
		values.Set(h[1], h[2])
	}
	resp, err := http.PostForm(links["kestrel"]+"?lang=en", values)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	assert.Equal(t, http.StatusOK, resp.StatusCode, "it leads back to the page")
	_, page = fetch(t, links["kestrel"])
	assert.Contains(t, page, "Is project Heron whole?")
	_, page = fetch(t, links["federwerk"])
	assert.NotContains(t, page, "Heron", "it is nobody else's")

	stop()
	assert.Zero(t, <-code, stderr.String())
	assert.Empty(t, stderr.String())
}

func TestServeWhereNobodyCanListen(t *testing.T) {
	t.Parallel()
	var stdout, stderr bytes.Buffer
	assert.Equal(t, 2, run(t.Context(), []string{"-serve", "256.0.0.1:1", "-dir", t.TempDir()}, &stdout, &stderr))
	assert.Contains(t, stderr.String(), "-serve")
	assert.Empty(t, stdout.String())
}
