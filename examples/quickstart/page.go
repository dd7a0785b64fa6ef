package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/amends-dev/amends/incident"
)

// keep writes the public page and the records below the folder.
func (c *company) keep(ctx context.Context) error {
	page, err := c.page(ctx)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(c.out, "page.txt"), []byte(page), 0o600); err != nil {
		return fmt.Errorf("quickstart: the public page: %w", err)
	}
	dir := filepath.Join(c.out, "records")
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return fmt.Errorf("quickstart: the records: %w", err)
	}
	for cursor := ""; ; {
		l, err := c.stores.Records.List(ctx, incident.Filter{Space: space}, cursor, 0)
		if err != nil {
			return err
		}
		for _, h := range l.Heads {
			if err := c.keepRecord(ctx, dir, h.Record); err != nil {
				return err
			}
		}
		if cursor = l.Cursor; cursor == "" {
			return nil
		}
	}
}

// keepRecord writes a record's events as JSON lines.
func (c *company) keepRecord(ctx context.Context, dir, record string) error {
	var b bytes.Buffer
	for after := uint64(0); ; {
		p, err := c.stores.Records.Read(ctx, record, after, 0)
		if err != nil {
			return err
		}
		if err := incident.EncodeEvents(&b, p.Events); err != nil {
			return err
		}
		if !p.More || len(p.Events) == 0 {
			break
		}
		after = p.Events[len(p.Events)-1].Version
	}
	if err := os.WriteFile(filepath.Join(dir, record+".jsonl"), b.Bytes(), 0o600); err != nil {
		return fmt.Errorf("quickstart: record %q: %w", record, err)
	}
	return nil
}

// page is the public page as text: what everybody may read, newest first.
func (c *company) page(ctx context.Context) (string, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: status\n", brand)
	for _, id := range []string{saturday, sunday} {
		v, err := c.desk.Incident(ctx, id)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "\n%s\n%s\nStatus: %s", v.Title, strings.Repeat("=", len([]rune(v.Title))), v.Status)
		if v.Round > 0 {
			fmt.Fprintf(&b, " in round %d: it was reopened because customers said that it was not fixed", v.Round+1)
		}
		fmt.Fprintf(&b, "\nAffected: %d customers (%s)\n", v.Impact.Affected, v.Impact.Scope)
		for _, st := range slices.Backward(v.Statements) {
			if !st.Live() || !slices.Contains(st.Audiences, incident.AudiencePublic) {
				continue
			}
			text := st.Texts[st.Locale]
			fmt.Fprintf(&b, "\n%s  %s\n  %s\n", st.Published.In(berlin()).Format("2 Jan 2006 15:04 MST"), text.Subject, wrap(text.Body, 2))
			if st.NextUpdate != nil {
				fmt.Fprintf(&b, "  Next update by %s. Signed: %s\n", st.NextUpdate.At.In(berlin()).Format("15:04 MST"), st.Person)
			} else {
				fmt.Fprintf(&b, "  Signed: %s\n", st.Person)
			}
		}
	}
	return b.String(), nil
}
