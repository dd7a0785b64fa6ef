package customerpage_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/incident"
	"github.com/amends-dev/amends/incident/customerpage"
)

func TestWhatTheDeskHears(t *testing.T) {
	t.Parallel()
	base := incident.CustomerWord{Space: "acme", Record: "inc-7", Customer: "c-31", Via: "page"}
	word := func(change func(*incident.CustomerWord)) incident.CustomerWord {
		w := base
		change(&w)
		return w
	}
	for _, c := range []struct {
		name, slot string
		enter      []string
		want       incident.CustomerWord
		notice     string
		page       string // what the page shows then
	}{
		{"fixed", "verdict", []string{"opinion", "fixed"}, word(func(w *incident.CustomerWord) { w.Say, w.Opinion = "verdict", "fixed" }), "We have your word", "Your last word It is fixed."},
		{
			"partly, with all that can be said", "verdict",
			[]string{"opinion", "partly", "satisfaction", "2", "text", " Files of\r\nMarch are missing.\x00 "},
			word(func(w *incident.CustomerWord) {
				w.Say, w.Opinion, w.Satisfaction, w.Text = "verdict", "partly", 2, "Files of\nMarch are missing."
			}), "We have your word", "Files of March are missing.",
		},
		{"still broken", "verdict", []string{"opinion", "broken", "satisfaction", ""}, word(func(w *incident.CustomerWord) { w.Say, w.Opinion = "verdict", "broken" }), "we go on working", "It is still broken."},
		{
			"a report", "report",
			[]string{"kind", "failure", "urgency", "mayday", "since", "2026-03-02T10:30", "text", "Restore hangs at 0 %."},
			word(func(w *incident.CustomerWord) {
				w.Say, w.Kind, w.Urgency, w.Text, w.Since = "report", "failure", "mayday", "Restore hangs at 0 %.", time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)
			}), "We have your message", "Restore hangs at 0 %.",
		},
		{
			"a time as people write it", "report",
			[]string{"kind", "question", "urgency", "normal", "since", "2.3.2026 10:30", "text", "Why?"},
			word(func(w *incident.CustomerWord) {
				w.Say, w.Kind, w.Urgency, w.Text, w.Since = "report", "question", "normal", "Why?", time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)
			}), "We have your message", "Why?",
		},
		{"an answer to our question", "reply-1", []string{"text", "2.0.2"}, word(func(w *incident.CustomerWord) { w.Say, w.Report, w.Text = "reply", "inc-7~c-31.2", "2.0.2" }), "We have your words", "You added , Monday 2 March 2026, 15:15 (Europe/Berlin, UTC+01:00) 2.0.2"},
		{"a correction", "correction-2", []string{"text", "It was Tuesday."}, word(func(w *incident.CustomerWord) {
			w.Say, w.Report, w.Text = "correction", "inc-7~c-31.7", "It was Tuesday."
		}), "We have your correction", "It was Tuesday."},
		{"done", "done-1", nil, word(func(w *incident.CustomerWord) { w.Say, w.Request = "done", "inc-7.14" }), "We have noted it", "Done on Monday 2 March 2026, 15:15"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			v := full()
			v.Status, v.Judge = incident.StatusResolved, true
			s := newSite(t, nil, v)
			link := s.link(v)
			w := s.post(link+"?lang=en", fill(t, s.show(link), c.slot, c.enter...))
			require.Equal(t, http.StatusSeeOther, w.Code, w.Body)
			got := s.desk.last()
			assert.NotEmpty(t, got.Key)
			got.Key = ""
			assert.Equal(t, c.want, got)

			location := w.Header().Get("Location")
			assert.Regexp(t, `^\?lang=en&said=[a-z]+#notice$`, location, "the address names nothing of a person")
			after := s.show(link + strings.TrimSuffix(location, "#notice"))
			assert.Regexp(t, `<p class="card state ok" id="notice" role="status" tabindex="-1"><strong>[^<]*`+c.notice, after)
			assert.Contains(t, plainText(after), c.page)
		})
	}
}

