package consolenotify

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"unicode"

	"github.com/lmittmann/tint"

	"github.com/amends-dev/amends/notify"
)

// Options configures a [Notifier]. The zero value, like a nil *Options, holds the defaults.
type Options struct {
	// Color marks the parts of a line with terminal colours. If false, plain text.
	Color bool
	// NoTime leaves out when a message was shown. If false, each line begins with the time.
	NoTime bool
	// Address shows recipients' addresses. If false, only their IDs.
	Address bool
	// OneLine leaves out the messages' texts. If false, they follow each line.
	OneLine bool
}

// Notifier writes deliveries for people to read. Make one with [New].
type Notifier struct {
	opts Options
	out  io.Writer

	mu    sync.Mutex // one message at a time
	line  bytes.Buffer
	log   slog.Handler // writes to line
	shown map[string]notify.Receipt
}

// New returns a notifier that writes to w. It panics if w is nil.
func New(w io.Writer, opts *Options) *Notifier {
	if w == nil {
		panic("consolenotify: New needs a writer") //nolint:forbidigo // a programmer's mistake at construction
	}
	n := &Notifier{out: w, shown: map[string]notify.Receipt{}}
	if opts != nil {
		n.opts = *opts
	}
	n.log = tint.NewTextHandler(&n.line, &tint.Options{
		NoColor:    !n.opts.Color,
		TimeFormat: "15:04:05",
		ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
			if len(groups) == 0 && (a.Key == slog.LevelKey || a.Key == slog.TimeKey && n.opts.NoTime) {
				return slog.Attr{}
			}
			return a
		},
	})
	return n
}

// Notify implements [notify.Notifier]. A delivery whose ID was shown before is
// accepted again with the same receipt and not shown again. The error is the
// writer's, and temporary.
func (n *Notifier) Notify(ctx context.Context, d *notify.Delivery) (notify.Receipt, error) {
	if ctx.Err() != nil {
		return notify.Receipt{}, fmt.Errorf("consolenotify: showing %q: %w", d.ID, context.Cause(ctx))
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if receipt, ok := n.shown[d.ID]; ok {
		return receipt, nil
	}
	n.line.Reset()
	n.head(ctx, d)
	if !n.opts.OneLine {
		for line := range strings.SplitSeq(strings.TrimRight(d.Message.Text, "\n"), "\n") {
			fmt.Fprintf(&n.line, "    %s\n", printable(line))
		}
	}
	if _, err := n.out.Write(n.line.Bytes()); err != nil {
		return notify.Receipt{}, fmt.Errorf("consolenotify: writing %q: %w", d.ID, err)
	}
	receipt := notify.Receipt{ProviderID: fmt.Sprintf("console-%d", len(n.shown)+1)}
	n.shown[d.ID] = receipt
	return receipt, nil
}

// head formats the first line of a delivery into n.line.
func (n *Notifier) head(ctx context.Context, d *notify.Delivery) {
	attrs := []slog.Attr{slog.String("kind", d.Message.Kind), slog.String("to", d.To.ID)}
	if d.Channel != "" {
		attrs = append(attrs, slog.String("channel", d.Channel))
	}
	if n.opts.Address {
		attrs = append(attrs, slog.String("address", d.To.Address))
	}
	if d.Message.Thread != "" {
		attrs = append(attrs, slog.String("thread", d.Message.Thread))
	}
	if d.Prior != nil {
		attrs = append(attrs, slog.String("follows", d.Prior.ProviderID))
	}
	//nolint:sloglint // the message is what is shown, not a log of it
	slog.New(n.log).LogAttrs(ctx, slog.LevelInfo, printable(d.Message.Subject), attrs...)
}

// printable keeps a message from steering the terminal.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r != '\t' && unicode.IsControl(r) {
			return unicode.ReplacementChar
		}
		return r
	}, text)
}
