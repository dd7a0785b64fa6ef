package smtpnotify

import (
	"bytes"
	"errors"
	"fmt"
	netmail "net/mail"
	"strings"

	"github.com/wneessen/go-mail"

	"github.com/amends-dev/amends/notify"
)

// Fields that go-mail has no name for.
const (
	fieldAutoSubmitted mail.Header = "Auto-Submitted"
	fieldListID        mail.Header = "List-Id"
	// fieldDelivery carries the sealed key of the delivery. Reports of failure
	// bring the header of the message back (RFC 3462).
	fieldDelivery mail.Header = "Amends-Delivery"
)

// suppress asks Exchange for no automatic answers. "All" would suppress reports
// of failure too (MS-OXCMAIL 2.1.3.2.20), which we must hear.
const suppress = "DR, RN, NRN, OOF, AutoReply"

// letter is a message ready to be sent to one mailbox.
type letter struct {
	from      string // envelope sender
	to        mailbox
	envid     string // "" without keys
	messageID string
	root      string
	body      []byte
}

// ascii says whether any server can carry it.
func (l *letter) ascii() bool { return l.to.ascii() && isASCII(l.from) }

// refOf is the name of the thread's root in a receipt.
const refOf = "root"

// compose makes the letter of a delivery. Its errors have a class.
func (n *Notifier) compose(d *notify.Delivery) (*letter, error) {
	if d.ID == "" || d.Message == nil {
		return nil, notify.Permanent(errors.New("smtpnotify: composing: a delivery needs an ID and a message"))
	}
	to, err := parseMailbox(strings.TrimSpace(d.To.Address))
	if err != nil {
		return nil, notify.Gone(fmt.Errorf("smtpnotify: the recipient's address: %w", err))
	}
	l := &letter{from: n.s.returns.String(), to: to}
	id := n.names.id("delivery", d.ID)
	l.messageID = n.names.message(id)
	if n.s.VERP {
		l.from = n.s.returns.local + "+" + id + "@" + n.s.returns.domain
	}
	token := n.names.seal(d.ID)
	if l.envid = token; len(token) > maxENVID {
		l.envid = id
	}
	m := mail.NewMsg(mail.WithNoDefaultUserAgent())
	if err := n.address(m, d); err != nil {
		return nil, notify.Permanent(fmt.Errorf("smtpnotify: composing: %w", err))
	}
	n.thread(m, l, d)
	n.describe(m, d.Message, token)
	write(m, d.Message)
	var out bytes.Buffer
	out.Grow(2048 + 5*(len(d.Message.Text)+len(d.Message.HTML))/4)
	if _, err := m.WriteTo(&out); err != nil {
		return nil, notify.Permanent(fmt.Errorf("smtpnotify: composing: %w", err))
	}
	l.body = out.Bytes()
	return l, nil
}

// address sets the fields that hold addresses, and those with the URL to leave.
func (n *Notifier) address(m *mail.Msg, d *notify.Delivery) error {
	m.FromMailAddress(&netmail.Address{Name: displayName(d.Message.From, n.s.from.Name), Address: n.s.from.Address})
	m.ToMailAddress(&netmail.Address{Name: nameText(d.To.Name), Address: strings.TrimSpace(d.To.Address)})
	if reply := d.Message.ReplyTo; reply != "" {
		parsed, err := netmail.ParseAddress(reply)
		if err != nil {
			return errors.New("the address for answers is not an address")
		}
		if _, err := parseMailbox(parsed.Address); err != nil {
			return fmt.Errorf("the address for answers: %w", err)
		}
		parsed.Name = nameText(parsed.Name)
		m.ReplyToMailAddress(parsed)
	}
	leave, err := oneClick(d.Message.Unsubscribe)
	if err != nil {
		return err
	}
	if leave != "" {
		m.SetGenHeader(mail.HeaderListUnsubscribe, "<"+leave+">")
		m.SetGenHeader(mail.HeaderListUnsubscribePost, "List-Unsubscribe=One-Click")
	}
	return nil
}

