package notifytest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/notify/notifytest"
)

// onHTTP is an adapter as it should be.
func onHTTP(_ *testing.T, baseURL string) notify.Notifier {
	return notify.NewHTTP(func(ctx context.Context, d *notify.Delivery) (*http.Request, error) {
		req, err := notify.JSONRequest(ctx, baseURL+"/key-4711", map[string]string{"to": d.To.Address, "text": d.Message.Subject + "\n" + d.Message.Text})
		if err == nil {
			req.Header.Set("Authorization", "Bearer token-4711")
		}
		return req, err
	}, &notify.HTTPOptions{Internal: true})
}

var secretsOfHTTP = &notifytest.HTTPOptions{Secrets: []string{"token-4711", "key-4711"}}

func TestHTTPConforms(t *testing.T) {
	t.Parallel()
	notifytest.TestHTTP(t, onHTTP, secretsOfHTTP)
}

// byHand is an adapter on net/http alone. Each field is a step that a mistake can take the place of.
type byHand struct {
	url     string
	client  *http.Client
	request func(ctx context.Context, d *notify.Delivery, req *http.Request)
	do      func(req *http.Request) (*http.Response, error)
	failed  func(err error, written bool) error
	read    func(resp *http.Response) error
	taken   func(status int) bool
	wait    func(header string) (time.Duration, bool)
	class   func(status int, err error) error
}

func newByHand(baseURL string, mistake func(*byHand)) *byHand {
	b := &byHand{url: baseURL + "/key-4711"}
	b.client = &http.Client{
		Transport:     &http.Transport{MaxConnsPerHost: 64, MaxIdleConnsPerHost: 64},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	b.request = func(_ context.Context, d *notify.Delivery, req *http.Request) {
		req.Header["idempotency-key"] = []string{url.PathEscape(d.ID)} // net/http repeats by itself what has the usual spelling
	}
	b.do = func(req *http.Request) (*http.Response, error) { return b.client.Do(req) }
	b.failed = func(err error, written bool) error {
		if written {
			return notify.Ambiguous(quietly{err})
		}
		return quietly{err}
	}
	b.read = func(resp *http.Response) error {
		_, err := io.CopyN(io.Discard, resp.Body, 64<<10)
		if err != nil && !errors.Is(err, io.EOF) {
			return notify.Ambiguous(quietly{err})
		}
		return nil
	}
	b.taken = func(status int) bool { return status/100 == 2 }
	b.wait = func(header string) (time.Duration, bool) { return notify.ParseRetryAfter(header, time.Now()) }
	b.class = func(status int, err error) error {
		switch {
		case status == 410:
			return notify.Gone(err)
		case status == 401 || status == 403 || status < 400:
			return notify.Misconfigured(err)
		case status == 429:
			return notify.RetryAfter(err, 0)
		case status < 500 && status != 408 && status != 409 && status != 425:
			return notify.Permanent(err)
		}
		return err
	}
	mistake(b)
	return b
}

// quietly hides the text of an error, not the error.
type quietly struct{ error }

func (quietly) Error() string   { return "by hand: it did not work" }
func (q quietly) Unwrap() error { return q.error }

// CloseIdleConnections is what the suite looks for.
func (b *byHand) CloseIdleConnections() { b.client.CloseIdleConnections() }

func (b *byHand) Notify(ctx context.Context, d *notify.Delivery) (notify.Receipt, error) {
	body, err := json.Marshal(d.Message.Subject + "\n" + d.Message.Text)
	if err != nil {
		return notify.Receipt{}, notify.Permanent(err)
	}
	var written atomic.Bool
	traced := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteHeaders: func() { written.Store(true) }})
	req, err := http.NewRequestWithContext(traced, http.MethodPost, b.url, bytes.NewReader(body))
	if err != nil {
		return notify.Receipt{}, err
	}
	req.Header.Set("Content-Type", "application/json")
	b.request(ctx, d, req)
	resp, err := b.do(req)
	if err != nil {
		return notify.Receipt{}, b.failed(err, written.Load())
	}
	defer func() { _ = resp.Body.Close() }()
	broken := b.read(resp)
	if b.taken(resp.StatusCode) {
		return notify.Receipt{}, broken
	}
	err = fmt.Errorf("by hand: refused with %d", resp.StatusCode)
	if wait, ok := b.wait(resp.Header.Get("Retry-After")); ok {
		return notify.Receipt{}, notify.RetryAfter(err, wait)
	}
	return notify.Receipt{}, b.class(resp.StatusCode, err)
}

