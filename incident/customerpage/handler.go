package customerpage

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"github.com/amends-dev/amends/internal/prose"
	"github.com/amends-dev/amends/internal/timetext"
	"github.com/amends-dev/amends/internal/webpage"
)

// Options configures a [Handler]. Nil, like the zero value, holds the defaults.
type Options struct {
	// Brand is the product or company that speaks, shown at the top. If empty, none is shown.
	Brand string
	// Contact is how to reach us, in words, where no view says it: on pages about
	// a link that is good no more, or when the desk fails (R65). If empty, the
	// page refers to the messages, each of which says it.
	Contact string
	// Remote returns the address that a request comes from, for limits by address.
	// Behind a proxy it must read the header that the proxy sets, and only that. An
	// invalid address is not limited. If nil, it is the other end of the
	// connection, and none if that is private or of this machine: those are proxies,
	// and limiting them would lock out everybody at once. A proxy with a public
	// address needs this option.
	Remote func(*http.Request) netip.Addr
	// Limits of requests. If zero, the defaults of its fields.
	Limits Limits
	// FormLife is how long a form may be sent after it was shown. What was entered
	// into an older one is kept and shown in a fresh one. If zero, 24 hours.
	FormLife time.Duration
	// BodyTimeout bounds how long the body of a request may take to arrive,
	// whatever the server's ReadTimeout is. If zero, 15 seconds.
	BodyTimeout time.Duration
	// DeskTimeout bounds how long a request waits for the desk. If zero, 15 seconds.
	DeskTimeout time.Duration
	// Logger receives what the desk failed at, with the reference that the
	// customer was given. Tokens and customers' words are never logged. If nil,
	// nothing is logged.
	Logger *slog.Logger
	// Now is for hosts that replay history. If nil, time.Now.
	Now func() time.Time
}

// Handler is the page that the links of [Links] lead to. It is safe for
// concurrent use. Copies of it in several processes need the same keys and no
// other common state; [Limits] hold for each of them.
type Handler struct {
	desk        Desk
	links       *Links
	brand       string
	contact     string
	remote      func(*http.Request) netip.Addr
	limits      *limits
	formLife    time.Duration
	bodyTimeout time.Duration
	deskTimeout time.Duration
	log         *slog.Logger
	now         func() time.Time

	origins   *http.CrossOriginProtection
	languages *webpage.Languages
	words     map[string]*words
	zones     timetext.Zones
	templates *template.Template
}

//go:embed page.tmpl
var pageTemplate string

//go:embed form.tmpl
var formTemplate string

// New returns the page of a desk for the links that links makes. It starts
// nothing and does not touch the desk.
func New(desk Desk, links *Links, opts *Options) (*Handler, error) {
	if desk == nil || links == nil {
		return nil, errors.New("customerpage: the page needs a desk and links")
	}
	var o Options
	if opts != nil {
		o = *opts
	}
	if o.FormLife < 0 || o.BodyTimeout < 0 || o.DeskTimeout < 0 {
		return nil, errors.New("customerpage: a duration in Options is negative: zero is the default")
	}
	h := &Handler{
		desk: desk, links: links, brand: o.Brand, contact: o.Contact, remote: o.Remote, log: o.Logger, now: o.Now,
		formLife: or(o.FormLife, 24*time.Hour), bodyTimeout: or(o.BodyTimeout, 15*time.Second), deskTimeout: or(o.DeskTimeout, 15*time.Second),
		languages: webpage.NewLanguages("en", "de"), words: map[string]*words{"en": &english, "de": &german},
		origins: http.NewCrossOriginProtection(),
	}
	if h.remote == nil {
		h.remote = connection
	}
	if h.log == nil {
		h.log = slog.New(slog.DiscardHandler)
	}
	if h.now == nil {
		h.now = time.Now
	}
	var err error
	if h.limits, err = newLimits(o.Limits); err != nil {
		return nil, err
	}
	if err = h.origins.AddTrustedOrigin(origin(links.base)); err != nil {
		return nil, fmt.Errorf("customerpage: the origin of the base of links: %w", err)
	}
	if h.templates, err = template.New("").Parse(pageTemplate + formTemplate + prose.Template); err != nil {
		return nil, fmt.Errorf("customerpage: the built-in templates: %w", err)
	}
	return h, nil
}

func or(d, otherwise time.Duration) time.Duration {
	if d == 0 {
		return otherwise
	}
	return d
}

// origin of the page, for proxies that pass on another host name than customers use.
func origin(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// ServeHTTP shows the page of the link on GET and HEAD, which change nothing: mail
// scanners follow links. On POST it takes one of the page's forms. The token is the last
// part of the path, so the handler may be mounted anywhere, with or without
// [http.StripPrefix].
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v := &visit{h: h, w: w, r: r, lang: h.languages.Pick(r)}
	webpage.Protect(w.Header())
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Robots-Tag", "noindex, nofollow")
	w.Header().Set("Vary", "Accept-Language")
	if r.ContentLength != 0 {
		// Also of a body that is not looked at, since the server reads it to its end.
		v.readBy(time.Now().Add(h.bodyTimeout))
	}
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost:
	default:
		w.Header().Set("Allow", "GET, HEAD, POST")
		v.refuse(http.StatusMethodNotAllowed, v.words().Method)
		return
	}
	if !v.enter() {
		return
	}
	if r.Method == http.MethodPost {
		v.post(r.Context())
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), h.deskTimeout)
	defer cancel()
	view, ok := v.view(ctx, nil)
	if !ok {
		return
	}
	p := v.newPage(view, nil)
	p.Notice = p.W.Heard[heardOf(r)]
	v.render(http.StatusOK, "page", p)
}

// render writes a whole page or none.
func (v *visit) render(status int, name string, data any) {
	var out bytes.Buffer
	out.Grow(24 << 10) // most pages
	if err := v.h.templates.ExecuteTemplate(&out, name, data); err != nil {
		v.h.log.Error("customer page not rendered", slog.Any("error", err))
		http.Error(v.w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	head := v.w.Header()
	head.Set("Content-Type", "text/html; charset=utf-8")
	head.Set("Content-Language", v.lang)
	head.Set("Content-Length", fmt.Sprint(out.Len()))
	v.w.WriteHeader(status)
	if v.r.Method != http.MethodHead {
		_, _ = v.w.Write(out.Bytes()) // who left does not hear
	}
}
