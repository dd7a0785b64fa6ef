package notify_test

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"
	"unicode"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/notify"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func newTemplates(t testing.TB, files map[string]string, opts *notify.TemplatesOptions) *notify.Templates {
	t.Helper()
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	ts, err := notify.NewTemplates(fsys, opts)
	require.NoError(t, err)
	return ts
}

// TestDefaultTemplates compares every kind in both languages with its golden
// file: people read these words when things are bad, so every change is looked at.
func TestDefaultTemplates(t *testing.T) {
	t.Parallel()
	ts := newTemplates(t, nil, nil)
	require.NoError(t, ts.Check(notify.Sample()))
	assert.Len(t, ts.Kinds(), 13)
	for _, kind := range ts.Kinds() {
		for _, locale := range []string{"en", "de"} {
			t.Run(kind+"."+locale, func(t *testing.T) {
				t.Parallel()
				m, err := ts.Render(kind, "email", locale, notify.Sample()[kind])
				require.NoError(t, err)
				assert.Equal(t, locale, m.Locale)
				assert.Equal(t, kind, m.Kind)
				golden := filepath.Join("testdata", "render", kind+"."+locale+".golden")
				got := "Subject: " + m.Subject + "\n\n" + m.Text + "\n"
				if *update {
					require.NoError(t, os.MkdirAll(filepath.Dir(golden), 0o755))
					require.NoError(t, os.WriteFile(golden, []byte(got), 0o600))
				}
				want, err := os.ReadFile(golden)
				require.NoError(t, err)
				assert.Equal(t, string(want), got)
			})
		}
	}
}

// TestWordsKeepTheRules checks what the essays ask of single kinds.
func TestWordsKeepTheRules(t *testing.T) {
	t.Parallel()
	ts := newTemplates(t, nil, nil)
	const zone = "(Europe/Berlin, UTC+01:00)"
	for _, c := range []struct {
		rule, kind, locale string
		want               []string
	}{
		{"R55 repeats what was reported, and says how to correct it", notify.KindAcknowledgement, "en", []string{"> My restore sits at 0 %.\n> The blog is down.", "correct it here: https://status.example.com/r/1"}},
		{"R56 is no answer, and says by when that comes", notify.KindAcknowledgement, "en", []string{"This is not the answer yet", "by Monday 2 March 2026, 18:30 " + zone}},
		{"R65 names a person and how to reach them", notify.KindAcknowledgement, "en", []string{"Sam Sample", "sam@example.com"}},
		{"R57 replies are acknowledged too", notify.KindReplyAcknowledgement, "de", []string{"> My restore sits at 0 %.", "Montag, 2. März 2026, 18:30 Uhr " + zone}},
		{"R73 the customer decides", notify.KindAskVerdict, "en", []string{"You decide whether it is", "https://status.example.com/i/1"}},
		{"R73 the customer decides", notify.KindAskVerdict, "de", []string{"Sie entscheiden"}},
		{"R73 resolved is our word, not theirs", notify.KindResolution, "en", []string{"Whether it is fixed is your decision"}},
		{"R77, R80 each sum and why, with nothing to claim", notify.KindAward, "en", []string{"€12.50 credit, because:\n- 25 % of your monthly fee", "one free month, because:\n- it hit you twice", "You do not need to claim it"}},
		{"R45 when the next thing comes", notify.KindHolding, "en", []string{"again by Monday 2 March 2026, 15:30 " + zone}},
		{"R13, R14 what concerns this customer alone", notify.KindUpdate, "en", []string{"3 restores of yours failed"}},
		{"R1 says what was wrong", notify.KindCorrection, "en", []string{"> No restore is affected."}},
	} {
		m, err := ts.Render(c.kind, "email", c.locale, notify.Sample()[c.kind])
		require.NoError(t, err)
		for _, want := range c.want {
			assert.Contains(t, m.Text, want, c.rule)
		}
		assert.Equal(t, "Sam Sample", m.From)
		assert.Equal(t, "https://status.example.com/u/1", m.Unsubscribe)
	}
}

