package policy_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/policy"
)

func TestDefaultPolicyCompiles(t *testing.T) {
	t.Parallel()
	c, err := policy.Default()
	require.NoError(t, err)
	again, err := policy.FromPin(c.Pin())
	require.NoError(t, err)
	require.Equal(t, c.Pin(), again.Pin())
}
