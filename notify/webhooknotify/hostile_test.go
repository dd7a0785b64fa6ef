package webhooknotify_test

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/notify/notifytest"
	"github.com/amends-dev/amends/notify/webhooknotify"
)

// TestHostileAddresses: customers give the addresses, and none of them leads into our own network.
func TestHostileAddresses(t *testing.T) {
	t.Parallel()
	inside, got := receiver(t, nil)
	u, err := url.Parse(inside)
	require.NoError(t, err)
	port := u.Port()
	for _, c := range []struct {
		name, address string
		leads         []string // where the name leads, question by question
		want          error
	}{
		{"loopback", "http://127.0.0.1:" + port, nil, notify.ErrInternal},
		{"loopback by name", "http://localhost:" + port, nil, notify.ErrInternal},
		{"loopback, IPv6", "http://[::1]:" + port, nil, notify.ErrInternal},
		{"loopback, IPv4 in IPv6", "http://[::ffff:127.0.0.1]:" + port, nil, notify.ErrInternal},
		{"every address of this machine", "http://0.0.0.0:" + port, nil, notify.ErrInternal},
		{"metadata of the cloud", "http://169.254.169.254/latest/meta-data/iam/", nil, notify.ErrInternal},
		{"a private network", "http://10.0.0.1:" + port, nil, notify.ErrInternal},
		{"a name that leads inside", "http://hooks.example:" + port, []string{"127.0.0.1"}, notify.ErrInternal},
		{"a number in disguise, which some resolvers read", "http://0x7f.1:" + port, []string{"127.0.0.1"}, notify.ErrInternal},
		{"a name that leads inside the second time", "http://hooks.example:" + port, []string{"93.184.215.14", "127.0.0.1"}, notify.ErrInternal},
		{"user and password", "http://ada:secret@127.0.0.1:" + port, nil, notify.ErrAddress},
		{"a file", "file:///etc/passwd", nil, notify.ErrAddress},
		{"a line break", "http://127.0.0.1:" + port + "/\r\nX-Injected: yes", nil, notify.ErrAddress},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			opts := &webhooknotify.Options{PlainHTTP: true}
			if c.leads != nil {
				opts.Conn.Resolver = notifytest.Resolver(t, c.leads...)
			}
			if len(c.leads) > 1 { // somebody looks, and finds it harmless
				looked, err := opts.Conn.Resolver.LookupNetIP(t.Context(), "ip4", "hooks.example")
				require.NoError(t, err)
				require.True(t, notify.GlobalAddr(looked[0]))
			}
			_, err := webhooknotify.New(always(secret), opts).Notify(t.Context(), delivery(c.address))
			require.ErrorIs(t, err, c.want)
			class, _ := notify.Classify(err)
			assert.Equal(t, notify.Lasting, class)
		})
	}
	t.Cleanup(func() { assert.Empty(t, got(), "a server of our own was reached") })
}

// TestHostileAnswers: an answer of 100 MB, or without end, costs a bounded part of it.
func TestHostileAnswers(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusOK, http.StatusInternalServerError} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			t.Parallel()
			const size = 100e6
			sent := make(chan int64, 1)
			address, _ := receiver(t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(status)
				n, _ := io.Copy(w, bytes.NewReader(make([]byte, size)))
				sent <- n
			})
			_, err := webhooknotify.New(always(secret), onLoopback()).Notify(t.Context(), delivery(address))
			assert.Equal(t, status == http.StatusOK, err == nil, "%v", err)
			assert.Less(t, <-sent, int64(size/2))
		})
	}
}

// TestHostileReceivers: one that does not read, or answers a byte at a time, holds a sender no longer than its context lasts.
func TestHostileReceivers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		serve func(r *bufio.Reader, w io.Writer, reached func())
	}{
		{"reads the head and nothing more", func(r *bufio.Reader, _ io.Writer, reached func()) {
			_, _ = http.ReadRequest(r)
			reached()
		}},
		{"reads all and says nothing", func(r *bufio.Reader, _ io.Writer, reached func()) {
			swallow(r)
			reached()
		}},
		{"answers half a head", func(r *bufio.Reader, w io.Writer, reached func()) {
			swallow(r)
			_, _ = io.WriteString(w, "HTTP/1.1 200 OK\r\nContent-Le")
			reached()
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			l, err := net.Listen("tcp", "127.0.0.1:0")
			require.NoError(t, err)
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan struct{})
			go func() {
				conn, err := l.Accept()
				if err == nil {
					c.serve(bufio.NewReader(conn), conn, cancel)
					<-done
					_ = conn.Close()
				}
			}()
			t.Cleanup(func() {
				close(done)
				_ = l.Close()
			})
			opts := onLoopback()
			opts.Payload = func(*notify.Delivery) ([]byte, error) { return bytes.Repeat([]byte(" "), 16<<20), nil } // more than any buffer on the way holds
			_, err = webhooknotify.New(always(secret), opts).Notify(ctx, delivery("http://"+l.Addr().String()))
			require.ErrorIs(t, err, context.Canceled)
			class, _ := notify.Classify(err)
			assert.Equal(t, notify.Uncertain, class)
		})
	}
}

func swallow(r *bufio.Reader) {
	if req, err := http.ReadRequest(r); err == nil {
		_, _ = io.Copy(io.Discard, req.Body)
	}
}

// TestHostileWords: nothing of a message, a recipient or a key becomes a header, and what is signed stays whole.
func TestHostileWords(t *testing.T) {
	t.Parallel()
	const evil = "\r\nX-Injected: yes\r\n\r\n\x00\u2028</script>\"}"
	address, got := receiver(t, nil)
	d := known(t)
	d.ID += evil
	d.To = notify.Recipient{ID: "ada" + evil, Address: address, Name: "Ada" + evil, Meta: map[string]string{"team": evil}}
	m := d.Message
	m.Subject, m.Text, m.Thread, m.From, m.ReplyTo, m.Unsubscribe = m.Subject+evil, m.Text+evil, m.Thread+evil, evil, evil, evil
	for _, key := range []string{notify.DataRecord, notify.DataTitle, notify.DataBody, notify.DataLink, notify.DataStatement} {
		m.Data[key] += evil
	}
	_, err := webhooknotify.New(always(secret), onLoopback()).Notify(t.Context(), d)
	require.NoError(t, err)
	require.Len(t, got(), 1)
	assert.Empty(t, got()[0].header.Get("X-Injected"))
	assert.True(t, verifies(t, secret, got()[0]))
	assert.NotContains(t, string(got()[0].body), "</script>")
	assert.Equal(t, 1, strings.Count(got()[0].header.Get("Webhook-Id"), "msg_"))
	zulip(t, got()[0].body)
}