func TestRenderNeedsItsData(t *testing.T) {
	t.Parallel()
	ts := newTemplates(t, nil, nil)
	for kind, want := range map[string]string{
		notify.KindAcknowledgement: "the data lacks Report, AnswerBy, Contact",
		notify.KindAskVerdict:      "the data lacks Title, Link",
		notify.KindAward:           "the data lacks Title, Awards",
		notify.KindHolding:         "the data lacks Title, NextUpdate",
		notify.KindWake:            "the data lacks Title, Reason",
	} {
		_, err := ts.Render(kind, "email", "en", &notify.Data{Body: "b"})
		require.ErrorContains(t, err, want)
	}
	d := notify.Sample()[notify.KindAward]
	d.Awards[1].Why = nil
	_, err := ts.Render(notify.KindAward, "email", "en", d)
	require.ErrorContains(t, err, "Awards[1] with an amount and why")
	_, err = ts.Render("update", "email", "en", nil)
	require.ErrorContains(t, err, "no data")
	_, err = ts.Render("poem", "email", "en", &notify.Data{})
	require.ErrorIs(t, err, notify.ErrNoTemplate)
}

func TestLocaleFallback(t *testing.T) {
	t.Parallel()
	say := func(s string) string { return `{{define "subject"}}s{{end}}{{define "text"}}` + s + `{{end}}` }
	files := map[string]string{}
	for _, name := range []string{"k.sms.de-AT", "k.sms.de", "k.de-AT", "k.de", "k.sms.en", "k.en"} {
		files[name+".tmpl"] = say(name)
	}
	// Take the best away, one by one: the next in the documented order answers.
	for _, want := range []string{"k.sms.de-AT", "k.sms.de", "k.de-AT", "k.de", "k.sms.en", "k.en"} {
		ts := newTemplates(t, files, &notify.TemplatesOptions{OnlyOwn: true})
		m, err := ts.Render("k", "sms", "de_at", &notify.Data{})
		require.NoError(t, err)
		assert.Equal(t, want, m.Text)
		delete(files, want+".tmpl")
	}
	ts := newTemplates(t, map[string]string{"x/y/k.fr.tmpl": say("fr"), "k.sms.de.tmpl": say("de")}, &notify.TemplatesOptions{OnlyOwn: true, Default: "fr"})
	for _, locale := range []string{"", "pt-BR", "de"} {
		m, err := ts.Render("k", "email", locale, &notify.Data{})
		require.NoError(t, err)
		assert.Equal(t, "fr", m.Text, "another channel's template does not answer")
	}
}

func TestHostTemplatesReplaceOurs(t *testing.T) {
	t.Parallel()
	ts := newTemplates(t, map[string]string{
		"update.sms.en.tmpl": `{{define "subject"}}{{.Title}}{{end}}{{define "text"}}{{.Title}}: {{.Extra.short}} {{.When .Since}}{{end}}{{define "html"}}<b>{{.Title}}</b>{{end}}`,
		"_parts2.en.tmpl":    `{{define "sign"}}Yours, {{.Brand}}{{end}}`,
	}, &notify.TemplatesOptions{
		Files: map[string]string{"update.fr.tmpl": `{{define "subject"}}s{{end}}{{define "text"}}{{.When .Since}}{{end}}`},
		Times: map[string]func(time.Time) string{"fr": func(t time.Time) string { return t.Format("02/01/2006 15h04 MST") }},
	})
	d := notify.Sample()["update"]
	d.Title = "<script>"
	_, err := ts.Render("update", "sms", "en", d)
	require.ErrorContains(t, err, "short", "a missing key is an error")
	d.Extra["short"] = "fails"
	m, err := ts.Render("update", "sms", "en", d)
	require.NoError(t, err)
	assert.Equal(t, "<script>: fails Monday 2 March 2026, 12:30 (Europe/Berlin, UTC+01:00)", m.Text)
	assert.Equal(t, "<b>&lt;script&gt;</b>", m.HTML)
	m, err = ts.Render("update", "email", "en", d)
	require.NoError(t, err)
	assert.True(t, strings.HasSuffix(m.Text, "Yours, Example Backups"), "a host's partial replaces ours")
	m, err = ts.Render("update", "email", "fr-CA", d)
	require.NoError(t, err)
	assert.Equal(t, "02/03/2026 12h30 CET", m.Text)
}

