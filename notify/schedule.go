package notify

import "time"

// Schedule is how long an outbox waits before each attempt of a delivery: its
// first entry before the first, its second before the second. Attempts beyond
// its end wait as long as the last entry.
type Schedule []time.Duration

// DefaultSchedule returns the waits of Standard Webhooks 1.0: ten attempts
// over a good three days.
func DefaultSchedule() Schedule {
	return Schedule{
		0, 5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour,
		5 * time.Hour, 10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour,
	}
}

// jitter is the largest part of a wait that is added to it, so that what failed
// together does not come back together.
const jitter = 0.2

// Wait returns how long to wait after the given attempt, counted from 1, has
// failed. random is between 0 and 1: up to a fifth of the wait is added. An
// empty schedule waits for nothing. Any attempt is fine, however large.
func (s Schedule) Wait(attempt int, random float64) time.Duration {
	if len(s) == 0 {
		return 0
	}
	wait := max(0, s[min(max(attempt, 0), len(s)-1)])
	spread := time.Duration(float64(wait) * jitter * min(max(random, 0), 1))
	if wait+spread < wait {
		return wait
	}
	return wait + spread
}
