package customerpage_test

import (
	"html"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/incident"
)

var (
	styleElement = regexp.MustCompile(`(?s)<style>.*?</style>`)
	tokenValue   = regexp.MustCompile(`name="token" value="[^"]*"`)
)

// steady takes out of a page what is random or stands in another golden place.
func steady(page string) string {
	page = styleElement.ReplaceAllString(page, "<style>…</style>")
	return tokenValue.ReplaceAllString(page, `name="token" value="…"`)
}

// TestPages compares whole pages with golden files: people read them when
// something is bad, so every change is looked at.
func TestPages(t *testing.T) {
	t.Parallel()
	for name, view := range map[string]incident.CustomerView{
		"full": full(), "minimal": minimal(), "alone": alone(), "resolved": resolved(), "settled": settled(),
	} {
		for _, lang := range []string{"en", "de"} {
			t.Run(name+"."+lang, func(t *testing.T) {
				t.Parallel()
				s := newSite(t, nil, view)
				golden(t, name+"."+lang, steady(s.show(s.link(view)+"?lang="+lang)))
			})
		}
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name+".golden.html")
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(file, []byte(got), 0o600))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, string(want), got)
}

// section cuts a section out of a page by the ID of its heading, as text.
func section(t testing.TB, page, id string) string {
	t.Helper()
	_, rest, ok := strings.Cut(page, `aria-labelledby="`+id+`"`)
	require.True(t, ok, "the page has no section %q", id)
	text, _, ok := strings.Cut(rest, "</section>")
	require.True(t, ok)
	return plainText(text[strings.IndexByte(text, '>')+1:])
}

var tag = regexp.MustCompile(`<[^>]*>`)

func plainText(markup string) string {
	return strings.Join(strings.Fields(html.UnescapeString(tag.ReplaceAllString(markup, " "))), " ")
}

