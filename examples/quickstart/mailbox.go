package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// mailbox is a folder in which everything that a channel accepted is a file. Its
// names tell deliveries apart, so that one that came twice is seen to have, also
// by a later run of the program.
type mailbox struct{ dir, ext string }

func newMailbox(dir, channel, ext string) (mailbox, error) {
	m := mailbox{filepath.Join(dir, "messages", channel), ext}
	if err := os.MkdirAll(m.dir, 0o750); err != nil {
		return m, fmt.Errorf("quickstart: channel %q: %w", channel, err)
	}
	return m, nil
}

// tag stands for an ID in the names of files.
func tag(id string) string {
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:4])
}

// put writes what was accepted under an ID, whole or not at all, and returns the
// file's name. What comes again is another file.
func (m mailbox) put(name, id string, content []byte) (string, error) {
	tmp, err := os.CreateTemp(filepath.Dir(filepath.Dir(m.dir)), ".coming-*")
	if err != nil {
		return "", err
	}
	defer os.Remove(tmp.Name()) //nolint:errcheck // a second name of the file, or half a one
	if _, err := tmp.Write(content); err != nil {
		return "", errors.Join(err, tmp.Close())
	}
	if err := tmp.Close(); err != nil {
		return "", err
	}
	for n := m.times(id); ; n++ {
		file := name + "-" + tag(id)
		if n > 0 {
			file = fmt.Sprintf("%s-%d", file, n+1)
		}
		err := os.Link(tmp.Name(), filepath.Join(m.dir, file+m.ext))
		if !errors.Is(err, fs.ErrExist) {
			return file + m.ext, err
		}
	}
}

// times is how often something was accepted under an ID.
func (m mailbox) times(id string) int {
	held, err := os.ReadDir(m.dir)
	if err != nil {
		return 0 // a folder that is gone holds nothing
	}
	n := 0
	for _, f := range held {
		for part := range strings.SplitSeq(strings.TrimSuffix(f.Name(), m.ext), "-") {
			if part == tag(id) {
				n++
			}
		}
	}
	return n
}

// extra is how many times more than once it was.
func (m mailbox) extra(id string) int { return max(0, m.times(id)-1) }
