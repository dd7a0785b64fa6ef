package sqlledger

import (
	"encoding/json"
	"errors"
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

// parties adds the customers and bases that a query selects. Of both, customers
// lead to fewer entries: the empty text keeps planners off the index of bases.
func (c *clause) parties(q *compensate.Query) error {
	basis := "e.basis"
	if len(q.Customers) > 0 {
		basis += " || ''"
	}
	return errors.Join(c.anyOf("e.customer", q.Customers), c.anyOf(basis, q.Bases))
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
	if waits(q.States) {
		c.conds = append(c.conds, waitingCond)
	}
	list := make([]string, len(q.States))
	for i, s := range q.States {
		list[i] = string(s)
	}
	return c.anyOf("e.state", list)
}

// waits reports whether all of the states, and there are some, are those that wait for a person.
func waits(states []compensate.State) bool {
	for _, s := range states {
		if !slices.Contains(waiting, s) {
			return false
		}
	}
	return len(states) > 0
}

// waiting are the states of an index of its own: few entries are in them, and people look for those.
var waiting = []compensate.State{ //nolint:gochecknoglobals // a constant table
	compensate.StateProposed, compensate.StateUncertain, compensate.StateInKind, compensate.StateFailed,
}

// waitingCond is the condition of that index, in its words.
const waitingCond = "e.state in ('proposed', 'uncertain', 'in_kind', 'failed')"
