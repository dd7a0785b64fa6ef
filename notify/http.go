package notify

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/http/httptrace"
	"time"
)

// HTTPOptions configures an [HTTP]. The zero value, like a nil *HTTPOptions, holds the defaults.
type HTTPOptions struct {
	// Check reads a 2xx answer: the receipt in it, or a failure that the service
	// tells inside of a success ("ok": false). An error of its own without a class is
	// temporary; one that leaves open whether the message was taken is [Ambiguous]. If nil, any
	// 2xx is a success with an empty receipt.
	Check func(r *HTTPResponse) (Receipt, error)
	// Refused reads any other answer. err is what its status says already (see
	// [HTTP]); return it, or one with the class that the service's own code means.
	// Nil instead of an error is no success: err counts. If nil, err counts.
	Refused func(r *HTTPResponse, err error) error
	// Independent says, as [Channel].Independent does, that every recipient has a
	// server of its own, as with webhooks: what one of them answers says nothing about the
	// channel and is mended by who runs it. If false, one service stands behind all recipients.
	Independent bool
	// Internal allows addresses inside of our own network: loopback, private,
	// link-local and everything else that is not globally reachable. Set it for a service of one's
	// own, never where customers give the addresses. If false, such an address is [ErrInternal].
	Internal bool
	// Conns bounds the connections to one host: as many as the channel has Workers. If zero, 64.
	Conns int
	// MaxBody bounds what is read of an answer, in bytes. If zero, 64 KiB.
	MaxBody int
	// TLS holds roots, client certificates and what else a service needs. It is copied. If nil, the system's roots.
	TLS *tls.Config
	// Resolver finds the addresses of names. If nil, the system's.
	Resolver *net.Resolver
	// Wrap gets the transport and returns what is used in its place: the same
	// with traces around it, for example. One that does not use what it gets dials for itself: then the
	// guard against internal addresses is its business, too. It finds the idempotency key under
	// its name in lower case. If nil, the transport is used as it is.
	Wrap func(http.RoundTripper) http.RoundTripper
	// Now tells the time by which a Retry-After date is read. If nil, time.Now.
	Now func() time.Time
}

// HTTP turns a function that makes a request into a [Notifier]. Make one with
// [NewHTTP]. It is safe for concurrent use.
//
// What an answer means for the next attempt:
//
//	2xx            accepted, unless Check says otherwise
//	408, 425, 5xx  temporary
//	409            temporary: with an idempotency key it says that an earlier attempt is still being worked on
//	429            throttled
//	410            gone
//	401, 403, 407  misconfigured: our own credentials are refused, whoever the recipient is
//	3xx            misconfigured: the service has moved, and is not followed, since a redirect
//	               can lead anywhere and turns a POST into a GET
//	404            lasting and not gone: the answer does not say for how long (RFC 9110 15.5.5), and
//	               a slip in a path must not cost a customer their address
//	others         lasting: this message will never be accepted
//
// A temporary answer with a Retry-After, in seconds or as a date, is throttled
// for that long; so are 502 and 504 without one, for as long as the schedule
// says, since a gateway that gets no answer is overloaded.
//
// With [HTTPOptions].Independent, everything but 2xx, 410 and what is throttled is
// temporary, as Standard Webhooks 1.0 wants it: who runs the receiver repairs
// it while the schedule goes on.
//
// A request that was not sent (no such name, refused, no TLS) failed temporarily.
// One that broke after its head was written is [Ambiguous]: it is repeated neither here nor by
// net/http, which takes a POST with an Idempotency-Key for safe to repeat.
type HTTP struct {
	build     func(ctx context.Context, d *Delivery) (*http.Request, error)
	opts      HTTPOptions
	transport http.RoundTripper
	pool      *http.Transport
}

// HTTPResponse is an answer, read. It is valid during the call only.
type HTTPResponse struct {
	Status int
	Header http.Header
	Body   []byte // at most HTTPOptions.MaxBody bytes
	Cut    bool   // there was more
}

// NewHTTP returns a notifier that sends the requests that build makes, over
// connections of its own: no proxy, cookie or setting of the process is used. build is called once for each
// attempt, concurrently, and returns a new request each time; [JSONRequest] makes
// one. Its errors must name no address and no secret, as those of any notifier.
//
// The delivery's ID goes along as Idempotency-Key, with what a header cannot hold
// percent-encoded, unless build set that header itself. The time-out is the context's: [Chain] sets it.
//
// NewHTTP panics if build is nil.
func NewHTTP(build func(ctx context.Context, d *Delivery) (*http.Request, error), opts *HTTPOptions) *HTTP {
	if build == nil {
		panic("notify: NewHTTP needs a function that builds the request") //nolint:forbidigo // a programmer's mistake at construction
	}
	h := &HTTP{build: build}
	if opts != nil {
		h.opts = *opts
	}
	if h.opts.Conns <= 0 {
		h.opts.Conns = 64
	}
	if h.opts.MaxBody <= 0 {
		h.opts.MaxBody = 64 << 10
	}
	if h.opts.Now == nil {
		h.opts.Now = time.Now
	}
	h.pool = newTransport(&h.opts)
	h.transport = h.pool
	if h.opts.Wrap != nil {
		h.transport = h.opts.Wrap(h.pool)
	}
	return h
}

// CloseIdleConnections closes the connections that no call is using. They close
// by themselves soon after the last use; a program that ends need not call it.
func (h *HTTP) CloseIdleConnections() { h.pool.CloseIdleConnections() }

// Notify implements [Notifier]: it builds the request, sends it once and reads the answer.
func (h *HTTP) Notify(ctx context.Context, d *Delivery) (Receipt, error) {
	if ctx.Err() != nil {
		return Receipt{}, sendError(nil, ended(ctx))
	}
	req, err := h.build(ctx, d)
	if err != nil {
		return Receipt{}, err
	}
	if err := prepare(req, d); err != nil {
		closeBody(req)
		return Receipt{}, err
	}
	inner := req.Context()   //nolint:contextcheck // it is ctx, or what the builder made of it
	if inner.Done() == nil { // the builder forgot ctx
		inner = ctx
	}
	var sent transfer
	req = req.WithContext(httptrace.WithClientTrace(inner, sent.trace()))
	// The transport itself, not a client: a client would follow redirects.
	resp, err := h.transport.RoundTrip(req) //nolint:bodyclose // answer closes it
	if err != nil {
		if ctx.Err() != nil {
			err = ended(ctx)
		}
		return Receipt{}, sent.failed(req, err)
	}
	return h.answer(resp)
}
