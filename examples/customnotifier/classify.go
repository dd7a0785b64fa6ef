package customnotifier

import (
	"net/http"
	"time"

	"github.com/amends-dev/amends/notify"
)

// classify says what the service's answer means for the next attempt.
func classify(resp *http.Response, err error) error {
	switch resp.StatusCode {
	case http.StatusTooManyRequests:
		wait, _ := notify.ParseRetryAfter(resp.Header.Get("Retry-After"), time.Now())
		return notify.RetryAfter(err, wait)
	case http.StatusUnauthorized, http.StatusForbidden:
		return notify.Misconfigured(err)
	case http.StatusNotFound, http.StatusGone:
		return notify.Gone(err)
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity:
		return notify.Permanent(err)
	}
	return err // without a class: temporary
}
