package amends

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/policy"
)

// resolver finds addresses and words when something is sent: the outbox holds keys only.
type resolver struct{ d *Desk }

// batch remembers what the items of one claim have in common.
type batch struct {
	d        *Desk
	ctx      context.Context //nolint:containedctx // lives as long as one call of Resolve
	subjects map[string]subject
	contacts map[string]Contact           // by space and ID
	facts    map[string]map[string]string // of messages, by what they have in common
}

// Resolve answers for each item on its own: one that cannot be rendered does not stop the others.
func (r resolver) Resolve(ctx context.Context, items []notify.Claimed) ([]notify.Resolved, error) {
	b := &batch{d: r.d, ctx: ctx, subjects: map[string]subject{}, contacts: map[string]Contact{}, facts: map[string]map[string]string{}}
	ids := map[string][]string{}
	for _, it := range items {
		ids[it.Space] = append(ids[it.Space], it.Recipient)
	}
	for space, list := range ids {
		contacts, err := r.d.opts.Directory.Contacts(ctx, space, list)
		if err != nil {
			return nil, fmt.Errorf("directory: contacts: %w", err)
		}
		for _, c := range contacts {
			b.contacts[space+"\x00"+c.ID] = c
		}
	}
	out := make([]notify.Resolved, len(items))
	for i, it := range items {
		out[i] = b.resolve(it)
	}
	return out, nil
}

// always lists the kinds that nobody can decline: they answer what the person wrote themselves.
var always = map[string]bool{ //nolint:gochecknoglobals // read only
	kindAcknowledgement: true, kindReplyAck: true, string(incident.PurposeAnswer): true, kindWake: true,
}

func (b *batch) resolve(it notify.Claimed) notify.Resolved {
	c, ok := b.contacts[it.Space+"\x00"+it.Recipient]
	if !ok {
		return notify.Resolved{Err: notify.Gone(errors.New("the directory no longer has the contact"))}
	}
	if !always[it.Kind] {
		for _, kind := range c.Unwanted {
			if kind == it.Kind {
				return notify.Resolved{Skip: "the contact does not want notices of kind " + kind}
			}
		}
	}
	s, err := b.subject(it.Record)
	if err != nil {
		return notify.Resolved{Err: err}
	}
	if st := s.statement(it.Subject); st != nil && !st.Live() {
		return notify.Resolved{Skip: "these words were taken back, or put right by others"}
	}
	if stale(it, s) {
		return notify.Resolved{Skip: "it was reopened meanwhile, which is said instead"}
	}
	if it.Kind == kindWake {
		if done, err := b.settled(it, s); err != nil {
			return notify.Resolved{Err: err}
		} else if done {
			return notify.Resolved{Skip: "nobody needs to be woken: it is done"}
		}
	}
	locale := c.Locale
	if locale == "" {
		locale = "en"
	}
	data, lang, err := b.data(it, s, c, locale)
	if err != nil {
		return notify.Resolved{Err: err}
	}
	m, err := b.d.opts.Templates.Render(it.Kind, it.Channel, lang, data)
	if err != nil { // a template that lacks something lacks it the next time too
		return notify.Resolved{Err: notify.Permanent(err)}
	}
	m.Thread, m.Seq, m.Kind = it.Thread, it.Seq, it.Kind
	m.From, m.ReplyTo, m.Unsubscribe = data.Person, b.d.opts.Sender.ReplyTo, data.Unsubscribe
	if m.Data, err = b.messageFacts(it, s, m.Data, lang); err != nil {
		return notify.Resolved{Err: err}
	}
	return notify.Resolved{
		To:      notify.Recipient{ID: c.ID, Address: c.Address, Name: c.Name, Locale: c.Locale, Zone: c.Zone, Meta: c.Meta},
		Message: m,
	}
}

// stale reports whether a notice says or asks that something is fixed which was
// reopened since (R72).
func stale(it notify.Claimed, s subject) bool {
	if s.c != nil {
		return false
	}
	if it.Kind == kindAsk {
		return splitWidened(it.Notice) != askKey(s.i) || fixedSince(s.i).IsZero()
	}
	st := s.i.Statement(it.Subject)
	return st != nil && st.Purpose == incident.PurposeResolution && st.Round < s.i.Round
}

func (b *batch) subject(record string) (subject, error) {
	if s, ok := b.subjects[record]; ok {
		return s, nil
	}
	s, err := b.d.load(b.ctx, record)
	if err != nil {
		return subject{}, err
	}
	b.subjects[record] = s
	return s, nil
}

