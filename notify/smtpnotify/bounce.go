package smtpnotify

import (
	"errors"
	"strings"

	"github.com/amends-dev/amends/notify"
)

// BounceKind is what a message to the return path says.
type BounceKind string

// Kinds of messages to the return path.
const (
	BounceFailed    BounceKind = "failed"     // it will not arrive: tell the desk
	BounceDelayed   BounceKind = "delayed"    // the mail system is still trying
	BounceDelivered BounceKind = "delivered"  // it was delivered, or passed on to a system that reports no more
	BounceAutoReply BounceKind = "auto_reply" // an out-of-office note or the like: no bounce, the message arrived
	BounceOther     BounceKind = "other"      // not a report on a message: perhaps a person wrote
)

// Bounce is what a message to the return path says about one of ours.
type Bounce struct {
	Kind BounceKind
	// Delivery is the key of the delivery, "" if the message does not tell, or
	// was not sent with one of the keys that the notifier has now.
	Delivery string
	// MessageID of the message that it is about, as in the delivery's receipt; "" if it does not tell.
	MessageID string
	// Class of a failed one: [notify.AddressGone] if the address is dead, otherwise
	// [notify.Lasting]. Of the others [notify.Temporary], which means nothing.
	Class notify.Class
	// Status is the enhanced code (RFC 3463), as in "5.1.1", or "".
	Status string
	// Reason says in words what happened, for operators. It holds no address.
	Reason string
}

// ErrNotMail says that what was to be parsed is not an e-mail.
var ErrNotMail = errors.New("not an e-mail")

// statusGroup is what a report says of one recipient (RFC 3464 section 2.3).
type statusGroup struct{ action, status, diagnostic string }

// findings is what was found in a message to the return path.
type findings struct {
	groups    []statusGroup
	envid     string
	messageID string // of the returned header
	token     string // of the returned header
	read      bool   // a report that the message was read (RFC 8098)
}

// judge makes the result of what was found in the message's header and its parts.
func (n *Notifier) judge(top fields, found *findings) Bounce {
	b := Bounce{Kind: BounceOther}
	id, known := n.names.ours(found.messageID)
	if envid := strings.ToLower(found.envid); !known && isID(envid) {
		id, known = envid, true
	}
	if !known {
		id, known = n.returned(top)
	}
	for _, token := range []string{found.token, found.envid} {
		if key, ok := n.names.open(token); ok {
			if b.Delivery = key; !known {
				id, known = n.names.id("delivery", key), true
			}
			break
		}
	}
	if known {
		b.MessageID = n.names.message(id)
	}
	switch {
	case len(found.groups) > 0:
		worst(&b, found.groups)
	case top.get("x-failed-recipients") != "": // Exim, where it makes no report
		b.Kind, b.Class, b.Reason = BounceFailed, notify.Lasting, "it came back without a status"
	case found.read:
		b.Reason = "a report that it was read or deleted"
	case automatic(top):
		b.Kind, b.Reason = BounceAutoReply, "an automatic reply"
	default:
		b.Reason = "not a report"
	}
	return b
}

// worst fills in what the worst of the groups says. Our messages have one
// recipient; an address that is forwarded to several has more.
func worst(b *Bounce, groups []statusGroup) {
	rank := map[BounceKind]int{BounceDelivered: 1, BounceDelayed: 2, BounceFailed: 3}
	for _, g := range groups {
		status := bestStatus(g)
		kind := kindOf(g.action, status)
		if rank[kind] <= rank[b.Kind] {
			continue
		}
		*b = Bounce{Kind: kind, Delivery: b.Delivery, MessageID: b.MessageID, Status: status, Reason: string(kind)}
		if kind == BounceFailed {
			b.Class = notify.Lasting
			if _, detail, _ := strings.Cut(status, "."); goneDetail(detail) {
				b.Class = notify.AddressGone
			}
		}
		if status != "" {
			b.Reason += ", status " + status
		}
	}
	if b.Kind == BounceOther {
		b.Reason = "a report that says nothing of what became of the message"
	}
}

// kindOf reads the action of a report (RFC 3464 section 2.3.3), or else its status.
func kindOf(action, status string) BounceKind {
	switch action {
	case "failed":
		return BounceFailed
	case "delayed":
		return BounceDelayed
	case "delivered", "relayed", "expanded":
		return BounceDelivered
	}
	switch {
	case strings.HasPrefix(status, "5."):
		return BounceFailed
	case strings.HasPrefix(status, "4."):
		return BounceDelayed
	case strings.HasPrefix(status, "2."):
		return BounceDelivered
	}
	return BounceOther
}

// bestStatus returns the status, or the more exact code that the last server
// gave, where the status says no more than that it failed.
func bestStatus(g statusGroup) string {
	status, _, _ := strings.Cut(g.status, " ")
	if !isStatus(status) {
		status = ""
	}
	if status != "" && !strings.HasSuffix(status, ".0.0") {
		return status
	}
	kind, text, _ := strings.Cut(g.diagnostic, ";")
	if !strings.EqualFold(strings.TrimSpace(kind), "smtp") {
		return status
	}
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == '-' || r == '#' || r == '\t' }) {
		if isStatus(word) && (status == "" || word[0] == status[0]) {
			return word
		}
	}
	return status
}

// returned looks for one of our return paths in the fields that say to whom the
// report was sent.
func (n *Notifier) returned(top fields) (string, bool) {
	if !n.s.VERP {
		return "", false
	}
	prefix, suffix := strings.ToLower(n.s.returns.local)+"+", "@"+strings.ToLower(n.s.returns.domain)
	for _, name := range []string{"to", "delivered-to", "x-original-to", "envelope-to", "x-envelope-to"} {
		for _, value := range top[name] {
			for rest := strings.ToLower(value); ; {
				_, after, found := strings.Cut(rest, prefix)
				if !found {
					break
				}
				if len(after) > idLength && isID(after[:idLength]) && strings.HasPrefix(after[idLength:], suffix) {
					return after[:idLength], true
				}
				rest = after
			}
		}
	}
	return "", false
}

// automatic says whether a program wrote the message (RFC 3834 section 5), as
// out-of-office notes say in one of these ways.
func automatic(top fields) bool {
	auto, _, _ := strings.Cut(strings.ToLower(top.get("auto-submitted")), ";")
	auto, _, _ = strings.Cut(strings.TrimSpace(auto), " ")
	if auto != "" && auto != "no" {
		return true
	}
	for _, name := range []string{"x-autoreply", "x-autorespond", "x-autoresponse", "x-amazon-auto-reply"} {
		if top.get(name) != "" {
			return true
		}
	}
	switch strings.ToLower(top.get("precedence")) {
	case "auto_reply", "bulk", "junk":
		return true
	}
	return false
}
