package customerpage

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/language"

	"github.com/amends-dev/amends/incident"
)

// visit is one request. Whose page it is about stands in the link alone.
type visit struct {
	h      *Handler
	w      http.ResponseWriter
	r      *http.Request
	lang   string
	remote string // counted for the address that it comes from
	token  string
	link   Link
}

func (v *visit) words() *words { return v.h.words[v.lang] }

// enter opens the link and counts the request. If it returns false, it has answered.
//
// What is no link of ours gets the same answer whatever it is: altered, of
// another key, or anything at all. Sealing leaves nothing to be learnt from how
// long that takes.
func (v *visit) enter() bool {
	now := v.h.now()
	v.remote = remoteKey(v.h.remote(v.r))
	v.token = v.r.URL.Path[strings.LastIndexByte(v.r.URL.Path, '/')+1:]
	var err error
	v.link, err = v.h.links.Open(v.token)
	switch {
	case errors.Is(err, ErrExpired):
		if v.within(v.h.limits.remoteReads, v.remote, now) {
			v.refuse(http.StatusGone, v.words().Expired)
		}
		return false
	case err != nil:
		if v.within(v.h.limits.remoteInvalid, v.remote, now) {
			v.refuse(http.StatusNotFound, v.words().NotFound)
		}
		return false
	}
	if v.r.Method == http.MethodPost {
		return true // counted once it is read, so that nobody's words are lost
	}
	return v.within(v.h.limits.remoteReads, v.remote, now) && v.within(v.h.limits.reads, v.pageKey(), now)
}

// pageKey is what is counted for a page, whichever of its links is used.
func (v *visit) pageKey() string {
	return v.link.Space + "\x00" + v.link.Record + "\x00" + v.link.Customer
}

// within counts a request, and answers it if it is one too many.
func (v *visit) within(l *limiter, key string, now time.Time) bool {
	wait := v.wait(l, key, now)
	if wait > 0 {
		v.tooMany(wait, nil)
	}
	return wait == 0
}

func (v *visit) wait(l *limiter, key string, now time.Time) time.Duration {
	if key == "" {
		return 0
	}
	return l.take(key, now)
}

func (v *visit) tooMany(wait time.Duration, entered *entered) {
	v.retryAfter(wait)
	p := v.plain(v.words().TooMany)
	if entered != nil {
		p.Kept = entered.kept()
	}
	v.render(http.StatusTooManyRequests, "plain", p)
}

// retryAfter says when to come again, in whole seconds (RFC 9110 10.2.3).
func (v *visit) retryAfter(wait time.Duration) {
	v.w.Header().Set("Retry-After", strconv.FormatInt(int64((wait+time.Second-1)/time.Second), 10))
}

// view asks the desk for what the customer may see. If it returns false, it has answered.
func (v *visit) view(ctx context.Context, entered *entered) (incident.CustomerView, bool) {
	view, err := v.h.desk.CustomerView(ctx, v.link.Space, v.link.Record, v.link.Customer, v.locale())
	switch {
	case errors.Is(err, incident.ErrNotFound):
		v.refuse(http.StatusNotFound, v.words().NotFound)
	case err != nil && v.r.Context().Err() != nil && v.r.Method != http.MethodPost:
		// Nobody is there any more to be answered.
	case err != nil:
		p := v.plain(v.words().Unavailable)
		p.Reference = v.failed(ctx, "view", err)
		if entered != nil {
			p.Kept = entered.kept()
		}
		v.retryAfter(time.Minute)
		v.render(http.StatusServiceUnavailable, "plain", p)
	case view.LinksRevoked.After(v.link.Issued):
		v.refuse(http.StatusGone, v.words().Expired)
	default:
		if v.undecided() {
			if b := base(view.Locale); v.h.words[b] != nil {
				v.lang = b
			}
		}
		return view, true
	}
	return incident.CustomerView{}, false
}

// failed logs what went wrong and returns a number to name, which says nothing.
func (v *visit) failed(ctx context.Context, doing string, err error) string {
	reference := rand.Text()[:10]
	v.h.log.LogAttrs(ctx, slog.LevelError, "customer page: the desk failed", slog.String("doing", doing), slog.String("reference", reference),
		slog.String("space", v.link.Space), slog.String("record", v.link.Record), slog.Any("error", err))
	return reference
}

// undecided says that the reader asks for no language: then the customer's own is taken.
func (v *visit) undecided() bool {
	return v.r.URL.Query().Get("lang") == "" && v.r.Header.Get("Accept-Language") == ""
}

// locale is what the texts are asked for in: the page's language if it was chosen
// on the page, else the one that the browser likes best, which the page itself may not have.
func (v *visit) locale() string {
	if v.undecided() {
		return ""
	}
	if accept := v.r.Header.Get("Accept-Language"); v.r.URL.Query().Get("lang") == "" && len(accept) < 1000 {
		if tags, _, err := language.ParseAcceptLanguage(accept); err == nil && len(tags) > 0 {
			return tags[0].String()
		}
	}
	return v.lang
}

// readBy bounds the reading of the body. Where the server cannot do that, its own ReadTimeout must.
func (v *visit) readBy(at time.Time) {
	_ = http.NewResponseController(v.w).SetReadDeadline(at)
}

// plain makes a page that shows nothing of a customer.
func (v *visit) plain(words plainWords) *plain {
	f := v.h.frame(v.lang)
	f.Heading = words.Title
	return &plain{frame: f, Text: words.Text}
}

func (v *visit) refuse(status int, words plainWords) {
	v.render(status, "plain", v.plain(words))
}
