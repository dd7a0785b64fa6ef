package smtpnotify

import (
	"bytes"
	"html/template"
	"log/slog"
	"net/http"
	"strconv"

	"github.com/amends-dev/amends/internal/webpage"
)

// pageState is what a page of the unsubscriber says.
type pageState int

const (
	pageAsk pageState = iota
	pageDone
	pageFailed
	pageUnknown
	pageMalformed
)

// pageWords are the words of a page: its title, and its text before and after
// the list's name.
type pageWords struct{ Title, Before, These, After, Button string }

// words of the pages by language and state.
//
//nolint:gochecknoglobals // never written
var words = map[string][5]pageWords{
	"en": {
		pageAsk:       {"Unsubscribe", "Do you want to stop receiving ", "these e-mails", "?", "Unsubscribe"},
		pageDone:      {"You are unsubscribed", "You no longer receive ", "these e-mails", ".", ""},
		pageFailed:    {"That did not work", "We could not write it down just now. Please try again in a few minutes. You still receive ", "these e-mails", ".", "Try again"},
		pageUnknown:   {"This link does not work", "It is not complete, or no longer valid. Please use the link of a newer e-mail.", "", "", ""},
		pageMalformed: {"That did not work", "Your mail program asked in a way that we do not understand. Please open the link in a browser.", "", "", ""},
	},
	"de": {
		pageAsk:       {"Abmelden", "Möchten Sie ", "diese E-Mails", " nicht mehr erhalten?", "Abmelden"},
		pageDone:      {"Sie sind abgemeldet", "Sie erhalten ", "diese E-Mails", " nicht mehr.", ""},
		pageFailed:    {"Das hat nicht geklappt", "Wir konnten es gerade nicht festhalten. Bitte versuchen Sie es in einigen Minuten noch einmal. Sie erhalten ", "diese E-Mails", " weiterhin.", "Noch einmal"},
		pageUnknown:   {"Dieser Link führt nicht weiter", "Er ist unvollständig oder nicht mehr gültig. Bitte nehmen Sie den Link einer neueren E-Mail.", "", "", ""},
		pageMalformed: {"Das hat nicht geklappt", "Ihr Mailprogramm hat in einer Form gefragt, die wir nicht verstehen. Bitte öffnen Sie den Link in einem Browser.", "", "", ""},
	},
}

// leaving is the page. Its form posts to the address that it was read at.
//
//nolint:gochecknoglobals // compiled once, never written
var leaving = template.Must(template.New("unsubscribe").Parse(`<!doctype html>
<html lang="{{.Language}}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">
<title>{{.Words.Title}}{{with .Brand}} · {{.}}{{end}}</title><style>{{.Style}}</style></head>
<body><main>
{{with .Brand}}<p class="soft">{{.}}</p>
{{end}}<h1>{{.Words.Title}}</h1>
<p>{{.Words.Before}}{{with .List}}<strong>{{.}}</strong>{{end}}{{.Words.After}}</p>
{{with .Words.Button}}<form method="post"><input type="hidden" name="List-Unsubscribe" value="One-Click"><button>{{.}}</button></form>
{{end}}</main></body>
</html>
`))

// page answers with a page in the reader's language.
func (h *Unsubscriber) page(w http.ResponseWriter, r *http.Request, status int, state pageState, who Unsubscribed) {
	language := h.langs.Pick(r)
	data := struct {
		Language, Brand, List string
		Words                 pageWords
		Style                 template.CSS
	}{Language: language, Brand: h.o.Brand, Words: words[language][state], Style: webpage.Style()}
	if data.List = data.Words.These; data.List != "" && h.o.Title != nil {
		if own := h.o.Title(who.List, language); own != "" {
			data.List = own
		}
	}
	var out bytes.Buffer
	if err := leaving.Execute(&out, data); err != nil {
		h.o.Logger.LogAttrs(r.Context(), slog.LevelError, "page failed", slog.Any("err", err))
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	header := w.Header()
	webpage.Protect(header)
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Length", strconv.Itoa(out.Len()))
	header.Set("Cache-Control", "no-store")
	header.Set("Vary", "Accept-Language")
	header.Set("X-Robots-Tag", "noindex")
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(out.Bytes())
	}
}
