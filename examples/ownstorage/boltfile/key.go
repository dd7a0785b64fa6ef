package boltfile

import (
	"encoding/binary"
	"math"
	"strings"
	"time"
)

// Keys are made of parts, so that what belongs together lies together and in
// order. All parts but the last have an end that shows, or one length: then no
// two keys are the same by chance, and a range of keys is a prefix.

// text is one or more texts as parts of a key, each with its end.
func text(parts ...string) string {
	var b strings.Builder
	for _, p := range parts {
		b.WriteString(strings.ReplaceAll(p, "\x00", "\x00\xff"))
		b.WriteString("\x00\x01")
	}
	return b.String()
}

// numberSize is how long numbers and times are in a key.
const numberSize = 8

// number is a number as a part of a key, in order.
func number(n uint64) string {
	return string(binary.BigEndian.AppendUint64(nil, n))
}

// moment is a time as a part of a key, in order, by the microsecond.
func moment(t time.Time) string { return number(uint64(t.UnixMicro()) ^ 1<<63) } // the sign turned round: negative ones come first

// endless is after every moment.
func endless() string { return number(math.MaxUint64) }

// highest is a number as a part of a key, the highest first.
func highest(n int) string { return number(^(uint64(n) ^ 1<<63)) }

// instant is a time as it is kept.
func instant(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }
