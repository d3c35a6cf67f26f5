package picture

import "image"

// turned returns the sides of a picture once it stands upright. Orientations
// are those of EXIF: 5 to 8 lie on their side.
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

// upright turns a square as its orientation says.
func upright(src *image.RGBA, orientation int) *image.RGBA {
	if orientation < 2 {
		return src
	}
	n := src.Rect.Dx()
	dst := image.NewRGBA(src.Rect)
	for y := range n {
		for x := range n {
			sx, sy := stored(orientation, n, n, Crop{X: x, Y: y, Size: 1})
			copy(dst.Pix[dst.PixOffset(x, y):][:4], src.Pix[src.PixOffset(sx, sy):][:4])
		}
	}
	return dst
}
