package smtpnotify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"github.com/amends-dev/amends/internal/signedlink"
	"github.com/amends-dev/amends/internal/webpage"
)

// purposeUnsubscribe separates these links from others with the same keys.
const purposeUnsubscribe = "smtpnotify unsubscribe"

// maxForm bounds the body of a request to unsubscribe.
const maxForm = 4 << 10

// Unsubscribed says who no longer wants which messages.
type Unsubscribed struct {
	Space     string // brand or tenant, "" if the host has one
	Recipient string // the directory's ID of the contact
	List      string // what they leave, in the host's words: a kind of notice, a product, or "" for all
}

// UnsubscriberOptions configures an [Unsubscriber]. The zero value, like a nil
// *UnsubscriberOptions, holds the defaults.
type UnsubscriberOptions struct {
	// Brand is whose messages they are, as readers know it. If empty, the page does not say.
	Brand string
	// Title names a list to readers of a language ("en", "de"), as in "planned
	// maintenance". If nil, or if it returns "", the page speaks of these e-mails.
	Title func(list, language string) string
	// Logger receives failures, with IDs. If nil, nothing is logged.
	Logger *slog.Logger
}

// Unsubscriber makes the links with which a recipient leaves a list, and is the
// [http.Handler] behind them (RFC 8058). Make one with [NewUnsubscriber]. It is
// safe for concurrent use.
//
// Mail programs send a POST at one click; it takes effect at once, without
// cookies, without a redirect and without another question. A GET, which mail
// scanners do too, changes nothing: it shows a page with one button. A link does not
// expire, since messages do not; it stays valid for as long as its key is kept. It
// holds its IDs encrypted, and nobody without a key can make one.
//
// The handler takes what comes after the last slash of the path as the token, so
// it can be mounted anywhere below the base, and needs no login in front of it.
type Unsubscriber struct {
	base   string
	sealer *signedlink.Sealer
	leave  func(context.Context, Unsubscribed) error
	o      UnsubscriberOptions
	langs  *webpage.Languages
}

// NewUnsubscriber returns an unsubscriber for links that begin with base, an
// absolute https URL, as in "https://acme.example/unsubscribe". Leave writes into the
// host's directory that somebody left; a repeat must be harmless, since people click
// twice. If it fails the reader is asked to try again later. Keys are as in [Options].
func NewUnsubscriber(base string, keys [][]byte, leave func(context.Context, Unsubscribed) error, opts *UnsubscriberOptions) (*Unsubscriber, error) {
	u, err := url.Parse(base)
	if err != nil || !strings.EqualFold(u.Scheme, "https") || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, errors.New(`smtpnotify: unsubscriber: the base must be an absolute https URL without a query, as in "https://acme.example/unsubscribe"`)
	}
	if leave == nil {
		return nil, errors.New("smtpnotify: unsubscriber: it needs a function that writes down who left")
	}
	h := &Unsubscriber{base: strings.TrimSuffix(u.String(), "/") + "/", leave: leave, langs: webpage.NewLanguages("en", "de")}
	if h.sealer, err = signedlink.New(keys...); err != nil {
		return nil, fmt.Errorf("smtpnotify: unsubscriber: %w", err)
	}
	if opts != nil {
		h.o = *opts
	}
	if h.o.Logger == nil {
		h.o.Logger = slog.New(slog.DiscardHandler)
	}
	return h, nil
}

// URL returns the link for one recipient and list, for [notify.Message].Unsubscribe.
// Two links for the same differ, and both work.
func (h *Unsubscriber) URL(who Unsubscribed) string {
	payload, _ := json.Marshal([]string{who.Space, who.Recipient, who.List}) // strings always marshal
	return h.base + h.sealer.Seal(purposeUnsubscribe, payload)
}

// open reads the link of a request.
func (h *Unsubscriber) open(r *http.Request) (Unsubscribed, bool) {
	token := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
	payload, err := h.sealer.Open(purposeUnsubscribe, token)
	if err != nil {
		return Unsubscribed{}, false
	}
	var parts []string
	if json.Unmarshal(payload, &parts) != nil || len(parts) != 3 {
		return Unsubscribed{}, false
	}
	return Unsubscribed{Space: parts[0], Recipient: parts[1], List: parts[2]}, true
}

// ServeHTTP implements [http.Handler].
func (h *Unsubscriber) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	who, ok := h.open(r)
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodHead && r.Method != http.MethodPost:
		w.Header().Set("Allow", "GET, HEAD, POST")
		h.page(w, r, http.StatusMethodNotAllowed, pageMalformed, who)
	case !ok:
		h.page(w, r, http.StatusNotFound, pageUnknown, who)
	case r.Method != http.MethodPost:
		h.page(w, r, http.StatusOK, pageAsk, who)
	case !wantsOut(w, r):
		h.page(w, r, http.StatusBadRequest, pageMalformed, who)
	default:
		if err := h.leave(r.Context(), who); err != nil {
			h.o.Logger.LogAttrs(r.Context(), slog.LevelError, "unsubscribing failed",
				slog.String("space", who.Space), slog.String("recipient", who.Recipient), slog.String("list", who.List), slog.Any("err", err))
			h.page(w, r, http.StatusInternalServerError, pageFailed, who)
			return
		}
		h.page(w, r, http.StatusOK, pageDone, who)
	}
}

// wantsOut says whether the body asks for what RFC 8058 section 3.2 demands, in
// either of the two forms that it may come in.
func wantsOut(w http.ResponseWriter, r *http.Request) bool {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseMultipartForm(maxForm); err != nil && !errors.Is(err, http.ErrNotMultipart) { //nolint:gosec // bounded in the line above
		return false
	}
	return r.PostFormValue("List-Unsubscribe") == "One-Click"
}
