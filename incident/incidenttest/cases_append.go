package incidenttest

import (
	"time"

	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/incident"
)

func appendCases() []storeCase {
	return []storeCase{
		{"versions", "the events of a record are numbered 1, 2, 3 … across batches, in order", func(p *probe) {
			p.append(Commit(NewIncident("inc_1", note("a"))))
			r := p.append(Commit(more("inc_1", 2, note("b"), note("c"))))
			require.Equal(p, incident.Result{Record: "inc_1", Version: 3}, r)
			events := p.all("inc_1")
			require.Len(p, events, 4)
			for n, e := range events {
				require.Equal(p, uint64(n+1), e.Version, "version of event %d", n)
				require.Equal(p, "inc_1", e.Record, "record of event %d", n)
			}
			require.Equal(p, []string{"a", "b", "c"}, titles(events))
			require.Equal(p, uint64(4), p.read("inc_1").Head.Version)
		}},
		{"empty batch", "a batch without events raises the version by one and conflicts with decisions taken before", func(p *probe) {
			p.append(Commit(NewIncident("inc_1")))
			r := p.append(Commit(more("inc_1", incident.AnyVersion)))
			require.Equal(p, uint64(2), r.Version, "the version that the batch reached")
			require.Equal(p, uint64(2), p.read("inc_1").Head.Version)
			p.refused(incident.ErrConflict, Commit(more("inc_1", 1, note("late"))))
			p.append(Commit(more("inc_1", 2, note("in time"))))
			events := p.all("inc_1")
			require.Equal(p, uint64(3), events[len(events)-1].Version, "the version after the gap")
		}},
		{"conflict", "an expected version that the record does not have is ErrConflict, and nothing is written", func(p *probe) {
			p.append(Commit(NewIncident("inc_1")))
			p.append(Commit(more("inc_1", 1, note("first"))))
			p.refused(incident.ErrConflict, Commit(more("inc_1", 1, note("second"))))
			p.refused(incident.ErrConflict, Commit(more("inc_1", 7, note("second"))))
			require.Equal(p, []string{"first"}, titles(p.all("inc_1")))
			require.Equal(p, "first", p.read("inc_1").Head.Title)
		}},
		{"create once", "expecting version 0 creates a record, and is ErrConflict if it exists", func(p *probe) {
			p.append(Commit(NewIncident("inc_1", note("mine"))))
			p.refused(incident.ErrConflict, Commit(NewIncident("inc_1", note("theirs"))))
			require.Equal(p, []string{"mine"}, titles(p.all("inc_1")))
		}},
		{"any version", "AnyVersion appends at whatever version an existing record has, and never creates one", func(p *probe) {
			p.append(Commit(NewIncident("inc_1")))
			p.append(Commit(more("inc_1", incident.AnyVersion, note("a"))))
			p.append(Commit(more("inc_1", incident.AnyVersion, note("b"))))
			require.Equal(p, []string{"a", "b"}, titles(p.all("inc_1")))
			p.refused(incident.ErrNotFound, Commit(more("inc_2", incident.AnyVersion, note("x"))))
			p.missing("inc_2")
		}},
		{"several records", "a commit writes all of its batches", func(p *probe) {
			r := p.append(Commit(NewCase("case_1", "c1", "inc_1"), NewIncident("inc_1", note("a"))))
			require.Equal(p, incident.Result{Record: "case_1", Version: 1}, r, "the result is about the first batch")
			require.Len(p, p.all("case_1"), 1)
			require.Len(p, p.all("inc_1"), 2)
		}},
		{"all or nothing", "if one batch of a commit conflicts, nothing of the commit stays", func(p *probe) {
			p.append(Commit(NewIncident("inc_1")))
			before := p.read("inc_1").Head
			p.append(Commit(NewIncident("inc_3")))
			p.refused(incident.ErrConflict, Commit(NewCase("case_1", "c1", "inc_1"), more("inc_1", 1, note("x")), more("inc_3", 9, note("x"))))
			p.missing("case_1")
			require.Equal(p, before, p.read("inc_1").Head)
			require.Empty(p, titles(p.all("inc_1")))
			require.Equal(p, []string{"inc_1", "inc_3"}, p.list(incident.Filter{Space: Space}, 0))
		}},
		{"distinct records", "a commit that names a record twice is refused, and nothing is written", func(p *probe) {
			p.append(Commit(NewIncident("inc_1")))
			_, err := p.store.Append(p.ctx, Commit(more("inc_1", 1, note("a")), more("inc_1", 2, note("b"))))
			require.Error(p, err)
			require.Empty(p, titles(p.all("inc_1")))
		}},
		{"spaces apart", "a commit in one space never writes to a record of another", func(p *probe) {
			p.append(Commit(NewIncident("inc_1")))
			c := Commit(more("inc_1", incident.AnyVersion, note("foreign")))
			c.Space = "other"
			_, err := p.store.Append(p.ctx, c)
			require.Error(p, err)
			require.Empty(p, titles(p.all("inc_1")))
		}},
		{"head", "a head shows what was set last, keeps what a change leaves nil, and tells when it was opened and updated", func(p *probe) {
			p.append(Commit(NewIncident("inc_1")))
			b := more("inc_1", 1, Event(Start(), incident.SeverityChanged{To: incident.SeverityCritical}))
			p.append(Commit(b))
			h := p.read("inc_1").Head
			want := incident.Head{
				Record: "inc_1", Space: Space, Kind: incident.KindIncident, Title: "Uploads fail",
				Status: incident.StatusDetected, Severity: incident.SeverityCritical, Version: 2,
				Opened: Start(), Updated: Start().Add(time.Minute), NextLook: Start().Add(time.Minute), Turn: h.Turn,
			}
			if len(h.Marks) == 0 {
				h.Marks = nil
			}
			require.Equal(p, want, h)
		}},
		{"case head", "a case's head holds its customer, incident and marks, and each can be emptied again", func(p *probe) {
			p.append(Commit(NewCase("case_1", "c1", "inc_1", Reported(Start(), "c1", "help"))))
			h := p.read("case_1").Head
			require.Equal(p, incident.KindCase, h.Kind)
			require.Equal(p, "c1", h.Customer)
			require.Equal(p, "inc_1", h.Incident)
			require.Equal(p, incident.StatusOpen, h.Status)
			require.Equal(p, []string{incident.MarkReported, incident.MarkUnacknowledged, incident.MarkUnanswered}, h.Marks)
			b := more("case_1", 2, Event(Start(), incident.CaseUnlinked{Incident: "inc_1"}))
			b.Head = incident.HeadChange{Incident: new(""), Marks: new([]string{})}
			p.append(Commit(b))
			h = p.read("case_1").Head
			require.Empty(p, h.Incident)
			require.Empty(p, h.Marks)
			require.Equal(p, "c1", h.Customer)
			require.Empty(p, p.list(incident.Filter{Incidents: []string{"inc_1"}}, 0))
		}},
	}
}
