package amends

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/amends-dev/amends/incident"
)

// Command is what all commands have in common.
type Command struct {
	// Key makes the command safe to repeat: a second call with the same key in
	// the same space changes nothing and returns the first result; a different
	// command under the same key is incident.ErrKeyReused. If empty, every call counts.
	Key string `json:"-"`
	// By is who says so.
	By incident.Actor `json:"by"`
	// At is when it happened. If zero, now. It may lie in the past, for example
	// for what was noticed later; then duties count from it. Words are approved
	// and published now, whatever At says: nobody was told before.
	At time.Time `json:"-"`
}

// Result says what a command wrote.
type Result struct {
	Record  string // the incident or case
	ID      string // of what was created: a statement, report, promise, request, gesture; else the record
	Version uint64
	Repeat  bool // the command had been done before
}

// ErrInvalid is wrapped by errors about a command's own fields.
var ErrInvalid = errors.New("invalid command")

func invalid(command, format string, args ...any) error {
	return fmt.Errorf("amends: %s: %w: %s", command, ErrInvalid, fmt.Sprintf(format, args...))
}

// maxTries bounds how often a command is decided again after a conflict. Each
// conflict means that somebody else got through.
const maxTries = 32

// ahead is how far the clock of whoever says it may be ahead of ours.
const ahead = 5 * time.Minute

// step is what a command decides on one reading: what to write, and the index
// within the first batch of the event whose ID is the result's.
type step func(ctx context.Context, now time.Time) (incident.Commit, error)

// do runs a command: looks for an earlier run of it, decides, writes, and
// decides again when somebody else was faster.
func (d *Desk) do(ctx context.Context, name string, c Command, args any, space string, decide step) (Result, error) {
	digest, err := digest(name, args)
	if err != nil {
		return Result{}, fmt.Errorf("amends: %s: %w", name, err)
	}
	earlier := func() (Result, bool, error) {
		if c.Key == "" {
			return Result{}, false, nil
		}
		r, err := d.store.Append(ctx, incident.Commit{Space: space, Command: c.Key, Digest: digest})
		if errors.Is(err, incident.ErrNotFound) {
			return Result{}, false, nil
		}
		return Result{Record: r.Record, ID: incident.InnerID(r.Record, r.Version), Version: r.Version, Repeat: true}, true, err
	}
	if r, done, err := earlier(); done {
		if err != nil {
			err = fmt.Errorf("amends: %s: %w", name, err)
		}
		return r, err
	}
	for try := 1; ; try++ {
		now := d.now()
		if c.At.After(now.Add(ahead)) {
			return Result{}, invalid(name, "%s lies in the future: say it when it has happened", c.At.UTC().Format(time.RFC3339))
		}
		commit, err := decide(ctx, now)
		if err != nil {
			// It may be refused because the same command got through meanwhile.
			if r, done, lookErr := earlier(); done && lookErr == nil {
				return r, nil
			}
			return Result{}, fmt.Errorf("amends: %s: %w", name, err)
		}
		commit.Space, commit.Command, commit.Digest = space, c.Key, digest
		for i := range commit.Batches {
			commit.Batches[i].At = now
		}
		r, err := d.store.Append(ctx, commit)
		switch {
		case err == nil:
			d.nudge()
			return Result{Record: r.Record, ID: incident.InnerID(r.Record, r.Version), Version: r.Version, Repeat: r.Repeat}, nil
		case errors.Is(err, incident.ErrConflict) && !d.bound && try < maxTries:
			continue
		default:
			return Result{}, fmt.Errorf("amends: %s: %w", name, err)
		}
	}
}

func digest(name string, args any) (string, error) {
	b, err := json.Marshal(args)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(append([]byte(name+"\n"), b...))
	return hex.EncodeToString(sum[:]), nil
}

// head reads a record's head alone.
func (d *Desk) head(ctx context.Context, record string) (incident.Head, error) {
	p, err := d.store.Read(ctx, record, math.MaxInt64, 1)
	if err != nil {
		return incident.Head{}, fmt.Errorf("record %q: %w", record, err)
	}
	return p.Head, nil
}

// spaceOf is the space that a record's commands are keyed in.
func (d *Desk) spaceOf(ctx context.Context, name, record string) (string, error) {
	h, err := d.head(ctx, record)
	if err != nil {
		return "", fmt.Errorf("amends: %s: %w", name, err)
	}
	return h.Space, nil
}

// loadIncident folds an incident. Commands refuse what they do not understand.
func (d *Desk) loadIncident(ctx context.Context, id string) (*incident.Incident, error) {
	v, _, err := incident.LoadIncident(ctx, d.store, id)
	if err != nil {
		return nil, err
	}
	if len(v.NotUnderstood) > 0 {
		return nil, fmt.Errorf("incident %q: %v: %w", id, v.NotUnderstood, incident.ErrNotUnderstood)
	}
	return v, nil
}

// loadCase folds a case.
func (d *Desk) loadCase(ctx context.Context, id string) (*incident.Case, error) {
	c, _, err := incident.LoadCase(ctx, d.store, id)
	if err != nil {
		return nil, err
	}
	if len(c.NotUnderstood) > 0 {
		return nil, fmt.Errorf("case %q: %v: %w", id, c.NotUnderstood, incident.ErrNotUnderstood)
	}
	return c, nil
}

// stamp says who says it and when it happened.
func (c Command) stamp(now time.Time, events []incident.Event) []incident.Event {
	for i := range events {
		e := &events[i]
		e.Recorded, e.Actor, e.At = now, c.By, now
		if !c.At.IsZero() {
			e.At = c.At.UTC().Truncate(time.Microsecond)
		}
	}
	return events
}

func facts(payloads ...incident.Payload) []incident.Event {
	out := make([]incident.Event, len(payloads))
	for i, p := range payloads {
		out[i].Data = p
	}
	return out
}
