package slacknotify

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/amends-dev/amends/notify"
)

// WebhookOptions configures [NewWebhook]. The zero value, like a nil
// *WebhookOptions, holds the defaults.
type WebhookOptions struct {
	// URL is the webhook that everything goes to. It is a secret. If empty, each
	// recipient's address is a webhook of their own.
	URL string
	// Conn sets up the connections. Independent, Check and Refused are not used.
	// With Internal, http will do instead of https. If zero, its defaults: no internal addresses.
	Conn notify.HTTPOptions
}

// Webhook posts to incoming webhooks. Make one with [NewWebhook]. It is safe for concurrent use.
type Webhook struct {
	http *notify.HTTP
	url  string // "": recipients give their own
}

// NewWebhook returns a notifier that posts to incoming webhooks. A webhook says
// nothing of the message that it made, so that receipts are empty and every
// message stands alone: for threads see [NewBot].
//
// The error says that the URL in the options is none, and does not show it. A
// recipient's address that is none is a failure of class gone.
func NewWebhook(opts *WebhookOptions) (*Webhook, error) {
	var o WebhookOptions
	if opts != nil {
		o = *opts
	}
	h := withDefaults(o.Conn)
	w := &Webhook{url: o.URL}
	if o.URL != "" {
		if err := checkURL(o.URL, h.Internal); err != nil {
			return nil, fmt.Errorf("slacknotify: the webhook in the options: %w", err)
		}
	}
	h.Independent = o.URL == ""
	h.Check = func(r *notify.HTTPResponse) (notify.Receipt, error) {
		switch code := strings.TrimSpace(string(r.Body)); {
		case code == "ok":
			return notify.Receipt{}, nil
		case table[code] != nil:
			return notify.Receipt{}, w.placed(refusal(code, asked(r, h.Now)))
		}
		return notify.Receipt{}, notify.Ambiguous(errAnswer)
	}
	h.Refused = func(r *notify.HTTPResponse, err error) error {
		if code := strings.TrimSpace(string(r.Body)); table[code] != nil {
			err = refusal(code, asked(r, h.Now))
		}
		return w.placed(err)
	}
	w.http = notify.NewHTTP(func(ctx context.Context, d *notify.Delivery) (*http.Request, error) {
		address := w.url
		if address == "" {
			address = strings.TrimSpace(d.To.Address)
			if err := checkURL(address, h.Internal); err != nil {
				return nil, notify.Gone(fmt.Errorf("slacknotify: the recipient's webhook: %w", err))
			}
		}
		shown, err := show(d.Message)
		if err != nil {
			return nil, err
		}
		return notify.JSONRequest(ctx, address, post{content: shown})
	}, h)
	return w, nil
}

// Notify implements [notify.Notifier].
func (w *Webhook) Notify(ctx context.Context, d *notify.Delivery) (notify.Receipt, error) {
	return w.http.Notify(ctx, d)
}

// Channel returns how a dispatcher should use w. Of recipients' webhooks the
// rate is that of all together; set Rate and Workers as it suits.
func (w *Webhook) Channel() notify.Channel {
	c := notify.Channel{Notifier: w, RepeatUncertain: true, Independent: w.url == ""}
	if !c.Independent {
		c.Rate = perChannel
	}
	return c
}

// CloseIdleConnections closes the connections that no call is using.
func (w *Webhook) CloseIdleConnections() { w.http.CloseIdleConnections() }

// placed reads an error by whose the webhook is.
func (w *Webhook) placed(err error) error {
	if w.url != "" {
		return ours(err)
	}
	return err
}
