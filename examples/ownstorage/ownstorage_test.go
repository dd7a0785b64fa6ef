package main

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the golden story and the counted lines anew")

func play(t *testing.T, args ...string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	require.Zero(t, run(t.Context(), args, &stdout, &stderr), stderr.String())
	require.Empty(t, stderr.String())
	return stdout.String()
}

func TestStory(t *testing.T) {
	t.Parallel()
	const golden = "testdata/story.golden"
	got := play(t)
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(golden), 0o755))
		require.NoError(t, os.WriteFile(golden, []byte(got), 0o644))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}

// Every command and every delivery has a key: told again on the same file, the story writes, sends and pays nothing.
func TestStoryAgain(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "amends.db")
	first := play(t, "-file", path)
	assert.Contains(t, first, "15.00 EUR credited to kim")
	again := play(t, "-file", path)
	assert.Contains(t, again, "nothing is written twice")
	assert.NotContains(t, again, "mail to")
	assert.NotContains(t, again, "credited")
	assert.Contains(t, again, "Ledger: 15.00 EUR issued.")
}

func TestCommandLine(t *testing.T) {
	t.Parallel()
	broken := filepath.Join(t.TempDir(), "amends.db")
	require.NoError(t, os.WriteFile(broken, bytes.Repeat([]byte("no database"), 4096), 0o600))
	for name, tt := range map[string]struct {
		args []string
		code int
		says string
	}{
		"help":               {[]string{"-h"}, 0, "-file"},
		"an unknown flag":    {[]string{"-x"}, 2, "-x"},
		"an argument":        {[]string{"x"}, 2, `"x"`},
		"not a file of ours": {[]string{"-file", broken}, 1, broken},
	} {
		var stdout, stderr bytes.Buffer
		assert.Equal(t, tt.code, run(t.Context(), tt.args, &stdout, &stderr), name)
		assert.Contains(t, stderr.String(), tt.says, name)
		assert.Empty(t, stdout.String(), name)
	}
}

// The README counts the lines of each file; this counts them again.
func TestCountedLines(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("README.md")
	require.NoError(t, err)
	files, err := filepath.Glob("boltfile/*.go")
	require.NoError(t, err)
	counted, all := string(text), 0
	set := func(row string, lines int) {
		re := regexp.MustCompile(`(?m)^(\| ` + regexp.QuoteMeta(row) + ` \| .* \| )\d+ \|$`)
		require.Len(t, re.FindAllString(counted, -1), 1, "the README needs one row for %s", row)
		counted = re.ReplaceAllString(counted, "${1}"+strconv.Itoa(lines)+" |")
	}
	for _, file := range files {
		if matched, _ := filepath.Match("*_test.go", filepath.Base(file)); matched {
			continue
		}
		source, err := os.ReadFile(file)
		require.NoError(t, err)
		lines := bytes.Count(source, []byte("\n"))
		all += lines
		set("["+filepath.Base(file)+"]("+file+")", lines)
	}
	set("all", all)
	if *update {
		require.NoError(t, os.WriteFile("README.md", []byte(counted), 0o644))
		return
	}
	require.Equal(t, counted, string(text), "run the test with -update")
}
