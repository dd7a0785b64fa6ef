package customerpage_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/incident/customerpage"
)

func TestReadingChangesNothing(t *testing.T) {
	t.Parallel()
	v := resolved()
	s := newSite(t, nil, v)
	link := s.link(v)
	form := fill(t, s.show(link), "verdict", "opinion", "fixed")
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		for _, r := range []*http.Request{
			httptest.NewRequest(method, link, nil),
			httptest.NewRequest(method, link+"?"+form.Encode(), nil),
			httptest.NewRequest(method, link+"?said=verdict", nil),
			httptest.NewRequest(method, link, strings.NewReader(form.Encode())),
		} {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("Sec-Purpose", "prefetch")
			r.Header.Set("X-HTTP-Method-Override", "POST")
			w := s.do(r)
			assert.Equal(t, http.StatusOK, w.Code)
			if method == http.MethodHead {
				assert.Empty(t, w.Body.String())
				assert.NotEqual(t, "0", w.Header().Get("Content-Length"))
			}
		}
	}
	heard, _ := s.desk.counts()
	assert.Zero(t, heard)
}

func TestOtherMethods(t *testing.T) {
	t.Parallel()
	v := resolved()
	s := newSite(t, nil, v)
	for _, method := range []string{http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions, http.MethodTrace, "SPAM"} {
		w := s.do(httptest.NewRequest(method, s.link(v), nil))
		assert.Equal(t, http.StatusMethodNotAllowed, w.Code, method)
		assert.Equal(t, "GET, HEAD, POST", w.Header().Get("Allow"))
		assert.NotContains(t, w.Body.String(), v.Title)
	}
	assert.Empty(t, s.desk.asked)
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	v := resolved()
	s := newSite(t, nil, v)
	link := s.link(v)
	form := fill(t, s.show(link), "verdict", "opinion", "fixed")
	for name, w := range map[string]*httptest.ResponseRecorder{
		"the page": s.get(link), "no page": s.get(baseURL + "x"), "a form that was taken": s.post(link, form),
		"one that was not": s.post(link, url.Values{}), "another method": s.do(httptest.NewRequest(http.MethodDelete, link, nil)),
	} {
		h := w.Header()
		assert.Equal(t, "no-store", h.Get("Cache-Control"), name)
		assert.Contains(t, h.Get("X-Robots-Tag"), "noindex", name)
		assert.Equal(t, "no-referrer", h.Get("Referrer-Policy"), name)
		assert.Equal(t, "nosniff", h.Get("X-Content-Type-Options"), name)
		assert.Contains(t, h.Get("Content-Security-Policy"), "default-src 'none'", name)
		assert.Contains(t, h.Get("Content-Security-Policy"), "frame-ancestors 'none'", name)
		assert.Contains(t, h.Get("Vary"), "Accept-Language", name)
		assert.Empty(t, h.Values("Set-Cookie"), name)
		if w.Code != http.StatusSeeOther {
			assert.Equal(t, "text/html; charset=utf-8", h.Get("Content-Type"), name)
			assert.Equal(t, fmt.Sprint(w.Body.Len()), h.Get("Content-Length"), name)
		}
	}
}

// TestTheStyleIsTheOneThatThePolicyAllows: otherwise browsers would not use it.
func TestTheStyleIsTheOneThatThePolicyAllows(t *testing.T) {
	t.Parallel()
	v := resolved()
	s := newSite(t, nil, v)
	w := s.get(s.link(v))
	sum := sha256.Sum256([]byte(between(t, w.Body.String(), "<style>", "</style>")))
	assert.Contains(t, w.Header().Get("Content-Security-Policy"), "'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'")
	assert.NotContains(t, w.Body.String(), "<script")
	assert.NotContains(t, w.Body.String(), " style=")
}

