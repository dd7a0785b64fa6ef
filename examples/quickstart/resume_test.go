package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// point is where a run ends: the nth time that it passes one of a kind.
type point struct {
	kind string
	n    int
}

// ends calls end at a point. Channels pass theirs side by side.
func ends(at point, end func()) func(kind string) {
	var passed atomic.Int64
	return func(kind string) {
		if kind == at.kind && passed.Add(1) == int64(at.n) {
			end()
		}
	}
}

// wanted is the document of a run that nobody interrupted.
func wanted(t *testing.T) string {
	t.Helper()
	want, err := os.ReadFile(filepath.Join("testdata", "document.json"))
	require.NoError(t, err)
	return string(want)
}

// finish is what a run without interruption prints about a folder.
func finish(t *testing.T, dir string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	require.Zero(t, run(t.Context(), []string{"-format", "json", "-dir", dir}, &stdout, &stderr), stderr.String())
	return stdout.String()
}

// messages are the names of all files that the channels were given.
func messages(t *testing.T, dir string) []string {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(dir, "messages", "*", "*"))
	require.NoError(t, err)
	for i := range all {
		all[i], err = filepath.Rel(dir, all[i])
		require.NoError(t, err)
	}
	return all
}

// One story is stopped again and again, as by Ctrl-C, and ends as if it had not been.
func TestStoppedAndGoneOnWith(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "out")
	for _, at := range []point{
		{"command", 1}, {"settle", 1}, {"settled", 5}, {"accepted", 4}, // of each run anew
		{"accepted", 20}, {"settle", 40}, {"command", 25},
	} {
		ctx, stop := context.WithCancel(t.Context())
		var told bytes.Buffer
		err := tell(ctx, settings{dir: dir, passing: ends(at, stop)}, &told, os.Stderr)
		stop()
		require.ErrorIs(t, err, context.Canceled, "%+v: the story was not over before", at)
	}
	assert.Equal(t, wanted(t), finish(t, dir))
	whole, _, err := played()
	require.NoError(t, err)
	assert.Equal(t, messages(t, whole), messages(t, dir), "the same messages, at the same times of the story")

	before := messages(t, dir)
	var told bytes.Buffer
	require.NoError(t, tell(t.Context(), settings{dir: dir}, &told, os.Stderr))
	assert.Contains(t, told.String(), "was told to its end before")
	assert.Equal(t, wanted(t), finish(t, dir), "a run on a story that has ended says the same")
	assert.Equal(t, before, messages(t, dir), "and sends nothing")
}

// How the test tells its other process what to do.
var (
	killIn   = flag.String("kill-in", "", "folder of a story that is to be killed")
	killKind = flag.String("kill-kind", "", "at which kind of point")
	killAt   = flag.Int("kill-at", 0, "which of them")
)

// TestKilledThere is the other process: it kills itself.
func TestKilledThere(t *testing.T) {
	if *killIn == "" {
		t.Skip("it is started by TestKilledAndGoneOnWith")
	}
	kill := func() { _ = syscall.Kill(os.Getpid(), syscall.SIGKILL) }
	_ = tell(t.Context(), settings{dir: *killIn, passing: ends(point{*killKind, *killAt}, kill)}, &bytes.Buffer{}, os.Stderr)
	t.Fatal("the story was over before")
}

// The program is killed, also between a channel's acceptance and its being noted:
// such a message may come twice, which the document then says. All else is as if nothing had happened.
func TestKilledAndGoneOnWith(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	require.NoError(t, err)
	dir := filepath.Join(t.TempDir(), "out")
	points := []point{{"command", 3}, {"accepted", 3}, {"settled", 30}, {"accepted", 30}}
	mayRepeat := 0
	for _, at := range points {
		if at.kind == "accepted" {
			mayRepeat += len(customers()) // all that was on its way with it
		}
		cmd := exec.CommandContext(t.Context(), self, "-test.run=^TestKilledThere$", "-kill-in", dir, "-kill-kind", at.kind, "-kill-at", strconv.Itoa(at.n))
		out, err := cmd.CombinedOutput()
		died, ok := errors.AsType[*exec.ExitError](err)
		require.True(t, ok, "%+v: %v %s", at, err, out)
		require.Equal(t, -1, died.ExitCode(), "%+v: a signal ended it, and nothing else: %s", at, out)
	}
	want, got := read(t, wanted(t)), read(t, finish(t, dir))
	repeated := 0
	for i := range got.Incidents {
		repeated += got.Incidents[i].Deliveries.Duplicates
		got.Incidents[i].Deliveries.Duplicates = 0
	}
	assert.Equal(t, want, got)
	assert.LessOrEqual(t, repeated, mayRepeat)
}
