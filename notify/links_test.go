package notify_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/notify"
)

func TestMessageLinks(t *testing.T) {
	t.Parallel()
	const one, two, three = "https://status.example.com/i/1", "https://status.example.com/r/1", "https://status.example.com/u/1"
	for _, c := range []struct {
		name string
		data notify.Data
		want []string
	}{
		{"all", notify.Data{Link: one, CorrectLink: two, Unsubscribe: three}, []string{one, two, three}},
		{"none", notify.Data{}, nil},
		{"without https they are text", notify.Data{Link: "http://status.example.com/i/1", Unsubscribe: "javascript:alert(1)"}, nil},
		{"an address in the words is text", notify.Data{Report: "see https://evil.example/", CorrectLink: two}, []string{two}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := c.data
			d.Title, d.Body = "Restores fail", "We are on it."
			m, err := newTemplates(t, nil, nil).Render(notify.KindUpdate, "chat", "en", &d)
			require.NoError(t, err)
			assert.Equal(t, c.want, m.Links())
		})
	}
}
