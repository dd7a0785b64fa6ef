package statuspage

import (
	"fmt"
	"strings"
)

// Problem is something in an export that could not be read as it stands.
type Problem struct {
	File     string // as the options name it
	Incident string // ID, or "" where none is known
	Path     string // where in the JSON, as in "incidents[2].incident_updates[0].status"
	Line     int    // from 1; 0 if not known
	Col      int    // from 1, in bytes
	Text     string // what is wrong and what became of it
}

// String returns the problem on one line, its place first.
func (p Problem) String() string {
	var b strings.Builder
	if p.File != "" {
		b.WriteString(p.File)
		b.WriteByte(':')
	}
	if p.Line > 0 {
		fmt.Fprintf(&b, "%d:%d:", p.Line, p.Col)
	}
	if b.Len() > 0 {
		b.WriteByte(' ')
	}
	if p.Incident != "" {
		fmt.Fprintf(&b, "incident %q: ", p.Incident)
	}
	if p.Path != "" {
		b.WriteString(p.Path + ": ")
	}
	b.WriteString(p.Text)
	return b.String()
}
