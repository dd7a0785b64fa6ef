package smtpnotify

import "github.com/amends-dev/amends/notify"

// ParseMailbox reads an address and writes it again.
func ParseMailbox(s string) (string, error) {
	m, err := parseMailbox(s)
	return m.String(), err
}

// Compose returns the message of a delivery as it would be sent.
func (n *Notifier) Compose(d *notify.Delivery) ([]byte, error) {
	l, err := n.compose(d)
	if err != nil {
		return nil, err
	}
	return l.body, nil
}

// Seal returns the token of a delivery.
func (n *Notifier) Seal(delivery string) string { return n.names.seal(delivery) }
