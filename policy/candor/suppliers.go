package candor

import "regexp"

// supplierNames are suppliers that customers know by name. A company that writes
// about its own failure under one of these names would be misread, so those of
// whom that is likely are missing.
const supplierNames = `(?:aws|amazon(?: web services)?|azure|cloudflare|fastly|akamai|stripe|twilio|sendgrid|mailgun|heroku|digital ?ocean|hetzner|ovh|okta|auth0|paypal|adyen|equinix|vercel|netlify)`

var (
	enNamed = regexp.MustCompile(`\b(?:` +
		`(?:caused by|due to|because of|result of|triggered by|fault of|blame lies with) (?:an? |the )?` + supplierNames + `(?:'s?)?(?: (?:outage|incident|downtime|failure|problem|issue|disruption)s?)?(?:[.,;!]|(?m:$)| (?:and|which|while|so)\b)` +
		`|(?:outage|incident|failure|issue|problem|disruption|degradation)s? (?:at|with|in|of|on) ` + supplierNames + `(?:[.,;!]|(?m:$)| (?:and|which|while|so|caused|took|brought|broke|led|today|yesterday|this)\b)` +
		`|` + supplierNames + ` (?:outage|incident|failure|downtime|disruption)s? (?:\w+ )?(?:took|caused|brought|broke|affected|made|knocked|led)` +
		`|` + supplierNames + ` (?:went down|failed|let us down|broke (?:our|us)|took (?:us|our)|(?:had|has|is having|is experiencing|experienced|suffered) (?:an? |some )?(?:\w+ )?(?:outage|incident|problem|issue|failure|downtime|disruption)s?|(?:is|was) (?:responsible|to blame|at fault))` +
		`)`)
	deNamed = regexp.MustCompile(`\b(?:` +
		`(?:ausfall|st\S+rung|probleme?n?|fehler) (?:bei|von) ` + supplierNames + `\b` +
		`|(?:wegen|verursacht (?:durch|von)|schuld (?:ist|war|hat)) ` + supplierNames + `\b` +
		`|` + supplierNames + ` (?:ist ausgefallen|war ausgefallen|war gest\S+rt|(?:hat|hatte) (?:eine[n]? )?(?:\S+ )?(?:ausfall|st\S+rung|probleme?)|(?:ist|war) schuld)` +
		`)`)
)