// TestWhatIsNoLinkOfOursLooksTheSame: nothing can be learnt from what is refused.
func TestWhatIsNoLinkOfOursLooksTheSame(t *testing.T) {
	t.Parallel()
	v := resolved()
	s := newSite(t, nil, v)
	foreign, err := customerpage.NewLinks(baseURL, [][]byte{key(9)}, nil)
	require.NoError(t, err)
	token := strings.TrimPrefix(s.link(v), baseURL)
	want := s.get(baseURL)
	require.Equal(t, http.StatusNotFound, want.Code)
	assert.Contains(t, plainText(want.Body.String()), "Who to reach +49 30 5550 100")
	for name, address := range map[string]string{
		"altered": baseURL + flip(token), "cut short": baseURL + token[:len(token)-1], "of other keys": foreign.URL("acme", "inc-7", "c-31"),
		"garbage": baseURL + "%00%ff%3Cscript%3E", "long": baseURL + strings.Repeat("A", 100_000), "somebody we do not know": s.links.URL("acme", "inc-7", "c-99"),
		"another space": s.links.URL("other", "inc-7", "c-31"), "another record": s.links.URL("acme", "inc-8", "c-31"),
	} {
		w := s.get(address)
		assert.Equal(t, http.StatusNotFound, w.Code, name)
		assert.Equal(t, want.Body.String(), w.Body.String(), name)
		assert.Equal(t, want.Header(), w.Header(), name)
		w = s.post(address, url.Values{"form": {"verdict"}, "text": {"words"}})
		assert.Equal(t, http.StatusNotFound, w.Code, name)
		assert.Equal(t, want.Body.String(), w.Body.String(), name)
	}
	heard, _ := s.desk.counts()
	assert.Zero(t, heard)
}

func TestLinksThatAreGoodNoMore(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		age     time.Duration
		revoked time.Time
		want    int
	}{
		{"fresh", 0, time.Time{}, http.StatusOK},
		{"old", 90 * 24 * time.Hour, time.Time{}, http.StatusGone},
		{"revoked after it was made", time.Hour, now.Add(time.Minute), http.StatusGone},
		{"revoked in the second in which it was made", time.Hour, now.Add(time.Millisecond), http.StatusGone},
		{"revoked before it was made", time.Hour, now.Add(-time.Minute), http.StatusOK},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			v := resolved()
			v.LinksRevoked = c.revoked
			s := newSite(t, nil, v)
			link := s.link(v)
			form := url.Values{"form": {"verdict"}, "opinion": {"fixed"}}
			if c.want == http.StatusOK {
				form = fill(t, s.show(link), "verdict", "opinion", "fixed")
			}
			s.clock = s.clock.Add(c.age)
			w := s.get(link + "?lang=en")
			require.Equal(t, c.want, w.Code)
			posted := s.post(link, form)
			heard, _ := s.desk.counts()
			if c.want == http.StatusOK {
				assert.Equal(t, http.StatusSeeOther, posted.Code)
				return
			}
			assert.Equal(t, http.StatusGone, posted.Code)
			assert.Zero(t, heard)
			page := plainText(w.Body.String())
			assert.Contains(t, page, "This link is no longer good")
			assert.Contains(t, page, "Who to reach +49 30 5550 100")
			for _, personal := range []string{v.Title, v.Person, "inc-7", "c-31", "eu-1"} {
				assert.NotContains(t, page, personal, "it says nothing of the customer")
			}
		})
	}
}

func TestFormsFromElsewhere(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, site, origin string
		want               int
	}{
		{"from the page", "same-origin", "null", http.StatusSeeOther},
		{"typed or from an app", "none", "", http.StatusSeeOther},
		{"not a browser", "", "", http.StatusSeeOther},
		{"a browser without Sec-Fetch-Site that keeps its origin to itself, as the page asks", "", "null", http.StatusSeeOther},
		{"one that does not", "", "https://acme.example", http.StatusSeeOther},
		{"another site", "cross-site", "https://evil.example", http.StatusForbidden},
		{"another site that hides", "cross-site", "null", http.StatusForbidden},
		{"a neighbour", "same-site", "https://blog.acme.example", http.StatusForbidden},
		{"another site's old browser", "", "https://evil.example", http.StatusForbidden},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			v := resolved()
			s := newSite(t, nil, v)
			link := s.link(v)
			r := postOf(link+"?lang=en", fill(t, s.show(link), "verdict", "opinion", "fixed", "text", "planted"))
			r.Header.Del("Sec-Fetch-Site")
			for name, value := range map[string]string{"Sec-Fetch-Site": c.site, "Origin": c.origin} {
				if value != "" {
					r.Header.Set(name, value)
				}
			}
			w := s.do(r)
			require.Equal(t, c.want, w.Code)
			if c.want == http.StatusForbidden {
				heard, _ := s.desk.counts()
				assert.Zero(t, heard)
				assert.Contains(t, w.Body.String(), "This came from another site")
				assert.NotContains(t, w.Body.String(), "planted")
				assert.NotContains(t, w.Body.String(), v.Title)
			}
		})
	}
}

