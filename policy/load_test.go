package policy_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
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
	for _, r := range c.Rules() {
		assert.NotEmpty(t, r.Because, r.ID)
		assert.NotEmpty(t, r.Cites, r.ID)
	}
}

func TestEveryMistakeAtOnce(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, src string
		want      []string
	}{
		{"nothing", "", []string{"p.yaml:1:1: the file is empty"}},
		{"no YAML", "name: [", []string{"p.yaml:1:1: this is no YAML"}},
		{"no mapping", "- a", []string{"p.yaml:1:1: want keys and values"}},
		{"two documents", "name: a\n---\nname: b\n", []string{"a second document begins here"}},
		{"unknown key", "name: a\ncomunication: []\n", []string{`p.yaml:2:1: key "comunication" is unknown (did you mean communication?)`}},
		{"repeated key", "name: a\nname: b\n", []string{`p.yaml:2:1: key "name" stands here a second time: the first is in line 1`}},
		{"alias", "name: &n a\nversion: *n\n", []string{"p.yaml:2:10: aliases are not read"}},
		{"merge", "name: a\nverdict: {<<: {reopen: 1}}\n", []string{"merge keys (<<) are not read"}},
		{"wrong kinds", "name: {a: b}\ncommunication: 3\n", []string{"p.yaml:1:7: want a single value here, got keys and values", "p.yaml:2:16: want keys and values here, got the single value 3"}},
		{"several at once", `name: a
communication:
  - id: x
    act: first_notise
    within: 10 parsecs
    to: [afected]
    chanels: {at_least: two}
`, []string{
			`p.yaml:4:10: "first_notise" is unknown`, `(did you mean first_notice?)`,
			`p.yaml:5:13: "10 parsecs" is no time`,
			`p.yaml:7:5: key "chanels" is unknown (did you mean channels?)`,
		}},
		{"rules that say too little", `name: a
communication:
  - {id: x, act: first_notice, to: public}
  - {id: y, act: update, to: public, within: 1h}
  - {id: x, act: resolution, within: 1h}
  - {act: resolution, within: 1h, to: public}
`, []string{
			"p.yaml:3:5: the rule has no deadline", "p.yaml:4:5: an update rule has a cadence",
			`rule "x" stands here a second time`, "the rule has no audience", "the rule has no id",
		}},
		{"scale never silences", `name: a
communication:
  - {id: x, act: first_notice, to: public, within: 1h, when: {affected: {at_most: 10}}}
  - {id: y, act: first_notice, to: public, within: 1h, when: {affected: {at_least: 0}}}
  - {id: z, act: first_notice, to: public, within: 1h, when: {reported: false}}
`, []string{"key \"at_most\" is not allowed: scale may add a notice and never silences one (R21, R36)", "at_least must be one or more", "a report would then remove a notice"}},
		{"words of the host", `name: a
facts: {personal_data: bool}
communication:
  - {id: x, act: first_notice, to: regulator, from: awar, within: 2 business days, when: {facts: {personal_dat: {is: true}}}}
  - {id: y, act: first_notice, to: public, from: [report, "status:resolvd", "rule:z"], within: 1h, when: {facts: {personal_data: {at_least: 1}}}}
`, []string{
			`audience "regulator" is unknown`, `clock "awar" is unknown`, "(did you mean aware?)", "goes by a calendar, and there are 0",
			"(did you mean personal_data?)", "does not go with act first_notice", "(did you mean resolved?)", `rule "z" does not stand above`, "want is: true or is: false",
		}},
		{"cadence", `name: a
communication:
  - {id: x, act: update, to: public, cadence: [{every: 1h}, {every: 2h, for: 3h}]}
`, []string{"every phase but the last has"}},
		{"texts and elements", `name: a
communication:
  - {id: x, act: first_notice, to: public, within: 1h, prepared: holdin, contains: [impakt]}
prepared: {holding: {en: {body: a}}, empty: {en: {}}}
`, []string{"(did you mean holding?)", "(did you mean impact?)", "the text has no body"}},
		{"compensation", `name: a
compensation:
  combine: sum
  schemes: {s: {name: s, lines: []}}
  default: t
  hours_lost: {per_hour: [1.00 EUR, 2.00 EUR, -1.00 USD]}
  at_least: {}
`, []string{`"sum" is unknown: want add, greatest or first`, `there is no scheme "t"`, "two amounts in EUR", "cannot be below zero", "how much?"}},
		{
			"calendars", "name: a\ncalendars: {c: {zone: Europe/Atlantis}, d: {zone: UTC, holidays: [tomorrow]}, e: {zone: UTC, opens: \"18:00\"}}\n",
			[]string{`zone "Europe/Atlantis" is unknown`, `holiday "tomorrow" is no date`, "opens at or after it closes"},
		},
		{"too large", strings.Repeat("#", policy.MaxSize+1), []string{"at most 1048576 are read"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := policy.Load("p.yaml", []byte(tt.src))
			require.Error(t, err)
			load, ok := errors.AsType[*policy.LoadError](err)
			require.True(t, ok)
			for _, p := range load.Problems {
				assert.Positive(t, p.Line)
				assert.Positive(t, p.Col)
			}
			for _, want := range tt.want {
				assert.Contains(t, err.Error(), want)
			}
		})
	}
}

