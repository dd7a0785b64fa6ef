package amends_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends"
	"github.com/amends-dev/amends/policy"
)

// An acknowledgement says by when the answer comes (R56): a policy that gives no
// time is refused when the desk is made, not when a customer writes.
func TestPolicyWithoutTimesForAnswersIsRefused(t *testing.T) {
	t.Parallel()
	p, err := policy.Load("quick.yaml", []byte(`
name: quick
communication:
  - {id: failures, act: answer, when: {report: failure}, within: 4h}
`))
	require.NoError(t, err)
	c, err := policy.Compile(p, nil)
	require.NoError(t, err)
	w := newWorld(t, 0)
	_, err = amends.New(amends.Options{
		Stores: w.stores, Directory: w.dir, Issuer: w.billing, Policy: c, Links: link,
		Channels: nil, Sender: amends.Sender{Contact: "reply"},
	})
	require.Error(t, err)
	assert.Contains(t, err.Error(), "Channels", "what is missing is said in order")
	_, err = amends.New(w.options(func(o *amends.Options) { o.Policy = c }))
	require.Error(t, err)
	assert.Contains(t, err.Error(), "question", "the kind without a time is named")
}
