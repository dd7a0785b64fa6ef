// Package consolenotify shows every message on a terminal: for first contact,
// demonstrations and development, where nobody is to be told for real.
//
// It writes one line for each delivery through log/slog, coloured by
// [github.com/lmittmann/tint] if asked to, and the message's text below it,
// indented. Addresses are left out unless asked for: terminals are recorded and
// shared.
//
// [New] is the only call:
//
//	n := consolenotify.New(os.Stdout, nil)
//	f := notify.NewFanout(n, nil)
//
// A notifier knows the IDs it has shown for as long as it lives, and does not
// show a delivery twice. It is safe for concurrent use; messages are not mixed.
//
// It is no adapter for production: what it was given is not with the customer.
//
// # Compatibility
//
// The form of what is written is for people and may change in any version.
package consolenotify
