package teamsnotify_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/notify/teamsnotify"
)

func ExampleNew() {
	// In the place of a workflow: it prints the texts of the card.
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var m struct {
			Attachments []struct {
				Content struct {
					Body []struct {
						Inlines []struct{ Text string }
					}
				}
			}
		}
		_ = json.NewDecoder(r.Body).Decode(&m)
		for _, block := range m.Attachments[0].Content.Body {
			for _, run := range block.Inlines {
				fmt.Print(run.Text)
			}
			fmt.Println()
		}
		w.WriteHeader(http.StatusAccepted)
	}))
	defer srv.Close()

	teams, err := teamsnotify.New(&teamsnotify.Options{
		URL:  srv.URL + "/workflows/1/triggers/manual/paths/invoke?sig=secret",
		Conn: notify.HTTPOptions{Internal: true}, // leave it out for Teams itself
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer teams.CloseIdleConnections()
	_, err = teams.Notify(context.Background(), &notify.Delivery{
		ID: "incident-1/1/ada", To: notify.Recipient{ID: "ada"},
		Message: &notify.Message{
			Thread: "incident-1", Subject: "Restores fail",
			Text: "We know of it. Hit are:\n- restores\n- the **API**",
		},
	})
	fmt.Println(err)
	// Output:
	// Restores fail
	// We know of it. Hit are:
	// • restores
	// • the **API**
	// <nil>
}
