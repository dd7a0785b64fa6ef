package incident

import (
	"crypto/rand"
	"fmt"
	"strconv"
	"strings"
)

// NewID returns a random ID with a readable prefix, as in "inc_k3x…". It holds
// 128 bits, so that hosts need not coordinate.
func NewID(prefix string) string { return prefix + "_" + strings.ToLower(rand.Text()) }

// InnerID names what the event at a version of a record created.
func InnerID(record string, version uint64) string {
	return record + "." + strconv.FormatUint(version, 10)
}

// SplitInnerID takes an inner ID apart.
func SplitInnerID(id string) (record string, version uint64, err error) {
	i := strings.LastIndexByte(id, '.')
	if i <= 0 {
		return "", 0, fmt.Errorf("inner id %q: want <record>.<version>", id)
	}
	v, err := strconv.ParseUint(id[i+1:], 10, 64)
	if err != nil || v == 0 {
		return "", 0, fmt.Errorf("inner id %q: want <record>.<version>", id)
	}
	return id[:i], v, nil
}
