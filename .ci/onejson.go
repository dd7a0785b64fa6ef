// Command onejson reads standard input and fails unless it is one JSON document and nothing else.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

func main() {
	var doc any
	d := json.NewDecoder(os.Stdin)
	if err := d.Decode(&doc); err != nil {
		fmt.Fprintln(os.Stderr, "onejson: not a JSON document:", err)
		os.Exit(1)
	}
	if err := d.Decode(new(any)); !errors.Is(err, io.EOF) {
		fmt.Fprintln(os.Stderr, "onejson: something follows the JSON document")
		os.Exit(1)
	}
}
