package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/amends-dev/amends/notify"
)

// files is a channel that writes each message that it accepts to a file of its
// own, as a mail server would put it into a mailbox. Like one, it does not mind
// being given a message twice: it counts, so that the report can say that it was not.
type files struct {
	mailbox
	now func() time.Time
}

func newFiles(dir, channel string, now func() time.Time) (*files, error) {
	m, err := newMailbox(dir, channel, ".txt")
	return &files{m, now}, err
}

// Notify writes the message. The receipt names the file.
func (f *files) Notify(_ context.Context, d *notify.Delivery) (notify.Receipt, error) {
	at := f.now().In(berlin()) // as the story tells it
	name := fmt.Sprintf("%s-%s-%s", at.Format("0102-1504"), d.To.ID, d.Message.Kind)
	var b strings.Builder
	fmt.Fprintf(&b, "To: %s <%s>\nDate: %s\nKind: %s\nSubject: %s\n\n%s\n", d.To.Name, d.To.Address, at.Format(time.RFC1123Z), d.Message.Kind,
		d.Message.Subject, strings.TrimRight(d.Message.Text, "\n"))
	file, err := f.put(name, d.ID, []byte(b.String()))
	if err != nil {
		return notify.Receipt{}, fmt.Errorf("writing a message: %w", err)
	}
	return notify.Receipt{ProviderID: file}, nil
}

// extra is how many times more than once a delivery was accepted.
func (f *files) extra(it notify.Stored) int { return f.mailbox.extra(it.Key) }

// passing is a channel that says when it has accepted a message.
func passing(n notify.Notifier, passes func(point string)) notify.Notifier {
	return notify.NotifierFunc(func(ctx context.Context, d *notify.Delivery) (notify.Receipt, error) {
		r, err := n.Notify(ctx, d)
		if err == nil {
			passes("accepted")
		}
		return r, err
	})
}

// both is two channels as one: what the first accepted, the second shows.
func both(first, second notify.Notifier) notify.Notifier {
	return notify.NotifierFunc(func(ctx context.Context, d *notify.Delivery) (notify.Receipt, error) {
		r, err := first.Notify(ctx, d)
		if err != nil {
			return r, err
		}
		shown, m := *d, *d.Message
		m.Thread, shown.Message, shown.Prior = "", &m, nil // of no use to who watches
		_, err = second.Notify(ctx, &shown)
		return r, err
	})
}
