package amends

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"

	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/notify"
)

// expandAll adds the next pages of every notice that is not expanded yet, and
// reports whether there is more than fits one pass. A notice that cannot be
// expanded holds up only those that go to its recipients, too.
func (d *Desk) expandAll(ctx context.Context, p *picture) (more bool, err error) {
	components := make([]string, len(p.view.Components))
	for i, c := range p.view.Components {
		components[i] = c.ID
	}
	ask := ExpandRequest{Space: p.view.Space, Record: p.view.ID, Incidents: family(p.view), Components: components, Limit: d.opts.PageSize}
	left := d.opts.PagesPerPass
	stuck := map[string]bool{}
	var errs []error
	for _, n := range p.notices {
		e := p.progress.expansions[n.key]
		if e.Done {
			continue
		}
		if p.behind[n.mergedFrom] {
			continue // not everybody who was told of it is known yet
		}
		if slices.ContainsFunc(n.alsoTold, func(key string) bool { return stuck[splitWidened(key)] }) {
			stuck[n.baseKey()] = true
			continue
		}
		if n.assess {
			e, left, err = d.expandAwards(ctx, p, n, e, ask, left)
		} else {
			e, left, err = d.expand(ctx, n, e, ask, left)
		}
		if err != nil {
			stuck[n.baseKey()] = true
			errs = append(errs, err)
			continue
		}
		more = true // what was added changes the facts: look again
		if !e.Done {
			break // in order: what comes later waits its turn
		}
	}
	return more, errors.Join(errs...)
}

// expand turns a notice into items, page by page, each added with the cursor
// that follows it. It stops when it is done or no pages are left for this pass.
func (d *Desk) expand(ctx context.Context, n notice, e notify.Expansion, ask ExpandRequest, left int) (notify.Expansion, int, error) {
	sources := d.sources(n)
	for ; left > 0 && !e.Done; left-- {
		at, cursor, err := splitCursor(e.Cursor)
		if err != nil {
			return e, left, fmt.Errorf("notice %q: %w", n.key, err)
		}
		page := notify.Page{Space: ask.Space, Record: ask.Record, Notice: n.key, From: e.Cursor, At: d.now()}
		next := ""
		if at < len(sources) {
			var items []notify.Item
			if items, next, err = sources[at](ctx, ask, cursor); err != nil {
				return e, left, fmt.Errorf("notice %q: %w", n.key, err)
			}
			page.Items = distinct(items)
		}
		if next == "" {
			at++
		}
		page.Done = at >= len(sources)
		page.Next = joinCursor(at, next)
		if e, err = d.addPage(ctx, page); err != nil {
			return e, left, err
		}
	}
	return e, left, nil
}

// addPage adds a page and returns where the expansion stands then. If somebody
// else has moved it on meanwhile, that is where they left it.
func (d *Desk) addPage(ctx context.Context, page notify.Page) (notify.Expansion, error) {
	_, err := d.outbox.Add(ctx, page)
	if err == nil {
		return notify.Expansion{Notice: page.Notice, Cursor: page.Next, Done: page.Done}, nil
	}
	if errors.Is(err, notify.ErrCursor) {
		x, readErr := d.expansion(ctx, page.Space, page.Notice)
		if readErr != nil {
			return x, readErr
		}
		if x.Done || x.Cursor != page.From {
			return x, nil
		}
	}
	return notify.Expansion{}, fmt.Errorf("notice %q: %w", page.Notice, err)
}

// source reads one page of recipients as items; an empty next cursor ends it.
type source func(ctx context.Context, ask ExpandRequest, cursor string) (items []notify.Item, next string, err error)

// sources lists where a notice's recipients come from, in order.
func (d *Desk) sources(n notice) []source {
	var out []source
	for _, a := range n.audiences {
		if a == incident.AudienceReporters {
			out = append(out, d.fromReporters(n))
		} else {
			out = append(out, d.fromDirectory(n, a))
		}
	}
	for _, key := range n.alsoTold {
		out = append(out, d.fromOutbox(n, notify.Query{Notice: key}))
	}
	if n.mergedFrom != "" {
		out = append(out, d.fromOutbox(n, notify.Query{Record: n.mergedFrom}))
	}
	return out
}

