// Package prose cuts plain text into paragraphs, lists and quotations, for
// packages that make a page of what a person wrote. Nothing in a text is markup:
// [Template] shows the pieces through html/template, which escapes them.
package prose

import (
	"strings"
	"unicode"
)

// Template defines "prose" for html/template: it shows a list of blocks. Its
// data is the result of [Blocks].
const Template = `{{define "prose"}}{{range . -}}
{{if eq .Kind "list"}}<ul>
{{range .Lines}}<li>{{template "line" .}}</li>
{{end}}</ul>
{{else if eq .Kind "quote"}}<blockquote>{{template "lines" .Lines}}</blockquote>
{{else}}<p>{{template "lines" .Lines}}</p>
{{end}}{{end -}}{{end -}}
{{define "lines"}}{{range $i, $line := .}}{{if $i}}<br>
{{end}}{{template "line" $line}}{{end}}{{end -}}
{{define "line"}}{{range .}}{{if .Link}}<a href="{{.Text}}">{{.Text}}</a>{{else}}{{.Text}}{{end}}{{end}}{{end}}`

// Block is a paragraph ("text"), a list or a quotation ("quote").
type Block struct {
	Kind  string
	Lines [][]Span
}

// Span is a piece of a line; a link's text is its address.
type Span struct {
	Text string
	Link bool
}

// Blocks cuts text at empty lines and where lists ("- ") and quotations ("> ")
// begin and end. Only the given links become links, and only with http or https:
// an address in what somebody wrote does not.
func Blocks(text string, links ...string) []Block {
	links = webLinks(links)
	var out []Block
	kind := ""
	for line := range strings.SplitSeq(text, "\n") {
		next := "text"
		switch {
		case line == "":
			kind = ""
			continue
		case strings.HasPrefix(line, "- "):
			next, line = "list", line[2:]
		case strings.HasPrefix(line, "> "), line == ">":
			next, line = "quote", strings.TrimPrefix(line[1:], " ")
		}
		if next != kind {
			out = append(out, Block{Kind: next})
			kind = next
		}
		last := &out[len(out)-1]
		if next == "quote" {
			// A quotation is somebody else's text: nothing in it becomes a link.
			last.Lines = append(last.Lines, []Span{{Text: line}})
			continue
		}
		last.Lines = append(last.Lines, spans(line, links))
	}
	return out
}

// webLinks keeps what may become a link.
func webLinks(links []string) []string {
	var keep []string
	for _, l := range links {
		if strings.HasPrefix(l, "https://") || strings.HasPrefix(l, "http://") {
			keep = append(keep, l)
		}
	}
	return keep
}

// spans cuts a line at the first of the links in it, and goes on behind that.
func spans(line string, links []string) []Span {
	at, link := -1, ""
	for _, l := range links {
		for i, from := 0, 0; i >= 0; from = i + len(l) {
			if i = strings.Index(line[from:], l); i < 0 {
				break
			}
			i += from
			// An address that only begins like the link is another one.
			if after := line[i+len(l):]; after != "" && !strings.ContainsAny(after[:1], " .,;:)>\t") {
				continue
			}
			if at < 0 || i < at {
				at, link = i, l
			}
			break
		}
	}
	var out []Span
	if at < 0 {
		if line != "" {
			out = append(out, Span{Text: line})
		}
		return out
	}
	if at > 0 {
		out = append(out, Span{Text: line[:at]})
	}
	out = append(out, Span{Text: link, Link: true})
	return append(out, spans(line[at+len(link):], links)...)
}

// Plain makes text of any origin safe to show: line feeds only, no other control
// characters, valid UTF-8.
func Plain(text string) string {
	text = strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\r\n", "\n")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r == '\r' || r == '\u0085' || r == '\u2028' || r == '\u2029':
			return '\n'
		case unicode.IsControl(r):
			return -1
		}
		return r
	}, text)
}

// OneLine makes text safe for a title or a header: no line break, no control character.
func OneLine(text string) string {
	return strings.Join(strings.Fields(Plain(text)), " ")
}

// Paragraphs trims lines at their ends and leaves one empty line between paragraphs.
func Paragraphs(text string) string {
	var out []string
	empty := 0
	for line := range strings.SplitSeq(text, "\n") {
		line = strings.TrimRightFunc(line, unicode.IsSpace)
		if line == "" {
			empty++
			continue
		}
		if empty > 0 && len(out) > 0 {
			out = append(out, "")
		}
		empty = 0
		out = append(out, line)
	}
	return strings.Join(out, "\n")
}