func TestMistakesAreReportedAtOnce(t *testing.T) {
	t.Parallel()
	_, err := notify.NewTemplates(fstest.MapFS{
		"a.en.tmpl":      {Data: []byte(`{{define "subject"}}{{if}}{{end}}`)},
		"b.en.tmpl":      {Data: []byte(`{{define "subject"}}s{{end}}`)},
		"c.en.tmpl":      {Data: []byte(`{{define "subject"}}s{{end}}{{define "text"}}{{range .Own}}{{with .}}{{template "nowhere" .}}{{end}}{{end}}{{end}}`)},
		"d.tmpl":         {Data: []byte(``)},
		"e.x.en.z.tmpl":  {Data: []byte(``)},
		"f.de-AT.tmpl":   {Data: []byte(`{{define "subject"}}s{{end}}{{define "text"}}t{{end}}`)},
		"f.de-at.tmpl":   {Data: []byte(`{{define "subject"}}s{{end}}{{define "text"}}t{{end}}`)},
		"notes.txt":      {Data: []byte(`{{`)},
		"sub/g.en.tmpl":  {Data: []byte(`{{define "subject"}}{{.Title | shout}}{{end}}`)},
		"_broken.x.tmpl": {Data: []byte(`{{`)}, // used by no template of its locale: never parsed
	}, &notify.TemplatesOptions{OnlyOwn: true})
	for _, want := range []string{"a.en.tmpl:1", `b.en.tmpl: defines no "text"`, `c.en.tmpl: uses "nowhere"`, "d.tmpl: want <kind>", "e.x.en.z.tmpl: want", "f.de-at.tmpl: says the same as f.de-AT.tmpl", `function "shout" not defined`} {
		require.ErrorContains(t, err, want)
	}
	assert.NotContains(t, err.Error(), "notes.txt")
}

func TestCheckFindsWhatOnlyRunsShow(t *testing.T) {
	t.Parallel()
	ok := `{{define "subject"}}s{{end}}{{define "text"}}t{{end}}`
	ts := newTemplates(t, map[string]string{
		"a.en.tmpl": `{{define "subject"}}s{{end}}{{define "text"}}{{.Titel}}{{end}}`,
		"b.en.tmpl": `{{define "subject"}}s{{end}}{{define "text"}}{{.When .Due}}{{end}}`,
		"c.en.tmpl": `{{define "subject"}} {{end}}{{define "text"}}t{{end}}`,
		"d.en.tmpl": `{{define "subject"}}s{{end}}{{define "text"}} {{end}}`,
		"e.en.tmpl": ok,
		"f.en.tmpl": ok + `{{define "html"}}<a href={{.Titel}}>{{end}}`,
		"g.en.tmpl": ok,
	}, &notify.TemplatesOptions{OnlyOwn: true})
	samples := map[string]*notify.Data{}
	for _, kind := range ts.Kinds() {
		samples[kind] = &notify.Data{}
	}
	delete(samples, "g")
	err := ts.Check(samples)
	for _, want := range []string{"Titel", "there is no time to write", "c.en.tmpl: the subject is empty", "d.en.tmpl: the text is empty", "f.en.tmpl", `g.en.tmpl: there is no sample for kind "g"`} {
		require.ErrorContains(t, err, want)
	}
	assert.NotContains(t, err.Error(), "e.en.tmpl")
}

func TestTimesNameTheirZone(t *testing.T) {
	t.Parallel()
	ts := newTemplates(t, map[string]string{
		"k.en.tmpl": `{{define "subject"}}s{{end}}{{define "text"}}{{.When .Since}}{{end}}`,
		"k.de.tmpl": `{{define "subject"}}s{{end}}{{define "text"}}{{.When .Since}}{{end}}`,
		"k.fi.tmpl": `{{define "subject"}}s{{end}}{{define "text"}}{{.When .Since}}{{end}}`,
	}, &notify.TemplatesOptions{OnlyOwn: true})
	at := time.Date(2026, time.July, 2, 22, 30, 0, 0, time.UTC)
	for _, c := range []struct{ zone, locale, want string }{
		{"Europe/Berlin", "en", "Friday 3 July 2026, 00:30 (Europe/Berlin, UTC+02:00)"},
		{"Europe/Berlin", "de", "Freitag, 3. Juli 2026, 00:30 Uhr (Europe/Berlin, UTC+02:00)"},
		{"America/St_Johns", "en", "Thursday 2 July 2026, 20:00 (America/St_Johns, UTC-02:30)"},
		{"Europe/Helsinki", "fi", "2026-07-03 01:30 (Europe/Helsinki, UTC+03:00)"},
		{"", "en", "Thursday 2 July 2026, 22:30 (UTC)"},
		{"Atlantis/Center", "en", "Thursday 2 July 2026, 22:30 (UTC)"},
		{"Local", "en", "Thursday 2 July 2026, 22:30 (UTC)"},
	} {
		m, err := ts.Render("k", "", c.locale, &notify.Data{Since: at, Zone: c.zone})
		require.NoError(t, err)
		assert.Equal(t, c.want, m.Text)
	}
}

