package teamsnotify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/amends-dev/amends/notify"
)

// Options configures [New]. The zero value, like a nil *Options, holds the defaults.
type Options struct {
	// URL is the workflow that everything goes to. It is a secret. If empty, each
	// recipient's address is a workflow of their own.
	URL string
	// Conn sets up the connections. Independent, Check and Refused are not used.
	// With Internal, http will do instead of https. If zero, its defaults: no internal addresses.
	Conn notify.HTTPOptions
}

// Notifier starts workflows of Microsoft Teams. Make one with [New]. It is safe for concurrent use.
type Notifier struct {
	http *notify.HTTP
	url  string // "": recipients give their own
}

// New returns a notifier that starts a workflow of Microsoft Teams for each
// message. Nil from it means that the workflow was started (202), not that the
// card is in the channel: Teams tells nobody but the workflow's owner. Receipts are
// empty, and every message stands alone.
//
// The error says that the URL in the options is none, and does not show it. A
// recipient's address that is none is a failure of class gone.
func New(opts *Options) (*Notifier, error) {
	var o Options
	if opts != nil {
		o = *opts
	}
	if o.URL != "" {
		if err := checkURL(o.URL, o.Conn.Internal); err != nil {
			return nil, fmt.Errorf("teamsnotify: the workflow in the options: %w", err)
		}
	}
	n := &Notifier{url: o.URL}
	o.Conn.Independent, o.Conn.Check, o.Conn.Refused = n.url == "", nil, n.refused
	n.http = notify.NewHTTP(func(ctx context.Context, d *notify.Delivery) (*http.Request, error) {
		address := n.url
		if address == "" {
			address = strings.TrimSpace(d.To.Address)
			if err := checkURL(address, o.Conn.Internal); err != nil {
				return nil, notify.Gone(fmt.Errorf("teamsnotify: the recipient's workflow: %w", err))
			}
		}
		card, err := payload(d.Message)
		if err != nil {
			return nil, err
		}
		return notify.JSONRequest(ctx, address, card)
	}, &o.Conn)
	return n, nil
}

// Notify implements [notify.Notifier].
func (n *Notifier) Notify(ctx context.Context, d *notify.Delivery) (notify.Receipt, error) {
	return n.http.Notify(ctx, d)
}

// Channel returns how a dispatcher should use n: a workflow of ours gets a
// message a second; of recipients' workflows none speaks for the others.
func (n *Notifier) Channel() notify.Channel {
	c := notify.Channel{Notifier: n, RepeatUncertain: true, Independent: n.url == ""}
	if !c.Independent {
		c.Rate = 1
	}
	return c
}

// CloseIdleConnections closes the connections that no call is using.
func (n *Notifier) CloseIdleConnections() { n.http.CloseIdleConnections() }

// errPlain: whoever reads along on the way could post, and read what we say.
var errPlain = errors.New("it needs https, because its signature is a secret")

// checkURL says whether a message may be sent to an address.
func checkURL(address string, internal bool) error {
	u, err := notify.ParseURL(address)
	if err == nil && u.Scheme != "https" && !internal {
		err = errPlain
	}
	return err
}

// errGone: a workflow that is made again has another address.
var errGone = errors.New("teamsnotify: starting the workflow: it was deleted: ask for the address of a new one")

// refused reads an answer that is no success. Only of a workflow that is
// deleted Power Automate says more than the status does: with a 404, or with a 400 that also stands for
// one that is switched off and can be switched on again.
func (n *Notifier) refused(r *notify.HTTPResponse, err error) error {
	var a struct {
		Error struct{ Code, Message string }
	}
	_ = json.Unmarshal(r.Body, &a) // whatever it is, its status says enough
	ours := n.url != ""
	switch code := a.Error.Code; {
	case code == "WorkflowNotFound",
		code == "WorkflowTriggerIsNotEnabled" && strings.Contains(a.Error.Message, "'Deleted'"):
		err = &notify.Error{Class: notify.AddressGone, Code: code, Err: errGone}
	case code == "WorkflowTriggerIsNotEnabled" && ours:
		err = notify.Misconfigured(err)
	}
	if class, _ := notify.Classify(err); ours && class == notify.AddressGone {
		err = notify.Misconfigured(err)
	}
	return err
}
