package smtpnotify

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/amends-dev/amends/notify"
)

// step is where in the dialogue something happened.
type step int

// Steps in order.
const (
	stepDial step = iota
	stepGreeting
	stepHello
	stepTLS
	stepAuth
	stepMail
	stepRcpt
	stepData
	stepBody
	stepEnd // the final dot was sent: from here on the message may have been taken
)

func (s step) String() string {
	return [...]string{"connecting", "greeting", "EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "message", "end of message"}[s]
}

// reply is an answer of the server that says no: its codes alone. Its text may
// hold the recipient's address.
type reply struct {
	code     int
	enhanced string // RFC 3463, as in "5.1.1", or ""
}

func (r reply) String() string { return strings.TrimSpace(fmt.Sprintf("%d %s", r.code, r.enhanced)) }

// detail returns the enhanced code without its class, as in "1.1".
func (r reply) detail() string {
	_, d, _ := strings.Cut(r.enhanced, ".")
	return d
}

// enhancedOf reads the enhanced code at the beginning of a reply's text, if it
// fits the reply's own code.
func enhancedOf(code int, text string) string {
	text, _, _ = strings.Cut(text, "\n")
	word, _, _ := strings.Cut(text, " ")
	if !isStatus(word) || int(word[0]-'0') != code/100 {
		return ""
	}
	return word
}

// isStatus says whether s is an enhanced code (RFC 3463 section 2).
func isStatus(s string) bool {
	parts := strings.Split(s, ".")
	if len(parts) != 3 || len(parts[0]) != 1 || strings.Trim(parts[0], "245") != "" {
		return false
	}
	for _, p := range parts[1:] {
		if p == "" || len(p) > 3 || strings.Trim(p, "0123456789") != "" {
			return false
		}
	}
	return true
}

// failure is why a dialogue ended.
type failure struct {
	step  step
	reply *reply // what the server said; nil: there was no answer
	err   error  // without an answer, why; fit to be shown to operators
	class notify.Class
	known bool // class was decided where it happened
}

// failed makes a failure of an error of a step.
func failed(s step, err error) *failure {
	f := &failure{step: s}
	if r, ok := errors.AsType[*textproto.Error](err); ok {
		f.reply = &reply{code: r.Code, enhanced: enhancedOf(r.Code, r.Msg)}
		return f
	}
	f.err = shown(err)
	return f
}

// refused makes a failure of a class that we know without having asked.
func refused(s step, class notify.Class, text string) *failure {
	return &failure{step: s, err: errors.New(text), class: class, known: true}
}

// errNonsense stands for an answer that is none.
var errNonsense = errors.New("the server's answer is not SMTP")

// shown returns err if it is about the connection, which holds nothing that is
// secret. Other errors may quote the server or what it was sent.
func shown(err error) error {
	if op, ok := errors.AsType[*net.OpError](err); ok {
		return op
	}
	for _, plain := range []error{io.EOF, io.ErrUnexpectedEOF, io.ErrClosedPipe, net.ErrClosed, os.ErrDeadlineExceeded, errFlood} {
		if errors.Is(err, plain) {
			return plain
		}
	}
	if no, ok := errors.AsType[syscall.Errno](err); ok {
		return no
	}
	return errNonsense
}

// ofConnection says whether err is one of the wire rather than of what was said.
func ofConnection(err error) bool {
	if isAlert(err) {
		return false
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return true
	}
	known := shown(err)
	return !errors.Is(known, errNonsense) && !errors.Is(known, errFlood)
}

// isAlert says whether err is an alert of TLS, theirs or ours.
func isAlert(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	return ok && (op.Op == "remote error" || op.Op == "local error")
}

// stale says whether a connection that had been used before was found closed by
// the first command of a new message: nothing was begun, another connection may do.
func (f *failure) stale() bool {
	return f.step == stepMail && !f.known && (f.reply == nil || f.reply.code == 421)
}

// usable says whether the dialogue can go on after the server said no. After
// 421 it hangs up, and after anything but a no we would talk at cross purposes.
func (f *failure) usable() bool {
	return f.step >= stepMail && (f.known || f.reply != nil && f.reply.code >= 400 && f.reply.code < 600 && f.reply.code != 421)
}

// error returns the failure as callers see it.
func (f *failure) error(ctx context.Context, pause time.Duration) error {
	e := &notify.Error{Class: f.classify()}
	switch {
	case f.reply != nil:
		e.Code = f.reply.String()
		e.Err = fmt.Errorf("smtpnotify: %v: %s", f.step, advice(e.Class, f.step))
	case ctx.Err() != nil && !f.known:
		e.Err = fmt.Errorf("smtpnotify: %v: %w", f.step, ended(ctx))
	default:
		e.Err = fmt.Errorf("smtpnotify: %v: %w", f.step, f.err)
	}
	if e.Class == notify.Throttled {
		e.After = pause
	}
	return e
}

// ended returns why ctx is done.
func ended(ctx context.Context) error {
	err, cause := ctx.Err(), context.Cause(ctx)
	if cause == nil || errors.Is(cause, err) {
		return err
	}
	return fmt.Errorf("%w: %w", err, cause)
}

// advice says in words what an answer means, and what to do next.
func advice(class notify.Class, s step) string {
	switch class {
	case notify.Temporary:
		return "the server cannot now"
	case notify.Throttled:
		return "the server says that we send too fast: lower the channel's rate, or Options.Connections"
	case notify.AddressGone:
		return "there is no such mailbox: ask the customer for another address"
	case notify.Lasting:
		return "the server refuses this message to this recipient; its log says why"
	case notify.Unusable:
		switch s { //nolint:exhaustive // the others have no advice of their own
		case stepAuth:
			return "the server refuses our credentials: mend Options.Auth"
		case stepMail, stepRcpt:
			return "the server refuses us as the sender: From and Options.ReturnPath must be what this account may use"
		}
		return "the server refuses us: ask who runs it"
	case notify.Uncertain:
	}
	return "the server's answer to the message is not known"
}

// handshakeFailed makes a failure of what went wrong while TLS was set up: unless
// the wire broke, the next handshake would end the same way.
func handshakeFailed(err error) *failure {
	f := failed(stepTLS, err)
	if f.reply == nil && !ofConnection(err) {
		f.known, f.class = true, notify.Unusable
		f.err = fmt.Errorf("the handshake failed, and nothing was sent: %w", tlsCause(err))
	}
	return f
}

// tlsCause keeps what a handshake says: names in certificates, and no data.
func tlsCause(err error) error {
	if v, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return v
	}
	if h, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return h
	}
	if op, ok := errors.AsType[*net.OpError](err); ok {
		return op
	}
	return errors.New("the server's TLS is not one that we accept")
}
