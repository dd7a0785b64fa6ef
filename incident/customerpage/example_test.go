package customerpage_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/incident/customerpage"
)

func ExampleNewLinks() {
	keys := [][]byte{[]byte("an example of a key of 32 bytes!")}
	links, err := customerpage.NewLinks("https://acme.example/yours/", keys, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	address := links.URL("acme", "inc-7", "c-31")
	token, ours := strings.CutPrefix(address, "https://acme.example/yours/")
	fmt.Println(ours, strings.Contains(token, "c-31"))
	link, err := links.Open(token)
	fmt.Println(link.Space, link.Record, link.Customer, err)
	_, err = links.Open(token + "A")
	fmt.Println(err)
	// Output:
	// true false
	// acme inc-7 c-31 <nil>
	// customerpage: opening a link: not a link of ours
}

// justOne is a desk with one customer; a host passes its amends.Desk.
type justOne struct{}

func (justOne) CustomerView(_ context.Context, space, record, customer, _ string) (incident.CustomerView, error) {
	return incident.CustomerView{
		Space: space, Record: record, Customer: customer, Locale: "en",
		Title: "Backups fail", Status: incident.StatusInvestigating, Contact: "+49 30 5550 100",
	}, nil
}

func (justOne) Hear(context.Context, incident.CustomerWord) error { return nil }

func ExampleNew() {
	keys := [][]byte{[]byte("an example of a key of 32 bytes!")}
	links, err := customerpage.NewLinks("https://acme.example/yours/", keys, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	page, err := customerpage.New(justOne{}, links, &customerpage.Options{Brand: "Acme"})
	if err != nil {
		fmt.Println(err)
		return
	}
	mux := http.NewServeMux()
	mux.Handle("/yours/", page)

	w := httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, links.URL("acme", "inc-7", "c-31"), nil))
	fmt.Println(w.Code, strings.Contains(w.Body.String(), "<h1 dir=\"auto\">Backups fail</h1>"))
	w = httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/yours/anything", nil))
	fmt.Println(w.Code)
	// Output:
	// 200 true
	// 404
}
