package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"strconv"
	"strings"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code := program(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code) //nolint:forbidigo // a program says by its exit code how it went
}

// settings are what the command line says.
type settings struct {
	rows, repeat int
	only         *regexp.Regexp
	customers    []int
	how          string // who tells them, in the second part
	tell         int    // this process tells so many, for the one that started it; 0: it does not
}

// program returns the exit code.
func program(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	s, err := parse(args, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		_, _ = fmt.Fprintln(stderr, "peerbench:", err)
		return 2
	case s.tell > 0:
		err = tellHere(ctx, s.how, s.tell, stdout)
	default:
		err = report(ctx, s, stdout, stderr)
	}
	if err != nil {
		_, _ = fmt.Fprintln(stderr, "peerbench:", err)
		return 1
	}
	return 0
}

func parse(args []string, stderr io.Writer) (s settings, err error) {
	flags := flag.NewFlagSet("peerbench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.IntVar(&s.rows, "n", 2000, "how many `rows` each gets; 0 leaves the comparison out")
	flags.IntVar(&s.repeat, "repeat", 3, "how `often` each is measured")
	only := flags.String("only", "", "measure those whose database and name match this `regexp`")
	customers := flags.String("customers", "1000,3000", "how many customers are told in one SQLite file, each `number` in a process of its own; empty for none")
	flags.StringVar(&s.how, "how", "desk", "who tells them: desk, dispatcher")
	flags.IntVar(&s.tell, "tell", 0, "tell so many `customers` in this process and print what it took, as JSON")
	if err := flags.Parse(args); err != nil {
		return s, err
	}
	if flags.NArg() > 0 {
		return s, fmt.Errorf("%q is not understood", flags.Arg(0))
	}
	if s.only, err = regexp.Compile(*only); err != nil {
		return s, fmt.Errorf("-only: %w", err)
	}
	for _, text := range strings.FieldsFunc(*customers, func(r rune) bool { return r == ',' }) {
		n, err := strconv.Atoi(text)
		if err != nil || n <= 0 {
			return s, fmt.Errorf("-customers: %q is no number above zero", text)
		}
		s.customers = append(s.customers, n)
	}
	if s.rows < 0 || s.repeat <= 0 || s.tell < 0 || s.how != "desk" && s.how != "dispatcher" {
		return s, errors.New("a flag is out of range")
	}
	return s, nil
}

// report measures, and prints what came out.
func report(ctx context.Context, s settings, out, progress io.Writer) error {
	_, _ = fmt.Fprintf(out, "%s, %s. Load average before: %s.\n\n", time.Now().UTC().Format("2 January 2006, 15:04 UTC"), machine(), average())
	if s.rows > 0 {
		var who []contestant
		for _, c := range contestants() {
			if s.only.MatchString(string(c.db) + " " + c.name) {
				who = append(who, c)
			}
		}
		results, others, err := race(ctx, who, s.rows, s.repeat, progress)
		if err != nil {
			return err
		}
		table(out, speed(), who, results, s.rows)
		_, _ = fmt.Fprintln(out)
		table(out, cost(), who, results, s.rows)
		_, _ = fmt.Fprintf(out, "\nMedian of %d [least..most], batches of %d; ratios are of the medians, in the order of the columns. Others had of the processors, by round:", s.repeat, batch)
		for _, part := range others {
			_, _ = fmt.Fprintf(out, " %.0f %%", 100*part)
		}
		_, _ = fmt.Fprintf(out, ". Load average after: %s.\n", average())
	}
	if len(s.customers) > 0 {
		return tellAll(ctx, s, out)
	}
	return nil
}
