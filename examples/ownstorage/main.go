// Ownstorage is a desk whose stores are a host's own: in boltfile, the three
// stores of the library in one file of a small key-value library.
//
//	go run ./examples/ownstorage [-file PATH]
//
// It tells a short story in two processes that share nothing but the file. The
// first takes in a failure, a customer's report and a gesture, and stops before
// anything of it was sent or paid. The second opens the file and does what is
// owed, each once. Run it again with the same -file and it finds nothing to do.
//
// Without -file a temporary one is used, and removed at the end. The exit code is 0
// if the story was told, 1 if it could not be, 2 if the command line is wrong.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

func main() { os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr)) }

// run is the program: its exit code is the result.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("ownstorage", flag.ContinueOnError)
	flags.SetOutput(stderr)
	path := flags.String("file", "", "the `file` to keep; a temporary one if empty")
	err := flags.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return 2
	case flags.NArg() > 0:
		_, _ = fmt.Fprintf(stderr, "ownstorage: command line: %q is not understood\n", flags.Arg(0))
		return 2
	}
	if err := keep(ctx, *path, stdout); err != nil {
		_, _ = fmt.Fprintln(stderr, "ownstorage:", err)
		return 1
	}
	return 0
}

// keep tells the story on a file, or on a temporary one.
func keep(ctx context.Context, path string, out io.Writer) (err error) {
	if path == "" {
		dir, err := os.MkdirTemp("", "ownstorage")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir) //nolint:errcheck // a temporary folder
		path = filepath.Join(dir, "amends.db")
	}
	if err := process(ctx, path, out, "first", takeIn); err != nil {
		return err
	}
	return process(ctx, path, out, "second", goOn)
}
