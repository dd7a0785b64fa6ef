// Saas is the back end of an invented company, Quill Invoices, with Amends inside:
// what a host has to bring, in a few files to read from top to bottom.
//
//	go run ./examples/saas [-listen ADDR] [-url URL] [-db FILE | -postgres DSN] [-smtp HOST:PORT] [-hook URL] [-secrets FILE]
//
//	main.go      the command line, starting, and stopping without losing anything
//	backend.go   the desk, with the company's channels and pages
//	company.go   customers, who is hit, billing: the company's own tables
//	sqlite.go    everything in one file; the desk works in this process
//	postgres.go  a server and River; any number of processes work
//	api.go       what the company's staff and programs call
//	operate.go   what its operators look at
//	secrets.go   keys and tokens
//
// Without -postgres all data are in one SQLite file. With it, any number of
// processes may be started on the same database; those need the same file of
// secrets and the same -url. Mail goes to a server with -smtp: over TLS, unless
// it is on this machine; without it, mail is printed. One customer has a webhook:
// -hook says where it is, over HTTPS unless it is on this machine.
//
// The status page is at the root, customers' pages are under /yours/. All else
// asks for a bearer token of staff, which the file of secrets holds; it is made,
// readable by its owner alone, if there is none.
//
//	curl -H "Authorization: Bearer $TOKEN" -d '{"title": "Invoices are not sent", "severity": "major",
//	  "customers": ["alder", "birch"], "since": "2026-03-02T08:40:00Z"}' localhost:8080/api/incidents
//
// SIGINT and SIGTERM stop it: no more requests are taken, those under way are
// answered, deliveries under way are finished and noted, and the stores are closed.
//
// # Exit codes
//
//	0  it was stopped, and everything is in order
//	1  it failed
//	2  the command line is wrong: nothing was done
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// settings are what the command line says.
type settings struct {
	listen, url, db, postgres, smtp, hook, secrets string
}

// run is the program: its exit code is the result.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var s settings
	flags := flag.NewFlagSet("saas", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&s.listen, "listen", "127.0.0.1:8080", "`address` to listen at")
	flags.StringVar(&s.url, "url", "", "`address` at which customers reach this program (default: http:// and that of -listen)")
	flags.StringVar(&s.db, "db", "saas.db", "SQLite `file`, made if there is none")
	flags.StringVar(&s.postgres, "postgres", "", "use this PostgreSQL `server` and River instead, as in postgres://user@host/database")
	flags.StringVar(&s.smtp, "smtp", "", "`host:port` of the mail server (default: mail is printed)")
	flags.StringVar(&s.hook, "hook", "https://cedar.example/hooks/quill", "`address` of the customer's endpoint for webhooks")
	flags.StringVar(&s.secrets, "secrets", "saas-secrets.json", "`file` of keys and tokens, made if there is none")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return 2
	case flags.NArg() > 0:
		_, _ = fmt.Fprintf(stderr, "saas: unexpected %q\n", flags.Arg(0))
		return 2
	}
	if err := serve(ctx, s, stdout, stderr); err != nil {
		_, _ = fmt.Fprintln(stderr, "saas:", err)
		return 1
	}
	return 0
}

// serve runs the back end until ctx ends.
func serve(ctx context.Context, s settings, stdout, stderr io.Writer) (err error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", s.listen)
	if err != nil {
		return err
	}
	defer l.Close() //nolint:errcheck // the server has closed it, or there is a first error to tell
	if s.url = strings.TrimSuffix(s.url, "/"); s.url == "" {
		s.url = "http://" + l.Addr().String()
	}
	b, err := open(ctx, s, stdout, stderr)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.storage.Close()) }() // last: nobody uses it any more
	server := &http.Server{
		Handler: b.routes(), MaxHeaderBytes: 16 << 10,
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second, WriteTimeout: 40 * time.Second, IdleTimeout: time.Minute,
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var tasks sync.WaitGroup
	task := func(do func() error) {
		tasks.Go(func() {
			if err := do(); err != nil {
				stop(err) // one that fails stops the others
			}
		})
	}
	task(func() error { return b.storage.Work(ctx, b.desk) }) // returns once what is under way is noted
	task(func() error {
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	if _, err := fmt.Fprintf(stdout, "listening at %s\n", l.Addr()); err != nil {
		stop(err)
	}
	<-ctx.Done()
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 15*time.Second)
	defer cancel()
	err = server.Shutdown(end)
	tasks.Wait()
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
		return errors.Join(cause, err)
	}
	if err == nil {
		_, err = fmt.Fprintln(stdout, "stopped")
	}
	return err
}
