package candor_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/policy/candor"
)

// words reviews a body beside which everything else that is asked for is given.
func words(body string) *candor.Message {
	return &candor.Message{
		Body: body, Contact: "help@acme.example",
		NextUpdate: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), Done: "rolled back",
	}
}

func TestForbiddenWords(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, body string
		want       map[string]string // rule: excerpt
	}{
		{"count of customers", "This only affected a small number of customers.", map[string]string{"minimising": "a small number of customers"}},
		{"only a number", "Only 12 customers were affected.", map[string]string{"minimising": "Only 12 customers"}},
		{"less than a share", "Less than 1% of customers were affected.", map[string]string{"minimising": "Less than 1% of customers"}},
		{"fewer than a share", "This affected fewer than 1% of customers.", map[string]string{"minimising": "fewer than 1% of customers"}},
		{"share in words", "Less than one percent of users saw errors.", map[string]string{"minimising": "Less than one percent of users"}},
		{"only some", "Only some customers were affected.", map[string]string{"minimising": "Only some customers"}},
		{"just a subset", "Just a subset of our customers were affected.", map[string]string{"minimising": "Just a subset of our customers"}},
		{"minority", "A minority of customers saw errors.", map[string]string{"minimising": "A minority of customers"}},
		{"limited to some", "The impact was limited to some customers.", map[string]string{"minimising": "limited to some customers"}},
		{"not less than", "No less than 1,200 customers were affected.", nil},
		{"only a rule", "Only one user can edit a page at a time.", nil},
		{"only those told", "We have notified only 12 customers so far.", nil},
		{"only a region", "Only customers in Frankfurt were affected: 812 of them.", nil},
		{"only a system", "Only two of five databases were affected.", nil},
		{"count with exact figure beside it", "A tiny fraction of users (0.4 %) could not log in.", map[string]string{"minimising": "A tiny fraction of users"}},
		{"few", "Only a few customers lost mail.", map[string]string{"minimising": "Only a few customers"}},
		{"confined", "The failures are confined to a subset of databases.", map[string]string{"minimising": "confined to a subset of databases"}},
		{"rate as a reason to stop", "Given the low rate of read failures, this is the last message.", map[string]string{"minimising": "low rate of read failures"}},
		{"brief", "Exports suffered a brief outage this morning.", map[string]string{"minimising": "brief outage"}},
		{"hiccup", "We had a little hiccup with invoices.", map[string]string{"minimising": "a little hiccup"}},
		{"short quote does not hide", `It hit "a small number" of customers and broke "small" things.`, map[string]string{"minimising": ""}},
		{"exact share", "8 % of backups failed between 10:02 and 10:40.", nil},
		{"exact scope", "Only Linux images are affected; the damage is limited to versions 2.0 to 2.4.", nil},
		{"negated", "This is not limited to a few customers: every account was affected.", nil},
		{"breadth", "Most customers see errors when they log in.", nil},
		{"roll-out", "We are rolling the fix out to a small number of customers first.", nil},
		{"canary", "Tomorrow we deploy it to a small percentage of traffic, then to all.", nil},
		{"cause", "The crash was caused by a small number of bad records.", nil},
		{"quoted error text", `The screen said "only a small number of requests are failing, please contact support".`, nil},
		{"code", "The log says `minor outage affecting a small number of users` by mistake.", nil},
		{"comparison", "The second wave brought slightly higher error rates than the first.", nil},
		{"supplier", "This was caused by an outage at our hosting provider.", map[string]string{"blaming_others": "caused by an outage at our hosting provider"}},
		{"contractor", "One of our contractors accidentally deleted the volume.", map[string]string{"blaming_others": "One of our contractors accidentally deleted"}},
		{"supplier by name", "This was caused by Cloudflare.", map[string]string{"blaming_others": "caused by Cloudflare"}},
		{"supplier went down", "AWS went down and our site with it.", map[string]string{"blaming_others": "AWS went down"}},
		{"issue at a supplier", "The root cause was an issue at AWS.", map[string]string{"blaming_others": "issue at AWS"}},
		{"a supplier's outage", "An Amazon outage took us down.", map[string]string{"blaming_others": "Amazon outage took"}},
		{"supplier, owned", "AWS went down. We should have failed over, and it is our responsibility.", nil},
		{"our own part", "This was caused by a bug in our Stripe integration.", nil},
		{"named as a place", "We moved the workers from AWS to a second provider.", nil},
		{"named as a helper", "We solved the issue with AWS support.", nil},
		{"control", "This was beyond our control.", map[string]string{"blaming_others": "beyond our control"}},
		{"user", "The loss turned out to be user error.", map[string]string{"blaming_others": "turned out to be user error"}},
		{"owned", "This was caused by an outage at our hosting provider. It is our responsibility to survive that, and we failed.", nil},
		{"own gap named", "A cloud provider failure took us down. We are adding a second provider to increase our resilience.", nil},
		{"helper", "We fixed the incident by working with our provider.", nil},
		{"record", "In fifteen years of business this is the first time in our history.", map[string]string{"record_excuse": ""}},
		{"never before", "We have never had this problem before.", map[string]string{"record_excuse": "We have never had this problem before"}},
		{"never, as a fact", "Your passwords were never stored in plain text.", nil},
		{"business", "Please understand that I have a business to run.", map[string]string{"business_excuse": "have a business to run"}},
		{"staff", "We were short-staffed over the holidays.", map[string]string{"business_excuse": "short-staffed"}},
		{"mistakes happen", "Mistakes happen.", map[string]string{"platitude": "Mistakes happen"}},
		{"serious, with fact", "We take reliability very seriously and rolled back release 41.", nil},
		{"hedged impact", "A subset of customers may have experienced errors.", map[string]string{"hedged_impact": "A subset of customers may have experienced"}},
		{"hedged apology", "We apologise if you were affected.", map[string]string{"hedged_apology": "apologise if you"}},
		{"any inconvenience", "Sorry for any inconvenience.", map[string]string{"hedged_apology": "Sorry for any inconvenience"}},
		{"full apology", "We are sorry: your shop could not take orders for 40 minutes.", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := map[string]string{}
			for _, f := range candor.Review(words(c.body), nil) {
				assert.Equal(t, c.body[f.Start:f.End], f.Excerpt)
				assert.NotEmpty(t, f.Cites)
				if _, seen := got[f.Rule]; !seen {
					got[f.Rule] = f.Excerpt
				}
			}
			require.Len(t, got, len(c.want), "%v", got)
			for rule, excerpt := range c.want {
				require.Contains(t, got, rule)
				if excerpt != "" {
					require.Equal(t, excerpt, got[rule])
				}
			}
		})
	}
}

func TestMissingElements(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		m    candor.Message
		want []string
	}{
		{"nothing given", candor.Message{Body: "Logins fail for everyone."}, []string{"missing_contact", "missing_next_update"}},
		{"given in words", candor.Message{Body: "Logins fail for everyone. Next update by 14:00 UTC. Reply to this mail."}, nil},
		{"given as fields", *words("Logins fail for everyone."), nil},
		{"final word", candor.Message{Body: "Logins work.", Final: true, Contact: "x"}, nil},
		{"answer", candor.Message{Body: "Your file is back.", Purpose: "answer", Contact: "x"}, nil},
		{"repair estimate is no next word", candor.Message{Body: "We expect full recovery in 2 hours.", Contact: "x"}, []string{"missing_next_update"}},
		{"shortly is no time", candor.Message{Body: "We will update you shortly.", Contact: "x"}, []string{"missing_next_update"}},
		{"resolved without what was done", candor.Message{Body: "All good again.", Status: "resolved", Contact: "x"}, []string{"resolution_without_action"}},
		{"resolved with what was done", candor.Message{Body: "We rolled back release 41 and logins work.", Purpose: "resolution", Contact: "x"}, nil},
		{"serious, no fact", candor.Message{Body: "We take reliability very seriously.", Final: true, Contact: "x"}, []string{"platitude"}},
		{"planned work", candor.Message{Body: "There might be a brief interruption on Sunday.", Status: "scheduled", Contact: "x"}, nil},
		{"other language", candor.Message{Body: "Nous enquêtons.", Locale: "fr-CA"}, []string{"unsupported_locale"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, ruleNames(candor.Review(&c.m, nil)))
		})
	}
}

func ruleNames(fs []candor.Finding) []string {
	var out []string
	for _, f := range fs {
		out = append(out, f.Rule)
	}
	return out
}

func TestLevelsAndRequiredElements(t *testing.T) {
	t.Parallel()
	m := words("Only a few customers lost mail.")
	require.True(t, candor.Blocked(candor.Review(m, nil)))
	require.False(t, candor.Blocked(candor.Review(m, &candor.Options{Levels: map[string]candor.Level{"minimising": candor.Warn}})))
	require.Empty(t, candor.Review(m, &candor.Options{Levels: map[string]candor.Level{"minimising": candor.Off}}))

	opts := &candor.Options{
		Levels:  map[string]candor.Level{"minimising": candor.Off, "missing_cause": candor.Warn},
		Require: []candor.Element{candor.ElementApology, candor.ElementCause, candor.ElementContact, candor.ElementApology},
	}
	got := candor.Review(m, opts)
	require.Equal(t, []string{"missing_apology", "missing_cause"}, ruleNames(got))
	require.Equal(t, []candor.Level{candor.Block, candor.Warn}, []candor.Level{got[0].Level, got[1].Level})
	foreign := &candor.Message{Body: "Nous enquêtons.", Locale: "fr"}
	require.Equal(t, []string{"unsupported_locale"}, ruleNames(candor.Review(foreign, opts)), "what cannot be read is not called missing")
}

