package customerpage_test

import (
	"bytes"
	"flag"
	"html"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/incident/customerpage"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const baseURL = "https://acme.example/yours/"

func key(b byte) []byte { return bytes.Repeat([]byte{b}, 32) }

// site is a page under test and what surrounds it.
type site struct {
	t     testing.TB
	desk  *fakeDesk
	links *customerpage.Links
	page  http.Handler
	log   *bytes.Buffer
	clock time.Time
}

// newSite builds the page of some views. No limits, unless the options have some.
func newSite(t testing.TB, opts *customerpage.Options, views ...incident.CustomerView) *site {
	t.Helper()
	s := &site{t: t, desk: newFakeDesk(views...), log: &bytes.Buffer{}, clock: now}
	var err error
	s.links, err = customerpage.NewLinks(baseURL, [][]byte{key(1)}, &customerpage.LinksOptions{Now: func() time.Time { return s.clock }})
	require.NoError(t, err)
	o := customerpage.Options{Brand: "Acme", Contact: "+49 30 5550 100", Limits: unlimited}
	if opts != nil {
		o = *opts
	}
	o.Now = func() time.Time { return s.clock }
	o.Logger = slog.New(slog.NewJSONHandler(s.log, nil))
	s.page, err = customerpage.New(s.desk, s.links, &o)
	require.NoError(t, err)
	return s
}

var (
	off       = customerpage.Rate{Every: -1}
	unlimited = customerpage.Limits{Reads: off, Words: off, RemoteReads: off, RemoteWords: off, RemoteInvalid: off}
)

func (s *site) link(v incident.CustomerView) string {
	return s.links.URL(v.Space, v.Record, v.Customer)
}

func (s *site) do(r *http.Request) *httptest.ResponseRecorder {
	s.t.Helper()
	w := httptest.NewRecorder()
	s.page.ServeHTTP(w, r)
	return w
}

func get(address string) *http.Request { return httptest.NewRequest(http.MethodGet, address, nil) }

func (s *site) get(address string) *httptest.ResponseRecorder {
	s.t.Helper()
	return s.do(get(address))
}

// show returns the page of an address, which must be there.
func (s *site) show(address string) string {
	s.t.Helper()
	w := s.get(address)
	require.Equal(s.t, http.StatusOK, w.Code, w.Body)
	return w.Body.String()
}

func postOf(address string, fields url.Values) *http.Request {
	r := httptest.NewRequest(http.MethodPost, address, strings.NewReader(fields.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return r
}

func (s *site) post(address string, fields url.Values) *httptest.ResponseRecorder {
	s.t.Helper()
	return s.do(postOf(address, fields))
}

var tokens = regexp.MustCompile(`name="form" value="([^"]*)">\s*<input type="hidden" name="token" value="([^"]*)">`)

// fill takes a form from a page and puts in what somebody enters: names and values in turn.
func fill(t testing.TB, page, slot string, entered ...string) url.Values {
	t.Helper()
	for _, m := range tokens.FindAllStringSubmatch(page, -1) {
		if m[1] == slot {
			v := url.Values{"form": {slot}, "token": {html.UnescapeString(m[2])}}
			for i := 0; i < len(entered); i += 2 {
				v.Set(entered[i], entered[i+1])
			}
			return v
		}
	}
	t.Fatalf("the page has no form %q", slot)
	return nil
}

// slots lists the forms of a page.
func slots(page string) []string {
	var out []string
	for _, m := range tokens.FindAllStringSubmatch(page, -1) {
		out = append(out, m[1])
	}
	return out
}

var hiddenInput = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)
