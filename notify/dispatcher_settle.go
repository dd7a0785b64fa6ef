package notify

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"time"
	"unicode/utf8"
)

// minWait is the least that a throttled delivery waits.
const minWait = time.Second

// askedUntil is the attempt from which on a throttled delivery waits at least as
// long as the schedule says: a server that asks for a minute again and again, as pages of
// planned work do, would use up the attempts of days within one.
const askedUntil = 3

// maxErr bounds the text of an error that is kept.
const maxErr = 500

// decide turns what became of an item into its settlement.
func (p *pass) decide(ctx context.Context, f *flight) {
	now := p.d.o.Now()
	s := Settlement{Outcome: Done, At: now}
	switch {
	case f.untried:
		s.Outcome = Release
	case f.resolved.Skip != "":
		s.Outcome, s.Err = Skip, f.resolved.Skip
	case f.err == nil:
		s.Receipt, s.Hash = &f.receipt, p.hashOf(f.resolved.Message)
	default:
		p.failed(f, &s, now)
	}
	if s.Outcome == Done || f.err != nil && f.resolved.Err == nil && !p.interrupted(f) {
		stopped, resumed := p.l.report(p.gate, now, f, s.Err)
		if stopped {
			p.d.stopped(context.WithoutCancel(ctx), p.l.name, f.err, s.Err)
		}
		if resumed {
			p.d.resumed(context.WithoutCancel(ctx), p.l.name)
		}
	}
	p.put(f, s)
}

// failed decides what a failure means for the item.
func (p *pass) failed(f *flight, s *Settlement, now time.Time) {
	o := &p.d.o
	class, after := Classify(f.err)
	s.Err, s.Class = errText(f.err, &f.resolved.To), class
	if class != Uncertain && p.interrupted(f) { // what may have arrived is the channel's to decide, now as ever
		s.Outcome = Retry // the attempt counts, since it may have got through
		return
	}
	wait := o.Schedule.Wait(f.item.Attempt, rand.Float64()) //nolint:gosec // spreads retries, hides nothing
	limit := o.MaxAttempts
	switch class {
	case Unusable:
		if f.resolved.Err != nil { // it says nothing of the channel: others' words and addresses may be there
			s.Outcome = Bury
			return
		}
		p.over = true
		s.Outcome = Release
		return
	case Lasting, AddressGone:
		s.Outcome = Bury
		return
	case Uncertain:
		if !p.l.channel.RepeatUncertain {
			s.Outcome = Bury
			return
		}
		limit = p.patience(f)
	case Throttled:
		if after > 0 && (f.item.Attempt < askedUntil || after > wait) {
			wait = max(after, minWait)
		}
		limit = p.patience(f)
		if len(f.item.Fallback) > 0 && o.DownAfter >= 0 && after >= o.DownAfter {
			limit = 0 // nobody with another way waits that long
		}
	case Temporary:
		limit = p.patience(f)
	}
	if f.item.Attempt >= limit {
		s.Outcome = Bury
		return
	}
	s.Outcome, s.At = Retry, now.Add(wait)
}

// interrupted says whether we ended the attempt ourselves.
func (p *pass) interrupted(f *flight) bool {
	return errors.Is(f.err, errGrace) || p.sendCtx.Err() != nil && errors.Is(f.err, context.Canceled)
}

// patience is the number of attempts after which an item gives up on the channel.
func (p *pass) patience(f *flight) int {
	if len(f.item.Fallback) > 0 {
		return min(p.d.o.FallbackAfter, p.d.o.MaxAttempts)
	}
	return p.d.o.MaxAttempts
}

func errText(err error, to *Recipient) string {
	text := Redact(err.Error(), to)
	if len(text) <= maxErr {
		return text
	}
	cut := maxErr
	for cut > 0 && !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + "…"
}

func (p *pass) hashOf(m *Message) string {
	if m != p.hashed {
		p.hashed, p.hash = m, m.Hash()
	}
	return p.hash
}

// Hash returns the hex SHA-256 of what a recipient reads: subject, text and
// HTML, each with its length before it. It is kept with the receipt, so that
// somebody can later prove what was said without the words being stored twice.
func (m *Message) Hash() string {
	h := sha256.New()
	for _, part := range []string{m.Subject, m.Text, m.HTML} {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(part)))
		h.Write(n[:])
		_, _ = io.WriteString(h, part) // a hash never fails
	}
	return hex.EncodeToString(h.Sum(nil))
}

// put keeps a settlement until a batch of them is written.
func (p *pass) put(f *flight, s Settlement) {
	s.Key, s.Token = f.item.Key, f.item.Token
	s.Now = p.d.o.Now()
	if s.At.Before(s.Now) {
		s.At = s.Now
	}
	if len(p.buffer) == 0 {
		p.since = time.Now()
	}
	p.buffer = append(p.buffer, s)
	p.flights = append(p.flights, f)
}

