package sqloutbox

import "sync"

// flights remembers what this process has claimed and not settled: what was
// added of an item never changes, so that its settlement need not read it again,
// only how it stands. Nothing depends on its being here.
type flights struct {
	mu   sync.Mutex
	rows map[string]*row
}

// mostFlights bounds how many are remembered.
const mostFlights = 10_000

// put remembers items that were claimed.
func (f *flights) put(rows []*row) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.rows == nil {
		f.rows = make(map[string]*row, len(rows))
	}
	for _, r := range rows {
		f.rows[r.key] = r
	}
	for key := range f.rows {
		if len(f.rows) <= mostFlights {
			break
		}
		delete(f.rows, key)
	}
}

// get returns what was added of an item that was claimed with a token, nil if it is not known.
func (f *flights) get(key, token string) *row {
	f.mu.Lock()
	defer f.mu.Unlock()
	r := f.rows[key]
	if r == nil || tokenText(r.token) != token {
		return nil
	}
	return &row{
		key: r.key, g: r.g, recipient: r.recipient, customer: r.customer, subject: r.subject, seq: r.seq, dueAt: r.dueAt,
		added: r.added, notBefore: r.notBefore, task: r.task, fallback: r.fallback, origin: r.origin,
	}
}

// drop forgets items.
func (f *flights) drop(keys []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, key := range keys {
		delete(f.rows, key)
	}
}
