package statuspage

import (
	"bytes"
	"embed"
	"html/template"
	"net/url"
	"strings"
	"sync"
	"time"

	"golang.org/x/text/language"

	"github.com/amends-dev/amends/internal/prose"
	"github.com/amends-dev/amends/internal/timetext"
	"github.com/amends-dev/amends/internal/webpage"
)

//go:embed templates/*.html
var templates embed.FS

// pages makes HTML. It is immutable.
type pages struct {
	layout map[string]*template.Template // by the template of the main part
}

// compiledPages are compiled once for all handlers: that costs more than all else in making one.
//
//nolint:gochecknoglobals // compiled once, never written
var compiledPages = sync.OnceValues(newPages)

func newPages() (*pages, error) {
	base, err := template.New("").ParseFS(templates, "templates/*.html")
	if err == nil {
		base, err = base.Parse(prose.Template)
	}
	if err != nil {
		return nil, err
	}
	p := &pages{layout: map[string]*template.Template{}}
	for _, main := range []string{"home", "history", "incident", "notice"} {
		t, err := base.Clone()
		if err == nil {
			t, err = t.Parse(`{{define "main"}}{{template "` + main + `" .}}{{end}}`)
		}
		if err != nil {
			return nil, err
		}
		p.layout[main] = t
	}
	return p, nil
}

// frame is what stands around every page.
type frame struct {
	*config
	key
	words *wording
	Title string
	Here  string
	Stale template.HTML
	Data  any
}

// other is another language that the page can be read in.
type other struct {
	Lang, Name, URL string
	Here            bool
}

// Lang is the language of the page.
func (f *frame) Lang() string { return f.key.language }

// RTL reports whether it is written from right to left.
func (f *frame) RTL() bool { return f.words.rtl }

// Name is the page's name.
func (f *frame) Name() string { return f.page.Name }

// Contact is how to reach the host.
func (f *frame) Contact() Link { return f.opts.Contact }

// Subscribe are the host's own ways to get the news.
func (f *frame) Subscribe() []Link { return f.opts.Subscribe }

// Style is the style sheet.
func (f *frame) Style() template.CSS { return webpage.Style() }

// Zone names the zone of all times.
func (f *frame) Zone() string { return f.page.TimeZone }

// Word returns the page's own words.
func (f *frame) Word(key string) string { return f.words.word(key) }

// Say returns the page's own words with values in them.
func (f *frame) Say(key string, pairs ...any) template.HTML { return f.words.say(key, pairs...) }

// Link is the address of a path of this page, in the language that was asked for.
func (f *frame) Link(path string) string {
	if f.asked {
		return f.prefix + path + "?lang=" + url.QueryEscape(f.key.language)
	}
	return f.prefix + path
}

// Feed is the address of a document for programs in the page's language.
func (f *frame) Feed(path string) string {
	if f.key.language != f.first {
		return f.prefix + path + "?lang=" + url.QueryEscape(f.key.language)
	}
	return f.prefix + path
}

// Others lists the languages; none if there is only one.
func (f *frame) Others() []other {
	tags := f.languages.Tags()
	if len(tags) < 2 {
		return nil
	}
	var out []other
	for _, t := range tags {
		out = append(out, other{
			Lang: t, Name: f.config.words[t].word("name"), URL: f.prefix + f.Here + "?lang=" + url.QueryEscape(t), Here: t == f.key.language,
		})
	}
	return out
}

// notice makes a page that says that there is none.
func (p *pages) notice(c *config, k key) ([]byte, error) {
	f := &frame{config: c, key: k, words: c.words[k.language], Here: "/", Data: k.arg}
	f.Title = f.words.word(k.arg) + " · " + f.words.fill("site", "name", c.page.Name)
	return p.execute("notice", f)
}

// page makes one of the pages.
func (p *pages) page(c *content, k key) ([]byte, error) {
	f := &frame{config: c.config, key: k, words: c.words[k.language], Here: k.path()}
	v := &viewer{content: c, f: f}
	if !c.stale.IsZero() {
		f.Stale = v.say("stale", "time", v.exact(c.stale))
	}
	var main, heading string
	switch k.target {
	case oneIncident:
		main, heading, f.Data = v.incident(c.byID[k.arg])
	case history:
		main, heading, f.Data = v.history(time.Date(c.at.Year(), c.at.Month(), 1, 0, 0, 0, 0, c.zone))
	case oneMonth:
		main, heading, f.Data = v.history(c.begin(k.arg))
	default:
		main, heading, f.Data = v.home()
	}
	f.Title = heading + " · " + f.words.fill("site", "name", c.page.Name)
	return p.execute(main, f)
}

func (p *pages) execute(main string, f *frame) ([]byte, error) {
	var b bytes.Buffer
	if err := p.layout[main].ExecuteTemplate(&b, "layout", f); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// short writes a time with the short name of the page's zone.
func (c *config) short(w *wording, t time.Time) string { return timetext.Short(w.base, t.In(c.zone)) }

// viewer puts content into the words of a page.
type viewer struct {
	*content
	f *frame
}

func (v *viewer) say(key string, pairs ...any) template.HTML { return v.f.words.say(key, pairs...) }

// timeElement wraps words for a time in an element that programs can read.
func (v *viewer) timeElement(t time.Time, words string) template.HTML {
	//nolint:gosec // a time of ours, and words that are escaped here
	return template.HTML(`<time datetime="` + template.HTMLEscapeString(t.In(v.zone).Format(time.RFC3339)) + `">` + template.HTMLEscapeString(words) + `</time>`)
}

// when is a time in short form.
func (v *viewer) when(t time.Time) template.HTML {
	return v.timeElement(t, v.short(v.f.words, t))
}

// exact is a time with its day and its zone in full.
func (v *viewer) exact(t time.Time) template.HTML {
	return v.timeElement(t, timetext.Format(v.f.words.base, t.In(v.zone)))
}

// isolated shows somebody's words within ours: whichever way they are written,
// and in whichever language, what stands around them stays as it is.
func (v *viewer) isolated(words, lang string) template.HTML {
	attr := ""
	if lang = v.foreign(lang); lang != "" {
		attr = ` lang="` + template.HTMLEscapeString(lang) + `"`
	}
	return template.HTML("<bdi" + attr + ">" + template.HTMLEscapeString(words) + "</bdi>") //nolint:gosec // escaped here
}

// foreign returns a language if it is not the page's, and one that readers' programs can know.
func (v *viewer) foreign(lang string) string {
	if lang == v.f.key.language {
		return ""
	}
	if _, err := language.Parse(lang); err != nil {
		return ""
	}
	return lang
}

// name is an incident's title.
func (v *viewer) name(s *story) template.HTML {
	return v.isolated(s.name(v.f.key.language, v.first))
}

func (v *viewer) plainName(s *story) string {
	name, _ := s.name(v.f.key.language, v.first)
	return name
}

// join puts pieces of HTML in a row.
func join(pieces []template.HTML, between string) template.HTML {
	var b strings.Builder
	for i, p := range pieces {
		if i > 0 {
			b.WriteString(between)
		}
		b.WriteString(string(p))
	}
	return template.HTML(b.String()) //nolint:gosec // pieces are HTML already, and what stands between them is ours
}
