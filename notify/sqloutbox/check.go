package sqloutbox

import (
	"errors"
	"fmt"
	"math"

	"github.com/amends-dev/amends/notify"
)

// Limits of what an index can hold, in bytes.
const (
	mostKey   = 1000 // with the channels of all fallbacks, which their keys end with
	mostName  = 500  // of recipients, customers, and of a channel
	mostWords = 1500 // of all names of a group together
)

// check returns the items of a page, each once, or why it cannot be added.
func check(p *notify.Page) ([]entry, error) {
	if p.Notice == "" {
		return nil, errors.New("it names no notice")
	}
	if len(p.Notice)+len(p.Space)+len(p.Record) > mostWords {
		return nil, fmt.Errorf("the names of notice, space and record have more than %d bytes together", mostWords)
	}
	items := make([]entry, 0, len(p.Items))
	var seen map[string]*notify.Item // only of pages that do not come in order
	for i := range p.Items {
		n := &p.Items[i]
		if n.Key == "" || n.Channel == "" || n.Recipient == "" {
			return nil, fmt.Errorf("item %d needs a key, a channel and a recipient", i)
		}
		if err := checkSizes(n); err != nil {
			return nil, fmt.Errorf("item %d: %w", i, err)
		}
		if seen == nil && i > 0 && n.Key <= p.Items[i-1].Key {
			seen = make(map[string]*notify.Item, len(p.Items))
			for k := range i {
				seen[p.Items[k].Key] = &p.Items[k]
			}
		}
		if seen != nil {
			if twin := seen[n.Key]; twin != nil {
				if !twin.SameContent(n) {
					return nil, fmt.Errorf("%w: %q", notify.ErrKeyReused, n.Key)
				}
				continue
			}
			seen[n.Key] = n
		}
		items = append(items, entry{Item: n})
	}
	return items, nil
}

func checkSizes(n *notify.Item) error {
	key := len(n.Key)
	for _, f := range n.Fallback {
		key += len(f.Channel) + 2
		if len(f.Channel) > mostName || len(f.Recipient) > mostName {
			return fmt.Errorf("the channel or the recipient of a fallback has more than %d bytes", mostName)
		}
	}
	switch {
	case key > mostKey:
		return fmt.Errorf("the key has, with those of its fallbacks, %d bytes: %d are possible", key, mostKey)
	case len(n.Recipient) > mostName, len(n.Customer) > mostName, len(n.Channel) > mostName:
		return fmt.Errorf("recipient, customer or channel has more than %d bytes", mostName)
	case len(n.Record)+len(n.Notice)+len(n.Space)+len(n.Thread)+len(n.Kind) > mostWords:
		return fmt.Errorf("the names of record, notice, space, thread and kind have more than %d bytes together", mostWords)
	case n.Seq > math.MaxInt64:
		return fmt.Errorf("the sequence number %d does not fit 63 bits", n.Seq)
	}
	return nil
}

// sameContent says whether an item of a page is this one again.
func (r *row) sameContent(n *notify.Item) bool {
	if r.was == inPast {
		return r.digest == digest(n)
	}
	return r.g.space == n.Space && r.g.record == n.Record && r.g.kind == n.Kind && r.subject == n.Subject &&
		r.recipient == n.Recipient && r.customer == n.Customer && r.g.channel == n.Channel &&
		r.g.thread == n.Thread && r.seq == int64(n.Seq) && r.g.supersedable == n.Supersedable
}
