package notify

import (
	"context"
	"strings"
	"time"
)

// Hooks are called as deliveries happen, for metrics and traces. Nil funcs are
// skipped. They are called on the delivering goroutine, concurrently, and must
// return soon. What they are given is read only and must not be kept; it holds
// addresses and words, which belong in no log.
type Hooks struct {
	// Attempted is called after each attempt in process.
	Attempted func(ctx context.Context, a Attempted)
	// Finished is called once for each call of the chain, after the last attempt.
	Finished func(ctx context.Context, a Attempted)
}

// Attempted is what a hook learns.
type Attempted struct {
	Delivery *Delivery
	Try      int           // attempts of this call so far, from 1; 0 if the context was done before the first
	Took     time.Duration // of Attempted the attempt, of Finished all attempts with the waits between them
	Receipt  Receipt       // if Err is nil
	Err      error
	Class    Class // of Err
}

// Redact returns text with what it may hold of the recipient's personal data
// replaced: the address, the name and the values of Meta, whatever their case.
// It is a second net: adapters must keep these out of their errors themselves.
func Redact(text string, to *Recipient) string {
	text = cover(text, to.Address, "[address]")
	text = cover(text, to.Name, "[name]")
	for _, v := range to.Meta {
		text = cover(text, v, "[meta]")
	}
	return text
}

// readable returns an error whose text is redacted, for logs, hooks and people.
// errors.Is and As find what it wraps.
func readable(err error, to *Recipient) error {
	if err == nil {
		return nil
	}
	return &redactedError{Redact(err.Error(), to), err}
}

type redactedError struct {
	text string
	err  error
}

func (e *redactedError) Error() string { return e.text }

func (e *redactedError) Unwrap() error { return e.err }

// minSecret is the length below which a value is too common to be looked for:
// it would cover parts of ordinary words.
const minSecret = 4

func cover(text, secret, with string) string {
	if len(secret) < minSecret {
		return text
	}
	text = strings.ReplaceAll(text, secret, with)
	if lower := strings.ToLower(text); len(lower) == len(text) {
		secret = strings.ToLower(secret)
		for i := strings.Index(lower, secret); i >= 0; i = strings.Index(lower, secret) {
			text = text[:i] + with + text[i+len(secret):]
			lower = lower[:i] + strings.Repeat("\x00", len(with)) + lower[i+len(secret):]
		}
	}
	return text
}