func TestMistakesAreShownWhereTheyAreAndKeepWhatWasEntered(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("ü", customerpage.MaxText+1)
	for _, c := range []struct {
		name, slot string
		enter      []string
		at         string // the field that the summary leads to
		message    string
		kept       string
	}{
		{"no opinion", "verdict", []string{"satisfaction", "4", "text", "It works <again>."}, "verdict-opinion-fixed", "Please choose one of the three.", "It works &lt;again&gt;.</textarea>"},
		{"an opinion that is none", "verdict", []string{"opinion", "great", "satisfaction", "4"}, "verdict-opinion-fixed", "Please choose one of the three.", `value="4" checked`},
		{"satisfied beyond measure", "verdict", []string{"opinion", "fixed", "satisfaction", "6"}, "verdict-satisfaction-1", "1 to 5", `value="fixed" checked`},
		{"less than nothing", "verdict", []string{"opinion", "fixed", "satisfaction", "-1"}, "verdict-satisfaction-1", "1 to 5", `value="fixed" checked`},
		{"satisfied in words", "verdict", []string{"opinion", "fixed", "satisfaction", "very"}, "verdict-satisfaction-1", "1 to 5", `value="fixed" checked`},
		{"an empty reply", "reply-1", []string{"text", " \r\n\t"}, "reply-1-text", "Please write something.", ""},
		{"an empty correction", "correction-1", nil, "correction-1-text", "Please write something.", ""},
		{"an empty report", "report", []string{"kind", "complaint", "urgency", "high"}, "report-text", "Please write something.", `value="high" checked`},
		{"no kind", "report", []string{"urgency", "high", "text", "Why?"}, "report-kind-failure", "Please choose what it is.", "Why?</textarea>"},
		{"no urgency", "report", []string{"kind", "question", "text", "Why?"}, "report-urgency-normal", "Please choose how urgent it is.", `value="question" checked`},
		{"a time that is none", "report", []string{"kind", "question", "urgency", "high", "text", "Why?", "since", "yesterday"}, "report-since", "We do not understand this date", `value="yesterday"`},
		{"a time to come", "report", []string{"kind", "question", "urgency", "high", "text", "Why?", "since", "2027-01-01T00:00"}, "report-since", "yet to come", `value="2027-01-01T00:00"`},
		{"too long", "report", []string{"kind", "question", "urgency", "high", "text", long}, "report-text", "This has 5001 characters, and 5000 are possible.", long},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			v := full()
			v.Judge = true
			s := newSite(t, nil, v)
			link := s.link(v)
			w := s.post(link+"?lang=en", fill(t, s.show(link), c.slot, c.enter...))
			page := w.Body.String()
			require.Equal(t, http.StatusUnprocessableEntity, w.Code)
			heard, _ := s.desk.counts()
			assert.Zero(t, heard)
			assert.Contains(t, page, "<title>Error: ", "heard first")
			assert.Contains(t, page, `role="alert"`)
			assert.Contains(t, page, `<li><a href="#`+c.at+`">`, "the summary leads to the field")
			assert.Contains(t, page, `id="`+c.at+`"`)
			assert.Regexp(t, `aria-describedby="[^"]*-error"`, page, "the field names what is wrong with it")
			assert.Contains(t, page, c.message)
			assert.Contains(t, page, c.kept)
			if c.slot != "verdict" {
				assert.Contains(t, page, `<details id="`+c.slot+`" open>`, "the form is not folded away")
			}
		})
	}
}

// The longest text fits into the largest body, whatever it is written in.
func TestTheLongestTextIsTaken(t *testing.T) {
	t.Parallel()
	v := resolved()
	s := newSite(t, nil, v)
	link := s.link(v)
	text := strings.Repeat("😀", customerpage.MaxText)
	w := s.post(link, fill(t, s.show(link), "report", "kind", "question", "urgency", "normal", "since", "2026-03-02T10:30", "text", text))
	require.Equal(t, http.StatusSeeOther, w.Code)
	assert.Equal(t, text, s.desk.last().Text)
}

func TestAFormSentTwiceCountsOnce(t *testing.T) {
	t.Parallel()
	v := resolved()
	s := newSite(t, nil, v)
	link := s.link(v)
	form := fill(t, s.show(link), "report", "kind", "question", "urgency", "normal", "text", "Why?")
	for range 3 {
		require.Equal(t, http.StatusSeeOther, s.post(link, form).Code)
	}
	heard, recorded := s.desk.counts()
	assert.Equal(t, 3, heard)
	assert.Equal(t, 1, recorded)

	again := fill(t, s.show(link), "report", "kind", "question", "urgency", "normal", "text", "Why?")
	require.Equal(t, http.StatusSeeOther, s.post(link, again).Code)
	_, recorded = s.desk.counts()
	assert.Equal(t, 2, recorded, "a form that is shown again is another one")
}

