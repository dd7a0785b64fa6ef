package incident

import "slices"

// Match reports whether the filter selects a head. For those who write a [Store].
func (f Filter) Match(h *Head) bool {
	switch {
	case f.Space != "" && f.Space != h.Space,
		f.Kind != "" && f.Kind != h.Kind,
		len(f.Incidents) > 0 && (h.Incident == "" || !slices.Contains(f.Incidents, h.Incident)),
		f.Customer != "" && f.Customer != h.Customer,
		len(f.Statuses) > 0 && !slices.Contains(f.Statuses, h.Status),
		f.Mark != "" && !slices.Contains(h.Marks, f.Mark),
		!f.DueBy.IsZero() && (h.NextLook.IsZero() || h.NextLook.After(f.DueBy)):
		return false
	}
	return true
}
