package customerpage

import "github.com/amends-dev/amends/incident"

//nolint:gochecknoglobals // a table, never written
var german = words{
	Language: "Deutsch",

	Skip: "Zum Inhalt", Languages: "Sprache",
	Private:    "Diese Seite ist nur für Sie. Wer ihre Adresse hat, sieht, was Sie sehen, und kann für Sie sprechen.",
	ValidUntil: "Die Adresse gilt bis", Error: "Fehler",
	Untitled: "Ihre Nachricht an uns",
	Unknown:  "noch nicht bekannt",

	State: "Wie es steht", SinceYou: "Bei Ihnen seit", Concerned: "Betroffen", Scope: "Genau", Planned: "Geplant",
	Reopened: "Zu früh für behoben erklärt", Once: "einmal", Times: "%d-mal",
	DataLoss: "Daten sind verloren gegangen oder in Gefahr, verloren zu gehen.",
	Next:     "Sie hören wieder von uns bis", NextLate: "Bis dahin hätten Sie von uns hören sollen und haben es nicht. Das ist unsere Schuld.",
	NoNext: "Wir haben keine Zeit genannt, zu der Sie wieder von uns hören.",
	Statuses: map[incident.Status]string{
		incident.StatusDetected:      "Wir wissen davon.",
		incident.StatusInvestigating: "Wir suchen die Ursache.",
		incident.StatusIdentified:    "Wir kennen die Ursache und arbeiten daran.",
		incident.StatusMonitoring:    "Eine Lösung ist eingebaut, und wir beobachten sie.",
		incident.StatusResolved:      "Behoben, soweit wir sehen.",
		incident.StatusConfirmed:     "Behoben, wie unsere Kunden sagen.",
		incident.StatusClosed:        "Abgeschlossen.",
		incident.StatusDismissed:     "Es war ein Fehlalarm.",
		incident.StatusMerged:        "Es gehört zu einer anderen Störung und wird dort bearbeitet.",
		incident.StatusScheduled:     "Geplant.",
		incident.StatusInProgress:    "Im Gang.",
		incident.StatusVerifying:     "Fertig, und wird geprüft.",
		incident.StatusCompleted:     "Fertig.",
		incident.StatusCancelled:     "Abgesagt.",
		incident.StatusFailed:        "Es ist schiefgegangen.",
		incident.StatusOpen:          "Hier sind wir Ihnen noch etwas schuldig.",
		incident.StatusSettled:       "Hier wartet nichts mehr auf uns.",
	},

	Verdict:    "Ist es bei Ihnen behoben?",
	Judge:      "Wir glauben, dass es behoben ist. Ob es das ist, entscheiden Sie.",
	JudgeAgain: "Wenn es doch nicht behoben ist oder wieder auftritt, sagen Sie es uns hier. Dann arbeiten wir weiter daran.",
	LastWord:   "Ihr letztes Wort", SatisfiedWith: "Wie zufrieden Sie sind", GivenAt: "Gesagt am",
	Opinions: map[incident.Opinion]string{
		incident.OpinionFixed: "Es ist behoben.", incident.OpinionPartly: "Es ist nur teilweise behoben.", incident.OpinionBroken: "Es geht immer noch nicht.",
	},

	Todo: "Was Sie tun müssen", Consequence: "Wenn es nicht geschieht", Due: "Bis",
	Overdue: "Diese Zeit ist vorbei. Es ist nicht zu spät: Bitte tun Sie es jetzt.", DoneAt: "Erledigt am", ConsentedAt: "Sie haben zugestimmt am",

	Impact: "Was das für Sie bedeutet", HowLong: "Wie lange insgesamt", SoFar: "bis jetzt", From: "Von", To: "bis", Lasting: "es dauert noch an",
	Objects: "Was von Ihnen betroffen ist", Why: "Warum es Sie getroffen hat", WhyUnknown: "Wir wissen noch nicht, warum es Sie getroffen hat.", Lost: "Was verloren ist und nicht zurückkommt",
	Degrees: map[incident.Degree]string{
		incident.DegreeDown:     "Es ging bei Ihnen gar nicht.",
		incident.DegreeDegraded: "Es ging bei Ihnen nur teilweise.",
		incident.DegreeExposed:  "Es lief bei Ihnen weiter, aber Sie waren in Gefahr.",
		incident.DegreeUnknown:  "Wir wissen noch nicht, wie schwer es Sie getroffen hat.",
	},

	Promises: "Was wir Ihnen zugesagt haben", PromisedBy: "Bis", Kept: "Gehalten am", KeptLate: "Zu spät gehalten, am", Pending: "Noch offen", Late: "Zu spät: Die Zeit ist vorbei, und wir haben es nicht gehalten.",
	BrokenOnce: "Wir haben einmal eine Zeit verpasst, die wir genannt hatten.", BrokenTimes: "Wir haben %d-mal eine Zeit verpasst, die wir genannt hatten.",
	PromiseKinds: map[incident.PromiseKind]string{
		incident.PromiseNextUpdate: "Die nächste Nachricht", incident.PromiseAnswer: "Eine Antwort", incident.PromiseFix: "Eine Lösung", incident.PromiseCallBack: "Ein Rückruf",
		incident.PromiseAppointment: "Ein Termin", incident.PromisePrevention: "Damit es nicht wieder geschieht",
	},

	Awards: "Was Sie von uns bekommen", NoClaim: "Sie müssen es nicht beantragen und nichts dafür tun.", Because: "Denn:",
	Paid: "Sie haben es.", Unpaid: "Es ist auf dem Weg zu Ihnen.", Dispute: "Wenn das nicht stimmt oder Ihren Verlust nicht gutmacht, sagen Sie es uns weiter unten.",

	Said: "Was wir Ihnen gesagt haben", NothingSaid: "Bisher nichts.", SaidAt: "Gesagt am", SaidBy: "von",
	WasWrong: "Das war falsch.", SeeCorrection: "Zu dem, was richtig ist", Corrects: "Das ersetzt, was falsch war an unseren Worten vom", Withdrawn: "Diese Worte haben wir zurückgenommen am",
	Purposes: map[incident.Purpose]string{
		incident.PurposeUpdate: "Neues", incident.PurposeHolding: "Erstes Wort", incident.PurposeResolution: "Behoben", incident.PurposeExplanation: "Was geschehen ist, und warum",
		incident.PurposeReopening: "Doch nicht behoben", incident.PurposeCorrection: "Berichtigung", incident.PurposeAnswer: "Unsere Antwort", incident.PurposeAnnouncement: "Ankündigung",
	},

	Reports: "Was Sie uns gesagt haben", ReceivedAt: "Eingegangen am", YouSeeItSince: "Sie sehen es seit", Erased: "Gelöscht, wie Sie es wollten.",
	AnswerBy: "Sie bekommen eine Antwort bis", AnswerLate: "Wir sind zu spät: Bis dahin hätten Sie unsere Antwort haben sollen.", Answered: "Beantwortet am",
	OurQuestion: "Unsere Frage", YouAdded: "Von Ihnen dazu", WaitsForYou: "Unsere Frage wartet auf Sie.",
	ReportKinds: map[incident.ReportKind]string{
		incident.ReportFailure: "Ihre Meldung", incident.ReportQuestion: "Ihre Frage", incident.ReportComplaint: "Ihre Beschwerde",
	},

	Reach: "So erreichen Sie uns", Person: "Zuständig", Contact: "Direkt",
	ContactInMessage: "Wie Sie uns erreichen, steht am Ende jeder Nachricht, die Sie von uns haben.",

	Optional: "(freiwillig)", TextHint: "In Ihren eigenen Worten, bis zu %d Zeichen.", Send: "Absenden",
	AskOpinion: "Wie ist es jetzt?", AskSatisfied: "Wie zufrieden sind Sie damit, wie wir damit umgegangen sind?", AskWords: "Was sollten wir wissen?",
	Satisfied: [5]string{"1, gar nicht", "2", "3", "4", "5, sehr"},
	Reply:     "Etwas ergänzen", ReplyTo: "Etwas ergänzen zu Ihrer Nachricht: %s", AnswerOurs: "Unsere Frage beantworten", YourReply: "Ihre Worte",
	Correct: "Berichtigen, was wir verstanden haben", CorrectOf: "Berichtigen, was wir von Ihrer Nachricht verstanden haben: %s", YourCorrection: "Was ist falsch oder fehlt?",
	MarkDone: "Ich habe das getan", MarkConsent: "Ich stimme zu",
	More: "Noch etwas?", Report: "Uns etwas Neues sagen", AskKind: "Was ist es?", AskText: "Was ist geschehen, oder was wollen Sie wissen?",
	AskSince: "Seit wann?", ZoneHint: "Datum und Uhrzeit in der Zone %s.", AskUrgency: "Wie dringend ist es für Sie?",
	AskKinds: map[incident.ReportKind]string{
		incident.ReportFailure: "Etwas geht nicht", incident.ReportQuestion: "Eine Frage", incident.ReportComplaint: "Eine Beschwerde über uns",
	},
	Urgencies: map[incident.Urgency]string{
		incident.UrgencyNormal: "Normal", incident.UrgencyHigh: "Dringend", incident.UrgencyMayday: "Ein Notfall: Bei uns steht alles still",
	},

	Heard: map[incident.Saying]string{
		incident.SayVerdict:    "Danke. Ihr Wort ist bei uns. Wenn es nicht behoben ist, arbeiten wir weiter daran.",
		incident.SayReport:     "Ihre Nachricht ist bei uns. Weiter unten steht, was wir verstanden haben: Berichtigen Sie es, wenn etwas nicht stimmt.",
		incident.SayReply:      "Ihre Worte sind bei uns. Sie stehen weiter unten bei Ihrer Nachricht.",
		incident.SayCorrection: "Ihre Berichtigung ist bei uns. Sie steht weiter unten bei Ihrer Nachricht.",
		incident.SayDone:       "Danke. Wir haben es vermerkt.",
	},
	NotSent:     "Noch nicht abgesandt",
	CheckFields: "Bitte sehen Sie sich das noch einmal an. Was Sie eingegeben haben, ist noch da.",
	StaleForm:   "Dieses Formular ist zu alt oder wurde nicht für diese Seite gemacht. Was Sie eingegeben haben, ist noch da: Bitte sehen Sie es an und senden Sie es noch einmal.",
	SentBefore:  "Dieses Formular haben Sie schon einmal mit anderen Worten abgesandt, und die haben wir. Was Sie jetzt eingegeben haben, ist noch da: Senden Sie es noch einmal, dann haben wir es auch.",
	Changed:     "Seit Sie diese Seite geöffnet haben, hat sich etwas geändert. Sie zeigt, wie es jetzt steht. Was Sie eingegeben haben, ist noch da: Wenn es noch gilt, senden Sie es noch einmal.",
	Failed:      "Wir können nicht sagen, ob wir es haben. Der Grund liegt bei uns. Was Sie eingegeben haben, ist noch da: Bitte senden Sie es in einer Minute noch einmal. Zweimal gesandt zählt es einmal.",
	Reference:   "Wenn Sie uns deswegen schreiben, nennen Sie dieses Kennzeichen:",
	NeedOpinion: "Bitte wählen Sie eines von den dreien.", NeedText: "Bitte schreiben Sie etwas.", NeedKind: "Bitte wählen Sie, was es ist.",
	NeedUrgency: "Bitte wählen Sie, wie dringend es ist.", NeedSatisfied: "Bitte wählen Sie eine Zahl von 1 bis 5 oder keine.",
	TextTooLong: "Das sind %d Zeichen, und %d sind möglich. Bitte kürzen Sie es oder senden Sie den Rest hinterher.",
	BadTime:     "Datum und Uhrzeit verstehen wir nicht. Bitte geben Sie sie so ein: 2026-03-31 14:05.",
	FutureTime:  "Diese Zeit kommt erst noch. Bitte geben Sie an, wann es begann.",

	NotFound:    plainWords{"Hier ist nichts zu sehen", "Diese Adresse führt nirgendwohin. Vielleicht ist unterwegs ein Teil davon verloren gegangen: Bitte folgen Sie dem Link in unserer Nachricht noch einmal."},
	Expired:     plainWords{"Dieser Link gilt nicht mehr", "Links in unseren Nachrichten gelten nur eine Weile, damit sie später niemand findet. Der Link in unserer neuesten Nachricht gilt am längsten."},
	TooMany:     plainWords{"Einen Moment bitte", "Es gab in kurzer Zeit sehr viele Anfragen. Bitte versuchen Sie es in einer Minute noch einmal."},
	Unavailable: plainWords{"Wir können diese Seite gerade nicht zeigen", "Der Grund liegt bei uns. Bitte versuchen Sie es in einer Minute noch einmal."},
	Method:      plainWords{"Das geht hier nicht", "Diese Seite kann man lesen und ihre Formulare absenden. Bitte folgen Sie dem Link in unserer Nachricht noch einmal."},
	TooLarge:    plainWords{"Das ist zu viel auf einmal", "Was Sie gesandt haben, ist zu lang für diese Seite. Bitte gehen Sie zurück und senden Sie es in Teilen."},
	NotAForm:    plainWords{"Das haben wir nicht verstanden", "Was hier ankam, war keines der Formulare dieser Seite. Bitte öffnen Sie die Seite noch einmal und senden Sie es von dort."},
	TooSlow:     plainWords{"Die Verbindung war zu langsam", "Was Sie gesandt haben, ist nicht ganz angekommen und wurde nicht aufgenommen. Bitte gehen Sie zurück und senden Sie es noch einmal."},
	Foreign:     plainWords{"Das kam von einer anderen Seite", "Formulare dieser Seite kann man nur von der Seite selbst absenden. Es wurde nichts aufgenommen. Bitte öffnen Sie die Seite noch einmal und senden Sie es von dort."},
	YourWords:   "Was Sie eingegeben haben, noch nicht abgesandt", SendAgain: "Noch einmal senden", BackToPage: "Die Seite öffnen",
}
