package incidenttest

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/incident"
)

// populate writes two incidents and seven cases: those of even number linked to
// inc_a, the others to inc_b; the first four with a report; one customer in two of them.
func populate(p *probe) {
	p.append(Commit(NewIncident("inc_a"), NewIncident("inc_b")))
	for n := range 7 {
		linked := []string{"inc_a", "inc_b"}[n%2]
		var said []incident.Event
		if n < 4 {
			said = append(said, Reported(Start(), "c", "help"))
		}
		p.append(Commit(NewCase(fmt.Sprintf("case_%d", n), fmt.Sprintf("c%d", n%6), linked, said...)))
	}
}

func listCases() []storeCase {
	return []storeCase{
		{"filters", "every field of a filter narrows the listing, all of them together", func(p *probe) {
			populate(p)
			other := Commit(NewIncident("inc_x"))
			other.Space = "other"
			p.append(other)
			for name, c := range map[string]struct {
				f    incident.Filter
				want []string
			}{
				"space":             {incident.Filter{Space: "other"}, []string{"inc_x"}},
				"kind":              {incident.Filter{Kind: incident.KindIncident}, []string{"inc_a", "inc_b", "inc_x"}},
				"incident":          {incident.Filter{Incidents: []string{"inc_b"}}, []string{"case_1", "case_3", "case_5"}},
				"incidents":         {incident.Filter{Incidents: []string{"inc_b", "inc_a", "inc_b"}, Mark: incident.MarkReported}, []string{"case_0", "case_1", "case_2", "case_3"}},
				"no such":           {incident.Filter{Incidents: []string{"inc_z"}}, nil},
				"customer":          {incident.Filter{Customer: "c0"}, []string{"case_0", "case_6"}},
				"customer in space": {incident.Filter{Customer: "c0", Space: "other"}, nil},
				"statuses":          {incident.Filter{Statuses: []incident.Status{incident.StatusOpen, incident.StatusClosed}}, []string{"case_0", "case_1", "case_2", "case_3"}},
				"mark":              {incident.Filter{Mark: incident.MarkUnanswered, Incidents: []string{"inc_a"}}, []string{"case_0", "case_2"}},
			} {
				require.Equal(p, c.want, p.list(c.f, 0), "filter by %s", name)
			}
		}},
		{"order", "a listing is ordered by record", func(p *probe) {
			for _, id := range []string{"inc_b", "inc_c", "inc_a"} {
				p.append(Commit(NewIncident(id)))
			}
			require.Equal(p, []string{"inc_a", "inc_b", "inc_c"}, p.list(incident.Filter{}, 0))
		}},
		{"paging", "pages of any size return every head exactly once, and the last has no cursor", func(p *probe) {
			populate(p)
			want := []string{"case_0", "case_1", "case_2", "case_3", "case_4", "case_5", "case_6"}
			for size := 1; size <= 8; size++ {
				require.Equal(p, want, p.list(incident.Filter{Kind: incident.KindCase}, size), "pages of %d", size)
				require.Equal(p, want, p.list(incident.Filter{Incidents: []string{"inc_a", "inc_b"}}, size), "pages of %d, by incident", size)
			}
			l, err := p.store.List(p.ctx, incident.Filter{Kind: incident.KindCase}, "", 7)
			require.NoError(p, err)
			require.Empty(p, l.Cursor, "the page held all there was")
		}},
		{"paging while writing", "a head that does not change is listed exactly once, whatever is written between two pages", func(p *probe) {
			for _, id := range []string{"inc_b", "inc_d", "inc_f", "inc_h"} {
				p.append(Commit(NewIncident(id)))
			}
			first, err := p.store.List(p.ctx, incident.Filter{}, "", 2)
			require.NoError(p, err)
			require.Len(p, first.Heads, 2)
			p.append(Commit(NewIncident("inc_a"), NewIncident("inc_c"), more("inc_b", 1, note("x"))))
			got := []string{first.Heads[0].Record, first.Heads[1].Record}
			l, err := p.store.List(p.ctx, incident.Filter{}, first.Cursor, 10)
			require.NoError(p, err)
			for _, h := range l.Heads {
				got = append(got, h.Record)
			}
			for _, id := range []string{"inc_d", "inc_f", "inc_h"} {
				n := len(slices.DeleteFunc(slices.Clone(got), func(have string) bool { return have != id }))
				require.Equal(p, 1, n, "times that %s was listed", id)
			}
		}},
		{"due", "DueBy lists what is due by then, by next look and then record, and leaves out what is never looked at", func(p *probe) {
			for n, id := range []string{"inc_c", "inc_a", "inc_b", "inc_d", "inc_e"} {
				p.append(Commit(NewIncident(id)))
				at := Start().Add(time.Duration([]int{5, 3, 3, 9, 0}[n]) * time.Minute)
				if id == "inc_e" {
					at = time.Time{}
				}
				p.look(id, at, p.read(id).Head.Turn)
			}
			due := func(after time.Duration) incident.Filter { return incident.Filter{DueBy: Start().Add(after)} }
			require.Empty(p, p.list(due(2*time.Minute), 0))
			require.Equal(p, []string{"inc_a", "inc_b"}, p.list(due(3*time.Minute), 0))
			for size := range 5 {
				require.Equal(p, []string{"inc_a", "inc_b", "inc_c", "inc_d"}, p.list(due(9*time.Minute), size), "pages of %d", size)
			}
			require.Equal(p, []string{"inc_a", "inc_b", "inc_c"}, p.list(due(9*time.Minute-time.Microsecond), 0))
			f := due(9 * time.Minute)
			f.Statuses = []incident.Status{incident.StatusClosed}
			require.Empty(p, p.list(f, 0), "filters hold for what is due as well")
		}},
		{"tally", "a tally counts heads by kind and status, and those with each mark", func(p *probe) {
			populate(p)
			require.Equal(p, []incident.Count{
				{Kind: "case", Status: "open", N: 2},
				{Kind: "case", Status: "open", Mark: "reported", N: 2},
				{Kind: "case", Status: "open", Mark: "unacknowledged", N: 2},
				{Kind: "case", Status: "open", Mark: "unanswered", N: 2},
				{Kind: "case", Status: "settled", N: 2},
			}, p.tally(incident.Filter{Incidents: []string{"inc_a"}}))
			require.Equal(p, []incident.Count{
				{Kind: "case", Status: "open", N: 4},
				{Kind: "case", Status: "open", Mark: "reported", N: 4},
				{Kind: "case", Status: "open", Mark: "unacknowledged", N: 4},
				{Kind: "case", Status: "open", Mark: "unanswered", N: 4},
				{Kind: "case", Status: "settled", N: 3},
				{Kind: "incident", Status: "detected", N: 2},
			}, p.tally(incident.Filter{Space: Space}))
			require.Empty(p, p.tally(incident.Filter{Space: "other"}))
		}},
		{"tally follows", "a tally shows what the last batch left, not what was before", func(p *probe) {
			p.append(Commit(NewCase("case_1", "c1", "inc_a", Reported(Start(), "c1", "help"))))
			b := more("case_1", 2)
			b.Head = incident.HeadChange{Status: new(incident.StatusSettled), Marks: new([]string{"fixed.0"})}
			p.append(Commit(b))
			require.Equal(p, []incident.Count{
				{Kind: "case", Status: "settled", N: 1}, {Kind: "case", Status: "settled", Mark: "fixed.0", N: 1},
			}, p.tally(incident.Filter{}))
		}},
	}
}

// tally returns the lines of a tally that count anything, in a fixed order.
func (p *probe) tally(f incident.Filter) []incident.Count {
	counts, err := p.store.Tally(p.ctx, f)
	require.NoError(p, err)
	counts = slices.DeleteFunc(counts, func(c incident.Count) bool { return c.N == 0 })
	slices.SortFunc(counts, func(a, b incident.Count) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Status, b.Status), cmp.Compare(a.Mark, b.Mark))
	})
	return counts
}
