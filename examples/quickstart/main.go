// Quickstart is one failure from its detection to the last credit, and a second
// one six days later: an invented backup company whose restores hang at 0 % on a
// Sunday.
//
//	go run ./examples/quickstart [-format text|json] [-dir DIR] [-serve ADDR]
//
// It runs the library as a backend would, with its stores in one SQLite file, its mail
// through a real SMTP server and its webhook to a real receiver that checks
// signatures, both on loopback: the company
// notices first and speaks first, in public and by mail; a customer's report is
// acknowledged at once; the mail channel fails for a while and text messages take
// over; words that make the failure small are blocked; customers dispute the fix
// and it reopens; everyone is paid more than the contract says, without asking;
// and only when nothing is owed any more does it close.
//
// Time is a clock that the story moves, so that eight days take some seconds. What
// the program says is its commentary; every figure in it is read from the
// records, the outbox and the ledger.
//
// With -serve both pages are kept up when the story ends, until the program is
// stopped: the status page at the root, customers' pages under /c/. Links to open
// are printed. The story's clock goes on from there, and so does the desk: a
// customer who says on their page that it is still broken reopens their case.
//
// # What it writes
//
// Below DIR: everything that the library and the story must not lose (amends.db),
// every message as a file (messages/<channel>/…), the status page (status/…) and
// the records as JSON lines (records/<record>.jsonl). DIR is made if it does not
// exist. One that holds other things is refused. Without -dir a fresh temporary
// folder is used, and named at the end of the story.
//
// # Stopping and going on
//
// The program may be stopped anywhere, also by kill -9. Started again with the
// same DIR it goes on where it stopped, and ends as it would have: nothing that
// was promised is lost, and nobody is told or paid twice; only a message that was
// on its way in the moment of a kill may come again, as from any sender, and is
// then counted. Started again after the end, it prints the same document and sends nothing.
//
// # JSON
//
// -format json prints one document to standard output and nothing else: see the
// type document in report.go. Amounts are decimal strings.
//
// # Exit codes
//
//	0  the story was told to its end
//	1  it could not be: a step failed, or a file could not be written
//	2  the command line is wrong: nothing was done
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// errUsage is wrapped by errors about the command line.
var errUsage = errors.New("quickstart: command line")

// usage is the command line.
const usage = "[-format text|json] [-dir DIR] [-serve ADDR]"

// settings are what the command line says.
type settings struct {
	json  bool
	dir   string // "": a fresh temporary one
	serve string // address; "": the pages are not kept up
	// passing, if set, is called where a test may want the program to end: before
	// each "command", before and after what is due is worked off ("settle",
	// "settled"), and when a channel has "accepted" a message.
	passing func(point string)
}

// run is the program: its exit code is the result.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	s, err := parse(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err == nil {
		err = tell(ctx, s, stdout, stderr)
	}
	if err == nil {
		return 0
	}
	_, _ = fmt.Fprintln(stderr, err) // where nobody reads errors, the exit code still tells
	if errors.Is(err, errUsage) {
		return 2
	}
	return 1
}

func parse(args []string, stderr io.Writer) (settings, error) {
	var s settings
	flags := flag.NewFlagSet("quickstart", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // what is wrong is said once, by run
	format := flags.String("format", "text", "`text` tells the story, json prints one document")
	flags.StringVar(&s.dir, "dir", "", "where everything is kept: a new or empty `folder`, or that of an earlier run, which is gone on with (default: a temporary one)")
	flags.StringVar(&s.serve, "serve", "", "keep the status page and customers' pages up at this `address` when the story ends, as in 127.0.0.1:8080")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		_, _ = fmt.Fprintln(stderr, "usage: quickstart "+usage)
		flags.SetOutput(stderr)
		flags.PrintDefaults()
		return s, err
	case err != nil:
		return s, fmt.Errorf("%w: %w: want %s", errUsage, err, usage)
	case flags.NArg() > 0:
		return s, fmt.Errorf("%w: unexpected %q: want %s", errUsage, flags.Arg(0), usage)
	}
	switch *format {
	case "text":
	case "json":
		s.json = true
	default:
		return s, fmt.Errorf("%w: format %q: want text or json", errUsage, *format)
	}
	return s, nil
}

// tell runs the story and writes what it leaves behind.
func tell(ctx context.Context, s settings, stdout, stderr io.Writer) (err error) {
	dir, err := folder(s.dir)
	if err != nil {
		return err
	}
	story := stdout
	if s.json {
		story = io.Discard
	}
	d, err := openDoor(ctx, s.serve)
	if err != nil {
		return err
	}
	if s.passing == nil {
		s.passing = func(string) {}
	}
	c, err := open(ctx, dir, d, newNarrator(story, colours(story)), s.passing)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.shut()) }()
	if err := c.live(ctx); err != nil {
		return err
	}
	if err := c.now(ctx); err != nil {
		return err
	}
	if err := c.keep(ctx); err != nil {
		return err
	}
	pages, err := c.pages(d.base)
	if err != nil {
		return err
	}
	if err := c.keepPage(ctx, pages); err != nil {
		return err
	}
	if err := c.end(ctx, dir, s, stdout); err != nil || d.listener == nil {
		return err
	}
	if s.json {
		stdout = stderr // the document is alone on standard output
	}
	return c.serve(ctx, d, pages, stdout)
}

// end says what is left behind, or prints the document.
func (c *company) end(ctx context.Context, dir string, s settings, stdout io.Writer) error {
	if !s.json {
		return c.say.farewell(dir)
	}
	doc, err := c.report(ctx)
	if err != nil {
		return err
	}
	return doc.write(stdout)
}

// folder makes the place for what the program writes.
func folder(dir string) (string, error) {
	if dir == "" {
		made, err := os.MkdirTemp("", "amends-quickstart-")
		if err != nil {
			return "", fmt.Errorf("quickstart: making a folder: %w", err)
		}
		return made, nil
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return "", fmt.Errorf("%w: -dir: %w", errUsage, err)
	}
	held, err := os.ReadDir(dir)
	if err != nil {
		return "", fmt.Errorf("%w: -dir: %w", errUsage, err)
	}
	ours := func(f os.DirEntry) bool { return f.Name() == keptIn && f.Type().IsRegular() }
	if len(held) > 0 && !slices.ContainsFunc(held, ours) {
		return "", fmt.Errorf("%w: -dir %q is not empty and holds no story (%s is in it): name a new folder, or that of an earlier run", errUsage, dir, held[0].Name())
	}
	return dir, nil
}

// colours reports whether w is a terminal.
func colours(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
