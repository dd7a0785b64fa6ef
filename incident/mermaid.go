package incident

import (
	"fmt"
	"slices"
	"strings"
)

// Mermaid returns the machine as a Mermaid state diagram, guards included. The
// text depends on the definition only. A step that goes back to the status
// before is a note, since it leads to several.
func (m *Machine) Mermaid() string {
	var b strings.Builder
	b.WriteString("stateDiagram-v2\n")
	fmt.Fprintf(&b, "    [*] --> %s\n", m.def.Initial)
	for _, t := range m.def.Transitions {
		for _, from := range t.From {
			if t.To == "" {
				fmt.Fprintf(&b, "    note right of %s\n        %s: back to the status before%s\n    end note\n", from, t.Step, bracket(t.Guards))
				continue
			}
			fmt.Fprintf(&b, "    %s --> %s: %s%s\n", from, t.To, t.Step, bracket(t.Guards))
		}
	}
	for _, s := range m.statuses {
		if slices.Contains(m.def.Final, s) {
			fmt.Fprintf(&b, "    %s --> [*]\n", s)
		}
	}
	for _, g := range m.def.Guards {
		fmt.Fprintf(&b, "    %%%% %s: %s\n", g.ID, g.Sentence)
	}
	return b.String()
}

func bracket(guards []string) string {
	if len(guards) == 0 {
		return ""
	}
	return " [" + strings.Join(guards, ", ") + "]"
}
