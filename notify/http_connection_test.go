package notify_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/notify"
)

// raw serves connections by hand.
func raw(t *testing.T, serve func(n int, c net.Conn)) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	var wg sync.WaitGroup
	wg.Go(func() {
		for n := 1; ; n++ {
			c, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				defer func() { _ = c.Close() }()
				serve(n, c)
			})
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		wg.Wait()
	})
	return "http://" + l.Addr().String() + "/key-4711"
}

// take reads one request and writes an answer, unless it is "".
func take(c net.Conn, r *bufio.Reader, answer string) bool {
	req, err := http.ReadRequest(r)
	if err != nil {
		return false
	}
	_, _ = io.Copy(io.Discard, req.Body)
	_, err = io.WriteString(c, answer)
	return err == nil
}

const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

func TestHTTPBrokenConnections(t *testing.T) {
	t.Parallel()
	check := &notify.HTTPOptions{Check: func(*notify.HTTPResponse) (notify.Receipt, error) { return notify.Receipt{}, nil }}
	for _, c := range []struct {
		name  string
		opts  *notify.HTTPOptions
		serve func(n int, c net.Conn)
		want  notify.Class
	}{
		{"cut after the request was read", nil, func(_ int, c net.Conn) { take(c, bufio.NewReader(c), "") }, notify.Uncertain},
		{"cut in the middle of the answer's head", nil, func(_ int, c net.Conn) { take(c, bufio.NewReader(c), "HTTP/1.1 200 OK\r\nCont") }, notify.Uncertain},
		{"cut in the middle of an answer that has to be read", check, func(_ int, c net.Conn) {
			take(c, bufio.NewReader(c), "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
		}, notify.Uncertain},
		{"cut in the middle of a refusal", check, func(_ int, c net.Conn) {
			take(c, bufio.NewReader(c), "HTTP/1.1 400 Bad\r\nContent-Length: 100\r\n\r\nhalf")
		}, notify.Lasting},
		{"an answer that is no HTTP", nil, func(_ int, c net.Conn) { take(c, bufio.NewReader(c), "SSH-2.0-key-4711 We are on it.\r\n\r\n") }, notify.Uncertain},
		{"a head without end", nil, func(_ int, c net.Conn) {
			if take(c, bufio.NewReader(c), "HTTP/1.1 200 OK\r\n") {
				for range 100 << 20 / 32 {
					if _, err := io.WriteString(c, "X-Header: 0123456789abcdef\r\n"); err != nil {
						return
					}
				}
			}
		}, notify.Uncertain},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := poster(t, raw(t, c.serve), c.opts).Notify(t.Context(), message("d-1"))
			require.Error(t, err)
			class, _ := notify.Classify(err)
			assert.Equal(t, c.want, class, "%v", err)
			for _, secret := range []string{"4711", "127.0.0.1", "We are on it"} {
				assert.NotContains(t, err.Error(), secret)
			}
		})
	}

	t.Run("cut in the middle of an answer that nobody needs", func(t *testing.T) {
		t.Parallel()
		_, err := poster(t, raw(t, func(_ int, c net.Conn) {
			take(c, bufio.NewReader(c), "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
		}), nil).Notify(t.Context(), message("d-1"))
		require.NoError(t, err)
	})

	t.Run("nobody listens", func(t *testing.T) {
		t.Parallel()
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		address := "http://" + l.Addr().String() + "/key-4711"
		require.NoError(t, l.Close())
		_, err = poster(t, address, nil).Notify(t.Context(), message("d-1"))
		class, _ := notify.Classify(err)
		assert.Equal(t, notify.Temporary, class)
		require.ErrorIs(t, err, syscall.ECONNREFUSED)
		assert.Equal(t, "notify: sending over HTTP: dial: connection refused", err.Error())
	})
}

// A POST with an Idempotency-Key is something that net/http repeats by itself
// when a connection that it had used before breaks after the write. The first
// attempt may have been taken: saying so is right, sending it again is not.
func TestHTTPRepeatsNothingByItself(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"", "Idempotency-Key", "X-Idempotency-Key"} {
		t.Run("header "+name, func(t *testing.T) {
			t.Parallel()
			var seen atomic.Int64
			address := raw(t, func(_ int, c net.Conn) {
				r := bufio.NewReader(c)
				if take(c, r, ok) {
					seen.Add(1)
					if take(c, r, "") { // read, then cut
						seen.Add(1)
					}
				}
			})
			h := notify.NewHTTP(func(ctx context.Context, d *notify.Delivery) (*http.Request, error) {
				req, err := jsonTo(address)(ctx, d)
				if name != "" {
					req.Header.Set(name, "own")
				}
				return req, err
			}, &notify.HTTPOptions{Internal: true})
			t.Cleanup(h.CloseIdleConnections)
			_, err := h.Notify(t.Context(), message("d-1"))
			require.NoError(t, err)
			_, err = h.Notify(t.Context(), message("d-2"))
			class, _ := notify.Classify(err)
			assert.Equal(t, notify.Uncertain, class, "%v", err)
			assert.EqualValues(t, 2, seen.Load())
		})
	}
}

