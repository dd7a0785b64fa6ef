package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"sync"
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
	dir    string

	from, to time.Time // the server is down

	mu    sync.Mutex
	ids   map[string]string // message ID of each delivery
	taken map[string]int    // how often the mailboxes took each message ID
	names map[string]int
}

func newPost(ctx context.Context, dir string, now func() time.Time) (*post, error) {
	p := &post{now: now, dir: filepath.Join(dir, "messages", "mail"), ids: map[string]string{}, taken: map[string]int{}, names: map[string]int{}}
	if err := os.MkdirAll(p.dir, 0o750); err != nil {
		return nil, fmt.Errorf("quickstart: channel %q: %w", "mail", err)
	}
	var err error
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
	r, err := p.smtp.Notify(ctx, d)
	if err == nil {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.ids[d.ID] = r.ProviderID
	}
	return r, err
}

// extra is how many times more than once the mailboxes took a delivery.
func (p *post) extra(id string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return max(0, p.taken[p.ids[id]]-1)
}

// take puts a message into its mailbox: a file named after the time and the recipient.
func (p *post) take(to string, message []byte) error {
	m, err := mail.ReadMessage(bytes.NewReader(message))
	if err != nil {
		return fmt.Errorf("reading a message: %w", err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.taken[m.Header.Get("Message-Id")]++
	local, domain, _ := strings.Cut(to, "@")
	name := fmt.Sprintf("%s-%s-%s", p.now().In(berlin()).Format("0102-1504"), strings.TrimSuffix(domain, ".example"), local)
	p.names[name]++
	if n := p.names[name]; n > 1 {
		name = fmt.Sprintf("%s-%d", name, n)
	}
	return os.WriteFile(filepath.Join(p.dir, name+".eml"), message, 0o600)
}

// close ends the server and what is open to it.
func (p *post) close() error {
	err := p.smtp.Close()
	p.server.stop()
	return err
}
