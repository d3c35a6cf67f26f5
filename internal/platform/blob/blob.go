// Package blob keeps the bytes that are too large for a row: pictures, logos,
// archives.
//
// [Disk] keeps each under its key as a file below one folder. A key is chosen
// by the program, never by a person, and an object never changes: who has new
// bytes takes a new key, lets the row point to it, and deletes the old one
// after the commit. A crash between those steps leaves an object that no row
// names; List finds it.
//
// Another store must keep the same contract. Once Put has returned, the object
// survives a power cut; until then a reader finds nothing, and never a part. An
// object can be read as soon as Put has returned, by every node. Deleting what
// is not there is no error. List names what was there when it began and still
// is; of what comes and goes meanwhile it may tell or not. All methods are safe
// for concurrent use and heed their context before they begin.
package blob

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"sync/atomic"
	"syscall"

	"nameplate/internal/platform/errs"
)

// ErrNotFound is what Get returns for a key that holds nothing.
var ErrNotFound = errs.New(errs.NotFound, "not_found")

const (
	folderMode = 0o700
	fileMode   = 0o600
)

// halfway is the folder for files that are being written. No key starts with
// it, as no part of a key starts with a dot.
const halfway = ".halfway"

// Disk keeps objects as files below one folder.
type Disk struct {
	root   *os.Root
	memory memory
	kept   kept
	serial atomic.Uint64 // names files in the making; this process is the only one
}

// Open opens the folder, makes it if need be, and removes what a crash has
// left half written. Only one process may have it open.
func Open(folder string) (*Disk, error) {
	if err := os.MkdirAll(folder, folderMode); err != nil {
		return nil, fmt.Errorf("blob: %w", err)
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, fmt.Errorf("blob: %w", err)
	}
	d := &Disk{root: root}
	if err := d.clean(); err != nil {
		root.Close()
		return nil, fmt.Errorf("blob: clearing what a crash left: %w", err)
	}
	return d, nil
}

func (d *Disk) clean() error {
	if err := d.root.RemoveAll(halfway); err != nil {
		return err
	}
	if err := d.root.Mkdir(halfway, folderMode); err != nil {
		return err
	}
	return d.sync(".")
}

// Close lets go of the folder.
func (d *Disk) Close() error { return d.root.Close() }

// Ping reports whether objects can be written and read back.
func (d *Disk) Ping(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	name, err := d.write([]byte("ping"))
	if err != nil {
		return err
	}
	return wrap("ping", d.root.Remove(name))
}

// Put stores data under key. What was there before is replaced in one step.
func (d *Disk) Put(ctx context.Context, key string, data []byte) error {
	if err := check(ctx, key); err != nil {
		return err
	}
	name, err := d.write(data)
	if err != nil {
		return err
	}
	if err := d.publish(name, key); err != nil {
		return errors.Join(wrap("put", err), wrap("put", d.root.Remove(name)))
	}
	d.memory.drop(key)
	return wrap("put", d.settle(key))
}

// write brings data to the platter under a name that nobody reads.
func (d *Disk) write(data []byte) (name string, err error) {
	name = fmt.Sprintf("%s/%d", halfway, d.serial.Add(1))
	f, err := d.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return "", wrap("write", err)
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return "", errors.Join(wrap("write", err), wrap("write", d.root.Remove(name)))
	}
	return name, nil
}

// publish gives a finished file its key. Deleting a neighbour may take the
// folder away while it is made or between the two steps, so they are tried
// again.
func (d *Disk) publish(name, key string) (err error) {
	for range 100 {
		err = d.root.MkdirAll(path.Dir(key), folderMode)
		if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrExist) {
			return err
		}
		if err = d.root.Rename(name, key); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return err
}

// settle brings the entries of a key's folders to the platter, from the
// innermost to the root: another Put may have made one and not be there yet.
func (d *Disk) settle(key string) error {
	for folder := path.Dir(key); ; folder = path.Dir(folder) {
		if err := d.sync(folder); err != nil || folder == "." {
			return err
		}
	}
}

// sync brings the entries of one folder to the platter. A folder that is gone
// has none.
func (d *Disk) sync(folder string) error {
	f, err := d.root.Open(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// Get returns the bytes under key, or ErrNotFound. The bytes are shared:
// callers do not change them.
func (d *Disk) Get(ctx context.Context, key string) ([]byte, error) {
	if data, ok := d.memory.get(key); ok {
		return data, ctx.Err()
	}
	if err := check(ctx, key); err != nil {
		return nil, err
	}
	changes := d.memory.changes.Load()
	data, err := d.root.ReadFile(key)
	if absent(err) {
		return nil, ErrNotFound
	}
	if err == nil {
		d.memory.keep(key, data, changes)
	}
	return data, wrap("get", err)
}

// absent tells errors that mean that no object has this key: there is nothing,
// there is a folder, or a part of the path is an object.
func absent(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.EISDIR) || errors.Is(err, syscall.ENOTDIR)
}

// Delete removes what is under key, if anything, and the folders that it leaves
// empty.
func (d *Disk) Delete(ctx context.Context, key string) error {
	if err := check(ctx, key); err != nil {
		return err
	}
	if d.kept.later(key) {
		return nil
	}
	info, err := d.root.Lstat(key)
	if absent(err) || err == nil && info.IsDir() {
		return nil
	}
	if err == nil {
		err = d.root.Remove(key)
	}
	d.memory.drop(key)
	if err != nil && !absent(err) {
		return wrap("delete", err)
	}
	for folder := path.Dir(key); folder != "." && d.root.Remove(folder) == nil; {
		folder = path.Dir(folder)
	}
	return wrap("delete", d.settle(key))
}

func wrap(act string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("blob: %s: %w", act, err)
}
