package customerpage

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/amends-dev/amends/internal/signedlink"
)

// Facts that [Links.Open] reports; compare with errors.Is. Neither says anything
// about the customer.
var (
	// ErrInvalid: the token was not sealed with one of the keys. It is forged,
	// altered, cut short, or its key was taken out of use.
	ErrInvalid = errors.New("not a link of ours")
	// ErrExpired: the link is ours and too old, or made by a clock that is far ahead.
	ErrExpired = errors.New("the link has expired")
)

// DefaultLife is how long a link is good for unless [LinksOptions] say otherwise:
// 90 days. Every message brings a fresh link, so a link must outlive the wait for
// the next message and no more. The longest such waits are a credit that shows on
// the next quarterly invoice, and the work that was promised so that it does not
// happen again. What is longer only helps whoever finds an old mailbox.
const DefaultLife = 90 * 24 * time.Hour

// ahead is how far the clock of the machine that made a link may be ahead of ours.
const ahead = 5 * time.Minute

// formatOne is the first byte of what a token holds.
const formatOne = 1

// purposeLink keeps tokens of links apart from others under the same keys.
const purposeLink = "customer page"

// LinksOptions configures [NewLinks]. Nil, like the zero value, holds the defaults.
type LinksOptions struct {
	// Life is how long a link is good for, counted from when it was made. It is
	// not in the link: a change applies to those that are out. If zero, [DefaultLife].
	Life time.Duration
	// Insecure allows a base with http on a host other than this machine. Whoever
	// reads along then has the link, so this is for closed networks. If false, https
	// is demanded.
	Insecure bool
	// Now is for hosts that replay history. If nil, time.Now.
	Now func() time.Time
}

// Links makes and opens the links by which customers see what concerns them. A
// link is a capability: whoever has it sees the page of one customer in one
// record, and speaks for them. It is immutable and safe for concurrent use.
type Links struct {
	base   string
	sealer *signedlink.Sealer
	forms  *signedlink.Sealer
	life   time.Duration
	now    func() time.Time
}

// Link is what a link carries. Whose page is shown, and who speaks, comes from it alone.
type Link struct {
	Space    string
	Record   string // the incident, or the case that stands alone
	Customer string
	// Issued is when it was made, in whole seconds, UTC.
	Issued time.Time
}

// NewLinks returns the maker of links below base, which is the address of the
// [Handler] as customers reach it, for example "https://acme.example/yours/". It
// has no query and no fragment; a slash is added at its end if it has none.
//
// Keys are secret and random, at least 32 bytes each, and the same on every
// machine. The first seals, all of them open: to rotate, put a new one in front and
// drop the old one once its links have expired, or at once if it leaked. One key is good
// for 4 billion links.
func NewLinks(base string, keys [][]byte, opts *LinksOptions) (*Links, error) {
	var o LinksOptions
	if opts != nil {
		o = *opts
	}
	address, err := checkedBase(base, o.Insecure)
	if err != nil {
		return nil, err
	}
	if o.Life < 0 {
		return nil, fmt.Errorf("customerpage: LinksOptions.Life is %s: links would never be good", o.Life)
	}
	l := &Links{base: address, life: o.Life, now: o.Now}
	if l.life == 0 {
		l.life = DefaultLife
	}
	if l.now == nil {
		l.now = time.Now
	}
	if l.sealer, err = signedlink.New(keys...); err != nil {
		return nil, fmt.Errorf("customerpage: keys of links: %w", err)
	}
	if l.forms, err = formSealer(keys); err != nil {
		return nil, err
	}
	return l, nil
}

func checkedBase(base string, insecure bool) (string, error) {
	u, err := url.Parse(base)
	switch {
	case err != nil || u.Host == "" || u.Opaque != "":
		return "", errors.New(`customerpage: the base of links is no web address: want one as in "https://acme.example/yours/"`)
	case u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return "", errors.New("customerpage: the base of links has a user, a query or a fragment: the token comes right after it")
	case u.Scheme == "https", u.Scheme == "http" && (insecure || thisMachine(u.Hostname())):
	default:
		return "", fmt.Errorf("customerpage: the base of links begins with %q: want https, since whoever reads a link on its way can use it", u.Scheme)
	}
	return strings.TrimSuffix(u.String(), "/") + "/", nil
}

func thisMachine(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}

// URL makes a link to the page of one customer in a record. It is what the desk's
// Options.Links asks for. Two links to one page differ, and neither
// shows an ID or anything else of what it holds. IDs may have 2,900 bytes
// together; the token of longer ones does not open.
func (l *Links) URL(space, record, customer string) string {
	payload := append(make([]byte, 0, 16+len(space)+len(record)+len(customer)), formatOne)
	payload = binary.AppendUvarint(payload, uint64(max(l.now().Unix(), 0)))
	payload = appendText(payload, space)
	payload = appendText(payload, record)
	payload = appendText(payload, customer)
	return l.base + l.sealer.Seal(purposeLink, payload)
}

// Open returns what the token of a link carries: the last part of its path. It
// fails with [ErrInvalid] or [ErrExpired]. Whether links were revoked is known by
// the desk alone.
func (l *Links) Open(token string) (Link, error) {
	payload, err := l.sealer.Open(purposeLink, token)
	if err != nil {
		return Link{}, fmt.Errorf("customerpage: opening a link: %w", ErrInvalid)
	}
	r := reader{rest: payload}
	if r.octet() != formatOne {
		return Link{}, fmt.Errorf("customerpage: opening a link of a later version: %w", ErrInvalid)
	}
	link := Link{Issued: time.Unix(int64(r.number()), 0).UTC()}
	link.Space, link.Record, link.Customer = r.text(), r.text(), r.text()
	if r.bad || len(r.rest) > 0 {
		return Link{}, fmt.Errorf("customerpage: opening a link of a later version: %w", ErrInvalid)
	}
	now := l.now()
	if !now.Before(link.Issued.Add(l.life)) || link.Issued.After(now.Add(ahead)) {
		return Link{}, fmt.Errorf("customerpage: opening a link made at %s: %w", link.Issued.Format(time.RFC3339), ErrExpired)
	}
	return link, nil
}

// expires is when a link is good no more.
func (l *Links) expires(link Link) time.Time { return link.Issued.Add(l.life) }

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// reader takes apart what was sealed; bad says that it ended early.
type reader struct {
	rest []byte
	bad  bool
}

func (r *reader) octet() byte {
	if len(r.rest) == 0 {
		r.bad = true
		return 0
	}
	b := r.rest[0]
	r.rest = r.rest[1:]
	return b
}

func (r *reader) number() uint64 {
	n, size := binary.Uvarint(r.rest)
	if size <= 0 {
		r.bad = true
		return 0
	}
	r.rest = r.rest[size:]
	return n
}

func (r *reader) text() string {
	n := r.number()
	if r.bad || n > uint64(len(r.rest)) {
		r.bad = true
		return ""
	}
	s := string(r.rest[:n])
	r.rest = r.rest[n:]
	return s
}
