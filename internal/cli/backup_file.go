package cli

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// fresh is a file in the making, which gets its name when it is whole.
type fresh struct {
	io.Writer
	file *os.File // nil: standard output
	name string
	sum  hash.Hash
}

// partial ends the name of a file in the making.
const partial = ".partial"

// create begins a file that is not there yet; "-" is standard output.
func create(r *run, name string) (*fresh, error) {
	if name == "-" {
		return &fresh{Writer: r.stdout}, nil
	}
	if _, err := os.Lstat(name); !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s is there already: name another file", name)
	}
	file, err := os.OpenFile(name+partial, os.O_CREATE|os.O_TRUNC|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	sum := sha256.New()
	return &fresh{io.MultiWriter(file, sum), file, name, sum}, nil
}

// keep reads the file again and gives it its name, unless another one has that
// meanwhile.
func (f *fresh) keep() error {
	if f.file == nil {
		return nil
	}
	if err := f.reread(); err != nil {
		return errors.Join(err, f.forget())
	}
	if err := errors.Join(f.file.Close(), os.Link(f.name+partial, f.name), os.Remove(f.name+partial)); err != nil {
		return err
	}
	folder, err := os.Open(filepath.Dir(f.name))
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

func (f *fresh) reread() error {
	if err := f.file.Sync(); err != nil {
		return err
	}
	if _, err := f.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	again := sha256.New()
	if _, err := io.Copy(again, f.file); err != nil {
		return err
	}
	if !bytes.Equal(again.Sum(nil), f.sum.Sum(nil)) {
		return fmt.Errorf("%s is not what was written to it: don't trust this disk", f.name)
	}
	return nil
}

// forget removes what was written.
func (f *fresh) forget() error {
	if f.file == nil {
		return nil
	}
	return errors.Join(f.file.Close(), os.Remove(f.name+partial))
}

// meter tells how much has passed, where a person looks on.
type meter struct {
	to     io.Writer // nil: it counts alone
	n      int64
	screen io.Writer // nil: nobody looks on
	told   int64
}

// tick is after how many bytes more is told.
const tick = 1 << 20

func (m *meter) Write(data []byte) (int, error) {
	n, err := len(data), error(nil)
	if m.to != nil {
		n, err = m.to.Write(data)
	}
	if m.n += int64(n); m.screen != nil && m.n-m.told >= tick {
		m.told = m.n
		fmt.Fprintf(m.screen, "\r%s", size(m.n))
	}
	return n, err
}

// end leaves the line clean.
func (m *meter) end() {
	if m.told > 0 {
		fmt.Fprint(m.screen, "\r            \r")
	}
}

// screen is where a person looks on; nil if nobody does.
func (r *run) screen() io.Writer {
	file, ok := r.stderr.(*os.File)
	if !ok {
		return nil
	}
	info, err := file.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return nil
	}
	return file
}

// size is a number of bytes in words.
func size(n int64) string {
	switch {
	case n < 1e6:
		return fmt.Sprintf("%d kB", (n+999)/1000)
	case n < 1e9:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	}
	return fmt.Sprintf("%.2f GB", float64(n)/1e9)
}
