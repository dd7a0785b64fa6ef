package candor

import "slices"

// MaxLength is how long a subject or a body may be, in bytes, to be reviewed.
const MaxLength = 64 << 10

func tooLong() Rule {
	return Rule{
		Name:   "too_long",
		Level:  Block,
		Advice: "nobody reads that much in the middle of a failure, and the words were not reviewed",
		Hint:   "say in a few sentences what customers must know, and link to the rest",
		Cites:  []string{"R1", "R7"},
		check:  func(*doc) []hit { return nil }, // it is asked before anything is read
	}
}

// notSearched returns the one finding of a message that is too long to be searched.
func notSearched(m *Message, opts *Options) (Finding, bool) {
	if len(m.Subject) <= MaxLength && len(m.Body) <= MaxLength {
		return Finding{}, false
	}
	r := tooLong()
	f := Finding{Rule: r.Name, Level: r.Level, Field: FieldBody, Why: r.Advice, Hint: r.Hint, Cites: slices.Clone(r.Cites)}
	if len(m.Body) <= MaxLength {
		f.Field = FieldSubject
	}
	if opts != nil {
		if l, ok := opts.Levels[r.Name]; ok {
			f.Level = l
		}
	}
	return f, f.Level != Off
}
