package slacknotify

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"maps"
	"strings"

	"github.com/amends-dev/amends/notify"
)

// Notify implements [notify.Notifier]. A message without Prior is one call.
//
// A following one is two with [FollowBoth]: first the update, which can be
// repeated without harm, then the post, whose receipt counts. So no receipt is lost when
// one of them fails, and nobody is told twice by a repeat after a failed update. A first message that
// cannot be changed is left as it is; one that is gone is no longer followed: the message becomes the
// first of a new thread.
func (b *Bot) Notify(ctx context.Context, d *notify.Delivery) (notify.Receipt, error) {
	if b.place(d) == "" {
		return notify.Receipt{}, notify.Gone(errors.New("slacknotify: the recipient has no address, and the options name no channel"))
	}
	r, err := b.follow(ctx, d)
	if err != nil {
		if strings.TrimSpace(d.To.Address) == "" {
			err = ours(err)
		}
		return notify.Receipt{}, err
	}
	r.Ref[refTo] = digest(b.place(d))
	return r, nil
}

// follow posts, and before that updates the first message of the thread, if there is one.
func (b *Bot) follow(ctx context.Context, d *notify.Delivery) (notify.Receipt, error) {
	channel, ts := b.first(d)
	if ts == "" {
		return b.post.Notify(ctx, d)
	}
	anew := *d
	anew.Prior = nil
	if b.opts.Follow == FollowUpdate || b.opts.Follow == FollowBoth && len(state(d.Message)) > 0 {
		_, err := b.update.Notify(ctx, d)
		switch class, _ := notify.Classify(err); {
		case err == nil && b.opts.Follow == FollowUpdate:
			return notify.Receipt{ProviderID: d.Prior.ProviderID, Ref: maps.Clone(d.Prior.Ref)}, nil
		case err == nil:
		case class == notify.Uncertain:
			// Whether it was changed or not: changing it again is no harm.
			return notify.Receipt{}, &notify.Error{Class: notify.Temporary, Err: err}
		case class != notify.Lasting && class != notify.AddressGone:
			return notify.Receipt{}, err
		case b.opts.Follow == FollowUpdate, code(err) == "message_not_found":
			return b.post.Notify(ctx, &anew)
		}
	}
	r, err := b.post.Notify(ctx, d)
	if err == nil {
		return receipt(channel, r.Ref[refTS], ts), nil
	}
	if concerns(err) == aboutThread { // it was refused for certain
		return b.post.Notify(ctx, &anew)
	}
	return notify.Receipt{}, err
}

// code returns Slack's code of an error, "" if it has none.
func code(err error) string {
	if e, ok := errors.AsType[*notify.Error](err); ok {
		return e.Code
	}
	return ""
}

// Keys of a receipt's Ref.
const (
	refChannel = "channel" // where the message is
	refTS      = "ts"      // the thread's first message
	refTo      = "to"      // a digest of the address that it was sent to
)

// receipt is that of the message ts, in the thread that began with the message first.
func receipt(channel, ts, first string) notify.Receipt {
	return notify.Receipt{ProviderID: channel + "/" + ts, Ref: map[string]string{refChannel: channel, refTS: first}}
}

// place returns where a delivery goes.
func (b *Bot) place(d *notify.Delivery) string {
	if to := strings.TrimSpace(d.To.Address); to != "" {
		return to
	}
	return b.opts.Channel
}

// digest tells whether two addresses are the same, and does not show them.
func digest(address string) string {
	sum := sha256.Sum256([]byte(address))
	return hex.EncodeToString(sum[:8])
}

// first returns where the first message of the delivery's thread is, "" if
// there is none, or if it went to another address: whoever had that must not read on.
func (b *Bot) first(d *notify.Delivery) (channel, ts string) {
	if d.Prior == nil || d.Prior.Ref[refTo] != digest(b.place(d)) || d.Prior.Ref[refChannel] == "" {
		return "", ""
	}
	return d.Prior.Ref[refChannel], d.Prior.Ref[refTS]
}
