package slacknotify_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/notify/notifytest"
	"github.com/amends-dev/amends/notify/slacknotify"
)

var golden = flag.Bool("update", false, "rewrite the golden files")

// compare holds a body against its golden file: people read these messages when
// things are bad, so every change is looked at.
func compare(t *testing.T, name string, body []byte) {
	t.Helper()
	var pretty bytes.Buffer
	require.NoError(t, json.Indent(&pretty, body, "", "  "))
	pretty.WriteByte('\n')
	file := filepath.Join("testdata", name+".json")
	if *golden {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(file, pretty.Bytes(), 0o600))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, string(want), pretty.String())
}

func render(t testing.TB, kind, locale string) *notify.Message {
	t.Helper()
	ts, err := notify.NewTemplates(nil, nil)
	require.NoError(t, err)
	m, err := ts.Render(kind, "slack", locale, notify.Sample()[kind])
	require.NoError(t, err)
	return m
}

func TestGoldenPayloads(t *testing.T) {
	t.Parallel()
	s := newSlack(t)
	b := newBot(t, s.url, slacknotify.BotOptions{})
	thread(t, b, "C0AMENDS", render(t, notify.KindUpdate, "en"), render(t, notify.KindResolution, "en"))
	send(t, newWebhook(t, ""), delivery("d-3", s.url+"/services/T0/B0/key", render(t, notify.KindAcknowledgement, "de")))
	inPlace := newBot(t, s.url, slacknotify.BotOptions{Follow: slacknotify.FollowUpdate})
	thread(t, inPlace, "C0BOARD", update(1, "Restores fail", "We are on it."), update(2, "Fixed on our side", "Restores work."))
	for i, name := range []string{"first", "state", "reply", "webhook", "", "in_place"} {
		if name != "" {
			compare(t, name, s.bodies[i])
		}
	}
}

// hostile is what a customer or an attacker may write into a title or a report.
var hostile = []string{
	"<!channel> <!here> <!everyone>",
	"<@U0VICTIM> <#C0SECRET> <!subteam^S0ADMINS>",
	"<https://evil.example/|https://status.example.com/i/1>",
	"<!date^1392734382^{date}^https://evil.example/|now>",
	"https://evil.example/ evil.example mailto:evil@evil.example @channel @here #general",
	"*bold* _it_ ~gone~ `code` ```block``` > quote :rotating_light:",
	"[label](https://evil.example/)",
	"&lt;!channel&gt; &amp;lt;!channel&amp;gt;",
	`"}],"channel":"C0OTHER","text":"<!channel>","x":[{"y":"`,
	"line\r\n<!channel>\u2028<!here>\x00\x1b[31m\xff",
	"> quoted: https://status.example.com/i/1",
}

// audit fails if anything in a body can have another meaning than to be shown,
// except links, which must be among those given. It does not know how the body
// was made: it reads it as Slack documents it.
func audit(t testing.TB, body []byte, links []string) {
	t.Helper()
	require.True(t, utf8.Valid(body))
	var v map[string]any
	require.NoError(t, json.Unmarshal(body, &v))
	for key, x := range v {
		switch key {
		case "text":
			// Parsed by Slack: only the three entities may hold what it obeys.
			inert(t, fmt.Sprint(x))
		case "blocks", "attachments":
			inspect(t, x, links)
		case "channel", "thread_ts", "ts":
		case "parse":
			assert.Equal(t, "none", x)
		case "mrkdwn", "link_names", "unfurl_links", "unfurl_media":
			assert.Equal(t, false, x, key)
		case "reply_broadcast":
		default:
			t.Errorf("nobody asked for %q", key)
		}
	}
}

// inert says that a text which Slack parses holds no control sequence.
func inert(t testing.TB, text string) {
	t.Helper()
	if strings.ContainsAny(text, "<>") {
		t.Errorf("%q holds a control sequence", text)
	}
	for rest := text; ; {
		_, after, found := strings.Cut(rest, "&")
		if !found {
			return
		}
		if !strings.HasPrefix(after, "amp;") && !strings.HasPrefix(after, "lt;") && !strings.HasPrefix(after, "gt;") {
			t.Errorf("%q holds an ampersand that is not escaped", text)
		}
		rest = after
	}
}

// inspect walks blocks: which types there are decides what can happen.
func inspect(t testing.TB, x any, links []string) {
	t.Helper()
	switch x := x.(type) {
	case []any:
		for _, y := range x {
			inspect(t, y, links)
		}
	case map[string]any:
		keys := map[string]bool{}
		for key := range x {
			keys[key] = true
		}
		kind := x["type"]
		switch kind {
		case nil: // an attachment
			assert.Equal(t, map[string]bool{"blocks": true}, keys)
			inspect(t, x["blocks"], links)
			return
		case "rich_text", "rich_text_section", "rich_text_quote", "rich_text_list":
			delete(keys, "elements")
			if kind == "rich_text_list" {
				assert.Equal(t, "bullet", x["style"])
				delete(keys, "style")
			}
			assert.NotEmpty(t, x["elements"], "Slack refuses an empty element")
			inspect(t, x["elements"], links)
		case "section":
			delete(keys, "text")
			inspect(t, x["text"], links)
		case "text":
			delete(keys, "text")
			if style, ok := x["style"]; ok {
				assert.Equal(t, map[string]any{"bold": true}, style)
				delete(keys, "style")
			}
			assert.NotEmpty(t, x["text"], "Slack refuses an empty text")
		case "plain_text":
			delete(keys, "text")
			delete(keys, "emoji")
			assert.Equal(t, false, x["emoji"])
			inert(t, fmt.Sprint(x["text"]))
			assert.LessOrEqual(t, utf8.RuneCountInString(fmt.Sprint(x["text"])), 3000)
		case "link":
			delete(keys, "url")
			assert.True(t, slices.Contains(links, fmt.Sprint(x["url"])), "%q is no link of ours", x["url"])
		default:
			t.Errorf("a piece of type %q", kind)
		}
		delete(keys, "type")
		assert.Empty(t, keys, "of %q", kind)
	default:
		t.Errorf("%T in blocks", x)
	}
}

