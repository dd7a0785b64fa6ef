package amends

import (
	"cmp"
	"errors"
	"maps"
	"slices"

	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/notify"
)

// messageFacts are what a message tells channels that send structures rather than
// text, see notify.DataRecord and the keys beside it; rendering has left the links
// there. What is the same for all recipients is made once a batch.
func (b *batch) messageFacts(it notify.Claimed, s subject, links map[string]string, lang string) (map[string]string, error) {
	facts := map[string]string{notify.DataRecord: it.Record}
	maps.Copy(facts, links)
	if s.c != nil || s.i == nil {
		if s.i != nil {
			facts[notify.DataTitle] = s.i.Title
		}
		return facts, nil
	}
	key := it.Record + "\x00" + it.Subject + "\x00" + lang
	if it.Customer != "" {
		key += "\x00affected"
	}
	shared, ok := b.facts[key]
	if !ok {
		var err error
		if shared, err = incidentFacts(s.i, s.i.Statement(it.Subject), it.Customer != "", lang); err != nil {
			return nil, notify.Permanent(err)
		}
		b.facts[key] = shared
	}
	maps.Copy(facts, shared)
	return facts, nil
}

// incidentFacts are those of an incident and of one statement of it, if there is one.
func incidentFacts(v *incident.Incident, st *incident.Statement, affected bool, lang string) (map[string]string, error) {
	monitoring, _ := v.StatusSince(incident.StatusMonitoring)
	fixed := fixedSince(v)
	if done, ok := v.StatusSince(incident.StatusCompleted); ok {
		fixed = done
	}
	parts := make([]notify.DataComponent, len(v.Components))
	for i, c := range v.Components {
		parts[i] = notify.DataComponent{ID: c.ID, Name: cmp.Or(c.Name, c.ID), Degree: string(c.Degree)}
	}
	components, err := notify.FormatDataList(parts)
	facts := map[string]string{
		notify.DataTitle: v.Title, notify.DataStatus: string(v.Status), notify.DataSeverity: string(v.Severity),
		notify.DataOpened: notify.FormatDataTime(v.Opened), notify.DataBegan: notify.FormatDataTime(v.Clocks[incident.ClockOccurred]),
		notify.DataMonitoring: notify.FormatDataTime(monitoring), notify.DataFixed: notify.FormatDataTime(fixed),
		notify.DataPlannedFrom: notify.FormatDataTime(v.Planned.From), notify.DataPlannedTill: notify.FormatDataTime(v.Planned.To),
		notify.DataComponents: components,
	}
	if st == nil {
		return facts, err
	}
	text, _ := st.Text(lang)
	updates, listErr := notify.FormatDataList(earlierWords(v, st, affected, lang))
	facts[notify.DataStatement], facts[notify.DataBody], facts[notify.DataUpdates] = st.ID, text.Body, updates
	facts[notify.DataStatus], facts[notify.DataSaid] = string(statusWhenSaid(v, st)), notify.FormatDataTime(st.Published)
	return facts, errors.Join(err, listErr)
}

// statusWhenSaid is the status that a statement announces, or else the one that the incident had then.
func statusWhenSaid(v *incident.Incident, st *incident.Statement) incident.Status {
	status := st.Status
	for _, s := range v.Statuses {
		if st.Status == "" && !s.At.After(st.Published) {
			status = s.Status
		}
	}
	return status
}

// earlierWords lists what the same readers were told before, the newest first:
// the public only what was public.
func earlierWords(v *incident.Incident, st *incident.Statement, affected bool, lang string) []notify.DataUpdate {
	var out []notify.DataUpdate
	for _, s := range slices.Backward(v.Statements) {
		told := s.To(incident.AudiencePublic) || affected && s.To(incident.AudienceAffected)
		if s.ID == st.ID || !told || !s.Live() || s.Published.After(st.Published) {
			continue
		}
		text, _ := s.Text(lang)
		out = append(out, notify.DataUpdate{ID: s.ID, Status: string(statusWhenSaid(v, s)), Kind: string(s.Purpose), Body: text.Body, Said: s.Published})
	}
	slices.SortStableFunc(out, func(x, y notify.DataUpdate) int { return y.Said.Compare(x.Said) })
	return out
}
