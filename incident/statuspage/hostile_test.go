package statuspage_test

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/incident/statuspage"
	"github.com/amends-dev/amends/internal/prose"
)

// nasty are texts that have broken pages before.
func nasty() []string {
	return []string{
		"", " ", "plain words",
		"<script>alert(1)</script>", "</title><script>alert(1)</script>", "</style><img src=x onerror=alert(1)>", `" onmouseover="alert(1)`, `' onfocus='alert(1)' autofocus='`,
		"<!-- ", "--> <b>", "<![CDATA[ x ]]>", "]]>", "<?xml version='1.0'?>", "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>&e;", "&lt;b&gt; &amp;amp; &#60;i&#62; &nbsp;",
		"</p></div></main></body></html>", "<base href=//evil.example>", "<meta http-equiv=refresh content=0>", "<svg/onload=alert(1)>", "<iframe srcdoc='<p>'>", "<a href=javascript:alert(1)>x</a>",
		"[link](javascript:alert(1)) **bold** `code` # heading", "javascript:alert(1)", "https://evil.example/?a=b&c=d", "{{.}} {{template \"x\"}} ${7*7} {time}",
		"a\r\nSet-Cookie: x=1", "a\x00b\x07\x1b[31m\x7f", "\x12", "a\u0085b\u2028c\u2029d", "\u202eevil\u202c \u2066a\u2069 \u200f\u200e", "\ufeff\ufffe\uffff", "\xff\xfe\xc3\x28", "\xed\xa0\x80",
		"مرحبا بالعالم", "שלום", "日本語の障害", "👩‍👩‍👧‍👦 é é", "- list\n- of\n> quote\n>\n\n\n  text", "-", ">", "- ", "> ", ">x\n-x",
		`\u003cscript\u003e`, `\"`, `"},{"id":"x"`, "\\", "%3Cscript%3E", "a\tb", "'\"`<>&=/", strings.Repeat("<b>", 200), strings.Repeat("x", 5000),
		"var data-var='date'>", "</strong> - <p>", "&#39;", "\"></link>", "&amp;#39;",
	}
}

// harmless is a text with the same lines, lists and quotations, made of nothing but letters.
func harmless(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '-' || r == '>' {
			return r
		}
		return 'x'
	}, prose.Plain(s))
}

// written is a handler for a page on which people wrote nothing but s.
func written(tb testing.TB, s string) *statuspage.Handler {
	tb.Helper()
	w := newWorld(tb)
	at := now().Add(-time.Hour)
	text := incident.Text{Subject: "s " + s, Body: s}
	say := func(id string, purpose incident.Purpose, more func(*incident.StatementDrafted)) string {
		d := incident.StatementDrafted{
			Purpose: purpose, Audiences: []incident.Audience{incident.AudiencePublic}, Person: s, Contact: s,
			Texts: map[string]incident.Text{"en": text, s + " ": text},
		}
		if more != nil {
			more(&d)
		}
		st := w.add(id, at, d)
		w.add(id, at, incident.StatementApproved{Statement: st}, incident.StatementPublished{Statement: st})
		at = at.Add(time.Minute)
		return st
	}
	part := incident.Component{ID: "p" + s, Name: s}
	w.declare("inc", s, incident.SeverityMajor, at, part)
	ask := w.add("inc", at, incident.RequestMade{State: s, Steps: []string{s, s}, Consequence: s})
	wrong := say("inc", incident.PurposeUpdate, nil)
	say("inc", incident.PurposeCorrection, func(d *incident.StatementDrafted) { d.Corrects, d.Requests = wrong, []string{ask} })
	w.add("inc", at, incident.PromiseMade{Promise: incident.PromisePrevention, What: s, Due: incident.Moment{At: now().Add(time.Hour), Zone: s}})
	say("inc", incident.PurposeUpdate, func(d *incident.StatementDrafted) { d.Status = incident.Status(s) + "!" })
	w.declare("twin", s, incident.SeverityMinor, at, part)
	say("twin", incident.PurposeUpdate, nil)
	w.add("twin", at, incident.MergedInto{Into: "inc"})
	w.add("inc", at, incident.Absorbed{From: "twin"})
	w.declare("old", s, incident.Severity(s), at)
	say("old", incident.PurposeExplanation, nil)
	w.add("old", at, incident.StatusChanged{From: incident.StatusDetected, To: incident.StatusClosed})
	w.add("work", at, incident.MaintenanceScheduled{Space: space, Title: s, Planned: incident.Window{From: now().Add(time.Hour)}, Components: []incident.Component{part}})
	say("work", incident.PurposeAnnouncement, nil)
	h, err := statuspage.NewHandler(w.store, space, statuspage.Page{ID: s, Name: "n" + s, URL: "https://status.example.com"}, &statuspage.HandlerOptions{
		Now: now, NextUpdate: true,
		Catalog: statuspage.Catalog{
			Groups:     []statuspage.Group{{ID: "g" + s, Name: s, Description: s}},
			Components: []statuspage.Component{{ID: "c" + s, Name: s, Description: s, Group: "g" + s, Core: true}},
		},
		Contact: statuspage.Link{Text: "c" + s, URL: "mailto:x@example.com"}, Subscribe: []statuspage.Link{{Text: "c" + s, URL: "https://example.com"}},
		Texts: map[string]map[string]string{"de": {"open": "o" + strings.NewReplacer("{", "", "}", "").Replace(s)}},
	})
	require.NoError(tb, err)
	return h
}

func FuzzPageNeverEmitsMarkup(f *testing.F) {
	for _, s := range nasty() {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		// What is longer only takes longer: TestHugeTexts has it.
		if len(s) > 20_000 {
			t.Skip("too long")
		}
		checkHostile(t, s)
	})
}

