package sqloutbox

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
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

	// How the tables have it.
	was        place
	wasPhase   phase
	wasLine    line
	wasRetried bool
	dirty      bool
	claimed    bool // it is known from its claim, and how it stands not verified
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

const (
	itemColumns    = "i.key, i.group_id, i.recipient, i.customer, i.subject, i.seq, i.due_at, i.added, i.not_before, i.task, i.fallback, i.origin"
	openColumns    = "o.key, o.phase, o.attempts, o.changed, o.next_at, o.wake, o.token, o.last_err, o.class, o.by_whom"
	outcomeColumns = "x.key, x.state, x.attempts, x.changed, x.token, x.receipt, x.hash, x.last_err, x.class, x.proof, x.by_whom, x.read_at"
)

// itemScan reads the columns of items. It is used again for each row.
type itemScan struct {
	r                         row
	group                     int64
	subject, fallback, origin sql.NullString
	task                      sql.NullInt64
}

func (s *itemScan) dest() []any {
	r := &s.r
	return []any{&r.key, &s.group, &r.recipient, &r.customer, &s.subject, &r.seq, &r.dueAt, &r.added, &r.notBefore, &s.task, &s.fallback, &s.origin}
}

// row returns what was read. Its group, and its subject if it has none of its
// own, must be found yet.
func (s *itemScan) row() *row {
	r := s.r
	r.subject, r.fallback, r.origin, r.task = s.subject.String, s.fallback.String, s.origin.String, s.task.Int64 != 0
	return &r
}

// found is a row whose group must be found yet.
type found struct {
	r     *row
	group int64
	own   bool // it has a subject of its own
}

// complete gives rows their groups.
func (w *work) complete(ctx context.Context, all []found) error {
	groups := make([]int64, len(all))
	for i, f := range all {
		groups[i] = f.group
	}
	if err := w.needGroups(ctx, groups...); err != nil {
		return err
	}
	for _, f := range all {
		if f.r.g = w.groups[f.group]; f.r.g == nil {
			return &DamagedError{Key: f.r.key, Err: errNoGroup}
		}
		if !f.own {
			f.r.subject = f.r.g.subject
		}
	}
	return nil
}

// openScan reads the columns of what is open.
type openScan struct {
	key                   string
	phase                 phase
	attempts              int64
	changed, nextAt, wake *int64
	token, class          sql.NullInt64
	lastErr, by           sql.NullString
}

func (s *openScan) dest() []any {
	return []any{&s.key, &s.phase, &s.attempts, &s.changed, &s.nextAt, &s.wake, &s.token, &s.lastErr, &s.class, &s.by}
}

func (s *openScan) fill(r *row) error {
	err := s.copy(r)
	if err == nil {
		r.written()
	}
	return err
}

func (s *openScan) copy(r *row) error {
	if s.phase < ready || s.phase > manual {
		return damagedf(r.key, "its phase is %d", s.phase)
	}
	r.phase, r.attempts, r.changed, r.nextAt, r.wake = s.phase, s.attempts, s.changed, s.nextAt, s.wake
	r.token, r.class, r.lastErr, r.by = s.token.Int64, notify.Class(s.class.Int64), s.lastErr.String, s.by.String
	return nil
}

// outcomeScan reads the columns of outcomes.
type outcomeScan struct {
	key                               string
	state                             state
	attempts                          int64
	changed                           int64
	token, class                      sql.NullInt64
	receipt, hash, lastErr, proof, by sql.NullString
	readAt                            *int64
}

func (s *outcomeScan) dest() []any {
	return []any{&s.key, &s.state, &s.attempts, &s.changed, &s.token, &s.receipt, &s.hash, &s.lastErr, &s.class, &s.proof, &s.by, &s.readAt}
}

func (s *outcomeScan) fill(r *row) error {
	if s.state < sent || s.state > bounced {
		return damagedf(r.key, "its state is %d", s.state)
	}
	changed := s.changed
	r.closed, r.attempts, r.changed, r.token, r.class = s.state, s.attempts, &changed, s.token.Int64, notify.Class(s.class.Int64)
	r.receipt, r.hash, r.lastErr, r.proof, r.by, r.readAt = s.receipt.String, s.hash.String, s.lastErr.String, s.proof.String, s.by.String, s.readAt
	r.written()
	return nil
}

// needItems reads what was added of these items, as far as they are not known
// yet. What there is none of stays unknown.
func (w *work) needItems(ctx context.Context, keys []string) error {
	asked := make([]string, 0, len(keys))
	for _, key := range keys {
		if _, known := w.rows[key]; !known {
			w.rows[key] = nil
			asked = append(asked, key)
		}
	}
	if len(asked) == 0 {
		return nil
	}
	keep := func(r *row) {
		if known, asked := w.rows[r.key]; asked && known == nil { // others may lie between
			w.rows[r.key] = r
		}
	}
	if w.t.Dialect == sqlkit.SQLite && len(asked) >= fewRows {
		from, to := slices.Min(asked), slices.Max(asked)
		most := int64(len(asked) + len(asked)/4)
		var n int64
		if _, err := w.t.One(ctx, []any{&n}, "select count(*) from (select 1 from amends_outbox_item where key between $1 and $2 limit $3)", from, to, most); err != nil {
			return err
		}
		if n < most { // they lie side by side, which costs less to read
			return w.scanItems(ctx, keep, func(scan func(*sql.Rows) error) error {
				return w.t.Each(ctx, scan, "select "+itemColumns+" from amends_outbox_item i where i.key between $1 and $2", from, to)
			})
		}
	}
	b := sqlkit.NewBulk("key text")
	b.Grow(len(asked))
	for _, key := range asked {
		b.Add(key)
	}
	return w.scanItems(ctx, keep, func(scan func(*sql.Rows) error) error {
		return w.t.EachBulk(ctx, b, scan, "select "+itemColumns+" from r cross join amends_outbox_item i where i.key = r.key")
	})
}

