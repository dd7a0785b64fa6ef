package saas_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/internal/integration/pgserver"
)

// output is what all processes print: mail, where there is no server for it.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) count(word string) int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return strings.Count(o.text.String(), word)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// company starts processes of the program that share a database and secrets.
type company struct {
	t                 *testing.T
	binary, dir, dsn  string
	printed, complain *output
}

type process struct {
	cmd  *exec.Cmd
	base string
	read chan struct{} // closed once all that it printed was read
}

func (c *company) start() *process {
	p := &process{cmd: exec.CommandContext(c.t.Context(), c.binary, "-listen", "127.0.0.1:0", "-url", "https://quill.example",
		"-postgres", c.dsn, "-secrets", filepath.Join(c.dir, "secrets.json")), read: make(chan struct{})}
	out, err := p.cmd.StdoutPipe()
	require.NoError(c.t, err)
	p.cmd.Stderr = c.complain
	require.NoError(c.t, p.cmd.Start())
	lines := bufio.NewReader(out)
	first, err := lines.ReadString('\n')
	require.NoError(c.t, err, c.complain)
	p.base = "http://" + strings.TrimSpace(strings.TrimPrefix(first, "listening at "))
	go func() {
		defer close(p.read)
		_, _ = io.Copy(c.printed, lines) // until it ends
	}()
	return p
}

// end sends a signal and returns the process's exit code, -1 if it was killed.
func (c *company) end(p *process, s os.Signal) int {
	require.NoError(c.t, p.cmd.Process.Signal(s))
	<-p.read
	_ = p.cmd.Wait() // the state says more
	return p.cmd.ProcessState.ExitCode()
}

// call asks a process for something, as a person of staff.
func (c *company) call(p *process, method, path, body string) string {
	text, err := os.ReadFile(filepath.Join(c.dir, "secrets.json"))
	require.NoError(c.t, err)
	var secrets struct{ Staff map[string]string }
	require.NoError(c.t, json.Unmarshal(text, &secrets))
	r, err := http.NewRequestWithContext(c.t.Context(), method, p.base+path, strings.NewReader(body))
	require.NoError(c.t, err)
	r.Header.Set("Authorization", "Bearer "+secrets.Staff["ada"])
	a, err := http.DefaultClient.Do(r)
	require.NoError(c.t, err)
	answer, err := io.ReadAll(a.Body)
	require.NoError(c.t, err)
	require.NoError(c.t, a.Body.Close())
	require.Equal(c.t, http.StatusOK, a.StatusCode, string(answer))
	return string(answer)
}

func (c *company) until(what string, met func() bool) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), 2*time.Minute)
	defer cancel()
	for tick := time.NewTicker(50 * time.Millisecond); !met(); {
		select {
		case <-tick.C:
		case <-ctx.Done():
			require.FailNow(c.t, "in vain: "+what, "%s\n%s", c.printed, c.complain)
		}
	}
}

// What one process is told, any of them does, once. One may stop, another may be
// killed, and a third goes on.
func TestProcesses(t *testing.T) {
	t.Parallel()
	c := &company{t: t, dsn: pgserver.Database(t), dir: t.TempDir(), printed: &output{}, complain: &output{}}
	c.binary = filepath.Join(c.dir, "saas")
	build, err := exec.CommandContext(t.Context(), "go", "build", "-C", "../../../examples", "-o", c.binary, "./saas").CombinedOutput()
	require.NoError(t, err, string(build))

	a := c.start() // makes the secrets
	b := c.start()
	id := regexp.MustCompile(`"Record":"([^"]+)"`).FindStringSubmatch(c.call(a, http.MethodPost, "/api/incidents",
		`{"title": "Invoices are not sent", "severity": "major", "customers": ["alder", "birch"], "since": "2026-03-02T08:40:00Z"}`))
	require.NotNil(t, id)
	c.call(b, http.MethodPost, "/api/incidents/"+id[1]+"/updates", `{"next_update": "2099-01-01T00:00:00Z", "texts": {
		"en": {"subject": "Invoices are not sent", "body": "Since 08:40 UTC invoices wait and are not sent. No invoice is lost. We are looking for the cause."}}}`)
	c.until("both who are hit are told", func() bool { return c.printed.count("No invoice is lost") >= 2 })
	assert.Equal(t, 0, c.end(a, syscall.SIGTERM), c.complain)

	c.call(b, http.MethodPost, "/api/reports", `{"customer": "alder", "incident": "`+id[1]+`", "kind": "question", "words": "Are there duplicates?"}`)
	c.until("the question is acknowledged", func() bool { return c.printed.count("We have your") >= 1 })
	assert.Equal(t, -1, c.end(b, syscall.SIGKILL))

	d := c.start()
	c.call(d, http.MethodPost, "/api/incidents/"+id[1]+"/resolve", `{"done": "rolled back the change to the queue", "texts": {
		"en": {"subject": "Invoices are sent again", "body": "Since 10:10 UTC invoices are sent again, also those that waited. We rolled back a change of ours to the queue, which was wrong."}}}`)
	c.until("both hear that it is fixed", func() bool { return c.printed.count("which was wrong") >= 2 })
	assert.Equal(t, 2, c.printed.count("No invoice is lost"), "once each")
	assert.Equal(t, 0, c.end(d, syscall.SIGTERM), c.complain)
	assert.Contains(t, c.printed.String(), "stopped")
}
