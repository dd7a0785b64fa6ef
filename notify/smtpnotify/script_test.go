package smtpnotify_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/amends-dev/amends/notify/smtpnotify"
)

// What a script does instead of an answer.
const (
	drop  = "drop"  // cut the connection
	stall = "stall" // answer nothing more
)

// script is a server of which every answer can be chosen, over pipes in memory:
// what it reads was written, and nothing waits in a buffer of the system. That
// decides how far a message got when the connection broke.
type script struct {
	greeting string // "" is an ordinary one
	ext      []string
	// replies to a command, in order; afterwards it is answered with yes. "." is
	// the end of the message, "body" its beginning, which can be dropped unread.
	replies map[string][]string

	mu    sync.Mutex
	lines []string // commands as they came
	mails []string // messages that were taken
	dials int
}

// notifier returns one that talks to the script.
func (s *script) notifier(t testing.TB, change func(*smtpnotify.Options)) *smtpnotify.Notifier {
	t.Helper()
	o := &smtpnotify.Options{Security: smtpnotify.SecurityLoopbackPlaintext}
	var wg sync.WaitGroup
	t.Cleanup(wg.Wait)
	o.Dial = func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		s.mu.Lock()
		s.dials++
		s.mu.Unlock()
		wg.Go(func() {
			s.serve(theirs)
			_ = theirs.Close()
		})
		return ours, nil
	}
	if change != nil {
		change(o)
	}
	return newNotifier(t, "mx.example:25", o)
}

// next returns the scripted reply to a command.
func (s *script) next(verb, yes string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := s.replies[verb]
	if len(list) == 0 {
		return yes
	}
	s.replies[verb] = list[1:]
	if list[0] == "" {
		return yes
	}
	return list[0]
}

func (s *script) serve(c net.Conn) {
	in := bufio.NewReader(c)
	// answer returns whether the connection goes on.
	answer := func(text string) bool {
		switch text {
		case drop:
			return false
		case stall:
			_, _ = io.Copy(io.Discard, in) // until the client gives up
			return false
		}
		_, err := io.WriteString(c, text+"\r\n")
		return err == nil && !strings.HasPrefix(text, "421") // after which a server hangs up
	}
	greeting := s.greeting
	if greeting == "" {
		greeting = "220 mx.example ESMTP"
	}
	if !answer(greeting) {
		return
	}
	begun := false // a transaction
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		s.mu.Lock()
		s.lines = append(s.lines, line)
		s.mu.Unlock()
		verb, _, _ := strings.Cut(strings.ToUpper(line), " ")
		yes := "250 2.0.0 Ok"
		switch verb {
		case "EHLO":
			yes = "250-mx.example"
			for _, e := range s.ext {
				yes += "\r\n250-" + e
			}
			yes += "\r\n250 ENHANCEDSTATUSCODES"
		case "MAIL":
			if begun {
				yes = "503 5.5.1 Another one is open"
			}
		case "DATA":
			yes = "354 Go ahead"
		case "STARTTLS":
			yes = "220 Go ahead"
		case "QUIT":
			yes = "221 Bye"
		}
		reply := s.next(verb, yes)
		if !answer(reply) || verb == "QUIT" {
			return
		}
		switch verb {
		case "MAIL":
			begun = begun || strings.HasPrefix(reply, "2")
		case "RSET", "EHLO", "HELO":
			begun = false
		case "DATA":
			if !strings.HasPrefix(reply, "354") {
				continue
			}
			if !s.message(in, answer) {
				return
			}
			begun = false
		}
	}
}

// message reads a message and answers it.
func (s *script) message(in *bufio.Reader, answer func(string) bool) bool {
	if s.next("body", "") == drop {
		return false
	}
	var data strings.Builder
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return false
		}
		if line == ".\r\n" {
			break
		}
		data.WriteString(strings.TrimPrefix(line, "."))
	}
	reply := s.next(".", "250 2.0.0 Queued")
	if strings.HasPrefix(reply, "2") {
		s.mu.Lock()
		s.mails = append(s.mails, data.String())
		s.mu.Unlock()
	}
	return answer(reply)
}

// seen returns the commands of a verb that came.
func (s *script) seen(verb string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for _, l := range s.lines {
		if strings.HasPrefix(strings.ToUpper(l), verb) {
			out = append(out, l)
		}
	}
	return out
}

func (s *script) taken() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.mails...)
}

func (s *script) dialled() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dials
}