// toAll reports whether a kind of notice is a statement to all.
func toAll(kind string) bool {
	return slices.Contains([]incident.Purpose{
		incident.PurposeUpdate, incident.PurposeHolding, incident.PurposeResolution, incident.PurposeExplanation,
		incident.PurposeReopening, incident.PurposeCorrection, incident.PurposeAnnouncement,
	}, incident.Purpose(kind))
}

func (d *Desk) fromDirectory(n notice, a incident.Audience) source {
	return func(ctx context.Context, ask ExpandRequest, cursor string) ([]notify.Item, string, error) {
		ask.Audience, ask.Cursor = a, cursor
		x, err := d.opts.Directory.Expand(ctx, ask)
		nobody := errors.Is(err, ErrUnknownAudience) || err == nil && cursor == "" && x.Done && len(x.Contacts) == 0
		if nobody && strings.HasPrefix(string(a), string(incident.AudienceStaff)+":") {
			ask.Audience = incident.AudienceStaff // nobody has that role: everybody on duty is woken
			x, err = d.opts.Directory.Expand(ctx, ask)
		}
		if err != nil {
			return nil, "", fmt.Errorf("directory: audience %q: %w", a, err)
		}
		items := make([]notify.Item, 0, len(x.Contacts))
		for _, c := range x.Contacts {
			items = append(items, n.item(ask.Space, ask.Record, n.baseKey(), n.subject, c, d.person))
		}
		switch {
		case x.Done:
			return items, "", nil
		case x.Next == "" || x.Next == cursor:
			return nil, "", fmt.Errorf("directory: audience %q: a page that is not the last must move its cursor on", a)
		}
		return items, x.Next, nil
	}
}

// fromReporters finds the customers who reported in the cases, and asks the directory for each.
func (d *Desk) fromReporters(n notice) source {
	return func(ctx context.Context, ask ExpandRequest, cursor string) ([]notify.Item, string, error) {
		l, err := d.store.List(ctx, incident.Filter{Kind: incident.KindCase, Incidents: ask.Incidents, Mark: incident.MarkReported}, cursor, ask.Limit)
		if err != nil {
			return nil, "", err
		}
		var items []notify.Item
		for _, h := range l.Heads {
			one := d.fromDirectory(n, incident.CustomerAudience(h.Customer))
			for c := ""; ; {
				more, next, err := one(ctx, ask, c)
				if errors.Is(err, ErrUnknownAudience) { // they left, or never were a customer: the others do not wait for them
					d.unknownCustomer(ctx, n, h.Customer)
					break
				}
				if err != nil {
					return nil, "", err
				}
				items = append(items, more...)
				if c = next; c == "" {
					break
				}
			}
		}
		return items, l.Cursor, nil
	}
}

// unknownCustomer tells operators that the directory lacks somebody who should be told.
func (d *Desk) unknownCustomer(ctx context.Context, n notice, customer string) {
	d.log.WarnContext(ctx, "the directory does not know a customer who should be told: add them", slog.String("customer", customer),
		slog.String("notice", n.key), slog.String("kind", n.kind))
}

// fromOutbox repeats the recipients of earlier statements.
func (d *Desk) fromOutbox(n notice, q notify.Query) source {
	return func(ctx context.Context, ask ExpandRequest, cursor string) ([]notify.Item, string, error) {
		q.Space = ask.Space
		stored, next, err := d.outbox.List(ctx, q, cursor, ask.Limit)
		if err != nil {
			return nil, "", fmt.Errorf("recipients of %q: %w", q.Notice+q.Record, err)
		}
		items := make([]notify.Item, 0, len(stored))
		for _, s := range stored {
			if s.Origin != "" || !toAll(s.Kind) {
				continue // a fallback: its origin's contact stands for the person, and brings its fallbacks
			}
			c := Contact{ID: s.Recipient, Customer: s.Customer, Channel: s.Channel}
			for _, f := range s.Fallback {
				c.Fallbacks = append(c.Fallbacks, Way{Contact: f.Recipient, Channel: f.Channel})
			}
			items = append(items, n.item(ask.Space, ask.Record, n.baseKey(), n.subject, c, d.person))
		}
		return items, next, nil
	}
}

