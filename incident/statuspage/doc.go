// Package statuspage serves a status page, and reads the exports of others. Both
// speak the format of Statuspage v2, which most status pages and their clients
// understand.
//
// # Serving
//
// A [Handler] is an http.Handler over the records of one space: a page that
// people can read, JSON and feeds for the programs that watch such pages.
//
//	page, err := statuspage.NewHandler(store, "acme", statuspage.Page{Name: "Acme", URL: "https://status.acme.example"}, nil)
//	http.Handle("/", page)
//
//	/                                  how it is now, what comes next, open incidents, planned work, components, the last days
//	/history, /history/2026-03         a month
//	/incidents/{id}                    one incident: its explanation first, promises, every update
//	/history.atom, /history.rss        one entry an incident, revised in place
//	/api/v2/summary.json               and status, components, incidents, incidents/unresolved, scheduled-maintenances,
//	                                   scheduled-maintenances/upcoming and /active
//
// Only what was said in public is there, and what follows from it: [Handler] says
// what that is, and how statuses become Statuspage's. The page is in the reader's
// language, works without scripts and loads nothing from elsewhere; what people
// wrote is text in it, whatever it looks like.
//
// A thousand readers cost one reading of the store and one rendering. What they
// get is at most HandlerOptions.Refresh old. If the store fails, they get the
// last page: the header Status-Stale-Since says since when, and after a minute
// the page does, too. Only records that changed are read; of each the handler
// keeps what is public in memory.
//
// # Reading
//
// [Read] turns the body of /api/v2/incidents.json, and of
// /api/v2/scheduled-maintenances.json, into records as package incident folds them.
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
// Memory is bounded by the records that are returned and by the largest
// incident, at most 32 MiB of JSON.
//
// All functions and the handler may be used concurrently.
//
// # Compatibility
//
// Served JSON has the fields and words of Statuspage v2, in its order, and keeps
// them; fields beyond them appear only where the host asks for them. The Atom feed has the
// form of Statuspage's, but for IDs of entries, which are not numbers here; of the
// RSS feed only RSS 2.0 is promised. Paths, the IDs of incidents and updates in
// all documents, and the keys of [Texts] stay; keys may be added, so a host that
// brings a language of its own may have to add words with a new version. The HTML
// and its style are for people and change freely.
//
// Exports of older pages lack fields that were added later (started_at,
// components of updates); that is no problem. Unknown fields are ignored. New
// problems may be reported in a later version, so programs should act on what
// was read, not on the number of problems.
package statuspage
