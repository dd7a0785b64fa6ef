package incidenttest

import (
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/incident"
)

// command is a commit with the command key of these cases, and a digest.
func command(digest string, batches ...incident.Batch) incident.Commit {
	return incident.Commit{Space: Space, Command: "k1", Digest: digest, Batches: batches}
}

func commandCases() []storeCase {
	return []storeCase{
		{"command repeated", "a repeated command writes nothing and returns the first result, whatever version it expects", func(p *probe) {
			c := command("d1", NewIncident("inc_1", note("a")))
			first := p.append(c)
			require.False(p, first.Repeat)
			p.append(Commit(more("inc_1", incident.AnyVersion, note("b"))))
			again := p.append(c)
			require.Equal(p, incident.Result{Record: first.Record, Version: first.Version, Repeat: true}, again)
			require.Equal(p, []string{"a", "b"}, titles(p.all("inc_1")))
		}},
		{"command asked for", "a commit without batches returns the result of its command, or ErrNotFound if it was never done", func(p *probe) {
			p.refused(incident.ErrNotFound, command("d1"))
			first := p.append(command("d1", NewIncident("inc_1")))
			again := p.append(command("d1"))
			require.True(p, again.Repeat)
			require.Equal(p, first.Record, again.Record)
			require.Equal(p, first.Version, again.Version)
		}},
		{"key reused", "a command key with another digest is ErrKeyReused, and nothing is written", func(p *probe) {
			p.append(command("d1", NewIncident("inc_1")))
			p.refused(incident.ErrKeyReused, command("d2", more("inc_1", 1, note("a")), NewIncident("inc_2")))
			require.Empty(p, titles(p.all("inc_1")))
			p.missing("inc_2")
		}},
		{"failed command", "a command that conflicted was not done: its key is free", func(p *probe) {
			p.append(Commit(NewIncident("inc_1"), NewIncident("inc_2")))
			p.refused(incident.ErrConflict, command("d1", more("inc_2", 1, note("a")), more("inc_1", 5, note("a"))))
			p.refused(incident.ErrNotFound, command("d1"))
			r := p.append(command("d2", more("inc_1", 1, note("b"))))
			require.Equal(p, incident.Result{Record: "inc_1", Version: 2}, r)
		}},
		{"keys per space", "command keys of one space do not collide with those of another", func(p *probe) {
			p.append(command("d1", NewIncident("inc_1")))
			c := command("d2", NewIncident("inc_2"))
			c.Space = "other"
			require.False(p, p.append(c).Repeat)
			require.Equal(p, "other", p.read("inc_2").Head.Space)
		}},
		{"no key", "commits without a command key are never taken for repeats", func(p *probe) {
			p.append(Commit(NewIncident("inc_1")))
			p.append(Commit(more("inc_1", incident.AnyVersion, note("a"))))
			r := p.append(Commit(more("inc_1", incident.AnyVersion, note("a"))))
			require.False(p, r.Repeat)
			require.Equal(p, []string{"a", "a"}, titles(p.all("inc_1")))
		}},
	}
}
