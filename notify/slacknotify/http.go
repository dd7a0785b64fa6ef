package slacknotify

import (
	"errors"
	"time"

	"github.com/amends-dev/amends/notify"
)

// maxAnswer bounds what is read of an answer: chat.postMessage returns the whole message.
const maxAnswer = 512 << 10

// withDefaults fills in what this package needs of a host's options.
func withDefaults(h notify.HTTPOptions) *notify.HTTPOptions {
	if h.MaxBody <= 0 {
		h.MaxBody = maxAnswer
	}
	if h.Now == nil {
		h.Now = time.Now
	}
	return &h
}

// errPlain: whoever reads along on the way could post, and read what we say.
var errPlain = errors.New("it needs https, because it is a secret or carries one")

// checkURL says whether a secret may be sent to an address.
func checkURL(address string, internal bool) error {
	u, err := notify.ParseURL(address)
	if err == nil && u.Scheme != "https" && !internal {
		err = errPlain
	}
	return err
}

// asked returns how long an answer asks us to wait, 0 if it does not.
func asked(r *notify.HTTPResponse, now func() time.Time) time.Duration {
	wait, _ := notify.ParseRetryAfter(r.Header.Get("Retry-After"), now())
	return wait
}

// errAnswer: a proxy's page, perhaps. Slack may stand behind it and have the message.
var errAnswer = errors.New("slacknotify: posting to Slack: a success, but no answer of Slack's: look for a proxy in between")
