package incidenttest

import (
	"encoding/json"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/incident"
)

func readCases() []storeCase {
	return []storeCase{
		{"not found", "reading or looking at a record that does not exist is ErrNotFound", func(p *probe) {
			p.missing("inc_1")
			_, err := p.store.Look(p.ctx, "inc_1", Start(), 0)
			require.ErrorIs(p, err, incident.ErrNotFound)
		}},
		{"read from", "Read returns the events after a version, at most as many as asked, and says whether there are more", func(p *probe) {
			p.append(Commit(NewIncident("inc_1", note("a"), note("b"), note("c"))))
			page, err := p.store.Read(p.ctx, "inc_1", 1, 2)
			require.NoError(p, err)
			require.Equal(p, []string{"a", "b"}, titles(page.Events))
			require.True(p, page.More)
			require.Equal(p, uint64(4), page.Head.Version)
			page, err = p.store.Read(p.ctx, "inc_1", 3, 2)
			require.NoError(p, err)
			require.Equal(p, []string{"c"}, titles(page.Events))
			require.False(p, page.More)
			page, err = p.store.Read(p.ctx, "inc_1", 4, 2)
			require.NoError(p, err)
			require.Empty(p, page.Events)
			require.False(p, page.More)
		}},
		{"every kind", "events of every kind come back with every field, words included", func(p *probe) {
			want := Filled("inc_1")
			p.append(Commit(incident.Batch{Record: "inc_1", Events: want, Head: incident.HeadChange{Kind: incident.KindIncident}, At: Start()}))
			got := p.all("inc_1")
			require.Len(p, got, len(want))
			for n := range want[:len(want)-1] {
				require.Equal(p, want[n], got[n], "event of kind %s", want[n].Data.Kind())
			}
		}},
		{"unknown kinds", "events of unknown kinds come back byte for byte, and still say whether they must be understood", func(p *probe) {
			p.append(Commit(NewIncident("inc_1")))
			for _, u := range []incident.Unknown{
				{Name: "weather.changed", Must: true, Raw: json.RawMessage(`{ "b":1.50,"a":"<&>" , "a":2}`)},
				{Name: "weather.noted", Raw: json.RawMessage(`{}`)},
			} {
				p.append(Commit(more("inc_1", incident.AnyVersion, Event(Start(), u))))
				events := p.all("inc_1")
				got, ok := events[len(events)-1].Data.(incident.Unknown)
				require.True(p, ok, "the payload is %T", events[len(events)-1].Data)
				require.Equal(p, u.Name, got.Name)
				require.Equal(p, u.Must, got.Must)
				require.Equal(p, string(u.Raw), string(got.Raw))
			}
		}},
		{"times", "times keep microseconds and come back in UTC, whatever zone they came in", func(p *probe) {
			zone := time.FixedZone("far", -7*3600)
			when := time.Date(2026, 3, 2, 1, 2, 3, 456_789_000, zone)
			e := Event(when, incident.ClockRecorded{Clock: incident.ClockOccurred, When: when})
			p.append(Commit(NewIncident("inc_1")))
			b := more("inc_1", 1, e)
			b.At = when
			p.append(Commit(b))
			page := p.read("inc_1")
			got := page.Events[1]
			for name, at := range map[string]time.Time{
				"at": got.At, "recorded": got.Recorded, "when": as[incident.ClockRecorded](p, got).When,
				"updated": page.Head.Updated, "next look": page.Head.NextLook,
			} {
				require.Equal(p, when.UTC(), at, name)
			}
			p.look("inc_1", when.Add(time.Second), page.Head.Turn)
			require.Equal(p, when.Add(time.Second).UTC(), p.read("inc_1").Head.NextLook)
		}},
		{"arguments not kept", "a store keeps its own copy of what it is given", func(p *probe) {
			marks := []string{incident.MarkReported}
			data := incident.StatementDrafted{Audiences: []incident.Audience{"public"}, Texts: map[string]incident.Text{"en": {Body: "true"}}}
			b := NewCase("case_1", "c1", "inc_1", Event(Start(), data), Reported(Start(), "c1", "help"))
			b.Head.Marks = &marks
			p.append(Commit(b))
			marks[0], data.Audiences[0] = "changed", "changed"
			data.Texts["en"] = incident.Text{Body: "changed"}
			b.Events[2].Words.Text = "changed"
			page := p.read("case_1")
			require.Equal(p, []string{incident.MarkReported}, page.Head.Marks)
			got := as[incident.StatementDrafted](p, page.Events[1])
			require.Equal(p, incident.Audience("public"), got.Audiences[0])
			require.Equal(p, "true", got.Texts["en"].Body)
			require.Equal(p, "help", p.words(page.Events[2]).Text)
		}},
		{"results not shared", "what a store returns is the caller's: changing it changes nothing in the store", func(p *probe) {
			data := incident.StatementDrafted{Audiences: []incident.Audience{"public"}, Texts: map[string]incident.Text{"en": {Body: "true"}}}
			p.append(Commit(NewCase("case_1", "c1", "inc_1", Event(Start(), data), Reported(Start(), "c1", "help"))))
			page := p.read("case_1")
			page.Head.Marks[0] = "changed"
			as[incident.StatementDrafted](p, page.Events[1]).Audiences[0] = "changed"
			as[incident.StatementDrafted](p, page.Events[1]).Texts["en"] = incident.Text{Body: "changed"}
			p.words(page.Events[2]).Text = "changed"
			l, err := p.store.List(p.ctx, incident.Filter{}, "", 0)
			require.NoError(p, err)
			l.Heads[0].Marks[1] = "changed"
			page = p.read("case_1")
			require.Equal(p, []string{incident.MarkReported, incident.MarkUnacknowledged, incident.MarkUnanswered}, page.Head.Marks)
			got := as[incident.StatementDrafted](p, page.Events[1])
			require.Equal(p, incident.Audience("public"), got.Audiences[0])
			require.Equal(p, "true", got.Texts["en"].Body)
			require.Equal(p, "help", p.words(page.Events[2]).Text)
		}},
		{"erasing", "erasing removes the text and nonce of one event's words and keeps hash and event; a repeat does nothing (only stores that can erase)", func(p *probe) {
			s, ok := p.store.(incident.Eraser)
			if !ok {
				return
			}
			p.append(Commit(NewCase("case_1", "c1", "", Reported(Start(), "c1", "secret"), Reported(Start(), "c1", "kept"))))
			before := p.all("case_1")
			require.ErrorIs(p, s.Erase(p.ctx, "case_1", 9), incident.ErrNotFound)
			require.ErrorIs(p, s.Erase(p.ctx, "case_9", 1), incident.ErrNotFound)
			require.NoError(p, s.Erase(p.ctx, "case_1", 1), "an event without words has nothing to erase")
			require.NoError(p, s.Erase(p.ctx, "case_1", 2))
			require.NoError(p, s.Erase(p.ctx, "case_1", 2))
			after := p.all("case_1")
			require.Equal(p, &incident.Words{Hash: p.words(before[1]).Hash, Erased: true}, after[1].Words)
			require.Equal(p, before[1].Data, after[1].Data)
			require.Equal(p, before[2], after[2], "the words of another event")
			require.Equal(p, uint64(3), p.read("case_1").Head.Version)
		}},
	}
}
