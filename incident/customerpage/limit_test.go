package customerpage_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/incident/customerpage"
)

// limited is a site with one limit only.
func limited(t *testing.T, set func(*customerpage.Limits)) (*site, string) {
	t.Helper()
	l := unlimited
	set(&l)
	v := resolved()
	s := newSite(t, &customerpage.Options{Brand: "Acme", Contact: "+49 30 5550 100", Limits: l, Remote: byHeader}, v)
	return s, s.link(v)
}

// byHeader stands for a host whose proxy says where a request comes from.
func byHeader(r *http.Request) netip.Addr {
	addr, err := netip.ParseAddr(r.Header.Get("X-Test-Remote"))
	if err != nil {
		return netip.Addr{}
	}
	return addr
}

func from(r *http.Request, addr string) *http.Request {
	r.Header.Set("X-Test-Remote", addr)
	return r
}

// codes are the answers to n requests.
func (s *site) codes(n int, request func() *http.Request) string {
	out := make([]string, n)
	for i := range out {
		out[i] = strconv.Itoa(s.do(request()).Code)
	}
	return strings.Join(out, " ")
}

func TestReadsOfAPageAreLimited(t *testing.T) {
	t.Parallel()
	s, link := limited(t, func(l *customerpage.Limits) { l.Reads = customerpage.Rate{Every: 10 * time.Second, Burst: 2} })
	assert.Equal(t, "200 200 429 429", s.codes(4, func() *http.Request { return get(link) }))
	assert.Equal(t, "429", s.codes(1, func() *http.Request { return httptest.NewRequest(http.MethodHead, link, nil) }))
	another := s.links.URL("acme", "inc-7", "c-31")
	w := s.get(another)
	assert.Equal(t, http.StatusTooManyRequests, w.Code, "another link to the same page is the same page")
	assert.Equal(t, "10", w.Header().Get("Retry-After"))
	assert.Contains(t, w.Body.String(), "There were very many requests")
	assert.NotContains(t, w.Body.String(), "Backups")
	s.clock = s.clock.Add(10 * time.Second)
	assert.Equal(t, "200 429", s.codes(2, func() *http.Request { return get(link) }), "refusals do not count")
}

func TestWordsOnAPageAreLimitedAndKept(t *testing.T) {
	t.Parallel()
	s, link := limited(t, func(l *customerpage.Limits) { l.Words = customerpage.Rate{Every: time.Minute, Burst: 1} })
	form := fill(t, s.show(link), "report", "kind", "question", "urgency", "high", "text", "Why <me>?")
	assert.Equal(t, http.StatusSeeOther, s.post(link, form).Code)
	form = fill(t, s.show(link), "report", "kind", "question", "urgency", "high", "text", "Why <me>?")
	w := s.post(link+"?lang=en", form)
	require.Equal(t, http.StatusTooManyRequests, w.Code)
	assert.Equal(t, "60", w.Header().Get("Retry-After"))
	assert.Contains(t, w.Body.String(), "Why &lt;me&gt;?</textarea>")
	assert.Equal(t, "200", s.codes(1, func() *http.Request { return get(link) }), "reading is another limit")
	s.clock = s.clock.Add(time.Minute)
	assert.Equal(t, http.StatusSeeOther, s.post(link, hiddenFields(t, w.Body.String(), "Why <me>?")).Code, "the page sends it again as it was")
	assert.Equal(t, "Why <me>?", s.desk.last().Text)
}