func TestManyAtOnceUseOneKey(t *testing.T) {
	t.Parallel()
	v := resolved()
	s := newSite(t, nil, v)
	link := s.link(v)
	form := fill(t, s.show(link), "verdict", "opinion", "broken")
	var wg sync.WaitGroup
	codes := make([]int, 100)
	for i := range codes {
		wg.Go(func() { codes[i] = s.post(link, form).Code })
	}
	wg.Wait()
	for _, c := range codes {
		assert.Equal(t, http.StatusSeeOther, c)
	}
	heard, recorded := s.desk.counts()
	assert.Equal(t, 100, heard)
	assert.Equal(t, 1, recorded)
	for _, w := range s.desk.heard {
		require.Equal(t, s.desk.heard[0], w)
	}
}

func TestOtherWordsInAFormThatWasSent(t *testing.T) {
	t.Parallel()
	v := resolved()
	s := newSite(t, nil, v)
	link := s.link(v)
	form := fill(t, s.show(link), "report", "kind", "question", "urgency", "normal", "text", "Why?")
	require.Equal(t, http.StatusSeeOther, s.post(link, form).Code)
	form.Set("text", "Why, and for how long?")
	w := s.post(link+"?lang=en", form)
	require.Equal(t, http.StatusConflict, w.Code)
	assert.Contains(t, w.Body.String(), "You have sent this form before, with other words")
	assert.Contains(t, w.Body.String(), "Why, and for how long?</textarea>")
	again := fill(t, w.Body.String(), "report", "kind", "question", "urgency", "normal", "text", "Why, and for how long?")
	require.Equal(t, http.StatusSeeOther, s.post(link, again).Code, "sent again it is taken")
	_, recorded := s.desk.counts()
	assert.Equal(t, 2, recorded)
}

func TestFormsThatWereNotMadeForThis(t *testing.T) {
	t.Parallel()
	mine, theirs := resolved(), resolved()
	theirs.Customer = "c-32"
	fields := []string{"opinion", "broken", "text", "Still 0 files."}
	for _, c := range []struct {
		name string
		form func(t *testing.T, s *site, link string) url.Values
	}{
		{"none", func(*testing.T, *site, string) url.Values {
			return url.Values{"form": {"verdict"}, "opinion": {"broken"}, "text": {"Still 0 files."}}
		}},
		{"another customer's", func(t *testing.T, s *site, _ string) url.Values {
			return fill(t, s.show(s.link(theirs)), "verdict", fields...)
		}},
		{"of another link to the same page", func(t *testing.T, s *site, _ string) url.Values {
			return fill(t, s.show(s.link(mine)), "verdict", fields...)
		}},
		{"of another form of the page", func(t *testing.T, s *site, link string) url.Values {
			f := fill(t, s.show(link), "report", fields...)
			f.Set("form", "verdict")
			return f
		}},
		{"altered", func(t *testing.T, s *site, link string) url.Values {
			f := fill(t, s.show(link), "verdict", fields...)
			f.Set("token", flip(f.Get("token")))
			return f
		}},
		{"the link's token", func(t *testing.T, s *site, link string) url.Values {
			f := fill(t, s.show(link), "verdict", fields...)
			f.Set("token", strings.TrimPrefix(link, baseURL))
			return f
		}},
		{"expired", func(t *testing.T, s *site, link string) url.Values {
			f := fill(t, s.show(link), "verdict", fields...)
			s.clock = s.clock.Add(24 * time.Hour)
			return f
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, nil, mine, theirs)
			link := s.link(mine)
			w := s.post(link+"?lang=en", c.form(t, s, link))
			page := w.Body.String()
			require.Equal(t, http.StatusForbidden, w.Code)
			heard, _ := s.desk.counts()
			require.Zero(t, heard, "refused")
			assert.Contains(t, page, "This form is too old, or it was not made for this page.")
			assert.Contains(t, page, "Still 0 files.</textarea>", "what was entered is kept")
			assert.Contains(t, page, `value="broken" checked`)
			fresh := fill(t, page, "verdict", fields...)
			require.Equal(t, http.StatusSeeOther, s.post(link, fresh).Code, "and can be sent in the fresh form")
			assert.Equal(t, "c-31", s.desk.last().Customer)
		})
	}
}

