// Package customerpage is the page that the links in messages lead to: where one
// customer sees what happened to them and what follows from it, and says whether
// it is fixed, what is wrong in what we understood, and whatever else they want
// to say. It needs no account and no script.
//
//	links, err := customerpage.NewLinks("https://acme.example/yours/", keys, nil)
//	desk, err := amends.New(amends.Options{Links: links.URL, …})
//	page, err := customerpage.New(desk, links, &customerpage.Options{Brand: "Acme", Contact: "+49 …"})
//	mux.Handle("/yours/", page)
//
// What it shows comes from [incident.CustomerView], and what it records goes out
// as [incident.CustomerWord]; see [Desk]. It exists in English and German.
// The reader chooses by ?lang= or Accept-Language; texts that the desk has in
// another language only are marked as such. Times stand in the customer's zone.
//
// # Links
//
// A link is a capability: whoever has it sees the page of one customer in one
// record, and speaks for them. Therefore it is sealed (it shows no ID, and
// nobody can make or change one), it expires, and the desk can revoke all that
// were made up to a time ([incident.LinksRevoked]); one that was made in the very
// second of that counts as made before. Space, record and customer come
// from the link alone and from no form. Links stand in histories and in logs of
// proxies: keep those short, or drop the path from them.
//
// # Reading changes nothing
//
// Mail scanners and previews follow links. GET and HEAD never make the desk hear
// anything; POST does, from a form that this page made for this link.
// Each form holds a sealed token with a fresh key, which becomes the word's Key: a
// double click, a resent form and a lost answer all count once. A mistake, an old
// form, a failing desk: what was entered is kept and shown again (R77).
//
// # What the host's server must do
//
// The page bounds the size of a body (64 KiB) and, where the server can, the time
// that it takes to arrive. It cannot bound how slowly somebody sends headers or
// reads the answer: set ReadHeaderTimeout, WriteTimeout, IdleTimeout and MaxHeaderBytes of [net/http.Server]
// (5 s, 30 s, 60 s and 16 KiB are good values; WriteTimeout must be longer than
// BodyTimeout and DeskTimeout together). Links must be served with
// TLS, and Strict-Transport-Security belongs to the host, as it concerns its whole name. Requests are limited by page and
// by address, counted in each process for itself: see [Limits].
//
// # What nobody sees
//
// Nothing that derives from an error reaches a customer. When the desk fails, they get a
// random reference, which is logged with the error. Tokens and
// customers' words are never logged.
//
// One handler speaks for one brand. A host with several has a handler for each,
// with keys of its own.
//
// # Compatibility
//
// Links that were made stay good for as long as they say, also in later versions
// with the same keys. [Desk] gets no new methods. The page's words, markup and
// names of fields may change in any version: it is made for people.
package customerpage