// TestBrokenHTTP proves the suite: each adapter makes one mistake, and exactly
// the cases of the rule that it breaks fail.
func TestBrokenHTTP(t *testing.T) {
	t.Parallel()
	for _, b := range []struct {
		name    string
		want    []string
		mistake func(*byHand)
	}{
		{"keeps its promise", nil, func(*byHand) {}},
		{"wants a body", []string{"no_body"}, func(b *byHand) { b.taken = func(status int) bool { return status == 200 } }},
		{"counts seconds only", []string{"retry_after_date"}, func(b *byHand) {
			b.wait = func(header string) (time.Duration, bool) {
				n, err := strconv.Atoi(header)
				return time.Duration(n) * time.Second, err == nil
			}
		}},
		{"takes seconds for minutes", []string{"retry_after_seconds"}, func(b *byHand) {
			b.wait = func(header string) (time.Duration, bool) {
				if n, err := strconv.Atoi(header); err == nil {
					return time.Duration(n) * time.Minute, true
				}
				return notify.ParseRetryAfter(header, time.Now())
			}
		}},
		{"does not read Retry-After", []string{"retry_after_seconds", "retry_after_date", "throttled"}, func(b *byHand) {
			b.wait = func(string) (time.Duration, bool) { return 0, false }
		}},
		{"tries what was too large again", []string{"statuses"}, func(b *byHand) {
			right := b.class
			b.class = func(status int, err error) error {
				if status == http.StatusRequestEntityTooLarge {
					return err
				}
				return right(status, err)
			}
		}},
		{"follows redirects", []string{"redirect"}, func(b *byHand) { b.client.CheckRedirect = nil }},
		{"takes a redirect for a success", []string{"redirect"}, func(b *byHand) { b.taken = func(status int) bool { return status < 400 } }},
		{"fails on long answers", []string{"long_answer", "endless_answer"}, func(b *byHand) {
			b.read = func(resp *http.Response) error {
				if n, _ := io.CopyN(io.Discard, resp.Body, 512<<10); n == 512<<10 {
					return errors.New("by hand: answer too long")
				}
				return nil
			}
		}},
		{"reads whatever comes", []string{"endless_answer"}, func(b *byHand) {
			b.read = func(resp *http.Response) error {
				_, _ = io.Copy(io.Discard, resp.Body)
				return nil
			}
		}},
		{"would repeat half an answer", []string{"half_answer"}, func(b *byHand) {
			b.read = func(resp *http.Response) error {
				if _, err := io.CopyN(io.Discard, resp.Body, 64<<10); err != nil && !errors.Is(err, io.EOF) {
					return quietly{err}
				}
				return nil
			}
		}},
		{"is unsure of everything", []string{"refused"}, func(b *byHand) {
			b.failed = func(err error, _ bool) error { return notify.Ambiguous(quietly{err}) }
		}},
		{"gives up when a connection breaks", []string{"refused", "cut_before", "uncertain", "no_repeat"}, func(b *byHand) {
			b.failed = func(err error, _ bool) error { return notify.Permanent(quietly{err}) }
		}},
		{"lets net/http repeat", []string{"no_repeat"}, func(b *byHand) {
			b.request = func(_ context.Context, d *notify.Delivery, req *http.Request) {
				req.Header.Set("Idempotency-Key", url.PathEscape(d.ID))
			}
		}},
		{"keeps two connections, as the default does", []string{"connections"}, func(b *byHand) { b.client.Transport = &http.Transport{} }},
		{"leaves answers unread", []string{"connections"}, func(b *byHand) {
			b.read = func(*http.Response) error { return nil }
		}},
		{"hides the cause", []string{"cause", "cause_context"}, func(b *byHand) {
			b.failed = func(_ error, written bool) error {
				if err := errors.New("by hand: it did not work"); !written {
					return err
				}
				return notify.Ambiguous(errors.New("by hand: it did not work"))
			}
		}},
		{"passes net/http's errors on", []string{"no_address", "no_secrets"}, func(b *byHand) {
			b.failed = func(err error, written bool) error {
				if written {
					return notify.Ambiguous(err)
				}
				return err
			}
		}},
		{"shows the address of who refused", []string{"no_address"}, func(b *byHand) {
			right := b.failed
			b.failed = func(err error, written bool) error {
				if own, ok := errors.AsType[*url.Error](err); ok && !written {
					return own.Err // without the path, yet with the server
				}
				return right(err, written)
			}
		}},
		{"makes headers of words", []string{"injection"}, func(b *byHand) {
			right := b.request
			b.request = func(ctx context.Context, d *notify.Delivery, req *http.Request) {
				right(ctx, d, req)
				for line := range strings.SplitSeq(d.Message.Subject, "\r\n") {
					if name, value, ok := strings.Cut(line, ": "); ok && strings.HasPrefix(name, "X-") {
						req.Header.Set(name, value)
					}
				}
			}
		}},
		{"tries again what no header can hold", []string{"injection"}, func(b *byHand) {
			b.request = func(_ context.Context, d *notify.Delivery, req *http.Request) {
				req.Header["idempotency-key"] = []string{d.ID}
			}
		}},
	} {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			failed, skipped := notifytest.BrokenHTTP(t.Context(), func(baseURL string) notify.Notifier { return newByHand(baseURL, b.mistake) }, secretsOfHTTP)
			assert.Empty(t, skipped)
			assert.ElementsMatch(t, b.want, keys(failed), "%v", failed)
			for _, text := range failed {
				assert.True(t, strings.HasPrefix(text, "rule: "), "%q", text)
			}
		})
	}
}

