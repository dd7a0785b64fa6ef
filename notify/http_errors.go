package notify

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
)

// quiet is an error whose own text shows nothing that is not for logs. Its cause
// is there for errors.Is and errors.As.
type quiet struct {
	text  string
	cause error
}

func (e *quiet) Error() string { return e.text }
func (e *quiet) Unwrap() error { return e.cause }

// failed says what the failure of a transport means.
func (t *transfer) failed(req *http.Request, err error) error {
	out := sendError(req, err)
	switch {
	case errors.Is(err, ErrInternal):
		return Permanent(out)
	case t.begun.Load():
		return Ambiguous(out)
	}
	return out
}

// sendError wraps a failure of a transport in words that name no address, no
// server and nothing that a server sent. It is marked as temporary only where its cause would say otherwise.
func sendError(req *http.Request, err error) error {
	out := &quiet{text: "notify: sending over HTTP: " + wireText(req, err), cause: err}
	if class, _ := Classify(out); class != Temporary {
		return &Error{Class: Temporary, Err: out}
	}
	return out
}

// wireText says what went wrong between us and a server.
func wireText(req *http.Request, err error) string {
	var (
		dns       *net.DNSError
		authority x509.UnknownAuthorityError
		host      x509.HostnameError
		invalid   x509.CertificateInvalidError
		verify    *tls.CertificateVerificationError
		op        *net.OpError
		errno     syscall.Errno
		web       *url.Error
		timeout   interface{ Timeout() bool }
	)
	switch {
	case errors.Is(err, ErrInternal):
		return ErrInternal.Error()
	case errors.Is(err, context.DeadlineExceeded):
		return "time-out"
	case errors.Is(err, context.Canceled):
		return "canceled"
	case errors.As(err, &dns) && dns.IsNotFound:
		return "the name does not resolve"
	case errors.As(err, &dns):
		return "the name could not be resolved"
	case errors.As(err, &authority):
		return "TLS: the certificate is from an unknown authority"
	case errors.As(err, &host):
		return "TLS: the certificate is for another name"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "TLS: the certificate has expired or is not valid yet"
	case errors.As(err, &invalid), errors.As(err, &verify):
		return "TLS: the certificate is not valid"
	case errors.As(err, &errno):
		text := errno.Error()
		if errors.As(err, &op) {
			text = op.Op + ": " + text
		}
		return text
	case errors.As(err, &timeout) && timeout.Timeout():
		return "time-out"
	case errors.As(err, &web):
		err = web.Err
	case errors.As(err, &op):
		return op.Op + ": " + covered(req, op.Err.Error())
	}
	return covered(req, err.Error())
}

// covered takes what is quoted, which came from the server, and every part of
// the request's address out of a text.
func covered(req *http.Request, text string) string {
	for {
		from := strings.IndexByte(text, '"')
		if from < 0 {
			break
		}
		to := strings.LastIndexByte(text, '"')
		if to == from {
			to = len(text) - 1
		}
		text = text[:from] + "[…]" + text[to+1:]
	}
	if req == nil || req.URL == nil {
		return text
	}
	u := req.URL
	for _, part := range []string{u.String(), u.Redacted(), u.RequestURI(), u.RawQuery, u.Path, u.Host, u.Hostname()} {
		text = cover(text, part, "[address]")
	}
	return text
}
