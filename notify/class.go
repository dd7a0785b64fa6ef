package notify

import "fmt"

// Class says what a failed attempt means for the next one.
type Class uint8

// Classes of failure. An error that says nothing is temporary.
const (
	Temporary   Class = iota // try again on the schedule
	Throttled                // try again, not before a time
	Uncertain                // it may have been delivered: the host's policy decides whether to repeat
	Lasting                  // this message to this recipient will never be accepted
	AddressGone              // the address is dead: use another
	Unusable                 // the channel itself is misconfigured: stop using it until somebody mended it
)

// String returns the class in words: "temporary", "throttled", "uncertain",
// "lasting", "address_gone" or "unusable".
func (c Class) String() string {
	switch c {
	case Temporary:
		return "temporary"
	case Throttled:
		return "throttled"
	case Uncertain:
		return "uncertain"
	case Lasting:
		return "lasting"
	case AddressGone:
		return "address_gone"
	case Unusable:
		return "unusable"
	}
	return fmt.Sprintf("class(%d)", uint8(c))
}

// MarshalText writes the class as [Class.String] does. An unknown class is an error.
func (c Class) MarshalText() ([]byte, error) {
	if c > Unusable {
		return nil, fmt.Errorf("notify: writing a class: %d is none", uint8(c))
	}
	return []byte(c.String()), nil
}

// UnmarshalText reads what MarshalText wrote.
func (c *Class) UnmarshalText(text []byte) error {
	for k := Temporary; k <= Unusable; k++ {
		if k.String() == string(text) {
			*c = k
			return nil
		}
	}
	return fmt.Errorf("notify: reading a class: %q is none", text)
}

// Repeatable reports whether another attempt of the same delivery makes sense
// without anybody deciding so: it does for temporary and throttled ones.
func (c Class) Repeatable() bool { return c == Temporary || c == Throttled }
