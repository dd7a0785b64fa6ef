package candor

import (
	"cmp"
	"slices"
)

// Rule describes a rule of the review.
type Rule struct {
	Name   string
	Level  Level // unless [Options] says otherwise
	Advice string
	Hint   string
	Cites  []string

	check func(*doc) []hit
}

// hit is a range of one field that a rule is about; an empty one means that something is missing.
type hit struct {
	field Field
	span
}

// doc is a message as rules read it.
type doc struct {
	msg           *Message
	opts          *Options
	lex           *lexicon // nil if the language is not known
	subject, body *text
}

func newDoc(m *Message, o *Options) *doc {
	if o == nil {
		o = &Options{}
	}
	return &doc{msg: m, opts: o, lex: lexiconFor(m.Locale), subject: newText(m.Subject), body: newText(m.Body)}
}

// Rules lists all rules with their defaults, in a fixed order.
func Rules() []Rule {
	return []Rule{
		minimising(), blamingOthers(), recordExcuse(), businessExcuse(), platitude(),
		missingNextUpdate(), missingContact(), resolutionWithoutAction(),
		hedgedImpact(), hedgedApology(), unsupportedLocale(), tooLong(),
	}
}

// Review reads a message and returns what it found, sorted by field, place and
// rule. The result is empty if nothing was found. The message is not changed.
// The work grows with the length of the text and not faster, whatever it says; a
// text longer than [MaxLength] is not searched, and the only finding is
// "too_long". Where [Options] switch that rule off, it is searched.
func Review(m *Message, opts *Options) []Finding {
	if f, long := notSearched(m, opts); long {
		return []Finding{f}
	}
	d := newDoc(m, opts)
	out := []Finding{}
	for _, r := range slices.Concat(Rules(), d.required()) {
		level := r.Level
		if l, ok := d.opts.Levels[r.Name]; ok {
			level = l
		}
		if level == Off {
			continue
		}
		for _, h := range r.check(d) {
			out = append(out, d.finding(r, level, h))
		}
	}
	slices.SortStableFunc(out, func(a, b Finding) int {
		return cmp.Or(-cmp.Compare(a.Field, b.Field), cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End), cmp.Compare(a.Rule, b.Rule))
	})
	return out
}

// Blocked reports whether a finding blocks.
func Blocked(findings []Finding) bool {
	return slices.ContainsFunc(findings, func(f Finding) bool { return f.Level == Block })
}

func (d *doc) finding(r Rule, level Level, h hit) Finding {
	t := d.field(h.field)
	from, to := t.source(h.span)
	return Finding{
		Rule: r.Name, Level: level, Field: h.field, Start: from, End: to,
		Excerpt: t.src[from:to], Why: r.Advice, Hint: r.Hint, Cites: slices.Clone(r.Cites),
	}
}

func (d *doc) field(f Field) *text {
	if f == FieldSubject {
		return d.subject
	}
	return d.body
}

// each runs a search over both fields, if the language is known.
func (d *doc) each(find func(*text) []span) []hit {
	if d.lex == nil {
		return nil
	}
	var out []hit
	for _, f := range []Field{FieldSubject, FieldBody} {
		for _, s := range find(d.field(f)) {
			out = append(out, hit{f, s})
		}
	}
	return out
}

// missing is the hit of something that is nowhere.
func missing(absent bool) []hit {
	if !absent {
		return nil
	}
	return []hit{{field: FieldBody}}
}