func TestHTTPContext(t *testing.T) {
	t.Parallel()
	cause := errors.New("shutting down")

	t.Run("done before", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(cause)
		_, err := answers(t, func(http.ResponseWriter, *http.Request) { t.Error("sent all the same") }, nil).Notify(ctx, message("d-1"))
		require.ErrorIs(t, err, context.Canceled)
		require.ErrorIs(t, err, cause)
		class, _ := notify.Classify(err)
		assert.Equal(t, notify.Temporary, class)
	})

	t.Run("done while the answer is awaited, even if the builder forgot it", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancelCause(t.Context())
		srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			cancel(cause)
			<-r.Context().Done()
		}))
		t.Cleanup(srv.Close)
		h := notify.NewHTTP(func(_ context.Context, d *notify.Delivery) (*http.Request, error) {
			return jsonTo(srv.URL)(context.Background(), d)
		}, &notify.HTTPOptions{Internal: true})
		_, err := h.Notify(ctx, message("d-1"))
		require.ErrorIs(t, err, context.Canceled)
		require.ErrorIs(t, err, cause)
		class, _ := notify.Classify(err)
		assert.Equal(t, notify.Uncertain, class)
	})
}

// counted starts a server that counts its connections.
func counted(t *testing.T, handler http.HandlerFunc) (srv *httptest.Server, conns *atomic.Int64) {
	t.Helper()
	conns = new(atomic.Int64)
	srv = httptest.NewUnstartedServer(handler)
	srv.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			conns.Add(1)
		}
	}
	srv.Start()
	t.Cleanup(srv.Close)
	return srv, conns
}

func TestHTTPLongAnswers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		length int64 // announced, -1: not at all
		size   int64
		reuse  bool
	}{
		{"1 KiB", 1 << 10, 1 << 10, true},
		{"60 KiB, not announced", -1, 60 << 10, true},
		{"1 MiB", 1 << 20, 1 << 20, false},
		{"100 MB, not announced", -1, 100e6, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var written atomic.Int64
			srv, conns := counted(t, func(w http.ResponseWriter, _ *http.Request) {
				if c.length >= 0 {
					w.Header().Set("Content-Length", fmt.Sprint(c.length))
				}
				n, _ := io.CopyN(w, endless{}, c.size)
				written.Add(n)
			})
			h := poster(t, srv.URL, nil)
			for i := range 3 {
				_, err := h.Notify(t.Context(), message(fmt.Sprint(i)))
				require.NoError(t, err)
			}
			if c.reuse {
				assert.EqualValues(t, 1, conns.Load())
				return
			}
			assert.EqualValues(t, 3, conns.Load())
			srv.Close() // waits for the handlers
			assert.Less(t, written.Load(), int64(60e6), "most of the answers was never sent")
		})
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

// 64 senders need about 64 connections, however many deliveries there are. (On a
// busy machine net/http gives some of them up itself.)
func TestHTTPConnections(t *testing.T) {
	t.Parallel()
	srv, conns := counted(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, "accepted 1")
	})
	h := poster(t, srv.URL, nil)
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() {
			for range 30 {
				_, err := h.Notify(t.Context(), message("d"))
				assert.NoError(t, err)
			}
		})
	}
	wg.Wait()
	assert.LessOrEqual(t, conns.Load(), int64(64+64*30/10))
}

func TestHTTPOverTLS(t *testing.T) {
	t.Parallel()
	var proto atomic.Value
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { proto.Store(r.Proto) }))
	srv.EnableHTTP2 = true
	srv.StartTLS()
	t.Cleanup(srv.Close)

	t.Run("with the service's own roots, and HTTP/2", func(t *testing.T) {
		t.Parallel()
		roots := x509.NewCertPool()
		roots.AddCert(srv.Certificate())
		_, err := poster(t, srv.URL, &notify.HTTPOptions{TLS: &tls.Config{RootCAs: roots}}).Notify(t.Context(), message("d-1"))
		require.NoError(t, err)
		assert.Equal(t, "HTTP/2.0", proto.Load())
	})
	t.Run("over HTTP/2, too, what broke after it was written is uncertain, and is not repeated", func(t *testing.T) {
		t.Parallel()
		var calls atomic.Int64
		aborts := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			calls.Add(1)
			panic(http.ErrAbortHandler) //nolint:forbidigo // how a handler breaks off
		}))
		aborts.EnableHTTP2 = true
		aborts.StartTLS()
		t.Cleanup(aborts.Close)
		roots := x509.NewCertPool()
		roots.AddCert(aborts.Certificate())
		_, err := poster(t, aborts.URL, &notify.HTTPOptions{TLS: &tls.Config{RootCAs: roots}}).Notify(t.Context(), message("d-1"))
		class, _ := notify.Classify(err)
		assert.Equal(t, notify.Uncertain, class, "%v", err)
		assert.EqualValues(t, 1, calls.Load())
	})
	t.Run("an unknown authority is a temporary failure: nothing was sent", func(t *testing.T) {
		t.Parallel()
		_, err := poster(t, srv.URL, nil).Notify(t.Context(), message("d-1"))
		class, _ := notify.Classify(err)
		assert.Equal(t, notify.Temporary, class)
		assert.Equal(t, "notify: sending over HTTP: TLS: the certificate is from an unknown authority", err.Error())
	})
	t.Run("a plain request to it is told so", func(t *testing.T) {
		t.Parallel()
		_, err := poster(t, strings.Replace(srv.URL, "https", "http", 1), nil).Notify(t.Context(), message("d-1"))
		class, _ := notify.Classify(err)
		assert.Equal(t, notify.Lasting, class) // 400, from net/http's server
	})
}