func TestTheHostNameMayBeRewrittenByAProxy(t *testing.T) {
	t.Parallel()
	v := resolved()
	s := newSite(t, nil, v)
	link := s.link(v)
	r := postOf(link, fill(t, s.show(link), "verdict", "opinion", "fixed"))
	r.Header.Del("Sec-Fetch-Site")
	r.Header.Set("Origin", "https://acme.example")
	r.Host = "backend:8080"
	assert.Equal(t, http.StatusSeeOther, s.do(r).Code)
}

func TestBodiesThatAreNoForms(t *testing.T) {
	t.Parallel()
	v := resolved()
	s := newSite(t, nil, v)
	link := s.link(v)
	const urlencoded = "application/x-www-form-urlencoded"
	for _, c := range []struct {
		name, kind, body string
		want             int
		says             string
	}{
		{"JSON", "application/json", `{"form":"verdict"}`, http.StatusUnsupportedMediaType, "not one of this page"},
		{"no type", "", "form=verdict", http.StatusUnsupportedMediaType, "not one of this page"},
		{"files", "multipart/form-data; boundary=x", "--x--", http.StatusUnsupportedMediaType, "not one of this page"},
		{"with a charset", urlencoded + "; charset=utf-8", "form=verdict", http.StatusForbidden, "This form is too old"},
		{"broken", urlencoded, "form=%zz", http.StatusBadRequest, "not one of this page"},
		{"empty", urlencoded, "", http.StatusForbidden, "This form is too old"},
		{"large", urlencoded, "text=" + strings.Repeat("x", 64<<10), http.StatusRequestEntityTooLarge, "too long for this page"},
		{"not UTF-8", urlencoded, "form=report&text=%ff%fe%00abc", http.StatusForbidden, "\uFFFDabc</textarea>"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(http.MethodPost, link+"?lang=en", strings.NewReader(c.body))
			if c.kind != "" {
				r.Header.Set("Content-Type", c.kind)
			}
			w := s.do(r)
			assert.Equal(t, c.want, w.Code)
			assert.Contains(t, w.Body.String(), c.says)
		})
	}
	heard, _ := s.desk.counts()
	assert.Zero(t, heard)
}

func TestADeskThatFailsSaysNothing(t *testing.T) {
	t.Parallel()
	v := resolved()
	s := newSite(t, nil, v)
	s.desk.failView = func() error { return errors.New("dial 10.0.0.7: refused") }
	w := s.get(s.link(v) + "?lang=en")
	page := w.Body.String()
	require.Equal(t, http.StatusServiceUnavailable, w.Code)
	assert.Equal(t, "60", w.Header().Get("Retry-After"))
	assert.NotContains(t, page, "10.0.0.7")
	assert.NotContains(t, page, "inc-7")
	reference := between(t, page, "name this reference: <strong>", "</strong>")
	assert.Len(t, reference, 10)
	assert.Contains(t, s.log.String(), `"reference":"`+reference+`"`)
	assert.Contains(t, s.log.String(), "10.0.0.7")
	assert.NotEqual(t, reference, between(t, s.get(s.link(v)+"?lang=en").Body.String(), "name this reference: <strong>", "</strong>"))
}

func TestADeskThatHangsIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v := resolved()
		links, err := customerpage.NewLinks(baseURL, [][]byte{key(1)}, nil)
		require.NoError(t, err)
		page, err := customerpage.New(hanging{}, links, &customerpage.Options{DeskTimeout: time.Minute})
		require.NoError(t, err)
		began := time.Now()
		w := httptest.NewRecorder()
		page.ServeHTTP(w, httptest.NewRequest(http.MethodGet, links.URL(v.Space, v.Record, v.Customer), nil))
		assert.Equal(t, http.StatusServiceUnavailable, w.Code)
		assert.Equal(t, time.Minute, time.Since(began))

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		w = httptest.NewRecorder()
		page.ServeHTTP(w, httptest.NewRequest(http.MethodGet, links.URL(v.Space, v.Record, v.Customer), nil).WithContext(ctx))
		assert.Equal(t, time.Minute+time.Second, time.Since(began), "nor on behalf of somebody who has left")
		assert.Zero(t, w.Body.Len())
	})
}

