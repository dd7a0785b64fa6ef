package slacknotify

import (
	"encoding/json"
	"errors"
	"strings"

	"github.com/amends-dev/amends/internal/prose"
	"github.com/amends-dev/amends/notify"
)

// Bounds of what is shown. Slack refuses blocks that are too long together, at a
// length that it does not document: about 12,000 characters, of which
// containers take their share. Their size as JSON in bytes is never less than what Slack counts.
const (
	maxBlocks  = 10_000
	maxSubject = 500
)

// content is what a message shows. Blocks are what people see. Text is for
// notifications and screen readers, and so says the same.
type content struct {
	Text   string    `json:"text,omitempty"`
	Blocks []element `json:"blocks,omitempty"`
	// Nothing in Text is looked through for addresses and names. What Slack would still obey is escaped.
	Parse     string `json:"parse"`
	LinkNames bool   `json:"link_names"`
}

// post is a new message.
type post struct {
	content

	Channel     string `json:"channel,omitempty"`
	Thread      string `json:"thread_ts,omitempty"`
	Broadcast   bool   `json:"reply_broadcast,omitempty"`
	Markdown    bool   `json:"mrkdwn"`
	UnfurlLinks bool   `json:"unfurl_links"`
	UnfurlMedia bool   `json:"unfurl_media"`
}

// update changes a message. Without text and blocks it keeps those that it has.
type update struct {
	content

	Channel     string       `json:"channel"`
	TS          string       `json:"ts"`
	Attachments []attachment `json:"attachments"` // always there: an empty list takes away what was attached
}

// attachment is what is shown below a message.
type attachment struct {
	Blocks []element `json:"blocks"`
}

// element is a block, a part of one, or a piece of text in it.
type element struct {
	Type     string    `json:"type"`
	Elements []element `json:"elements,omitempty"`
	Text     any       `json:"text,omitempty"` // a string, or the text object of a section
	URL      string    `json:"url,omitempty"`
	Style    any       `json:"style,omitempty"` // of a list its kind, of a text how it looks
	Emoji    *bool     `json:"emoji,omitempty"`
}

// errEmpty: Slack refuses a message that says nothing.
var errEmpty = errors.New("slacknotify: writing the message: it has neither a subject nor a text")

// show makes a message's content. It is cut if it is too long for Slack.
func show(m *notify.Message) (content, error) {
	subject, text := title(m), prose.Plain(m.Text)
	if subject == "" && strings.TrimSpace(text) == "" {
		return content{}, notify.Permanent(errEmpty)
	}
	links := m.Links()
	text = prose.Fit(text, maxBlocks, func(text string) int {
		b, _ := json.Marshal(blocks(subject, text, links)) // it cannot fail: strings all the way down
		return len(b)
	})
	return content{
		Text:   escape(strings.TrimSpace(subject + "\n\n" + text)),
		Blocks: blocks(subject, text, links),
		Parse:  "none",
	}, nil
}

// title is a message's subject, cut if it is very long.
func title(m *notify.Message) string {
	return prose.OneLine(prose.Fit(prose.OneLine(m.Subject), maxSubject, func(s string) int { return len(s) }))
}

// state is what the first message of a thread says of the newest one.
func state(m *notify.Message) []attachment {
	subject := title(m)
	if subject == "" {
		return []attachment{}
	}
	off := false
	return []attachment{{Blocks: []element{{
		Type: "section",
		Text: element{Type: "plain_text", Text: escape(subject), Emoji: &off},
	}}}}
}

// escape makes the three characters harmless that Slack reads as control
// sequences in every text: mentions, links and entities begin with one of them.
func escape(text string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
}

// blocks makes rich text. In it a piece of text is shown as it is, whatever
// it holds; mentions and links are pieces of other types.
func blocks(subject, text string, links []string) []element {
	var parts []element
	if subject != "" {
		parts = append(parts, element{Type: "rich_text_section", Elements: []element{
			{Type: "text", Text: subject, Style: map[string]bool{"bold": true}},
		}})
	}
	for _, b := range prose.Blocks(text, links...) {
		switch b.Kind {
		case "list":
			list := element{Type: "rich_text_list", Style: "bullet"}
			for _, line := range b.Lines {
				list.Elements = append(list.Elements, section("rich_text_section", "", line))
			}
			parts = append(parts, list)
		case "quote":
			parts = append(parts, section("rich_text_quote", "", b.Lines...))
		default: // an empty line before it, except at the very beginning
			gap := "\n"
			if len(parts) == 0 {
				gap = ""
			}
			parts = append(parts, section("rich_text_section", gap, b.Lines...))
		}
	}
	return []element{{Type: "rich_text", Elements: parts}}
}

// section makes an element of lines. Slack refuses empty ones.
func section(kind, before string, lines ...[]prose.Span) element {
	out := element{Type: kind}
	var text strings.Builder
	text.WriteString(before)
	flush := func() {
		if text.Len() > 0 {
			out.Elements = append(out.Elements, element{Type: "text", Text: text.String()})
			text.Reset()
		}
	}
	for i, line := range lines {
		if i > 0 {
			text.WriteByte('\n')
		}
		for _, s := range line {
			if s.Link {
				flush()
				out.Elements = append(out.Elements, element{Type: "link", URL: s.Text})
				continue
			}
			text.WriteString(s.Text)
		}
	}
	if flush(); len(out.Elements) == 0 {
		out.Elements = []element{{Type: "text", Text: " "}}
	}
	return out
}
