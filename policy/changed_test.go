package policy_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/policy"
)

// A policy that was changed in Go after it was read is pinned as it is now, not
// as its file says: a restart must find the same rules.
func TestChangedPolicyIsPinnedAsItIs(t *testing.T) {
	t.Parallel()
	p, err := policy.Load("default.yaml", policy.DefaultSource())
	require.NoError(t, err)
	before, err := policy.Compile(p, nil)
	require.NoError(t, err)
	assert.Equal(t, string(policy.DefaultSource()), before.Pin().Source, "unchanged, its source is the file")

	p.Verdict.Reopen = 7
	after, err := policy.Compile(p, nil)
	require.NoError(t, err)
	assert.NotEqual(t, before.Pin().Hash, after.Pin().Hash)
	again, err := policy.FromPin(after.Pin())
	require.NoError(t, err)
	d := again.Decide(time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC), &policy.Facts{Incident: &incident.Incident{ID: "inc-1"}})
	assert.EqualValues(t, 7, d.ReopenThreshold)
}
