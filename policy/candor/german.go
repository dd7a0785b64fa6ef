package candor

import (
	"regexp"
	"sync"
)

// German words end on letters that \b of RE2 does not know (ß, ü), so patterns
// end on \w* or on plain letters.
var (
	deImpact    = regexp.MustCompile(`\b(?:betroffen\w*|betrifft|betreffen|beeintr\S+chtig\w*|st\S+rung\w*|ausf\S*ll\w*|fehler\w*|verz\S+ger\w*|nicht erreichbar|langsam\w*|probleme?n?|unterbrech\w*|verlust\w*|verloren|ausgefallen)`)
	deCause     = regexp.MustCompile(`\b(?:verursacht|aufgrund|wegen|weil|ursache|ausgel\S+st)`)
	deFix       = regexp.MustCompile(`\b(?:ausrollen|rollen|ausgerollt|getestet|testen|test|umgeleitet|verteilen|pilot\w*|probeweise|benachrichtig\w*|anschreiben)`)
	deCount     = regexp.MustCompile(`\b(?:(?:nur |lediglich |blo\S+ )?(?:eine?[mnr]? )?(?:sehr |relativ |recht )?(?:kleine|geringe|minimale|begrenzte|\S*berschaubare)[nrms]? (?:anzahl|zahl|teil|anteil|prozentsatz|gruppe|bruchteil|minderheit)(?: an| von| unserer| der)? \S+|(?:nur|lediglich) (?:sehr )?wenige[nr]? \S+|nur einzelne[nr]? \S+|vereinzelte?[nr]? \S+|einige wenige \S+|einzelf\S+lle?n?)`)
	dePeople    = regexp.MustCompile(`(?:kund|nutzer|anwender|konten|benutzer|mandant|unternehmen|teilnehmer)`)
	deDegree    = regexp.MustCompile(`\b(?:kurz(?:e|er|en|em|zeitige[nrms]?|fristige[nrms]?)|geringf\S+gige[nrms]?|kleine(?:re)?[nrms]?|leichte[nrms]?|minimale[nrms]?) (?:st\S+rung\w*|unterbrechung\w*|ausf\S*ll\w*|beeintr\S+chtigung\w*|verz\S+gerung\w*|probleme?n?|fehler\w*)`)
	deNegate    = regexp.MustCompile(`\b(?:nicht|kein|keine|keinen|keineswegs) (?:nur )?$`)
	deOutside   = regexp.MustCompile(`\b(?:(?:aufgrund|wegen|verursacht (?:durch|von)|schuld|fehler|ausfall|ausfalls|st\S+rung|problem) [^.;\x01\n]{0,60}?(?:dienstleister\w*|drittanbieter\w*|anbieters?\b|providers?\b|lieferant\w*|zulieferer\w*|rechenzentrumsbetreiber\w*|auszubildende\w*|praktikant\w*|mitarbeiters?\b|subunternehm\w*|unwetter\w*|hacker\w*)|unser (?:dienstleister|anbieter|provider|lieferant|partner) (?:hat|hatte|ist|war)|anwenderfehler|bedienfehler (?:des|der|von) kund\w+)`)
	deExcuse    = regexp.MustCompile(`(?:au\S+erhalb unserer (?:kontrolle|verantwortung)|h\S+here gewalt|nicht unsere schuld|nicht unser fehler|ungl\S+ckliche verkettung|wachstumsschmerzen|liegt nicht (?:an|bei) uns)`)
	deOwns      = regexp.MustCompile(`(?:unser fehler|unsere schuld|unsere verantwortung|unser vers\S+umnis|wir (?:haben|h\S+tten) [^.\n]{0,40}(?:versagt|vers\S+umt|vers\S+umen|m\S+ssen|sollen|falsch gemacht)|(?:\S+bernehmen|tragen) (?:wir )?(?:die |die volle )?verantwortung|verantwortung (?:daf\S+r )?(?:liegt bei uns|tragen wir|\S+bernehmen wir)|wir sind (?:daf\S+r )?verantwortlich)`)
	deRecord    = regexp.MustCompile(`(?:noch nie[^.\n]{0,40}(?:passiert|vorgekommen|gehabt|erlebt|jahren)|(?:zum )?ersten mal (?:in|seit)[^.\n]{0,30}jahre?n?|in (?:\S+ ){1,3}jahren (?:noch )?(?:nie|kein)|seit (?:\S+ ){1,3}jahren (?:ohne|st\S+rungsfrei))`)
	deBusiness  = regexp.MustCompile(`(?:(?:unternehmen|gesch\S+ft|betrieb|firma) zu (?:f\S+hren|leiten)|personalmangel|unterbesetzt|wir sind (?:nur )?ein kleines (?:team|unternehmen)|(?:vertraglich|rechtlich) nicht verpflichtet|andere kunden|andere priorit\S+ten)`)
	dePlatitude = regexp.MustCompile(`(?:fehler passieren|jeder macht (?:mal )?fehler|niemand ist perfekt|(?:so etwas|sowas|das) kann (?:schon )?(?:mal )?passieren|irren ist menschlich|kommt (?:schon )?(?:mal )?vor)`)
	deHollow    = regexp.MustCompile(`(?:nehmen [^.\n]{0,40}sehr ernst|(?:zufriedenheit|vertrauen|sicherheit) (?:ist|liegt) uns [^.\n]{0,20}(?:wichtig|am herzen)|mit hochdruck|h\S+chste priorit\S+t|danken f\S+r (?:ihre|eure) geduld)`)
	deHedge     = regexp.MustCompile(`(?:einige|manche|bestimmte|teilweise) (?:\S+ ){0,3}?(?:k\S+nnten|k\S+nnen|m\S+glicherweise|eventuell)|m\S+glicherweise betroffen`)
	deCondition = regexp.MustCompile(`(?:\bfalls\b|etwaige|eventuelle|m\S+gliche unannehmlichkeiten|sollten sie)`)

	deApology  = regexp.MustCompile(`(?:entschuldig|tut uns leid|bedauern|bitten um verzeihung|tut mir leid)`)
	deDone     = regexp.MustCompile(`(?:eingespielt|zur\S+ckgerollt|zur\S+ckgesetzt|zur\S+ckgenommen|neu gestartet|neugestartet|umgeleitet|wiederhergestellt|ausgetauscht|ersetzt|repariert|korrigiert|deaktiviert|abgeschaltet|umgeschaltet|erweitert|(?:fehler|ursache|problem) (?:wurde |haben wir |ist )?behoben|durch [^.\n]{3,60} behoben|ausgerollt)`)
	deContact  = regexp.MustCompile(`(?:(?:kontaktieren|erreichen) sie|erreichbar unter|schreiben sie|rufen sie|antworten sie|wenden sie sich|telefon|[\w.+-]+@[\w-]+\.[a-z]{2,})`)
	deScope    = regexp.MustCompile(`(?:\d+(?:,\d+)? ?(?:%|prozent)|\d[\d.]* (?:kund|nutzer|konten|anfragen)|alle (?:kund|nutzer|konten)|version \d)`)
	deRequest  = regexp.MustCompile(`(?:bitte (?:\S+ ){0,4}?(?:aktualisieren|starten|\S+ndern|pr\S+fen|verwenden|melden|installieren|versuchen|wiederholen)|sie (?:k\S+nnen|m\S+ssen|sollten)|sie m\S+ssen nichts)`)
	dePrevent  = regexp.MustCompile(`(?:damit (?:das|dies|so etwas) [^.\n]{0,30}(?:nicht|nie)|k\S+nftig|in zukunft|verhindern|vorbeugen)`)
	deUnknown  = regexp.MustCompile(`(?:(?:wissen|kennen|verstehen) [^.\n]{0,30}(?:noch )?nicht|unbekannt|unklar)`)
	deCompense = regexp.MustCompile(`(?:gutschrift|gutschreiben|erstatt|entsch\S+dig|kostenlos|kostenfrei)`)
)

// german is made once and never changed.
var german = sync.OnceValue(func() *lexicon { //nolint:gochecknoglobals // made once and never changed
	return &lexicon{
		impact: compile(deImpact), cause: compile(deCause), fix: compile(deFix),
		count: compile(deCount), sparing: compile(deSparing), people: compile(dePeople), degree: compile(deDegree), negation: compile(deNegate),
		outside: compile(deOutside), named: compile(deNamed), excuse: compile(deExcuse), owns: compile(deOwns),
		record: compile(deRecord), business: compile(deBusiness), platitude: compile(dePlatitude), hollow: compile(deHollow),
		hedge: compile(deHedge), condition: compile(deCondition),
		elements: map[Element]*pattern{
			ElementImpact: compile(deImpact), ElementWorst: compile(deImpact), ElementScope: compile(deScope), ElementCause: compile(deCause), ElementDone: compile(deDone),
			ElementContact: compile(deContact), ElementApology: compile(deApology), ElementResponsibility: compile(deOwns),
			ElementCustomerAction: compile(deRequest), ElementPrevention: compile(dePrevent), ElementUnknown: compile(deUnknown),
			ElementCompensation: compile(deCompense),
		},
	}
})
