package crash_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/http"
	"net/mail"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// taken is something that the outside accepted: a mail, or an event of a webhook.
type taken struct {
	by      string // "mail" or "webhook"
	process int    // from which it came
	id      string // Message-ID or webhook-id
	to      string // address, or name of the endpoint
	subject string
	text    string
}

// called is a call of billing.
type called struct {
	process int
	payment
}

// outside is everybody else: mail servers, customers' webhooks, and billing. It outlives the children.
type outside struct {
	mailAddr, hooks, billing string

	mu     sync.Mutex
	notes  []taken
	calls  []called
	paid   map[string][]payment // by key: what billing has paid
	repeat bool                 // billing pays each key once, and answers again as it did
	open   int                  // connections
	idle   *sync.Cond           // when there are none
	from   map[int]int          // by process: how much came from it
	news   chan struct{}        // that something came
	// on is called in the middle of a transaction: "begun", before a message is
	// there, and "taken" after it was accepted and before that is answered. If it
	// returns false, the transaction ends there.
	on func(step string, n *taken) bool
}

// startOutside starts the servers, which end with the test.
func startOutside(t *testing.T, repeat bool) *outside {
	o := &outside{paid: map[string][]payment{}, repeat: repeat, from: map[int]int{}, news: make(chan struct{}, 1)}
	o.idle = sync.NewCond(&o.mu)
	listen := func() net.Listener {
		l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
		require.NoError(t, err)
		return counted{l, o}
	}
	m := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		s := &session{outside: o}
		_, err := fmt.Sscanf(c.Hostname(), "p%d.acme.example", &s.process)
		return s, err
	}))
	m.Domain, m.ReadTimeout, m.WriteTimeout, m.MaxMessageBytes, m.ErrorLog = "mx.customer.example", time.Minute, time.Minute, 1<<20, silent{}
	mailListener := listen()
	o.mailAddr = mailListener.Addr().String()
	go func() { _ = m.Serve(mailListener) }() // ends when it is closed
	t.Cleanup(func() { _ = m.Close() })       // connections of dead processes are nothing to hear of
	serve := func(h http.HandlerFunc) string {
		l := listen()
		s := &http.Server{Handler: h, ReadHeaderTimeout: time.Minute}
		go func() { _ = s.Serve(l) }() // ends when it is closed
		t.Cleanup(func() { assert.NoError(t, s.Close()) })
		return "http://" + l.Addr().String()
	}
	o.hooks, o.billing = serve(o.hook), serve(o.bill)
	return o
}

// counted counts the connections that are open.
type counted struct {
	net.Listener
	o *outside
}

func (c counted) Accept() (net.Conn, error) {
	conn, err := c.Listener.Accept()
	if err != nil {
		return nil, err
	}
	c.o.mu.Lock()
	defer c.o.mu.Unlock()
	c.o.open++
	return &countedConn{Conn: conn, o: c.o}, nil
}

type countedConn struct {
	net.Conn
	o    *outside
	once sync.Once
}

func (c *countedConn) Close() error {
	c.once.Do(func() {
		c.o.mu.Lock()
		defer c.o.mu.Unlock()
		if c.o.open--; c.o.open == 0 {
			c.o.idle.Broadcast()
		}
	})
	return c.Conn.Close()
}

// quiet waits until everything that dead processes had sent is taken, or thrown away.
func (o *outside) quiet() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for o.open > 0 {
		o.idle.Wait()
	}
}

// errCut ends a transaction without an answer.
var errCut = errors.New("cut")

// step tells whoever wants to know where a transaction is.
func (o *outside) step(step string, n *taken) error {
	o.mu.Lock()
	on := o.on
	o.mu.Unlock()
	if on != nil && !on(step, n) {
		return errCut
	}
	return nil
}

// when has fn called in the middle of transactions.
func (o *outside) when(fn func(step string, n *taken) bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.on = fn
}

// count counts what came from a process, and tells whoever waits for it.
func (o *outside) count(process int) {
	o.from[process]++
	select {
	case o.news <- struct{}{}:
	default:
	}
}

func (o *outside) take(n *taken) error {
	o.mu.Lock()
	o.notes = append(o.notes, *n)
	o.count(n.process)
	o.mu.Unlock()
	return o.step("taken", n)
}

// await waits until a process has sent so many things, has sent nothing for a while, or has ended.
func (o *outside) await(ctx context.Context, p *process, many int) {
	select {
	case <-p.ready:
	case <-ctx.Done():
		return
	}
	pause := time.NewTimer(time.Second)
	defer pause.Stop()
	for before := 0; ; {
		o.mu.Lock()
		n := o.from[p.number]
		o.mu.Unlock()
		if n >= many {
			return
		}
		if n > before {
			before = n
			pause.Reset(300 * time.Millisecond)
		}
		select {
		case <-o.news:
		case <-pause.C:
			return
		case <-p.gone:
			return
		case <-ctx.Done():
			return
		}
	}
}

