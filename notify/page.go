package notify

import (
	"fmt"
	"html/template"
	"strings"

	"github.com/amends-dev/amends/internal/prose"
)

// layout is the page made of a message's text. It is escaped by html/template.
//
//nolint:gochecknoglobals // compiled once, never written
var layout = template.Must(template.New("page").Parse(`<!doctype html>
<html lang="{{.Locale}}">
<head><meta charset="utf-8"><title>{{.Subject}}</title></head>
<body>
{{template "prose" .Blocks}}</body>
</html>
` + prose.Template))

// page makes HTML of a message's text, so that both say the same (R49). Only the
// given links become links: an address in what a customer wrote does not.
func page(m *Message, links []string) (string, error) {
	var out strings.Builder
	err := layout.Execute(&out, struct {
		Locale, Subject string
		Blocks          []prose.Block
	}{m.Locale, m.Subject, prose.Blocks(m.Text, links...)})
	if err != nil {
		return "", fmt.Errorf("making a page of the text: %w", err)
	}
	return out.String(), nil
}
