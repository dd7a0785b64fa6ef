package boltfile

import (
	"bytes"
	"context"
	"errors"
	"iter"

	"go.etcd.io/bbolt"
)

// tx is a transaction. Every call of a store is one: it sees one state of the
// file, and what it writes is there whole, on disk, when it returns, or not at all.
type tx struct {
	*bbolt.Tx
	alive func() error // an error once the caller has given up
	wrote bool
}

// errUnchanged ends a transaction that has nothing to commit.
var errUnchanged = errors.New("nothing was written")

func read(ctx context.Context, db *bbolt.DB, fn func(t *tx) error) error {
	return run(ctx, db.View, fn)
}

// write commits what fn wrote. A repeat, and a claim that finds nothing, write
// nothing and wait for no disk.
func write(ctx context.Context, db *bbolt.DB, fn func(t *tx) error) error {
	err := run(ctx, db.Update, func(t *tx) error {
		if err := fn(t); err != nil || t.wrote {
			return err
		}
		return errUnchanged
	})
	if errors.Is(err, errUnchanged) {
		return nil
	}
	return err
}

func run(ctx context.Context, begin func(func(*bbolt.Tx) error) error, fn func(t *tx) error) error {
	alive := func() error {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return nil
	}
	if err := alive(); err != nil {
		return err
	}
	return begin(func(btx *bbolt.Tx) error {
		if err := fn(&tx{Tx: btx, alive: alive}); err != nil {
			return err
		}
		return alive()
	})
}

// get reads a value; it is false if there is none.
func get[T any](t *tx, bucket, key string) (v T, ok bool, err error) {
	if err := t.alive(); err != nil {
		return v, false, err
	}
	raw := t.Bucket([]byte(bucket)).Get([]byte(key))
	if raw == nil {
		return v, false, nil
	}
	if err := decode(raw, &v); err != nil {
		return v, false, &DamagedError{t.DB().Path(), bucket, key, err}
	}
	return v, true, nil
}

// need reads a value that must be there.
func need[T any](t *tx, bucket, key string) (T, error) {
	v, ok, err := get[T](t, bucket, key)
	if err == nil && !ok {
		err = &DamagedError{t.DB().Path(), bucket, key, errors.New("an index names it, and it is missing")}
	}
	return v, err
}

func put[T any](t *tx, bucket, key string, v T) error {
	raw, err := encode(v)
	if err != nil {
		return err
	}
	t.wrote = true
	return t.Bucket([]byte(bucket)).Put([]byte(key), raw)
}

// place is where a value is found by something else than its own key.
type place struct{ bucket, key string }

// move takes a value out of the places that it had and puts it into those that
// it has, before the value is put. Places follow from values alone, so no index is ever forgotten.
func (t *tx) move(had, has []place) error {
	kept := make(map[place]bool, len(has))
	for _, p := range has {
		kept[p] = true
	}
	for _, p := range had {
		if kept[p] {
			delete(kept, p)
		} else if err := t.Bucket([]byte(p.bucket)).Delete([]byte(p.key)); err != nil {
			return err
		}
	}
	for p := range kept {
		if err := t.Bucket([]byte(p.bucket)).Put([]byte(p.key), nil); err != nil {
			return err
		}
	}
	return nil
}

// next returns what follows a prefix in the first key after that with the
// prefix and after; it is false behind the last.
func (t *tx) next(bucket, prefix, after string) (string, bool) {
	for rest := range t.scan(bucket, prefix, after) {
		return rest, true
	}
	return "", false
}

// scan goes through the keys with a prefix, after the one with prefix and after,
// and yields what follows the prefix. Write nothing to the bucket meanwhile:
// that moves what cursors stand on.
func (t *tx) scan(bucket, prefix, after string) iter.Seq[string] {
	return func(yield func(string) bool) {
		from := []byte(prefix + after)
		c := t.Bucket([]byte(bucket)).Cursor()
		k, _ := c.Seek(from)
		if after != "" && bytes.Equal(k, from) {
			k, _ = c.Next()
		}
		for ; bytes.HasPrefix(k, []byte(prefix)) && k != nil; k, _ = c.Next() {
			if !yield(string(k[len(prefix):])) {
				return
			}
		}
	}
}

// last returns what follows a prefix, which ends with a text, in the last key that has it.
func (t *tx) last(bucket, prefix string) (string, bool) {
	c := t.Bucket([]byte(bucket)).Cursor()
	k, _ := c.Seek([]byte(prefix[:len(prefix)-1] + "\x02")) // the end of a text is 0, 1
	if k == nil {
		k, _ = c.Last()
	} else {
		k, _ = c.Prev()
	}
	if !bytes.HasPrefix(k, []byte(prefix)) {
		return "", false
	}
	return string(k[len(prefix):]), true
}