func TestWhatThePageSays(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, rule string
		change     func(*incident.CustomerView)
		in         string // section
		want       []string
		not        []string
	}{
		{
			"since unknown", "since when is said to be unknown rather than guessed (R13)", nil,
			"state",
			[]string{"For you since not known yet"},
			[]string{"2 March"},
		},
		{
			"impact unknown", "how badly, how long and why are said to be unknown (R5, R10, R13)", nil,
			"impact",
			[]string{"We do not know yet how badly it hit you.", "How long in all not known yet", "We do not know yet why it hit you."},
			nil,
		},
		{"data loss first", "the worst consequence stands first (R7)", func(v *incident.CustomerView) { v.DataLoss = true }, "state", []string{"Where things stand Data was lost, or is in danger of being lost. We are looking"}, nil},
		{
			"why them", "why it hit this customer (R5), and their own objects (R14)",
			func(v *incident.CustomerView) {
				v.Impact = &incident.CustomerImpact{Degree: incident.DegreeDown, Objects: []string{"web-3"}, Why: "Your server ran 2.0.2."}
			},
			"impact",
			[]string{"It did not work for you at all.", "What of yours it hit web-3", "Why it hit you Your server ran 2.0.2."},
			[]string{"do not know yet why"},
		},
		{
			"residual loss", "what is lost for good is said (R11)",
			func(v *incident.CustomerView) {
				v.Impact = &incident.CustomerImpact{Degree: incident.DegreeDown, ResidualLoss: "Four comments."}
			},
			"impact",
			[]string{"What is lost and does not come back Four comments."},
			nil,
		},
		{
			"overlapping windows", "time that windows share counts once, and a begun minute is a minute",
			func(v *incident.CustomerView) {
				v.Impact = &incident.CustomerImpact{Degree: incident.DegreeDown, Windows: []incident.Window{{From: hours(2), To: hours(3)}, {From: hours(0), To: hours(2.5)}, {From: hours(2.25), To: hours(2.5)}, {From: hours(3), To: hours(3).Add(time.Second)}}}
			},
			"impact",
			[]string{"How long in all 3 h 1 min"},
			[]string{"so far"},
		},
		{
			"still lasting", "what lasts is counted so far",
			func(v *incident.CustomerView) {
				v.Impact = &incident.CustomerImpact{Degree: incident.DegreeDown, Windows: []incident.Window{{From: hours(5.5)}}}
			},
			"impact",
			[]string{"30 min, so far", "(it still lasts)"},
			nil,
		},
		{
			"next", "when they hear from us next (R45), in their zone, named", func(v *incident.CustomerView) { v.Next = due(7) },
			"state",
			[]string{"You hear from us again by Monday 2 March 2026, 16:15 (Europe/Berlin, UTC+01:00)"},
			[]string{"That is our fault"},
		},
		{
			"next missed", "a time that passed is admitted (R43, R75)", func(v *incident.CustomerView) { v.Next = due(5) },
			"state",
			[]string{"You should have heard from us by then, and did not."},
			nil,
		},
		{"next unnamed", "that no time was named is admitted (R45)", nil, "state", []string{"We have not named a time"}, nil},
		{
			"reopened", "how often it was called fixed and was not (R72)", func(v *incident.CustomerView) { v.Round = 3 },
			"state",
			[]string{"Called fixed too early 3 times"},
			nil,
		},
		{
			"kept", "a promise kept in time", func(v *incident.CustomerView) {
				v.Promises = []incident.CustomerPromise{{Kind: incident.PromiseFix, What: "2.4.4", Due: *due(4), Kept: hours(3)}}
			}, "promises", []string{"A fix 2.4.4 By", "Kept on Monday 2 March 2026, 12:15"}, []string{"missed", "late"},
		},
		{
			"kept late", "one that was kept late says so, and how often it slipped (R75)", func(v *incident.CustomerView) {
				v.Promises = []incident.CustomerPromise{{Kind: incident.PromiseFix, Due: *due(4), Kept: hours(5), Broken: 2}}
			}, "promises", []string{"Kept late, on", "We missed a time that we had named 2 times."}, nil,
		},
		{
			"broken", "one whose time has passed is late", func(v *incident.CustomerView) {
				v.Promises = []incident.CustomerPromise{{Kind: incident.PromiseCallBack, Due: *due(4), Broken: 1}}
			}, "promises", []string{"A call back", "Late: the time has passed", "We missed a time that we had named once."}, nil,
		},
		{
			"pending", "one whose time is to come is open", func(v *incident.CustomerView) {
				v.Promises = []incident.CustomerPromise{{Kind: incident.PromisePrevention, Due: *due(400)}}
			}, "promises", []string{"So that it does not happen again", "Still open"}, []string{"Late"},
		},
		{
			"request", "what they must do: the state to reach, the steps, what follows, by when (R9)", func(v *incident.CustomerView) {
				v.Requests = []incident.CustomerRequest{{ID: "r", State: "2.4.3 runs", Steps: []string{"Open the menu", "Update"}, Consequence: "Backups may fail.", Due: due(8)}}
			}, "todo", []string{"2.4.3 runs Open the menu Update By Monday 2 March 2026, 17:15", "If it is not done Backups may fail.", "I have done this"}, []string{"has passed"},
		},
		{
			"request overdue", "one that is overdue says so without blame", func(v *incident.CustomerView) {
				v.Requests = []incident.CustomerRequest{{ID: "r", State: "2.4.3 runs", Due: due(2)}}
			}, "todo", []string{"It is not too late"}, nil,
		},
		{
			"request done", "one that is done has no button", func(v *incident.CustomerView) {
				v.Requests = []incident.CustomerRequest{{ID: "r", State: "2.4.3 runs", Done: hours(2)}}
			}, "todo", []string{"Done on Monday 2 March 2026, 11:15"}, []string{"I have done this"},
		},
		{
			"consent", "consent is asked for as such", func(v *incident.CustomerView) {
				v.Requests = []incident.CustomerRequest{{ID: "r", State: "We read the log", Consent: true}}
			}, "todo", []string{"I agree"}, []string{"I have done this"},
		},
		{
			"correction", "what was wrong stays, marked, with the way to what is right (R32)", func(v *incident.CustomerView) { v.Said = full().Said },
			"said",
			[]string{"Correction: versions concerned", "This replaces what was wrong in what we said on Monday 2 March 2026, 10:15", "What we know Said on", "This was wrong. See what is right", "Version 2.0.4 is concerned."},
			nil,
		},
		{
			"withdrawn", "what was taken back says so and its words are gone", func(v *incident.CustomerView) { v.Said = full().Said },
			"said",
			[]string{"We took these words back on Monday 2 March 2026, 12:45"},
			[]string{"never shown", "Still looking"},
		},
		{
			"corrected by what is not shown", "a correction that is not theirs is no dead link", func(v *incident.CustomerView) {
				v.Said = []incident.CustomerStatement{{ID: "a", Body: "Old words.", CorrectedBy: "elsewhere", Published: hours(1)}}
			}, "said", []string{"This was wrong. Old words."}, []string{"See what is right"},
		},
		{"nothing said", "that we said nothing is said too", nil, "said", []string{"Nothing so far."}, nil},
		{
			"report waits", "by when an answer comes (R56)", func(v *incident.CustomerView) {
				v.Reports = []incident.CustomerReport{{ID: "r", Kind: incident.ReportQuestion, Words: "Why?", Received: hours(1), AnswerBy: hours(8)}}
			}, "reports", []string{"Your question", "Why?", "Received on Monday 2 March 2026, 10:15", "You get an answer by Monday 2 March 2026, 17:15"}, []string{"We are late"},
		},
		{
			"report late", "that an answer is late is admitted", func(v *incident.CustomerView) {
				v.Reports = []incident.CustomerReport{{ID: "r", Kind: incident.ReportComplaint, Words: "Why?", Received: hours(1), AnswerBy: hours(3)}}
			}, "reports", []string{"Your complaint", "We are late"}, nil,
		},
		{
			"thread", "the thread, and that our question waits for them (R57)", func(v *incident.CustomerView) { v.Reports = full().Reports },
			"reports",
			[]string{"Our question is waiting for you.", "You added , Monday", "It is db-1 as well.", "Our question , Monday 2 March 2026, 10:15", "Which version does db-1 run?", "Answered on", "Erased, as you wished."},
			nil,
		},
		{
			"awards", "what they get and every step of why (R80), without a claim (R77)", func(v *incident.CustomerView) { v.Awards = full().Awards },
			"awards",
			[]string{"You do not need to claim it", "€120.00 You have it. Because: 25 % of €480.00", "doubled, since", "It is on its way to you. Because: files are lost"},
			nil,
		},
		{"person", "who is in charge and how to reach them (R65)", nil, "reach", []string{"In charge Ada Example", "Directly +49 30 5550 100, or answer"}, nil},
		{"nobody named", "without a name there is still a way", func(v *incident.CustomerView) { v.Person, v.Contact = "", "" }, "reach", []string{"Directly +49 30 5550 100"}, []string{"In charge"}},
		{
			"judge", "the customer decides (R73)", func(v *incident.CustomerView) { v.Status, v.Judge = incident.StatusResolved, true },
			"verdict",
			[]string{"Whether it is, you decide.", "It is fixed.", "It is fixed only in part.", "It is still broken.", "1, not at all"},
			nil,
		},
		{
			"judged", "they may say later that it is broken after all (R72)", func(v *incident.CustomerView) {
				v.Status, v.Verdict = incident.StatusClosed, &incident.CustomerVerdict{Opinion: incident.OpinionFixed, Satisfaction: 4, Words: "Fine.", At: hours(5)}
			}, "verdict", []string{"Your last word It is fixed.", "How satisfied you are 4", "Fine.", "breaks again", "It is still broken."}, nil,
		},
		{
			"planned", "planned work says when", func(v *incident.CustomerView) {
				v.Status, v.Maintenance, v.Planned = incident.StatusScheduled, true, incident.Window{From: hours(24), To: hours(26)}
			}, "state", []string{"Planned. Planned Tuesday 3 March 2026, 09:15 (Europe/Berlin, UTC+01:00) to Tuesday 3 March 2026, 11:15"}, []string{"For you since"},
		},
		{"a word we do not know", "a later version's status is shown as it is", func(v *incident.CustomerView) { v.Status = "paused" }, "state", []string{"paused"}, nil},
		{"scope", "the scope, exactly (R6)", func(v *incident.CustomerView) {
			v.Scope, v.Components = "Versions 2.0 to 2.0.4", []string{"Backup", "Restore"}
		}, "state", []string{"Concerned Backup Restore Exactly Versions 2.0 to 2.0.4"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			v := viewOf(c.change)
			s := newSite(t, nil, v)
			got := section(t, s.show(s.link(v)+"?lang=en"), c.in)
			for _, w := range c.want {
				assert.Contains(t, got, w, c.rule)
			}
			for _, n := range c.not {
				assert.NotContains(t, got, n, c.rule)
			}
		})
	}
}

