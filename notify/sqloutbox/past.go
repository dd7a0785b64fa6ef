package sqloutbox

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"slices"
	"strconv"
	"strings"

	"github.com/amends-dev/amends/internal/sqlkit"
	"github.com/amends-dev/amends/notify"
)

// digest is what tells whether an item that comes again is one that was pruned:
// of what [notify.Outbox.Add] calls its content. No text that is kept holds a zero byte.
func digest(n *notify.Item) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{
		n.Space, n.Record, n.Kind, n.Subject, n.Recipient, n.Customer, n.Channel, n.Thread,
		strconv.FormatUint(n.Seq, 10), strconv.FormatBool(n.Supersedable),
	}, "\x00")))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

// needPast reads what is left of those among these keys that were pruned.
func (w *work) needPast(ctx context.Context, keys []string) error {
	if len(keys) == 0 {
		return nil
	}
	var some bool // one look tells for a page of new ones
	if _, err := w.t.One(ctx, []any{&some}, "select exists (select 1 from amends_outbox_past where key between $1 and $2)", slices.Min(keys), slices.Max(keys)); err != nil || !some {
		return err
	}
	b := sqlkit.NewRows("key text")
	b.Grow(len(keys))
	for _, key := range keys {
		b.Add(key)
	}
	var all []found
	if err := w.t.EachRow(ctx, b, func(rows *sql.Rows) error {
		r := &row{was: inPast}
		var group int64
		var receipt, fallback sql.NullString
		if err := rows.Scan(&r.key, &group, &r.closed, &r.digest, &receipt, &fallback); err != nil {
			return damagedf(r.key, "%w", err)
		}
		if r.closed < sent || r.closed > bounced {
			return damagedf(r.key, "its state is %d", r.closed)
		}
		r.receipt, r.fallback = receipt.String, fallback.String
		all = append(all, found{r, group, true})
		return nil
	}, "select q.key, q.group_id, q.state, q.digest, q.receipt, q.fallback from r cross join amends_outbox_past q where q.key = r.key"); err != nil {
		return err
	}
	if err := w.complete(ctx, all); err != nil {
		return err
	}
	for _, f := range all {
		if known := w.rows[f.r.key]; known != nil { // it was there a moment ago
			*known = *f.r
		} else {
			w.rows[f.r.key] = f.r
		}
	}
	return nil
}
