package customerpage_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
)

// BenchmarkPage reads a page with everything in it: sealing its forms, filling the
// template, the fake desk's copy of the view.
func BenchmarkPage(b *testing.B) {
	v := full()
	s := newSite(b, nil, v)
	address := s.link(v) + "?lang=en"
	b.ReportAllocs()
	for b.Loop() {
		w := httptest.NewRecorder()
		s.page.ServeHTTP(w, get(address))
		require.Equal(b, http.StatusOK, w.Code)
	}
}

// BenchmarkNoLinkOfOurs is what a stranger's request costs.
func BenchmarkNoLinkOfOurs(b *testing.B) {
	s := newSite(b, nil)
	address := baseURL + flip(tokenOf(b, s.links.URL("acme", "inc-7", "c-31")))
	b.ReportAllocs()
	for b.Loop() {
		w := httptest.NewRecorder()
		s.page.ServeHTTP(w, get(address))
		require.Equal(b, http.StatusNotFound, w.Code)
	}
}

func BenchmarkLinkMade(b *testing.B) {
	s := newSite(b, nil)
	b.ReportAllocs()
	for b.Loop() {
		_ = s.links.URL("acme", "inc-7", "c-31")
	}
}

func BenchmarkLinkOpened(b *testing.B) {
	s := newSite(b, nil)
	token := tokenOf(b, s.links.URL("acme", "inc-7", "c-31"))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.links.Open(token); err != nil {
			b.Fatal(err)
		}
	}
}
