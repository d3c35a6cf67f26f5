package picture

import (
	"context"
	"encoding/base32"
	"fmt"
	"image"
	"io"
	"sync"

	"github.com/kovidgoyal/imaging"

	"nameplate/internal/platform/errs"
)

// What is taken at most.
const (
	MaxBytes  = 2 << 20
	MaxPixels = 24_000_000
	MaxSide   = 8192
)

// Sizes of the pictures that come out, in pixels a side.
var Sizes = []int{512, 256, 96, 48}

// Why a picture is refused.
var (
	ErrTooLarge    = errs.New(errs.TooLarge, "too_large").On("picture")
	ErrUnsupported = errs.New(errs.Unsupported, "unsupported_media_type").On("picture")
	ErrPixels      = errs.New(errs.Invalid, "picture_too_many_pixels").On("picture")
	ErrSide        = errs.New(errs.Invalid, "picture_side_too_long").On("picture")
	ErrUnreadable  = errs.New(errs.Invalid, "picture_unreadable").On("picture")
	ErrCrop        = errs.New(errs.Invalid, "picture_crop_outside").On("crop")
)

// Crop is a square of a picture, in pixels of the upright picture.
type Crop struct{ X, Y, Size int }

// Set is one version of a picture.
type Set struct {
	// Name is where the version is kept: 26 characters of lower-case base32,
	// 128 random bits. It says nothing of the person or the picture, and two
	// uploads never share it.
	Name string
	// Files holds a WebP for each of Sizes: "512.webp", "256.webp", …
	Files map[string][]byte
}

// heavy is the memory from which on a picture is decoded alone.
const heavy = 32 << 20

// Maker makes pictures, two at a time.
type Maker struct {
	random io.Reader
	slots  chan struct{}
	both   sync.Mutex // held while one waits for both slots, so that two never wait for each other
}

// New returns a Maker that names versions out of random.
func New(random io.Reader) *Maker {
	return &Maker{random: random, slots: make(chan struct{}, 2)}
}

// Make turns an uploaded PNG or JPEG into a Set. Without a crop it takes the
// largest square in the middle. It fails with one of the errors above, or with
// ctx's error if ctx ends while others are being made.
func (m *Maker) Make(ctx context.Context, data []byte, crop *Crop) (Set, error) {
	if len(data) > MaxBytes {
		return Set{}, ErrTooLarge
	}
	h, err := readHeader(data)
	if err != nil {
		return Set{}, err
	}
	if err := h.bearable(crop); err != nil {
		return Set{}, err
	}
	done, err := m.enter(ctx, h.weight() > heavy)
	if err != nil {
		return Set{}, err
	}
	defer done()
	whole, orientation, err := decode(data, h)
	if err != nil {
		return Set{}, ErrUnreadable.Because(err)
	}
	square, err := choose(whole.Bounds(), orientation, crop)
	if err != nil {
		return Set{}, err
	}
	return m.set(upright(shrink(whole, square), orientation))
}

// choose returns the square that is wanted, in stored pixels.
func choose(bounds image.Rectangle, orientation int, crop *Crop) (image.Rectangle, error) {
	w, h := turned(orientation, bounds.Dx(), bounds.Dy())
	c := middle(w, h)
	if crop != nil {
		c = *crop
	}
	if c.Size < 1 || c.X < 0 || c.Y < 0 || c.Size > w || c.Size > h || c.X > w-c.Size || c.Y > h-c.Size {
		return image.Rectangle{}, ErrCrop
	}
	x, y := stored(orientation, bounds.Dx(), bounds.Dy(), c)
	return image.Rect(x, y, x+c.Size, y+c.Size).Add(bounds.Min), nil
}

func middle(w, h int) Crop {
	n := min(w, h)
	return Crop{X: (w - n) / 2, Y: (h - n) / 2, Size: n}
}

// enter waits for a slot, or for both. The caller calls done when it is
// through.
func (m *Maker) enter(ctx context.Context, alone bool) (done func(), err error) {
	need := 1
	if alone {
		m.both.Lock()
		defer m.both.Unlock()
		need = cap(m.slots)
	}
	for got := range need {
		select {
		case m.slots <- struct{}{}:
		case <-ctx.Done():
			m.leave(got)
			return nil, ctx.Err()
		}
	}
	return func() { m.leave(need) }, nil
}

func (m *Maker) leave(n int) {
	for range n {
		<-m.slots
	}
}

// set encodes a square in every size.
func (m *Maker) set(square *image.NRGBA) (Set, error) {
	name, err := m.name()
	if err != nil {
		return Set{}, err
	}
	files := make(map[string][]byte, len(Sizes))
	for _, n := range Sizes {
		file, err := encodeWebP(imaging.Clone(resize(square, n)))
		if err != nil {
			return Set{}, err
		}
		files[fileName(n)] = file
	}
	return Set{Name: name, Files: files}, nil
}

var nameCoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

func (m *Maker) name() (string, error) {
	var b [16]byte
	if _, err := io.ReadFull(m.random, b[:]); err != nil {
		return "", fmt.Errorf("picture: naming: %w", err)
	}
	return nameCoding.EncodeToString(b[:]), nil
}
