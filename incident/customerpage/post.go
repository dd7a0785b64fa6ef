package customerpage

import (
	"context"
	"errors"
	"mime"
	"net/http"
	"net/url"
	"os"
	"slices"
	"time"

	"github.com/amends-dev/amends/incident"
)

// saidParam tells the page after a form which form it was: a word of
// [incident.Saying], nothing of a person.
const saidParam = "said"

func heardOf(r *http.Request) incident.Saying { return incident.Saying(r.URL.Query().Get(saidParam)) }

// post takes a form. The desk hears it only if everything about it is in order;
// whatever is not, what was entered is kept.
func (v *visit) post(arrived context.Context) {
	if v.fromElsewhere() {
		p := v.plain(v.words().Foreign)
		p.Open = "?lang=" + v.lang
		v.render(http.StatusForbidden, "plain", p)
		return
	}
	e, ok := v.read()
	if !ok {
		return
	}
	now := v.h.now()
	wait := v.wait(v.h.limits.remoteWords, v.remote, now)
	if wait == 0 {
		wait = v.wait(v.h.limits.words, v.pageKey(), now)
	}
	if wait > 0 {
		v.tooMany(wait, e)
		return
	}
	// Once it has arrived as a whole, a word is recorded even if whoever sent it does not wait.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(arrived), v.h.deskTimeout)
	defer cancel()
	view, ok := v.view(ctx, e)
	if !ok {
		return
	}
	t, ok := openForm(v.h.links.forms, v.token, e.values.Get(nameToken))
	if !ok || !now.Before(t.expires) || t.say != sayingOf(e.slot) {
		v.again(http.StatusForbidden, view, e, v.words().StaleForm)
		return
	}
	e.slot = slot(t.say, placeOf(view, t)) // where it stands now
	word := e.word(v.words(), v.link, t, v.h.zones.Load(view.Zone), now)
	if len(e.errors) > 0 {
		v.again(http.StatusUnprocessableEntity, view, e, v.words().CheckFields)
		return
	}
	v.answer(ctx, view, e, word)
}

// answer lets the desk hear a word and tells the customer what came of it.
func (v *visit) answer(ctx context.Context, view incident.CustomerView, e *entered, word incident.CustomerWord) {
	switch err := v.h.desk.Hear(ctx, word); {
	case err == nil:
		// Relative, so that it holds behind any proxy (RFC 9110 10.2.2).
		q := url.Values{"lang": {v.lang}, saidParam: {string(word.Say)}}
		v.w.Header().Set("Location", "?"+q.Encode()+"#notice")
		v.w.Header().Set("Content-Length", "0")
		v.w.WriteHeader(http.StatusSeeOther)
	case errors.Is(err, incident.ErrNotFound):
		v.refuse(http.StatusNotFound, v.words().NotFound)
	case errors.Is(err, incident.ErrKeyReused):
		v.again(http.StatusConflict, view, e, v.words().SentBefore)
	case errors.Is(err, incident.ErrConflict):
		// What the page showed is old.
		if view, ok := v.view(ctx, e); ok {
			v.again(http.StatusConflict, view, e, v.words().Changed)
		}
	default:
		e.key = word.Key // it may have been recorded: sent again, it must count once
		v.retryAfter(time.Minute)
		p := v.refused(view, e, v.words().Failed)
		p.Problem.Reference = v.failed(ctx, "hear", err)
		v.render(http.StatusServiceUnavailable, "page", p)
	}
}

// placeOf finds the report or request that a form is about, 0 if it is about none.
func placeOf(view incident.CustomerView, t formToken) int {
	switch t.say {
	case incident.SayReply, incident.SayCorrection:
		return 1 + slices.IndexFunc(view.Reports, func(r incident.CustomerReport) bool { return r.ID == t.target })
	case incident.SayDone:
		return 1 + slices.IndexFunc(view.Requests, func(r incident.CustomerRequest) bool { return r.ID == t.target })
	default:
		return 0
	}
}

// again shows the page with what was entered and why it was not taken.
func (v *visit) again(status int, view incident.CustomerView, e *entered, why string) {
	v.render(status, "page", v.refused(view, e, why))
}

func (v *visit) refused(view incident.CustomerView, e *entered, why string) *page {
	p := v.newPage(view, e)
	p.Problem = &problem{Text: why}
	for _, f := range p.forms() {
		for _, field := range f.Fields {
			if field.Error != "" {
				p.Problem.Fields = append(p.Problem.Fields, fieldProblem{field.At(), field.Error})
			}
		}
	}
	return p
}

// fromElsewhere says that another site's page sent the form. A page of ours asks
// browsers to tell nobody where they come from, and those without Sec-Fetch-Site then
// send "null" for their own origin too (Fetch standard, "append a request Origin
// header"): there the form's token decides, as it does in the end for all.
func (v *visit) fromElsewhere() bool {
	if v.r.Header.Get("Sec-Fetch-Site") == "" && v.r.Header.Get("Origin") == "null" {
		return false
	}
	return v.h.origins.Check(v.r) != nil
}

// read reads a form that is sent, within bounds of size and time. If it returns false, it has answered.
func (v *visit) read() (*entered, bool) {
	if kind, _, err := mime.ParseMediaType(v.r.Header.Get("Content-Type")); err != nil || kind != "application/x-www-form-urlencoded" {
		v.refuse(http.StatusUnsupportedMediaType, v.words().NotAForm)
		return nil, false
	}
	v.r.Body = http.MaxBytesReader(v.w, v.r.Body, maxBody)
	err := v.r.ParseForm()
	if err == nil {
		v.readBy(time.Time{}) // the desk may take longer than a body may
		return readEntered(v.r.PostForm), true
	}
	v.w.Header().Set("Connection", "close") // or the server would wait for the rest
	status, words := http.StatusBadRequest, v.words().NotAForm
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		status, words = http.StatusRequestEntityTooLarge, v.words().TooLarge
	} else if errors.Is(err, os.ErrDeadlineExceeded) {
		status, words = http.StatusRequestTimeout, v.words().TooSlow
	}
	v.refuse(status, words)
	return nil, false
}
