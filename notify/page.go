package notify

import (
	"fmt"
	"html/template"
	"strings"
)

// layout is the page made of a message's text. It is escaped by html/template.
//
//nolint:gochecknoglobals // compiled once, never written
var layout = template.Must(template.New("page").Parse(`<!doctype html>
<html lang="{{.Locale}}">
<head><meta charset="utf-8"><title>{{.Subject}}</title></head>
<body>
{{range .Blocks -}}
{{if eq .Kind "list"}}<ul>
{{range .Lines}}<li>{{template "line" .}}</li>
{{end}}</ul>
{{else if eq .Kind "quote"}}<blockquote>{{template "lines" .Lines}}</blockquote>
{{else}}<p>{{template "lines" .Lines}}</p>
{{end}}{{end -}}
</body>
</html>
{{define "lines"}}{{range $i, $line := .}}{{if $i}}<br>
{{end}}{{template "line" $line}}{{end}}{{end -}}
{{define "line"}}{{range .}}{{if .Link}}<a href="{{.Text}}">{{.Text}}</a>{{else}}{{.Text}}{{end}}{{end}}{{end}}`))

// block is a paragraph, a list or a quotation.
type block struct {
	Kind  string
	Lines [][]span
}

// span is a piece of a line; a link's text is its address.
type span struct {
	Text string
	Link bool
}

// page makes HTML of a message's text, so that both say the same (R49). Only the
// given links become links: an address in what a customer wrote does not.
func page(m *Message, links []string) (string, error) {
	var out strings.Builder
	err := layout.Execute(&out, struct {
		Locale, Subject string
		Blocks          []block
	}{m.Locale, m.Subject, blocks(m.Text, webLinks(links))})
	if err != nil {
		return "", fmt.Errorf("making a page of the text: %w", err)
	}
	return out.String(), nil
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

// blocks cuts text at empty lines and where lists and quotations begin and end.
func blocks(text string, links []string) []block {
	var out []block
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
			out = append(out, block{Kind: next})
			kind = next
		}
		if next == "quote" {
			// A quotation is the customer's own text: nothing in it becomes a link.
			out[len(out)-1].Lines = append(out[len(out)-1].Lines, []span{{Text: line}})
			continue
		}
		out[len(out)-1].Lines = append(out[len(out)-1].Lines, spans(line, links))
	}
	return out
}

// spans cuts a line at the first of the links in it, and goes on behind that.
func spans(line string, links []string) []span {
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
	var out []span
	if at < 0 {
		if line != "" {
			out = append(out, span{Text: line})
		}
		return out
	}
	if at > 0 {
		out = append(out, span{Text: line[:at]})
	}
	out = append(out, span{Text: link, Link: true})
	return append(out, spans(line[at+len(link):], links)...)
}
