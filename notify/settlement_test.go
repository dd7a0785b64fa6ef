package notify_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/notify"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func TestSettlementApply(t *testing.T) {
	t.Parallel()
	const token = "t1"
	stored := func(state notify.State) notify.Stored {
		return notify.Stored{Item: notify.Item{Key: "k"}, State: state, Attempts: 2, Changed: noon, NextAt: noon}
	}
	later := noon.Add(time.Hour)
	tests := map[string]struct {
		have    notify.Stored
		token   string
		settle  notify.Settlement
		want    func(it *notify.Stored) // nil: nothing changes
		refused error
	}{
		"done": {
			stored(notify.StateLeased), token,
			notify.Settlement{Token: token, Outcome: notify.Done, Now: later, Hash: "h", Receipt: &notify.Receipt{ProviderID: "p"}},
			func(it *notify.Stored) {
				it.State, it.Changed, it.Hash, it.Receipt = notify.StateSent, later, "h", &notify.Receipt{ProviderID: "p"}
			}, nil,
		},
		"done again":         {stored(notify.StateSent), token, notify.Settlement{Token: token, Outcome: notify.Done, Now: later}, nil, nil},
		"done, then bounced": {stored(notify.StateBounced), token, notify.Settlement{Token: token, Outcome: notify.Done, Now: later}, nil, nil},
		"another outcome":    {stored(notify.StateSent), token, notify.Settlement{Token: token, Outcome: notify.Bury, Now: later}, nil, notify.ErrLeaseLost},
		"another's token":    {stored(notify.StateLeased), token, notify.Settlement{Token: "t0", Outcome: notify.Done, Now: later}, nil, notify.ErrLeaseLost},
		"no claim, no token": {stored(notify.StatePending), "", notify.Settlement{Outcome: notify.Done, Now: later}, nil, notify.ErrLeaseLost},
		"retry": {
			stored(notify.StateLeased), token,
			notify.Settlement{Token: token, Outcome: notify.Retry, Now: noon, At: later, Err: "503", Class: notify.Throttled},
			func(it *notify.Stored) {
				it.State, it.NextAt, it.LastErr, it.Class = notify.StatePending, later, "503", notify.Throttled
			}, nil,
		},
		"release gives the attempt back, in the past is now": {
			stored(notify.StateLeased), token,
			notify.Settlement{Token: token, Outcome: notify.Release, Now: later, At: noon},
			func(it *notify.Stored) {
				it.State, it.Changed, it.NextAt, it.Attempts = notify.StatePending, later, later, 1
			}, nil,
		},
		"extend": {
			stored(notify.StateLeased), token,
			notify.Settlement{Token: token, Outcome: notify.Extend, Now: noon, At: later},
			func(it *notify.Stored) { it.NextAt = later }, nil,
		},
		"extend too late": {stored(notify.StateSent), token, notify.Settlement{Token: token, Outcome: notify.Extend, At: later}, nil, notify.ErrLeaseLost},
		"skip": {
			stored(notify.StateLeased), token,
			notify.Settlement{Token: token, Outcome: notify.Skip, At: later},
			func(it *notify.Stored) { it.State, it.Changed = notify.StateSuppressed, later }, nil,
		},
		"bury": {
			stored(notify.StateLeased), token,
			notify.Settlement{Token: token, Outcome: notify.Bury, At: later, Err: "550", Class: notify.AddressGone},
			func(it *notify.Stored) {
				it.State, it.Changed, it.LastErr, it.Class = notify.StateDead, later, "550", notify.AddressGone
			}, nil,
		},
		"a task is done": {
			stored(notify.StateTask), "",
			notify.Settlement{Outcome: notify.MarkDone, At: later, By: "Robin", Proof: "called"},
			func(it *notify.Stored) {
				it.State, it.Changed, it.By, it.Proof = notify.StateSent, later, "Robin", "called"
			}, nil,
		},
		"a task without proof":  {stored(notify.StateTask), "", notify.Settlement{Outcome: notify.MarkDone, At: later, By: "Robin"}, nil, notify.ErrRefused},
		"done by another":       {stored(notify.StateSent), "", notify.Settlement{Outcome: notify.MarkDone, At: later, By: "Robin", Proof: "called"}, nil, notify.ErrRefused},
		"bounce of the unsent":  {stored(notify.StatePending), "", notify.Settlement{Outcome: notify.MarkBounced, At: later}, nil, notify.ErrRefused},
		"bounce again":          {stored(notify.StateBounced), "", notify.Settlement{Outcome: notify.MarkBounced, At: later}, nil, nil},
		"read of the unsent":    {stored(notify.StateDead), "", notify.Settlement{Outcome: notify.MarkRead, At: later}, nil, notify.ErrRefused},
		"revived by nobody":     {stored(notify.StateDead), "", notify.Settlement{Outcome: notify.Revive, At: later}, nil, notify.ErrRefused},
		"revived while open":    {stored(notify.StateLeased), "", notify.Settlement{Outcome: notify.Revive, At: later, By: "Robin"}, nil, nil},
		"revived after sending": {stored(notify.StateSent), "", notify.Settlement{Outcome: notify.Revive, At: later, By: "Robin"}, nil, notify.ErrRefused},
		"no such outcome":       {stored(notify.StateLeased), token, notify.Settlement{Token: token, Outcome: "eaten", At: later}, nil, notify.ErrRefused},
		"bounce": {
			stored(notify.StateSent), "",
			notify.Settlement{Outcome: notify.MarkBounced, At: later, Err: "unknown"},
			func(it *notify.Stored) { it.State, it.Changed, it.LastErr = notify.StateBounced, later, "unknown" }, nil,
		},
		"read": {
			stored(notify.StateSent), "",
			notify.Settlement{Outcome: notify.MarkRead, At: later.Add(time.Nanosecond)},
			func(it *notify.Stored) { it.ReadAt = later }, nil,
		},
		"revive": {
			stored(notify.StateDead), token,
			notify.Settlement{Outcome: notify.Revive, At: later, By: "Robin"},
			func(it *notify.Stored) {
				it.State, it.Changed, it.NextAt, it.Attempts, it.By = notify.StatePending, later, later, 0, "Robin"
			}, nil,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, want := tt.have, tt.have
			if tt.want != nil {
				tt.want(&want)
			}
			changed, err := tt.settle.Apply(&got, tt.token)
			require.ErrorIs(t, err, tt.refused)
			assert.Equal(t, tt.want != nil, changed)
			assert.Equal(t, want, got)
			if !changed {
				return
			}
			again, err := tt.settle.Apply(&got, tt.token)
			require.NoError(t, err, "a repeat")
			assert.Equal(t, tt.settle.Outcome == notify.Extend, again, "a repeat changes nothing")
			assert.Equal(t, want, got)
		})
	}
}