func TestJSONIsAPolicyToo(t *testing.T) {
	t.Parallel()
	p, err := policy.Load("p.json", []byte(`{"name": "a", "communication": [{"id": "x", "act": "first_notice", "within": "10m", "to": ["public"]}]}`))
	require.NoError(t, err)
	require.Equal(t, "10m", p.Communication[0].Within.String())
}

func TestPolicyMadeInGo(t *testing.T) {
	t.Parallel()
	p := &policy.Policy{Name: "go", Communication: []policy.Rule{{ID: "x", Act: policy.ActFirstNotice, To: nil}}}
	_, err := policy.Compile(p, nil)
	require.ErrorContains(t, err, "communication[0]: the rule has no deadline")

	loaded, err := policy.Load("default.yaml", policy.DefaultSource())
	require.NoError(t, err)
	bare := &policy.Policy{
		Name: loaded.Name, Calendars: loaded.Calendars, Communication: loaded.Communication,
		Compensation: loaded.Compensation, Wording: loaded.Wording, Prepared: loaded.Prepared,
	}
	c, err := policy.Compile(bare, nil)
	require.NoError(t, err)
	again, err := policy.FromPin(c.Pin())
	require.NoError(t, err, "what Compile writes down for the record can be read again")
	require.Equal(t, c.Rules(), again.Rules())

	bare.Communication[0].To[0] = "changed"
	require.NotEqual(t, bare.Communication[0].To, c.Rules()[0].To, "a compiled policy shares nothing with its source")
}

func TestPinsAreProven(t *testing.T) {
	t.Parallel()
	c, err := policy.Default()
	require.NoError(t, err)
	pin := c.Pin()
	pin.Source += "\n"
	_, err = policy.FromPin(pin)
	require.ErrorContains(t, err, "one of them was changed")
	pin.Source = ""
	_, err = policy.FromPin(pin)
	require.ErrorContains(t, err, "has no source")
}

func TestHostMustSupplyFacts(t *testing.T) {
	t.Parallel()
	p, err := policy.Load("p.yaml", []byte(`{name: a, facts: {personal_data: bool}, communication: [{id: x, act: first_notice, to: public, within: 1h, when: {facts: {personal_data: {is: true}}}}]}`))
	require.NoError(t, err)
	_, err = policy.Compile(p, &policy.Options{Facts: map[string]policy.FactType{"personal_data": policy.FactBool}})
	require.NoError(t, err)
	_, err = policy.Compile(p, &policy.Options{Facts: map[string]policy.FactType{"personal_data": policy.FactText}})
	require.ErrorContains(t, err, "the host does not supply fact")
}

func TestPreparedTextsFallBack(t *testing.T) {
	t.Parallel()
	c, err := policy.Default()
	require.NoError(t, err)
	for locale, want := range map[string]string{"de-AT": "Etwas", "de": "Etwas", "fr": "Something", "": "Something"} {
		text, ok := c.Prepared("holding", locale)
		require.True(t, ok, locale)
		require.Contains(t, text.Body, want, locale)
	}
	_, ok := c.Prepared("nonesuch", "en")
	require.False(t, ok)
	require.Equal(t, []string{"de", "en"}, c.Locales("holding"))
	require.Equal(t, policy.LevelBlock, c.Wording()["minimising"])
	require.Equal(t, map[string]policy.Level{"cause": policy.LevelBlock}, c.Elements("explanation", "public"))
	require.Empty(t, c.Elements("update", "public"))
}

func FuzzLoadNeverPanicsAndKnowsThePlace(f *testing.F) {
	f.Add(policy.DefaultSource())
	f.Add([]byte("name: a\ncommunication:\n  - {id: x, act: update, cadence: 30m, to: public}\n"))
	f.Add([]byte("name: &a [*a]"))
	f.Add([]byte("{name: a, <<: {b: c}}"))
	f.Add([]byte("compensation: {schemes: {s: {lines: [{tiers: [{from: 1}]}]}}}"))
	f.Add([]byte("\x00\xff: ["))
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		p, err := policy.Load("p.yaml", src)
		if err == nil {
			c, err := policy.Compile(p, nil)
			require.NoError(t, err)
			_, err = policy.FromPin(c.Pin())
			require.NoError(t, err)
			return
		}
		load, ok := errors.AsType[*policy.LoadError](err)
		require.True(t, ok)
		require.NotEmpty(t, load.Problems)
		for _, p := range load.Problems {
			require.Positive(t, p.Line, p.Text)
			require.Positive(t, p.Col, p.Text)
			require.NotEmpty(t, p.Text)
		}
	})
}

func FuzzSpanTextIsReadBack(f *testing.F) {
	for _, s := range []string{"10m", "1d12h", "2 business days in berlin", "1 month", "0", "2w", "90s"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := policy.ParseSpan(text)
		if err != nil {
			return
		}
		again, err := policy.ParseSpan(s.String())
		require.NoError(t, err, s.String())
		require.Equal(t, s, again)
	})
}
