package picture

import (
	"image"

	"github.com/kovidgoyal/imaging"
)

// turned returns the sides of a picture once it stands upright. Orientations
// are those of Exif: 5 to 8 lie on their side.
func turned(orientation, w, h int) (int, int) {
	if orientation >= 5 {
		return h, w
	}
	return w, h
}

// stored returns where the upper left corner of a square of the upright
// picture lies among the stored pixels, w × h.
func stored(orientation, w, h int, c Crop) (x, y int) {
	right, below := w-c.Size, h-c.Size
	switch orientation {
	case 2:
		return right - c.X, c.Y
	case 3:
		return right - c.X, below - c.Y
	case 4:
		return c.X, below - c.Y
	case 5:
		return c.Y, c.X
	case 6:
		return c.Y, below - c.X
	case 7:
		return right - c.Y, below - c.X
	case 8:
		return right - c.Y, c.X
	}
	return c.X, c.Y
}

// upright turns a picture as its orientation says.
func upright(m image.Image, orientation int) *image.NRGBA {
	switch orientation {
	case 2:
		m = imaging.FlipH(m)
	case 3:
		m = imaging.Rotate180(m)
	case 4:
		m = imaging.FlipV(m)
	case 5:
		m = imaging.Transpose(m)
	case 6:
		m = imaging.Rotate270(m)
	case 7:
		m = imaging.Transverse(m)
	case 8:
		m = imaging.Rotate90(m)
	}
	return imaging.Clone(m)
}
