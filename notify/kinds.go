package notify

// Kinds of notice that the library has words for. A host may add its own: a kind
// is a name that templates exist for.
const (
	KindUpdate               = "update"                // what is known and being done (R2, R3)
	KindResolution           = "resolution"            // it is fixed, and how (R71)
	KindExplanation          = "explanation"           // the cause in plain words (R4)
	KindReopening            = "reopening"             // it was not fixed after all (R72)
	KindCorrection           = "correction"            // what we said was wrong (R1)
	KindAnswer               = "answer"                // the substance owed to a report (R56)
	KindAcknowledgement      = "acknowledgement"       // instant feedback on a report (R54, R55)
	KindReplyAcknowledgement = "reply_acknowledgement" // instant feedback on a reply (R57)
	KindAskVerdict           = "ask_verdict"           // the customer decides whether it is fixed (R73)
	KindAward                = "award"                 // what they are owed, and why (R80)
	KindWake                 = "wake"                  // to people of ours: something is due
	KindAnnouncement         = "announcement"          // planned work or news (R52)
	KindHolding              = "holding"               // we know, more will follow (R33)
)

// required says what the library's own kinds cannot do without, so that an empty
// promise is an error before anything is sent.
//
//nolint:gochecknoglobals // a table, never written
var required = map[string][]string{
	KindUpdate:               {"Title", "Body"},
	KindResolution:           {"Title", "Body"},
	KindExplanation:          {"Title", "Body"},
	KindReopening:            {"Title"},
	KindCorrection:           {"Title", "Body"},
	KindAnswer:               {"Body"},
	KindAcknowledgement:      {"Report", "AnswerBy", "Contact"},
	KindReplyAcknowledgement: {"Report", "AnswerBy", "Contact"},
	KindAskVerdict:           {"Title", "Link"},
	KindAward:                {"Title", "Awards"},
	KindWake:                 {"Title", "Reason"},
	KindAnnouncement:         {"Title", "Body"},
	KindHolding:              {"Title", "NextUpdate"},
}
