package teamsnotify_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/notify/notifytest"
	"github.com/amends-dev/amends/notify/teamsnotify"
)

var golden = flag.Bool("update", false, "rewrite the golden files")

const path = "/workflows/1/triggers/manual/paths/invoke?sig=4711-secret"

// newTeams returns a notifier for one workflow, or for those of recipients.
func newTeams(t testing.TB, url string) *teamsnotify.Notifier {
	t.Helper()
	n, err := teamsnotify.New(&teamsnotify.Options{URL: url, Conn: notify.HTTPOptions{Internal: true}})
	require.NoError(t, err)
	t.Cleanup(n.CloseIdleConnections)
	return n
}

// teams is what workflows declare: they know no idempotency key.
func teams(opts notifytest.HTTPOptions) *notifytest.HTTPOptions {
	opts.Accept = func(w http.ResponseWriter, _ *http.Request, _ []byte) { w.WriteHeader(http.StatusAccepted) }
	opts.Key = func(*http.Request, []byte) string { return "" }
	opts.Text = func(_ *http.Request, body []byte) string { return words(body) }
	opts.Secrets = []string{"4711-secret"}
	opts.MayDuplicate, opts.MayCut = true, true
	return &opts
}

func TestOverHTTP(t *testing.T) {
	t.Parallel()
	t.Run("the channel's own", func(t *testing.T) {
		t.Parallel()
		notifytest.TestHTTP(t, func(t *testing.T, url string) notify.Notifier { return newTeams(t, url+path) },
			teams(notifytest.HTTPOptions{Classes: map[int]notify.Class{http.StatusGone: notify.Unusable}}))
	})
	t.Run("each recipient's", func(t *testing.T) {
		t.Parallel()
		classes := map[int]notify.Class{}
		for _, status := range []int{400, 401, 403, 404, 413, 422} {
			classes[status] = notify.Temporary // whoever runs it repairs it
		}
		notifytest.TestHTTP(t, func(t *testing.T, _ string) notify.Notifier { return newTeams(t, "") },
			teams(notifytest.HTTPOptions{Classes: classes, To: func(url string) notify.Recipient {
				return notify.Recipient{ID: "c-1", Address: url + path, Name: "Ada Example"}
			}}))
	})
}

// words joins the texts of a card, a line for each block.
func words(body []byte) string {
	var out strings.Builder
	for _, b := range blocks(body) {
		for _, run := range b.Inlines {
			out.WriteString(run.Text)
		}
		out.WriteByte('\n')
	}
	return out.String()
}

// block is a block of a card, with all that it may hold.
type block struct {
	Type, Spacing string
	Inlines       []struct {
		Type, Text, Weight, Size string
		Italic, IsSubtle         bool
		SelectAction             *struct{ Type, URL string }
	}
}

// blocks reads the blocks of a card. One that holds anything else has none.
func blocks(body []byte) []block {
	var m struct {
		Type        string
		Attachments []struct {
			ContentType string
			Content     struct {
				Type, Version string
				MSTeams       map[string]string
				Body          []block
			}
		}
	}
	strict := json.NewDecoder(bytes.NewReader(body))
	strict.DisallowUnknownFields()
	if strict.Decode(&m) != nil || len(m.Attachments) != 1 {
		return nil
	}
	return m.Attachments[0].Content.Body
}

func delivery(to string, m *notify.Message) *notify.Delivery {
	return &notify.Delivery{ID: "d-1", Attempt: 1, Channel: "teams", To: notify.Recipient{ID: "c-1", Address: to}, Message: m}
}

// workflow keeps what it is sent, without a network: a fuzz target would use up
// the machine's ports.
type workflow struct {
	mu     sync.Mutex
	bodies [][]byte
	status int
	answer string
}

func (w *workflow) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.bodies = append(w.bodies, body)
	rec := httptest.NewRecorder()
	rec.WriteHeader(max(w.status, http.StatusAccepted))
	_, _ = rec.WriteString(w.answer)
	resp := rec.Result()
	resp.Request = r
	return resp, nil
}

// newFor returns a notifier for recipients' workflows, or for that at url.
func newFor(t testing.TB, w *workflow, url string) *teamsnotify.Notifier {
	t.Helper()
	n, err := teamsnotify.New(&teamsnotify.Options{URL: url, Conn: notify.HTTPOptions{
		Wrap: func(http.RoundTripper) http.RoundTripper { return w },
	}})
	require.NoError(t, err)
	return n
}

const example = "https://prod-1.example.com" + path

// card sends a message and returns what came.
func card(t testing.TB, m *notify.Message) []byte {
	t.Helper()
	w := &workflow{}
	_, err := newFor(t, w, "").Notify(t.Context(), delivery(example, m))
	require.NoError(t, err)
	return w.bodies[0]
}

