package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// userAgent goes along unless the builder set its own: some services refuse that of net/http.
const userAgent = "Amends (+https://github.com/amends-dev/amends)"

// JSONRequest makes a POST of v as JSON to an address. Its errors are lasting, and
// show neither the address nor v: wrap one in [Misconfigured] where the address
// is the channel's own.
func JSONRequest(ctx context.Context, address string, v any) (*http.Request, error) {
	body, err := json.Marshal(v)
	if err != nil { // its text may quote v
		return nil, Permanent(&quiet{text: fmt.Sprintf("notify: encoding the request: %T", err), cause: err})
	}
	return PostRequest(ctx, address, "application/json", body)
}

// PostRequest makes a POST of body, exactly as it is, to an address. Its errors
// are those of [JSONRequest]. body must not be changed afterwards.
func PostRequest(ctx context.Context, address, contentType string, body []byte) (*http.Request, error) {
	u, err := ParseURL(address)
	if err != nil {
		return nil, Permanent(err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "", bytes.NewReader(body))
	if err != nil {
		return nil, Permanent(fmt.Errorf("notify: making the request: %w", err))
	}
	req.URL, req.Host = u, u.Host
	req.Header.Set("Content-Type", contentType)
	return req, nil
}

// ErrAddress says that an address is none that a request can be sent to.
var ErrAddress = errors.New("it needs http or https, a host, and no user or password")

// ParseURL reads an address that requests can be sent to: http or https, with a host and
// without user and password, which do not belong into an address. Use it where
// an address is first given, to refuse it there. The error wraps [ErrAddress] and does not show it.
func ParseURL(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, &quiet{text: "notify: reading the address: it is no URL: " + ErrAddress.Error(), cause: errors.Join(ErrAddress, err)}
	}
	if err := checkURL(u); err != nil {
		return nil, err
	}
	return u, nil
}

func checkURL(u *url.URL) error {
	if u == nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.Opaque != "" {
		return fmt.Errorf("notify: reading the address: %w", ErrAddress)
	}
	return nil
}

// prepare checks what a builder made and adds what belongs to every request.
func prepare(req *http.Request, d *Delivery) error {
	if req == nil {
		return Permanent(errors.New("notify: building the request: the builder returned neither a request nor an error"))
	}
	if err := checkURL(req.URL); err != nil {
		return Permanent(err)
	}
	if req.Header == nil {
		req.Header = make(http.Header)
	}
	for name, values := range req.Header {
		for _, v := range values {
			if strings.ContainsFunc(name, notInName) || name == "" || strings.ContainsFunc(v, notInValue) {
				return Permanent(fmt.Errorf("notify: building the request: header %q holds a character that no header can hold", name))
			}
		}
	}
	if req.Header.Get("User-Agent") == "" {
		req.Header.Set("User-Agent", userAgent)
	}
	key := req.Header.Get("Idempotency-Key")
	if key == "" {
		key = headerKey(d.ID)
	}
	// In lower case net/http does not know it, or it would repeat a POST by itself
	// when a connection breaks after the request was written. On the wire case means nothing.
	req.Header.Del("Idempotency-Key")
	req.Header["idempotency-key"] = []string{key}
	if other := req.Header.Values("X-Idempotency-Key"); len(other) > 0 {
		req.Header.Del("X-Idempotency-Key")
		req.Header["x-idempotency-key"] = other
	}
	return rewindable(req)
}

// rewindable lets net/http take another connection when it finds, before it has
// written anything, that the server has closed the one it had.
func rewindable(req *http.Request) error {
	if req.Body == nil || req.Body == http.NoBody || req.GetBody != nil {
		return nil
	}
	body, err := io.ReadAll(req.Body)
	closeBody(req)
	if err != nil {
		return fmt.Errorf("notify: building the request: reading its body: %w", err)
	}
	req.ContentLength = int64(len(body))
	req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	req.Body, err = req.GetBody()
	return err
}

func closeBody(req *http.Request) {
	if req != nil && req.Body != nil {
		_ = req.Body.Close()
	}
}

// notInName and notInValue are what RFC 9110 5.1 and 5.5 keep out of headers.
func notInName(r rune) bool {
	return r <= ' ' || r >= 0x7f || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
}
func notInValue(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }

// headerKey writes an ID so that a header can hold it: visible ASCII stays, the
// rest and the percent sign are percent-encoded, so that no two IDs become one.
func headerKey(id string) string {
	const hex = "0123456789ABCDEF"
	plain := true
	for i := range len(id) {
		plain = plain && id[i] > ' ' && id[i] < 0x7f && id[i] != '%'
	}
	if plain {
		return id
	}
	var b strings.Builder
	for i := range len(id) {
		if c := id[i]; c > ' ' && c < 0x7f && c != '%' {
			b.WriteByte(c)
		} else {
			b.Write([]byte{'%', hex[c>>4], hex[c&15]})
		}
	}
	return b.String()
}
