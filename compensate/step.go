package compensate

import (
	"encoding/json"
	"strings"
)

// Step is one step of a sum. It keeps numbers and turns them into words only
// when asked, so that assessing a million customers writes no text.
type Step struct { //nolint:recvcheck // values write themselves, pointers read
	// Rule says, for staff, which rule of the scheme or policy it was.
	Rule string
	// Value is the number that the step is about, where there is one.
	Value Ratio
	// Result is the amount after the step, exact, in minor units; the rounded one is the award's.
	Result Ratio
	// Currency of Result, "" before there is money.
	Currency string

	kind   stepKind
	a, b   Ratio
	detail string
}

// NoteStep is a step in the host's or the policy's own words.
func NoteStep(rule, text string, result Money) Step {
	return Step{Rule: rule, Result: Whole(result.minor), Currency: result.currency, kind: stepNote, detail: text}
}

func sentences(steps []Step) []string {
	out := make([]string, len(steps))
	for i := range steps {
		out[i] = steps[i].Text()
	}
	return out
}

type stepJSON struct {
	Rule     string `json:"rule"`
	Text     string `json:"text"`
	Value    Ratio  `json:"value,omitzero"`
	Result   Ratio  `json:"result,omitzero"` // minor units
	Currency string `json:"currency,omitempty"`
}

// MarshalJSON writes the step with its sentence.
func (s Step) MarshalJSON() ([]byte, error) {
	return json.Marshal(stepJSON{s.Rule, s.Text(), s.Value, s.Result, s.Currency})
}

// UnmarshalJSON reads what MarshalJSON writes; the sentence stays as it was written.
func (s *Step) UnmarshalJSON(b []byte) error {
	var j stepJSON
	if err := json.Unmarshal(b, &j); err != nil {
		return err
	}
	*s = Step{
		Rule: j.Rule, Value: j.Value, Result: j.Result, Currency: j.Currency,
		kind: stepNote, detail: strings.Clone(j.Text),
	}
	return nil
}
