package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/amends-dev/amends/incident/sqlitefile"
)

// told is what it took to tell some customers, one message each.
type told struct {
	Customers int           `json:"customers"`
	Took      time.Duration `json:"took"`
	Resident  int64         `json:"resident"` // most bytes of memory above the start, as the system counts
	Go        int64         `json:"go"`       // the same as Go's runtime counts
	File      int64         `json:"file"`     // bytes
	Spent     time.Duration `json:"spent"`    // by the processors for it
	Others    float64       `json:"others"`   // which part of the processors everybody else had
}

// tellAll tells each number of customers in a process of its own, so that one
// does not find the memory of the one before.
func tellAll(ctx context.Context, s settings, out io.Writer) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(out, "\nBy the %s, one SQLite file:\n\n| customers told | time | a second | µs of the processors each | memory above start, resident | of Go | file | others had |\n|---|---|---|---|---|---|---|---|\n", s.how)
	for _, n := range s.customers {
		cmd := exec.CommandContext(ctx, self, "-tell", strconv.Itoa(n), "-how", s.how) //nolint:gosec // this program
		cmd.Stderr = os.Stderr
		printed, err := cmd.Output()
		if err != nil {
			return fmt.Errorf("telling %d customers: %w", n, err)
		}
		var t told
		if err := json.Unmarshal(printed, &t); err != nil {
			return fmt.Errorf("telling %d customers: %w", n, err)
		}
		const mib = 1 << 20
		_, _ = fmt.Fprintf(out, "| %s | %s | %s | %.0f | %.1f MiB | %.1f MiB | %.0f MiB | %.0f %% |\n", strconv.Itoa(t.Customers), t.Took.Round(10*time.Millisecond),
			thousands(float64(t.Customers)/t.Took.Seconds()), float64(t.Spent.Microseconds())/float64(t.Customers), float64(t.Resident)/mib, float64(t.Go)/mib, float64(t.File)/mib, 100*t.Others)
	}
	_, _ = fmt.Fprintf(out, "\nLoad average after: %s.\n", average())
	return nil
}

// tellHere tells customers in this process and prints what it took.
func tellHere(ctx context.Context, how string, n int, out io.Writer) error {
	dir, err := os.MkdirTemp("", "peerbench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a temporary folder
	path := filepath.Join(dir, "amends.db")
	file, err := sqlitefile.Open(ctx, path, nil)
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // everything in it was read by then
	tell := byDesk
	if how == "dispatcher" {
		tell = byDispatcher
	}
	t, err := watched(ctx, file, n, tell)
	if err != nil {
		return err
	}
	for _, name := range []string{path, path + "-wal"} {
		if info, err := os.Stat(name); err == nil {
			t.File += info.Size()
		}
	}
	return json.NewEncoder(out).Encode(t)
}

// watched tells customers and watches what that takes.
func watched(ctx context.Context, file *sqlitefile.File, n int, tell func(context.Context, *sqlitefile.File, int) error) (told, error) {
	memory, err := watchMemory()
	if err != nil {
		return told{}, err
	}
	before, used, start := measure(), spent(), time.Now()
	err = tell(ctx, file, n)
	t := told{Customers: n, Took: time.Since(start), Spent: spent() - used, Others: before.others()}
	var also error
	t.Resident, t.Go, also = memory.stop()
	if err == nil {
		err = also
	}
	return t, err
}
