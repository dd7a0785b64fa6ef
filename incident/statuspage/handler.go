package statuspage

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/amends-dev/amends/internal/webpage"
)

// Handler serves the status page of one space: HTML for people, JSON in the
// format of Statuspage v2 and feeds for programs. It is made by [NewHandler],
// safe for concurrent use, and starts nothing by itself: a reader whose page is
// older than Refresh has the store read, for all others.
//
// # What is public
//
// An incident is on the page once a statement to [incident.AudiencePublic] was
// published, and not before. From then on the page shows: its public
// statements, its title, status, severity, components, when it began for
// customers ([incident.ClockOccurred]), the window of planned work, what was
// promised with public words or to everybody, and requests that public words
// explain. Nobody's IDs are shown, no reasons, notes, causes, drafts, findings, policies or customers.
//
// Words that were corrected stay, marked and linked with their correction; of
// words that were withdrawn it is said that they were (R32). A false alarm stays
// on the page if it was on it. Incidents that were merged are told together, at
// the address of the one that they live on in; the others' addresses lead there.
//
// # Statuses
//
// Statuspage's clients know few words, so the JSON has no others:
//
//	detected, investigating, merged         investigating
//	identified, monitoring                  the same
//	resolved (customers are still asked)    monitoring
//	confirmed, closed, dismissed            resolved; postmortem once an explanation was published and customers confirmed
//	cancelled, failed                       completed
//
// A component's status follows from the incidents that are not fixed and name it; of
// several, the worst counts. Operational is everything else.
//
//	                         minor                  major                critical
//	down                     major_outage           major_outage         major_outage
//	degraded                 degraded_performance   partial_outage       partial_outage
//	exposed                  degraded_performance   degraded_performance degraded_performance
//	unknown, or not said     degraded_performance   partial_outage       major_outage
//	planned work under way   under_maintenance
//
// The page's indicator is the severity of the worst incident that is not fixed;
// a core component in a major outage makes it critical, in a partial one major.
type Handler struct {
	*config
	pages  *pages
	last   atomic.Pointer[last]
	flight singleflight.Group
	busy   atomic.Bool
	errors map[key]*document // pages that say that there is none
	maxAge []string
	policy []field // of HTML
}

// field is a header field.
type field struct {
	name   string
	values []string
}

// NewHandler returns the handler of a space's status page. It reads nothing yet.
// All mistakes in the arguments are reported at once.
//
// Mount it under the path of the page's URL, if that has one, with
// [http.StripPrefix]. Redirects, access and compression are the host's.
func NewHandler(reader Reader, space string, page Page, opts *HandlerOptions) (*Handler, error) {
	c, err := newConfig(reader, space, page, opts)
	if err != nil {
		return nil, fmt.Errorf("statuspage: making a handler: %w", err)
	}
	h := &Handler{config: c, errors: map[key]*document{}}
	h.maxAge = []string{"public, max-age=" + strconv.Itoa(int((c.opts.Refresh+time.Second-1)/time.Second))}
	policy := http.Header{}
	webpage.Protect(policy)
	for name, values := range policy {
		h.policy = append(h.policy, field{name, values})
	}
	if h.pages, err = compiledPages(); err != nil {
		return nil, fmt.Errorf("statuspage: making a handler: %w", err)
	}
	for _, l := range c.languages.Tags() {
		for _, asked := range []bool{false, true} {
			for _, what := range []string{"missing", "unavailable"} {
				k := key{route{nowhere, what}, l, asked}
				body, err := h.pages.notice(c, k)
				if err != nil {
					return nil, fmt.Errorf("statuspage: making a handler: %w", err)
				}
				h.errors[k] = new(document)
				h.errors[k].set(typeHTML, body)
			}
		}
	}
	return h, nil
}

const (
	typeHTML = "text/html; charset=utf-8"
	typeJSON = "application/json; charset=utf-8"
	typeAtom = "application/atom+xml; charset=utf-8"
	typeRSS  = "application/rss+xml; charset=utf-8"
)

// ServeHTTP answers GET and HEAD, and OPTIONS for JSON. It looks at the path, at
// the query parameter lang, and at the headers Accept-Language, If-None-Match and
// the other conditions of RFC 9110 13.1.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	to, elsewhere := routeOf(r.URL)
	api := to.api() || mayBeAPI(r.URL)
	w.Header()["X-Content-Type-Options"] = noSniff
	if api {
		w.Header()["Access-Control-Allow-Origin"] = anyOrigin
	}
	switch r.Method {
	case http.MethodGet, http.MethodHead:
	default:
		h.otherMethod(w, r, api)
		return
	}
	if elsewhere != "" {
		h.redirect(w, r, elsewhere, http.StatusPermanentRedirect)
		return
	}
	language, asked := h.language(r, to)
	if to.target == nowhere {
		h.notFound(w, r, language, asked, api)
		return
	}
	now := h.current(r.Context())
	if now == nil || now.content == nil {
		h.unavailable(w, r, language, asked, to)
		return
	}
	if now.failed {
		w.Header().Set("Status-Stale-Since", now.read.UTC().Format(time.RFC3339))
	}
	c := now.content
	switch to.target {
	case oneIncident:
		s := c.byID[to.arg]
		if s == nil {
			h.notFound(w, r, language, asked, api)
			return
		}
		if s.id != to.arg { // it lives on there; it may be separated again
			h.redirect(w, r, incidentPath(s.id), http.StatusFound)
			return
		}
	case oneMonth:
		if !c.inHistory(to.arg) {
			h.notFound(w, r, language, asked, api)
			return
		}
	default:
	}
	doc, err := h.document(c, key{to, language, asked})
	if err != nil {
		h.opts.Logger.LogAttrs(r.Context(), slog.LevelError, "status page: a document cannot be made",
			slog.String("path", to.path()), slog.String("language", language), slog.Any("error", err))
		h.unavailable(w, r, language, asked, to)
		return
	}
	h.answer(w, r, to, doc)
}

