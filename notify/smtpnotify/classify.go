package smtpnotify

import (
	"strings"

	"github.com/amends-dev/amends/notify"
)

// classify decides what a failure means for the next attempt. The package
// comment has the table.
func (f *failure) classify() notify.Class {
	switch {
	case f.known:
		return f.class
	case f.reply == nil && f.step == stepEnd:
		return notify.Uncertain
	case f.reply == nil:
		return notify.Temporary
	case f.reply.code/100 == 4:
		return f.transient()
	case f.reply.code/100 == 5:
		return f.permanent()
	case f.step == stepEnd:
		return notify.Uncertain // neither yes nor no
	}
	return notify.Temporary
}

// transient classifies an answer of 400 to 499.
func (f *failure) transient() notify.Class {
	r, d := f.reply, f.reply.detail()
	switch {
	case f.step == stepAuth && r.code == 432: // RFC 4954 section 6: the account needs a person
		return notify.Unusable
	case d == "7.28" || d == "4.5": // flood; congestion
		return notify.Throttled
	case !strings.HasPrefix(d, "7."):
		return notify.Temporary
	case r.code == 421, f.step <= stepMail && f.step != stepAuth && f.step != stepTLS:
		return notify.Throttled // a policy that will be another soon, against us and not against a recipient: a rate
	}
	return notify.Temporary
}

// permanent classifies an answer of 500 to 599.
func (f *failure) permanent() notify.Class {
	r, d := f.reply, f.reply.detail()
	switch r.code {
	case 530, 534, 535, 538: // RFC 4954 section 6: whoever the recipient is
		return notify.Unusable
	}
	switch {
	case d == "1.7" || d == "1.8": // bad address of the sender
		return notify.Unusable
	case f.step == stepMail && (r.code == 552 || d == "3.4" || strings.HasPrefix(d, "6.")): // size; content
		return notify.Lasting
	case f.step <= stepMail:
		return notify.Unusable
	case goneDetail(d):
		return notify.AddressGone
	case f.step == stepRcpt && d == "" && (r.code == 550 || r.code == 551 || r.code == 553): // RFC 5321 section 4.2.3
		return notify.AddressGone
	}
	return notify.Lasting
}

// goneDetail says whether the last two parts of an enhanced code (RFC 3463
// sections 3.2 and 3.3, RFC 7505) say that an address is dead.
func goneDetail(d string) bool {
	switch d {
	case "1.0", "1.1", "1.2", "1.3", "1.4", "1.6", "1.10", "2.1":
		return true
	}
	return false
}
