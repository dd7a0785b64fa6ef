package notify

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
)

// drainMax bounds what is read of an answer only to use its connection again. Of
// a longer one the rest is not read: its connection is closed.
const drainMax = 64 << 10

// answer reads an answer and says what it means.
func (h *HTTP) answer(resp *http.Response) (Receipt, error) {
	defer func() { _ = resp.Body.Close() }()
	ok := resp.StatusCode >= 200 && resp.StatusCode < 300
	r := &HTTPResponse{Status: resp.StatusCode, Header: resp.Header}
	var broken error
	if ok && h.opts.Check != nil || !ok && h.opts.Refused != nil {
		r.Body, broken = io.ReadAll(io.LimitReader(resp.Body, int64(h.opts.MaxBody)+1))
		if r.Cut = len(r.Body) > h.opts.MaxBody; r.Cut {
			r.Body = r.Body[:h.opts.MaxBody]
		}
	}
	if broken == nil && resp.Body != http.NoBody && resp.ContentLength <= drainMax {
		_, _ = io.CopyN(io.Discard, resp.Body, drainMax) // what breaks here breaks nothing: the status is known
	}
	switch {
	case !ok:
		return Receipt{}, h.refused(r)
	case h.opts.Check == nil:
		return Receipt{}, nil
	case broken != nil: // it was taken; what Check would have read is lost
		return Receipt{}, Ambiguous(sendError(resp.Request, fmt.Errorf("reading the answer: %w", broken)))
	}
	return h.opts.Check(r)
}

// refused returns the failure that an answer other than 2xx is.
func (h *HTTP) refused(r *HTTPResponse) error {
	err := h.verdict(r)
	if h.opts.Refused != nil {
		if own := h.opts.Refused(r, err); own != nil {
			return own
		}
	}
	return err
}

// verdict is what a status says, see [HTTP].
func (h *HTTP) verdict(r *HTTPResponse) error {
	text := http.StatusText(r.Status)
	if text == "" {
		text = "unknown status"
	}
	e := &Error{Code: strconv.Itoa(r.Status), Err: errors.New("notify: sending over HTTP: " + text)}
	wait, asked := ParseRetryAfter(r.Header.Get("Retry-After"), h.opts.Now())
	switch s := r.Status; {
	case s == http.StatusGone:
		e.Class = AddressGone
	case s == http.StatusTooManyRequests, s == http.StatusBadGateway, s == http.StatusGatewayTimeout:
		e.Class, e.After = Throttled, wait
	case s >= 500, s == http.StatusRequestTimeout, s == http.StatusConflict, s == http.StatusTooEarly:
		if asked {
			e.Class, e.After = Throttled, wait
		}
	case h.opts.Independent:
	case s == http.StatusUnauthorized, s == http.StatusForbidden, s == http.StatusProxyAuthRequired, s < 400:
		e.Class = Unusable
	default:
		e.Class = Lasting
	}
	return e
}
