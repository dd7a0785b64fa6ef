package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// load is what the processors have done, in ticks, as Linux counts: all
// together, and for us, our server and its processes.
type load struct{ all, busy, ours float64 }

func measure() load {
	var l load
	for i, f := range cpuLine() {
		n, _ := strconv.ParseFloat(f, 64)
		if i < 8 { // further ones are counted in the first already
			l.all += n
		}
		if i < 8 && i != 3 && i != 4 { // idle, and waiting for the disk
			l.busy += n
		}
	}
	l.ours = family()
	return l
}

func cpuLine() []string {
	b, err := os.ReadFile("/proc/stat")
	if err != nil {
		return nil
	}
	line, _, _ := bytes.Cut(b, []byte("\n"))
	return strings.Fields(string(line))[1:]
}

// family adds up the time of this process and of all that come from it.
func family() (ticks float64) {
	stats, _ := filepath.Glob("/proc/[0-9]*/stat") // the pattern is well formed
	parent, used := map[string]string{}, map[string]float64{}
	for _, name := range stats {
		b, err := os.ReadFile(name) //nolint:gosec // a process that ends in between is no error
		if err != nil {
			continue
		}
		pid := filepath.Base(filepath.Dir(name))
		var own, ended float64
		parent[pid], own, ended = parseStat(b)
		used[pid] = own + ended
	}
	self := strconv.Itoa(os.Getpid())
	for pid := range parent {
		for p := pid; p != "" && p != "0"; p = parent[p] {
			if p == self {
				ticks += used[pid]
				break
			}
		}
	}
	return ticks
}

// parseStat returns what the system says of a process: its parent, its own time,
// and that of children that have ended, in ticks.
func parseStat(b []byte) (parent string, own, ended float64) {
	f := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:])) // behind the name: state, parent, …
	for i, t := range f[11:15] {
		n, _ := strconv.ParseFloat(t, 64)
		if i < 2 {
			own += n
		} else {
			ended += n
		}
	}
	return f[1], own, ended
}

// ticksOf is a process's own time.
func ticksOf(pid int) float64 {
	b, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return 0
	}
	_, own, _ := parseStat(b)
	return own
}

// spent is the time that this process and its server have had of the
// processors: exact for this process, to the hundredth of a second for others.
func spent() time.Duration {
	var own syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &own); err != nil {
		return 0
	}
	server := family() - ticksOf(os.Getpid())
	return time.Duration(own.Utime.Nano()+own.Stime.Nano()) + time.Duration(server*float64(time.Second)/ticksPerSecond)
}

// ticksPerSecond is fixed in what Linux tells programs.
const ticksPerSecond = 100

// others is which part of the processors everybody else had since then.
func (l load) others() float64 {
	now := measure()
	if now.all <= l.all {
		return 0
	}
	return max(0, (now.busy-l.busy)-(now.ours-l.ours)) / (now.all - l.all)
}

// machine says in a line what this ran on.
func machine() string {
	model := "an unknown processor"
	b, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(b)) {
		if name, ok := strings.CutPrefix(line, "model name"); ok {
			model = strings.TrimLeft(strings.TrimSpace(name), ": \t")
			break
		}
	}
	return fmt.Sprintf("%d × %s, %s/%s, %s", runtime.NumCPU(), model, runtime.GOOS, runtime.GOARCH, runtime.Version())
}

// average is the load average, as the system says it.
func average() string {
	b, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	return strings.Join(strings.Fields(string(b))[:3], " ")
}
