package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"net/mail"
	"strings"
	"time"

	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/notify/smtpnotify"
)

// post is the mail channel: the adapter for SMTP, a mail server that it talks to,
// and the mailboxes behind that, in which each message is a file.
type post struct {
	smtp   *smtpnotify.Notifier
	server *mailServer
	now    func() time.Time
	boxes  mailbox

	from, to time.Time // the server is down
}

func newPost(ctx context.Context, dir string, now func() time.Time) (*post, error) {
	p := &post{now: now}
	var err error
	if p.boxes, err = newMailbox(dir, "mail", ".eml"); err != nil {
		return nil, err
	}
	if p.server, err = startMail(ctx, p.take); err != nil {
		return nil, err
	}
	p.smtp, err = smtpnotify.New(p.server.addr, "support@larder.example", &smtpnotify.Options{
		TLS: &tls.Config{RootCAs: p.server.roots, MinVersion: tls.VersionTLS12}, Now: now, // the story's, for the field Date
	})
	return p, err
}

// Notify sends a message, or fails while the server is down, as any would.
func (p *post) Notify(ctx context.Context, d *notify.Delivery) (notify.Receipt, error) {
	if now := p.now(); !now.Before(p.from) && now.Before(p.to) {
		p.server.stop()
	} else if err := p.server.start(ctx); err != nil {
		return notify.Receipt{}, err
	}
	return p.smtp.Notify(ctx, d)
}

// extra is how many times more than once the mailboxes took a delivery: its
// message ID, which the receipt holds, is the same on every attempt.
func (p *post) extra(it notify.Stored) int {
	if it.Receipt == nil {
		return 0
	}
	return p.boxes.extra(it.Receipt.ProviderID)
}

// take puts a message into its mailbox: a file named after the time and the recipient.
func (p *post) take(to string, message []byte) error {
	m, err := mail.ReadMessage(bytes.NewReader(message))
	if err != nil {
		return fmt.Errorf("reading a message: %w", err)
	}
	local, domain, _ := strings.Cut(to, "@")
	name := fmt.Sprintf("%s-%s-%s", p.now().In(berlin()).Format("0102-1504"), strings.TrimSuffix(domain, ".example"), local)
	_, err = p.boxes.put(name, m.Header.Get("Message-Id"), message)
	return err
}

// close ends the server and what is open to it.
func (p *post) close() error {
	err := p.smtp.Close()
	p.server.stop()
	return err
}
