package policytest

import (
	"fmt"
	"io/fs"
	"slices"
	"testing"
	"time"

	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/policy"
)

// Failure is something that did not come out as a test file wants it.
type Failure struct {
	Case string
	Text string
}

// Run runs the test files of a policy that match a pattern of [fs.Glob], one
// subtest a case. Files with mistakes fail, and so does a pattern without files.
func Run(t *testing.T, c *policy.Compiled, files fs.FS, pattern string) {
	t.Helper()
	names, err := fs.Glob(files, pattern)
	if err != nil {
		t.Fatalf("policytest: pattern %q: %v", pattern, err)
	}
	if len(names) == 0 {
		t.Fatalf("policytest: no test file matches %q: nothing was tested", pattern)
	}
	for _, name := range names {
		src, err := fs.ReadFile(files, name)
		if err != nil {
			t.Fatalf("policytest: %v", err)
		}
		f, err := Load(name, src)
		if err != nil {
			t.Errorf("%v", err)
			continue
		}
		opened, err := f.opened()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for i := range f.Cases {
			t.Run(f.Cases[i].Name, func(t *testing.T) {
				for _, problem := range f.Cases[i].run(c, opened) {
					t.Errorf("%s: %s", name, problem)
				}
			})
		}
	}
}

// Load reads a test file. Every mistake is reported at once, with its place.
func Load(name string, src []byte) (*File, error) {
	var f File
	if err := policy.DecodeStrict(name, src, &f); err != nil {
		return nil, fmt.Errorf("policytest: reading %s: %w", name, err)
	}
	if len(f.Cases) == 0 {
		return nil, fmt.Errorf("policytest: reading %s: there are no cases: nothing would be tested", name)
	}
	return &f, nil
}

// RunFile runs a test file and returns what did not come out as wanted.
func RunFile(c *policy.Compiled, f *File) ([]Failure, error) {
	opened, err := f.opened()
	if err != nil {
		return nil, fmt.Errorf("policytest: %w", err)
	}
	var out []Failure
	for i := range f.Cases {
		for _, text := range f.Cases[i].run(c, opened) {
			out = append(out, Failure{f.Cases[i].Name, text})
		}
	}
	return out, nil
}

func (f *File) opened() (time.Time, error) {
	if f.Opened == "" {
		return time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC), nil
	}
	t, err := time.Parse(time.RFC3339, f.Opened)
	if err != nil {
		return time.Time{}, fmt.Errorf("opened %q is no time: want for example 2026-03-02T10:00:00Z", f.Opened)
	}
	return t.UTC(), nil
}

func (c *Case) run(p *policy.Compiled, opened time.Time) []string {
	facts := c.facts(opened)
	d := p.Decide(opened.Add(time.Duration(c.At)), facts)
	if len(c.Want)+len(c.Absent)+len(c.Awards) == 0 {
		return []string{"the case wants nothing: it cannot fail"}
	}
	var out []string
	for _, w := range c.Want {
		out = append(out, w.check(d, opened)...)
	}
	for _, rule := range c.Absent {
		if !slices.ContainsFunc(p.Rules(), func(r policy.Rule) bool { return r.ID == rule }) {
			out = append(out, fmt.Sprintf("there is no rule %q", rule))
		}
		for _, q := range d.Requirements {
			if q.Rule == rule {
				out = append(out, fmt.Sprintf("rule %q should not apply, but %s is %s", rule, q.ID, q.Status))
			}
		}
	}
	for i := range c.Awards {
		out = append(out, c.Awards[i].check(&d, facts.Incident)...)
	}
	return out
}

func (w *Want) check(d policy.Decision, opened time.Time) []string {
	i := slices.IndexFunc(d.Requirements, func(q policy.Requirement) bool { return q.ID == w.ID })
	if i < 0 {
		text := fmt.Sprintf("there is no requirement %q", w.ID)
		if x, ok := d.Explain(w.ID); ok {
			text += ": " + x.Staff
		}
		return []string{text}
	}
	q := d.Requirements[i]
	var out []string
	if w.Status != "" && q.Status != w.Status {
		out = append(out, fmt.Sprintf("%s is %s, want %s: %s", q.ID, q.Status, w.Status, q.Why))
	}
	if q.Late != w.Late {
		out = append(out, fmt.Sprintf("%s: late is %t, want %t: %s", q.ID, q.Late, w.Late, q.Why))
	}
	if w.Due != nil && !q.Due.Equal(opened.Add(time.Duration(*w.Due))) {
		out = append(out, fmt.Sprintf("%s is due %s, want %s", q.ID, q.Due.UTC().Format(time.RFC3339), opened.Add(time.Duration(*w.Due)).Format(time.RFC3339)))
	}
	return out
}

func (a *Award) check(d *policy.Decision, i *incident.Incident) []string {
	e, err := d.For(a.facts(i))
	switch {
	case err != nil:
		return []string{err.Error()}
	case a.Undecided != (e.Undecided != ""):
		return []string{fmt.Sprintf("customer %s: undecided is %t (%s), want %t", a.Customer, e.Undecided != "", e.Undecided, a.Undecided)}
	case !a.Undecided && a.Total == nil:
		return []string{fmt.Sprintf("customer %s: the case wants neither a total nor undecided: it cannot fail", a.Customer)}
	case a.Total != nil && e.Owed.Total != *a.Total:
		return []string{fmt.Sprintf("customer %s gets %s, want %s: %q", a.Customer, e.Owed.Total, *a.Total, e.WhyStaff)}
	}
	return nil
}
