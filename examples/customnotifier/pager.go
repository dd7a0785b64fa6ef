package customnotifier

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"

	"github.com/amends-dev/amends/notify"
)

// Pager sends deliveries to a pager service. It is safe for concurrent use.
type Pager struct {
	url, token string
	client     *http.Client
}

// New returns a notifier that posts to the service at url.
func New(url, token string, client *http.Client) *Pager { return &Pager{url, token, client} }

// Notify implements [notify.Notifier].
func (p *Pager) Notify(ctx context.Context, d *notify.Delivery) (notify.Receipt, error) {
	body, err := json.Marshal(map[string]string{"to": d.To.Address, "text": d.Message.Subject + "\n" + d.Message.Text})
	if err != nil {
		return notify.Receipt{}, notify.Permanent(fmt.Errorf("pager: encoding: %w", err))
	}
	var written atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		WroteRequest: func(i httptrace.WroteRequestInfo) { written.Store(i.Err == nil) },
	})
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url, bytes.NewReader(body))
	if err != nil {
		return notify.Receipt{}, notify.Misconfigured(errors.New("pager: the service's address is no URL"))
	}
	req.Header.Set("Authorization", "Bearer "+p.token)
	req.Header.Set("Idempotency-Key", d.ID)
	resp, err := p.client.Do(req)
	if err != nil {
		if u, ok := errors.AsType[*url.Error](err); ok {
			err = u.Err // without the address, which may hold a key
		}
		if err = fmt.Errorf("pager: posting: %w", err); written.Load() {
			err = notify.Ambiguous(err)
		}
		return notify.Receipt{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10)) // read, or the connection is lost
	if resp.StatusCode/100 == 2 {
		if err != nil { // taken, and the proof of it is lost
			err = notify.Ambiguous(fmt.Errorf("pager: reading the answer: %w", err))
		}
		return notify.Receipt{ProviderID: string(answer)}, err
	}
	return notify.Receipt{}, classify(resp, fmt.Errorf("pager: the service answered %d", resp.StatusCode))
}
