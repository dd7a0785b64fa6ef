package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/mail"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/incident"
)

var update = flag.Bool("update", false, "write the golden document anew")

// play runs the program, and returns the folder that it wrote and what it printed.
func play(t *testing.T, args ...string) (dir, printed string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "out")
	var stdout, stderr bytes.Buffer
	code := run(t.Context(), append(args, "-dir", dir), &stdout, &stderr)
	require.Zero(t, code, stderr.String())
	assert.Empty(t, stderr.String())
	return dir, stdout.String()
}

// scratch is for what several tests look at.
var scratch string

// played is the program run once for all tests that read its document or its folder.
func played() (dir, printed string, err error) {
	printed, err = playedOnce()
	return filepath.Join(scratch, "played"), printed, err
}

var playedOnce = sync.OnceValues(func() (string, error) {
	var stdout, stderr bytes.Buffer
	if code := run(context.Background(), []string{"-format", "json", "-dir", filepath.Join(scratch, "played")}, &stdout, &stderr); code != 0 || stderr.Len() > 0 {
		return "", fmt.Errorf("exit code %d: %s", code, stderr.String())
	}
	return stdout.String(), nil
})

func TestMain(m *testing.M) {
	os.Exit(func() int {
		var err error
		if scratch, err = os.MkdirTemp("", "quickstart-test-"); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(scratch) //nolint:errcheck // a folder of the test
		return m.Run()
	}())
}

// read decodes the document strictly: one value, no field unknown.
func read(t *testing.T, printed string) document {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(printed))
	d.DisallowUnknownFields()
	var doc document
	require.NoError(t, d.Decode(&doc))
	_, err := d.Token()
	require.ErrorIs(t, err, io.EOF, "one document and nothing else")
	require.Len(t, doc.Incidents, 2)
	return doc
}

func TestDocument(t *testing.T) {
	t.Parallel()
	_, printed, err := played()
	require.NoError(t, err)
	golden := filepath.Join("testdata", "document.json")
	if *update {
		require.NoError(t, os.WriteFile(golden, []byte(printed), 0o600))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	assert.Equal(t, string(want), printed, "run the test with -update if the change is meant")

	doc := read(t, printed)
	for _, s := range doc.Incidents {
		t.Run(s.ID, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, incident.StatusClosed, s.Status)
			assert.Positive(t, s.Customers.Affected)
			assert.Equal(t, s.Customers.Affected, s.Customers.Told, "everyone affected is told (R37)")
			assert.Equal(t, s.Customers.Affected, s.Customers.Confirmed, "the customers decided (R73)")
			assert.NotEmpty(t, s.Public, "in public (R38)")
			assert.NotEmpty(t, s.Private, "and privately (R37)")
			assert.Zero(t, s.Deliveries.Duplicates, "nobody is told twice")
			assert.Positive(t, s.Requirements.Met)
			assert.Zero(t, s.Requirements.Open)
			assert.Zero(t, s.Requirements.EverLate, "updates kept their times (R75)")
			assert.Equal(t, s.Reports.Received, s.Reports.Acknowledged, "R54")
			assert.Equal(t, s.Reports.Received, s.Reports.Answered, "R56")
			assert.Len(t, s.Credits, s.Customers.Affected, "everyone affected gets something, without a claim (R77)")
			for _, c := range s.Credits {
				more, err := money(t, c.Awarded, c).Cmp(money(t, c.Contract, c))
				require.NoError(t, err)
				assert.Positive(t, more, "%s gets more than the contract says (R80)", c.Customer)
				assert.Equal(t, money(t, c.Awarded, c), told(t, c), "%s: the reasons add up to what is awarded", c.Customer)
			}
		})
	}
	first, second := doc.Incidents[0], doc.Incidents[1]
	assert.Equal(t, 1, first.Reopened, "a customer's word reopens it (R72)")
	assert.Equal(t, len(disputing()), first.Customers.Disputed)
	assert.Equal(t, 1, first.Blocked, "words that minimise are blocked (R20)")
	assert.Positive(t, first.Reports.Received)
	assert.Equal(t, first.Customers.Affected, first.Deliveries.Fallback, "while mail is down, another way takes over")
	assert.Equal(t, first.Deliveries.Failed, first.Deliveries.Fallback)
	assert.Zero(t, second.Deliveries.Failed)
}

func money(t *testing.T, amount string, c credit) compensate.Money {
	t.Helper()
	m, err := compensate.ParseMoney(amount, c.Currency)
	require.NoError(t, err)
	return m
}

// told adds up the amounts at the ends of a credit's reasons.
func told(t *testing.T, c credit) (sum compensate.Money) {
	t.Helper()
	ends := regexp.MustCompile(`([\d.]+) ` + c.Currency + `\.$`)
	for _, why := range c.Why {
		if m := ends.FindStringSubmatch(why); m != nil {
			var err error
			sum, err = sum.Add(money(t, m[1], c))
			require.NoError(t, err)
		}
	}
	return sum
}

