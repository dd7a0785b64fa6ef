package crash_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/notify"
)

// check compares what the outside took with what the records hold.
func (r *run) check(ctx context.Context) {
	t := r.t
	require.Empty(t, r.complaints(), "what an operator would have to look at")
	stores, shut, err := r.orders.open(ctx)
	require.NoError(t, err)
	defer func() { require.NoError(t, shut()) }()

	list, err := stores.Records.List(ctx, incident.Filter{Kind: incident.KindIncident}, "", 0)
	require.NoError(t, err)
	require.Empty(t, list.Cursor)
	require.NotEmpty(t, list.Heads)
	for _, h := range list.Heads {
		require.Equal(t, incident.StatusClosed, h.Status, h.Record)
	}
	var items []notify.Stored
	for cursor := ""; ; {
		page, next, err := stores.Outbox.List(ctx, notify.Query{}, cursor, 0)
		require.NoError(t, err)
		items = append(items, page...)
		if cursor = next; cursor == "" {
			break
		}
	}
	var entries []compensate.Entry
	for cursor := ""; ; {
		page, next, err := stores.Ledger.List(ctx, compensate.Query{}, cursor, 0)
		require.NoError(t, err)
		entries = append(entries, page...)
		if cursor = next; cursor == "" {
			break
		}
	}
	if path := *keep; path != "" {
		r.dump(path, items)
	}
	acknowledged := r.checkNothingLost(ctx, stores.Records, len(list.Heads))
	sent, twice := r.checkItems(items)
	paid, again := r.checkCredits(entries)
	notes, calls := r.out.log()
	t.Logf("%d kills of %d processes; %d incidents with %d customers each, all closed", r.kills, r.started, len(list.Heads), r.orders.Customers)
	t.Logf("%d notices sent, as %d messages: %d duplicates, of at most %d (%d for each of 3 channels of a killed process)", sent, len(notes), twice, r.kills*3*r.most, r.most)
	t.Logf("%d reports acknowledged and answered", acknowledged)
	t.Logf("%d credits paid, in %d calls: %d calls repeated, of at most %d", paid, len(calls), again, r.kills*askedAtOnce)
}

// complaints are those of the children that are not expected.
func (r *run) complaints() (unexpected []string) {
	text, err := os.ReadFile(r.orders.Complain)
	if !errors.Is(err, fs.ErrNotExist) {
		require.NoError(r.t, err)
	}
	for line := range strings.Lines(string(text)) {
		if !slices.ContainsFunc(r.expect, func(part string) bool { return strings.Contains(line, part) }) {
			unexpected = append(unexpected, line)
		}
	}
	return unexpected
}

// checkNothingLost: whatever any record says, everybody has got what the
// company set out to tell them. It returns how many reports there were.
func (r *run) checkNothingLost(ctx context.Context, records incident.Store, incidents int) (acknowledged int) {
	notes, _ := r.out.log()
	got := map[string]string{} // by recipient: everything
	for _, n := range notes {
		got[n.to] += n.subject + "\n" + n.text + "\n"
	}
	where := func(customer int) string {
		if customer%2 == 0 {
			return customerID(customer) + "@customer.example"
		}
		return customerID(customer)
	}
	everybody := []string{"status"}
	for c := range r.orders.Customers {
		everybody = append(everybody, where(c))
	}
	for n := 1; n <= incidents; n++ {
		for _, what := range statements() {
			for _, to := range everybody {
				require.Contains(r.t, got[to], mark(n, what), "what %s got", to)
			}
		}
		for _, c := range r.orders.reports(n) {
			number, _ := directory{&r.orders}.number(c)
			require.Contains(r.t, got[where(number)], words(c, n), "the acknowledgement of %s repeats their words", c)
			require.Contains(r.t, got[where(number)], mark(n, "answer"))
			in, _, err := incident.LoadCase(ctx, records, incidentID(n)+"~"+c)
			require.NoError(r.t, err)
			require.Len(r.t, in.Reports, 1, "the command was sent by many processes")
			require.False(r.t, in.Reports[0].Acknowledged.IsZero())
			require.False(r.t, in.Reports[0].Answered.IsZero())
			acknowledged++
		}
	}
	return acknowledged
}

