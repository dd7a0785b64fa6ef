package candor

import (
	"regexp"
	"strings"
	"time"
)

// Promise is a time that a text gives for the next word.
type Promise struct {
	At time.Time // when it is due, in the zone it was given in
	// Start and End are the byte offsets of the time's words in the text.
	Start, End int
}

// horizon is how far ahead a promise of a next word may lie: one named week, and a day.
const horizon = 8 * 24 * time.Hour

// Promises returns the times that a text, published at a time, gives for the
// next word: clock times with or without date and zone, "in 30 minutes", "by
// tomorrow", up to one named week. Repair estimates and "shortly" are no promises. It
// knows English and German.
//
// Clock times without a zone are meant in loc; if loc is nil, in the zone of
// at. A clock time without a date is the next one after at, unless it passed
// less than an hour before: then the word came late. "Within" a span counts from
// at, its longer end if it gives two. A day without a clock time ends at
// midnight. The result is in the order of the text and names each time once.
func Promises(text string, at time.Time, loc *time.Location) []Promise {
	t := newText(text)
	found := promises(t, at, loc)
	out := make([]Promise, 0, len(found))
	for _, f := range found {
		from, to := t.source(f.span)
		out = append(out, Promise{At: f.at, Start: from, End: to})
	}
	return out
}

type promised struct {
	span
	at time.Time
}

var (
	// news says that the words before a time are about the next word.
	news = regexp.MustCompile(`\b(?:(?:next|another|further|following|new|status|more|an|a|regular|progress|detailed|final|hourly|the) (?:status |detailed |progress |brief |more detailed )*(?:updates?|information|details|communication|report|status|message|news|announcement)|updates? (?:will|is|are|to be|expected|every|by|at|in|within|before|on|of)|(?:will|we'll|i'll|going to|to|shall|expect to) (?:\w+ )?(?:update|post|provide|share|report|inform|write|communicate|follow up|be back|come back|get back|notify|tell|let you know|check in|return|give|send|publish|issue)|(?:n\S+chste[nrs]?|weitere[nrs]?|neues?) (?:update|information\w*|meldung|nachricht|stand|lage\w*|bericht)|(?:melden|informieren|berichten|schreiben|aktualisieren) (?:wir |uns |sie |ich |mich |hier )+)`)
	// other says that the time belongs to something else than words.
	other = regexp.MustCompile(`\b(?:resolved|resolution|fixed|fix (?:will|is|to)|recover\w*|completed?|complete (?:by|in|at)|eta\b|restored|back to normal|finish\w*|us with|behoben|abgeschlossen|after (?:which|that)|started|since|happened|mitigated)`)
	// ahead says it after a time with which the sentence begins: "By 15:00 we will write again".
	ahead = regexp.MustCompile(`^,? ?(?:(?:we|i|you|there)(?:'ll| will| shall)\b[^.]{0,30}\b(?:update|post|provide|share|report|inform|write|hear|communicate|be back|publish|send|be (?:a|an|another|more) (?:\w+ )?(?:update|news|report))|(?:the )?next update|another update|(?:melden|informieren|berichten|schreiben) wir)`)
	// past says that the sentence tells of words given before.
	past = regexp.MustCompile(`\b(?:we (?:provided|posted|shared|gave|sent|promised|published)|was (?:posted|provided|updated)|updated at|reported (?:by|at|on|within)|provide us with|alerted)\b`)
)

// promises finds them in comparable text. Where at is zero only their presence
// is asked for, and any date will do.
func promises(t *text, at time.Time, loc *time.Location) []promised {
	if loc == nil {
		loc = at.Location()
	}
	var out []promised
	given := map[time.Time]bool{}
	for _, s := range t.parts {
		line := t.norm[s.from:s.to]
		if !temporal(line) || past.MatchString(line) {
			continue
		}
		found := times(line, at, loc)
		if len(found) == 0 {
			continue
		}
		cued := news.MatchString(line)
		for _, w := range found {
			if !cued && w.from > 3 {
				continue
			}
			moment := w.at.Round(0).UTC()
			if given[moment] || !aboutNews(line, w.span) || !at.IsZero() && !within(w.at, at) {
				continue
			}
			given[moment] = true
			out = append(out, promised{span{s.from + w.from, s.from + w.to}, w.at})
			if at.IsZero() {
				return out
			}
		}
	}
	return out
}

// temporal reports whether a sentence can name a time: all that do hold a digit
// or one of these, and most sentences hold none.
func temporal(line string) bool {
	if strings.ContainsAny(line, "0123456789") {
		return true
	}
	for _, w := range []string{
		"day", "hour", "minute", "week", "min", "noon", "midnight", "tonight", "tomorrow", "stunde", "woche", "tag",
		"heute", "morgen", "mittwoch", "mittag", "mitternacht", "montag", "samstag", "sonntag", "mon", "tue", "wed", "thu", "fri", "sat", "sun",
	} {
		if strings.Contains(line, w) {
			return true
		}
	}
	return false
}

// farthestCue is how far before a time the words that it belongs to can begin, in bytes.
const farthestCue = 160

// aboutNews reports whether a time belongs to a next word: a cue stands before
// it, nearer than one about the repair, or right after it where the sentence begins with the time.
func aboutNews(line string, w span) bool {
	first := w.from <= 3
	if begin := w.from - len(tail(line[:w.from], farthestCue+40)); begin > 0 { // what stands before is too far to matter
		line, w = line[begin:], span{w.from - begin, w.to - begin}
	}
	cue, wrong := lastIndex(news, line[:min(len(line), w.from+1)]), lastIndex(other, line[:w.from])
	if cue >= 0 && w.from-cue <= farthestCue {
		return wrong < cue || regexpBetween(line, cue, wrong)
	}
	if cue < 0 && wrong < 0 && first {
		rest := line[w.to:min(len(line), w.to+60)]
		return ahead.MatchString(rest)
	}
	return false
}

// regexpBetween reports whether a cue about the repair only describes the
// word to come: "an update on the fix by 14:00" is still about the update.
func regexpBetween(line string, cue, wrong int) bool {
	return aside.MatchString(line[cue:wrong])
}

var aside = regexp.MustCompile(`\b(?:on|about|regarding|with|of|as|if|zu|zur|zum|\S+ber) (?:\S+ )*$`)

func lastIndex(re *regexp.Regexp, s string) int {
	ms := re.FindAllStringIndex(s, -1)
	if len(ms) == 0 {
		return -1
	}
	return ms[len(ms)-1][0]
}

func within(due, at time.Time) bool {
	return due.After(at.Add(-time.Hour)) && due.Before(at.Add(horizon))
}