func TestWordsOfAFormThatIsGoneAreKept(t *testing.T) {
	t.Parallel()
	v := resolved()
	s := newSite(t, nil, v)
	link := s.link(v)
	w := s.post(link, url.Values{"form": {"reply-9"}, "text": {"My precious words."}})
	require.Equal(t, http.StatusForbidden, w.Code)
	assert.Contains(t, w.Body.String(), "My precious words.</textarea>")
	assert.Contains(t, w.Body.String(), `<details id="report" open>`)
}

func TestAReplyStaysWithItsReport(t *testing.T) {
	t.Parallel()
	v := full()
	s := newSite(t, nil, v)
	link := s.link(v)
	form := fill(t, s.show(link), "reply-1", "text", strings.Repeat("x", customerpage.MaxText+1))
	// Meanwhile an older report came to stand before it, as after a merge.
	v.Reports = append([]incident.CustomerReport{{ID: "inc-2~c-31.2", Words: "Older.", Received: hours(-1)}}, v.Reports...)
	s.desk.views[place{v.Space, v.Record, v.Customer}] = v
	page := s.post(link, form).Body.String()
	assert.Contains(t, page, `<li><a href="#reply-2-text">`)
	again := fill(t, page, "reply-2", "text", "2.0.2")
	require.Equal(t, http.StatusSeeOther, s.post(link, again).Code)
	assert.Equal(t, "inc-7~c-31.2", s.desk.last().Report)
}

func TestWhoSpeaksComesFromTheLinkAlone(t *testing.T) {
	t.Parallel()
	mine, theirs := full(), full()
	theirs.Customer = "c-32"
	theirs.Reports = []incident.CustomerReport{{ID: "inc-7~c-32.2", Words: "secret", Received: hours(1)}}
	s := newSite(t, nil, mine, theirs)
	link := s.link(mine)
	form := fill(t, s.show(link), "reply-1", "text", "Hello.",
		"customer", "c-32", "space", "other", "record", "inc-1", "report", "inc-7~c-32.2", "request", "inc-7.14", "key", "mine", "say", "done", "target", "inc-7~c-32.2")
	require.Equal(t, http.StatusSeeOther, s.post(link+"?customer=c-32&record=inc-1", form).Code)
	got := s.desk.last()
	assert.NotEqual(t, "mine", got.Key)
	got.Key = ""
	assert.Equal(t, incident.CustomerWord{Space: "acme", Record: "inc-7", Customer: "c-31", Say: "reply", Report: "inc-7~c-31.2", Text: "Hello.", Via: "page"}, got)
	assert.NotContains(t, s.show(link+"?customer=c-32"), "secret")
}

func TestAFailingDeskCostsNobodyTheirWords(t *testing.T) {
	t.Parallel()
	v := resolved()
	s := newSite(t, nil, v)
	link := s.link(v)
	form := fill(t, s.show(link), "verdict", "opinion", "broken", "text", "Still 0 files.")
	s.desk.failHear = func(incident.CustomerWord) error { return errors.New("database of secrets is away") }
	w := s.post(link+"?lang=en", form)
	page := w.Body.String()
	require.Equal(t, http.StatusServiceUnavailable, w.Code)
	assert.Equal(t, "60", w.Header().Get("Retry-After"))
	assert.NotContains(t, page, "secrets", "nothing of an error reaches a customer")
	assert.Contains(t, page, "Still 0 files.</textarea>")
	assert.Contains(t, page, `value="broken" checked`)
	reference := between(t, page, "name this reference: <strong>", "</strong>")
	assert.Contains(t, s.log.String(), `"reference":"`+reference+`"`)
	assert.Contains(t, s.log.String(), "database of secrets is away")
	assert.NotContains(t, s.log.String(), "Still 0 files", "words of customers are not logged")
	assert.NotContains(t, s.log.String(), strings.TrimPrefix(link, baseURL), "nor are tokens")

	s.desk.failHear = nil
	require.Equal(t, http.StatusSeeOther, s.post(link, fill(t, page, "verdict", "opinion", "broken", "text", "Still 0 files.")).Code)
	assert.Equal(t, s.desk.heard[0].Key, s.desk.heard[1].Key, "it may have been recorded: sent again, it counts once")
}

