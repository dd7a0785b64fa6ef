package slacknotify_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/notify/slacknotify"
)

// A bot posts the first message of a thread, and follows it with the next.
func ExampleNewBot() {
	// In the place of Slack: it prints what it is asked for.
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var m struct {
			Channel string `json:"channel"`
			Thread  string `json:"thread_ts"`
			Text    string `json:"text"`
		}
		_ = json.NewDecoder(r.Body).Decode(&m)
		fmt.Printf("%s channel=%s thread=%s %q\n", r.URL.Path, m.Channel, m.Thread, m.Text)
		_, _ = fmt.Fprint(w, `{"ok":true,"channel":"C0STATUS","ts":"1772443800.000001"}`)
	}))
	defer srv.Close()

	bot, err := slacknotify.NewBot("xoxb-your-token", &slacknotify.BotOptions{
		BaseURL: srv.URL,                            // leave it empty for Slack itself
		Conn:    notify.HTTPOptions{Internal: true}, // likewise
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer bot.CloseIdleConnections()

	to := notify.Recipient{ID: "status", Address: "C0STATUS"}
	first, err := bot.Notify(context.Background(), &notify.Delivery{
		ID: "incident-1/1/status", To: to,
		Message: &notify.Message{Thread: "incident-1", Subject: "Restores fail", Text: "We are on it."},
	})
	fmt.Println(first.Ref["ts"], err)
	_, err = bot.Notify(context.Background(), &notify.Delivery{
		ID: "incident-1/2/status", To: to, Prior: &first,
		Message: &notify.Message{Thread: "incident-1", Subject: "Fixed on our side", Text: "Restores work <again>."},
	})
	fmt.Println(err)
	// Output:
	// /chat.postMessage channel=C0STATUS thread= "Restores fail\n\nWe are on it."
	// 1772443800.000001 <nil>
	// /chat.update channel=C0STATUS thread= ""
	// /chat.postMessage channel=C0STATUS thread=1772443800.000001 "Fixed on our side\n\nRestores work &lt;again&gt;."
	// <nil>
}

// Customers give the webhooks of their own workspaces.
func ExampleNewWebhook() {
	// In the place of Slack: a webhook that was taken away, and one that works.
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/services/T0/B0/old" {
			w.WriteHeader(http.StatusNotFound)
			_, _ = fmt.Fprint(w, "no_service")
			return
		}
		_, _ = fmt.Fprint(w, "ok")
	}))
	defer srv.Close()

	hooks, err := slacknotify.NewWebhook(&slacknotify.WebhookOptions{
		Conn: notify.HTTPOptions{Internal: true}, // leave it out for Slack itself
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer hooks.CloseIdleConnections()
	for _, key := range []string{"old", "new"} {
		_, err := hooks.Notify(context.Background(), &notify.Delivery{
			ID: "incident-1/1/" + key, To: notify.Recipient{ID: key, Address: srv.URL + "/services/T0/B0/" + key},
			Message: &notify.Message{Thread: "incident-1", Subject: "Restores fail", Text: "We are on it."},
		})
		if class, _ := notify.Classify(err); err != nil {
			fmt.Println(key, class)
		}
		fmt.Println(key, err)
	}
	// Output:
	// old address_gone
	// old no_service: slacknotify: posting to Slack: the conversation or webhook does not exist any more, or the app may not see it
	// new <nil>
}
