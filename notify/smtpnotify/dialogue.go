package smtpnotify

import (
	"context"
	"fmt"
	"strconv"

	"github.com/amends-dev/amends/notify"
)

// transact hands one message over. Where the server said no, the connection is
// left ready for the next.
func (c *conn) transact(ctx context.Context, l *letter, success bool) *failure {
	end := c.watch(ctx)
	defer end()
	c.sent++
	f := c.dialogue(l, success)
	switch {
	case f == nil:
	case !f.usable():
		c.broken = true
	case f.step == stepRcpt || f.step == stepData: // a transaction is open
		c.reset()
	}
	return f
}

func (c *conn) reset() {
	if err := c.command(2, "RSET"); err != nil {
		c.broken = true
	}
}

// dialogue is one mail transaction (RFC 5321 section 3.3).
func (c *conn) dialogue(l *letter, success bool) *failure {
	if f := c.envelope(l, success); f != nil {
		return f
	}
	if err := c.command(354, "DATA"); err != nil {
		return failed(stepData, err)
	}
	w := c.client.Text.DotWriter()
	if _, err := w.Write(l.body); err != nil {
		return failed(stepBody, err)
	}
	// A write that failed did not hand over all of its bytes, and the last of them
	// end the final dot: the server cannot have taken the message.
	if err := w.Close(); err != nil {
		return failed(stepBody, err)
	}
	if _, _, err := c.client.Text.ReadResponse(2); err != nil {
		return failed(stepEnd, err)
	}
	return nil
}

// envelope names sender and recipient, with the extensions that the server has.
func (c *conn) envelope(l *letter, success bool) *failure {
	options := ""
	if offered, limit := c.client.Extension("SIZE"); offered { // RFC 1870
		if most, err := strconv.Atoi(limit); err == nil && most > 0 && len(l.body) > most {
			return refused(stepMail, notify.Lasting, fmt.Sprintf("the message has %d bytes and the server takes %d", len(l.body), most))
		}
		options += " SIZE=" + strconv.Itoa(len(l.body))
	}
	if !l.ascii() {
		if offered, _ := c.client.Extension("SMTPUTF8"); !offered {
			return refused(stepMail, notify.Lasting, "the address needs SMTPUTF8 (RFC 6531), which the server does not offer: "+
				"write its domain in ASCII (xn--), if only that is foreign, or use another server")
		}
		options += " SMTPUTF8"
	}
	reports, _ := c.client.Extension("DSN") // RFC 3461
	if reports {
		options += " RET=HDRS"
		if l.envid != "" {
			options += " ENVID=" + l.envid
		}
	}
	if err := c.command(2, "MAIL FROM:<%s>%s", l.from, options); err != nil {
		return failed(stepMail, err)
	}
	options = ""
	switch {
	case reports && success:
		options = " NOTIFY=SUCCESS,FAILURE,DELAY"
	case reports:
		options = " NOTIFY=FAILURE,DELAY"
	}
	if err := c.command(2, "RCPT TO:<%s>%s", l.to, options); err != nil {
		return failed(stepRcpt, err)
	}
	return nil
}