func TestOnlyOurLinksBecomeLinks(t *testing.T) {
	t.Parallel()
	ts := newTemplates(t, nil, nil)
	d := notify.Sample()[notify.KindAnswer]
	d.Report = "see https://evil.example.org and " + d.Link
	d.Body = "Look at https://elsewhere.example.org/x or " + d.Link + "-not, and at " + d.Link + "."
	m, err := ts.Render(notify.KindAnswer, "email", "en", d)
	require.NoError(t, err)
	hrefs := regexp.MustCompile(`href="([^"]*)"`).FindAllStringSubmatch(m.HTML, -1)
	for _, h := range hrefs {
		assert.Contains(t, []string{d.Link, d.Unsubscribe}, h[1])
	}
	assert.Contains(t, m.HTML, "see https://evil.example.org and "+d.Link+"</blockquote>", "a quotation links nothing")
	assert.Contains(t, m.HTML, `and at <a href="`+d.Link+`">`)
	assert.Contains(t, m.HTML, d.Link+"-not", "an address that begins the same is another one")
	d.Link = "javascript:alert(1)"
	m, err = ts.Render(notify.KindAnswer, "email", "en", d)
	require.NoError(t, err)
	assert.NotContains(t, m.HTML, `href="javascript`)
}

var ourTags = regexp.MustCompile(`^<!doctype html>\n<html lang="[a-z-]+">\n<head><meta charset="utf-8"><title>|</title></head>\n<body>|</body>\n</html>\n$|</?(p|ul|li|blockquote)>|<br>|<a href="https://status\.example\.com/[iru]/1">|</a>`)

// FuzzRenderNeverEmitsMarkup: whatever the data holds, the page holds no tag but
// the library's own, the subject is one line, and neither text steers a terminal.
func FuzzRenderNeverEmitsMarkup(f *testing.F) {
	ts := newTemplates(f, nil, nil)
	kinds := ts.Kinds()
	for i, s := range []string{"<script>alert(1)</script>", "a\r\nBcc: x@example.com", "\x1b[31m", "\"' onload=x", "</p><p>- x\n> y", "\xff\u2028x", "{{.Title}}", "https://status.example.com/i/1\"><b>"} {
		f.Add(uint8(i), s, s)
	}
	f.Fuzz(func(t *testing.T, which uint8, long, short string) {
		kind := kinds[int(which)%len(kinds)]
		d := notify.Sample()[kind]
		d.Body, d.Report, d.Earlier, d.Why = long, long, short, short
		d.Title, d.Subject, d.Name, d.Person, d.Contact, d.Reason = short, short, short, short, short, short
		d.Own, d.Steps, d.Components = []string{short, long}, []string{long}, []string{short}
		d.Awards[0].Amount, d.Awards[0].Why = short, []string{long}
		for _, locale := range []string{"en", "de"} {
			m, err := ts.Render(kind, "email", locale, d)
			if err != nil {
				continue // the data lacks what the kind needs, or the subject is empty
			}
			if left := ourTags.ReplaceAllString(m.HTML, ""); strings.ContainsAny(left, "<>") {
				t.Fatalf("markup in %q", left)
			}
			if strings.ContainsFunc(m.Subject+m.From, unicode.IsControl) {
				t.Fatalf("control character in subject %q or sender %q", m.Subject, m.From)
			}
			if i := strings.IndexFunc(m.Text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }); i >= 0 {
				t.Fatalf("control character in text %q", m.Text[i:])
			}
			if !slices.Contains([]string{"en", "de"}, m.Locale) {
				t.Fatal(m.Locale)
			}
		}
	})
}

func BenchmarkRender(b *testing.B) {
	ts := newTemplates(b, nil, nil)
	d := notify.Sample()[notify.KindUpdate]
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ts.Render(notify.KindUpdate, "email", "de-AT", d); err != nil {
			b.Fatal(err)
		}
	}
}
