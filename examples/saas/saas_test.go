package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/incident/sqlitefile"
	"github.com/amends-dev/amends/notify"
)

// program is a running back end.
type program struct {
	base, token string
	stop        func() int // returns the exit code
	stderr      *log
}

// log can be read while it is written.
type log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// start runs the program in a folder, with a mail server.
func start(t *testing.T, dir string, m *mailbox, more ...string) *program {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	out, in := io.Pipe()
	p := &program{stderr: &log{}}
	code := make(chan int, 1)
	go func() {
		code <- run(ctx, append([]string{"-listen", "127.0.0.1:0", "-db", filepath.Join(dir, "saas.db"), "-secrets", filepath.Join(dir, "secrets.json"), "-smtp", m.addr}, more...), in, p.stderr)
		_ = in.Close()
	}()
	lines := bufio.NewScanner(out)
	require.True(t, lines.Scan(), p.stderr)
	p.base = "http://" + strings.TrimPrefix(lines.Text(), "listening at ")
	go func() { _, _ = io.Copy(io.Discard, out) }()
	stop := sync.OnceValue(func() int {
		cancel()
		return <-code
	})
	p.stop = stop
	t.Cleanup(func() { stop() }) // after all subtests
	p.token = token(t, dir)
	return p
}

// token reads Ada's.
func token(t *testing.T, dir string) string {
	text, err := os.ReadFile(filepath.Join(dir, "secrets.json"))
	require.NoError(t, err)
	var s secrets
	require.NoError(t, json.Unmarshal(text, &s))
	return s.Staff["ada"]
}

// call asks for something as Ada.
func (p *program) call(t *testing.T, method, path, body, key string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, p.base+path, strings.NewReader(body))
	require.NoError(t, err)
	r.Header.Set("Authorization", "Bearer "+p.token)
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	a, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	text, err := io.ReadAll(a.Body)
	require.NoError(t, err)
	require.NoError(t, a.Body.Close())
	return a.StatusCode, string(text)
}

// record finds the record that a command answered with.
func record(t *testing.T, answer string) string {
	found := regexp.MustCompile(`"Record":"([^"]+)"`).FindStringSubmatch(answer)
	require.NotNil(t, found, answer)
	return found[1]
}

// until waits for a condition, for as long as a test may take.
func until(t *testing.T, what string, met func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for tick := time.NewTicker(20 * time.Millisecond); !met(); {
		select {
		case <-tick.C:
		case <-ctx.Done():
			require.FailNow(t, "in vain: "+what)
		}
	}
}

const (
	declared = `{"title": "Invoices are not sent", "severity": "major", "customers": ["alder", "birch"], "since": "2026-03-02T08:40:00Z"}`
	news     = `{"next_update": "2099-01-01T00:00:00Z", "texts": {"en": {"subject": "Invoices are not sent", "body": "Since 08:40 UTC invoices wait and are not sent. No invoice is lost. We are looking for the cause."},
		"de": {"subject": "Rechnungen gehen nicht hinaus", "body": "Seit 08:40 UTC warten Rechnungen und gehen nicht hinaus. Keine ist verloren. Wir suchen die Ursache."}}}`
	fixed = `{"texts": {"en": {"subject": "Invoices are sent again", "body": "Since 10:10 UTC invoices are sent again, also those that waited. We rolled back a change of ours to the queue, which was wrong."},
		"de": {"subject": "Rechnungen gehen wieder hinaus", "body": "Seit 10:10 UTC gehen Rechnungen wieder hinaus, auch die, die gewartet haben. Eine Änderung von uns war falsch; wir haben sie zurückgenommen."}},
		"done": "rolled back the change to the queue"}`
	alder, birch, cedar = "office@alder.example", "buero@birch.example", "it@cedar.example"
)

