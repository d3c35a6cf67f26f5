package shrink

import "image"

// component is one of the planes a JPEG is made of: brightness, a colour
// difference, a colour.
type component struct {
	id         uint8
	h, v       int // how it is sampled, relative to the others
	table      int // which quantization table
	wide, high int // blocks of the picture
	across     int // blocks in a row, with those that fill up the last MCU
	down       int
	quant      *[64]uint16
	dc, ac     *huffman
	before     int32 // the DC coefficient of the block before
	seen       bool
	view       *plane
	nonzero    []uint64 // progressive: which coefficients of each block are not zero
	held       []int16  // progressive: the coefficients that the square needs
}

// measure works out how many blocks there are, and refuses identifiers that
// stand twice and samplings that are not a half or a quarter of the largest.
func (c *component) measure(j *jpeg, before []component) error {
	for i := range before {
		if before[i].id == c.id {
			return unreadable("JPEG with component %d twice", c.id)
		}
	}
	if !halving(j.hmax, c.h) || !halving(j.vmax, c.v) {
		return unreadable("JPEG sampled %d in %d, %d in %d", c.h, j.hmax, c.v, j.vmax)
	}
	rx, ry := 8*j.hmax/c.h, 8*j.vmax/c.v
	c.wide, c.high = (j.width+rx-1)/rx, (j.height+ry-1)/ry
	c.across = (j.width + 8*j.hmax - 1) / (8 * j.hmax) * c.h
	c.down = (j.height + 8*j.vmax - 1) / (8 * j.vmax) * c.v
	c.quant = &j.quant[c.table]
	return nil
}

// halving tells whether n is most, or a half or a quarter of it.
func halving(most, n int) bool { return n == most || 2*n == most || 4*n == most }

func (c *component) inScan(s *scan) bool {
	for _, other := range s.comps {
		if other == c {
			return true
		}
	}
	return false
}

// view is the part of the picture that is wanted, and how much it is reduced
// while the blocks are rebuilt.
type view struct {
	shift  uint            // every side is divided by 1 << shift
	square image.Rectangle // in reduced pixels
}

// plane is what a component contributes to the view.
type plane struct {
	x0, y0, x1, y1 int // blocks that touch the square
	nx, ny         int // samples that a block is rebuilt to: 1, 2, 4 or 8
	ux, uy         int // reduced pixels to a sample
	keep           [64]int8
	size           int // how many coefficients of a block are kept
	stride         int
	pix            []uint8
}

// look decides what of the picture is rebuilt, and at what size: the smallest
// of 1/1, 1/2, 1/4 and 1/8 that leaves the square at least 3/4 of side.
func (j *jpeg) look(r image.Rectangle, side int) {
	v := &view{}
	for v.shift < 3 && r.Dx()>>(v.shift+1) >= side*3/4 {
		v.shift++
	}
	x, y, n := r.Min.X>>v.shift, r.Min.Y>>v.shift, r.Dx()>>v.shift
	v.square = image.Rect(x, y, x+n, y+n)
	j.view = v
	for i := range j.comps {
		j.comps[i].look(j, r)
	}
}

func (c *component) look(j *jpeg, r image.Rectangle) {
	rx, ry := j.hmax/c.h, j.vmax/c.v
	p := &plane{}
	p.nx, p.ux = reduced(rx, 1<<j.view.shift)
	p.ny, p.uy = reduced(ry, 1<<j.view.shift)
	p.x0, p.x1 = r.Min.X/(8*rx), (r.Max.X+8*rx-1)/(8*rx)
	p.y0, p.y1 = r.Min.Y/(8*ry), (r.Max.Y+8*ry-1)/(8*ry)
	for z, at := range zigzag {
		p.keep[z] = -1
		if x, y := int(at)%8, int(at)/8; x < p.nx && y < p.ny {
			p.keep[z] = int8(y*p.nx + x)
		}
	}
	p.size, p.stride = p.nx*p.ny, (p.x1-p.x0)*p.nx
	p.pix = make([]uint8, p.stride*(p.y1-p.y0)*p.ny)
	c.view = p
	if j.progressive {
		c.nonzero = make([]uint64, c.across*c.down)
		c.held = make([]int16, (p.x1-p.x0)*(p.y1-p.y0)*p.size)
	}
}

// reduced says how a block of a component that has one sample for ratio pixels
// is rebuilt when pixels are reduced by factor: to n samples a side, each of
// which then stands for u reduced pixels. What is sampled less is reduced less.
func reduced(ratio, factor int) (n, u int) {
	d := max(1, factor/ratio)
	return 8 / d, max(1, ratio/factor)
}

func (p *plane) has(x, y int) bool { return x >= p.x0 && x < p.x1 && y >= p.y0 && y < p.y1 }

// kept returns where the coefficients of a block are held, nil if it lies
// outside the square.
func (c *component) kept(x, y int) []int16 {
	p := c.view
	if !p.has(x, y) {
		return nil
	}
	at := ((y-p.y0)*(p.x1-p.x0) + x - p.x0) * p.size
	return c.held[at : at+p.size]
}

func (c *component) known(x, y int) *uint64 { return &c.nonzero[y*c.across+x] }

// set enters a coefficient that was zero before.
func (c *component) set(known *uint64, at []int16, z int, value int32) {
	*known |= 1 << z
	if k := c.view.keep[z]; k >= 0 && at != nil {
		at[k] = int16(value)
	}
}

// rebuild paints the blocks of a progressive picture, once all scans are read.
func (c *component) rebuild() {
	p := c.view
	for y := p.y0; y < p.y1; y++ {
		for x := p.x0; x < p.x1; x++ {
			var block [64]int32
			held, last := c.kept(x, y), 0
			for z, k := range p.keep {
				if k >= 0 && held[k] != 0 {
					block[zigzag[z]] = int32(held[k]) * int32(c.quant[z])
					last = z
				}
			}
			c.paint(&block, last, x, y)
		}
	}
	c.held, c.nonzero = nil, nil
}

// paint turns the coefficients of a block into samples of the plane. last is
// the place, in zigzag order, of the last that is not zero.
func (c *component) paint(block *[64]int32, last, x, y int) {
	p := c.view
	out := p.pix[(y-p.y0)*p.ny*p.stride+(x-p.x0)*p.nx:]
	if last == 0 {
		flat(block[0], out, p)
		return
	}
	inverse(block, out, p)
}

func flat(dc int32, out []uint8, p *plane) {
	v := level((dc + 4) >> 3)
	for y := range p.ny {
		row := out[y*p.stride : y*p.stride+p.nx]
		for x := range row {
			row[x] = v
		}
	}
}

// level moves a sample from around zero to 0 to 255.
func level(v int32) uint8 {
	v += 128
	if uint32(v) > 255 {
		return uint8(^(v >> 31))
	}
	return uint8(v)
}
