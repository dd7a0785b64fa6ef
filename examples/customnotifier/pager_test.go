package customnotifier_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/amends-dev/amends/examples/customnotifier"
	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/notify/notifytest"
)

func TestPager(t *testing.T) {
	t.Parallel()
	notifytest.TestHTTP(t, func(_ *testing.T, url string) notify.Notifier { return customnotifier.New(url, "token-4711") },
		&notifytest.HTTPOptions{Secrets: []string{"token-4711"}})
}

func ExampleNew() {
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, "page-1") }))
	defer service.Close()
	pager := notify.Chain(customnotifier.New(service.URL, "token-4711"), nil)
	receipt, err := pager.Notify(context.Background(), &notify.Delivery{
		ID: "incident-1/1/wake/ada", Attempt: 1, Channel: "pager",
		To:      notify.Recipient{ID: "ada", Address: "+44 20 7946 0000"},
		Message: &notify.Message{Kind: notify.KindWake, Subject: "Needs you: restores fail", Text: "The next update is due."},
	})
	fmt.Println(receipt.ProviderID, err)
	// Output:
	// page-1 <nil>
}
