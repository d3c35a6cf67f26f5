package shrink

import "image"

// box shrinks a square by a whole factor: each pixel that goes out is the mean
// of factor × factor pixels that came in. They may come in any order, which is
// what interlaced pictures need.
type box struct {
	factor int
	edge   int             // left and top pixels that fill no whole box
	sums   []uint16        // of factor² bytes; maxFactor² × 255 fits
	out    *image.RGBA     // with alpha multiplied in
	in     image.Rectangle // the square, where the pixels come from
}

const maxFactor = 16

// newBox prepares to shrink the square in to about side pixels.
func newBox(in image.Rectangle, side int) *box {
	n := in.Dx()
	f := min(max(1, (n+side/2)/side), maxFactor)
	b := &box{factor: f, edge: n % f / 2, in: in}
	b.out = image.NewRGBA(image.Rect(0, 0, n/f, n/f))
	if f > 1 {
		b.sums = make([]uint16, len(b.out.Pix))
	}
	return b
}

// add takes n pixels of row y, of which the first stands at x and the others
// follow at every step. Each is four bytes of pix, alpha multiplied in. What
// lies outside the square is ignored.
func (b *box) add(y, x, step int, pix []uint8) {
	y -= b.in.Min.Y + b.edge
	side := b.out.Rect.Dx()
	if y < 0 || y/b.factor >= side {
		return
	}
	x -= b.in.Min.X + b.edge
	if x < 0 {
		skip := (-x + step - 1) / step
		if skip*4 >= len(pix) {
			return
		}
		x, pix = x+skip*step, pix[skip*4:]
	}
	if x/b.factor >= side {
		return
	}
	row := y / b.factor * b.out.Stride
	if b.factor == 1 {
		b.put(row, x, step, pix)
		return
	}
	b.sum(row, x, step, pix)
}

func (b *box) put(row, x, step int, pix []uint8) {
	side := b.out.Rect.Dx()
	if step == 1 {
		copy(b.out.Pix[row+4*x:row+4*side], pix)
		return
	}
	for ; x < side && len(pix) >= 4; x, pix = x+step, pix[4:] {
		copy(b.out.Pix[row+4*x:row+4*x+4], pix[:4])
	}
}

func (b *box) sum(row, x, step int, pix []uint8) {
	sums := b.sums[row : row+b.out.Stride]
	cell, within := x/b.factor*4, x%b.factor
	for ; cell < len(sums) && len(pix) >= 4; pix = pix[4:] {
		s := sums[cell : cell+4 : cell+4]
		s[0] += uint16(pix[0])
		s[1] += uint16(pix[1])
		s[2] += uint16(pix[2])
		s[3] += uint16(pix[3])
		for within += step; within >= b.factor; within -= b.factor {
			cell += 4
		}
	}
}

// image returns the shrunk square. The box is spent.
func (b *box) image() *image.RGBA {
	if b.factor == 1 {
		return b.out
	}
	n := uint32(b.factor * b.factor)
	for i, s := range b.sums {
		b.out.Pix[i] = uint8((uint32(s) + n/2) / n)
	}
	b.sums = nil
	return b.out
}