func between(t *testing.T, s, before, after string) string {
	t.Helper()
	_, rest, ok := strings.Cut(s, before)
	require.True(t, ok, "no %q in %s", before, s)
	got, _, ok := strings.Cut(rest, after)
	require.True(t, ok)
	return got
}

func TestADeskThatCannotShowKeepsTheWordsToo(t *testing.T) {
	t.Parallel()
	v := resolved()
	s := newSite(t, nil, v)
	link := s.link(v)
	form := fill(t, s.show(link), "report", "kind", "complaint", "urgency", "high", "text", "You are silent.")
	s.desk.failView = func() error { return errors.New("database of secrets is away") }
	w := s.post(link+"?lang=en", form)
	page := w.Body.String()
	require.Equal(t, http.StatusServiceUnavailable, w.Code)
	assert.NotContains(t, page, "secrets")
	assert.NotContains(t, page, "Backups fail", "nothing of the customer's is shown")
	assert.Contains(t, page, "You are silent.</textarea>")
	assert.Contains(t, plainText(page), "Who to reach +49 30 5550 100")
	s.desk.failView = nil
	require.Equal(t, http.StatusSeeOther, s.post(link, hiddenFields(t, page, "You are silent.")).Code, "the page sends it again as it was")
	assert.Equal(t, incident.ReportComplaint, s.desk.last().Kind)
	assert.Equal(t, "You are silent.", s.desk.last().Text)
}

// hiddenFields are those of a page that keeps what was entered.
func hiddenFields(t *testing.T, page, text string) url.Values {
	t.Helper()
	out := url.Values{"text": {text}}
	for _, m := range hiddenInput.FindAllStringSubmatch(page, -1) {
		out.Set(m[1], m[2])
	}
	return out
}

func TestHowThingsStandChangesMeanwhile(t *testing.T) {
	t.Parallel()
	v := resolved()
	s := newSite(t, nil, v)
	link := s.link(v)
	form := fill(t, s.show(link), "verdict", "opinion", "fixed", "text", "Fine.")
	v.Status, v.Judge = incident.StatusInvestigating, false
	s.desk.failHear = func(incident.CustomerWord) error {
		s.desk.views[place{v.Space, v.Record, v.Customer}] = v
		return fmt.Errorf("nobody says that it is fixed: %w", incident.ErrConflict)
	}
	w := s.post(link+"?lang=en", form)
	require.Equal(t, http.StatusConflict, w.Code)
	assert.Contains(t, w.Body.String(), "Things have changed since you opened this page.")
	assert.Contains(t, section(t, w.Body.String(), "state"), "We are looking for the cause.")
	assert.Contains(t, w.Body.String(), "Fine.</textarea>")
}

func TestWhatIsGoneIsNotFound(t *testing.T) {
	t.Parallel()
	v := resolved()
	s := newSite(t, nil, v)
	link := s.link(v)
	form := fill(t, s.show(link), "verdict", "opinion", "fixed")
	s.desk.failHear = func(incident.CustomerWord) error { return fmt.Errorf("gone: %w", incident.ErrNotFound) }
	assert.Equal(t, http.StatusNotFound, s.post(link, form).Code)
}

// TestAWordIsRecordedEvenIfNobodyWaits: somebody presses the button and the train
// enters a tunnel.
func TestAWordIsRecordedEvenIfNobodyWaits(t *testing.T) {
	t.Parallel()
	v := resolved()
	s := newSite(t, nil, v)
	link := s.link(v)
	ctx, cancel := context.WithCancel(t.Context())
	r := postOf(link, fill(t, s.show(link), "verdict", "opinion", "broken")).WithContext(ctx)
	cancel()
	require.Equal(t, http.StatusSeeOther, s.do(r).Code)
	_, recorded := s.desk.counts()
	assert.Equal(t, 1, recorded)
}
