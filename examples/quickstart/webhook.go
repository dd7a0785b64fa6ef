package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/notify/webhooknotify"
)

// receiver is a customer's endpoint for webhooks, a real server on loopback that
// checks every signature, and the adapter that sends to it. Each event that it
// takes is a file.
type receiver struct {
	*webhooknotify.Notifier
	url string

	server   *http.Server
	verifier *standardwebhooks.Webhook
	now      func() time.Time
	events   mailbox
}

func newReceiver(ctx context.Context, dir string, now func() time.Time) (*receiver, error) {
	r := &receiver{now: now}
	var err error
	if r.events, err = newMailbox(dir, "webhook", ".json"); err != nil {
		return nil, err
	}
	secret := webhooknotify.GenerateSecret()
	if r.verifier, err = standardwebhooks.NewWebhook(secret); err != nil {
		return nil, fmt.Errorf("quickstart: webhook receiver: %w", err)
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("quickstart: webhook receiver: %w", err)
	}
	r.url = "http://" + l.Addr().String() + "/hooks/larder"
	r.server = &http.Server{Handler: http.HandlerFunc(r.receive), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second}
	go func() { _ = r.server.Serve(l) }() // ends when it is closed
	r.Notifier = webhooknotify.New(func(context.Context, notify.Recipient) ([]string, error) { return []string{secret}, nil },
		&webhooknotify.Options{
			Page: webhooknotify.Page{ID: "larder"},
			// The receiver is on loopback and has no certificate: a customer's is neither.
			PlainHTTP: true, Conn: notify.HTTPOptions{Internal: true},
		})
	return r, nil
}

// receive is the customer's side. Attempts are dated by the real clock, since
// receivers refuse what is older than five minutes; the story's is in the payload.
func (r *receiver) receive(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(io.LimitReader(req.Body, 1<<20))
	if err != nil {
		http.Error(w, "cannot read the event", http.StatusBadRequest)
		return
	}
	if err := r.verifier.Verify(body, req.Header); err != nil {
		http.Error(w, "the signature is wrong", http.StatusUnauthorized)
		return
	}
	if err := r.take(req.Header.Get("webhook-id"), body); err != nil {
		http.Error(w, "cannot keep the event", http.StatusInternalServerError)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// take keeps an event. One that came before is the same event, and would be kept
// once by most receivers: this one shows that it came again.
func (r *receiver) take(id string, body []byte) error {
	if !json.Valid(body) {
		return errors.New("the event is not JSON")
	}
	_, err := r.events.put(r.now().In(berlin()).Format("0102-1504"), id, body)
	return err
}

// extra is how many times more than once the receiver took a delivery.
func (r *receiver) extra(it notify.Stored) int { return r.events.extra(webhooknotify.ID(it.Key)) }

// close ends the server.
func (r *receiver) close() error {
	r.CloseIdleConnections()
	return r.server.Close()
}
