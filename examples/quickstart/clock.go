package main

import (
	"sync"
	"time"
)

// clock is the time of the story. Only the story moves it, until it runs.
type clock struct {
	mu      sync.Mutex
	at      time.Time
	running time.Time // since this real time; zero: it stands
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.running.IsZero() {
		return c.at.Add(time.Since(c.running))
	}
	return c.at
}

// run lets the clock go on by itself.
func (c *clock) run() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.running = time.Now()
}

// reach moves the clock on to a time, unless it is there already.
func (c *clock) reach(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if at.After(c.at) {
		c.at = at
	}
}