func TestTheRepeatGivesMore(t *testing.T) {
	t.Parallel()
	_, printed, err := played()
	require.NoError(t, err)
	doc := read(t, printed)
	first := map[string]credit{}
	for _, c := range doc.Incidents[0].Credits {
		first[c.Customer] = c
	}
	repeated := 0
	for _, c := range doc.Incidents[1].Credits {
		had, again := first[c.Customer]
		said := strings.Contains(strings.Join(c.Why, "\n"), "second time")
		assert.Equal(t, again, said, "%s: only who was hit before gets something for it", c.Customer)
		if !again {
			continue
		}
		repeated++
		more, err := money(t, c.Awarded, c).Cmp(money(t, had.Awarded, had))
		require.NoError(t, err)
		assert.Positive(t, more, "%s gets more than the first time (R64)", c.Customer)
	}
	assert.Positive(t, repeated)
	assert.Less(t, repeated, len(doc.Incidents[1].Credits))
}

func TestWhatIsWritten(t *testing.T) {
	t.Parallel()
	dir, printed, err := played()
	require.NoError(t, err)
	doc := read(t, printed)

	sent := 0
	for _, s := range doc.Incidents {
		sent += s.Deliveries.Sent
	}
	written := 0
	for _, channel := range []string{"mail", "sms", "page", "feed", "webhook"} {
		files, err := os.ReadDir(filepath.Join(dir, "messages", channel))
		require.NoError(t, err)
		assert.NotEmpty(t, files, channel)
		written += len(files)
	}
	assert.Equal(t, sent, written, "each message is one file")

	// At 10:03 in Berlin kestrel gets two mails: an acknowledgement of what they wrote is one of them.
	mails, err := filepath.Glob(filepath.Join(dir, "messages", "mail", "0301-1003-kestrel-it*.eml"))
	require.NoError(t, err)
	require.NotEmpty(t, mails, "files are called by the time of the story's zone")
	text, err := os.ReadFile(mails[0])
	require.NoError(t, err)
	m, err := mail.ReadMessage(bytes.NewReader(text))
	require.NoError(t, err)
	at, err := m.Header.Date()
	require.NoError(t, err)
	assert.True(t, at.Equal(time.Date(2026, 3, 1, 9, 3, 0, 0, time.UTC)), "the date is the story's: %s", at)
	assert.Equal(t, "auto-replied", m.Header.Get("Auto-Submitted"))

	page, err := os.ReadFile(filepath.Join(dir, "status", "index.html"))
	require.NoError(t, err)
	assert.Contains(t, string(page), "Restores fail after a patch")
	assert.NotContains(t, string(page), "small number", "a blocked draft stays ours")
	assert.NotContains(t, string(page), "MAYDAY", "what a customer wrote is nobody else's")

	for _, s := range doc.Incidents {
		f, err := os.Open(filepath.Join(dir, "records", s.ID+".jsonl"))
		require.NoError(t, err)
		events, err := incident.DecodeEvents(f)
		require.NoError(t, err)
		require.NoError(t, f.Close())
		v, err := incident.FoldIncident(s.ID, events)
		require.NoError(t, err)
		assert.Equal(t, s.Status, v.Status, "the record alone tells how it ended")
		assert.Equal(t, s.Reopened, v.Round)
	}
}

func TestStory(t *testing.T) {
	t.Parallel()
	dir, text := play(t)
	_, again := play(t)
	text, _, _ = strings.Cut(text, "\nEvery message")
	again, _, _ = strings.Cut(again, "\nEvery message")
	assert.Equal(t, text, again, "the story is the same every time")
	assert.DirExists(t, filepath.Join(dir, "messages"))
	assert.NotContains(t, text, "\x1b", "no colours where there is no terminal")
	at := 0
	for _, ch := range chapters() {
		i := strings.Index(text[at:], "\n"+ch.title+"\n")
		require.GreaterOrEqual(t, i, 0, "chapter %q comes in its turn", ch.title)
		at += i
	}
	for line := range strings.Lines(text) {
		title := slices.ContainsFunc(chapters(), func(ch chapter) bool { return ch.title+"\n" == line })
		indented := regexp.MustCompile(`^(?:\n|[A-Z][a-z]{2} \d\d:\d\d  | {11}|` + brand + ` )`).MatchString(line)
		assert.True(t, title || indented, "this interrupts the story: %q", line)
	}
	assert.Less(t, len(strings.Fields(text)), 1100, "somebody new reads it in a few minutes")
}

func TestCommandLine(t *testing.T) {
	t.Parallel()
	full := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(full, "held.txt"), nil, 0o600))
	for _, tc := range []struct {
		name string
		args []string
		want string
	}{
		{"unknown format", []string{"-format", "xml"}, `format "xml": want text or json`},
		{"unknown flag", []string{"-colour"}, "-colour"},
		{"argument", []string{"now"}, `unexpected "now"`},
		{"folder that holds something", []string{"-dir", full}, "is not empty and holds no story (held.txt is in it)"},
		{"folder that is a file", []string{"-dir", filepath.Join(full, "held.txt")}, "not a directory"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var stdout, stderr bytes.Buffer
			assert.Equal(t, 2, run(t.Context(), tc.args, &stdout, &stderr))
			assert.Contains(t, stderr.String(), tc.want)
			assert.Equal(t, 1, strings.Count(stderr.String(), "\n"), "said once")
			assert.Empty(t, stdout.String())
		})
	}
}

// broken is a terminal that went away.
type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("the terminal is gone") }

func TestStoryThatNobodyHears(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"text", "json"} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			var stderr bytes.Buffer
			assert.Equal(t, 1, run(t.Context(), []string{"-format", format, "-dir", t.TempDir()}, broken{}, &stderr))
			assert.Contains(t, stderr.String(), "the terminal is gone")
		})
	}
}
