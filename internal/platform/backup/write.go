package backup

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io"

	"github.com/klauspost/compress/gzip"

	"nameplate/internal/platform/blob"
	"nameplate/internal/platform/db"
)

// part is how many bytes of a table are in one entry, give or take a row.
const part = 1 << 20

// Write writes a backup of what the snapshot shows, and of every object. No
// object may be deleted meanwhile: see [blob.Disk.Keep]. The key is that of the
// data folder; nil where it is kept elsewhere.
func Write(ctx context.Context, to io.Writer, about About, key []byte, from *db.Snapshot, blobs *blob.Disk) error {
	packed := gzip.NewWriter(to)
	w := &writer{tar: tar.NewWriter(packed), about: about, sum: sha256.New(), end: end{Rows: map[string]int64{}}}
	w.about.Form, w.about.Schema, w.about.Tables = form, from.Schema, from.Tables
	if err := w.json(aboutEntry, w.about); err != nil {
		return err
	}
	if key != nil {
		if err := w.entry(keyEntry, key); err != nil {
			return err
		}
	}
	for _, table := range from.Tables {
		if err := w.table(ctx, from, table); err != nil {
			return err
		}
	}
	err := blobs.All(ctx, func(key string, data []byte) error {
		w.end.Blobs++
		return w.entry(objects+key, data)
	})
	if err != nil {
		return err
	}
	w.end.SHA256 = hex.EncodeToString(w.sum.Sum(nil))
	if err := w.json(endEntry, w.end); err != nil {
		return err
	}
	if err := w.tar.Close(); err != nil {
		return err
	}
	return packed.Close()
}

type writer struct {
	tar   *tar.Writer
	about About
	sum   hash.Hash
	end   end
}

func (w *writer) json(name string, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return w.entry(name, text)
}

func (w *writer) entry(name string, data []byte) error {
	note(w.sum, []byte(name))
	note(w.sum, data)
	head := tar.Header{Name: name, Mode: 0o600, Size: int64(len(data)), ModTime: w.about.At}
	if err := w.tar.WriteHeader(&head); err != nil {
		return err
	}
	_, err := w.tar.Write(data)
	return err
}

// table writes the rows of a table in parts. Each part begins with the names
// of the columns.
func (w *writer) table(ctx context.Context, from *db.Snapshot, table string) error {
	var lines bytes.Buffer
	n := 0
	flush := func() error {
		n++
		err := w.entry(fmt.Sprintf("%s%s/%06d.jsonl", tables, table, n), lines.Bytes())
		lines.Reset()
		return err
	}
	w.end.Rows[table] = 0
	err := from.Rows(ctx, table, func(columns []string, values []any) error {
		if lines.Len() == 0 {
			if err := line(&lines, columns); err != nil {
				return err
			}
		}
		w.end.Rows[table]++
		if err := line(&lines, written(values)); err != nil || lines.Len() < part {
			return err
		}
		return flush()
	})
	if err == nil && lines.Len() > 0 {
		err = flush()
	}
	return err
}

func line(to *bytes.Buffer, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	to.Write(text)
	return to.WriteByte('\n')
}

// written puts values into JSON: bytes are a list of one text in base64, and all
// else is itself.
func written(values []any) []any {
	for i, v := range values {
		if raw, ok := v.([]byte); ok {
			values[i] = []string{base64.StdEncoding.EncodeToString(raw)}
		}
	}
	return values
}
