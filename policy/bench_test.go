package policy_test

import (
	"fmt"
	"math/bits"
	"strings"
	"testing"
	"time"

	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/policy"
)

// manyRules writes rules as companies have them: few values, many combinations.
func manyRules(n int) string {
	var b strings.Builder
	b.WriteString("communication:\n")
	for i := range n {
		fmt.Fprintf(&b, "  - {id: r%d, cites: [R33], because: it is owed, act: first_notice, within: %dm, to: [affected, public], channels: {at_least: 2}, when: {severity: [%s], components: [c%d], %s}}\n",
			i, 10+i%50, []string{"critical", "major, critical", "minor"}[i%3], i%40, []string{"core_function: true", "data_loss: false", "lasts: 2h", "repeats: {within: 7d}"}[i%4])
	}
	return b.String()
}

func busy() *policy.Facts {
	f := outage(both(2, incident.PurposeUpdate, 5*minutes))
	f.Incident.Components = []incident.Component{{ID: "c3", Core: true}, {ID: "c7"}}
	f.Repeats = []time.Duration{72 * time.Hour, 900 * time.Hour}
	return f
}

func BenchmarkMatch(b *testing.B) {
	for _, n := range []int{100, 1000} {
		b.Run(fmt.Sprintf("rules=%d", n), func(b *testing.B) {
			c, f, at := compile(b, manyRules(n)), busy(), in(time.Hour)
			out := c.Match(at, f, nil)
			b.ReportAllocs()
			for b.Loop() {
				out = c.Match(at, f, out[:0])
			}
		})
	}
}

// BenchmarkMatchReference is what BenchmarkMatch is measured against: the same
// number of rules as plain masks of one word, and the same answers written.
func BenchmarkMatchReference(b *testing.B) {
	need, out := make([]uint64, 100), make([]policy.RuleOutcome, 100)
	for i := range need {
		need[i] = 1<<(i%64) | 1<<(i*7%64) | 1<<(i*13%64)
	}
	have := uint64(0x5555aaaa5555aaaa)
	b.ReportAllocs()
	for b.Loop() {
		for i, n := range need {
			missing := n &^ have
			out[i] = policy.RuleOutcome{Rule: "r", Matched: missing == 0, Unmet: bits.TrailingZeros64(missing)}
		}
	}
}

func BenchmarkDecideDefault(b *testing.B) {
	c, err := policy.Default()
	if err != nil {
		b.Fatal(err)
	}
	f, at := busy(), in(time.Hour)
	var d policy.Decision
	b.ReportAllocs()
	for b.Loop() {
		c.DecideInto(&d, at, f)
	}
}

func BenchmarkLoad(b *testing.B) {
	src := []byte("name: test\n" + manyRules(100))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := policy.Load("test.yaml", src); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFor(b *testing.B) {
	c, err := policy.Default()
	if err != nil {
		b.Fatal(err)
	}
	d, f := c.Decide(in(time.Hour), busy()), eur(100)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := d.For(f); err != nil {
			b.Fatal(err)
		}
	}
}
