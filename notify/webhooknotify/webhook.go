package webhooknotify

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/amends-dev/amends/notify"
)

// SecretsFunc returns the secrets of a recipient's endpoint, in the form of
// [ParseSecret]: one, or while it is being replaced the new one and the old
// one. Each endpoint has its own. It is called for each attempt, concurrently. An error keeps
// its class ([notify.Gone], for example, if the endpoint was removed); one without is temporary.
type SecretsFunc func(ctx context.Context, to notify.Recipient) ([]string, error)

// Options configures a [Notifier]. The zero value, like a nil *Options, holds the defaults.
type Options struct {
	// Page is the status page that the payload speaks for. If zero, its fields are empty.
	Page Page
	// Payload makes the body of the request, JSON, from a delivery; it is sent
	// as it is. It must make the same of the same delivery on every attempt. If nil, that of
	// [StatuspageEvent].
	Payload func(d *notify.Delivery) ([]byte, error)
	// PlainHTTP allows http beside https: what is sent can then be read on the
	// way, though not changed. If false, an http address is [ErrNotHTTPS].
	PlainHTTP bool
	// Conn sets up the connections; its Now also dates the attempts. Independent
	// is set, and Check and Refused are not used. If zero, its defaults: no internal addresses.
	Conn notify.HTTPOptions
}

// Notifier delivers to webhooks; a recipient's Address is the URL of their
// endpoint. Make one with [New]. It is safe for concurrent use.
type Notifier struct {
	http    *notify.HTTP
	secrets SecretsFunc
	payload func(d *notify.Delivery) ([]byte, error)
	plain   bool
	now     func() time.Time
}

// ErrNotHTTPS says that an endpoint's address would be used unencrypted.
var ErrNotHTTPS = errors.New("the address is not https: ask for one, or set PlainHTTP if its messages may be read on the way")

// New returns a notifier that signs with what secrets returns. It panics if
// secrets is nil: what is not signed cannot be told from a forgery.
func New(secrets SecretsFunc, opts *Options) *Notifier {
	if secrets == nil {
		panic("webhooknotify: New needs a function that returns an endpoint's secrets") //nolint:forbidigo // a programmer's mistake at construction
	}
	var o Options
	if opts != nil {
		o = *opts
	}
	n := &Notifier{secrets: secrets, payload: o.Payload, plain: o.PlainHTTP, now: o.Conn.Now}
	if n.now == nil {
		n.now = time.Now
	}
	if n.payload == nil {
		page := o.Page
		n.payload = func(d *notify.Delivery) ([]byte, error) { return statuspage(d, page) }
	}
	o.Conn.Independent, o.Conn.Check, o.Conn.Refused = true, nil, nil
	n.http = notify.NewHTTP(n.build, &o.Conn)
	return n
}

// Channel returns how a dispatcher should use n: each endpoint is a server of
// its own, and a repeat is harmless. The time-out is 20 s (Standard Webhooks: 15 to 30 s).
func (n *Notifier) Channel() notify.Channel {
	return notify.Channel{Notifier: n, Independent: true, RepeatUncertain: true, Timeout: 20 * time.Second}
}

// Check says whether an address is one that n would send to, as far as that can
// be told before: [notify.ErrAddress] or [ErrNotHTTPS] if it is not. Where its name leads
// is looked at when it is used.
func (n *Notifier) Check(address string) error {
	u, err := notify.ParseURL(address)
	if err != nil {
		return fmt.Errorf("webhooknotify: checking an endpoint: %w", err)
	}
	return n.checkScheme(u.Scheme)
}

func (n *Notifier) checkScheme(scheme string) error {
	if scheme != "https" && !n.plain {
		return fmt.Errorf("webhooknotify: checking an endpoint: %w", ErrNotHTTPS)
	}
	return nil
}

// CloseIdleConnections closes the connections that no call is using.
func (n *Notifier) CloseIdleConnections() { n.http.CloseIdleConnections() }

// Notify implements [notify.Notifier]. The receipt's ProviderID is the webhook-id.
func (n *Notifier) Notify(ctx context.Context, d *notify.Delivery) (notify.Receipt, error) {
	if _, err := n.http.Notify(ctx, d); err != nil {
		return notify.Receipt{}, err
	}
	return notify.Receipt{ProviderID: ID(d.ID)}, nil
}

// build makes the signed request of one attempt.
func (n *Notifier) build(ctx context.Context, d *notify.Delivery) (*http.Request, error) {
	body, err := n.payload(d)
	if err != nil {
		return nil, err
	}
	req, err := notify.PostRequest(ctx, d.To.Address, "application/json", body)
	if err != nil {
		return nil, err
	}
	if err := n.checkScheme(req.URL.Scheme); err != nil {
		return nil, notify.Permanent(err)
	}
	id, at := ID(d.ID), n.now()
	signature, err := n.sign(ctx, d.To, id, at, body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Webhook-Id", id)
	req.Header.Set("Webhook-Timestamp", strconv.FormatInt(at.Unix(), 10))
	req.Header.Set("Webhook-Signature", signature)
	req.Header.Set("Idempotency-Key", id)
	return req, nil
}

// sign returns the signatures by all secrets of an endpoint.
func (n *Notifier) sign(ctx context.Context, to notify.Recipient, id string, at time.Time, body []byte) (string, error) {
	texts, err := n.secrets(ctx, to)
	if err != nil {
		return "", fmt.Errorf("webhooknotify: looking up the endpoint's secrets: %w", err)
	}
	if len(texts) == 0 {
		return "", errors.New("webhooknotify: signing: the endpoint has no secret: make one with GenerateSecret")
	}
	var all []byte
	for i, text := range texts {
		secret, err := ParseSecret(text)
		if err != nil {
			return "", fmt.Errorf("webhooknotify: signing with secret %d of %d: %w", i+1, len(texts), err)
		}
		if i > 0 {
			all = append(all, ' ')
		}
		all = secret.appendSignature(all, id, at, body)
	}
	return string(all), nil
}