func TestGoldenCards(t *testing.T) {
	t.Parallel()
	ts, err := notify.NewTemplates(nil, nil)
	require.NoError(t, err)
	for kind, locale := range map[string]string{notify.KindUpdate: "en", notify.KindAcknowledgement: "de"} {
		m, err := ts.Render(kind, "teams", locale, notify.Sample()[kind])
		require.NoError(t, err)
		var pretty bytes.Buffer
		require.NoError(t, json.Indent(&pretty, card(t, m), "", "  "))
		pretty.WriteByte('\n')
		file := filepath.Join("testdata", kind+"."+locale+".json")
		if *golden {
			require.NoError(t, os.MkdirAll("testdata", 0o755))
			require.NoError(t, os.WriteFile(file, pretty.Bytes(), 0o600))
		}
		want, err := os.ReadFile(file)
		require.NoError(t, err)
		assert.Equal(t, string(want), pretty.String())
	}
}

// dates are what Teams replaces in every text (Adaptive Cards, "Text features").
var dates = regexp.MustCompile(`\{\{(DATE|TIME)\(`)

// audit fails if anything in a card can have another meaning than to be shown,
// except links, which must be among those given. It reads the card as Adaptive Cards document
// it: text is obeyed in a TextBlock and in titles, never in a run, but for dates.
func audit(t testing.TB, body []byte, links []string) {
	t.Helper()
	require.True(t, utf8.Valid(body))
	assert.LessOrEqual(t, 2*len(utf16.Encode([]rune(string(body)))), 28<<10, "Teams takes 28 KB")
	var m struct {
		Type        string
		Attachments []struct {
			ContentType string
			Content     map[string]any
		}
	}
	require.NoError(t, json.Unmarshal(body, &m))
	assert.Equal(t, "message", m.Type)
	require.Len(t, m.Attachments, 1)
	assert.Equal(t, "application/vnd.microsoft.card.adaptive", m.Attachments[0].ContentType)
	c := m.Attachments[0].Content
	assert.Equal(t, "AdaptiveCard", c["type"])
	assert.Equal(t, "1.4", c["version"])
	assert.Equal(t, map[string]any{"width": "Full"}, c["msteams"], "no entities: without them nobody is mentioned")
	assert.Len(t, c, 4, "neither actions nor a fallback text, which would be Markdown")
	all := blocks(body)
	require.NotEmpty(t, all, "nothing but blocks of runs")
	for _, b := range all {
		assert.Equal(t, "RichTextBlock", b.Type)
		assert.NotEmpty(t, b.Inlines)
		for _, run := range b.Inlines {
			assert.Equal(t, "TextRun", run.Type)
			assert.NotEmpty(t, run.Text)
			assert.False(t, dates.MatchString(run.Text), "%q holds a function", run.Text)
			if run.SelectAction != nil {
				assert.Equal(t, "Action.OpenUrl", run.SelectAction.Type)
				assert.True(t, slices.Contains(links, run.SelectAction.URL), "%q is no link of ours", run.SelectAction.URL)
			}
		}
	}
}

// hostile is what a customer or an attacker may write into a title or a report.
var hostile = []string{
	"**bold** _it_ [label](https://evil.example/) ![x](https://evil.example/x.png)",
	"- item\r- item\r1. one\r\n# head",
	"{{DATE(2017-02-14T06:00:00Z, SHORT)}} {{{TIME(2017-02-14T06:00:00Z)}} {{{{DATE(2017-02-14T06:00:00Z)}}}}",
	"<at>everyone</at> <a href=\"https://evil.example/\">click</a> &lt;at&gt;",
	"https://evil.example/ mailto:evil@evil.example",
	"${body} @{triggerBody()} @{variables('x')} {{x}}",
	`"}]}],"entities":[{"type":"mention"}],"x":[{"y":[{"z":"`,
	"\x00\x1b[31m\xff\u2028\u0085\t",
	"> quoted https://status.example.com/i/1",
}

func TestNothingInAMessageIsObeyed(t *testing.T) {
	t.Parallel()
	for _, evil := range hostile {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			m := &notify.Message{Subject: evil, Text: evil + "\n> " + evil + "\n- " + evil, Data: map[string]string{notify.DataLink: "https://status.example.com/i/1"}}
			body := card(t, m)
			audit(t, body, m.Links())
			for _, word := range regexp.MustCompile(`[\w*\[\](){}]+`).FindAllString(evil, -1) {
				assert.Contains(t, words(body), word, "it is shown, and as it is")
			}
		})
	}
}

func TestLinks(t *testing.T) {
	t.Parallel()
	const ours = "https://status.example.com/i/1"
	m := &notify.Message{
		Text: "Read more: " + ours + ".\n- " + ours + "\n> " + ours + "\nhttps://evil.example/ " + ours + "2",
		Data: map[string]string{notify.DataLink: ours},
	}
	body := card(t, m)
	audit(t, body, m.Links())
	assert.Equal(t, 2, strings.Count(string(body), `"Action.OpenUrl"`), "not the quoted one, nor one that only begins like it")
}