func TestAddressesAreLimited(t *testing.T) {
	t.Parallel()
	rate := customerpage.Rate{Every: time.Minute, Burst: 2}
	for _, c := range []struct {
		name    string
		set     func(*customerpage.Limits)
		request func(link string) *http.Request
		ok      string
	}{
		{"reads", func(l *customerpage.Limits) { l.RemoteReads = rate }, get, "200"},
		{"words", func(l *customerpage.Limits) { l.RemoteWords = rate }, func(link string) *http.Request { return postOf(link, url.Values{}) }, "403"},
		{"tokens that do not open", func(l *customerpage.Limits) { l.RemoteInvalid = rate }, func(link string) *http.Request { return get(link + "x") }, "404"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, link := limited(t, c.set)
			by := func(addr string) func() *http.Request {
				return func() *http.Request { return from(c.request(link), addr) }
			}
			ok := c.ok + " " + c.ok
			assert.Equal(t, ok+" 429", s.codes(3, by("192.0.2.1")))
			assert.Equal(t, "429", s.codes(1, by("::ffff:192.0.2.1")), "the same address, written otherwise")
			assert.Equal(t, ok+" 429", s.codes(3, by("192.0.2.2")), "another address is another count")
			assert.Equal(t, c.ok, s.codes(1, by("2001:db8::1")))
			assert.Equal(t, c.ok, s.codes(1, by("2001:db8::ffff:1")))
			assert.Equal(t, "429", s.codes(1, by("2001:db8::2")), "an IPv6 network is one count")
			assert.Equal(t, c.ok, s.codes(1, by("2001:db8:0:1::1")), "the next one another")
			assert.Equal(t, ok+" "+ok, s.codes(4, by("")), "an unknown address is not limited")
		})
	}
}

func TestTokensThatDoNotOpenShutNobodyOut(t *testing.T) {
	t.Parallel()
	s, link := limited(t, func(l *customerpage.Limits) { l.RemoteInvalid = customerpage.Rate{Every: time.Minute, Burst: 1} })
	bad := func() *http.Request { return from(get(link+"x"), "192.0.2.1") }
	assert.Equal(t, "404 429 429", s.codes(3, bad))
	assert.Equal(t, "200", s.codes(1, func() *http.Request { return from(get(link), "192.0.2.1") }), "who has a link still sees the page")
}

func TestTheAddressOfTheConnection(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, remote string
		want         string
	}{
		{"an address", "192.0.2.1:1234", "200 429"},
		{"an IPv6 address", "[2001:db8::1]:1234", "200 429"},
		{"a proxy in a private network", "10.1.2.3:1234", "200 200"},
		{"a proxy on this machine", "127.0.0.1:1234", "200 200"},
		{"the same in IPv6", "[::1]:1234", "200 200"},
		{"a proxy without an address", "@", "200 200"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			v := resolved()
			l := unlimited
			l.RemoteReads = customerpage.Rate{Every: time.Minute, Burst: 1}
			s := newSite(t, &customerpage.Options{Limits: l}, v)
			assert.Equal(t, c.want, s.codes(2, func() *http.Request {
				r := get(s.link(v))
				r.RemoteAddr = c.remote
				return r
			}))
		})
	}
}

func TestCountsAreForgottenInOrder(t *testing.T) {
	t.Parallel()
	s, link := limited(t, func(l *customerpage.Limits) {
		l.RemoteReads, l.Remembered = customerpage.Rate{Every: time.Minute, Burst: 1}, 2
	})
	by := func(addr string) string {
		return s.codes(1, func() *http.Request { return from(get(link), addr) })
	}
	assert.Equal(t, "200", by("192.0.2.1"))
	assert.Equal(t, "200", by("192.0.2.2"))
	assert.Equal(t, "429", by("192.0.2.1"), "now the latest")
	assert.Equal(t, "200", by("192.0.2.3"), "pushes 192.0.2.2 out")
	assert.Equal(t, "429", by("192.0.2.1"))
	assert.Equal(t, "200", by("192.0.2.2"), "was forgotten")
}

func TestDefaultLimitsAreGenerousToReadersAndStrictWithWords(t *testing.T) {
	t.Parallel()
	v := resolved()
	s := newSite(t, &customerpage.Options{}, v)
	link := s.link(v)
	reads := s.codes(61, func() *http.Request { return get(link) })
	assert.Equal(t, strings.Repeat("200 ", 60)+"429", reads)
	s.clock = s.clock.Add(time.Hour)
	words := s.codes(21, func() *http.Request { return postOf(link, url.Values{}) })
	assert.Equal(t, strings.Repeat("403 ", 20)+"429", words)
	n := 0
	invalid := s.codes(21, func() *http.Request {
		n++
		r := get(fmt.Sprint(baseURL, n))
		r.RemoteAddr = "192.0.2.1:1"
		return r
	})
	assert.Equal(t, strings.Repeat("404 ", 20)+"429", invalid)
}
