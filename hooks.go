package amends

import (
	"context"
	"log/slog"

	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/notify"
)

// Hooks learn what an operator should know at once; [Desk.Backlog] tells what is
// left of it later. Nil funcs are skipped. They are called on the working
// goroutines, concurrently, in the process in which it happened, and must return
// soon. They are told of what they can see: after a crash in between nobody is
// told again, so an alarm on the backlog stands behind each of them.
//
// What they are given holds no word of a customer, and the text of errors neither
// the address nor the name of the recipient.
type Hooks struct {
	// DeadLetter is called when a delivery was given up, with its last error.
	// One that was claimed too often, because its process ended each time, is
	// given up without it.
	DeadLetter func(ctx context.Context, item notify.Item, err error)
	// ChannelStopped is called when a channel proved to be misconfigured. It is
	// left alone until notify.Dispatcher.Resume, or a probe finds that it works.
	ChannelStopped func(ctx context.Context, channel string, err error)
	// ChannelResumed is called when a stopped channel works again.
	ChannelResumed func(ctx context.Context, channel string)
	// CreditStuck is called when credits of these incidents or cases got stuck in one pass: so
	// many are uncertain because billing gave no answer and cannot be asked
	// again ([Options].IssueOnce), so many failed. A person must look.
	CreditStuck func(ctx context.Context, bases []string, uncertain, failed int)
	// PassFailed is called when a pass of [Desk.Run] failed: of "reconcile",
	// "deliver" or "issue". It is tried again.
	PassFailed func(ctx context.Context, work string, err error)
}

// watch has the hooks of the desk called besides those of the dispatcher.
func (h *Hooks) watch(d *notify.DispatcherHooks) {
	if h.DeadLetter != nil {
		next := d.Settled
		d.Settled = func(ctx context.Context, item notify.Claimed, s notify.Settled, err error) {
			if s.Err == nil && s.State == notify.StateDead {
				h.DeadLetter(ctx, item.Item, err)
			}
			if next != nil {
				next(ctx, item, s, err)
			}
		}
	}
	if h.ChannelStopped != nil {
		next := d.ChannelStopped
		d.ChannelStopped = func(ctx context.Context, channel string, err error) {
			h.ChannelStopped(ctx, channel, err)
			if next != nil {
				next(ctx, channel, err)
			}
		}
	}
	if h.ChannelResumed != nil {
		next := d.ChannelResumed
		d.ChannelResumed = func(ctx context.Context, channel string) {
			h.ChannelResumed(ctx, channel)
			if next != nil {
				next(ctx, channel)
			}
		}
	}
	if h.PassFailed != nil {
		next := d.PassFailed
		d.PassFailed = func(ctx context.Context, channel string, err error) {
			h.PassFailed(ctx, "deliver", err)
			if next != nil {
				next(ctx, channel, err)
			}
		}
	}
}

// stuck tells of credits that wait for a person since this pass.
func (d *Desk) stuck(ctx context.Context, r Issued) {
	uncertain := 0
	if d.opts.IssueOnce { // else billing is asked again
		uncertain = r.Unclear
	}
	if uncertain+r.Failed == 0 {
		return
	}
	d.log.WarnContext(ctx, "credits wait for a person", slog.Any("bases", r.Bases), slog.Int(string(compensate.StateUncertain), uncertain),
		slog.Int(string(compensate.StateFailed), r.Failed))
	if d.opts.Hooks.CreditStuck != nil {
		d.opts.Hooks.CreditStuck(ctx, r.Bases, uncertain, r.Failed)
	}
}

// failed tells of a pass that failed.
func (d *Desk) failed(ctx context.Context, work string, err error) {
	if d.opts.Hooks.PassFailed != nil {
		d.opts.Hooks.PassFailed(ctx, work, err)
	}
}