// expandAwards assesses the affected page by page: first the ledger, then the
// items and the cursor. A crash in between proposes again, which adds nothing.
func (d *Desk) expandAwards(ctx context.Context, p *picture, n notice, e notify.Expansion, ask ExpandRequest, left int) (notify.Expansion, int, error) {
	for ; left > 0 && !e.Done; left-- {
		ask.Cursor = e.Cursor
		affected, err := d.opts.Directory.Affected(ctx, ask)
		if err != nil {
			return e, left, fmt.Errorf("directory: affected of %q: %w", ask.Record, err)
		}
		if affected.Done {
			more, err := d.hitByCase(ctx, p.view)
			if err != nil {
				return e, left, err
			}
			affected.Customers = append(affected.Customers, more...)
		}
		entries, err := d.assess(ctx, p, affected.Customers)
		if err != nil {
			return e, left, err
		}
		items, err := d.awardItems(ctx, n, ask, entries)
		if err != nil {
			return e, left, err
		}
		if !affected.Done && (affected.Next == "" || affected.Next == e.Cursor) {
			return e, left, fmt.Errorf("directory: affected of %q: a page that is not the last must move its cursor on", ask.Record)
		}
		page := notify.Page{Space: ask.Space, Record: ask.Record, Notice: n.key, From: e.Cursor, Next: affected.Next, Done: affected.Done, Items: items, At: d.now()}
		if e, err = d.addPage(ctx, page); err != nil {
			return e, left, err
		}
	}
	return e, left, nil
}

// awardItems tells customers what they are owed: one item an entry and contact,
// of entries that nobody needs to approve any more.
func (d *Desk) awardItems(ctx context.Context, n notice, ask ExpandRequest, entries []compensate.Entry) ([]notify.Item, error) {
	var items []notify.Item
	for _, entry := range entries {
		if !promised(entry) {
			continue
		}
		for cursor := ""; ; {
			ask.Audience, ask.Cursor = incident.CustomerAudience(entry.Key.Customer), cursor
			x, err := d.opts.Directory.Expand(ctx, ask)
			if errors.Is(err, ErrUnknownAudience) { // they left, and keep what they are owed
				d.unknownCustomer(ctx, n, entry.Key.Customer)
				break
			}
			if err != nil {
				return nil, fmt.Errorf("directory: audience %q: %w", ask.Audience, err)
			}
			for _, c := range x.Contacts {
				it := n.item(ask.Space, ask.Record, "award:"+entry.ID, entry.ID, c, d.person)
				it.Notice = "award:" + entry.Key.Basis // one notice for all rounds: an entry is told once
				it.Record, it.Thread, it.Seq = entry.Key.Basis, entry.Key.Basis, uint64(entry.Created.UnixMicro())
				items = append(items, it)
			}
			if cursor = x.Next; x.Done || cursor == "" {
				break
			}
		}
	}
	return distinct(items), nil
}

// distinct drops what a page holds twice: a contact in two audiences is told once.
func distinct(items []notify.Item) []notify.Item {
	seen := make(map[string]bool, len(items))
	return slices.DeleteFunc(items, func(it notify.Item) bool {
		if seen[it.Key] {
			return true
		}
		seen[it.Key] = true
		return false
	})
}

// Cursors of an expansion are "<source>|<cursor of the source>".
func splitCursor(c string) (source int, rest string, err error) {
	if c == "" {
		return 0, "", nil
	}
	head, rest, ok := strings.Cut(c, "|")
	n, err := strconv.Atoi(head)
	if !ok || err != nil || n < 0 {
		return 0, "", fmt.Errorf("cursor %q: want <source>|<cursor>", c)
	}
	return n, rest, nil
}

func joinCursor(source int, rest string) string { return strconv.Itoa(source) + "|" + rest }
