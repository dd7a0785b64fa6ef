package main

import (
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/stretchr/testify/require"
)

// mailbox is a mail server on loopback that keeps what it accepts.
type mailbox struct {
	addr string

	mu       sync.Mutex
	messages map[string][]string // by recipient
	refuse   map[string]bool     // recipients that it does not know
	hold     func()              // called before a message is accepted
}

func newMailbox(t *testing.T) *mailbox {
	m := &mailbox{messages: map[string][]string{}, refuse: map[string]bool{}, hold: func() {}}
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	m.addr = l.Addr().String()
	s := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &session{box: m}, nil }))
	s.Domain, s.ReadTimeout, s.WriteTimeout, s.ErrorLog = "mx.example.com", time.Minute, time.Minute, silent{}
	var done sync.WaitGroup
	done.Go(func() { _ = s.Serve(l) }) // ends when it is closed
	t.Cleanup(func() {
		_ = s.Close()
		done.Wait()
	})
	return m
}

// silent is a log of connections that break, as those of a process that ends do.
type silent struct{}

func (silent) Printf(string, ...any) {}
func (silent) Println(...any)        {}

type session struct {
	box *mailbox
	to  string
}

func (s *session) Mail(string, *smtp.MailOptions) error { return nil }

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.box.mu.Lock()
	defer s.box.mu.Unlock()
	if s.box.refuse[to] {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such mailbox"}
	}
	s.to = to
	return nil
}

func (s *session) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.box.mu.Lock()
	hold := s.box.hold
	s.box.mu.Unlock()
	hold()
	s.box.mu.Lock()
	defer s.box.mu.Unlock()
	s.box.messages[s.to] = append(s.box.messages[s.to], string(text))
	return nil
}

func (s *session) Reset()        { s.to = "" }
func (s *session) Logout() error { return nil }

// to returns the messages to a recipient that hold a word.
func (m *mailbox) to(recipient, word string) (found []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, text := range m.messages[recipient] {
		if strings.Contains(text, word) {
			found = append(found, text)
		}
	}
	return found
}

func (m *mailbox) set(change func(m *mailbox)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	change(m)
}
