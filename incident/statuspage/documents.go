package statuspage

import (
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"sync"
)

// key names a document: where it is, in which language, and whether that was
// asked for, so that its links ask for it, too.
type key struct {
	route
	language string
	asked    bool
}

// document is one answer, made once for all readers of it.
type document struct {
	once   sync.Once
	body   []byte
	etag   []string // as header values, so that answering costs no memory
	length []string
	kind   []string
	err    error
}

func (d *document) set(kind string, body []byte) {
	sum := sha256.Sum256(body)
	d.body, d.kind = body, []string{kind}
	d.etag = []string{`"` + base64.RawURLEncoding.EncodeToString(sum[:15]) + `"`}
	d.length = []string{strconv.Itoa(len(body))}
}

// Bounds of what is kept of pages of single incidents and months: a crawler
// that reads all of them does not fill the memory.
const (
	mostDocuments = 1024
	mostBytes     = 64 << 20
)

// documents keeps what was made of one content. The pages that everybody reads
// stay; of the others the oldest go when there are too many.
type documents struct {
	mu    sync.RWMutex
	all   map[key]*document
	order []key // of those that may go
	bytes int
}

func newDocuments() *documents { return &documents{all: map[key]*document{}} }

// get returns the document of a key, empty at first.
func (d *documents) get(k key) *document {
	d.mu.RLock()
	doc := d.all[k]
	d.mu.RUnlock()
	if doc != nil {
		return doc
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if doc = d.all[k]; doc == nil {
		doc = new(document)
		d.all[k] = doc
	}
	return doc
}

// made counts a document that was made just now, and lets the oldest go.
func (d *documents) made(k key, doc *document) {
	if k.arg == "" {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.order = append(d.order, k)
	d.bytes += len(doc.body)
	for len(d.order) > 1 && (len(d.order) > mostDocuments || d.bytes > mostBytes) {
		d.bytes -= len(d.all[d.order[0]].body)
		delete(d.all, d.order[0])
		d.order = d.order[1:]
	}
}
