package incidenttest

import (
	"context"
	"fmt"
	"runtime"
	"strings"

	"github.com/amends-dev/amends/incident"
)

// recording is a test that only remembers whether it failed, and why.
type recording struct{ said []string }

func (r *recording) Errorf(format string, args ...any) {
	r.said = append(r.said, fmt.Sprintf(format, args...))
}

func (r *recording) FailNow() { runtime.Goexit() }

// FailingCases runs the suite and returns what failed: by the case's name, what it said.
func FailingCases(ctx context.Context, newStore func() incident.Store) map[string]string {
	failed := make(map[string]string)
	for _, c := range storeCases() {
		t := new(recording)
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			c.run(&probe{TestingT: t, ctx: ctx, store: newStore()})
		}()
		<-ended
		if len(t.said) > 0 {
			failed[c.name] = strings.Join(t.said, "\n")
		}
	}
	return failed
}

// Rules returns the rule of every case by its name.
func Rules() map[string]string {
	rules := make(map[string]string)
	for _, c := range storeCases() {
		rules[c.name] = c.rule
	}
	return rules
}
