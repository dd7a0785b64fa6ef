package statuspage

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/amends-dev/amends/incident"
)

const (
	readers  = 8               // records that are read at once
	patience = time.Second     // how long a reader who could have the last page waits for a new one
	idle     = 10              // a page as old as so many refreshes is waited for by all, not by one
	noticed  = 1 * time.Minute // a page this old says so itself
)

// last is what readers get, and when it was read. It is replaced as a whole.
type last struct {
	content  *content // nil: there was none yet
	versions map[string]uint64
	read     time.Time // when the reading that it comes from began
	tried    time.Time // when the latest reading began
	failed   bool      // the latest reading failed
	broken   map[string]bool
}

// current returns what readers get now. One of them reads the store, at most once
// a Refresh; the others have the last page while that lasts, unless it is old.
// It returns nil if there is nothing yet, or ctx is done before there is.
func (h *Handler) current(ctx context.Context) *last {
	now := h.opts.Now()
	have := h.last.Load()
	if have != nil && now.Sub(have.tried) < h.opts.Refresh {
		return have
	}
	usable := have != nil && have.content != nil
	if usable && h.busy.Load() && now.Sub(have.read) < idle*h.opts.Refresh {
		return have
	}
	// The reading is everybody's: it goes on when the reader who began it goes away.
	done := h.flight.DoChan("", func() (any, error) {
		h.busy.Store(true)
		defer h.busy.Store(false)
		h.refresh(context.WithoutCancel(ctx))
		return nil, nil // the outcome is in h.last
	})
	var enough <-chan time.Time
	if usable {
		t := time.NewTimer(patience)
		defer t.Stop()
		enough = t.C
	}
	select {
	case <-done:
	case <-enough:
	case <-ctx.Done():
	}
	return h.last.Load()
}

// refresh reads the store, unless somebody has just done so.
func (h *Handler) refresh(ctx context.Context) {
	began := h.opts.Now()
	have := h.last.Load()
	if have != nil && began.Sub(have.tried) < h.opts.Refresh {
		return
	}
	if have == nil {
		have = new(last)
	}
	ctx, cancel := context.WithTimeout(ctx, h.opts.Timeout)
	defer cancel()
	next := &last{read: began, tried: began}
	report := Refreshed{}
	if err := h.read(ctx, have, next, &report); err != nil {
		report.Err = err
		next = h.afterFailure(ctx, have, began, err)
	} else if have.failed {
		h.opts.Logger.LogAttrs(ctx, slog.LevelInfo, "status page: the store can be read again", slog.String("space", h.space))
	}
	h.last.Store(next)
	if h.opts.Hooks.Refreshed != nil {
		report.Took = h.opts.Now().Sub(began)
		report.Changed = next.content != have.content
		h.opts.Hooks.Refreshed(report)
	}
}

// afterFailure keeps the last page. Once that is old, the page says so.
func (h *Handler) afterFailure(ctx context.Context, have *last, began time.Time, err error) *last {
	next := *have
	next.tried, next.failed = began, true
	attrs := []slog.Attr{slog.String("space", h.space), slog.Any("error", err)}
	if have.content == nil {
		h.opts.Logger.LogAttrs(ctx, slog.LevelError, "status page: the store cannot be read and there is no page yet", attrs...)
		return &next
	}
	h.opts.Logger.LogAttrs(ctx, slog.LevelError, "status page: the store cannot be read, readers get the last page",
		append(attrs, slog.Time("since", have.read))...)
	c := have.content
	stale := c.stale
	if began.Sub(have.read) >= noticed {
		stale = have.read
	}
	if !stale.Equal(c.stale) || !began.Before(c.until) {
		next.content = newContent(h.config, c.records, c.catalog, began, stale, c)
	}
	return &next
}

// read fills next from the store. What has not changed is taken over from have.
func (h *Handler) read(ctx context.Context, have, next *last, report *Refreshed) (err error) {
	defer rescue(&err)
	catalog := h.opts.Catalog
	if h.opts.CatalogFunc != nil {
		if catalog, err = h.opts.CatalogFunc(ctx); err == nil {
			err = catalog.check()
		}
		if err != nil {
			return errors.Join(errors.New("statuspage: the catalog of components"), err)
		}
		catalog = catalog.clone()
	}
	heads, err := h.heads(ctx, len(have.versions)+8)
	if err != nil {
		return err
	}
	report.Records = len(heads)
	records, err := h.records(ctx, heads, have, next, report)
	if err != nil {
		return err
	}
	c := have.content
	if c == nil || !c.stale.IsZero() || !next.read.Before(c.until) || !c.catalog.equal(&catalog) || !same(c.records, records) {
		c = newContent(h.config, records, catalog, next.read, time.Time{}, c)
	}
	next.content = c
	return nil
}

