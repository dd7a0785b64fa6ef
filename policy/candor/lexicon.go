package candor

import "strings"

// lexicon is the vocabulary of one language. Patterns run on comparable text.
type lexicon struct {
	impact, cause, fix *pattern // cues for the role of a clause

	count    *pattern // diminishers of who and how many
	sparing  *pattern // "only" before a count of customers, "some" instead of one
	people   *pattern // what makes a count one of customers
	degree   *pattern // diminishers of how long and how bad
	negation *pattern // right before a diminisher: "not limited to"

	outside   *pattern // attribution to somebody else
	named     *pattern // attribution to a supplier by name
	excuse    *pattern // excuses that need no attribution
	owns      *pattern // owning it
	record    *pattern
	business  *pattern
	platitude *pattern // wrong wherever it stands
	hollow    *pattern // wrong where no fact stands beside it
	hedge     *pattern
	condition *pattern // what makes an apology conditional

	elements map[Element]*pattern
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
