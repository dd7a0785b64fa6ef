package sqlledger

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/internal/sqlkit"
)

// record is an entry with what only the ledger knows of it.
type record struct {
	compensate.Entry
	token string
	once  bool
}

const (
	// columns are those of a record in the order in which scan reads them, before the file.
	columns = `e.id, e.n, e.space, e.scheme, e.customer, e.component, e.basis, e.gesture_by, e.state,
		e.amount, e.currency, e.capped, e.capped_currency, e.contract, e.contract_currency, e.total, e.total_currency,
		e.in_kind, e.approved_by, e.settled_by, e.reference, e.last_err, e.attempts, e.created_at, e.changed_at, e.next_at, e.token, e.once`
	// withFile and withoutFile follow: why and award, which can be long.
	withFile    = ", e.why, e.award"
	withoutFile = ", '', ''"
)

// scan reads a row and holds it against what every entry of ours is.
func scan(rows *sql.Rows) (*record, error) {
	var r record
	var state, why, award string
	var amount, capped, contract, total money
	var created, changed, next int64
	err := rows.Scan(
		&r.ID, &r.N, &r.Key.Space, &r.Key.Scheme, &r.Key.Customer, &r.Key.Component, &r.Key.Basis, &r.By, &state,
		&amount.minor, &amount.currency, &capped.minor, &capped.currency, &contract.minor, &contract.currency, &total.minor, &total.currency,
		&r.InKind, &r.ApprovedBy, &r.SettledBy, &r.Reference, &r.LastErr, &r.Attempts, &created, &changed, &next, &r.token, &r.once,
		&why, &award,
	)
	if err != nil { // the ID comes first, so it was read if any column was
		return nil, damaged(r.ID, err)
	}
	r.State = compensate.State(state)
	r.Amount, r.Capped, r.Contract, r.Total = amount.money(), capped.money(), contract.money(), total.money()
	r.Created, r.Changed, r.NextAt = sqlkit.Time(created), sqlkit.Time(changed), sqlkit.Time(next)
	if award != "" {
		r.Award = []byte(award)
	}
	if why != "" {
		if err := json.Unmarshal([]byte(why), &r.Why); err != nil {
			return nil, damaged(r.ID, fmt.Errorf("its reasons are not a list of sentences: %w", err))
		}
	}
	switch {
	case compensate.EntryID(r.Key, r.By, r.N) != r.ID:
		err = errors.New("its ID does not fit its key, person and number")
	case !slices.Contains(states, r.State):
		err = fmt.Errorf("it is in state %q, which is none", r.State)
	case r.Amount.Sign() < 0:
		err = fmt.Errorf("its amount %s is below zero", r.Amount)
	case r.Attempts < 0:
		err = fmt.Errorf("%d attempts are below zero", r.Attempts)
	}
	if err != nil {
		return nil, damaged(r.ID, err)
	}
	return &r, nil
}

var states = []compensate.State{ //nolint:gochecknoglobals // a constant table
	compensate.StateProposed, compensate.StateApproved, compensate.StateIssuing, compensate.StateIssued, compensate.StateUncertain,
	compensate.StateInKind, compensate.StateFulfilled, compensate.StateFailed, compensate.StateNothing,
}

func damaged(id string, err error) error {
	return fmt.Errorf("entry %q is damaged: %w: restore its row from a copy", id, err)
}

// money is an amount as tables keep it.
type money struct {
	minor    int64
	currency string
}

func (m money) money() compensate.Money { return compensate.FromMinor(m.minor, m.currency) }

// whyText is the column why.
func whyText(why []string) (string, error) {
	if len(why) == 0 {
		return "", nil
	}
	text, err := json.Marshal(why)
	return string(text), err
}

// accountOf returns the account of an entry's ID, "" if that is none of ours.
func accountOf(id string) string {
	account, n, ok := strings.Cut(id, "#")
	if !ok || account == "" || n == "" || !storable(id) {
		return ""
	}
	return account
}

// storable reports whether both databases can keep a text.
func storable(s string) bool { return utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 }

// clean makes a text of others storable.
func clean(s string) string {
	if storable(s) {
		return s
	}
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}

// micros cuts off what tables cannot keep, so that an entry looks the same when it is read again.
func micros(t time.Time) time.Time { return sqlkit.Time(sqlkit.Micros(t)) }