// scanItems runs a query for the columns of items and calls keep for each of
// them, with its group.
func (w *work) scanItems(ctx context.Context, keep func(*row), query func(scan func(*sql.Rows) error) error) error {
	var s itemScan
	dest := s.dest()
	var all []found
	if err := query(func(rows *sql.Rows) error {
		if err := rows.Scan(dest...); err != nil {
			return damagedf(s.r.key, "%w", err)
		}
		all = append(all, found{s.row(), s.group, s.subject.Valid})
		return nil
	}); err != nil {
		return err
	}
	if err := w.complete(ctx, all); err != nil {
		return err
	}
	for _, f := range all {
		keep(f.r)
	}
	return nil
}

// needStands finds out how items stand that are known otherwise. Most of them
// are expected to be in one phase, 0 if in any.
func (w *work) needStands(ctx context.Context, rows []*row, most phase) error {
	left, err := w.readOpen(ctx, rows, most)
	if err == nil && w.t.Dialect == sqlkit.SQLite && most != 0 {
		left, err = w.readOpen(ctx, left, 0)
	}
	if err != nil || len(left) == 0 {
		return err
	}
	if left, err = w.readOutcomes(ctx, left); err == nil && len(left) > 0 {
		left, err = w.readOpen(ctx, left, 0) // revived between the two looks
	}
	if err == nil && len(left) > 0 {
		err = damagedf(left[0].key, "it neither is open nor has an outcome")
	}
	return err
}

// readOpen fills in those that are open, and returns the others.
func (w *work) readOpen(ctx context.Context, rows []*row, most phase) ([]*row, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	left := rows
	if most != 0 {
		var runs []*run
		var err error
		if runs, left, err = w.runs(ctx, rows, most); err != nil {
			return nil, err
		}
		for _, r := range runs {
			if err := w.readRun(ctx, r); err != nil {
				return nil, err
			}
		}
	}
	if err := w.readEach(ctx, left, most); err != nil {
		return nil, err
	}
	return unknown(rows), nil
}

// readRun fills in what is found in a range of open items.
func (w *work) readRun(ctx context.Context, r *run) error {
	var s openScan
	dest := s.dest()
	i := 0 // both are in the order of keys
	return w.t.Each(ctx, func(q *sql.Rows) error {
		if err := q.Scan(dest...); err != nil {
			return damagedf(s.key, "%w", err)
		}
		for i < len(r.rows) && r.rows[i].key < s.key {
			i++
		}
		if i < len(r.rows) && r.rows[i].key == s.key {
			return s.fill(r.rows[i])
		}
		return nil
	}, "select "+openColumns+" from amends_outbox_open o where"+runWhere+" order by o.key", r.args()...)
}

// readEach fills in those items that are open.
func (w *work) readEach(ctx context.Context, rows []*row, most phase) error {
	b := sqlkit.NewBulk("channel_id bigint, rank bigint, due_at bigint, key text")
	b.Grow(len(rows))
	byKey := make(map[string]*row, len(rows))
	for _, r := range rows {
		byKey[r.key] = r
		b.Add(r.g.channelID, r.g.rank, r.dueAt, r.key)
	}
	where := "o.key = r.key"
	if w.t.Dialect == sqlkit.SQLite {
		where = "o.channel_id = r.channel_id and o.phase in (1, 2, 3, 4, 5, 6) and o.rank = r.rank and o.due_at = r.due_at and o.key = r.key"
		if most != 0 {
			where = fmt.Sprintf("o.channel_id = r.channel_id and o.phase = %d and o.rank = r.rank and o.due_at = r.due_at and o.key = r.key", most)
		}
	}
	var s openScan
	dest := s.dest()
	return w.t.EachBulk(ctx, b, func(q *sql.Rows) error {
		if err := q.Scan(dest...); err != nil {
			return damagedf(s.key, "%w", err)
		}
		return s.fill(byKey[s.key])
	}, "select "+openColumns+" from r cross join amends_outbox_open o where "+where)
}

// readOutcomes fills in those that have an outcome, and returns the others.
func (w *work) readOutcomes(ctx context.Context, rows []*row) ([]*row, error) {
	b := sqlkit.NewBulk("key text")
	b.Grow(len(rows))
	byKey := make(map[string]*row, len(rows))
	for _, r := range rows {
		byKey[r.key] = r
		b.Add(r.key)
	}
	var s outcomeScan
	dest := s.dest()
	err := w.t.EachBulk(ctx, b, func(q *sql.Rows) error {
		if err := q.Scan(dest...); err != nil {
			return damagedf(s.key, "%w", err)
		}
		return s.fill(byKey[s.key])
	}, "select "+outcomeColumns+" from r cross join amends_outbox_outcome x where x.key = r.key")
	return unknown(rows), err
}

// unknown returns the rows of which it is not known how they stand.
func unknown(rows []*row) []*row {
	var left []*row
	for _, r := range rows {
		if r.was == nowhere {
			left = append(left, r)
		}
	}
	return left
}