//nolint:gochecknoglobals // header values, shared by all answers and never written
var (
	anyOrigin    = []string{"*"}
	noSniff      = []string{"nosniff"}
	byLanguage   = []string{"Accept-Language"}
	exposedNames = []string{"ETag, Status-Stale-Since"}
)

// language is the one to answer in. Programs get the first, unless they ask for another.
func (h *Handler) language(r *http.Request, to route) (string, bool) {
	if to.machine() {
		if l, ok := h.languages.Asked(r); ok {
			return l, true
		}
		return h.first, false
	}
	if l, ok := h.languages.Asked(r); ok {
		return l, true
	}
	return h.languages.Pick(r), false
}

// document returns the document of a key, which the first reader who asks for it makes.
func (h *Handler) document(c *content, k key) (*document, error) {
	if k.machine() {
		k.asked = k.asked && k.language != h.first
	}
	doc := c.docs.get(k)
	doc.once.Do(func() {
		defer rescue(&doc.err)
		var body []byte
		kind := typeHTML
		switch {
		case k.target == atomFeed:
			kind = typeAtom
			body, doc.err = c.atom(k.language)
		case k.target == rssFeed:
			kind = typeRSS
			body, doc.err = c.rss(k.language)
		case k.api():
			kind = typeJSON
			body, doc.err = c.json(k.target, k.language)
		default:
			body, doc.err = h.pages.page(c, k)
		}
		doc.set(kind, body)
		c.docs.made(k, doc)
		if h.opts.Hooks.Rendered != nil {
			h.opts.Hooks.Rendered(k.path(), k.language)
		}
	})
	return doc, doc.err
}

// answer sends a document, or says that the reader has it already.
func (h *Handler) answer(w http.ResponseWriter, r *http.Request, to route, doc *document) {
	head := w.Header()
	head["Cache-Control"] = h.maxAge
	head["Etag"] = doc.etag
	head["Content-Type"] = doc.kind
	switch {
	case to.api():
		head["Access-Control-Expose-Headers"] = exposedNames
	case !to.machine():
		h.html(head)
	}
	if conditional(r) {
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(doc.body))
		return
	}
	head["Content-Length"] = doc.length
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		_, _ = w.Write(doc.body)
	}
}

// html sets the headers of every page.
func (h *Handler) html(head http.Header) {
	for _, f := range h.policy {
		head[f.name] = f.values
	}
	head["Vary"] = byLanguage
}

// conditional reports whether less than the whole document may be wanted.
func conditional(r *http.Request) bool {
	for _, name := range []string{"If-None-Match", "If-Match", "If-Modified-Since", "If-Unmodified-Since", "Range"} {
		if len(r.Header[name]) > 0 {
			return true
		}
	}
	return false
}

// otherMethod answers what is neither GET nor HEAD.
func (h *Handler) otherMethod(w http.ResponseWriter, r *http.Request, api bool) {
	allow := "GET, HEAD"
	if api {
		allow += ", OPTIONS"
	}
	head := w.Header()
	head.Set("Allow", allow)
	switch {
	case api && r.Method == http.MethodOptions:
		head.Set("Access-Control-Allow-Methods", allow)
		head.Set("Access-Control-Allow-Headers", "*")
		head.Set("Access-Control-Max-Age", "86400")
		w.WriteHeader(http.StatusNoContent)
	case api:
		refuse(w, http.StatusMethodNotAllowed, "this address can only be read")
	default:
		http.Error(w, "This page can only be read.", http.StatusMethodNotAllowed)
	}
}

// refuse answers a program that nothing can be given to.
func refuse(w http.ResponseWriter, status int, why string) {
	w.Header().Set("Content-Type", typeJSON)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, "{\"error\":%q}\n", why)
}

func (h *Handler) redirect(w http.ResponseWriter, r *http.Request, path string, status int) {
	to := h.prefix + path
	if r.URL.RawQuery != "" {
		to += "?" + r.URL.RawQuery
	}
	w.Header()["Cache-Control"] = h.maxAge
	http.Redirect(w, r, to, status) //nolint:gosec // it stays on this page: the path is one that this package made
}

func (h *Handler) notFound(w http.ResponseWriter, r *http.Request, language string, asked, api bool) {
	if api {
		refuse(w, http.StatusNotFound, "there is nothing at this address")
		return
	}
	h.sorry(w, r, key{route{nowhere, "missing"}, language, asked}, http.StatusNotFound)
}

// unavailable answers while there is no page at all.
func (h *Handler) unavailable(w http.ResponseWriter, r *http.Request, language string, asked bool, to route) {
	if r.Context().Err() != nil {
		return // nobody is there any more
	}
	w.Header().Set("Retry-After", strconv.Itoa(int((h.opts.Refresh+time.Second-1)/time.Second)))
	if to.machine() {
		refuse(w, http.StatusServiceUnavailable, "the status cannot be told at the moment, try again soon")
		return
	}
	h.sorry(w, r, key{route{nowhere, "unavailable"}, language, asked}, http.StatusServiceUnavailable)
}

// sorry sends one of the pages that say that there is none.
func (h *Handler) sorry(w http.ResponseWriter, r *http.Request, k key, status int) {
	doc := h.errors[k]
	head := w.Header()
	h.html(head)
	head["Content-Type"], head["Content-Length"] = doc.kind, doc.length
	head.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(doc.body)
	}
}
