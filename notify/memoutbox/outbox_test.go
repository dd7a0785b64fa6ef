package memoutbox_test

import (
	"testing"

	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/notify/memoutbox"
	"github.com/amends-dev/amends/notify/notifytest"
)

func TestOutboxKeepsTheContract(t *testing.T) {
	t.Parallel()
	notifytest.TestOutbox(t, func(*testing.T) notify.Outbox { return new(memoutbox.Outbox) })
}

func BenchmarkOutbox(b *testing.B) {
	notifytest.BenchmarkOutbox(b, func(*testing.B) notify.Outbox { return new(memoutbox.Outbox) })
}