func TestGerman(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		body string
		want []string
	}{
		{"Davon war nur eine kleine Anzahl von Kunden betroffen.", []string{"minimising"}},
		{"Nur 3 Kunden waren betroffen.", []string{"minimising"}},
		{"Lediglich einige Kunden waren betroffen.", []string{"minimising"}},
		{"Weniger als 1 % unserer Kunden waren betroffen.", []string{"minimising"}},
		{"Nur Kunden in Wien waren betroffen, 812 an der Zahl.", nil},
		{"Ursache war eine Störung bei AWS.", []string{"blaming_others"}},
		{"Ursache war eine Störung bei AWS. Das ist unsere Verantwortung.", nil},
		{"Es kam zu einer kurzen Störung.", []string{"minimising"}},
		{"Es sind nicht nur wenige Kunden betroffen.", nil},
		{"Ursache war ein Fehler unseres Dienstleisters.", []string{"blaming_others"}},
		{"Ursache war ein Fehler unseres Dienstleisters. Das ist unsere Verantwortung.", nil},
		{"Das ist in 15 Jahren noch nie vorgekommen.", []string{"record_excuse"}},
		{"Fehler passieren.", []string{"platitude"}},
		{"Wir haben ein Unternehmen zu führen.", []string{"business_excuse"}},
		{"8 % der Anmeldungen schlugen fehl.", nil},
	} {
		t.Run(c.body, func(t *testing.T) {
			t.Parallel()
			m := words(c.body)
			m.Locale = "de-AT"
			require.Equal(t, c.want, ruleNames(candor.Review(m, nil)))
		})
	}
	m := &candor.Message{Locale: "de", Body: "Anmeldungen schlagen fehl. Das nächste Update kommt um 14:30 Uhr. Sie erreichen uns unter 0800 1."}
	require.NotContains(t, ruleNames(candor.Review(m, nil)), "missing_next_update")
	require.True(t, candor.Supported("de_CH"))
	require.False(t, candor.Supported("fr"))
}

func TestEveryRuleHasAdvice(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, r := range candor.Rules() {
		require.NotEmpty(t, r.Advice, r.Name)
		require.NotEmpty(t, r.Hint, r.Name)
		require.NotEmpty(t, r.Cites, r.Name)
		require.Contains(t, []candor.Level{candor.Warn, candor.Block}, r.Level)
		require.False(t, seen[r.Name], r.Name)
		seen[r.Name] = true
	}
}

func TestElements(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		element candor.Element
		body    string
	}{
		{candor.ElementApology, "We are sorry."},
		{candor.ElementResponsibility, "This is our mistake."},
		{candor.ElementWorst, "Backups were lost. The rest follows."},
		{candor.ElementImpact, "Every customer is affected."},
		{candor.ElementScope, "214 customers, versions 2.0 to 2.4."},
		{candor.ElementDataLoss, "No data was lost."},
		{candor.ElementInterimRisk, "Until then, new files are not backed up."},
		{candor.ElementUnknown, "We do not know yet why."},
		{candor.ElementCause, "It was caused by release 41."},
		{candor.ElementNotYourDoing, "Nothing you did led to this."},
		{candor.ElementAction, "We are rebuilding the index."},
		{candor.ElementCustomerAction, "Please update to 2.4.3."},
		{candor.ElementDone, "We rolled back release 41."},
		{candor.ElementResidualLoss, "Comments of that hour cannot be restored."},
		{candor.ElementPrevention, "We added a check to prevent this from happening again."},
		{candor.ElementCompensation, "You get a credit of a month."},
		{candor.ElementThanks, "Thank you, Example Ltd, for the log."},
		{candor.ElementNextUpdate, "Next update by 14:00 UTC."},
		{candor.ElementContact, "Reply to this mail."},
		{candor.ElementRepeatsReport, "You wrote that exports hang."},
		{candor.ElementHowToCorrect, "If this is wrong, change it here."},
		{candor.ElementAskFixed, "Is it fixed for you?"},
		{candor.ElementAskSatisfied, "How satisfied are you with our help?"},
		{candor.ElementWhyYou, "Your account was hit because it uses the old region."},
		{candor.ElementHowLongForYou, "Your shop was down for 43 minutes."},
	} {
		t.Run(string(c.element), func(t *testing.T) {
			t.Parallel()
			require.Contains(t, candor.Elements(&candor.Message{Body: c.body}), c.element)
			require.NotContains(t, candor.Elements(&candor.Message{Body: "Invoices are sent on Monday."}), c.element)
		})
	}
	require.Equal(t, []candor.Element{candor.ElementContact, candor.ElementPerson},
		candor.Elements(&candor.Message{Contact: "x", Person: "Ada Example", Locale: "fr", Body: "Désolé, sorry"}))
	german := candor.Review(&candor.Message{Locale: "de", Body: "x", Final: true, Contact: "x"}, &candor.Options{Require: []candor.Element{candor.ElementWhyYou}})
	require.Equal(t, []string{"unchecked_why_you"}, ruleNames(german))
}
