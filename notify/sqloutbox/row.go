package sqloutbox

import (
	"encoding/json"
	"strconv"

	"github.com/amends-dev/amends/internal/sqlkit"
	"github.com/amends-dev/amends/notify"
)

// place is the table that says how an item stands.
type place int

const (
	nowhere   place = iota // not added yet
	inOpen                 // amends_outbox_open
	inOutcome              // amends_outbox_outcome
	inPast                 // amends_outbox_past: it was pruned
)

// row is one item with how it stands. Times are microseconds.
type row struct {
	// What was added, and never changes.
	key                          string
	g                            *group
	recipient, customer, subject string
	seq, dueAt, added            int64
	notBefore                    *int64
	task                         bool
	fallback                     string // JSON, "" if none
	origin                       string

	// How it stands.
	phase    phase // 0 when it is not open
	closed   state // when it is not open
	attempts int64
	changed  *int64 // nil: it is fresh, it stands as it was added
	nextAt   *int64 // nil: at once
	wake     *int64
	token    int64 // 0: none
	lastErr  string
	class    notify.Class
	by       string
	receipt  string // JSON, "" if none
	hash     string
	proof    string
	readAt   *int64
	digest   string // of what it was about, when it was pruned

	// How the tables have it.
	was        place
	wasPhase   phase
	wasLine    line
	wasRetried bool
	dirty      bool
}

// written notes that the tables have it as it is.
func (r *row) written() {
	r.was, r.wasPhase, r.wasLine, r.wasRetried = inOutcome, r.phase, r.line(), r.attempts > 1
	if r.phase != 0 {
		r.was = inOpen
	}
}

// state is how it stands for everybody else.
func (r *row) state() state {
	if r.phase == 0 {
		return r.closed
	}
	return r.phase.state()
}

// since is when it got into its state.
func (r *row) since() int64 {
	if r.changed == nil {
		return r.added
	}
	return *r.changed
}

// threadID tells threads of one recipient apart.
type threadID struct {
	lane      int64
	recipient string
}

func (r *row) thread() threadID { return threadID{r.g.lane, r.recipient} }

// tokenText is a token as workers get it.
func tokenText(token int64) string {
	if token == 0 {
		return ""
	}
	return strconv.FormatInt(token, 36)
}

// ways returns its fallbacks.
func (r *row) ways() ([]notify.Fallback, error) {
	if r.fallback == "" {
		return nil, nil
	}
	var ways []notify.Fallback
	if err := json.Unmarshal([]byte(r.fallback), &ways); err != nil {
		return nil, damagedf(r.key, "its fallbacks: %w", err)
	}
	return ways, nil
}

func encodeWays(ways []notify.Fallback) (string, error) {
	if len(ways) == 0 {
		return "", nil
	}
	text, err := json.Marshal(ways)
	return string(text), err
}

// item returns what was added.
func (r *row) item() (notify.Item, error) {
	ways, err := r.ways()
	n := notify.Item{
		Key: r.key, Notice: r.g.notice, Space: r.g.space, Record: r.g.record, Kind: r.g.kind, Subject: r.subject,
		Recipient: r.recipient, Customer: r.customer, Channel: r.g.channel, Thread: r.g.thread, Seq: uint64(r.seq),
		Priority: int(^r.g.rank), NotBefore: sqlkit.TimeOrZero(r.notBefore), DueAt: sqlkit.Time(r.dueAt),
		Supersedable: r.g.supersedable, Task: r.task, Fallback: ways,
	}
	return n, err
}

func decodeReceipt(key, text string) (*notify.Receipt, error) {
	if text == "" {
		return nil, nil //nolint:nilnil // there is none
	}
	receipt := new(notify.Receipt)
	if err := json.Unmarshal([]byte(text), receipt); err != nil {
		return nil, damagedf(key, "its receipt: %w", err)
	}
	return receipt, nil
}

// stored returns all that is known of it.
func (r *row) stored() (notify.Stored, error) {
	n, err := r.item()
	if err != nil {
		return notify.Stored{}, err
	}
	s := notify.Stored{
		Item: n, State: r.state().public(), Attempts: int(r.attempts), Added: sqlkit.Time(r.added), Changed: sqlkit.Time(r.since()),
		Hash: r.hash, LastErr: r.lastErr, Class: r.class, Proof: r.proof, By: r.by, ReadAt: sqlkit.TimeOrZero(r.readAt), Origin: r.origin,
	}
	if s.Receipt, err = decodeReceipt(r.key, r.receipt); err != nil {
		return notify.Stored{}, err
	}
	if r.phase != 0 && r.phase != manual {
		s.NextAt = sqlkit.Time(r.due())
	}
	return s, nil
}

// due is when it is tried next, or its lease ends.
func (r *row) due() int64 {
	if r.nextAt != nil {
		return *r.nextAt
	}
	return r.since()
}
