package customerpage_test

import (
	"fmt"
	"maps"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/incident/customerpage"
)

// sentences walks a table of words and returns each by its path.
func sentences(t *testing.T, path string, v reflect.Value) map[string]string {
	t.Helper()
	out := map[string]string{}
	add := func(path string, v reflect.Value) { maps.Copy(out, sentences(t, path, v)) }
	switch v.Kind() {
	case reflect.String:
		out[path] = v.String()
	case reflect.Struct:
		for f, v := range v.Fields() {
			add(path+"."+f.Name, v)
		}
	case reflect.Map:
		for _, k := range v.MapKeys() {
			add(path+"."+k.String(), v.MapIndex(k))
		}
	case reflect.Array:
		for i := range v.Len() {
			add(fmt.Sprint(path, i), v.Index(i))
		}
	default:
		t.Fatalf("a table of words holds %s", v.Kind())
	}
	return out
}

func TestLanguagesAreComplete(t *testing.T) {
	t.Parallel()
	en := sentences(t, "", reflect.ValueOf(customerpage.Words()["en"]))
	de := sentences(t, "", reflect.ValueOf(customerpage.Words()["de"]))
	verbs := regexp.MustCompile(`%[sd]`)
	for path, s := range en {
		assert.NotEmpty(t, strings.TrimSpace(s), "English %s", path)
		assert.NotEmpty(t, strings.TrimSpace(de[path]), "German %s", path)
		assert.Equal(t, verbs.FindAllString(s, -1), verbs.FindAllString(de[path], -1), path)
	}
	assert.Len(t, de, len(en))
	assert.Greater(t, len(en), 150)
}

// TestWordsOfTheRecordHaveSentences: what a view can hold is said in words, not in codes.
func TestWordsOfTheRecordHaveSentences(t *testing.T) {
	t.Parallel()
	en := sentences(t, "", reflect.ValueOf(customerpage.Words()["en"]))
	for _, path := range []string{
		".Statuses." + string(incident.StatusFailed), ".Statuses." + string(incident.StatusMerged), ".Statuses." + string(incident.StatusOpen),
		".Degrees." + string(incident.DegreeExposed), ".Purposes." + string(incident.PurposeAnnouncement), ".ReportKinds." + string(incident.ReportComplaint),
		".Opinions." + string(incident.OpinionPartly), ".PromiseKinds." + string(incident.PromisePrevention), ".Urgencies." + string(incident.UrgencyMayday),
		".Heard." + string(incident.SayDone),
	} {
		assert.NotEmpty(t, en[path], path)
	}
	count := 0
	for path := range en {
		if strings.HasPrefix(path, ".Statuses.") {
			count++
		}
	}
	assert.Equal(t, 17, count, "every status of incidents, maintenance and cases")
}

// TestNoWordIsIdle: what no page says should not be translated either.
func TestNoWordIsIdle(t *testing.T) {
	t.Parallel()
	var source strings.Builder
	entries, err := os.ReadDir(".")
	require.NoError(t, err)
	for _, e := range entries {
		if name := e.Name(); !strings.HasPrefix(name, "words") && !strings.HasSuffix(name, "_test.go") && !e.IsDir() {
			b, err := os.ReadFile(name)
			require.NoError(t, err)
			source.Write(b)
		}
	}
	table := reflect.TypeOf(customerpage.Words()["en"])
	for f := range table.Fields() {
		name := f.Name
		used := regexp.MustCompile(`\b(W|w|english|words\(\)|h\.words\[tag\])\.` + name + `\b`)
		assert.True(t, used.MatchString(source.String()), "no page says %s", name)
	}
}
