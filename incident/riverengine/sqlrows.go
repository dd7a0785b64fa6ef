package riverengine

import (
	"database/sql/driver"
	"fmt"
	"io"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
)

// formats asks for the types that database/sql knows in binary; all others come as text.
func formats() pgx.QueryResultFormatsByOID {
	return pgx.QueryResultFormatsByOID{
		pgtype.BoolOID: pgx.BinaryFormatCode, pgtype.ByteaOID: pgx.BinaryFormatCode,
		pgtype.Int2OID: pgx.BinaryFormatCode, pgtype.Int4OID: pgx.BinaryFormatCode, pgtype.Int8OID: pgx.BinaryFormatCode,
		pgtype.Float4OID: pgx.BinaryFormatCode, pgtype.Float8OID: pgx.BinaryFormatCode,
		pgtype.DateOID: pgx.BinaryFormatCode, pgtype.TimestampOID: pgx.BinaryFormatCode, pgtype.TimestamptzOID: pgx.BinaryFormatCode,
	}
}

// rows are what a query found, as database/sql reads it.
type rows struct {
	pgx.Rows
	types  *pgtype.Map
	looked bool // whether next was told
	next   bool // there is a row that was looked at already
}

// Columns returns the names of the columns.
func (r *rows) Columns() []string {
	fields := r.FieldDescriptions()
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.Name
	}
	return names
}

// Close ends reading.
func (r *rows) Close() error {
	r.Rows.Close()
	return nil // what went wrong, Next has said
}

// Next reads a row.
func (r *rows) Next(dest []driver.Value) error {
	if r.looked {
		r.next = r.Rows.Next()
	}
	r.looked = true
	if !r.next {
		if err := r.Err(); err != nil {
			return err
		}
		return io.EOF
	}
	fields := r.FieldDescriptions()
	for i, raw := range r.RawValues() {
		v, err := r.value(fields[i].DataTypeOID, fields[i].Format, raw)
		if err != nil {
			return fmt.Errorf("column %q: %w", fields[i].Name, err)
		}
		dest[i] = v
	}
	return nil
}

// value decodes one value to a type that database/sql knows.
func (r *rows) value(oid uint32, format int16, raw []byte) (driver.Value, error) {
	if raw == nil {
		return nil, nil
	}
	switch oid {
	case pgtype.BoolOID:
		return decode[bool](r, oid, format, raw)
	case pgtype.Int2OID, pgtype.Int4OID, pgtype.Int8OID:
		return decode[int64](r, oid, format, raw)
	case pgtype.Float4OID, pgtype.Float8OID:
		return decode[float64](r, oid, format, raw)
	case pgtype.ByteaOID:
		return decode[[]byte](r, oid, format, raw)
	case pgtype.DateOID, pgtype.TimestampOID, pgtype.TimestamptzOID:
		return decode[time.Time](r, oid, format, raw)
	default:
		return string(raw), nil
	}
}

func decode[T any](r *rows, oid uint32, format int16, raw []byte) (driver.Value, error) {
	var v T
	if err := r.types.Scan(oid, format, raw, &v); err != nil {
		return nil, err
	}
	return v, nil
}
