// Package statuspage speaks the format of Statuspage v2, which most status
// pages and their clients understand. This part reads it: the body of
// /api/v2/incidents.json, and of /api/v2/scheduled-maintenances.json, becomes
// records as package incident folds them.
//
//	export, problems := statuspage.Read(file, &statuspage.Options{File: "incidents.json"})
//	for _, i := range export.Incidents {
//		view, err := incident.FoldIncident(i.ID, i.Events(nil))
//		…
//	}
//
// Reading guesses nothing. What an export does not say stays unknown: a zero
// time, an empty severity. What is wrong in it becomes a [Problem] with its place
// (file, incident, JSON path, line and column), and everything else is still
// read: an incident that is broken JSON costs that incident, an update
// without a usable time costs that update.
//
// A public export shows only what the public saw. It holds no private
// messages, no reports of customers and no credits; records made from it say
// nothing of them, which is not the same as saying that there were none.
//
// An update counts as said when it was created. A page can show another time
// beside it (display_at); where that is earlier by more than a minute, it is reported.
//
// All functions may be called concurrently. Memory is bounded by the records
// that are returned and by the largest incident, at most 32 MiB of JSON.
//
// # Compatibility
//
// Exports of older pages lack fields that were added later (started_at,
// components of updates); that is no problem. Unknown fields are ignored. New
// problems may be reported in a later version, so programs should act on what
// was read, not on the number of problems.
package statuspage
