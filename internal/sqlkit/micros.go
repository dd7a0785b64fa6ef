package sqlkit

import "time"

// Micros is a time as tables keep it, in columns of type bigint: microseconds
// since 1970, in UTC. What is finer is cut off. The zero time has a number too,
// which comes before all others, so that such columns need no null and sort.
func Micros(t time.Time) int64 { return t.UnixMicro() }

// Time is the reverse of [Micros].
func Time(micros int64) time.Time { return time.UnixMicro(micros).UTC() }

// MicrosOrNull is for columns in which null means never: it returns nil for the zero time.
func MicrosOrNull(t time.Time) *int64 {
	if t.IsZero() {
		return nil
	}
	return new(t.UnixMicro())
}

// TimeOrZero is the reverse of [MicrosOrNull].
func TimeOrZero(micros *int64) time.Time {
	if micros == nil {
		return time.Time{}
	}
	return Time(*micros)
}
