package crash_test

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"
)

// flags of the test program.
var (
	kills     = flag.Int("kills", 50, "how often TestKilledAgainAndAgain kills a process, for each store and way of billing")
	customers = flag.Int("customers", 24, "how many customers each incident hits")
	seed      = flag.Uint64("seed", 0, "repeats the random moments of a run; 0: other ones every time")
	measure   = flag.Int("measure", 0, "how many deliveries TestMeasureProcesses measures with; 0: it does not")
	keep      = flag.String("keep", "", "file for what the outbox holds at the end and what the outside took")
	childJSON = flag.String("child", "", "what this program is told that is run as a child")
)

func TestMain(m *testing.M) {
	flag.Parse()
	if *childJSON == "" {
		os.Exit(m.Run()) //nolint:forbidigo // how a test program ends
	}
	var o orders
	if err := json.Unmarshal([]byte(*childJSON), &o); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2) //nolint:forbidigo // it is a process of its own
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // ends with the parent
		os.Exit(3)                           //nolint:forbidigo // it is a process of its own
	}()
	if err := child(o); err != nil {
		o.complain(err.Error())
		fmt.Fprintln(os.Stderr, "child:", err)
		os.Exit(1) //nolint:forbidigo // it is a process of its own
	}
	os.Exit(0) //nolint:forbidigo // it is a process of its own
}

// orders is what a child is told.
type orders struct {
	Number      int           // of the process, from 1: what it sends says so
	Task        string        // what it does; "" is to live through incidents
	Driver      string        // "sqlite" or "pgx"
	DSN         string        // or the path of the file
	Ahead       time.Duration // how far the clock of the run is ahead
	Epoch       time.Time     // when the run began
	Customers   int
	Mail        string        // address of the mail server
	Hooks       string        // URL of the customers' webhooks
	Billing     string        // URL
	Once        bool          // billing cannot repeat
	Person      bool          // it also has the person who looks after credits without an answer
	Finish      bool          // end when the present incident is closed and nothing is due any more
	Last        int           // end when this incident is closed; 0: never
	Patient     bool          // the database may be away for a while: then it tries again
	Only        string        // the one channel that it serves; "": all
	Lease       time.Duration // of deliveries; 0: the default
	Timeout     time.Duration // of one attempt to deliver; 0: the default
	MaxAttempts int           // of deliveries; 0: no bound
	Complain    string        // file for what an operator would have to look at
}

// complain writes down what should not have happened. It survives the process.
func (o *orders) complain(text string) {
	f, err := os.OpenFile(o.Complain, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		fmt.Fprintln(os.Stderr, "child:", err)
		return
	}
	_, err = fmt.Fprintf(f, "process %d: %s\n", o.Number, strings.ReplaceAll(text, "\n", " / "))
	if err = errors.Join(err, f.Close()); err != nil {
		fmt.Fprintln(os.Stderr, "child:", err)
	}
}
