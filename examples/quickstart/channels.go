package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/amends-dev/amends/notify"
)

// files is a channel that writes each message that it accepts to a file of its
// own, as a mail server would put it into a mailbox. Like one, it does not mind
// being given a message twice: it counts, so that the report can say that it was not.
type files struct {
	dir string
	now func() time.Time

	mu       sync.Mutex
	accepted map[string]int // by delivery ID
	names    map[string]int
}

func newFiles(dir, channel string, now func() time.Time) (*files, error) {
	dir = filepath.Join(dir, "messages", channel)
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, fmt.Errorf("quickstart: channel %q: %w", channel, err)
	}
	return &files{dir: dir, now: now, accepted: map[string]int{}, names: map[string]int{}}, nil
}

// Notify writes the message. The receipt names the file.
func (f *files) Notify(_ context.Context, d *notify.Delivery) (notify.Receipt, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	at := f.now().In(berlin()) // as the story tells it
	name := fmt.Sprintf("%s-%s-%s", at.Format("0102-1504"), d.To.ID, d.Message.Kind)
	f.names[name]++
	if n := f.names[name]; n > 1 {
		name = fmt.Sprintf("%s-%d", name, n)
	}
	name += ".txt"
	var b strings.Builder
	fmt.Fprintf(&b, "To: %s <%s>\nDate: %s\nKind: %s\nSubject: %s\n\n%s\n", d.To.Name, d.To.Address, at.Format(time.RFC1123Z), d.Message.Kind,
		d.Message.Subject, strings.TrimRight(d.Message.Text, "\n"))
	if err := os.WriteFile(filepath.Join(f.dir, name), []byte(b.String()), 0o600); err != nil {
		return notify.Receipt{}, fmt.Errorf("writing a message: %w", err)
	}
	f.accepted[d.ID]++
	return notify.Receipt{ProviderID: name}, nil
}

// extra is how many times more than once a delivery was accepted.
func (f *files) extra(id string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return max(0, f.accepted[id]-1)
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