func TestNothingInAMessageIsObeyed(t *testing.T) {
	t.Parallel()
	const ours = "https://status.example.com/i/1"
	for _, evil := range hostile {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			s := newSlack(t)
			ts, err := notify.NewTemplates(nil, nil)
			require.NoError(t, err)
			data := notify.Sample()[notify.KindAcknowledgement]
			data.Report, data.Name, data.Subject, data.CorrectLink = evil, evil, evil, ours
			m, err := ts.Render(notify.KindAcknowledgement, "slack", "en", data)
			require.NoError(t, err)
			for _, follow := range []slacknotify.Follow{slacknotify.FollowBoth, slacknotify.FollowUpdate} {
				thread(t, newBot(t, s.url, slacknotify.BotOptions{Follow: follow}), "C0AMENDS", m, m)
			}
			send(t, newWebhook(t, ""), delivery("d-3", s.url+"/services/T0/B0/key", m))
			for i, body := range s.bodies {
				audit(t, body, m.Links())
				assert.Contains(t, []any{"C0AMENDS", nil}, s.sent(t, i)["channel"])
			}
			assert.Contains(t, words(s.shown()[0].Blocks), strings.Fields(evil)[0], "it is shown, and as it is")
		})
	}
}

func TestOnlyOurLinksAreLinks(t *testing.T) {
	t.Parallel()
	s := newSlack(t)
	m := update(1, "Restores fail", strings.Join([]string{
		"Read more: https://status.example.com/i/1",
		"- or here: https://status.example.com/i/1.", "", "> I saw https://status.example.com/i/1 and https://evil.example/", "",
		"https://evil.example/ and https://status.example.com/i/12 and http://status.example.com/u/1",
	}, "\n"))
	m.Data = map[string]string{notify.DataLink: "https://status.example.com/i/1"}
	m.Unsubscribe = "http://status.example.com/u/1"
	send(t, newBot(t, s.url, slacknotify.BotOptions{}), delivery("d-1", "C0AMENDS", m))
	var links []string
	for piece := range strings.SplitSeq(string(s.bodies[0]), `"type":"link","url":"`) {
		if url, _, ok := strings.Cut(piece, `"`); ok && strings.HasPrefix(url, "http") {
			links = append(links, url)
		}
	}
	assert.Equal(t, []string{"https://status.example.com/i/1", "https://status.example.com/i/1"}, links)
	audit(t, s.bodies[0], m.Links())
}

func TestLongMessages(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, line string }{
		{"prose", "The quick brown fox jumps over the lazy dog.\n"},
		{"one word", "x"},
		{"what Slack counts several times", "&<>"},
		{"short lines", "- a\n"},
		{"paragraphs", "a\n\n"},
		{"four bytes each", "🦊"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newSlack(t)
			m := update(1, strings.Repeat("Restores fail and ", 100), strings.Repeat(c.line, 200_000/len(c.line))+"\nYou will hear from us again by 15:30.")
			send(t, newBot(t, s.url, slacknotify.BotOptions{}), delivery("d-1", "C0AMENDS", m))
			blocks, err := json.Marshal(s.sent(t, 0)["blocks"])
			require.NoError(t, err)
			assert.LessOrEqual(t, len(blocks), 12_000, "the length that Slack refuses is not documented: about 12,000")
			assert.LessOrEqual(t, utf8.RuneCount(s.bodies[0]), 40_000)
			assert.GreaterOrEqual(t, len(blocks), 5_000, "and no more is cut than needed")
			shown := words(s.shown()[0].Blocks)
			assert.Contains(t, shown, "[…]", "it says that something is missing")
			if strings.Contains(c.line, "\n") {
				assert.Contains(t, shown, "again by 15:30", "the end stays: R45")
			}
		})
	}
}

func FuzzPayloadCarriesNoMarkup(f *testing.F) {
	for _, evil := range hostile {
		f.Add(evil, evil, "https://status.example.com/i/1")
		f.Add("Restores fail", "> "+evil+"\n- "+evil+"\n\n"+evil, evil)
	}
	f.Add("", "- \n>\n- \n\n \n> ", "")
	f.Fuzz(func(t *testing.T, subject, text, link string) {
		s := &slack{}
		n := newBotFor(t, s)
		m := update(1, subject, text)
		m.Data = map[string]string{notify.DataLink: link}
		d := delivery("d-1", "C0AMENDS", m)
		r, err := n.Notify(t.Context(), d)
		if err != nil {
			if class, _ := notify.Classify(err); class != notify.Lasting {
				t.Fatalf("refused as %v: %v", class, err)
			}
			return
		}
		again := notifytest.Clone(d)
		again.ID, again.Prior = "d-2", &r
		if _, err := n.Notify(t.Context(), &again); err != nil {
			t.Fatal(err)
		}
		for _, body := range s.bodies {
			audit(t, body, m.Links())
		}
	})
}
