package compensate

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Duration is a length of time that reads and writes as text in files: "30m",
// "1h30m", and, for days of 24 hours, "2d". Civil days are another matter: see [Period].
type Duration time.Duration

// MarshalText writes "1h30m0s" as [time.Duration] does.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText reads "30m", "1h30m" or "2d".
func (d *Duration) UnmarshalText(b []byte) error {
	s := string(b)
	if days, ok := strings.CutSuffix(s, "d"); ok {
		r, err := ParseRatio(days)
		n, fits := r.Mul(Whole(int64(24 * time.Hour))).whole(Down)
		if err != nil || !fits {
			return fmt.Errorf("compensate: reading duration %q: want one like 30m, 1h30m or 2d", clip(s))
		}
		*d = Duration(n)
		return nil
	}
	v, err := time.ParseDuration(s)
	if err != nil {
		return fmt.Errorf("compensate: reading duration %q: want one like 30m, 1h30m or 2d", clip(s))
	}
	*d = Duration(v)
	return nil
}

// UnmarshalJSON reads the text form; numbers are refused, because their unit is anyone's guess.
func (d *Duration) UnmarshalJSON(b []byte) error {
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return fmt.Errorf("compensate: reading duration: want text like \"30m\": %w", err)
	}
	return d.UnmarshalText([]byte(s))
}
