package candor

import "regexp"

// Exact counts are wanted, but "only" before one makes it small, and so does
// "some" where a count belongs. Of what else there is "only" (versions, regions,
// systems) it is the scope, and stays.
const (
	enPeopleNoun = `(?:customers?|users?|clients?|accounts?|people|subscribers?|tenants?|organi[sz]ations?|merchants?|companies|businesses|members?|visitors?|shops?|workspaces?|teams?|students?|patients?|readers?|developers?)`
	enNumber     = `(?:\d[\d,.]*(?: ?%| percent)?|(?:one|two|three|four|five|six|seven|eight|nine|ten|a dozen|half a)(?: percent)?)`
	enVague      = `(?:some|several|certain|a (?:subset|minority|fraction|portion|part|percentage|number|group))`
	enOf         = ` (?:of )?(?:our |the |all |its )?(?:\w+ ){0,2}?`

	dePeopleNoun = `(?:\S*kund\w*|\S*nutzer\w*|anwender\w*|konten|konto|mandanten?|unternehmen|teilnehmer\w*)`
	deNumber     = `(?:\d[\d,.]*(?: ?%| prozent)?|eine?[mnr]?|zwei|drei|vier|f\S+nf|sechs|sieben|acht|neun|zehn|ein dutzend)`
	deOf         = ` (?:von |der |des |aller )?(?:unserer? )?(?:\S+ )?`
)

var (
	enSparing = regexp.MustCompile(`\b(?:` +
		`(?:only|just|merely|solely) (?:about |around |approximately |roughly |an estimated )?(?:` + enNumber + `|` + enVague + `)` + enOf + enPeopleNoun +
		`|(?:less|fewer) than ` + enNumber + enOf + enPeopleNoun +
		`|(?:under|below) \d[\d,.]*(?: ?%| percent)` + enOf + enPeopleNoun +
		`|(?:limited|confined|restricted|isolated)(?: in scope)? to (?:just |only )?` + enVague + enOf + enPeopleNoun +
		`|a (?:\w+ )?minority of (?:our |the |all )?(?:\w+ )?` + enPeopleNoun +
		`)\b`)
	deSparing = regexp.MustCompile(`\b(?:` +
		`(?:nur|lediglich|blo\S+|gerade einmal|gerade mal) (?:etwa |rund |ca\. |knapp )?(?:` + deNumber + `|einige[nr]?|manche[nr]?|bestimmte[nr]?|ein teil|einen teil)` + deOf + dePeopleNoun +
		`|weniger als ` + deNumber + deOf + dePeopleNoun +
		`|auf (?:einige|manche|bestimmte|einen teil|eine minderheit)` + deOf + dePeopleNoun + ` (?:beschr\S+nkt|begrenzt)` +
		`|eine (?:\S+ )?minderheit` + deOf + dePeopleNoun + `)`)
)
