package statuspage

import (
	"bytes"
	"encoding/xml"
	"html/template"
	"net/url"
	"strings"
	"time"

	"github.com/amends-dev/amends/incident"
)

// The Atom feed in the form that Statuspage gives it (RFC 4287).
type (
	atomLink struct {
		Rel  string `xml:"rel,attr"`
		Type string `xml:"type,attr"`
		Href string `xml:"href,attr"`
	}
	atomText struct {
		Type string `xml:"type,attr"`
		Text string `xml:",chardata"`
	}
	atomEntry struct {
		ID        string   `xml:"id"`
		Published string   `xml:"published"`
		Updated   string   `xml:"updated"`
		Link      atomLink `xml:"link"`
		Title     string   `xml:"title"`
		Content   atomText `xml:"content"`
	}
	atomDoc struct {
		XMLName   xml.Name    `xml:"feed"`
		Lang      string      `xml:"xml:lang,attr"`
		Namespace string      `xml:"xmlns,attr"`
		ID        string      `xml:"id"`
		Links     []atomLink  `xml:"link"`
		Title     string      `xml:"title"`
		Updated   string      `xml:"updated"`
		Author    string      `xml:"author>name"`
		Entries   []atomEntry `xml:"entry"`
	}
)

// The RSS 2.0 feed, with what the Atom feed says.
type (
	rssItem struct {
		Title       string  `xml:"title"`
		Description string  `xml:"description"`
		Published   string  `xml:"pubDate"`
		Link        string  `xml:"link"`
		GUID        rssGUID `xml:"guid"`
	}
	rssGUID struct {
		PermaLink bool   `xml:"isPermaLink,attr"`
		ID        string `xml:",chardata"`
	}
	rssChannel struct {
		Title       string    `xml:"title"`
		Link        string    `xml:"link"`
		Description string    `xml:"description"`
		Language    string    `xml:"language"`
		Published   string    `xml:"pubDate"`
		Items       []rssItem `xml:"item"`
	}
	rssDoc struct {
		XMLName xml.Name   `xml:"rss"`
		Version string     `xml:"version,attr"`
		Channel rssChannel `xml:"channel"`
	}
)

// entry is one incident as both feeds tell it. It is one entry for all of its
// life: its content and its time change.
type entry struct {
	tag, link, title, html string
	published, updated     time.Time
}

func (c *content) entries(language string) []entry {
	var out []entry
	for _, s := range c.stories[:min(len(c.stories), mostListed)] {
		title, _ := s.name(language, c.first)
		out = append(out, entry{
			tag:   "tag:" + c.base.Hostname() + ",2005:Incident/" + url.PathEscape(s.id),
			link:  c.page.URL + incidentPath(s.id),
			title: title, html: c.feedHTML(s, language), published: s.created, updated: s.changed,
		})
	}
	return out
}

// feedHTML tells all updates of an incident, newest first. All that was
// written by people is escaped in it.
func (c *content) feedHTML(s *story, language string) string {
	var b strings.Builder
	words := c.words[language]
	for i, u := range s.updates {
		t := u.at.In(c.zone)
		b.WriteString("<p><small>" + t.Format("Jan") + " <var data-var='date'>" + t.Format("2") + "</var>, <var data-var='time'>" +
			t.Format("15:04") + "</var> " + template.HTMLEscapeString(t.Format("MST")) + "</small><br><strong>")
		label := feedLabel(s, u)
		if i+1 < len(s.updates) && label == feedLabel(s, s.updates[i+1]) {
			label = "Update"
		}
		b.WriteString(label + "</strong> - ")
		body := template.HTMLEscapeString(c.bodyIn(u, words, language))
		b.WriteString(strings.ReplaceAll(body, "\n", "<br />") + "</p>")
	}
	return b.String()
}

// feedLabel is an update's status as Statuspage's feeds write it, in English like all of their form.
func feedLabel(s *story, u *update) string {
	switch {
	case u.purpose == incident.PurposeExplanation && !s.maintenance:
		return "Postmortem"
	case u.status == incident.StatusResolved && !s.maintenance:
		return "Resolved" // what it says of itself, confirmed or not
	}
	label := strings.ReplaceAll(apiUpdate(s, u), "_", " ")
	return strings.ToUpper(label[:1]) + label[1:]
}

// feedURL is the address of a document for programs, in a language.
func (c *content) feedURL(path, language string) string {
	if language == c.first {
		return c.page.URL + path
	}
	return c.page.URL + path + "?lang=" + url.QueryEscape(language)
}

func (c *content) atom(language string) ([]byte, error) {
	doc := atomDoc{
		Lang: feedLanguage(language), Namespace: "http://www.w3.org/2005/Atom",
		ID: "tag:" + c.base.Hostname() + ",2005:/history",
		Links: []atomLink{
			{Rel: "alternate", Type: "text/html", Href: c.page.URL},
			{Rel: "self", Type: "application/atom+xml", Href: c.feedURL("/history.atom", language)},
		},
		Title: c.words[language].fill("feed.title", "name", c.page.Name), Updated: atomTime(c.updated), Author: c.page.Name,
	}
	for _, e := range c.entries(language) {
		doc.Entries = append(doc.Entries, atomEntry{
			ID: e.tag, Published: atomTime(e.published), Updated: atomTime(e.updated),
			Link:  atomLink{Rel: "alternate", Type: "text/html", Href: e.link},
			Title: e.title, Content: atomText{Type: "html", Text: e.html},
		})
	}
	return encodeXML(doc)
}

func (c *content) rss(language string) ([]byte, error) {
	title := c.words[language].fill("feed.title", "name", c.page.Name)
	doc := rssDoc{Version: "2.0", Channel: rssChannel{
		Title: title, Link: c.page.URL, Description: title, Language: language, Published: c.updated.UTC().Format(time.RFC1123Z),
	}}
	for _, e := range c.entries(language) {
		doc.Channel.Items = append(doc.Channel.Items, rssItem{
			Title: e.title, Description: e.html, Published: e.updated.UTC().Format(time.RFC1123Z), Link: e.link,
			GUID: rssGUID{PermaLink: true, ID: e.link},
		})
	}
	return encodeXML(doc)
}

// feedLanguage is what Statuspage writes for English.
func feedLanguage(tag string) string {
	if tag == "en" {
		return "en-US"
	}
	return tag
}

func atomTime(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// encodeXML writes a document in the form that Statuspage gives it: empty
// elements and apostrophes in short. Characters that XML cannot hold are replaced.
func encodeXML(doc any) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString(xml.Header)
	e := xml.NewEncoder(&b)
	e.Indent("", "  ")
	if err := e.Encode(doc); err != nil {
		return nil, err
	}
	b.WriteByte('\n')
	// In what was encoded, neither can be anything else: a "<" or "&" of a text is escaped itself.
	out := bytes.ReplaceAll(b.Bytes(), []byte(`"></link>`), []byte(`"/>`))
	return bytes.ReplaceAll(out, []byte("&#39;"), []byte("'")), nil
}
