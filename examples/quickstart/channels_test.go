package main

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/notify"
)

func aDelivery(id string) *notify.Delivery {
	return &notify.Delivery{
		ID: id, To: notify.Recipient{ID: "kestrel-it", Address: "it@kestrel.example"},
		Message: &notify.Message{Kind: "update", Subject: "Restores hang", Text: "They do."},
	}
}

// The report says that there were no duplicates; it could not if the channel did not see them.
func TestFilesCountDuplicates(t *testing.T) {
	t.Parallel()
	clk := &clock{at: start}
	dir := t.TempDir()
	f, err := newFiles(dir, "mail", clk.now)
	require.NoError(t, err)
	names := map[string]bool{}
	for _, id := range []string{"a", "b", "b"} {
		r, err := f.Notify(t.Context(), aDelivery(id))
		require.NoError(t, err)
		names[r.ProviderID] = true
	}
	assert.Len(t, names, 3, "each has a file of its own")
	again, err := newFiles(dir, "mail", clk.now) // another run of the program
	require.NoError(t, err)
	for _, box := range []*files{f, again} {
		assert.Zero(t, box.extra(notify.Stored{Item: notify.Item{Key: "a"}}))
		assert.Equal(t, 1, box.extra(notify.Stored{Item: notify.Item{Key: "b"}}))
	}
	written, err := os.ReadDir(f.dir)
	require.NoError(t, err)
	assert.Len(t, written, 3)
}

func TestMailFailsForAWhile(t *testing.T) {
	t.Parallel()
	clk := &clock{at: start}
	mail, err := newPost(t.Context(), t.TempDir(), clk.now)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, mail.close()) })
	mail.from, mail.to = start.Add(time.Minute), start.Add(3*time.Minute)
	var failed []bool
	var receipt notify.Receipt
	for range 5 {
		r, err := mail.Notify(t.Context(), aDelivery("a"))
		failed = append(failed, err != nil)
		if err == nil {
			receipt = r
		} else {
			class, _ := notify.Classify(err)
			assert.Equal(t, notify.Temporary, class)
		}
		clk.reach(clk.now().Add(time.Minute))
	}
	assert.Equal(t, []bool{false, true, true, false, false}, failed)
	assert.Equal(t, 2, mail.extra(notify.Stored{Receipt: &receipt}), "it was taken three times")
}