// log returns what was taken so far.
func (o *outside) log() ([]taken, []called) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return append([]taken{}, o.notes...), append([]called{}, o.calls...)
}

// hook is the customers' webhooks: /p<process>/<customer>.
func (o *outside) hook(w http.ResponseWriter, r *http.Request) {
	n := taken{by: "webhook", id: r.Header.Get("Webhook-Id")}
	if _, err := fmt.Sscanf(r.URL.Path, "/p%d/%s", &n.process, &n.to); err != nil {
		http.Error(w, "no such webhook", http.StatusNotFound)
		return
	}
	if o.step("begun", &n) != nil {
		panic(http.ErrAbortHandler) //nolint:forbidigo // how a server hangs up
	}
	var e event
	if err := json.NewDecoder(r.Body).Decode(&e); err != nil {
		http.Error(w, "cannot read the event", http.StatusBadRequest)
		return
	}
	n.subject, n.text = e.Subject, e.Text
	if o.take(&n) != nil {
		panic(http.ErrAbortHandler) //nolint:forbidigo // how a server hangs up
	}
	w.WriteHeader(http.StatusNoContent)
}

// bill is billing. Each call pays, unless it can repeat and knows the key.
func (o *outside) bill(w http.ResponseWriter, r *http.Request) {
	key := r.Header.Get("Idempotency-Key")
	process, err := strconv.Atoi(r.UserAgent())
	if err != nil {
		http.Error(w, "who are you?", http.StatusBadRequest)
		return
	}
	if r.Method == http.MethodGet {
		o.mu.Lock()
		paid := len(o.paid[key]) > 0
		o.mu.Unlock()
		if !paid {
			http.Error(w, "not paid", http.StatusNotFound)
			return
		}
		reference(w, key)
		return
	}
	n := &taken{by: "billing", id: key, process: process}
	if o.step("begun", n) != nil {
		panic(http.ErrAbortHandler) //nolint:forbidigo // how a server hangs up
	}
	var p payment
	if err := json.NewDecoder(r.Body).Decode(&p); err != nil || p.ID != key {
		http.Error(w, "cannot read the payment", http.StatusBadRequest)
		return
	}
	o.mu.Lock()
	o.calls = append(o.calls, called{process, p})
	o.count(process)
	if !o.repeat || len(o.paid[key]) == 0 {
		o.paid[key] = append(o.paid[key], p)
	}
	o.mu.Unlock()
	if o.step("taken", n) != nil {
		panic(http.ErrAbortHandler) //nolint:forbidigo // how a server hangs up
	}
	reference(w, key)
}

// reference answers with that of a payment.
func reference(w io.Writer, key string) {
	_, _ = fmt.Fprintf(w, `{"Reference": %q}`, "bill-"+key) // who does not hear it asks again
}

// silent is a log of connections that break: here they are meant to.
type silent struct{}

func (silent) Printf(string, ...any) {}
func (silent) Println(...any)        {}

// session is a connection to the mail server.
type session struct {
	outside *outside
	process int
	to      string
}

func (*session) Mail(string, *smtp.MailOptions) error { return nil }

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = to
	return s.outside.step("begun", &taken{by: "mail", to: to, process: s.process})
}

func (s *session) Data(r io.Reader) error {
	message, err := io.ReadAll(r)
	if err != nil {
		return err // the process died before the end of the message: nobody has it
	}
	n, err := parse(message)
	if err != nil {
		return err
	}
	n.by, n.process, n.to = "mail", s.process, s.to
	return s.outside.take(n)
}

func (s *session) Reset()      { s.to = "" }
func (*session) Logout() error { return nil }

// parse reads a message: its first part is plain text.
func parse(message []byte) (*taken, error) {
	m, err := mail.ReadMessage(bytes.NewReader(message))
	if err != nil {
		return nil, err
	}
	n := &taken{id: m.Header.Get("Message-Id")}
	if n.subject, err = new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject")); err != nil {
		return nil, err
	}
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		return nil, err
	}
	body := m.Body
	encoding := m.Header.Get("Content-Transfer-Encoding")
	if strings.HasPrefix(kind, "multipart/") {
		part, err := multipart.NewReader(m.Body, params["boundary"]).NextRawPart()
		if err != nil {
			return nil, err
		}
		body, encoding = part, part.Header.Get("Content-Transfer-Encoding")
	}
	if strings.EqualFold(encoding, "quoted-printable") {
		body = quotedprintable.NewReader(body)
	}
	text, err := io.ReadAll(body)
	n.text = string(text)
	return n, err
}