func TestSettlementKeepsNothing(t *testing.T) {
	t.Parallel()
	receipt := &notify.Receipt{Ref: map[string]string{"ts": "1"}}
	it := notify.Stored{State: notify.StateLeased}
	_, err := (&notify.Settlement{Token: "t", Outcome: notify.Done, At: noon, Receipt: receipt}).Apply(&it, "t")
	require.NoError(t, err)
	receipt.Ref["ts"] = "changed"
	assert.Equal(t, "1", it.Receipt.Ref["ts"])
}

func TestItemNextWay(t *testing.T) {
	t.Parallel()
	it := notify.Item{
		Key: "k", Recipient: "r1", Channel: "mail", Seq: 4, NotBefore: noon, DueAt: noon,
		Fallback: []notify.Fallback{{Channel: "sms"}, {Channel: "call", Recipient: "r2", Task: true}},
	}
	sms, ok := it.NextWay()
	require.True(t, ok)
	assert.Equal(t, notify.Item{
		Key: notify.FallbackKey("k", it.Fallback[0]), Recipient: "r1", Channel: "sms", Seq: 4, DueAt: noon, Fallback: it.Fallback[1:],
	}, sms)
	call, ok := sms.NextWay()
	require.True(t, ok)
	assert.Equal(t, "r2", call.Recipient)
	assert.True(t, call.Task)
	_, ok = call.NextWay()
	assert.False(t, ok)
	sms.Fallback[0].Channel = "changed"
	assert.Equal(t, "call", it.Fallback[1].Channel)
}

func TestQueryMatch(t *testing.T) {
	t.Parallel()
	s := notify.Stored{State: notify.StateSent, Item: notify.Item{
		Space: "s", Record: "r", Notice: "n", Recipient: "p", Customer: "c", Channel: "mail",
	}}
	for name, change := range map[string]func(q *notify.Query, v string){
		"space": func(q *notify.Query, v string) { q.Space = v }, "record": func(q *notify.Query, v string) { q.Record = v },
		"notice": func(q *notify.Query, v string) { q.Notice = v }, "recipient": func(q *notify.Query, v string) { q.Recipient = v },
		"customer": func(q *notify.Query, v string) { q.Customer = v }, "channel": func(q *notify.Query, v string) { q.Channel = v },
		"state": func(q *notify.Query, v string) { q.States = []notify.State{notify.StateDead, notify.State(v)} },
	} {
		q := notify.Query{}
		assert.True(t, q.Match(&s), name)
		change(&q, map[string]string{"space": "s", "record": "r", "notice": "n", "recipient": "p", "customer": "c", "channel": "mail", "state": "sent"}[name])
		assert.True(t, q.Match(&s), name)
		change(&q, "other")
		assert.False(t, q.Match(&s), name)
	}
}

func TestItemSameContent(t *testing.T) {
	t.Parallel()
	it := notify.Item{Key: "k", Space: "s", Record: "r", Recipient: "p", Channel: "mail", Seq: 1}
	same := it
	same.Priority, same.DueAt, same.NotBefore, same.Task, same.Notice, same.Fallback = 3, noon, noon, true, "n2", []notify.Fallback{{Channel: "sms"}}
	assert.True(t, it.SameContent(&same))
	other := it
	other.Seq++
	assert.False(t, it.SameContent(&other))
}
