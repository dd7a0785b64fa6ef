package sqloutbox

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/amends-dev/amends/notify"
)

// selected says which states a query selects.
func selected(states []notify.State) map[state]bool {
	want := make(map[state]bool)
	for i, name := range names() {
		if len(states) == 0 || slices.Contains(states, name) {
			want[state(i+1)] = true
		}
	}
	return want
}

// filter is a condition on groups with its arguments, which begin with $from.
func filter(q *notify.Query, from int) (string, []any) {
	var conditions []string
	var args []any
	for _, f := range []struct{ column, value string }{
		{"record", q.Record}, {"notice", q.Notice}, {"space", q.Space}, {"channel", q.Channel},
	} {
		if f.value != "" {
			conditions = append(conditions, fmt.Sprintf("g.%s = $%d", f.column, from+len(args)))
			args = append(args, f.value)
		}
	}
	if len(conditions) == 0 {
		return "", nil
	}
	return " and " + strings.Join(conditions, " and "), args
}

// queried reads the groups whose items a query may select, people aside.
func (w *work) queried(ctx context.Context, q *notify.Query) ([]*group, error) {
	where, args := filter(q, 1)
	clear(w.groups)
	if err := w.t.Each(ctx, w.keepGroup, "select "+groupColumns+" from amends_outbox_group g where true"+where, args...); err != nil {
		return nil, err
	}
	groups := make([]*group, 0, len(w.groups))
	for _, g := range w.groups {
		groups = append(groups, g)
	}
	return groups, nil
}
