package policytest_test

import (
	"embed"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/policy"
	"github.com/amends-dev/amends/policy/policytest"
)

//go:embed testdata
var files embed.FS

func TestDefaultPolicy(t *testing.T) {
	t.Parallel()
	c, err := policy.Default()
	require.NoError(t, err)
	policytest.Run(t, c, files, "testdata/*.yaml")
}

func TestWhatIsNotAsWantedIsSaid(t *testing.T) {
	t.Parallel()
	c, err := policy.Default()
	require.NoError(t, err)
	tests := []struct{ name, want, src string }{
		{"status", "first-word is open, want met", "want: [{id: first-word, status: met}]"},
		{"lateness", "late is false, want true", "want: [{id: first-word, late: true}]"},
		{"due", "first-word is due 2026-03-02T10:30:00Z, want 2026-03-02T10:31:00Z", "want: [{id: first-word, due: 31m}]"},
		{"rule that does not apply", "does not apply: it wants that data is or may be lost, but no data loss was recorded", "want: [{id: first-word-data-loss}]"},
		{"requirement", `there is no requirement "nonesuch"`, "want: [{id: nonesuch}]"},
		{"absence", `rule "first-word" should not apply`, "absent: [first-word]"},
		{"absence of what is not there", `there is no rule "nonesuch"`, "absent: [nonesuch]"},
		{"award", "customer a gets 15.00 EUR, want 1.00 EUR", "awards: [{customer: a, fee: 100.00 EUR, down: 1h, total: 1.00 EUR}]"},
		{"award decided", "undecided is false", "awards: [{customer: a, fee: 100.00 EUR, down: 1h, undecided: true}]"},
		{"award without a wish", "cannot fail", "awards: [{customer: a, fee: 100.00 EUR, down: 1h}]"},
		{"nothing", "cannot fail", "reports: 1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f, err := policytest.Load("t.yaml", []byte("cases: [{name: x, incident: {severity: major}, at: 5m, "+tt.src+"}]"))
			require.NoError(t, err)
			got, err := policytest.RunFile(c, f)
			require.NoError(t, err)
			require.Len(t, got, 1)
			require.Contains(t, got[0].Text, tt.want)
		})
	}
}

func TestMistakesInTestFiles(t *testing.T) {
	t.Parallel()
	_, err := policytest.Load("t.yaml", []byte("cases: [{nam: x, at: 5 minutes}]"))
	require.ErrorContains(t, err, `t.yaml:1:10: key "nam" is unknown (did you mean name?)`)
	require.ErrorContains(t, err, "t.yaml:1:22")
	_, err = policytest.Load("t.yaml", []byte("cases: []"))
	require.ErrorContains(t, err, "there are no cases")
	f, err := policytest.Load("t.yaml", []byte("opened: noon\ncases: [{name: x}]"))
	require.NoError(t, err)
	c, err := policy.Default()
	require.NoError(t, err)
	_, err = policytest.RunFile(c, f)
	require.ErrorContains(t, err, "is no time")
}
