package slacknotify_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/notify/notifytest"
)

const token = "xoxb-4711-secret"

// slack is a workspace of the test's own: it keeps what it is told, as Slack
// says that it does, and fails as it is told to.
type slack struct {
	url string

	mu     sync.Mutex
	next   []http.HandlerFunc // answers to come
	calls  []string           // methods called, with what they answered
	bodies [][]byte           // what came, in order
	posts  []*message
}

// message is what a channel shows.
type message struct {
	Channel string `json:"channel"`
	TS      string `json:"ts"`
	Thread  string `json:"thread_ts"`
	Shown   bool   `json:"reply_broadcast"`
	Text    string `json:"text"`
	Blocks  any    `json:"blocks"`
	Below   any    `json:"attachments"`
}

func newSlack(t testing.TB) *slack {
	t.Helper()
	s := &slack{}
	srv := httptest.NewServer(s)
	t.Cleanup(srv.Close)
	s.url = srv.URL
	return s
}

func (s *slack) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	var answer http.HandlerFunc
	if len(s.next) > 0 {
		answer, s.next = s.next[0], s.next[1:]
	}
	s.bodies = append(s.bodies, body)
	s.mu.Unlock()
	r.Body = io.NopCloser(strings.NewReader(string(body)))
	if answer != nil {
		answer(w, r)
		return
	}
	s.take(w, r)
}

// take does what the call asks for and answers.
func (s *slack) take(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	var m message
	if json.Unmarshal(body, &m) != nil {
		s.say(w, r, "invalid_json", nil)
		return
	}
	switch {
	case strings.HasPrefix(r.URL.Path, "/services/"):
		s.posts = append(s.posts, &m)
		_, _ = io.WriteString(w, "ok")
	case r.Header.Get("Authorization") != "Bearer "+token:
		s.say(w, r, "invalid_auth", nil)
	case r.URL.Path == "/api/chat.postMessage" && m.Thread != "" && s.find(m.Thread) == nil:
		s.say(w, r, "thread_not_found", nil)
	case r.URL.Path == "/api/chat.postMessage":
		if strings.HasPrefix(m.Channel, "U") {
			m.Channel = "D" + m.Channel[1:] // a direct message
		}
		m.TS = fmt.Sprintf("1772443800.%06d", len(s.posts)+1)
		s.posts = append(s.posts, &m)
		s.say(w, r, "", &m)
	case r.URL.Path == "/api/chat.update":
		old := s.find(m.TS)
		if old == nil || old.Channel != m.Channel {
			s.say(w, r, "message_not_found", nil)
			return
		}
		// What is not given is kept: blocks only if there is no text either.
		if m.Text != "" || m.Blocks != nil {
			old.Text, old.Blocks = m.Text, m.Blocks
		}
		if m.Below != nil {
			old.Below = m.Below
		}
		s.say(w, r, "", old)
	default:
		s.say(w, r, "unknown_method", nil)
	}
}

func (s *slack) find(ts string) *message {
	for _, m := range s.posts {
		if m.TS == ts {
			return m
		}
	}
	return nil
}

// say answers like a method.
func (s *slack) say(w http.ResponseWriter, r *http.Request, code string, m *message) {
	name := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	if code != "" {
		s.calls = append(s.calls, name+" "+code)
		_ = json.NewEncoder(w).Encode(map[string]any{"ok": false, "error": code})
		return
	}
	s.calls = append(s.calls, name)
	_ = json.NewEncoder(w).Encode(map[string]any{"ok": true, "channel": m.Channel, "ts": m.TS, "message": m})
}

// forget deletes a message, as somebody in the channel can.
func (s *slack) forget(ts string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.posts {
		if m.TS == ts {
			m.TS = "deleted"
		}
	}
}

// answer tells how to answer the next calls.
func (s *slack) answer(with ...http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next = append(s.next, with...)
}

// fails makes the next call fail with a code of a method.
func (s *slack) fails(code string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		for i := 0; i+1 < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		s.say(w, r, code, nil)
	}
}

// plainly answers like a webhook.
func plainly(status int, text string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, text)
	}
}

// lost takes the message and cuts the connection.
func (s *slack) lost(w http.ResponseWriter, r *http.Request) {
	s.take(httptest.NewRecorder(), r)
	panic(http.ErrAbortHandler) //nolint:forbidigo // how a handler does it
}

func (s *slack) called() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.calls...)
}

// shown lists what is in the channels: each message with what is below it.
func (s *slack) shown() []message {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []message
	for _, m := range s.posts {
		out = append(out, *m)
	}
	return out
}

func (s *slack) delivered() []notifytest.Received {
	var out []notifytest.Received
	for _, m := range s.shown() {
		out = append(out, notifytest.Received{Text: words(m.Blocks) + "\n" + words(m.Below)})
	}
	return out
}

// words joins the texts and addresses of blocks, in order.
func words(v any) string {
	switch v := v.(type) {
	case []any:
		var out strings.Builder
		for _, x := range v {
			out.WriteString(words(x))
		}
		return out.String()
	case map[string]any:
		text, _ := v["text"].(string)
		url, _ := v["url"].(string)
		end := ""
		if strings.HasPrefix(fmt.Sprint(v["type"]), "rich_text_") {
			end = "\n"
		}
		if _, object := v["text"].(map[string]any); object {
			text = words(v["text"])
		}
		return text + url + words(v["elements"]) + words(v["blocks"]) + end
	}
	return ""
}

// sent returns a body that came, decoded.
func (s *slack) sent(t testing.TB, i int) map[string]any {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if i < 0 {
		i += len(s.bodies)
	}
	var v map[string]any
	assert.NoError(t, json.Unmarshal(s.bodies[i], &v))
	return v
}

func delivery(id, to string, m *notify.Message) *notify.Delivery {
	return &notify.Delivery{ID: id, Attempt: 1, Channel: "slack", To: notify.Recipient{ID: "c-1", Address: to, Name: "Ada Example"}, Message: m}
}

func update(seq uint64, subject, text string) *notify.Message {
	return &notify.Message{Thread: "incident-1", Seq: seq, Kind: notify.KindUpdate, Locale: "en", Subject: subject, Text: text}
}
