package sqloutbox_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/notify/sqloutbox"
)

// A page that another process adds in the middle of a tally: whoever reads that
// the notice is done has all of its items, at whichever statement that was. A
// desk decides by it that everybody was told.
func TestATallyInTheMiddleOfAPage(t *testing.T) {
	t.Parallel()
	for name, open := range databases() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := open(t)
			other := sqloutbox.New(d.Open(t), nil)
			require.NoError(t, other.Migrate(t.Context()))
			db, watch := d.Watch(t)
			box := sqloutbox.New(db, nil)
			_, err := box.Tally(t.Context(), notify.Query{}) // it knows by now what database it is on
			require.NoError(t, err)
			at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
			page := func(notice, channel string, last bool) notify.Page {
				p := notify.Page{Notice: notice, Space: "acme", Record: notice, At: at, Next: "half", Done: last}
				if last {
					p.From, p.Next = "half", ""
				}
				for n := range 3 {
					p.Items = append(p.Items, notify.Item{
						Key: fmt.Sprint(notice, "/", channel, n), Notice: notice, Space: "acme", Record: notice, Kind: "update",
						Recipient: fmt.Sprint(channel, n), Channel: channel, Thread: notice,
					})
				}
				return p
			}
			asked, done := 0, 0
			for stop := 1; ; stop++ {
				notice := fmt.Sprint("n", stop)
				_, err := other.Add(t.Context(), page(notice, "mail", false))
				require.NoError(t, err)
				asked = 0
				watch.Hook(func(string) error {
					if asked++; asked != stop {
						return nil
					}
					_, err := other.Add(t.Context(), page(notice, "webhook", true)) // in a group of its own
					return err
				})
				tally, err := box.Tally(t.Context(), notify.Query{Notice: notice})
				watch.Hook(nil)
				require.NoError(t, err)
				if asked < stop {
					break // the page came after it
				}
				require.Len(t, tally.Expansions, 1)
				var n int64
				for _, line := range tally.Counts {
					n += line.N
				}
				if tally.Expansions[0].Done {
					done++
					assert.Equal(t, int64(6), n, "added at statement %d", stop)
				} else {
					assert.GreaterOrEqual(t, n, int64(3), "added at statement %d", stop)
				}
			}
			assert.Positive(t, done)
			assert.Greater(t, asked, 1, "statements of a tally")
		})
	}
}