// data fills in what a template may say, and the language to say it in.
func (b *batch) data(it notify.Claimed, s subject, c Contact, locale string) (*notify.Data, string, error) {
	data := &notify.Data{
		Name: c.Name, Person: b.d.opts.Sender.Name, Contact: b.d.opts.Sender.Contact, Zone: c.Zone, Brand: b.d.opts.Sender.Brand,
		Unsubscribe: c.Meta["unsubscribe"],
	}
	if s.i != nil {
		data.Title, data.Status = s.i.Title, string(s.i.Status)
		for _, comp := range s.i.Components {
			data.Components = append(data.Components, comp.Name)
		}
	}
	if it.Customer != "" {
		data.Link = b.d.opts.Links(it.Space, it.Record, it.Customer)
		data.CorrectLink = data.Link
	}
	switch it.Kind {
	case kindAcknowledgement, kindReplyAck:
		return data, locale, b.acknowledgement(data, it, s)
	case kindAsk:
		return data, locale, nil
	case kindAward:
		return data, locale, b.award(data, it, locale)
	case kindWake:
		b.wake(data, it, s)
		return data, locale, nil
	}
	st := s.statement(it.Subject)
	if st == nil {
		return nil, "", notify.Permanent(fmt.Errorf("statement %q is not in record %q", it.Subject, it.Record))
	}
	text, lang := st.Text(locale)
	data.Subject, data.Body = text.Subject, text.Body
	if st.Person != "" {
		data.Person = st.Person
	}
	if st.Contact != "" {
		data.Contact = st.Contact
	}
	if st.NextUpdate != nil {
		data.NextUpdate = st.NextUpdate.At
	}
	if st.Corrects != "" {
		if old := s.statement(st.Corrects); old != nil {
			earlier, _ := old.Text(locale)
			data.Earlier = earlier.Body
		}
	}
	if s.i != nil {
		for _, id := range st.Requests {
			for _, r := range s.i.Requests {
				if r.ID == id {
					data.Steps = append(data.Steps, r.Steps...)
				}
			}
		}
	}
	return data, lang, nil
}

func (b *batch) acknowledgement(data *notify.Data, it notify.Claimed, s subject) error {
	if s.c == nil {
		return notify.Permanent(fmt.Errorf("record %q is not a case", it.Record))
	}
	if data.Title == "" {
		data.Title = "your message" // a case that stands alone has no title of its own
	}
	for _, r := range s.c.Reports {
		if r.ID == it.Subject {
			data.Report, data.ReportedAt, data.ReportedSince = shown(r.Words), r.Received, r.Since
		}
		for _, e := range r.Thread {
			if e.ID == it.Subject {
				data.Report, data.ReportedAt = shown(e.Words), e.At
			}
		}
	}
	by, err := b.answerBy(s, it.Subject)
	data.AnswerBy = by
	return err
}

// shown is what a customer wrote, or that it was erased at their wish.
func shown(w *incident.Words) string {
	if w == nil || w.Erased {
		return "(erased)"
	}
	return w.Text
}

// answerBy is when the policy says that a message is answered.
func (b *batch) answerBy(s subject, message string) (time.Time, error) {
	p, err := b.d.lookCase(b.ctx, s, b.d.now())
	if err != nil {
		return time.Time{}, err
	}
	return p.answerBy(message), nil
}

func (b *batch) award(data *notify.Data, it notify.Claimed, locale string) error {
	found := false
	err := b.d.entries(b.ctx, compensate.Query{Space: it.Space, Customers: []string{it.Customer}, Bases: []string{it.Record}}, func(e compensate.Entry) error {
		if e.ID != it.Subject {
			return nil
		}
		found = true
		amount := e.InKind
		if !e.Amount.IsZero() {
			var err error
			if amount, err = e.Amount.Format(locale); err != nil {
				return notify.Permanent(err)
			}
		}
		data.Awards = append(data.Awards, notify.AwardLine{Amount: amount, Why: e.Why})
		return nil
	})
	if err == nil && !found {
		err = notify.Permanent(fmt.Errorf("the ledger has no entry %q", it.Subject))
	}
	if data.Title == "" {
		data.Title = "your message"
	}
	return err
}

// wake says what is wanted of the person woken.
func (b *batch) wake(data *notify.Data, it notify.Claimed, s subject) {
	if data.Title == "" {
		data.Title = "case " + s.id()
	}
	for _, e := range s.escalations() {
		if e.Requirement == it.Subject {
			data.Due = e.Due
		}
	}
	data.Reason = it.Subject
	if x, err := b.d.Explain(b.ctx, it.Record, it.Subject); err == nil {
		data.Reason = x.Staff
	}
}

// settled reports whether what somebody is to be woken for is done meanwhile.
func (b *batch) settled(it notify.Claimed, s subject) (bool, error) {
	decisions, err := b.d.decisions(b.ctx, s, b.d.now())
	if err != nil {
		return false, err
	}
	for _, r := range combine(decisions) {
		if r.ID == it.Subject {
			return r.Status != policy.Open, nil
		}
	}
	return true, nil
}
