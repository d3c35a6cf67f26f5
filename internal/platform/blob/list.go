package blob

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"path"
	"strings"
	"time"
)

// batch is how many entries of a folder are read at a time, so that one with a
// million of them takes no more memory than a small one.
const batch = 256

// List calls fn with each key that starts with prefix and the time its object
// was put there, in no order. It ends early with the first error of fn, or with
// ctx's.
func (d *Disk) List(ctx context.Context, prefix string, fn func(key string, modified time.Time) error) error {
	if err := checkPrefix(ctx, prefix); err != nil {
		return err
	}
	l := &listing{Disk: d, prefix: prefix, fn: fn}
	folder := path.Dir(prefix + "x")
	return l.folder(ctx, folder)
}

type listing struct {
	*Disk
	prefix string
	fn     func(key string, modified time.Time) error
}

func (l *listing) folder(ctx context.Context, folder string) error {
	f, err := l.root.Open(folder)
	if absent(err) {
		return nil
	}
	if err != nil {
		return wrap("list", err)
	}
	defer f.Close()
	for {
		entries, err := f.ReadDir(batch)
		for _, e := range entries {
			if err := l.entry(ctx, path.Join(folder, e.Name()), e); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) || absent(err) {
			return nil
		}
		if err != nil {
			return wrap("list", err)
		}
	}
}

func (l *listing) entry(ctx context.Context, key string, e fs.DirEntry) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if key == halfway || !strings.HasPrefix(key, l.prefix) && !strings.HasPrefix(l.prefix, key+"/") {
		return nil
	}
	if e.IsDir() {
		return l.folder(ctx, key)
	}
	if !e.Type().IsRegular() {
		return nil
	}
	info, err := e.Info()
	if absent(err) {
		return nil
	}
	if err != nil {
		return wrap("list", err)
	}
	return l.fn(key, info.ModTime().UTC())
}