func checkHostile(t *testing.T, s string) {
	t.Helper()
	h, tame := written(t, s), written(t, harmless(s))
	for _, path := range []string{"/", "/?lang=de", "/history", "/incidents/inc", "/incidents/inc?lang=de", "/incidents/old", "/incidents/work"} {
		body := get(t, h, path).Body.String()
		require.Equal(t, tree(t, get(t, tame, path).Body.String()), tree(t, body), "%q on %s makes elements", s, path)
		for _, href := range links(t, body) {
			require.True(t, strings.HasPrefix(href, "/") && !strings.HasPrefix(href, "//") || strings.HasPrefix(href, "#") ||
				slices.Contains([]string{"mailto:x@example.com", "https://example.com", "data:,"}, href), "%q on %s makes the link %q", s, path, href)
		}
	}
	for path := range documentShapes() {
		body := get(t, h, path).Body.Bytes()
		require.True(t, json.Valid(body), "%q in %s", s, path)
	}
	for _, path := range []string{"/api/v2/incidents.json", "/api/v2/summary.json", "/api/v2/scheduled-maintenances.json"} {
		want := documentShapes()[path]
		if path == "/api/v2/incidents.json" {
			want = shape{want[0], {"incidents", list(append(incidentShape(incidents, incidents, impacts), field{"next_update_at", orNull(stamp)}))}}
			require.Empty(t, mismatchesOf(get(t, h, path).Body.Bytes(), want), "%q in %s", s, path)
		}
	}
	for _, path := range []string{"/history.atom", "/history.rss", "/history.atom?lang=de"} {
		contents := wellFormed(t, get(t, h, path).Body.String())
		want := wellFormed(t, get(t, tame, path).Body.String())
		require.Len(t, contents, len(want))
		for i := range contents {
			require.Equal(t, tree(t, want[i]), tree(t, contents[i]), "%q in %s makes elements", s, path)
		}
	}
}

// mismatchesOf is mismatches without the order of fields.
func mismatchesOf(doc []byte, want shape) string {
	var v any
	if err := json.Unmarshal(doc, &v); err != nil {
		return err.Error()
	}
	return want.fits(v)
}

// wellFormed reads all of an XML document and returns the HTML in it.
func wellFormed(t *testing.T, doc string) []string {
	t.Helper()
	var out []string
	d := xml.NewDecoder(strings.NewReader(doc))
	name := ""
	text := ""
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			return out
		}
		require.NoError(t, err)
		switch tok := tok.(type) {
		case xml.StartElement:
			name, text = tok.Name.Local, ""
		case xml.CharData:
			text += string(tok)
		case xml.EndElement:
			if name == "content" || name == "description" && strings.HasPrefix(text, "<p>") {
				out = append(out, text)
			}
			name = ""
		}
	}
}

// tree lists the elements of a page with the names of their attributes.
func tree(t *testing.T, page string) string {
	t.Helper()
	var b strings.Builder
	walk(t, page, func(n *html.Node, depth int) {
		b.WriteString(strings.Repeat(" ", depth) + n.Data)
		for _, a := range n.Attr {
			b.WriteString(" " + a.Key)
		}
		b.WriteByte('\n')
	})
	return b.String()
}

// links lists where a page leads to or loads from.
func links(t *testing.T, page string) []string {
	t.Helper()
	var out []string
	walk(t, page, func(n *html.Node, _ int) {
		for _, a := range n.Attr {
			if slices.Contains([]string{"href", "src", "action", "srcset", "data", "formaction", "poster", "xlink:href"}, a.Key) {
				out = append(out, a.Val)
			}
		}
	})
	return out
}

func walk(t *testing.T, page string, visit func(n *html.Node, depth int)) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	require.NoError(t, err)
	var down func(n *html.Node, depth int)
	down = func(n *html.Node, depth int) {
		if n.Type == html.ElementNode {
			visit(n, depth)
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			down(c, depth+1)
		}
	}
	down(root, 0)
}

// The comparison can tell.
func TestMarkupWouldBeFound(t *testing.T) {
	t.Parallel()
	assert.NotEqual(t, tree(t, "<p>a &lt;b&gt;</p>"), tree(t, "<p>a <b></p>"))
	assert.NotEqual(t, tree(t, `<p title="x">`), tree(t, `<p title="" onclick="x">`))
	assert.Equal(t, []string{"javascript:x"}, links(t, `<a href="javascript:x">`))
}

// A text of a megabyte is shown, not cut and not executed.
func TestHugeTexts(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]string{
		"one word":    strings.Repeat("x", 1<<20),
		"markup":      strings.Repeat("<b onclick=x>", 1<<20/13),
		"lines":       strings.Repeat("\n", 1<<20) + "end",
		"quotations":  strings.Repeat("> x\n", 1<<18),
		"zeros":       strings.Repeat("\x00", 1<<20) + "end",
		"one brace":   strings.Repeat("{", 1<<20),
		"marks piled": "x" + strings.Repeat("\u0301", 1<<19),
	} {
		w := newWorld(t)
		w.declare("inc", "n", incident.SeverityMinor, now().Add(-time.Hour), incident.Component{ID: "c", Name: s})
		w.say("inc", now().Add(-time.Minute), word{subject: s, en: s})
		h := handler(t, w.store, options())
		for _, path := range []string{"/", "/incidents/inc", "/history.atom", "/api/v2/summary.json"} {
			r := get(t, h, path)
			assert.Equal(t, 200, r.Code, name)
			if name == "one word" {
				assert.GreaterOrEqual(t, strings.Count(r.Body.String(), "x"), 1<<20, "%s %s", name, path)
			}
		}
	}
}
