package sqloutbox_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/notify/sqloutbox"
)

func start() time.Time { return time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC) }

// many makes items of a statement to so many recipients.
func many(statement string, seq uint64, n int) []notify.Item {
	items := make([]notify.Item, n)
	for i := range items {
		id := fmt.Sprintf("r%05d", i)
		items[i] = notify.Item{
			Key: statement + "/" + id + "@mail", Notice: statement, Space: "acme", Record: "inc-1", Kind: notify.KindUpdate, Subject: statement,
			Recipient: id, Customer: "c" + id, Channel: "mail", Thread: "inc-1", Seq: seq, Supersedable: true, DueAt: start(),
			Fallback: []notify.Fallback{{Channel: "sms"}},
		}
	}
	return items
}

func page(items []notify.Item, at time.Time) notify.Page {
	return notify.Page{Notice: items[0].Notice, Done: true, Items: items, At: at}
}

// No call reads a whole table that grows with what was sent.
func TestPlans(t *testing.T) {
	t.Parallel()
	for name, d := range databases() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := d(t)
			handle := db.Open(t)
			o := migrated(t, handle, told())
			for n := range 10 {
				_, err := o.Add(t.Context(), page(many(fmt.Sprintf("stmt-%d", n), uint64(n), 1000), start()))
				require.NoError(t, err)
			}
			_, err := handle.ExecContext(t.Context(), "analyze")
			require.NoError(t, err)

			watched, watch := db.Watch(t)
			o = sqloutbox.New(watched, told())
			exercise(t, o)
			plans := watch.Plans(t)
			require.Greater(t, len(plans), 30)
			for query, plan := range plans {
				if testing.Verbose() {
					t.Logf("%s\n%s", query, plan)
				}
				if strings.Contains(query, "amends_migration") {
					continue
				}
				for _, whole := range []string{"SCAN o", "SCAN i", "SCAN x", "SCAN t", "SCAN p", "SCAN m", "SCAN amends_", "SCAN q", "Seq Scan on amends_outbox_past", "Seq Scan on amends_outbox_item", "Seq Scan on amends_outbox_open", "Seq Scan on amends_outbox_outcome", "Seq Scan on amends_outbox_thread"} {
					assert.NotContains(t, plan, whole, query)
				}
			}
		})
	}
}

// exercise does everything that an outbox is for, with hundreds of items.
func exercise(t *testing.T, o *sqloutbox.Outbox) {
	add := func(items []notify.Item, at time.Time) {
		_, err := o.Add(t.Context(), page(items, at))
		require.NoError(t, err)
	}
	claim := func(r notify.ClaimRequest) []notify.Claimed {
		r.Channel, r.Lease = "mail", time.Minute
		c, err := o.Claim(t.Context(), r)
		require.NoError(t, err)
		return c
	}
	settle := func(claimed []notify.Claimed, outcome notify.Outcome, at time.Time) {
		var s []notify.Settlement
		for _, c := range claimed {
			s = append(s, notify.Settlement{Key: c.Key, Token: c.Token, Outcome: outcome, At: at.Add(time.Second), Now: at, Receipt: &notify.Receipt{ProviderID: c.Key}})
		}
		answers, err := o.Settle(t.Context(), s)
		require.NoError(t, err)
		for _, a := range answers {
			require.NoError(t, a.Err)
		}
	}
	at := start().Add(time.Minute)
	add(many("stmt-10", 10, 1000), at)
	add(many("stmt-10b", 10, 300), at)
	plain := many("ack", 11, 300)
	for i := range plain {
		plain[i].Supersedable = false
	}
	add(plain, at)
	for _, outcome := range []notify.Outcome{notify.Done, notify.Retry, notify.Release, notify.Bury} {
		settle(claim(notify.ClaimRequest{Limit: 300, At: at, MaxAttempts: 5}), outcome, at)
	}
	claim(notify.ClaimRequest{Limit: 300, At: at})
	settle(claim(notify.ClaimRequest{Limit: 100, At: at.Add(2 * time.Minute), Cap: 1, Window: time.Hour, Urgent: 5}), notify.Done, at.Add(2*time.Minute))
	claim(notify.ClaimRequest{Limit: 100, At: at.Add(4 * time.Minute), MaxAttempts: 1})
	settle(claim(notify.ClaimRequest{Limit: 300, At: at.Add(4 * time.Minute)}), notify.Done, at.Add(4*time.Minute))
	for _, state := range []notify.State{notify.StateSent, notify.StateDead} {
		list, _, err := o.List(t.Context(), notify.Query{Record: "inc-1", States: []notify.State{state}}, "", 300)
		require.NoError(t, err)
		require.NotEmpty(t, list)
		for outcome, by := range map[notify.Outcome]string{notify.MarkBounced: "", notify.Revive: "Robin Example", notify.MarkRead: ""} {
			var s []notify.Settlement
			for _, it := range list {
				s = append(s, notify.Settlement{Key: it.Key, Outcome: outcome, By: by, Now: at.Add(time.Hour)})
			}
			_, err := o.Settle(t.Context(), s)
			require.NoError(t, err)
		}
	}
	for _, q := range []notify.Query{
		{Record: "inc-1"}, {Notice: "stmt-3"}, {Record: "inc-1", Customer: "cr00007"}, {Record: "inc-1", Recipient: "r00007"}, {States: []notify.State{notify.StateDead, notify.StateTask}},
	} {
		page, cursor, err := o.List(t.Context(), q, "", 10)
		require.NoError(t, err)
		require.NotEmpty(t, page)
		if cursor != "" {
			_, _, err = o.List(t.Context(), q, cursor, 10)
			require.NoError(t, err)
		}
		if q.Record+q.Notice != "" {
			_, err = o.Tally(t.Context(), q)
			require.NoError(t, err)
		}
	}
	_, err := o.NextDue(t.Context(), "mail")
	require.NoError(t, err)
	n, err := o.Prune(t.Context(), at.Add(2*time.Hour), 200)
	require.NoError(t, err)
	require.NotZero(t, n)
	_, err = o.Add(t.Context(), notify.Page{Notice: "stmt-10 again", Done: true, Items: many("stmt-10", 10, 1000), At: at})
	require.NoError(t, err)
}
