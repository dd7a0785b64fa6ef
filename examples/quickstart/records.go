package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/amends-dev/amends/incident"
)

// keep writes the records below the folder.
func (c *company) keep(ctx context.Context) error {
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
