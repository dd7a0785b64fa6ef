package customerpage

import (
	"container/list"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Rate is how often something may be done: Burst times at once, and once more
// every Every. The zero value is the default of the limit where it stands; a
// negative Every is no limit.
type Rate struct {
	Every time.Duration
	Burst int
}

// Limits bound what strangers and broken clients can cause. They hold for one
// process: three machines allow three times as much. All of it is counted in bounded
// memory: when more than Remembered are in sight, the one that came
// longest ago is forgotten, and its count with it.
type Limits struct {
	// Reads of one customer's page of a record, by GET and HEAD, whatever link was
	// used. If zero, one a second, 60 at once.
	Reads Rate
	// Words on one customer's page of a record, by POST. If zero, one every 6 seconds, 20 at once.
	Words Rate
	// RemoteReads of one remote address, all links together. If zero, 20 a second,
	// 600 at once: mail scanners of a large company follow many links from one address.
	RemoteReads Rate
	// RemoteWords of one remote address. If zero, one a second, 60 at once.
	RemoteWords Rate
	// RemoteInvalid is how often one remote address may come with tokens that do not
	// open before it gets 429 for them. If zero, one every 6 seconds, 20 at once.
	RemoteInvalid Rate
	// Remembered is how many pages, and how many addresses, are counted at the
	// same time for each limit. If zero, 10,000: about 2 MiB a limit.
	Remembered int
}

func (r Rate) or(every time.Duration, burst int) Rate {
	if r == (Rate{}) {
		return Rate{every, burst}
	}
	return r
}

// limits are the counters of a handler.
type limits struct {
	reads, words, remoteReads, remoteWords, remoteInvalid *limiter
}

func newLimits(o Limits) (*limits, error) {
	for _, r := range []Rate{o.Reads, o.Words, o.RemoteReads, o.RemoteWords, o.RemoteInvalid} {
		if r != (Rate{}) && r.Every >= 0 && (r.Every == 0 || r.Burst < 1) {
			return nil, errors.New("customerpage: a limit needs Every and a Burst of at least 1; a negative Every is no limit")
		}
	}
	if o.Remembered < 0 {
		return nil, errors.New("customerpage: Limits.Remembered is negative")
	}
	size := o.Remembered
	if size == 0 {
		size = 10_000
	}
	return &limits{
		reads:         newLimiter(o.Reads.or(time.Second, 60), size),
		words:         newLimiter(o.Words.or(6*time.Second, 20), size),
		remoteReads:   newLimiter(o.RemoteReads.or(time.Second/20, 600), size),
		remoteWords:   newLimiter(o.RemoteWords.or(time.Second, 60), size),
		remoteInvalid: newLimiter(o.RemoteInvalid.or(6*time.Second, 20), size),
	}, nil
}

// limiter counts by key and forgets the key that came longest ago.
type limiter struct {
	rate Rate
	size int

	mu    sync.Mutex
	order *list.List // of *counter, the latest first
	byKey map[string]*list.Element
}

type counter struct {
	key     string
	limiter *rate.Limiter
}

func newLimiter(r Rate, size int) *limiter {
	return &limiter{rate: r, size: size, order: list.New(), byKey: map[string]*list.Element{}}
}

// take counts one more and returns zero, or returns how long to wait and does not count it.
func (l *limiter) take(key string, now time.Time) time.Duration {
	if l.rate.Every < 0 {
		return 0
	}
	r := l.counter(key).ReserveN(now, 1)
	wait := r.DelayFrom(now)
	if wait > 0 {
		r.CancelAt(now)
	}
	return wait
}

func (l *limiter) counter(key string) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e, ok := l.byKey[key]; ok {
		l.order.MoveToFront(e)
		return e.Value.(*counter).limiter //nolint:forcetypeassert // nothing else is put in
	}
	c := &counter{key, rate.NewLimiter(rate.Every(l.rate.Every), l.rate.Burst)}
	l.byKey[key] = l.order.PushFront(c)
	if l.order.Len() > l.size {
		last := l.order.Back()
		delete(l.byKey, last.Value.(*counter).key) //nolint:forcetypeassert // nothing else is put in
		l.order.Remove(last)
	}
	return c.limiter
}

// connection returns the address of the other end of the connection. A private
// one is a proxy's, or stands for all who are behind it: it is told to be no remote address.
func connection(r *http.Request) netip.Addr {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return netip.Addr{}
	}
	addr = addr.Unmap()
	if addr.IsPrivate() || addr.IsLoopback() || addr.IsLinkLocalUnicast() {
		return netip.Addr{}
	}
	return addr
}

// remoteKey is what is counted for an address, "" for none. Whoever has one IPv6 address has the
// 2^64 of its network too, so those count as one.
func remoteKey(addr netip.Addr) string {
	addr = addr.Unmap().WithZone("")
	if !addr.IsValid() {
		return ""
	}
	if addr.Is6() {
		if network, err := addr.Prefix(64); err == nil {
			addr = network.Addr()
		}
	}
	return addr.String()
}