// settle writes the buffer. What was sent must be settled even while shutting
// down, or it would be sent again.
func (p *pass) settle(ctx context.Context) {
	if len(p.buffer) == 0 {
		return
	}
	ctx = context.WithoutCancel(ctx)
	settled, err := p.d.settle(ctx, p.buffer)
	if err != nil {
		p.over = true
		p.out.Unsettled += len(p.buffer)
		p.errs = append(p.errs, fmt.Errorf("settling %d deliveries, which will be sent again when their lease ends: %w", len(p.buffer), err))
	}
	for i, f := range p.flights {
		delete(p.held, f)
		if err == nil {
			p.account(ctx, f, &p.buffer[i], settled[i])
		}
	}
	clear(p.flights)
	p.buffer, p.flights, p.dry = p.buffer[:0], p.flights[:0], false
}

// settleTries bounds how often a batch of settlements is written again; the
// waits in between double from settleWait.
const (
	settleTries = 6
	settleWait  = 50 * time.Millisecond
)

// settle writes settlements, again if the outbox fails: a repeat changes nothing.
func (d *Dispatcher) settle(ctx context.Context, s []Settlement) ([]Settled, error) {
	wait := settleWait
	for try := 1; ; try++ {
		settled, err := d.box.Settle(ctx, s)
		if err == nil && len(settled) != len(s) {
			return nil, fmt.Errorf("the outbox answered for %d of %d", len(settled), len(s))
		}
		if err == nil || try == settleTries {
			return settled, err
		}
		d.o.Logger.LogAttrs(ctx, slog.LevelWarn, "settling failed", slog.Int("try", try), slog.Any("err", err))
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return nil, context.Cause(ctx)
		}
		wait *= 2
	}
}

// account counts a settled item and tells whoever wants to know.
func (p *pass) account(ctx context.Context, f *flight, s *Settlement, a Settled) {
	d, log := p.d, p.d.o.Logger
	if a.Added != "" {
		p.out.Fallbacks++
		p.sooner(d.o.Now()) // it waits on another channel, whose pass may be over
		if ways := f.item.Fallback; len(ways) > 0 && d.lines[ways[0].Channel] != nil {
			d.lines[ways[0].Channel].nudge()
		}
	}
	switch {
	case a.Err != nil:
		p.out.Lost++
		log.LogAttrs(ctx, slog.LevelWarn, "settled too late", slog.String("id", s.Key), slog.String("channel", p.l.name), slog.Any("err", a.Err))
	case a.State == StateSuperseded:
		p.out.Superseded++
		p.touch(f)
	case s.Outcome == Done:
		p.out.Sent++
		p.touch(f)
	case s.Outcome == Skip:
		p.out.Suppressed++
		p.touch(f)
	case s.Outcome == Bury:
		p.out.Dead++
		p.touch(f)
		log.LogAttrs(ctx, slog.LevelError, "delivery is dead", slog.String("id", s.Key), slog.String("channel", p.l.name),
			slog.Int("attempts", f.item.Attempt), slog.String("class", s.Class.String()), slog.String("err", s.Err), slog.String("fallback", a.Added))
	case s.Outcome == Retry:
		p.out.Retried++
		p.sooner(s.At)
		p.touch(f)
	default:
		p.out.Released++
	}
	if s.Outcome == Bury && s.Class == AddressGone && d.hooks.AddressGone != nil {
		d.hooks.AddressGone(ctx, f.item, f.err)
	}
	if d.hooks.Settled != nil {
		d.hooks.Settled(ctx, f.item, a, f.err)
	}
}

func (p *pass) touch(f *flight) { p.records[f.item.Record] = struct{}{} }

// extend keeps the leases of what takes long.
func (p *pass) extend(ctx context.Context) {
	now := p.d.o.Now()
	until := now.Add(p.l.lease)
	var s []Settlement
	var held []*flight
	for f := range p.held {
		if f.until.Sub(now) < p.l.lease*3/4 {
			s = append(s, Settlement{Key: f.item.Key, Token: f.item.Token, Outcome: Extend, At: until, Now: now})
			held = append(held, f)
		}
	}
	if len(s) == 0 {
		return
	}
	settled, err := p.d.box.Settle(context.WithoutCancel(ctx), s)
	if err == nil && len(settled) != len(s) {
		err = fmt.Errorf("the outbox answered for %d of %d", len(settled), len(s))
	}
	if err != nil { // the lease has time left for another try
		p.d.o.Logger.LogAttrs(ctx, slog.LevelWarn, "extending leases failed", slog.String("channel", p.l.name), slog.Any("err", err))
		return
	}
	for i, f := range held {
		if settled[i].Err == nil {
			f.until = until
		}
	}
}
