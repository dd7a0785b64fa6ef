package statuspage_test

import (
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/incident/statuspage"
)

// BenchmarkServe compares documents of the page with a plain handler that
// writes the same bytes under the same headers, on a server on loopback, with
// parallel clients.
func BenchmarkServe(b *testing.B) {
	h := handler(b, story(b).store, options())
	for _, path := range []string{"/api/v2/summary.json", "/"} {
		answer := get(b, h, path)
		plain := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			maps.Copy(w.Header(), answer.Header())
			_, _ = w.Write(answer.Body.Bytes())
		})
		for _, c := range []struct {
			name string
			h    http.Handler
		}{{"plain", plain}, {"page", h}} {
			b.Run(fmt.Sprintf("path=%s/%s", path, c.name), func(b *testing.B) { load(b, c.h, path, answer.Body.Len()) })
		}
	}
}

func load(b *testing.B, h http.Handler, path string, size int) {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(b, err)
	srv := &http.Server{Handler: h, ReadHeaderTimeout: time.Second}
	go func() { _ = srv.Serve(l) }()
	b.Cleanup(func() { _ = srv.Close() })
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64, DisableCompression: true}}
	b.Cleanup(client.CloseIdleConnections)
	b.ReportAllocs()
	b.SetBytes(int64(size))
	b.SetParallelism(16)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			r, err := http.NewRequestWithContext(b.Context(), http.MethodGet, "http://"+l.Addr().String()+path, nil)
			if err != nil {
				b.Error(err)
				return
			}
			r.Header.Set("Accept-Language", "de-CH, de;q=0.9, en;q=0.5")
			resp, err := client.Do(r)
			if err != nil {
				b.Error(err)
				return
			}
			n, err := io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
			if err != nil || int(n) < size/2 {
				b.Errorf("%d bytes, %v", n, err)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
}

// BenchmarkAnswer is the handler alone, without a network.
func BenchmarkAnswer(b *testing.B) {
	h := handler(b, story(b).store, options())
	for _, c := range []struct{ name, path, tag string }{
		{"summary.json", "/api/v2/summary.json", ""},
		{"page", "/", ""},
		{"not modified", "/", get(b, h, "/", "Accept-Language", "de").Header().Get("ETag")},
	} {
		b.Run(c.name, func(b *testing.B) {
			r := httptest.NewRequest(http.MethodGet, c.path, nil)
			r.Header.Set("Accept-Language", "de-CH, de;q=0.9, en;q=0.5")
			if c.tag != "" {
				r.Header.Set("If-None-Match", c.tag)
			}
			w := &nobody{head: http.Header{}}
			b.ReportAllocs()
			for b.Loop() {
				clear(w.head)
				h.ServeHTTP(w, r)
			}
		})
	}
}

// nobody is a reader who keeps nothing.
type nobody struct{ head http.Header }

func (n *nobody) Header() http.Header         { return n.head }
func (n *nobody) Write(b []byte) (int, error) { return len(b), nil }
func (n *nobody) WriteHeader(int)             {}

// BenchmarkRefresh is one reading of the store and making summary.json anew, of
// so many incidents with five updates each, of which one has got a sixth.
func BenchmarkRefresh(b *testing.B) {
	for _, n := range []int{1000, 10_000} {
		for _, changed := range []bool{false, true} {
			b.Run(fmt.Sprintf("incidents=%d/changed=%v", n, changed), func(b *testing.B) {
				w := newWorld(b)
				for i := range n {
					fill(w, fmt.Sprintf("inc_%d", i), i)
				}
				at := now()
				o := options()
				o.Now = func() time.Time { return at }
				h := handler(b, w.store, o)
				require.Equal(b, http.StatusOK, get(b, h, "/api/v2/summary.json").Code)
				b.ReportAllocs()
				for i := 0; b.Loop(); i++ {
					if changed {
						b.StopTimer()
						w.say(fmt.Sprintf("inc_%d", i%n), at, word{en: "Another word."})
						b.StartTimer()
					}
					at = at.Add(time.Second)
					h.ServeHTTP(&nobody{head: http.Header{}}, httptest.NewRequest(http.MethodGet, "/api/v2/summary.json", nil))
				}
			})
		}
	}
}

// fill adds a closed incident with five updates.
func fill(w *world, id string, n int) {
	at := now().Add(-time.Duration(n) * time.Hour)
	w.declare(id, "Uploads fail", incident.SeverityMajor, at, uploads)
	for range 5 {
		w.say(id, at, word{en: "Uploads fail for everybody who uses a browser; the apps are not affected.", de: "Uploads schlagen in Browsern fehl."})
	}
	w.add(id, at, incident.StatusChanged{From: incident.StatusDetected, To: incident.StatusClosed})
}

// BenchmarkFirstReading is what the first reader of a page waits for.
func BenchmarkFirstReading(b *testing.B) {
	w := newWorld(b)
	for i := range 1000 {
		fill(w, fmt.Sprintf("inc_%d", i), i)
	}
	b.ReportAllocs()
	for b.Loop() {
		h, err := statuspage.NewHandler(w.store, space, page(), options())
		require.NoError(b, err)
		require.Equal(b, http.StatusOK, get(b, h, "/").Code)
	}
}
