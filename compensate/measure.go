package compensate

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"
)

// stretch is a window in nanoseconds from some origin, and how much of the service it hit.
type stretch struct {
	start, end int64
	share      Ratio
}

// measured is what happened in time, before it is expressed as a number.
type measured struct {
	length int64 // nanoseconds of the period, as the scheme counts it; 0: there is no period
	down   Ratio // nanoseconds, before the grace
}

var errUndecided = errors.New("undecided")

// onStack is how many windows are sorted without memory of their own.
const onStack = 8

// time measures the input's windows. It returns errUndecided, and why, if the input does not decide it.
func (m *Measure) time(in *Input) (out measured, why string, err error) {
	var impactSpace, plannedSpace, runSpace [onStack]stretch
	origin := in.Period.Start
	bound := int64(1<<63 - 1)
	lower := -bound
	if !in.Period.Start.IsZero() || !in.Period.End.IsZero() {
		if !in.Period.End.After(in.Period.Start) {
			return out, "", errors.New("the period does not end after it starts")
		}
		lower, bound = 0, int64(in.Period.Length())
		out.length = bound
	} else if len(in.Impact) > 0 {
		origin = in.Impact[0].Start
	}
	impact := impactSpace[:0]
	partial := false
	for i := range in.Impact {
		w := &in.Impact[i]
		if w.End.IsZero() && !w.Start.IsZero() {
			return out, "the impact that began at " + w.Start.UTC().Format(time.RFC3339) + " has not ended yet", errUndecided
		}
		s, err := clipWindow(&w.Window, origin, lower, bound)
		if err != nil {
			return out, "", fmt.Errorf("impact %d: %w", i, err)
		}
		if w.Share.Sign() < 0 || w.Share.Cmp(Whole(1)) > 0 {
			return out, "", fmt.Errorf("impact %d: a share of %s is not between 0 and 1", i, w.Share)
		}
		s.share = Whole(1)
		if !w.Share.IsZero() && w.Share.Cmp(s.share) < 0 {
			if m.Degraded == DegradedIgnore {
				continue
			}
			if m.Degraded == DegradedShare {
				s.share, partial = w.Share, true
			}
		}
		if s.end > s.start {
			impact = append(impact, s)
		}
	}
	planned := plannedSpace[:0]
	if m.Maintenance != MaintenanceCounts {
		for i := range in.Maintenance {
			s, err := clipWindow(&in.Maintenance[i], origin, lower, bound)
			if err != nil {
				return out, "", fmt.Errorf("maintenance %d: %w", i, err)
			}
			if s.end > s.start {
				planned = append(planned, s)
			}
		}
		planned = mergeInPlace(planned)
	}
	if m.Maintenance == MaintenanceShrinks && out.length > 0 {
		for _, s := range planned {
			out.length -= s.end - s.start
		}
		if out.length == 0 {
			return out, "the whole period was planned work", errUndecided
		}
	}
	all := impact
	if partial {
		all = slices.Clone(impact)
	}
	runs := without(runSpace[:0], mergeInPlace(all), planned)
	out.down = m.count(runs, impact, partial)
	return out, "", nil
}

func clipWindow(w *Window, origin time.Time, lower, bound int64) (stretch, error) {
	if !w.End.After(w.Start) {
		return stretch{}, fmt.Errorf("the window from %s does not end after it starts", w.Start.UTC().Format(time.RFC3339))
	}
	return stretch{
		start: max(int64(w.Start.Sub(origin)), lower),
		end:   min(int64(w.End.Sub(origin)), bound),
	}, nil
}

// mergeInPlace sorts the windows and joins those that overlap or touch.
func mergeInPlace(list []stretch) []stretch {
	if len(list) < 2 {
		return list
	}
	slices.SortFunc(list, func(a, b stretch) int { return cmp.Compare(a.start, b.start) })
	out := list[:1]
	for _, s := range list[1:] {
		if last := &out[len(out)-1]; s.start <= last.end {
			last.end = max(last.end, s.end)
		} else {
			out = append(out, s)
		}
	}
	return out
}

// without appends to out what is left of the runs outside the planned windows; both are merged.
func without(out, runs, planned []stretch) []stretch {
	for _, r := range runs {
		for _, p := range planned {
			if p.end <= r.start {
				continue
			}
			if p.start >= r.end {
				break
			}
			if p.start > r.start {
				out = append(out, stretch{start: r.start, end: p.start})
			}
			r.start = p.end
			if r.start >= r.end {
				break
			}
		}
		if r.start < r.end {
			out = append(out, r)
		}
	}
	return out
}

func (m *Measure) count(runs, impact []stretch, partial bool) Ratio {
	var plain int64
	var weighted Ratio
	for _, r := range runs {
		length := r.end - r.start
		if length < int64(m.MinRun) || m.Longer && length == int64(m.MinRun) {
			continue
		}
		if m.WholeMinutes {
			length -= length % int64(time.Minute)
		}
		if partial {
			weighted = weighted.Add(weigh(r.start, r.start+length, impact))
		} else {
			plain += length
		}
	}
	return weighted.Add(Whole(plain))
}

// weigh adds up a run, each moment by the largest share that was affected in it.
func weigh(start, end int64, impact []stretch) Ratio {
	edges := []int64{start, end}
	for _, s := range impact {
		for _, e := range [...]int64{s.start, s.end} {
			if e > start && e < end {
				edges = append(edges, e)
			}
		}
	}
	slices.Sort(edges)
	edges = slices.Compact(edges)
	var sum Ratio
	for i := range len(edges) - 1 {
		var share Ratio
		for _, s := range impact {
			if s.start <= edges[i] && s.end > edges[i] && s.share.Cmp(share) > 0 {
				share = s.share
			}
		}
		sum = sum.Add(share.Mul(Whole(edges[i+1] - edges[i])))
	}
	return sum
}
