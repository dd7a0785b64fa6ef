package notify

import (
	"net"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"
)

// Bounds of a connection. The whole of an attempt is bounded by its context; these say
// what belongs to the part of it in which nothing has been sent yet.
const (
	dialTimeout = 10 * time.Second
	tlsTimeout  = 10 * time.Second
	// idleTimeout is shorter than the shortest time that common servers keep a
	// connection (2 s), so that a request is not written onto one that the server is
	// just closing: nobody could say then whether it arrived. Senders at work never idle so long.
	idleTimeout = 1500 * time.Millisecond
	// maxHeader bounds the head of an answer.
	maxHeader = 64 << 10
)

// newTransport returns connections of the notifier's own.
func newTransport(o *HTTPOptions) *http.Transport {
	dialer := &net.Dialer{Timeout: dialTimeout, Resolver: o.Resolver}
	if !o.Internal {
		dialer.ControlContext = guard
	}
	t := &http.Transport{
		Proxy:                  nil, // not the environment's
		DialContext:            dialer.DialContext,
		TLSHandshakeTimeout:    tlsTimeout,
		MaxConnsPerHost:        o.Conns,
		MaxIdleConnsPerHost:    o.Conns,
		IdleConnTimeout:        idleTimeout,
		MaxResponseHeaderBytes: maxHeader,
		DisableCompression:     true, // answers are short, and one that grows is a trap
		ForceAttemptHTTP2:      true,
	}
	if o.TLS != nil {
		t.TLSClientConfig = o.TLS.Clone()
	}
	return t
}

// transfer follows one request. A transport may try several connections, each only
// because nothing of the request has reached anybody over the one before.
type transfer struct{ begun atomic.Bool }

func (t *transfer) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GetConn:      func(string) { t.begun.Store(false) },
		WroteHeaders: func() { t.begun.Store(true) },
		WroteRequest: func(i httptrace.WroteRequestInfo) {
			if i.Err == nil {
				t.begun.Store(true)
			}
		},
	}
}
