package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/amends-dev/amends/incident/statuspage"
)

// input is everything that was read.
type input struct {
	incidents []seen
	problems  []statuspage.Problem
	failed    bool // a file gave nothing at all, or not all of it
}

// seen is an incident and the latest time in its file.
type seen struct {
	*statuspage.Incident
	until time.Time
}

// read reads all files. An incident that stands in several counts once.
func read(s settings, stdin io.Reader) input {
	var in input
	from := map[string]string{} // by ID, the file it was read from
	for _, name := range s.files {
		export, problems, err := readFile(name, s.zone, stdin)
		if err != nil {
			in.failed = true
			in.problems = append(in.problems, statuspage.Problem{File: name, Text: err.Error()})
			continue
		}
		in.problems = append(in.problems, problems...)
		if export.Truncated || len(export.Incidents) == 0 && len(problems) > 0 {
			in.failed = true
		}
		for _, i := range export.Incidents {
			if first, again := from[i.ID]; again {
				in.problems = append(in.problems, statuspage.Problem{
					File: name, Incident: i.ID, Text: fmt.Sprintf("it was read from %s already: audited once, from there", first),
				})
				continue
			}
			from[i.ID] = name
			in.incidents = append(in.incidents, seen{i, export.Seen})
		}
	}
	return in
}

func readFile(name string, zone *time.Location, stdin io.Reader) (*statuspage.Export, []statuspage.Problem, error) {
	if name == "-" {
		export, problems := statuspage.Read(stdin, &statuspage.Options{File: "standard input", Zone: zone})
		return export, problems, nil
	}
	f, err := os.Open(name) //nolint:gosec // the operator names the file
	if err != nil {
		return nil, nil, fmt.Errorf("the file cannot be opened: %w", err)
	}
	defer func() { _ = f.Close() }()
	export, problems := statuspage.Read(f, &statuspage.Options{File: name, Zone: zone})
	return export, problems, nil
}
