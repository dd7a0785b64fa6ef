package arch

import (
	"bytes"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"
	"unicode"
)

var (
	mdLink    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	mdSnippet = regexp.MustCompile(`^\[embedmd\]:# \((\S+) .*\)$`)
)

// MarkdownLinks finds relative links in the *.md files of the tree that lead to
// no file, folder or heading.
func MarkdownLinks(tree fs.FS) ([]string, error) {
	return eachFile(tree, func(name string, text []byte) []string {
		if path.Ext(name) != ".md" {
			return nil
		}
		var found []string
		for i, line := range prose(text) {
			if mdSnippet.MatchString(line) {
				continue
			}
			for _, m := range mdLink.FindAllStringSubmatch(line, -1) {
				if problem := mdTarget(tree, name, m[1]); problem != "" {
					found = append(found, fmt.Sprintf("%s:%d: link to %s: %s", name, i+1, m[1], problem))
				}
			}
		}
		return found
	})
}

func mdTarget(tree fs.FS, from, target string) string {
	if strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
		return ""
	}
	file, heading, _ := strings.Cut(target, "#")
	to := from
	if file != "" {
		to = path.Join(path.Dir(from), file)
	}
	if !fs.ValidPath(to) {
		return "it leads out of the repository"
	}
	info, err := fs.Stat(tree, to)
	if err != nil {
		return "there is no such file"
	}
	if heading == "" || info.IsDir() {
		return ""
	}
	text, err := fs.ReadFile(tree, to)
	if err != nil {
		return err.Error()
	}
	for _, line := range prose(text) {
		if title := strings.TrimLeft(line, "#"); title != line && slug(title) == heading {
			return ""
		}
	}
	return "there is no such heading"
}

// prose returns the lines of a text, those of code blocks blanked.
func prose(text []byte) []string {
	lines := strings.Split(string(text), "\n")
	code := false
	for i, line := range lines {
		fence := strings.HasPrefix(strings.TrimSpace(line), "```")
		if fence || code {
			lines[i] = ""
		}
		if fence {
			code = !code
		}
	}
	return lines
}

// slug turns a heading into the anchor that the usual renderers give it.
func slug(title string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-', r == '_', unicode.IsLetter(r), unicode.IsDigit(r):
			return unicode.ToLower(r)
		}
		return -1
	}, strings.TrimSpace(title))
}

// Snippets checks that every block of Go in a README.md stands under an embedmd
// line and is found, word for word, in the file that it names: what readers copy
// has been compiled and run.
func Snippets(tree fs.FS) ([]string, error) {
	return eachFile(tree, func(name string, text []byte) []string {
		if path.Base(name) != "README.md" {
			return nil
		}
		return snippets(tree, name, text)
	})
}

func snippets(tree fs.FS, name string, text []byte) []string {
	lines := strings.Split(string(text), "\n")
	var found []string
	for i := 0; i < len(lines); i++ {
		if lines[i] != "```go" {
			continue
		}
		start := i
		for i++; i < len(lines) && lines[i] != "```"; {
			i++
		}
		block := strings.Join(lines[start+1:min(i, len(lines))], "\n")
		var from string
		if start > 0 {
			if m := mdSnippet.FindStringSubmatch(lines[start-1]); m != nil {
				from = path.Join(path.Dir(name), m[1])
			}
		}
		if from == "" {
			found = append(found, fmt.Sprintf("%s:%d: a block of Go that comes from no file: nobody compiles it", name, start+1))
			continue
		}
		source, err := fs.ReadFile(tree, from)
		if err != nil {
			found = append(found, fmt.Sprintf("%s:%d: %v", name, start, err))
		} else if !bytes.Contains(source, []byte(block)) {
			found = append(found, fmt.Sprintf("%s:%d: differs from %s: run embedmd -w %s", name, start+1, from, name))
		}
	}
	return found
}
