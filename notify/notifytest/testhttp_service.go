package notifytest

import (
	"encoding/json"
	"io"
	"log/slog"
	"mime"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// httpService is the server of [TestHTTP]: it takes what an adapter sends, and
// answers the next request as it is told to.
type httpService struct {
	opts HTTPOptions
	url  string
	srv  *httptest.Server

	conns  atomic.Int64 // opened so far
	calls  atomic.Int64 // requests read so far
	cutNew atomic.Bool  // close the next new connection before anything is read

	mu     sync.Mutex
	next   []http.HandlerFunc // answers to come, then Accept
	took   []Received
	headed []http.Header // of all requests
}

func newHTTPService(opts *HTTPOptions) *httpService {
	s := &httpService{}
	if opts != nil {
		s.opts = *opts
	}
	if s.opts.Accept == nil {
		s.opts.Accept = func(w http.ResponseWriter, _ *http.Request, _ []byte) { _, _ = io.WriteString(w, "accepted") }
	}
	if s.opts.Key == nil {
		s.opts.Key = func(r *http.Request, _ []byte) string { return r.Header.Get("Idempotency-Key") }
	}
	if s.opts.Text == nil {
		s.opts.Text = shownText
	}
	s.srv = httptest.NewUnstartedServer(http.HandlerFunc(s.serve))
	s.srv.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelInfo) // of connections that we cut
	s.srv.Config.ConnState = func(c net.Conn, state http.ConnState) {
		if state == http.StateNew {
			s.conns.Add(1)
			if s.cutNew.CompareAndSwap(true, false) {
				_ = c.Close()
			}
		}
	}
	s.srv.Start()
	s.url = s.srv.URL
	return s
}

func (s *httpService) stop() {
	s.srv.CloseClientConnections()
	s.srv.Close()
}

func (s *httpService) host() string { return strings.TrimPrefix(s.url, "http://") }

// serve reads a request whole and answers it.
func (s *httpService) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	s.calls.Add(1)
	s.mu.Lock()
	s.headed = append(s.headed, r.Header.Clone())
	var answer http.HandlerFunc
	if len(s.next) > 0 {
		answer, s.next = s.next[0], s.next[1:]
	}
	s.mu.Unlock()
	r.Body = io.NopCloser(strings.NewReader(string(body)))
	if answer != nil {
		answer(w, r)
		return
	}
	s.keep(r)
	s.opts.Accept(w, r, body)
}

// answer tells how to answer the next requests.
func (s *httpService) answer(with ...http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next = append(s.next, with...)
}

// keep takes a message, once for each key unless the service knows none.
func (s *httpService) keep(r *http.Request) {
	body, _ := io.ReadAll(r.Body) // in memory: it cannot fail
	got := Received{ID: s.opts.Key(r, body), Text: s.opts.Text(r, body)}
	s.mu.Lock()
	defer s.mu.Unlock()
	known := slices.ContainsFunc(s.took, func(old Received) bool { return old.ID == got.ID })
	if !known || got.ID == "" || s.opts.MayDuplicate {
		s.took = append(s.took, got)
	}
}

func (s *httpService) delivered() []Received {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.took)
}

func (s *httpService) headers() []http.Header {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.headed)
}

// fault is the Fault of the harness.
func (s *httpService) fault(kind FaultKind) bool {
	switch kind {
	case FaultTemporary:
		s.answer(status(http.StatusServiceUnavailable))
	case FaultThrottled:
		s.answer(status(http.StatusTooManyRequests, "Retry-After", "7"))
	case FaultUncertain:
		s.answer(func(_ http.ResponseWriter, r *http.Request) {
			s.keep(r)
			cut()
		})
	case FaultLasting:
		return s.refuse(http.StatusBadRequest)
	case FaultGone:
		return s.refuse(http.StatusGone)
	case FaultMisconfigured:
		return s.refuse(http.StatusUnauthorized)
	case FaultBlocked:
		s.answer(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	default:
		return false
	}
	return true
}

// refuse answers with a status, unless the adapter declares that it means something of its own.
func (s *httpService) refuse(code int) bool {
	if _, own := s.opts.Classes[code]; own {
		return false
	}
	s.answer(status(code))
	return true
}

// status answers with a code, headers, and a body that errors must not show.
func status(code int, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		for i := 0; i+1 < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(code)
		body, _ := io.ReadAll(r.Body)
		_, _ = w.Write(body) // many services repeat what they refuse
	}
}

// cut closes the connection of a handler without an answer.
func cut() { panic(http.ErrAbortHandler) } //nolint:forbidigo // how a handler does it

// shownText is the default of [HTTPOptions].Text.
func shownText(r *http.Request, body []byte) string {
	switch kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); {
	case strings.HasSuffix(kind, "json"):
		var v any
		if json.Unmarshal(body, &v) == nil {
			return strings.Join(leaves(nil, v), "\n")
		}
	case kind == "application/x-www-form-urlencoded":
		if values, err := url.ParseQuery(string(body)); err == nil {
			var all []string
			for _, v := range values {
				all = append(all, v...)
			}
			return strings.Join(all, "\n")
		}
	}
	return string(body)
}

// leaves appends all strings in a JSON value.
func leaves(out []string, v any) []string {
	switch v := v.(type) {
	case string:
		return append(out, v)
	case []any:
		for _, x := range v {
			out = leaves(out, x)
		}
	case map[string]any:
		for _, x := range v {
			out = leaves(out, x)
		}
	}
	return out
}
