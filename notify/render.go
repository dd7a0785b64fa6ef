package notify

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/amends-dev/amends/internal/prose"
	"github.com/amends-dev/amends/internal/timetext"
)

// view is what a template sees: the data, and words for times.
type view struct {
	*Data
	Locale string // of the template
	Kind   string
	zone   *time.Location
	times  map[string]func(time.Time) string
}

// When writes a time in the reader's zone, which it names.
func (v *view) When(t time.Time) (string, error) {
	if t.IsZero() {
		return "", errors.New("there is no time to write: ask for it with {{if not .Since.IsZero}}")
	}
	language, _, _ := strings.Cut(v.Locale, "-")
	t = t.In(v.zone)
	if own := v.times[language]; own != nil {
		return own(t), nil
	}
	return timetext.Format(language, t), nil
}

// Quote marks every line of a text as a quotation.
func (v *view) Quote(text string) string {
	return "> " + strings.ReplaceAll(strings.TrimSpace(prose.Plain(text)), "\n", "\n> ")
}

// List joins words with commas.
func (v *view) List(words []string) string { return strings.Join(words, ", ") }

// ErrNoTemplate says that there is no template for a kind, neither in the
// recipient's language nor in the default one.
var ErrNoTemplate = errors.New("no template for this kind")

// Render makes a message of a kind for a channel and a locale (BCP 47). It runs
// the whole template before it returns, so that a mistake in it is an error and
// never half a message. A kind of the library's own whose data lacks what it
// cannot do without is an error that names the fields. The subject holds no line
// break or control character, whatever the data holds; the HTML holds no markup
// of the data. Data holds the links, see [Message.Links]. Thread and Seq, and what
// else Data holds, are left to the caller.
func (t *Templates) Render(kind, channel, locale string, d *Data) (*Message, error) {
	s, found := t.find(kind, channel, locale)
	if s == nil {
		return nil, fmt.Errorf("notify: rendering %q for channel %q in %q: %w", kind, channel, locale, ErrNoTemplate)
	}
	m, err := t.execute(s, kind, found, d)
	if err != nil {
		return nil, fmt.Errorf("notify: rendering %q for channel %q in %q: %w", kind, channel, locale, err)
	}
	return m, nil
}

func (t *Templates) execute(s *set, kind, locale string, d *Data) (*Message, error) {
	if d == nil {
		return nil, errors.New("there is no data")
	}
	if missing := d.missing(kind); len(missing) > 0 {
		return nil, fmt.Errorf("the data lacks %s", strings.Join(missing, ", "))
	}
	v := &view{Data: d, Locale: locale, Kind: kind, zone: t.zones.Load(d.Zone), times: t.times}
	var out strings.Builder
	if err := s.text.ExecuteTemplate(&out, "subject", v); err != nil {
		return nil, err
	}
	subject := prose.OneLine(out.String())
	if subject == "" {
		return nil, fmt.Errorf("%s: the subject is empty", s.file)
	}
	out.Reset()
	if err := s.text.ExecuteTemplate(&out, "text", v); err != nil {
		return nil, err
	}
	text := prose.Paragraphs(prose.Plain(out.String()))
	if text == "" {
		return nil, fmt.Errorf("%s: the text is empty", s.file)
	}
	m := &Message{
		Kind: kind, Locale: locale, Subject: subject, Text: text,
		From: prose.OneLine(d.Person), Unsubscribe: d.Unsubscribe, Data: linkData(d),
	}
	var err error
	if s.html == nil {
		m.HTML, err = page(m, []string{d.Link, d.CorrectLink, d.Unsubscribe})
		return m, err
	}
	out.Reset()
	if err = s.html.ExecuteTemplate(&out, "html", v); err != nil {
		return nil, err
	}
	m.HTML = out.String()
	return m, nil
}

// Check runs every template with the sample of its kind, so that a field that
// does not exist or a key that is missing is found before anything is sent. Call
// it in a test and when the process starts. A kind without a sample is an error.
// All problems are reported at once. [Sample] has one for each of the library's kinds.
func (t *Templates) Check(samples map[string]*Data) error {
	var problems []error
	order := slices.SortedFunc(maps.Keys(t.sets), func(a, b setKey) int {
		return strings.Compare(t.sets[a].file, t.sets[b].file)
	})
	for _, key := range order {
		sample, ok := samples[key.kind]
		if !ok {
			problems = append(problems, fmt.Errorf("%s: there is no sample for kind %q", t.sets[key].file, key.kind))
			continue
		}
		if _, err := t.execute(t.sets[key], key.kind, key.locale, sample); err != nil {
			problems = append(problems, err)
		}
	}
	if err := errors.Join(problems...); err != nil {
		return fmt.Errorf("notify: checking templates: %w", err)
	}
	return nil
}
