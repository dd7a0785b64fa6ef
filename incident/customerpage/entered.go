package customerpage

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/amends-dev/amends/incident"
)

// entered is what somebody entered into a form, kept so that no mistake costs
// them their words (R77).
type entered struct {
	slot   string
	values url.Values
	errors map[string]string // by the name of the field, in the reader's language
	// key to send it again under, "" for a fresh one.
	key string
}

// fieldNames of all forms of the page.
//
//nolint:gochecknoglobals // a constant table
var fieldNames = []string{nameToken, nameOpinion, nameSatisfaction, nameText, nameKind, nameSince, nameUrgency}

// readEntered cleans what was sent. Only the fields that this page has are kept.
func readEntered(sent url.Values) *entered {
	e := &entered{slot: clean(sent.Get(nameForm)), values: url.Values{}, errors: map[string]string{}}
	for _, name := range fieldNames {
		if v := clean(sent.Get(name)); v != "" {
			e.values.Set(name, v)
		}
	}
	return e
}

// kept offers to send all of it again as it is, for pages that do not show the form.
func (e *entered) kept() *kept {
	k := &kept{Hidden: []hidden{{nameForm, e.slot}}, Text: e.values.Get(nameText)}
	for _, name := range fieldNames {
		if v := e.values.Get(name); v != "" && name != nameText {
			k.Hidden = append(k.Hidden, hidden{name, v})
		}
	}
	return k
}

// clean makes text that every store and every channel takes: valid UTF-8, lines
// that end as ours do, no control characters, nothing around it.
func clean(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s)
	s = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0x7f {
			return -1
		}
		return r
	}, s)
	return strings.TrimSpace(s)
}

// word makes of what was entered what the desk hears. If something is missing or
// wrong, it stands in the errors.
func (e *entered) word(w *words, link Link, t formToken, zone *time.Location, now time.Time) incident.CustomerWord {
	word := incident.CustomerWord{
		Space: link.Space, Record: link.Record, Customer: link.Customer,
		Key: t.key, Say: t.say, Via: "page",
	}
	switch t.say {
	case incident.SayVerdict:
		word.Opinion = oneOf(e, nameOpinion, w.NeedOpinion, incident.OpinionFixed, incident.OpinionPartly, incident.OpinionBroken)
		if s := e.values.Get(nameSatisfaction); s != "" {
			n, err := strconv.Atoi(s)
			if err != nil || n < 1 || n > len(w.Satisfied) {
				e.errors[nameSatisfaction] = w.NeedSatisfied
			}
			word.Satisfaction = n
		}
		word.Text = e.text(w, false)
	case incident.SayReport:
		word.Kind = oneOf(e, nameKind, w.NeedKind, incident.ReportFailure, incident.ReportQuestion, incident.ReportComplaint)
		word.Urgency = oneOf(e, nameUrgency, w.NeedUrgency, incident.UrgencyNormal, incident.UrgencyHigh, incident.UrgencyMayday)
		word.Text = e.text(w, true)
		word.Since = e.since(w, zone, now)
	case incident.SayReply, incident.SayCorrection:
		word.Report = t.target
		word.Text = e.text(w, true)
	case incident.SayDone:
		word.Request = t.target
	}
	return word
}

func oneOf[K ~string](e *entered, name, need string, words ...K) K {
	v := K(e.values.Get(name))
	if !slices.Contains(words, v) {
		e.errors[name] = need
	}
	return v
}

func (e *entered) text(w *words, needed bool) string {
	text := e.values.Get(nameText)
	switch n := utf8.RuneCountInString(text); {
	case n > maxText:
		e.errors[nameText] = fmt.Sprintf(w.TextTooLong, n, maxText)
	case n == 0 && needed:
		e.errors[nameText] = w.NeedText
	}
	return text
}

// since reads a date and a time in the customer's zone: as browsers send them, or
// as people write them where a browser has no field for it.
func (e *entered) since(w *words, zone *time.Location, now time.Time) time.Time {
	v := e.values.Get(nameSince)
	if v == "" {
		return time.Time{}
	}
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05", "2006-01-02 15:04", "2.1.2006 15:04"} {
		at, err := time.ParseInLocation(layout, v, zone)
		if err != nil {
			continue
		}
		if at.After(now.Add(ahead)) {
			e.errors[nameSince] = w.FutureTime
		}
		return at.UTC()
	}
	e.errors[nameSince] = w.BadTime
	return time.Time{}
}