func TestSectionsThatAreNotThere(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		view incident.CustomerView
		not  []string
	}{
		{"nothing is to be judged, done, paid or answered yet", minimal(), []string{"verdict", "todo", "promises", "awards", "reports"}},
		{"a case alone has hit nobody that we know of", alone(), []string{"verdict", "todo", "impact", "promises", "awards"}},
		{"planned work has hit nobody", viewOf(func(v *incident.CustomerView) { v.Maintenance, v.Status = true, incident.StatusInProgress }), []string{"verdict", "impact"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, nil, c.view)
			page := s.show(s.link(c.view))
			for _, id := range c.not {
				assert.NotContains(t, page, `aria-labelledby="`+id+`"`)
			}
		})
	}
}

func TestLanguages(t *testing.T) {
	t.Parallel()
	german := viewOf(func(v *incident.CustomerView) { v.Locale = "de-AT" })
	french := viewOf(func(v *incident.CustomerView) {
		v.Locale = "fr"
		v.Said = []incident.CustomerStatement{{ID: "a", Body: "Bonjour.", Published: hours(1)}}
	})
	for _, c := range []struct {
		name, query, accept string
		view                incident.CustomerView
		lang, asked         string
		want                string
	}{
		{"nothing asked: the customer's own", "", "", german, "de", "", ""},
		{"the browser's", "", "en-GB, de;q=0.5", german, "en", "en-GB", `<h1 dir="auto" lang="de-AT">`},
		{"the page's own switch comes first", "?lang=de", "en-GB", french, "de", "de", `<div dir="auto" lang="fr"><p>Bonjour.</p>`},
		{"a language that the page does not have, texts may", "", "fr-CH, de;q=0.8", french, "de", "fr-CH", `<h1 dir="auto" lang="fr">`},
		{"nothing asked and nothing known", "", "", french, "en", "", `lang="fr"`},
		{"nonsense", "", ";;q=x", german, "en", "en", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, nil, c.view)
			r := get(s.link(c.view) + c.query)
			if c.accept != "" {
				r.Header.Set("Accept-Language", c.accept)
			}
			w := s.do(r)
			require.Equal(t, 200, w.Code)
			assert.Contains(t, w.Body.String(), `<html lang="`+c.lang+`">`)
			assert.Equal(t, c.lang, w.Header().Get("Content-Language"))
			assert.Equal(t, []string{c.asked}, s.desk.asked)
			assert.Contains(t, w.Body.String(), c.want)
		})
	}
}

func TestTextsInThePagesLanguageAreNotMarked(t *testing.T) {
	t.Parallel()
	v := full()
	s := newSite(t, nil, v)
	assert.NotRegexp(t, `<(h1|h3|div|p|ol|dd|blockquote)[^>]* lang="`, s.show(s.link(v)+"?lang=en"))
	assert.Regexp(t, `<blockquote dir="auto" lang="en">`, s.show(s.link(v)+"?lang=de"))
}

func TestTheHandlerMayBeMountedAnywhere(t *testing.T) {
	t.Parallel()
	v := minimal()
	s := newSite(t, nil, v)
	token := strings.TrimPrefix(s.link(v), baseURL)
	for _, path := range []string{"/yours/", "/", "/deep/down/", "/a b/"} {
		r := get("https://acme.example/x")
		r.URL.Path = path + token
		assert.Equal(t, 200, s.do(r).Code, path)
	}
	r := get("https://acme.example/x")
	r.URL.Path = "/yours/" + token + "/"
	assert.Equal(t, 404, s.do(r).Code)
}
