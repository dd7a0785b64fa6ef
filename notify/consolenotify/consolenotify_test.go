package consolenotify_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/notify/consolenotify"
	"github.com/amends-dev/amends/notify/notifytest"
)

func ExampleNew() {
	n := consolenotify.New(os.Stdout, &consolenotify.Options{NoTime: true})
	_, err := n.Notify(context.Background(), &notify.Delivery{
		ID: "incident-1/1/ada", Channel: "email", To: notify.Recipient{ID: "ada"},
		Message: &notify.Message{
			Thread: "incident-1", Kind: notify.KindUpdate, Subject: "Restores fail",
			Text: "Restores fail since 13:30.\nYour backups are intact.",
		},
	})
	fmt.Println(err)
	// Output:
	// Restores fail kind=update to=ada channel=email thread=incident-1
	//     Restores fail since 13:30.
	//     Your backups are intact.
	// <nil>
}

// terminal collects what is written.
type terminal struct {
	mu   sync.Mutex
	text strings.Builder
	err  error
}

func (w *terminal) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.err; err != nil {
		w.err = nil
		return 0, err
	}
	return w.text.Write(p)
}

func (w *terminal) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}

func TestConforms(t *testing.T) {
	t.Parallel()
	notifytest.TestNotifier(t, func(*testing.T) notifytest.Harness {
		w := &terminal{}
		return notifytest.Harness{
			Notifier: consolenotify.New(w, &consolenotify.Options{NoTime: true}),
			To:       notify.Recipient{ID: "c-1", Address: "ada@example.com", Name: "Ada Example"},
			Delivered: func() []notifytest.Received {
				var out []notifytest.Received
				for line := range strings.SplitAfterSeq(w.String(), "\n") {
					switch text, isText := strings.CutPrefix(line, "    "); {
					case line == "":
					case isText:
						out[len(out)-1].Text += text
					default:
						out = append(out, notifytest.Received{Text: line})
					}
				}
				return out
			},
			Fault: func(kind notifytest.FaultKind) bool {
				if kind != notifytest.FaultTemporary {
					return false
				}
				w.mu.Lock()
				defer w.mu.Unlock()
				w.err = errors.New("terminal is busy")
				return true
			},
		}
	})
}

func TestOptions(t *testing.T) {
	t.Parallel()
	d := &notify.Delivery{
		ID: "d-1", To: notify.Recipient{ID: "ada", Address: "ada@example.com"},
		Message: &notify.Message{Kind: "update", Subject: "a\x1b[31mb", Text: "text\x1b]0;title\x07"},
		Prior:   &notify.Receipt{ProviderID: "console-7"},
	}
	for _, c := range []struct {
		name      string
		opts      *consolenotify.Options
		want, not []string
	}{
		{"defaults hide addresses and steer no terminal", nil, []string{"to=ada", "    text", "follows=console-7"}, []string{"ada@example.com", "\x1b", "\x07"}},
		{"address", &consolenotify.Options{Address: true}, []string{"address=ada@example.com"}, []string{"\x1b"}},
		{"one line", &consolenotify.Options{OneLine: true}, []string{"to="}, []string{"text"}},
		{"colour", &consolenotify.Options{Color: true}, []string{"\x1b[2m"}, []string{"\x1b[31m", "\x07"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := &terminal{}
			_, err := consolenotify.New(w, c.opts).Notify(t.Context(), d)
			require.NoError(t, err)
			for _, s := range c.want {
				assert.Contains(t, w.String(), s)
			}
			for _, s := range c.not {
				assert.NotContains(t, w.String(), s)
			}
		})
	}
	assert.Panics(t, func() { consolenotify.New(nil, nil) })
}
