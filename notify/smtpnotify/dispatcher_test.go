package smtpnotify_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/notify/memoutbox"
	"github.com/amends-dev/amends/notify/notifytest"
	"github.com/amends-dev/amends/notify/smtpnotify"
)

// TestThroughTheDispatcher sends to several people, one of whom has a dead
// address: at once, or as the mail system reports later. Both are told another way.
func TestThroughTheDispatcher(t *testing.T) {
	t.Parallel()
	s := &script{replies: map[string][]string{"RCPT": {"", "550 5.1.1 no such user", ""}}}
	mailer := s.notifier(t, func(o *smtpnotify.Options) { o.Keys = [][]byte{key(1)} })
	phone := notifytest.NewRecorder()
	var box memoutbox.Outbox
	page := notify.Page{Notice: "stmt-1", Done: true, At: time.Now()}
	for _, who := range []string{"ada", "bert", "cleo"} {
		page.Items = append(page.Items, notify.Item{
			Key: "stmt-1/" + who + "@email", Notice: "stmt-1", Record: "inc-1", Kind: "update", Recipient: who, Channel: "email", Thread: "inc-1", Seq: 1,
			Fallback: []notify.Fallback{{Channel: "phone"}},
		})
	}
	_, err := box.Add(t.Context(), page)
	require.NoError(t, err)
	resolve := notify.ResolverFunc(func(_ context.Context, items []notify.Claimed) ([]notify.Resolved, error) {
		out := make([]notify.Resolved, len(items))
		for i, it := range items {
			d := delivery(it.Key)
			d.To.ID, d.To.Address = it.Recipient, it.Recipient+"@customer.example"
			out[i] = notify.Resolved{To: d.To, Message: d.Message}
		}
		return out, nil
	})
	d, err := notify.NewDispatcher(&box, resolve, map[string]notify.Channel{
		"email": {Notifier: mailer, Workers: 1}, "phone": {Notifier: phone},
	}, nil)
	require.NoError(t, err)
	deliver := func() (sent int) { // until nothing is due: a fallback may come up after its channel was looked at
		for {
			done, err := d.Deliver(t.Context(), 0)
			require.NoError(t, err)
			sent += done.Sent
			if done.Claimed == 0 {
				return sent
			}
		}
	}
	assert.Equal(t, 3, deliver(), "ada, cleo, and bert by phone")
	assert.Len(t, phone.To("bert"), 1)

	sent := s.taken()
	require.Len(t, sent, 2)
	head, _, _ := strings.Cut(sent[1], "\r\n\r\n")
	report := "From: MAILER-DAEMON@mx.example\r\nContent-Type: multipart/report; boundary=b\r\n\r\n" +
		"--b\r\nContent-Type: message/delivery-status\r\n\r\nAction: failed\r\nStatus: 5.2.1\r\n\r\n" +
		"--b\r\nContent-Type: text/rfc822-headers\r\n\r\n" + head + "\r\n\r\n--b--\r\n"
	b, err := mailer.ParseBounce(strings.NewReader(report))
	require.NoError(t, err)
	require.Equal(t, "stmt-1/cleo@email", b.Delivery)
	_, err = d.MarkBounced(t.Context(), b.Delivery, b.Reason)
	require.NoError(t, err)
	assert.Equal(t, 1, deliver())
	assert.Len(t, phone.To("cleo"), 1)

	stored, _, err := box.List(t.Context(), notify.Query{Notice: "stmt-1", Channel: "email"}, "", 0)
	require.NoError(t, err)
	states := map[string]notify.State{}
	for _, it := range stored {
		states[it.Recipient] = it.State
		if it.State != notify.StateDead {
			assert.Regexp(t, `^<[a-z2-7]{32}@acme\.example>$`, it.Receipt.ProviderID, "the outbox keeps the Message-ID")
		}
	}
	assert.Equal(t, map[string]notify.State{"ada": notify.StateSent, "bert": notify.StateDead, "cleo": notify.StateBounced}, states)
}