// TestLateHTTP proves the cases that wait for something that does not come, with less patience.
func TestLateHTTP(t *testing.T) {
	t.Parallel()
	forever := make(chan struct{})
	t.Cleanup(func() { close(forever) })
	for _, b := range []struct {
		name, rule, want string
		mistake          func(*byHand)
	}{
		{"waits for an answer longer than its context does", "slow_answer", "still not back", func(b *byHand) {
			b.do = func(req *http.Request) (*http.Response, error) {
				return b.client.Do(req.WithContext(context.WithoutCancel(req.Context())))
			}
		}},
		{"leaves a goroutine behind", "goroutines", "still there", func(b *byHand) {
			right := b.request
			b.request = func(ctx context.Context, d *notify.Delivery, req *http.Request) {
				right(ctx, d, req)
				go func() { <-forever }()
			}
		}},
	} {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			failure := notifytest.HTTPCase(t.Context(), b.rule, 100*time.Millisecond, func(baseURL string) notify.Notifier { return newByHand(baseURL, b.mistake) })
			assert.Contains(t, failure, b.want)
		})
	}
}

func TestHTTPDeclarations(t *testing.T) {
	t.Parallel()
	failed, skipped := notifytest.BrokenHTTP(t.Context(), func(baseURL string) notify.Notifier {
		return notify.NewHTTP(func(ctx context.Context, d *notify.Delivery) (*http.Request, error) {
			req, err := http.NewRequestWithContext(ctx, http.MethodPost, baseURL, strings.NewReader(url.Values{"text": {d.Message.Text}}.Encode()))
			if err == nil {
				req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				req.Header.Set("X-Id", url.PathEscape(d.ID))
			}
			return req, err
		}, &notify.HTTPOptions{Internal: true, Independent: true, Check: func(r *notify.HTTPResponse) (notify.Receipt, error) {
			if string(r.Body) != "ok=true" {
				return notify.Receipt{}, notify.Ambiguous(errors.New("no answer of the service's"))
			}
			return notify.Receipt{}, nil
		}})
	}, &notifytest.HTTPOptions{
		To:        func(baseURL string) notify.Recipient { return notify.Recipient{ID: "c-1", Address: baseURL} },
		Accept:    func(w http.ResponseWriter, _ *http.Request, _ []byte) { _, _ = io.WriteString(w, "ok=true") },
		NeedsBody: true,
		Key:       func(r *http.Request, _ []byte) string { return r.Header.Get("X-Id") },
		Classes: map[int]notify.Class{
			400: notify.Temporary, 401: notify.Temporary, 403: notify.Temporary, 404: notify.Temporary, 413: notify.Temporary, 422: notify.Temporary,
		},
	})
	assert.Empty(t, failed)
	assert.ElementsMatch(t, []string{"no_body", "lasting", "misconfigured"}, skipped)
}
