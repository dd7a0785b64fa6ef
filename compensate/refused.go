package compensate

import (
	"context"
	"errors"
	"io"
	"syscall"
)

type refusedError struct{ err error }

func (e *refusedError) Error() string { return e.err.Error() }
func (e *refusedError) Unwrap() error { return e.err }

// Refused marks an error of an [Issuer] as final: the billing system said no
// and will say no again, for example because the account is closed. The entry
// becomes failed and a person must look. Refused(nil) is nil.
func Refused(err error) error {
	if err == nil {
		return nil
	}
	return &refusedError{err}
}

type unansweredError struct{ err error }

func (e *unansweredError) Error() string { return e.err.Error() }
func (e *unansweredError) Unwrap() error { return e.err }

// Unanswered marks an error of an [Issuer] after which nobody knows whether
// billing paid: the request went out and no answer came back. Time-outs and
// connections that broke are taken so without it. Unanswered(nil) is nil.
func Unanswered(err error) error {
	if err == nil {
		return nil
	}
	return &unansweredError{err}
}

// IsRefused reports whether err was marked with [Refused].
func IsRefused(err error) bool {
	_, ok := errors.AsType[*refusedError](err)
	return ok
}

// IsUnanswered reports whether billing may have paid although Issue returned
// err: it was marked with [Unanswered], timed out, or its connection broke.
func IsUnanswered(err error) bool {
	if _, ok := errors.AsType[*unansweredError](err); ok {
		return true
	}
	for _, lost := range []error{
		context.Canceled, context.DeadlineExceeded, io.EOF, io.ErrUnexpectedEOF, syscall.ECONNRESET, syscall.EPIPE,
	} {
		if errors.Is(err, lost) {
			return true
		}
	}
	t, ok := errors.AsType[interface {
		error
		Timeout() bool
	}](err)
	return ok && t.Timeout()
}
