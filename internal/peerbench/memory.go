package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"strconv"
	"strings"
	"time"
)

// memory watches how much this process grows.
type memory struct {
	resident, heap int64 // at the start
	most           int64 // of Go, as seen
	end, ended     chan struct{}
}

// watchMemory forgets what was needed until now and begins to watch.
func watchMemory() (*memory, error) {
	debug.FreeOSMemory()
	// 5 resets the most that the system has seen.
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0o600); err != nil {
		return nil, fmt.Errorf("memory can be watched on Linux only: %w", err)
	}
	resident, err := status("VmRSS")
	m := &memory{resident: resident, heap: ofGo(), end: make(chan struct{}), ended: make(chan struct{})}
	go m.watch()
	return m, err
}

func (m *memory) watch() {
	defer close(m.ended)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		m.most = max(m.most, ofGo())
		select {
		case <-tick.C:
		case <-m.end:
			return
		}
	}
}

// stop returns how much more than at the start there was at most.
func (m *memory) stop() (resident, heap int64, err error) {
	close(m.end)
	<-m.ended
	most, err := status("VmHWM")
	return most - m.resident, m.most - m.heap, err
}

// ofGo is the memory that Go's runtime has from the system now.
func ofGo() int64 {
	s := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(s)
	return int64(s[0].Value.Uint64()) - int64(s[1].Value.Uint64())
}

// status reads a size that the system keeps of this process.
func status(name string) (int64, error) {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, err
	}
	for line := range bytes.Lines(b) {
		if value, ok := strings.CutPrefix(string(line), name+":"); ok {
			kb, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
			return kb << 10, err
		}
	}
	return 0, errors.New("the system does not say " + name)
}
