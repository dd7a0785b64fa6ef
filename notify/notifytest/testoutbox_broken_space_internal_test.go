package notifytest

import (
	"context"
	"slices"

	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/notify/memoutbox"
)

// brokenInSpaces are outboxes that take recipients of two spaces for one.
func brokenInSpaces() map[string]func() *wronged {
	return map[string]func() *wronged{
		"spaces_cap": claiming(got(func(box *memoutbox.Outbox, r notify.ClaimRequest, items []notify.Claimed) []notify.Claimed {
			had := map[string]int{}
			return putBack(box, items, func(it notify.Item) bool {
				had[it.Recipient]++
				return r.Cap > 0 && it.Priority < r.Urgent && had[it.Recipient] > r.Cap
			})
		})),
		"spaces_thread": claiming(got(func(box *memoutbox.Outbox, _ notify.ClaimRequest, items []notify.Claimed) []notify.Claimed {
			flying := map[[3]string]bool{}
			return putBack(box, items, func(it notify.Item) bool {
				thread := [3]string{it.Recipient, it.Channel, it.Thread}
				was := flying[thread]
				flying[thread] = true
				return was
			})
		})),
	}
}

// putBack releases claimed items that must not go out according to a wrong outbox.
func putBack(box *memoutbox.Outbox, items []notify.Claimed, wrong func(it notify.Item) bool) []notify.Claimed {
	return slices.DeleteFunc(items, func(c notify.Claimed) bool {
		if !wrong(c.Item) {
			return false
		}
		s := notify.Settlement{Key: c.Key, Token: c.Token, Outcome: notify.Release, At: c.Until}
		if out, err := box.Settle(context.Background(), []notify.Settlement{s}); err != nil || out[0].Err != nil {
			panic("a good outbox does not fail") //nolint:forbidigo // a good outbox does not fail
		}
		return true
	})
}