func TestLongMessages(t *testing.T) {
	t.Parallel()
	for _, line := range []string{"The quick brown fox jumps over the lazy dog.\n", "x", "<&>", "- a\n", "a\n\n", "🦊", "{{"} {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			body := card(t, &notify.Message{
				Subject: strings.Repeat("Restores fail and ", 100),
				Text:    strings.Repeat(line, 200_000/len(line)) + "\nYou will hear from us again by 15:30.",
			})
			audit(t, body, nil)
			assert.GreaterOrEqual(t, len(body), 10_000, "no more is cut than needed")
			assert.Contains(t, words(body), "[…]", "it says that something is missing")
			if strings.Contains(line, "\n") {
				assert.Contains(t, words(body), "again by 15:30", "the end stays: R45")
			}
		})
	}
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	const off = `{"error":{"code":"WorkflowTriggerIsNotEnabled","message":"Could not execute workflow '4711-secret' trigger 'manual' with state '%s': trigger is not enabled."}}`
	for _, c := range []struct {
		name        string
		status      int
		answer      string
		class, ours notify.Class // of a recipient's workflow, and of the channel's own
	}{
		{"deleted", 404, `{"error":{"code":"WorkflowNotFound","message":"4711-secret"}}`, notify.AddressGone, notify.Unusable},
		{"deleted, too", 400, fmt.Sprintf(off, "Deleted"), notify.AddressGone, notify.Unusable},
		{"switched off", 400, fmt.Sprintf(off, "Disabled"), notify.Temporary, notify.Unusable},
		{"gone", 410, "", notify.AddressGone, notify.Unusable},
		{"signature refused", 401, `{"error":{"code":"AuthorizationFailed","message":"4711-secret"}}`, notify.Temporary, notify.Unusable},
		{"payload refused", 400, `{"error":{"code":"TriggerInputSchemaMismatch"}}`, notify.Temporary, notify.Lasting},
		{"too large", 413, "", notify.Temporary, notify.Lasting},
		{"no JSON", 404, "<html>4711-secret", notify.Temporary, notify.Lasting},
		{"too many", 429, `{"error":{"code":"WorkflowNotFoundYet"}}`, notify.Throttled, notify.Throttled},
		{"down", 503, "", notify.Temporary, notify.Temporary},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for url, want := range map[string]notify.Class{"": c.class, example: c.ours} {
				w := &workflow{status: c.status, answer: c.answer}
				_, err := newFor(t, w, url).Notify(t.Context(), delivery(example, &notify.Message{Text: "We are on it."}))
				require.Error(t, err)
				class, _ := notify.Classify(err)
				assert.Equal(t, want, class, "%v", err)
				assert.NotContains(t, err.Error(), "4711")
				assert.NotContains(t, err.Error(), "example")
			}
		})
	}
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"", "room-4711", "http://prod-1.example.com/?sig=4711", "https://u:4711@prod-1.example.com/"} {
		w := &workflow{}
		_, err := newFor(t, w, "").Notify(t.Context(), delivery(address, &notify.Message{Text: "We are on it."}))
		class, _ := notify.Classify(err)
		assert.Equal(t, notify.AddressGone, class, "a recipient's address that is none")
		assert.NotContains(t, err.Error(), "4711")
		if address != "" {
			_, err = teamsnotify.New(&teamsnotify.Options{URL: address})
			require.Error(t, err)
			assert.NotContains(t, err.Error(), "4711")
		}
		_, err = newFor(t, w, "").Notify(t.Context(), delivery(example, &notify.Message{Subject: " ", Text: "\n"}))
		class, _ = notify.Classify(err)
		assert.Equal(t, notify.Lasting, class, "neither subject nor text")
		assert.Empty(t, w.bodies)
	}
	n, err := teamsnotify.New(nil)
	require.NoError(t, err)
	_, err = n.Notify(t.Context(), delivery("https://169.254.169.254/?sig=4711", &notify.Message{Text: "We are on it."}))
	require.ErrorIs(t, err, notify.ErrInternal, "a customer's address leads nowhere inside of our network")
}

func TestChannel(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]notify.Channel{
		example: {Rate: 1, RepeatUncertain: true},
		"":      {Independent: true, RepeatUncertain: true},
	} {
		n := newFor(t, &workflow{}, url)
		got := n.Channel()
		assert.Same(t, n, got.Notifier)
		got.Notifier = nil
		assert.Equal(t, want, got)
	}
}

func FuzzCardCarriesNoMarkup(f *testing.F) {
	for _, evil := range hostile {
		f.Add(evil, evil, "https://status.example.com/i/1")
		f.Add("Restores fail", "> "+evil+"\n- "+evil+"\n\n"+evil, evil)
	}
	f.Add("", "- \n>\n- \n\n \n> ", "")
	f.Fuzz(func(t *testing.T, subject, text, link string) {
		w := &workflow{}
		m := &notify.Message{Subject: subject, Text: text, Data: map[string]string{notify.DataLink: link}}
		if _, err := newFor(t, w, "").Notify(t.Context(), delivery(example, m)); err != nil {
			if class, _ := notify.Classify(err); class != notify.Lasting {
				t.Fatalf("refused as %v: %v", class, err)
			}
			return
		}
		audit(t, w.bodies[0], m.Links())
	})
}
