package prose

import "strings"

// cutMark stands, in any language, for what was left out.
const cutMark = "[…]"

// Fit returns text as it is if size says that it is no larger than limit.
// Otherwise it leaves out of the middle what is too much, at line breaks or spaces where there are
// some, and marks the place. The end stays, since messages end with when more
// comes, whom to ask, and links; it goes where it is no line of its own, because half a line of a
// quotation would no longer be marked as one. If nothing fits, the mark alone is returned.
//
// size must grow and shrink with the length of a text, about evenly.
func Fit(text string, limit int, size func(text string) int) string {
	n := size(text)
	if n <= limit {
		return text
	}
	runes := []rune(text)
	for keep := len(runes); keep > 0; {
		keep = min(keep*limit/n, keep*9/10)
		short := cutMark
		if head := beginning(runes[:keep-keep/4]); head != "" {
			short = head + "\n\n" + short
		}
		if tail := ending(runes[len(runes)-keep/4:]); tail != "" {
			short += "\n\n" + tail
		}
		if n = size(short); n <= limit {
			return short
		}
	}
	return cutMark
}

// beginning cuts what is left of a line at its end, or what is left of a word.
func beginning(runes []rune) string {
	text := string(runes)
	if at := strings.LastIndexByte(text, '\n'); at > len(text)/2 {
		text = text[:at]
	} else if at = strings.LastIndexAny(text, " \n\t"); at > len(text)/2 {
		text = text[:at]
	}
	return strings.TrimSpace(text)
}

// ending cuts what is left of a line at its beginning.
func ending(runes []rune) string {
	_, text, _ := strings.Cut(string(runes), "\n")
	return strings.TrimSpace(text)
}
