package compensate

// Compiled is a scheme that was checked and is ready to assess by. It never
// changes and is safe for concurrent use.
type Compiled struct {
	scheme   Scheme
	warnings []Problem
}

// Problem is a mistake in a scheme, or, as a warning, a place that its text leaves undecided.
type Problem struct {
	Path    string // where, for example `lines[0].tiers[2].from`
	Text    string // what is wrong, and what to do
	Warning bool   // a gap or overlap: the scheme works, but numbers there are undecided
}

// Scheme returns the scheme as it was compiled.
func (c *Compiled) Scheme() Scheme { return c.scheme }

// Warnings returns the places that the scheme's text leaves undecided.
func (c *Compiled) Warnings() []Problem { return c.warnings }
