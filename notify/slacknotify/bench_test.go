package slacknotify_test

import (
	"strings"
	"testing"

	"github.com/amends-dev/amends/notify"
)

// BenchmarkNotify is one message of a usual and of an unusual length, without a network.
func BenchmarkNotify(b *testing.B) {
	long := update(1, "Restores fail", strings.Repeat("The quick brown fox jumps over the lazy dog.\n", 2500))
	for _, c := range []struct {
		name string
		m    *notify.Message
	}{{"2 kB", render(b, notify.KindUpdate, "en")}, {"100 kB", long}} {
		b.Run(c.name, func(b *testing.B) {
			s := &slack{}
			bot := newBotFor(b, s)
			d := delivery("d-1", "C0AMENDS", c.m)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := bot.Notify(b.Context(), d); err != nil {
					b.Fatal(err)
				}
				s.posts, s.bodies, s.calls = nil, nil, nil
			}
		})
	}
}