// records takes over the records of heads that have not changed, and reads the others.
func (h *Handler) records(ctx context.Context, heads []head, have, next *last, report *Refreshed) (map[string]*record, error) {
	var old map[string]*record
	if have.content != nil {
		old = have.content.records
	}
	var changed []head
	for _, hd := range heads {
		if v, ok := have.versions[hd.record]; !ok || v != hd.version {
			changed = append(changed, hd)
		}
	}
	if len(changed) == 0 && len(heads) == len(have.versions) && have.content != nil {
		next.versions, next.broken, report.Failed = have.versions, have.broken, len(have.broken)
		return old, nil
	}
	records := make(map[string]*record, len(heads))
	next.versions, next.broken = make(map[string]uint64, len(heads)), map[string]bool{}
	for _, hd := range heads {
		if v, ok := have.versions[hd.record]; ok && v == hd.version {
			next.versions[hd.record] = v
			if r := old[hd.record]; r != nil {
				records[hd.record] = r
			}
			if have.broken[hd.record] {
				next.broken[hd.record] = true
			}
		}
	}
	report.Read = len(changed)
	err := h.readAll(ctx, changed, old, records, next)
	report.Failed = len(next.broken)
	return records, err
}

// same reports whether the public sees the same records.
func same(a, b map[string]*record) bool {
	if len(a) != len(b) {
		return false
	}
	for id, r := range b {
		if a[id] != r {
			return false
		}
	}
	return true
}

// head is what is compared of a record's head.
type head struct {
	record  string
	version uint64
}

// heads lists the incidents of the space, about as many as there were before.
func (h *Handler) heads(ctx context.Context, before int) ([]head, error) {
	out := make([]head, 0, before)
	for cursor := ""; ; {
		l, err := h.reader.List(ctx, incident.Filter{Space: h.space, Kind: incident.KindIncident}, cursor, 0)
		if err != nil {
			return nil, err
		}
		for _, hd := range l.Heads {
			if hd.Space == h.space && hd.Kind == incident.KindIncident { // a reader that filters too little must not show another brand's
				out = append(out, head{hd.Record, hd.Version})
			}
		}
		if l.Cursor == "" {
			return out, nil
		}
		cursor = l.Cursor
	}
}

// readAll reads the records that changed, some at once. One that cannot be
// understood does not take the page down: it stays as it was, and is logged.
func (h *Handler) readAll(ctx context.Context, changed []head, old, records map[string]*record, next *last) error {
	var mu sync.Mutex
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(readers)
	for _, hd := range changed {
		g.Go(func() error {
			p, version, err := h.readOne(ctx, hd.record)
			misread, isMisread := errors.AsType[*misreadError](err)
			switch {
			case isMisread:
				h.opts.Logger.LogAttrs(ctx, slog.LevelError, "status page: a record cannot be understood, it stays as it was",
					slog.String("record", hd.record), slog.Uint64("version", hd.version), slog.Any("error", misread.cause))
			case errors.Is(err, incident.ErrNotFound):
				return nil
			case err != nil:
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			r := old[hd.record]
			if isMisread {
				next.broken[hd.record], next.versions[hd.record] = true, hd.version
			} else {
				next.versions[hd.record] = version
				if fresh := p.record(); r == nil || !reflect.DeepEqual(r, fresh) {
					r = fresh
				}
			}
			if r != nil {
				records[hd.record] = r
			}
			return nil
		})
	}
	return g.Wait()
}

// misreadError says that a record's events make no sense to this version.
type misreadError struct{ cause error }

func (e *misreadError) Error() string { return e.cause.Error() }
func (e *misreadError) Unwrap() error { return e.cause }

// readOne reads and folds a record.
func (h *Handler) readOne(ctx context.Context, id string) (p *projection, version uint64, err error) {
	defer rescue(&err)
	p = &projection{}
	p.v.ID = id
	read, err := incident.Replay(ctx, h.reader, id, 0, func(e incident.Event) error {
		if err := p.apply(e); err != nil {
			return &misreadError{err}
		}
		return nil
	})
	return p, read.Version, err
}

// rescue makes an error of a panic: reading goes on in goroutines of ours, where
// one in a host's reader would otherwise end the whole process.
func rescue(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("statuspage: reading the store panicked: %v", r)
	}
}