// thread sets the fields that join messages. A later one refers to the root and
// to the one before, as its receipt says.
func (n *Notifier) thread(m *mail.Msg, l *letter, d *notify.Delivery) {
	m.SetGenHeader(mail.HeaderMessageID, l.messageID)
	if d.Message.Thread != "" {
		l.root = n.names.root(d.Message.Thread)
	}
	parent := l.root
	references := l.root
	if d.Prior != nil {
		if root := d.Prior.Ref[refOf]; reference(root) { // of before the keys or the domain changed
			l.root, parent, references = root, root, root
		}
		if prior := d.Prior.ProviderID; reference(prior) && prior != l.messageID {
			parent = prior
			references = strings.TrimSpace(references + " " + prior)
		}
	}
	if parent != "" {
		m.SetGenHeader(mail.HeaderInReplyTo, parent)
		m.SetGenHeader(mail.HeaderReferences, references)
	}
}

// describe sets the fields that say what the message is.
func (n *Notifier) describe(m *mail.Msg, msg *notify.Message, token string) {
	m.SetDateWithValue(n.s.Now().UTC())
	m.Subject(headerText(msg.Subject, maxSubject))
	if auto := autoSubmitted(msg.Kind); auto != "" {
		m.SetGenHeader(fieldAutoSubmitted, auto)
	}
	m.SetGenHeader(mail.HeaderXAutoResponseSuppress, suppress)
	if n.s.listID != "" {
		m.SetGenHeader(fieldListID, n.s.listID)
	}
	if tag := languageTag(msg.Locale); tag != "" {
		m.SetGenHeader(mail.HeaderContentLang, tag)
	}
	if token != "" {
		m.SetGenHeader(fieldDelivery, folded(token))
	}
}

// autoSubmitted returns what the Auto-Submitted field says of a kind of notice.
// RFC 3834 section 5: auto-replied is a direct response to another message, which
// our acknowledgements are; auto-generated is everything else that no person
// wrote to this reader. An answer is a person's own, and says nothing: the field
// must not be on what was written by hand.
func autoSubmitted(kind string) string {
	switch kind {
	case notify.KindAcknowledgement, notify.KindReplyAcknowledgement:
		return "auto-replied"
	case notify.KindAnswer:
		return ""
	}
	return "auto-generated"
}

// folded cuts a long word into pieces that lines can be broken between.
func folded(word string) string {
	const piece = 50 // beside the name of the field
	var out strings.Builder
	for len(word) > piece {
		out.WriteString(word[:piece] + " ")
		word = word[piece:]
	}
	return out.String() + word
}

// write sets the text, and the HTML as its alternative.
func write(m *mail.Msg, msg *notify.Message) {
	if msg.HTML == "" {
		m.SetBodyString(mail.TypeTextPlain, msg.Text, mail.WithPartEncoding(encodingOf(msg.Text)))
		return
	}
	if msg.Text == "" {
		m.SetBodyString(mail.TypeTextHTML, msg.HTML, mail.WithPartEncoding(encodingOf(msg.HTML)))
		return
	}
	m.SetBodyString(mail.TypeTextPlain, msg.Text, mail.WithPartEncoding(encodingOf(msg.Text)))
	m.AddAlternativeString(mail.TypeTextHTML, msg.HTML, mail.WithPartEncoding(encodingOf(msg.HTML)))
}

// encodingOf returns the shorter encoding: quoted-printable writes three bytes
// for one beyond ASCII, base64 four for three of any.
func encodingOf(text string) mail.Encoding {
	high := 0
	for i := range len(text) {
		if text[i] >= 0x80 {
			high++
		}
	}
	if 6*high > len(text) {
		return mail.EncodingB64
	}
	return mail.EncodingQP
}
