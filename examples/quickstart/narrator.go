package main

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// narrator says what happens, for somebody who sees the library for the first time.
type narrator struct {
	out    io.Writer
	colour bool
	now    func() time.Time
	quiet  func() bool // an earlier run has told it
	title  string      // of the chapter, if it was not told
	err    error       // the first failed write
}

func newNarrator(out io.Writer, colour bool) *narrator {
	return &narrator{out: out, colour: colour, quiet: func() bool { return false }}
}

// width is where lines are broken.
const width = 100

// chapter begins a part of the story.
func (n *narrator) chapter(title string) {
	if n.title = ""; n.quiet() {
		n.title = title
		return
	}
	if n.colour {
		title = "\x1b[1;36m" + title + "\x1b[0m"
	}
	n.print("\n" + title + "\n")
}

// line says one thing, with the time of the story before it.
func (n *narrator) line(format string, args ...any) {
	at := n.now().In(berlin()).Format("Mon 15:04")
	if n.colour {
		at = "\x1b[2m" + at + "\x1b[0m"
	}
	n.print(at + "  " + wrap(fmt.Sprintf(format, args...), 11) + "\n")
}

// detail says more about the line before.
func (n *narrator) detail(format string, args ...any) {
	n.print(strings.Repeat(" ", 13) + wrap(fmt.Sprintf(format, args...), 13) + "\n")
}

// row is a line of a table, which keeps its spaces.
func (n *narrator) row(format string, args ...any) {
	n.print(strings.Repeat(" ", 13) + fmt.Sprintf(format, args...) + "\n")
}

// shown is where a channel that people read on a screen shows its messages: each is a line of the story.
type shown struct{ *narrator }

// Write tells what was shown. The error is that of telling the story.
func (s shown) Write(text []byte) (int, error) {
	for message := range strings.Lines(string(text)) {
		subject, _, _ := strings.Cut(message, " kind=") // what follows is for operators
		s.line("feed: %s", subject)
	}
	return len(text), s.err
}

func (n *narrator) print(text string) {
	if n.quiet() || n.err != nil {
		return
	}
	if title := n.title; title != "" { // in the middle of it
		n.chapter(title + " (continued)")
		n.line("An earlier run told the story up to here. What it did is in the file, and nothing of it is done again.")
	}
	if n.err == nil {
		_, n.err = io.WriteString(n.out, text)
	}
}

// farewell ends the story, and returns what went wrong in telling it.
func (n *narrator) farewell(dir string) error {
	n.print(fmt.Sprintf("\nEvery message, the status page (status/index.html) and the records are in %s\n", dir))
	if n.err != nil {
		return fmt.Errorf("quickstart: telling the story: %w", n.err)
	}
	return nil
}

// wrap breaks a text into lines; those after the first are indented.
func wrap(text string, indent int) string {
	var b strings.Builder
	col := indent
	for i, word := range strings.Fields(text) {
		switch n := len([]rune(word)); {
		case i == 0:
			col += n
		case col+1+n > width:
			b.WriteString("\n" + strings.Repeat(" ", indent))
			col = indent + n
		default:
			b.WriteByte(' ')
			col += 1 + n
		}
		b.WriteString(word)
	}
	return b.String()
}

// berlin is the zone of the story.
func berlin() *time.Location {
	loc, err := time.LoadLocation(zone)
	if err != nil { // a machine without zones
		return time.FixedZone("CET", 3600)
	}
	return loc
}
