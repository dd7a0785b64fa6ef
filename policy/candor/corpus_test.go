package candor_test

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/policy/candor"
)

// corpus finds the directory with labelled messages beside the repository, if this machine has one.
func corpus(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	require.NoError(t, err)
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			c := filepath.Join(dir, "..", "shared", "corpus")
			if _, err := os.Stat(filepath.Join(c, "labels.json")); err == nil {
				return c
			}
		}
		if filepath.Dir(dir) == dir {
			t.Skip("no labelled messages (../shared/corpus/labels.json) beside the repository: nothing to measure")
		}
		dir = filepath.Dir(dir)
	}
}

type row struct {
	ID, State, Message, At string
	Incident               string `json:"incident_id"`
}

func rows(t *testing.T, dir string) map[string]row {
	t.Helper()
	out := map[string]row{}
	files, err := filepath.Glob(filepath.Join(dir, "*.jsonl"))
	require.NoError(t, err)
	for _, name := range files {
		f, err := os.Open(name)
		require.NoError(t, err)
		s := bufio.NewScanner(f)
		s.Buffer(nil, 1<<22)
		for s.Scan() {
			var r row
			require.NoError(t, json.Unmarshal(s.Bytes(), &r))
			out[r.ID] = r
		}
		require.NoError(t, s.Err())
		require.NoError(t, f.Close())
	}
	return out
}

// TestMeasure measures precision and recall against labelled messages. The
// labels hold no message that blames others, so there only false alarms can be measured.
func TestMeasure(t *testing.T) {
	dir := corpus(t)
	all := rows(t, dir)
	raw, err := os.ReadFile(filepath.Join(dir, "labels.json"))
	require.NoError(t, err)
	var labels struct {
		Messages []struct {
			ID     string
			Labels map[string]bool
		}
	}
	require.NoError(t, json.Unmarshal(raw, &labels))
	type found struct {
		rules    []string
		elements []candor.Element
	}
	seen := make(map[string]found, len(labels.Messages)) // by message: each is read once for all labels
	for _, l := range labels.Messages {
		m := &candor.Message{Body: all[l.ID].Message}
		seen[l.ID] = found{ruleNames(candor.Review(m, nil)), candor.Elements(m)}
	}
	has := func(e candor.Element) func(found) bool {
		return func(f found) bool { return slices.Contains(f.elements, e) }
	}
	finds := func(names ...string) func(found) bool {
		return func(f found) bool {
			return slices.ContainsFunc(f.rules, func(rule string) bool { return slices.Contains(names, rule) })
		}
	}
	for _, c := range []struct {
		label             string
		find              func(found) bool
		precision, recall float64
	}{
		{"minimises_scale", finds("minimising"), .85, .9},
		{"deflects_blame", finds("blaming_others", "record_excuse", "business_excuse"), .85, .9},
		{"apologises", has(candor.ElementApology), 0, 0},
		{"takes_responsibility", has(candor.ElementResponsibility), 0, 0},
		{"explains_cause", has(candor.ElementCause), 0, 0},
		{"says_what_is_done", has(candor.ElementDone), 0, 0},
		{"gives_next_update_time", has(candor.ElementNextUpdate), 0, 0},
		{"tells_customer_action", has(candor.ElementCustomerAction), 0, 0},
		{"gives_contact", has(candor.ElementContact), 0, 0},
	} {
		t.Run(c.label, func(t *testing.T) {
			var tp, fp, fn int
			var wrong []string
			for _, l := range labels.Messages {
				got, want := c.find(seen[l.ID]), l.Labels[c.label]
				switch {
				case got && want:
					tp++
				case got:
					fp++
					wrong = append(wrong, "+"+l.ID)
				case want:
					fn++
					wrong = append(wrong, "-"+l.ID)
				}
			}
			p, r := ratio(tp, tp+fp), ratio(tp, tp+fn)
			t.Logf("%d messages: precision %.2f, recall %.2f (%d right, %d false, %d missed) %s", len(labels.Messages), p, r, tp, fp, fn, strings.Join(wrong, " "))
			require.GreaterOrEqual(t, p, c.precision, "precision")
			require.GreaterOrEqual(t, r, c.recall, "recall")
		})
	}
}

func ratio(n, of int) float64 {
	if of == 0 {
		return 1
	}
	return float64(n) / float64(of)
}
