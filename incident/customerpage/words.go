package customerpage

import "github.com/amends-dev/amends/incident"

// words are what the page says of itself in one language; everything else on it
// comes from the view. Sentences are whole, and times and texts stand behind
// them rather than in them, so that a language needs no other grammar.
type words struct {
	Language string // in itself

	// frame
	Skip, Languages, Private, ValidUntil, Error string
	Untitled                                    string // heading of a case that stands alone
	// Unknown stands where a time or a fact would and nobody knows it yet.
	Unknown string

	State, SinceYou, Concerned, Scope, Planned, Reopened, Once, Times, DataLoss, Next, NextLate, NoNext string
	Statuses                                                                                            map[incident.Status]string

	Verdict, Judge, JudgeAgain, LastWord, SatisfiedWith, GivenAt string
	Opinions                                                     map[incident.Opinion]string

	Todo, Consequence, Due, Overdue, DoneAt, ConsentedAt string

	Impact, HowLong, SoFar, From, To, Lasting, Objects, Why, WhyUnknown, Lost string
	Degrees                                                                   map[incident.Degree]string

	Promises, PromisedBy, Kept, KeptLate, Pending, Late, BrokenOnce, BrokenTimes string
	PromiseKinds                                                                 map[incident.PromiseKind]string

	Awards, NoClaim, Because, Paid, Unpaid, Dispute string

	Said, NothingSaid, SaidAt, SaidBy, WasWrong, SeeCorrection, Corrects, Withdrawn string
	Purposes                                                                        map[incident.Purpose]string

	Reports, ReceivedAt, YouSeeItSince, Erased, AnswerBy, AnswerLate, Answered, OurQuestion, YouAdded, WaitsForYou string
	ReportKinds                                                                                                    map[incident.ReportKind]string

	Reach, Person, Contact, ContactInMessage string

	// forms
	Optional, TextHint, Send                                       string
	AskOpinion, AskSatisfied, AskWords                             string
	Satisfied                                                      [5]string
	Reply, ReplyTo, AnswerOurs, YourReply                          string
	Correct, CorrectOf, YourCorrection                             string
	MarkDone, MarkConsent                                          string
	More, Report, AskKind, AskText, AskSince, ZoneHint, AskUrgency string
	AskKinds                                                       map[incident.ReportKind]string
	Urgencies                                                      map[incident.Urgency]string

	// what came of a form
	Heard                                                        map[incident.Saying]string
	NotSent, CheckFields, StaleForm, SentBefore, Changed, Failed string
	Reference                                                    string
	NeedOpinion, NeedText, NeedKind, NeedUrgency, NeedSatisfied  string
	TextTooLong, BadTime, FutureTime                             string

	// pages that show nothing of a customer
	NotFound, Expired, TooMany, Unavailable, Method, TooLarge, NotAForm, TooSlow, Foreign plainWords
	YourWords, SendAgain, BackToPage                                                      string
}

// plainWords are a page that says what went wrong, and what to do next.
type plainWords struct{ Title, Text string }

// said returns the words for one of the incident package's words, and that word
// itself where a later version has one that we do not know.
func said[K ~string](table map[K]string, word K) string {
	if s, ok := table[word]; ok {
		return s
	}
	return string(word)
}

// tone says which of the style sheet's colours goes with a status. The words
// beside it say the same.
func tone(s incident.Status) string {
	switch s {
	case incident.StatusResolved, incident.StatusConfirmed, incident.StatusClosed, incident.StatusDismissed, incident.StatusCompleted, incident.StatusSettled:
		return "ok"
	case incident.StatusScheduled, incident.StatusInProgress, incident.StatusVerifying, incident.StatusCancelled, incident.StatusMerged:
		return "plan"
	case incident.StatusIdentified, incident.StatusMonitoring, incident.StatusOpen:
		return "warn"
	default: // detected, investigating, failed, and what we do not know
		return "bad"
	}
}
