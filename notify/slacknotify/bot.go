package slacknotify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/amends-dev/amends/notify"
)

// Follow says what the next message of a thread does.
type Follow int

// What the next message of a thread does.
const (
	// FollowBoth replies in the thread, and lets the thread's first message say
	// below its words what the newest message is, so that nobody who sees only the first takes it for
	// the last word.
	FollowBoth Follow = iota
	// FollowReply replies in the thread, and leaves the first message alone: one call instead of two.
	FollowReply
	// FollowUpdate puts the new words in the place of the old ones. Nobody hears
	// of an edit (R42, R47): it is for a board that people look at, beside a channel that tells them.
	FollowUpdate
)

// BotOptions configures a [Bot]. The zero value, like a nil *BotOptions, holds the defaults.
type BotOptions struct {
	// Channel is the ID of the conversation that messages go to whose recipient
	// has no address. If empty, every recipient needs one.
	Channel string
	// Follow says what the next message of a thread does. If zero, [FollowBoth].
	Follow Follow
	// Quiet keeps replies inside of their thread. If false, they are shown in the
	// channel as well, since of a reply Slack tells only those who wrote in the thread or follow it.
	Quiet bool
	// BaseURL is where the methods are. If empty, https://slack.com/api; for
	// GovSlack it is https://slack-gov.com/api.
	BaseURL string
	// Conn sets up the connections. Independent, Check and Refused are not used.
	// With Internal, http will do instead of https. If zero, its defaults: no internal addresses.
	Conn notify.HTTPOptions
}

// Bot posts with the token of a Slack app. Make one with [NewBot]. It is safe for concurrent use.
type Bot struct {
	opts   BotOptions
	token  string
	post   *notify.HTTP // chat.postMessage
	update *notify.HTTP // chat.update
}

// NewBot returns a notifier that posts with a bot token ("xoxb-…"). A recipient's
// address is the ID of a conversation ("C…", "G…", "D…"), or of a user
// ("U…", "W…"), who then gets a direct message from the app.
//
// The error says what is wrong with an argument, and shows neither the token nor an address.
func NewBot(token string, opts *BotOptions) (*Bot, error) {
	b := &Bot{token: token}
	if opts != nil {
		b.opts = *opts
	}
	if token == "" || strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return nil, errors.New("slacknotify: the token is empty, or holds a space or another character that no token has")
	}
	if b.opts.Follow < FollowBoth || b.opts.Follow > FollowUpdate {
		return nil, fmt.Errorf("slacknotify: there is no Follow %d", int(b.opts.Follow))
	}
	if b.opts.BaseURL == "" {
		b.opts.BaseURL = "https://slack.com/api"
	}
	b.opts.BaseURL = strings.TrimRight(b.opts.BaseURL, "/")
	h := withDefaults(b.opts.Conn)
	if err := checkURL(b.opts.BaseURL, h.Internal); err != nil {
		return nil, fmt.Errorf("slacknotify: the base URL: %w", err)
	}
	h.Independent = false
	h.Check = func(r *notify.HTTPResponse) (notify.Receipt, error) {
		a, ok := read(r)
		switch {
		case !ok, a.OK && (a.Channel == "" || a.TS == ""):
			return notify.Receipt{}, notify.Ambiguous(errAnswer)
		case !a.OK:
			return notify.Receipt{}, refusal(a.Error, asked(r, h.Now))
		}
		return receipt(a.Channel, a.TS, a.TS), nil
	}
	h.Refused = func(r *notify.HTTPResponse, err error) error {
		if a, _ := read(r); table[a.Error] != nil {
			return refusal(a.Error, asked(r, h.Now))
		}
		return err
	}
	b.post = notify.NewHTTP(b.newPost, h)
	b.update = notify.NewHTTP(b.newUpdate, h)
	return b, nil
}

// Slack's limits, in calls a second: of messages in one channel, and of updates
// in a workspace, which are 50 a minute.
const (
	perChannel = 1
	updates    = 0.8
)

// Channel returns how a dispatcher should use b where all messages go into one
// channel of Slack's. Where each recipient has their own and Follow is
// [FollowReply], Rate can be 5.
func (b *Bot) Channel() notify.Channel {
	c := notify.Channel{Notifier: b, Rate: perChannel, RepeatUncertain: true}
	if b.opts.Follow != FollowReply {
		c.Rate = updates
	}
	return c
}

// CloseIdleConnections closes the connections that no call is using.
func (b *Bot) CloseIdleConnections() {
	b.post.CloseIdleConnections()
	b.update.CloseIdleConnections()
}

// answer is what a method of Slack's returns.
type answer struct {
	OK      bool   `json:"ok"`
	Error   string `json:"error"`
	Channel string `json:"channel"`
	TS      string `json:"ts"`
}

// read reads an answer. It returns false if it is none of Slack's.
func read(r *notify.HTTPResponse) (answer, bool) {
	var a answer
	err := json.Unmarshal(r.Body, &a)
	return a, err == nil && !r.Cut && (a.OK || a.Error != "")
}

func (b *Bot) newPost(ctx context.Context, d *notify.Delivery) (*http.Request, error) {
	shown, err := show(d.Message)
	if err != nil {
		return nil, err
	}
	p := post{content: shown, Channel: b.place(d)}
	if channel, ts := b.first(d); ts != "" {
		p.Channel, p.Thread, p.Broadcast = channel, ts, !b.opts.Quiet
	}
	return b.request(ctx, "/chat.postMessage", p)
}

func (b *Bot) newUpdate(ctx context.Context, d *notify.Delivery) (*http.Request, error) {
	u := update{content: content{Parse: "none"}, Attachments: state(d.Message)}
	u.Channel, u.TS = b.first(d)
	if b.opts.Follow == FollowUpdate {
		shown, err := show(d.Message)
		if err != nil {
			return nil, err
		}
		u.content, u.Attachments = shown, []attachment{}
	}
	return b.request(ctx, "/chat.update", u)
}

func (b *Bot) request(ctx context.Context, method string, v any) (*http.Request, error) {
	req, err := notify.JSONRequest(ctx, b.opts.BaseURL+method, v)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+b.token)
	req.Header.Set("Content-Type", "application/json; charset=utf-8") // without it Slack warns
	return req, nil
}
