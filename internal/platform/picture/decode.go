package picture

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"

	"github.com/kovidgoyal/imaging"
)

// maxScans bounds the passes of a progressive JPEG. Each pass walks over the
// whole picture, so a small file of many empty ones would take minutes.
const maxScans = 64

// header is what is known of a picture before a pixel is decoded.
type header struct {
	image.Config
	jpeg bool
}

// readHeader tells the format by the first bytes; names and declared types
// play no part.
func readHeader(data []byte) (h header, err error) {
	switch {
	case bytes.HasPrefix(data, []byte("\x89PNG\r\n\x1a\n")):
		h.Config, err = png.DecodeConfig(bytes.NewReader(data))
	case bytes.HasPrefix(data, []byte{0xff, 0xd8, 0xff}):
		h.jpeg = true
		h.Config, err = jpeg.DecodeConfig(bytes.NewReader(data))
	default:
		return h, ErrUnsupported
	}
	if err != nil || h.Width < 1 || h.Height < 1 {
		return h, ErrUnreadable
	}
	if h.jpeg && bytes.Count(data, []byte{0xff, 0xda}) > maxScans {
		return h, ErrUnreadable.Because(errors.New("too many scans"))
	}
	return h, nil
}

// bearable refuses what is too large to be decoded, and crops that fit however
// the picture lies.
func (h header) bearable(crop *Crop) error {
	if h.Width > MaxSide || h.Height > MaxSide {
		return ErrSide
	}
	if h.Width*h.Height > MaxPixels {
		return ErrPixels
	}
	if crop != nil && crop.Size > min(h.Width, h.Height) {
		return ErrCrop
	}
	return nil
}

// weight is about how many bytes the decoded picture takes.
func (h header) weight() int {
	each := 4
	switch h.ColorModel {
	case color.RGBA64Model, color.NRGBA64Model:
		each = 8
	case color.YCbCrModel:
		each = 3
	}
	return each * h.Width * h.Height
}

// decode returns the picture as it is stored, in sRGB, and how it lies. Of an
// animated PNG it is the first frame: only the plain decoder is sure to stop
// there.
func decode(data []byte, h header) (m image.Image, orientation int, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("the decoder panicked: %v", v)
		}
	}()
	if !h.jpeg {
		m, err = png.Decode(bytes.NewReader(data))
		return m, 1, err
	}
	data, orientation = bare(data)
	m, err = imaging.Decode(bytes.NewReader(data), imaging.Backends(imaging.GO_IMAGE), imaging.AutoOrientation(false))
	return m, orientation, err
}

// shrink returns the square at the largest size. A large one is first averaged
// to about twice that size, which is quick, and then filtered well.
func shrink(m image.Image, square image.Rectangle) image.Image {
	if twice := 2 * Sizes[0]; square.Dx() > twice {
		m = imaging.Resize(part(m, square), twice, twice, imaging.Box)
	} else {
		m = imaging.Crop(m, square)
	}
	return resize(m, Sizes[0])
}

// part is the square as a picture of its own, without copying where the type
// of the picture lets it.
func part(m image.Image, square image.Rectangle) image.Image {
	if s, ok := m.(interface {
		SubImage(image.Rectangle) image.Image
	}); ok {
		return s.SubImage(square)
	}
	return imaging.Crop(m, square)
}

func resize(m image.Image, n int) image.Image { return imaging.Resize(m, n, n, imaging.CatmullRom) }
