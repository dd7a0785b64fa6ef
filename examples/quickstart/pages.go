package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/amends-dev/amends/incident/customerpage"
	"github.com/amends-dev/amends/incident/statuspage"
)

// door is where the pages can be read: on the network with -serve, nowhere without.
type door struct {
	listener net.Listener // nil without -serve
	base     string       // address of the pages, without a slash at its end
}

// openDoor listens at an address; "" is nowhere.
func openDoor(ctx context.Context, addr string) (*door, error) {
	if addr == "" {
		return &door{base: "https://status.larder.example"}, nil
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("%w: -serve: %w", errUsage, err)
	}
	host, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		return nil, fmt.Errorf("quickstart: -serve: %w", err)
	}
	if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() {
		host = "localhost"
	}
	return &door{listener: l, base: "http://" + net.JoinHostPort(host, port)}, nil
}

// newLinks makes the links in messages: to customers' pages at the door. A server
// keeps the key with its other secrets.
func newLinks(d *door, key []byte, now func() time.Time) (*customerpage.Links, error) {
	return customerpage.NewLinks(d.base+"/c/", [][]byte{key}, &customerpage.LinksOptions{Now: now})
}

// pages is the status page at the root and the customers' pages under /c/.
func (c *company) pages(base string) (http.Handler, error) {
	status, err := statuspage.NewHandler(c.stores.Records, space, statuspage.Page{Name: brand, URL: base, TimeZone: zone}, &statuspage.HandlerOptions{
		Catalog: statuspage.Catalog{Components: []statuspage.Component{{ID: restore.ID, Name: restore.Name, Core: true}, {ID: "backup", Name: "Backup", Core: true}}},
		Contact: statuspage.Link{Text: "+49 30 23125 000", URL: "tel:+493023125000"}, Now: c.clock.now,
	})
	if err != nil {
		return nil, err
	}
	customers, err := customerpage.New(c.desk, c.links, &customerpage.Options{Brand: brand, Contact: "+49 30 23125 000", Now: c.clock.now})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/", status)
	mux.Handle("/c/", customers)
	return mux, nil
}

// keepPage writes the status page as it is when the story ends.
func (c *company) keepPage(ctx context.Context, h http.Handler) error {
	for path, file := range map[string]string{"/": "index.html", "/api/v2/incidents.json": "incidents.json", "/history.atom": "history.atom"} {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, path, nil)
		if err != nil {
			return fmt.Errorf("quickstart: the status page: %w", err)
		}
		answer := &captured{header: http.Header{}, status: http.StatusOK}
		h.ServeHTTP(answer, r)
		if answer.status != http.StatusOK {
			return fmt.Errorf("quickstart: the status page: %s answers %d", path, answer.status)
		}
		dir := filepath.Join(c.out, "status")
		if err := os.MkdirAll(dir, 0o750); err != nil {
			return fmt.Errorf("quickstart: the status page: %w", err)
		}
		if err := os.WriteFile(filepath.Join(dir, file), answer.body.Bytes(), 0o600); err != nil {
			return fmt.Errorf("quickstart: the status page: %w", err)
		}
	}
	return nil
}

// captured is an answer that nobody waits for.
type captured struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (a *captured) Header() http.Header         { return a.header }
func (a *captured) WriteHeader(status int)      { a.status = status }
func (a *captured) Write(p []byte) (int, error) { return a.body.Write(p) }

// serve keeps the pages up until ctx ends. The story's clock goes on from where
// it is, and the desk works: whoever says on their page that it is still broken
// reopens the incident.
func (c *company) serve(ctx context.Context, d *door, h http.Handler, say io.Writer) error {
	c.clock.run()
	var text strings.Builder
	fmt.Fprintf(&text, "\nThe status page is at %s/\nCustomers' pages:\n", d.base)
	for _, customer := range []string{"kestrel", "federwerk", "marlow"} {
		record := sunday
		if customer == "marlow" {
			record = saturday
		}
		fmt.Fprintf(&text, "  %-11s %s\n", customer, c.links.URL(space, record, customer))
	}
	text.WriteString("Stop with Ctrl-C.\n")
	if _, err := io.WriteString(say, text.String()); err != nil {
		return fmt.Errorf("quickstart: saying where the pages are: %w", err)
	}
	server := &http.Server{
		Handler: h, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second, WriteTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute,
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := server.Serve(d.listener); !errors.Is(err, http.ErrServerClosed) {
			stop(err)
		}
	})
	wg.Go(func() {
		if err := c.desk.Run(ctx); err != nil && ctx.Err() == nil {
			stop(err)
		}
	})
	<-ctx.Done()
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	err := server.Shutdown(end)
	wg.Wait()
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
		err = errors.Join(cause, err)
	}
	if err != nil {
		return fmt.Errorf("quickstart: serving the pages: %w", err)
	}
	return nil
}
