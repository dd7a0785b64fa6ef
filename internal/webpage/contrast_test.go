package webpage_test

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/internal/webpage"
)

// Text must be readable on every ground that it stands on, in both schemes:
// WCAG 2.2, 1.4.3 (AA) asks for 4.5 to 1.
func TestContrast(t *testing.T) {
	t.Parallel()
	schemes := regexp.MustCompile(`:root\{([^}]*)\}`).FindAllStringSubmatch(string(webpage.Style()), -1)
	require.Len(t, schemes, 2, "a light scheme and a dark one")
	for n, scheme := range schemes {
		colours := map[string]string{}
		for decl := range strings.SplitSeq(scheme[1], ";") {
			if name, value, ok := strings.Cut(decl, ":"); ok {
				colours[name] = value
			}
		}
		check := func(text, ground string) {
			require.Contains(t, colours, text)
			require.Contains(t, colours, ground)
			assert.GreaterOrEqual(t, ratio(t, colours[text], colours[ground]), 4.5, "scheme %d: %s on %s", n, text, ground)
		}
		for _, text := range []string{"--fg", "--soft", "--link", "--ok", "--warn", "--bad", "--plan"} {
			check(text, "--bg")
			check(text, "--card")
		}
		check("--on-button", "--button")
	}
	assert.Less(t, ratio(t, "#777", "#888"), 4.5, "the test can fail")
	assert.InDelta(t, 21, ratio(t, "#000", "#fff"), 0.01)
}

// ratio is the contrast of two colours by WCAG 2.2.
func ratio(t *testing.T, a, b string) float64 {
	la, lb := luminance(t, a), luminance(t, b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

func luminance(t *testing.T, colour string) float64 {
	t.Helper()
	hex := strings.TrimPrefix(colour, "#")
	if len(hex) == 3 {
		hex = string([]byte{hex[0], hex[0], hex[1], hex[1], hex[2], hex[2]})
	}
	require.Len(t, hex, 6, colour)
	var sum float64
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		v, err := strconv.ParseUint(hex[2*i:2*i+2], 16, 8)
		require.NoError(t, err)
		c := float64(v) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}