// From the first word to the verdict's question, with a restart in between.
func TestStory(t *testing.T) {
	t.Parallel()
	dir, mail := t.TempDir(), newMailbox(t)
	p := start(t, dir, mail)
	status, answer := p.call(t, http.MethodPost, "/api/incidents", declared, "k1")
	require.Equal(t, http.StatusOK, status, answer)
	id := record(t, answer)
	status, again := p.call(t, http.MethodPost, "/api/incidents", declared, "k1")
	require.Equal(t, http.StatusOK, status, again)
	require.Equal(t, id, record(t, again), "a repeated request is done once")
	status, answer = p.call(t, http.MethodPost, "/api/incidents", strings.Replace(declared, "not sent", "lost", 1), "k1")
	require.Equal(t, http.StatusConflict, status, answer)

	status, answer = p.call(t, http.MethodPost, "/api/incidents/"+id+"/updates", news, "k2")
	require.Equal(t, http.StatusOK, status, answer)
	until(t, "those who are hit are told", func() bool {
		return len(mail.to(alder, "No invoice is lost")) == 1 && len(mail.to(birch, "Keine ist verloren")) == 1
	})
	status, page := p.call(t, http.MethodGet, "/", "", "")
	require.Equal(t, http.StatusOK, status)
	assert.Contains(t, page, "No invoice is lost")

	assert.Zero(t, p.stop(), p.stderr)
	p = start(t, dir, mail)
	status, answer = p.call(t, http.MethodPost, "/api/reports", `{"customer": "alder", "incident": "`+id+`", "kind": "question", "words": "Are there duplicates?"}`, "k3")
	require.Equal(t, http.StatusOK, status, answer)
	until(t, "the question is acknowledged", func() bool { return len(mail.to(alder, "Subject: Re:"))+len(mail.to(alder, "We have your")) > 0 })
	link := regexp.MustCompile(`http://127\.0\.0\.1:\d+/yours/[\w\-=]+`)
	text := strings.ReplaceAll(strings.Join(mail.to(alder, ""), "\n"), "=\r\n", "")
	assert.Regexp(t, link, text, "each mail leads to the customer's page")

	status, answer = p.call(t, http.MethodPost, "/api/incidents/"+id+"/resolve", fixed, "k4")
	require.Equal(t, http.StatusOK, status, answer)
	until(t, "those who are hit hear that it is fixed", func() bool {
		return len(mail.to(alder, "sent again")) > 0 && len(mail.to(birch, "gehen wieder hinaus")) > 0
	})
	assert.Empty(t, mail.to(cedar, "nvoice"), "who is not hit is not bothered")
	assert.Zero(t, p.stop(), p.stderr)
	assert.Empty(t, p.stderr.String())
}

// What does not fit is refused, with the reason, and nothing of it is written.
func TestRefusals(t *testing.T) {
	t.Parallel()
	p := start(t, t.TempDir(), newMailbox(t))
	_, answer := p.call(t, http.MethodPost, "/api/incidents", declared, "")
	id := record(t, answer)
	for _, c := range []struct {
		name, path, body string
		status           int
		says             string
	}{
		{"not JSON", "/api/incidents", "x", http.StatusBadRequest, "not what this address takes"},
		{"unknown field", "/api/incidents", `{"titel": "x"}`, http.StatusBadRequest, "titel"},
		{"no title", "/api/incidents", `{"severity": "major"}`, http.StatusBadRequest, "title"},
		{"no such incident", "/api/incidents/inc_none/updates", news, http.StatusNotFound, "not found"},
		{"words that make it small", "/api/incidents/" + id + "/updates", `{"texts": {"en": {"subject": "Invoices", "body": "A small number of users may have experienced minor issues. We apologise for any inconvenience."}}}`, http.StatusUnprocessableEntity, "findings"},
		{"no words", "/api/reports", `{"customer": "alder", "kind": "question"}`, http.StatusBadRequest, "words"},
		{"no such delivery", "/operate/revive", `{"deliveries": ["none"]}`, http.StatusNotFound, "none"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			status, answer := p.call(t, http.MethodPost, c.path, c.body, "")
			assert.Equal(t, c.status, status, answer)
			assert.Contains(t, answer, c.says)
		})
	}
	stranger := *p
	for _, stranger.token = range []string{"guessed", ""} {
		status, answer := stranger.call(t, http.MethodGet, "/operate", "", "")
		assert.Equal(t, http.StatusUnauthorized, status, answer)
		status, answer = stranger.call(t, http.MethodPost, "/api/incidents", declared, "")
		assert.Equal(t, http.StatusUnauthorized, status, answer)
	}
}

// Operators see what was given up, without addresses or words, and try it again once it is mended.
func TestOperate(t *testing.T) {
	t.Parallel()
	mail := newMailbox(t)
	mail.set(func(m *mailbox) { m.refuse[birch] = true })
	p := start(t, t.TempDir(), mail)
	_, answer := p.call(t, http.MethodPost, "/api/incidents", declared, "")
	id := record(t, answer)
	status, answer := p.call(t, http.MethodPost, "/api/incidents/"+id+"/updates", news, "")
	require.Equal(t, http.StatusOK, status, answer)
	var seen struct {
		Records, Deliveries map[string]int64
		Dead                []dead
	}
	until(t, "one is given up", func() bool {
		status, answer = p.call(t, http.MethodGet, "/operate", "", "")
		require.Equal(t, http.StatusOK, status, answer)
		require.NoError(t, json.Unmarshal([]byte(answer), &seen))
		return len(seen.Dead) == 1 && seen.Deliveries["mail sent"] > 0
	})
	assert.Equal(t, map[string]int64{"incident detected": 1}, seen.Records)
	assert.Equal(t, id, seen.Dead[0].Record)
	assert.Equal(t, notify.AddressGone, seen.Dead[0].Class)
	for _, secret := range []string{"@", "lost", p.token} {
		assert.NotContains(t, strings.ReplaceAll(answer, "@mail", ""), secret)
	}
	mail.set(func(m *mailbox) { delete(m.refuse, birch) })
	body, err := json.Marshal(map[string][]string{"deliveries": {seen.Dead[0].Delivery}})
	require.NoError(t, err)
	status, answer = p.call(t, http.MethodPost, "/operate/revive", string(body), "")
	require.Equal(t, http.StatusOK, status, answer)
	until(t, "it arrives", func() bool { return len(mail.to(birch, "Keine ist verloren")) == 1 })
}

