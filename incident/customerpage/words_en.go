package customerpage

import "github.com/amends-dev/amends/incident"

//nolint:gochecknoglobals // a table, never written
var english = words{
	Language: "English",

	Skip: "To the content", Languages: "Language",
	Private:    "This page is yours alone. Whoever has its address sees what you see and can speak for you.",
	ValidUntil: "The address is good until", Error: "Error",
	Untitled: "Your message to us",
	Unknown:  "not known yet",

	State: "Where things stand", SinceYou: "For you since", Concerned: "Concerned", Scope: "Exactly", Planned: "Planned",
	Reopened: "Called fixed too early", Once: "once", Times: "%d times",
	DataLoss: "Data was lost, or is in danger of being lost.",
	Next:     "You hear from us again by", NextLate: "You should have heard from us by then, and did not. That is our fault.",
	NoNext: "We have not named a time at which you hear from us again.",
	Statuses: map[incident.Status]string{
		incident.StatusDetected:      "We know of it.",
		incident.StatusInvestigating: "We are looking for the cause.",
		incident.StatusIdentified:    "We know the cause and are working on it.",
		incident.StatusMonitoring:    "A fix is in place, and we are watching it.",
		incident.StatusResolved:      "Fixed, as far as we can see.",
		incident.StatusConfirmed:     "Fixed, as customers say.",
		incident.StatusClosed:        "Closed.",
		incident.StatusDismissed:     "It was a false alarm.",
		incident.StatusMerged:        "It belongs to another incident and is handled there.",
		incident.StatusScheduled:     "Planned.",
		incident.StatusInProgress:    "Under way.",
		incident.StatusVerifying:     "Done, and being checked.",
		incident.StatusCompleted:     "Done.",
		incident.StatusCancelled:     "Cancelled.",
		incident.StatusFailed:        "It went wrong.",
		incident.StatusOpen:          "We still owe you something here.",
		incident.StatusSettled:       "Nothing here is waiting for us.",
	},

	Verdict:    "Is it fixed for you?",
	Judge:      "We believe that it is fixed. Whether it is, you decide.",
	JudgeAgain: "If it is not fixed after all, or breaks again, tell us here. We then go on working on it.",
	LastWord:   "Your last word", SatisfiedWith: "How satisfied you are", GivenAt: "Said on",
	Opinions: map[incident.Opinion]string{
		incident.OpinionFixed: "It is fixed.", incident.OpinionPartly: "It is fixed only in part.", incident.OpinionBroken: "It is still broken.",
	},

	Todo: "What you need to do", Consequence: "If it is not done", Due: "By",
	Overdue: "That time has passed. It is not too late: please do it now.", DoneAt: "Done on", ConsentedAt: "You agreed on",

	Impact: "What it means for you", HowLong: "How long in all", SoFar: "so far", From: "From", To: "to", Lasting: "it still lasts",
	Objects: "What of yours it hit", Why: "Why it hit you", WhyUnknown: "We do not know yet why it hit you.", Lost: "What is lost and does not come back",
	Degrees: map[incident.Degree]string{
		incident.DegreeDown:     "It did not work for you at all.",
		incident.DegreeDegraded: "It worked for you only in part.",
		incident.DegreeExposed:  "It kept working for you, but you were at risk.",
		incident.DegreeUnknown:  "We do not know yet how badly it hit you.",
	},

	Promises: "What we promised you", PromisedBy: "By", Kept: "Kept on", KeptLate: "Kept late, on", Pending: "Still open", Late: "Late: the time has passed, and we have not kept it.",
	BrokenOnce: "We missed a time that we had named once.", BrokenTimes: "We missed a time that we had named %d times.",
	PromiseKinds: map[incident.PromiseKind]string{
		incident.PromiseNextUpdate: "Next update", incident.PromiseAnswer: "An answer", incident.PromiseFix: "A fix", incident.PromiseCallBack: "A call back",
		incident.PromiseAppointment: "An appointment", incident.PromisePrevention: "So that it does not happen again",
	},

	Awards: "What you get from us", NoClaim: "You do not need to claim it or do anything for it.", Because: "Because:",
	Paid: "You have it.", Unpaid: "It is on its way to you.", Dispute: "If this is wrong, or does not make good what you lost, tell us below.",

	Said: "What we have told you", NothingSaid: "Nothing so far.", SaidAt: "Said on", SaidBy: "by",
	WasWrong: "This was wrong.", SeeCorrection: "See what is right", Corrects: "This replaces what was wrong in what we said on", Withdrawn: "We took these words back on",
	Purposes: map[incident.Purpose]string{
		incident.PurposeUpdate: "News", incident.PurposeHolding: "First word", incident.PurposeResolution: "Fixed", incident.PurposeExplanation: "What happened, and why",
		incident.PurposeReopening: "Not fixed after all", incident.PurposeCorrection: "Correction", incident.PurposeAnswer: "Our answer", incident.PurposeAnnouncement: "Announcement",
	},

	Reports: "What you have told us", ReceivedAt: "Received on", YouSeeItSince: "You see it since", Erased: "Erased, as you wished.",
	AnswerBy: "You get an answer by", AnswerLate: "We are late: you should have had our answer by then.", Answered: "Answered on",
	OurQuestion: "Our question", YouAdded: "You added", WaitsForYou: "Our question is waiting for you.",
	ReportKinds: map[incident.ReportKind]string{
		incident.ReportFailure: "Your report", incident.ReportQuestion: "Your question", incident.ReportComplaint: "Your complaint",
	},

	Reach: "Who to reach", Person: "In charge", Contact: "Directly",
	ContactInMessage: "How to reach us stands at the end of every message that you have from us.",

	Optional: "(optional)", TextHint: "In your own words, up to %d characters.", Send: "Send",
	AskOpinion: "How is it now?", AskSatisfied: "How satisfied are you with how we handled it?", AskWords: "What should we know?",
	Satisfied: [5]string{"1, not at all", "2", "3", "4", "5, very"},
	Reply:     "Add something", ReplyTo: "Add something to your message of %s", AnswerOurs: "Answer our question", YourReply: "Your words",
	Correct: "Correct what we understood", CorrectOf: "Correct what we understood of your message of %s", YourCorrection: "What is wrong or missing?",
	MarkDone: "I have done this", MarkConsent: "I agree",
	More: "Anything else?", Report: "Tell us something new", AskKind: "What is it?", AskText: "What happened, or what do you want to know?",
	AskSince: "Since when?", ZoneHint: "Date and time in the zone %s.", AskUrgency: "How urgent is it for you?",
	AskKinds: map[incident.ReportKind]string{
		incident.ReportFailure: "Something does not work", incident.ReportQuestion: "A question", incident.ReportComplaint: "A complaint about us",
	},
	Urgencies: map[incident.Urgency]string{
		incident.UrgencyNormal: "Normal", incident.UrgencyHigh: "Urgent", incident.UrgencyMayday: "An emergency: we are at a standstill",
	},

	Heard: map[incident.Saying]string{
		incident.SayVerdict:    "Thank you. We have your word. If it is not fixed, we go on working on it.",
		incident.SayReport:     "We have your message. Below is what we understood: correct it if something is wrong.",
		incident.SayReply:      "We have your words. They stand below, with your message.",
		incident.SayCorrection: "We have your correction. It stands below, with your message.",
		incident.SayDone:       "Thank you. We have noted it.",
	},
	NotSent:     "Not sent yet",
	CheckFields: "Please look at this again. What you entered is kept.",
	StaleForm:   "This form is too old, or it was not made for this page. What you entered is kept: please look at it and send it again.",
	SentBefore:  "You have sent this form before, with other words, and we have those. What you entered now is kept: send it again, and we have it too.",
	Changed:     "Things have changed since you opened this page. It shows how they stand now. What you entered is kept: if it still holds, send it again.",
	Failed:      "We cannot tell whether we have it, for a reason that lies with us. What you entered is kept: please send it again in a minute. Sent twice, it counts once.",
	Reference:   "If you write to us about it, name this reference:",
	NeedOpinion: "Please choose one of the three.", NeedText: "Please write something.", NeedKind: "Please choose what it is.",
	NeedUrgency: "Please choose how urgent it is.", NeedSatisfied: "Please choose a number from 1 to 5, or none.",
	TextTooLong: "This has %d characters, and %d are possible. Please shorten it, or send the rest after it.",
	BadTime:     "We do not understand this date and time. Please enter it as in 2026-03-31 14:05.",
	FutureTime:  "This time is yet to come. Please enter when it began.",

	NotFound:    plainWords{"Nothing to see here", "This address leads nowhere. Perhaps a part of it was lost on its way: please follow the link in our message once more."},
	Expired:     plainWords{"This link is no longer good", "Links in our messages are good for a while only, so that nobody finds them later. The link in our latest message is the one that works longest."},
	TooMany:     plainWords{"One moment, please", "There were very many requests within a short time. Please try again in a minute."},
	Unavailable: plainWords{"We cannot show this page now", "The reason lies with us. Please try again in a minute."},
	Method:      plainWords{"This does not work here", "This page can be read, and its forms can be sent. Please follow the link in our message once more."},
	TooLarge:    plainWords{"This is too much at once", "What you sent is too long for this page. Please go back and send it in parts."},
	NotAForm:    plainWords{"We did not understand this", "What came here was not one of this page's forms. Please open the page once more and send it from there."},
	TooSlow:     plainWords{"The connection was too slow", "What you sent did not arrive as a whole, and was not recorded. Please go back and send it again."},
	Foreign:     plainWords{"This came from another site", "Forms of this page can only be sent from the page itself. Nothing was recorded. Please open the page once more and send it from there."},
	YourWords:   "What you entered, not sent yet", SendAgain: "Send again", BackToPage: "Open the page",
}
