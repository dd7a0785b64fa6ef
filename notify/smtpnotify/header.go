package smtpnotify

import (
	"errors"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of what a header holds, in characters. Longer ones are cut: a customer
// reads no more of them, and a line may not have more than 998 bytes (RFC 5322
// section 2.1.1).
const (
	maxName    = 120
	maxSubject = 400
	maxURL     = 900
)

// headerText makes text fit for a header and for a reader who trusts it: one
// line, no control character, nothing that turns the direction of what follows,
// at most limit characters.
func headerText(s string, limit int) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\u2028' || r == '\u2029' || unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), turns(r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	s = strings.Join(strings.Fields(s), " ")
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	return strings.TrimSpace(string([]rune(s)[:limit-1])) + "…"
}

// turns says whether r embeds, overrides or isolates a direction of writing
// (Unicode Standard Annex 9): with it "exe.gpj" reads "jpg.exe".
func turns(r rune) bool { return '\u202A' <= r && r <= '\u202E' || '\u2066' <= r && r <= '\u2069' }

// nameText is headerText for the name beside an address. It has no backslash,
// which net/mail leaves in encoded words, where RFC 2047 section 5 forbids it.
func nameText(s string) string { return strings.ReplaceAll(headerText(s, maxName), `\`, "/") }

// displayName joins the person who signs with the name of the house.
func displayName(person, house string) string {
	person = nameText(person)
	switch {
	case person == "":
		return house
	case house == "" || person == house || strings.HasSuffix(person, ", "+house):
		return person
	}
	return person + ", " + house
}

// oneClick returns the URL for the List-Unsubscribe field: "" where there is
// none, or where it is not one of https, which RFC 8058 demands.
func oneClick(raw string) (string, error) {
	if !strings.HasPrefix(strings.ToLower(raw), "https:") {
		return "", nil
	}
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.User != nil || len(raw) > maxURL ||
		strings.ContainsFunc(raw, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`<>"\^{|},`, r) }) {
		return "", errors.New("the URL to unsubscribe does not fit into a header: escape it, and keep it under 900 characters")
	}
	return raw, nil
}

// listID checks a List-Id (RFC 2919): an optional phrase, and an identifier that
// looks like a host name, in angle brackets.
func listID(s string) (string, error) {
	phrase, id, found := strings.Cut(s, "<")
	if !found {
		phrase, id = "", s+">"
	}
	id, closed := strings.CutSuffix(id, ">")
	phrase = strings.TrimSpace(phrase)
	if !closed || !validDomain(id) || !isASCII(s) || phrase != headerText(phrase, maxName) || strings.ContainsAny(phrase, `"<>()@,;:\`) {
		return "", errors.New(`ListID must look like "Acme status <status.acme.example>"`)
	}
	return strings.TrimSpace(phrase + " <" + id + ">"), nil
}

// languageTag returns a locale if it is fit for a Content-Language field, or "".
func languageTag(locale string) string {
	if locale == "" || len(locale) > 35 || strings.ContainsFunc(locale, func(r rune) bool { return !letterOrDigit(r) && r != '-' }) {
		return ""
	}
	return locale
}
