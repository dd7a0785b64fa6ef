// Audit holds other people's incidents against a policy, from what the public
// saw. It reads status-page exports (the body of a Statuspage
// /api/v2/incidents.json or /api/v2/scheduled-maintenances.json), replays each
// incident through the library, and prints a scorecard.
//
//	go run ./examples/audit [-policy FILE] [-format text|json] [-zone ZONE] [-locale TAG] [-grace DURATION] FILE...
//
// FILE "-", or no file, is standard input. Without -policy the library's default
// policy is used. -zone is the IANA zone of times that have none; without it such
// times are problems and not used. -locale is the language of the updates.
// -grace is how much later than promised a next update may come and still count
// as kept; without it, none.
//
// # What it prints
//
// For each incident: the first public word after the start; the longest silence,
// which is the longest gap between two consecutive updates of which the first
// does not say resolved; the updates; the promises of a next update that were
// made, kept (the next update came by then) and broken; the
// statuses that were skipped; the findings of candor with the words; the
// requirements of the policy; and four grades with their reasons: quick,
// transparent, proactive, beyond the contract. Then totals.
//
// Unknown is said as unknown. A public export cannot show private notices,
// reports of customers or credits: a requirement that they decide is "unknown",
// never "breached". A requirement that asks for a public word as well is
// "breached" where even the public word came too late or not at all. How to
// reach the sender is not judged, because pages show it outside of updates.
// Words that are missing, or in a language that candor does not know, are not
// called bad: how transparent they are is "unknown". Where an update has no time,
// so are the first word, the longest silence, and what came too late without it.
//
// Each incident is judged as of fourteen days after its last update, or the time
// that the policy gives customers for their verdict if that is longer, but never
// later than the latest time in the file: what came after that nobody can see.
// A last update that says why it happened and what was done counts as the
// explanation, whatever status the page gave it.
//
// # JSON
//
// -format json prints one document to standard output and nothing else: see the
// type document in report.go. Problems of the input are in it under "problems", and on
// standard error in both formats, with file, line and column.
//
// # Exit codes
//
//	0  the report was written; problems of the input, if any, are in it
//	1  a file could not be read, ends before its end, or holds no list of incidents; the report on the rest was written all the same
//	2  the command line or the policy is wrong: nothing was audited
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/amends-dev/amends/policy"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// settings are what the command line says.
type settings struct {
	policy *policy.Compiled
	json   bool
	zone   *time.Location
	locale string
	grace  time.Duration
	files  []string
}

func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	s, err := parse(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		put(stderr, "%v\n", err)
		return 2
	}
	in := read(s, stdin)
	for _, p := range in.problems {
		put(stderr, "%s\n", p)
	}
	doc := audit(s, in)
	if s.json {
		err = writeJSON(stdout, doc)
	} else {
		err = writeText(stdout, doc)
	}
	if err != nil {
		put(stderr, "audit: writing the report: %v\n", err)
		return 1
	}
	if in.failed {
		return 1
	}
	return 0
}

func parse(args []string, stderr io.Writer) (settings, error) {
	fs := flag.NewFlagSet("audit", flag.ContinueOnError)
	fs.SetOutput(stderr)
	file := fs.String("policy", "", "policy `FILE`; the library's default policy if not given")
	format := fs.String("format", "text", "text or json")
	zone := fs.String("zone", "", "IANA `ZONE` of times without one, as in Europe/Vienna")
	locale := fs.String("locale", "en", "language of the updates, a BCP 47 `TAG`")
	grace := fs.Duration("grace", 0, "how much later than promised a next update still counts as kept")
	if err := fs.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return settings{}, err
		}
		return settings{}, fmt.Errorf("audit: reading the command line: %w", err)
	}
	s := settings{json: *format == "json", locale: *locale, grace: *grace, files: fs.Args()}
	if *format != "text" && *format != "json" {
		return s, fmt.Errorf("audit: -format %q: want text or json", *format)
	}
	var err error
	if *zone != "" {
		if s.zone, err = time.LoadLocation(*zone); err != nil {
			return s, fmt.Errorf("audit: -zone %q: want an IANA name as in Europe/Vienna: %w", *zone, err)
		}
	}
	if len(s.files) == 0 {
		s.files = []string{"-"}
	}
	s.policy, err = load(*file)
	return s, err
}

func load(file string) (*policy.Compiled, error) {
	if file == "" {
		return policy.Default()
	}
	src, err := os.ReadFile(file) //nolint:gosec // the operator names the file
	if err != nil {
		return nil, fmt.Errorf("audit: reading the policy: %w", err)
	}
	p, err := policy.Load(file, src)
	if err != nil {
		return nil, err
	}
	return policy.Compile(p, nil)
}
