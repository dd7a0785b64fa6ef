package amends_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends"
	"github.com/amends-dev/amends/incident"
)

// A correction in one go replaces the words for everyone who got them (R1, R32);
// words that the review blocks are not said, and nothing is written.
func TestCorrectInOneGo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	id := w.declare("inc-1", "c0", "c1")
	wrong := w.say(id, incident.PurposeUpdate, "Restores of archives hang. We stopped the scheduler and look for the cause.", w.clock().Add(time.Hour))

	before, err := w.desk.Incident(t.Context(), id)
	require.NoError(t, err)
	_, err = w.desk.Correct(t.Context(), amends.Correct{
		Command: key(""), Record: id, Statement: wrong,
		Texts: words("Correction", "Only a small number of customers is affected."),
	})
	require.ErrorIs(t, err, amends.ErrBlocked)
	after, err := w.desk.Incident(t.Context(), id)
	require.NoError(t, err)
	assert.Equal(t, before.Version, after.Version, "nothing is written")

	r, err := w.desk.Correct(t.Context(), amends.Correct{
		Command: key("correct"), Record: id, Statement: wrong,
		Texts:      words("Correction", "It is not only archives: all restores hang. We said it wrongly an hour ago."),
		NextUpdate: &incident.Moment{At: w.clock().Add(time.Hour)},
	})
	require.NoError(t, err)
	w.settle()
	v, err := w.desk.Incident(t.Context(), id)
	require.NoError(t, err)
	assert.Equal(t, r.ID, v.Statement(wrong).CorrectedBy)
	for _, c := range []string{"c0-tech", "c1-tech"} {
		got := w.mail.To(c)
		require.Len(t, got, 2)
		assert.Equal(t, "correction", got[1].Message.Kind)
		assert.Contains(t, got[1].Message.Text, "all restores hang")
	}
}