type hanging struct{}

func (hanging) CustomerView(ctx context.Context, _, _, _, _ string) (incident.CustomerView, error) {
	<-ctx.Done()
	return incident.CustomerView{}, ctx.Err()
}

func (hanging) Hear(ctx context.Context, _ incident.CustomerWord) error {
	<-ctx.Done()
	return ctx.Err()
}

// TestABodyThatDoesNotArrive uses a connection in memory, so that time is the bubble's.
func TestABodyThatDoesNotArrive(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, suffix string
		status, says string
	}{
		{"on a link", "", "408 Request Timeout", "The connection was too slow"},
		{"on no link of ours", "x", "404 Not Found", "This address leads nowhere"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				v := resolved()
				links, err := customerpage.NewLinks(baseURL, [][]byte{key(1)}, nil)
				require.NoError(t, err)
				page, err := customerpage.New(newFakeDesk(v), links, &customerpage.Options{BodyTimeout: 3 * time.Second})
				require.NoError(t, err)
				client, server := net.Pipe()
				listener := &single{conns: make(chan net.Conn, 1), closed: make(chan struct{})}
				listener.conns <- server
				srv := &http.Server{Handler: page, ReadHeaderTimeout: time.Hour}
				stopped := make(chan error, 1)
				go func() { stopped <- srv.Serve(listener) }()
				began := time.Now()
				_, err = fmt.Fprintf(client, "POST %s HTTP/1.1\r\nHost: acme.example\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\nform=verd",
					strings.TrimPrefix(links.URL(v.Space, v.Record, v.Customer), "https://acme.example")+c.suffix)
				require.NoError(t, err)
				answer, err := io.ReadAll(client)
				require.NoError(t, err)
				assert.Equal(t, 3*time.Second, time.Since(began).Truncate(time.Second))
				assert.Contains(t, string(answer), c.status)
				assert.Contains(t, string(answer), c.says)
				require.NoError(t, srv.Close())
				require.ErrorIs(t, <-stopped, http.ErrServerClosed)
			})
		})
	}
}

// single is a listener of one connection.
type single struct {
	conns  chan net.Conn
	closed chan struct{}
}

func (l *single) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *single) Close() error {
	select {
	case <-l.closed:
	default:
		close(l.closed)
	}
	return nil
}

func (l *single) Addr() net.Addr { return &net.TCPAddr{} }

func TestNewTellsWhatIsWrong(t *testing.T) {
	t.Parallel()
	links, err := customerpage.NewLinks(baseURL, [][]byte{key(1)}, nil)
	require.NoError(t, err)
	for _, c := range []struct {
		name  string
		desk  customerpage.Desk
		links *customerpage.Links
		opts  *customerpage.Options
		want  string
	}{
		{"no desk", nil, links, nil, "needs a desk"},
		{"no links", justOne{}, nil, nil, "needs a desk and links"},
		{"negative", justOne{}, links, &customerpage.Options{FormLife: -1}, "negative"},
		{"no burst", justOne{}, links, &customerpage.Options{Limits: customerpage.Limits{Reads: customerpage.Rate{Every: time.Second}}}, "Burst"},
		{"no time", justOne{}, links, &customerpage.Options{Limits: customerpage.Limits{Words: customerpage.Rate{Burst: 2}}}, "Every"},
		{"no memory", justOne{}, links, &customerpage.Options{Limits: customerpage.Limits{Remembered: -1}}, "Remembered"},
		{"the defaults", justOne{}, links, nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := customerpage.New(c.desk, c.links, c.opts)
			if c.want == "" {
				assert.NoError(t, err)
				return
			}
			assert.ErrorContains(t, err, c.want)
		})
	}
}

// TestWithoutAContact: nobody is left without a way, even if the host names none.
func TestWithoutAContact(t *testing.T) {
	t.Parallel()
	v := minimal()
	s := newSite(t, &customerpage.Options{Limits: unlimited}, v)
	for _, address := range []string{s.link(v), baseURL + "x"} {
		assert.Contains(t, s.get(address).Body.String(), "How to reach us stands at the end of every message")
	}
}
