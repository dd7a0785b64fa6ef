package arch

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path"
	"strings"
)

// Package is what the go command says of a package.
type Package struct {
	ImportPath   string
	Name         string
	Dir          string
	Standard     bool
	GoFiles      []string
	CgoFiles     []string
	TestGoFiles  []string
	XTestGoFiles []string
	Imports      []string
	Deps         []string
	Module       *Module
}

// Module is what the go command says of the module of a package.
type Module struct {
	Path string
	Dir  string
}

// List asks the go command for the packages of the module in a folder, and for
// everything that they link.
func List(ctx context.Context, dir string) ([]Package, error) {
	cmd := exec.CommandContext(ctx, "go", "list", "-deps", "-json=ImportPath,Name,Dir,Standard,GoFiles,CgoFiles,TestGoFiles,XTestGoFiles,Imports,Deps,Module", "./...")
	cmd.Dir = dir
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("arch: go list in %s: %w: %s", dir, err, stderr.Bytes())
	}
	var pkgs []Package
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p Package
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return pkgs, nil
		} else if err != nil {
			return nil, fmt.Errorf("arch: reading what go list said: %w", err)
		}
		pkgs = append(pkgs, p)
	}
}

// Ours reports whether an import path lies in this repository.
func Ours(importPath string) bool {
	return importPath == ModulePath || strings.HasPrefix(importPath, ModulePath+"/")
}

// Room returns the path of one of our packages inside of the repository, "." for the root.
func Room(importPath string) string {
	if importPath == ModulePath {
		return "."
	}
	return strings.TrimPrefix(importPath, ModulePath+"/")
}

// ForTests reports whether a package is made to be imported by tests: its last
// element ends in "test".
func ForTests(importPath string) bool {
	return strings.HasSuffix(path.Base(importPath), "test")
}

// Public reports whether users can import a package of ours.
func Public(importPath string) bool {
	room := Room(importPath)
	return Ours(importPath) && !within(room, "internal") && !within(room, "examples")
}

// within reports whether a room is a folder or lies below it.
func within(room, folder string) bool {
	return room == folder || strings.HasPrefix(room, folder+"/")
}
