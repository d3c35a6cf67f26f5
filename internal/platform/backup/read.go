package backup

import (
	"archive/tar"
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"maps"
	"strings"

	"github.com/klauspost/compress/gzip"
)

// Sink takes what is in a backup. Nothing of it is worth anything until [Read]
// has returned without an error.
type Sink interface {
	// Begin hears first what the backup is, and the key that it carries, or nil.
	Begin(ctx context.Context, about About, key []byte) error
	// Table takes the rows of one table, for as long as next returns one.
	Table(ctx context.Context, name string, columns []string, next func() ([]any, error)) error
	// Blob takes an object.
	Blob(ctx context.Context, key string, data []byte) error
}

// most is the longest entry that is read: more than the largest object, and
// than a part of a table with the longest row.
const most = 256 << 20

// Read hands out a whole backup. It returns ErrNot, ErrForm, or ErrBroken
// wherever the file does not agree with its end.
func Read(ctx context.Context, from io.Reader, to Sink) (Contents, error) {
	packed, err := gzip.NewReader(from)
	if err != nil {
		return Contents{}, ErrNot
	}
	r := &reader{tar: tar.NewReader(packed), sum: sha256.New(), to: to, found: Contents{Rows: map[string]int64{}}}
	if err := r.begin(ctx); err != nil {
		return r.found, err
	}
	if err := r.tables(ctx); err != nil {
		return r.found, err
	}
	if err := r.blobs(ctx); err != nil {
		return r.found, err
	}
	return r.found, r.close(packed)
}

// Check reads a whole backup and keeps nothing of it.
func Check(ctx context.Context, from io.Reader) (Contents, error) { return Read(ctx, from, nothing{}) }

type nothing struct{}

func (nothing) Begin(context.Context, About, []byte) error { return nil }
func (nothing) Blob(context.Context, string, []byte) error { return nil }
func (nothing) Table(_ context.Context, _ string, _ []string, next func() ([]any, error)) error {
	for {
		if row, err := next(); err != nil || row == nil {
			return err
		}
	}
}

// reader has read one entry more than it has handed out.
type reader struct {
	tar   *tar.Reader
	sum   hash.Hash
	to    Sink
	found Contents

	name   string // of the entry at hand
	data   []byte
	before []byte // the hash before that entry
}

// next reads an entry.
func (r *reader) next() error {
	head, err := r.tar.Next()
	if err != nil {
		return broken(err)
	}
	if head.Typeflag != tar.TypeReg || head.Size > most {
		return ErrBroken
	}
	data, err := io.ReadAll(r.tar)
	if err != nil {
		return broken(err)
	}
	r.before = r.sum.Sum(nil)
	note(r.sum, []byte(head.Name))
	note(r.sum, data)
	r.name, r.data = head.Name, data
	return nil
}

func broken(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: it ends too early", ErrBroken)
	}
	return fmt.Errorf("%w: %w", ErrBroken, err)
}

func (r *reader) begin(ctx context.Context) error {
	if err := r.next(); err != nil || r.name != aboutEntry {
		return ErrNot
	}
	if err := json.Unmarshal(r.data, &r.found.About); err != nil {
		return ErrNot
	}
	if r.found.Form != form {
		return ErrForm
	}
	if err := r.next(); err != nil {
		return err
	}
	if r.name != keyEntry {
		return r.to.Begin(ctx, r.found.About, nil)
	}
	if err := r.to.Begin(ctx, r.found.About, r.data); err != nil {
		return err
	}
	return r.next()
}

func (r *reader) tables(ctx context.Context) error {
	for _, table := range r.found.Tables {
		r.found.Rows[table] = 0
		if at, ok := tableOf(r.name); !ok || at != table {
			continue // it has no rows
		}
		rows := &rows{reader: r, table: table}
		if err := rows.open(); err != nil {
			return err
		}
		if err := r.to.Table(ctx, table, rows.columns, rows.next); err != nil {
			return err
		}
		if at, ok := tableOf(r.name); ok && at == table {
			return fmt.Errorf("%w: a row of %s was left", ErrBroken, table)
		}
	}
	return nil
}

func (r *reader) blobs(ctx context.Context) error {
	for {
		key, ok := strings.CutPrefix(r.name, objects)
		if !ok {
			return nil
		}
		if err := r.to.Blob(ctx, key, r.data); err != nil {
			return err
		}
		r.found.Blobs++
		if err := r.next(); err != nil {
			return err
		}
	}
}

// close holds what was found against the end.
func (r *reader) close(packed io.Reader) error {
	var said end
	if r.name != endEntry || json.Unmarshal(r.data, &said) != nil {
		return fmt.Errorf("%w: %s does not belong there", ErrBroken, r.name)
	}
	if said.SHA256 != hex.EncodeToString(r.before) || said.Blobs != r.found.Blobs || !maps.Equal(said.Rows, r.found.Rows) {
		return fmt.Errorf("%w: it is not what was written", ErrBroken)
	}
	if _, err := r.tar.Next(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: something stands behind its end", ErrBroken)
	}
	_, err := io.Copy(io.Discard, packed) // what closes the packing has a sum of its own
	if err != nil {
		return broken(err)
	}
	return nil
}

// rows are those of one table, over all its parts.
type rows struct {
	*reader
	table   string
	columns []string
	lines   *bufio.Scanner
}

// open begins with the part at hand.
func (r *rows) open() error {
	r.lines = bufio.NewScanner(bytes.NewReader(r.data))
	r.lines.Buffer(nil, most)
	var columns []string
	if !r.lines.Scan() || json.Unmarshal(r.lines.Bytes(), &columns) != nil || len(columns) == 0 {
		return fmt.Errorf("%w: %s can't be read", ErrBroken, r.name)
	}
	r.columns = columns
	return nil
}

func (r *rows) next() ([]any, error) {
	for !r.lines.Scan() {
		if err := r.reader.next(); err != nil {
			return nil, err
		}
		if at, ok := tableOf(r.name); !ok || at != r.table {
			return nil, nil
		}
		if err := r.open(); err != nil {
			return nil, err
		}
	}
	var values []any
	d := json.NewDecoder(bytes.NewReader(r.lines.Bytes()))
	d.UseNumber()
	if err := d.Decode(&values); err != nil || len(values) != len(r.columns) {
		return nil, fmt.Errorf("%w: a row of %s can't be read", ErrBroken, r.table)
	}
	for i, v := range values {
		var err error
		if values[i], err = value(v); err != nil {
			return nil, fmt.Errorf("%w: a row of %s has a value that can't be read", ErrBroken, r.table)
		}
	}
	r.found.Rows[r.table]++
	return values, nil
}

// value is the way back of written.
func value(v any) (any, error) {
	switch v := v.(type) {
	case nil, string:
		return v, nil
	case json.Number:
		return v.Int64()
	case []any:
		if len(v) != 1 {
			return nil, ErrBroken
		}
		if text, ok := v[0].(string); ok {
			return base64.StdEncoding.DecodeString(text)
		}
	}
	return nil, ErrBroken
}
