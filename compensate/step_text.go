package compensate

type stepKind uint8

const (
	stepNote stepKind = iota
)

// Text is the step as a sentence, fit for the customer.
func (s Step) Text() string {
	return s.detail
}
