package candor

import (
	"regexp"
	"strings"
)

// lexicon is the vocabulary of one language. Patterns run on comparable text: a
// nil pattern means that the language has no such rule.
type lexicon struct {
	impact, cause, fix *regexp.Regexp // cues for the role of a clause

	count    *regexp.Regexp // diminishers of who and how many
	people   *regexp.Regexp // what makes a count one of customers
	degree   *regexp.Regexp // diminishers of how long and how bad
	negation *regexp.Regexp // right before a diminisher: "not limited to"

	outside   *regexp.Regexp // attribution to somebody else
	excuse    *regexp.Regexp // excuses that need no attribution
	owns      *regexp.Regexp // owning it
	record    *regexp.Regexp
	business  *regexp.Regexp
	platitude *regexp.Regexp // wrong wherever it stands
	hollow    *regexp.Regexp // wrong where no fact stands beside it
	hedge     *regexp.Regexp
	condition *regexp.Regexp // what makes an apology conditional

	elements map[Element]*regexp.Regexp
}

// Supported reports whether the rules know the language of a BCP 47 tag. "" is English.
func Supported(locale string) bool { return lexiconFor(locale) != nil }

func lexiconFor(locale string) *lexicon {
	lang, _, _ := strings.Cut(strings.ReplaceAll(strings.ToLower(locale), "_", "-"), "-")
	switch lang {
	case "", "en":
		return english()
	case "de":
		return german()
	}
	return nil
}