// A customer's endpoint gets what they are told, signed with their secret.
func TestWebhook(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	type event struct {
		header http.Header
		body   []byte
	}
	events := make(chan event, 10)
	endpoint := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body) // what is cut short has no good signature
		events <- event{r.Header, body}
	}))
	t.Cleanup(endpoint.Close)
	p := start(t, dir, newMailbox(t), "-hook", endpoint.URL)
	status, answer := p.call(t, http.MethodPost, "/api/reports", `{"customer": "cedar", "kind": "failure", "words": "Nothing is sent."}`, "")
	require.Equal(t, http.StatusOK, status, answer)
	got := <-events
	s, err := loadSecrets(filepath.Join(dir, "secrets.json"))
	require.NoError(t, err)
	verifier, err := standardwebhooks.NewWebhook(s.Webhook)
	require.NoError(t, err)
	require.NoError(t, verifier.Verify(got.body, got.header))
	assert.True(t, json.Valid(got.body))
}

// TestProgram is not a test: TestSignal runs it as a process of its own.
func TestProgram(*testing.T) {
	if flag.NArg() > 0 {
		os.Args = append([]string{"saas"}, flag.Args()...)
		main()
	}
}

// When the signal comes, a message is on its way: no more requests are taken, the
// message is finished and noted, and it is not sent again by the next process.
func TestSignal(t *testing.T) {
	t.Parallel()
	dir, mail := t.TempDir(), newMailbox(t)
	arrived, release := make(chan struct{}, 10), make(chan struct{})
	mail.set(func(m *mailbox) {
		m.hold = func() {
			arrived <- struct{}{}
			<-release
		}
	})
	db := filepath.Join(dir, "saas.db")
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestProgram$", "--",
		"-listen", "127.0.0.1:0", "-db", db, "-secrets", filepath.Join(dir, "secrets.json"), "-smtp", mail.addr)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	var stderr log
	cmd.Stderr = &stderr
	require.NoError(t, cmd.Start())
	lines := bufio.NewScanner(out)
	require.True(t, lines.Scan(), &stderr)
	p := &program{base: "http://" + strings.TrimPrefix(lines.Text(), "listening at "), token: token(t, dir)}
	status, answer := p.call(t, http.MethodPost, "/api/reports", `{"customer": "alder", "kind": "failure", "words": "Nothing is sent."}`, "")
	require.Equal(t, http.StatusOK, status, answer)
	<-arrived

	require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
	until(t, "no more requests are taken", func() bool {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.base+"/", nil)
		require.NoError(t, err)
		r.Close = true
		a, err := http.DefaultClient.Do(r)
		if err == nil {
			_ = a.Body.Close()
		}
		return err != nil
	})
	close(release)
	require.True(t, lines.Scan(), &stderr)
	assert.Equal(t, "stopped", lines.Text())
	require.NoError(t, cmd.Wait(), &stderr)
	assert.Empty(t, stderr.String())

	file, err := sqlitefile.Open(t.Context(), db, nil)
	require.NoError(t, err)
	items, _, err := file.Outbox.List(t.Context(), notify.Query{Customer: "alder"}, "", 0)
	require.NoError(t, err)
	require.NoError(t, file.Close())
	require.Len(t, items, 1)
	assert.Equal(t, notify.StateSent, items[0].State)
	assert.Len(t, mail.to(alder, ""), 1)
}

func TestCommandLine(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	broken := filepath.Join(dir, "broken.json")
	require.NoError(t, os.WriteFile(broken, []byte("{}"), 0o600))
	fresh := []string{"-listen", "127.0.0.1:0", "-secrets", filepath.Join(dir, "secrets.json")}
	for _, c := range []struct {
		name string
		args []string
		code int
		says string
	}{
		{"help", []string{"-h"}, 0, "-postgres"},
		{"unknown", []string{"-x"}, 2, "-x"},
		{"too much", []string{"x"}, 2, "unexpected"},
		{"no folder", append(fresh, "-db", filepath.Join(dir, "none", "x.db")), 1, "none"},
		{"broken secrets", []string{"-listen", "127.0.0.1:0", "-secrets", broken}, 1, "missing in it"},
		{"no port", append(fresh, "-smtp", "mail.example.com"), 1, "-smtp"},
		{"address in use by nobody", []string{"-listen", "256.0.0.1:1"}, 1, "256.0.0.1"},
		{"not a server", append(fresh, "-postgres", "host=x password='open sesame"), 1, "cannot be understood"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var stdout, stderr bytes.Buffer
			assert.Equal(t, c.code, run(t.Context(), c.args, &stdout, &stderr))
			assert.Contains(t, stderr.String(), c.says)
			assert.NotContains(t, stderr.String(), "sesame")
			assert.Empty(t, stdout.String())
		})
	}
}
