package teamsnotify

import (
	"encoding/json"
	"errors"
	"maps"
	"strings"

	"github.com/amends-dev/amends/internal/prose"
	"github.com/amends-dev/amends/notify"
)

// Bounds of what is shown. Teams takes 28 KB in UTF-16, of which n bytes of JSON
// are at most twice as many.
const (
	maxCard    = 14_000
	maxSubject = 500
)

// object is one of JSON.
type object = map[string]any

// errEmpty: Teams would show an empty card.
var errEmpty = errors.New("teamsnotify: writing the card: the message has neither a subject nor a text")

// payload wraps a card as the trigger "When a Teams webhook request is received"
// wants it. The text is cut if it is too long for one.
func payload(m *notify.Message) (object, error) {
	subject := prose.OneLine(prose.Fit(prose.OneLine(m.Subject), maxSubject, func(s string) int { return len(s) }))
	text := prose.Plain(m.Text)
	if subject == "" && strings.TrimSpace(text) == "" {
		return nil, notify.Permanent(errEmpty)
	}
	wrap := func(text string) object {
		return object{"type": "message", "attachments": []object{{
			"contentType": "application/vnd.microsoft.card.adaptive",
			"content": object{
				"type": "AdaptiveCard", "version": "1.4", "body": body(subject, text, m.Links()),
				"msteams": object{"width": "Full"},
			},
		}}}
	}
	return wrap(prose.Fit(text, maxCard, func(text string) int {
		b, _ := json.Marshal(wrap(text)) // it cannot fail: strings all the way down
		return len(b)
	})), nil
}

// body makes a block of each line. A TextBlock would obey Markdown; text in a
// RichTextBlock is shown as it is, and a link is a run with an action.
func body(subject, text string, links []string) []object {
	var out []object
	block := func(spacing string, runs []object) {
		if len(runs) > 0 {
			out = append(out, object{"type": "RichTextBlock", "spacing": spacing, "inlines": runs})
		}
	}
	block("Default", runs(subject, object{"weight": "Bolder", "size": "Medium"}))
	for _, b := range prose.Blocks(text, links...) {
		spacing, style, mark := "Medium", object(nil), ""
		switch b.Kind {
		case "list":
			mark = "• "
		case "quote":
			style = object{"italic": true, "isSubtle": true}
		}
		for _, line := range b.Lines {
			all := runs(mark, nil)
			for _, s := range line {
				look := style
				if s.Link {
					look = object{"selectAction": object{"type": "Action.OpenUrl", "url": s.Text}}
				}
				all = append(all, runs(s.Text, look)...)
			}
			block(spacing, all)
			spacing = "None"
		}
	}
	return out
}

// runs makes runs of a text. The functions for dates begin with two braces and
// are obeyed in runs, too, but not across them: so a run ends with each brace.
func runs(text string, style object) []object {
	var out []object
	for piece := range strings.SplitAfterSeq(text, "{") {
		if piece != "" {
			run := object{"type": "TextRun", "text": piece}
			maps.Copy(run, style)
			out = append(out, run)
		}
	}
	return out
}