// checkItems: what the outbox holds is sent, and the outside has it; what the
// outside has twice was in flight when its process was killed.
func (r *run) checkItems(items []notify.Stored) (sent, twice int) {
	t := r.t
	notes, _ := r.out.log()
	byID := map[string][]taken{}
	words := map[string]string{} // by recipient and words: the ID
	for _, n := range notes {
		byID[n.id] = append(byID[n.id], n)
		key := n.to + "\n" + n.subject + "\n" + n.text
		if had, ok := words[key]; ok && !strings.HasPrefix(n.to, "duty@") { // our own people are woken in the same words for different duties
			assert.Equal(t, had, n.id, "%s has the same words under another key", n.to)
		}
		words[key] = n.id
	}
	withdrawn, known := 0, map[string]bool{}
	for _, s := range items {
		if s.State == notify.StateSuperseded || s.State == notify.StateSuppressed { // a newer one came before it, or it is not true any more
			withdrawn++
			continue
		}
		if !assert.Equal(t, notify.StateSent, s.State, "%s: %s", s.Key, s.LastErr) {
			continue
		}
		sent++
		if assert.NotNil(t, s.Receipt, s.Key) {
			assert.NotEmpty(t, byID[s.Receipt.ProviderID], "%s was sent, and nobody has it", s.Key)
			known[s.Receipt.ProviderID] = true
		}
	}
	lost := map[string]int{} // by process and channel: what it sent, and others sent again
	for id, all := range byID {
		if last := all[len(all)-1]; !known[id] { // the process died with it, and when it was to be repeated it was not true any more
			assert.True(t, r.killed[last.process], "%s to %s was sent, and the outbox does not know: %s", id, last.to, last.subject)
			withdrawn--
		}
		for i, n := range all[1:] {
			before := all[i]
			twice++
			if strings.HasPrefix(n.to, "duty@") { // our own people are told how it stands by then
				before.text, before.subject = n.text, n.subject
			}
			assert.Equal(t, [3]string{before.to, before.subject, before.text}, [3]string{n.to, n.subject, n.text}, "%s is one message", id)
			assert.True(t, r.cut || before.process != n.process, "%s was sent twice by one process", id)
			assert.True(t, r.killed[before.process], "%s was sent again although process %d was not killed", id, before.process)
			channel := n.by
			if n.to == "status" {
				channel = "page"
			}
			lost[fmt.Sprint(before.process, " ", channel)]++
		}
	}
	assert.GreaterOrEqual(t, withdrawn, 0, "more was sent than the outbox knows of")
	for where, n := range lost {
		assert.LessOrEqual(t, n, r.most, "process and channel %s", where)
	}
	return sent, twice
}

// checkCredits: what billing paid is what the ledger issued, for each customer.
func (r *run) checkCredits(entries []compensate.Entry) (paid, again int) {
	t := r.t
	_, calls := r.out.log()
	owed, got := map[string]int64{}, map[string]int64{}
	for _, e := range entries {
		if !assert.True(t, e.State.Settled(), "%s is %s: %s", e.ID, e.State, e.LastErr) {
			continue
		}
		if e.State == compensate.StateIssued {
			owed[e.Key.Customer] += e.Amount.Minor()
			paid++
			assert.Len(t, r.out.paid[e.ID], 1, "billing paid %s once", e.ID)
			assert.Equal(t, "bill-"+e.ID, e.Reference)
		}
	}
	r.out.mu.Lock()
	for _, all := range r.out.paid {
		for _, p := range all {
			got[p.Customer] += p.Minor
		}
	}
	r.out.mu.Unlock()
	assert.Equal(t, owed, got, "what billing paid each customer")
	assert.Len(t, owed, r.orders.Customers, "all of them were hit")
	byID, lost := map[string][]called{}, map[int]int{}
	for _, c := range calls {
		byID[c.ID] = append(byID[c.ID], c)
	}
	for id, all := range byID {
		for i, c := range all[1:] {
			before := all[i]
			again++
			lost[before.process]++
			assert.Equal(t, before.payment, c.payment)
			assert.True(t, r.killed[before.process] && (r.cut || before.process != c.process), "%s was asked for again although process %d was not killed", id, before.process)
		}
		if r.orders.Once {
			assert.Len(t, all, 1, "%s was asked for again where billing cannot repeat", id)
		}
	}
	for process, n := range lost {
		assert.LessOrEqual(t, n, askedAtOnce, "process %d", process)
	}
	return paid, again
}

// dump writes down what the outbox holds and what was taken, for whoever looks for a fault.
func (r *run) dump(path string, items []notify.Stored) {
	var b strings.Builder
	notes, calls := r.out.log()
	for _, s := range items {
		fmt.Fprintf(&b, "item %s seq %d %s attempts %d added %s changed %s receipt %v %s\n", s.Key, s.Seq, s.State, s.Attempts,
			s.Added.Format(time.RFC3339Nano), s.Changed.Format(time.RFC3339Nano), s.Receipt, s.LastErr)
	}
	for _, n := range notes {
		fmt.Fprintf(&b, "taken from %d: %s %s %s\n", n.process, n.id, n.to, n.subject)
	}
	for _, c := range calls {
		fmt.Fprintf(&b, "billing called from %d: %+v\n", c.process, c.payment)
	}
	require.NoError(r.t, os.WriteFile(path, []byte(b.String()), 0o600))
}
