// Package smtpnotify sends notices as e-mail over SMTP (RFC 5321), on
// [github.com/wneessen/go-mail].
//
// The calls that most people make:
//
//   - [New] makes the notifier for one server and sender; a desk or a dispatcher
//     uses it as the channel "email". [Notifier.Check] tells at start-up whether
//     the server takes messages from us.
//   - [NewUnsubscriber] makes the links with which recipients leave a list at one
//     click, and is the handler behind them. The host's directory puts a link into
//     its contacts.
//   - [Notifier.ParseBounce] reads what came back, and tells the delivery.
//
// # What is sent
//
// Each recipient gets a message of their own, in UTF-8, with the HTML beside the text if
// there is one. From shows the person who signs, if the message names one. Every
// message says that a program sent it (Auto-Submitted, RFC 3834: auto-replied
// for acknowledgements, auto-generated for the rest; an answer is a person's own
// and has no such field) and asks Exchange for no automatic replies. The fields
// of one-click unsubscribing (RFC 8058) are there where [notify.Message].Unsubscribe is
// an https URL. What comes from others is made fit for a header: line breaks, control
// characters and turns of the writing direction go, too long texts are cut.
//
// The Message-ID derives from the delivery's ID, so that every attempt has the
// same. It is a hash, because the keys of deliveries hold IDs of customers. The
// messages of a thread refer to the one before, as its receipt says, and to a
// root that derives from [notify.Message].Thread and never was a message: so even
// the first needs nothing stored. Gmail starts another conversation as soon as the
// subject changes, whatever the references say: a host that wants one there keeps
// the subjects of its templates the same throughout an incident.
//
// # Encryption
//
// TLS 1.2 or newer is required: implicit on port 465, otherwise by STARTTLS,
// without which nothing is sent. [SecurityLoopbackPlaintext] is the one way out,
// and reaches no other machine. Credentials are never sent in clear text, and show
// in no error.
//
// # Connections
//
// At most [Options].Connections are open. They are used again for a number of
// messages and for as long as they were not idle for too long; one that the server
// closed meanwhile is replaced unnoticed. No goroutine outlives a call, so what is idle
// stays open until the next call finds that it is too old, or until [Notifier.Close].
//
// # What a failure means
//
//	where                         answer                                  class
//	any step                      421 or 4yz without a rule below         temporary
//	greeting, EHLO, MAIL          4yz with X.7.z                          throttled
//	any step                      421 with X.7.z; X.7.28; X.4.5           throttled
//	AUTH                          432                                     unusable
//	any step                      530, 534, 535, 538; X.1.7, X.1.8        unusable
//	greeting to MAIL              5yz; STARTTLS or AUTH not offered       unusable
//	TLS                           handshake refused, certificate not good unusable
//	MAIL                          552, X.3.4, X.6.z                       lasting
//	RCPT and later                X.1.0 to X.1.4, X.1.6, X.1.10, X.2.1    address gone
//	RCPT                          550, 551, 553 without enhanced code     address gone
//	RCPT and later                other 5yz                               lasting
//	before the final dot was sent connection lost, time over              temporary
//	after it                      the same, or an answer that is none     uncertain
//
// An address that is none is gone before anything is dialled. A refusal of
// policy at RCPT (550 5.7.1, "relay access denied") counts for that recipient
// alone: it cannot be told from a refusal of theirs, and one customer's server
// must not stop what all others get. [Notifier.Check] finds a server that refuses all.
// SMTP has no way to say how long to wait, so a throttled channel waits for [Options].Pause.
//
// Errors hold the server's codes and never its text, which often quotes the address.
//
// # What came back
//
// With [Options].Keys each message carries the sealed key of its delivery, in a header field
// and, where it fits into 100 characters and the server has DSN (RFC 3461), in
// the envelope ID. Reports of failure bring one of them back. With [Options].VERP
// the return path also holds the Message-ID's left side, for reports that bring back nothing at
// all; a host finds such a delivery by the receipt that has that Message-ID. A sealed key itself
// does not fit there: the left side of an address has 64 characters.
//
// # Limits
//
//   - A repeat of a delivery is sent again: SMTP knows no idempotency key.
//   - DKIM, which RFC 8058 demands over both List-Unsubscribe fields, is the
//     server's to sign. See in the source of a message that arrived whether its h= names them.
//   - Addresses with foreign letters need a server with SMTPUTF8 (RFC 6531). Domains are not
//     translated into ASCII. Quoted local parts and address literals are refused.
//   - Commands are sent one by one, without pipelining (RFC 2920): four round trips a message.
//   - No channel binding (SCRAM with -PLUS), and no NTLM.
//   - One server. For a second one make a second channel, and let the first fall back to it.
//   - Neither attachments nor pictures.
//
// # Compatibility
//
// Message IDs, tokens, links and return paths of one version are understood by
// all later ones of a major version. Header fields may be added in any version. The words of the page
// to unsubscribe may change in any version.
package smtpnotify
