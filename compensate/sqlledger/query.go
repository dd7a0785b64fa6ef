package sqlledger

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/internal/sqlkit"
)

// clause collects conditions and their parameters.
type clause struct {
	dialect sqlkit.Dialect
	conds   []string
	args    []any
}

// bind returns the place of a parameter.
func (c *clause) bind(v any) string {
	c.args = append(c.args, v)
	return fmt.Sprintf("$%d", len(c.args))
}

// and adds a condition, in which %s is the place of a parameter.
func (c *clause) and(cond string, v any) { c.conds = append(c.conds, fmt.Sprintf(cond, c.bind(v))) }

// where returns all conditions.
func (c *clause) where() string {
	if len(c.conds) == 0 {
		return ""
	}
	return " where " + strings.Join(c.conds, " and ")
}

// anyOf adds that a column is one of a list, whose length is not part of the
// text; nothing if the list is empty.
func (c *clause) anyOf(column string, list []string) error {
	if len(list) == 0 {
		return nil
	}
	known := make([]string, 0, len(list))
	for _, v := range list {
		if storable(v) { // no row has any other
			known = append(known, v)
		}
	}
	text, err := json.Marshal(known)
	if err != nil {
		return err
	}
	c.and(column+c.dialect.Pick(
		" in (select value from json_each(%s))",
		" = any (array(select json_array_elements_text(%s::text::json)))",
	), string(text))
	return nil
}

// filter adds what a query selects besides customers and bases.
func (c *clause) filter(q *compensate.Query) error {
	if q.Space != "" {
		c.and("e.space = %s", q.Space)
	}
	if !q.Since.IsZero() {
		c.and("e.created_at >= %s", sqlkit.Micros(q.Since))
	}
	if q.Approved {
		c.conds = append(c.conds, "e.approved_by <> ''")
	}
	if q.Gestures {
		c.conds = append(c.conds, "e.gesture_by <> ''")
	}
	if len(q.States) == 0 {
		return nil
	}
	list := make([]string, len(q.States))
	for i, s := range q.States {
		list[i] = string(s)
	}
	if !slices.ContainsFunc(q.States, func(s compensate.State) bool { return !slices.Contains(waiting, s) }) {
		c.conds = append(c.conds, waitingCond)
	}
	return c.anyOf("e.state", list)
}

// waiting are the states of an index of its own: few entries are in them, and people look for those.
var waiting = []compensate.State{ //nolint:gochecknoglobals // a constant table
	compensate.StateProposed, compensate.StateUncertain, compensate.StateInKind, compensate.StateFailed,
}

// waitingCond is the condition of that index, in its words.
const waitingCond = "e.state in ('proposed', 'uncertain', 'in_kind', 'failed')"
