package customnotifier

import (
	"context"
	"net/http"

	"github.com/amends-dev/amends/notify"
)

// New returns a notifier that posts to the pager service at url.
func New(url, token string) *notify.HTTP {
	return notify.NewHTTP(func(ctx context.Context, d *notify.Delivery) (*http.Request, error) {
		req, err := notify.JSONRequest(ctx, url, map[string]string{
			"to": d.To.Address, "text": d.Message.Subject + "\n" + d.Message.Text,
		})
		if err != nil {
			return nil, notify.Misconfigured(err) // the address is ours: it is wrong for everybody
		}
		req.Header.Set("Authorization", "Bearer "+token)
		return req, nil
	}, &notify.HTTPOptions{
		Internal: true, // the service runs in our own network
		Check: func(r *notify.HTTPResponse) (notify.Receipt, error) {
			return notify.Receipt{ProviderID: string(r.Body)}, nil
		},
	})
}
