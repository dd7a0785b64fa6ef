package arch

import (
	"bytes"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// MaxLines is the most lines that one file may have. Longer ones hold more than one concept.
const MaxLines = 700

// rootFolders are the folders of the top level: its users fixed them.
var rootFolders = []string{"compensate", "examples", "incident", "internal", "notify", "policy"} //nolint:gochecknoglobals // a constant list

// rootDotFolders are the folders of tools at the top level.
var rootDotFolders = []string{".cache", ".ci", ".git", ".github"} //nolint:gochecknoglobals // a constant list

// Files returns the paths of the files that belong to the tree, in order. What
// tools keep for themselves (.git, .cache, node_modules) does not belong to it.
func Files(tree fs.FS) ([]string, error) {
	var files []string
	err := fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (name == ".git" || name == ".cache" || d.Name() == "node_modules"): // not ours
			return fs.SkipDir
		case name == ".git": // in a second working tree it is a file that names the first
		case d.Type().IsRegular():
			files = append(files, name)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("arch: walking the tree: %w", err)
	}
	return files, nil
}

// TopLevel finds folders at the top level that were not agreed on.
func TopLevel(tree fs.FS) ([]string, error) {
	entries, err := fs.ReadDir(tree, ".")
	if err != nil {
		return nil, fmt.Errorf("arch: reading the top level: %w", err)
	}
	var found []string
	for _, e := range entries {
		if e.IsDir() && !slices.Contains(rootFolders, e.Name()) && !slices.Contains(rootDotFolders, e.Name()) {
			found = append(found, e.Name()+": no such folder was agreed on for the top level: put it into one of "+strings.Join(rootFolders, ", "))
		}
	}
	return found, nil
}

// LongFiles finds sources and texts of more than [MaxLines] lines. Generated
// sums and test data may be as long as they need.
func LongFiles(tree fs.FS) ([]string, error) {
	return eachFile(tree, func(name string, text []byte) []string {
		switch path.Ext(name) {
		case ".go", ".md", ".sql", ".html", ".yaml", ".yml":
		default:
			return nil
		}
		if strings.Contains(name, "testdata/") {
			return nil
		}
		if n := bytes.Count(text, []byte{'\n'}); n > MaxLines {
			return []string{fmt.Sprintf("%s: %d lines, more than %d: split it by concept", name, n, MaxLines)}
		}
		return nil
	})
}

// machinePaths are beginnings of paths that only exist on somebody's machine.
// They are put together here, so that this file does not find itself.
var machinePaths = [][]byte{[]byte("/" + "tmp/"), []byte("/" + "work/"), []byte("/" + "home/"), []byte("/" + "Users/")} //nolint:gochecknoglobals // a constant list

// MachinePaths finds paths of somebody's machine in the text files of the tree.
// Logs that somebody's run left at the top level are not looked at.
func MachinePaths(tree fs.FS) ([]string, error) {
	return eachFile(tree, func(name string, text []byte) []string {
		log := path.Dir(name) == "." && (path.Ext(name) == ".log" || path.Ext(name) == ".txt")
		if log || path.Ext(name) == ".sum" || bytes.IndexByte(text, 0) >= 0 {
			return nil
		}
		var found []string
		for i, line := range bytes.Split(text, []byte{'\n'}) {
			for _, p := range machinePaths {
				if bytes.Contains(line, p) {
					found = append(found, fmt.Sprintf("%s:%d: holds %q, a path of one machine", name, i+1, p))
				}
			}
		}
		return found
	})
}

// eachFile collects what check finds in each file of the tree.
func eachFile(tree fs.FS, check func(name string, text []byte) []string) ([]string, error) {
	files, err := Files(tree)
	if err != nil {
		return nil, err
	}
	var found []string
	for _, name := range files {
		text, err := fs.ReadFile(tree, name)
		if err != nil {
			return nil, fmt.Errorf("arch: reading %s: %w", name, err)
		}
		found = append(found, check(name, text)...)
	}
	return found, nil
}
