package shrink

import "image"

// paint turns the planes into the square, and shrinks by whole factors what is
// still much larger than side.
func (j *jpeg) paint(side int) (*image.RGBA, error) {
	convert, err := j.colours()
	if err != nil {
		return nil, err
	}
	for i := range j.comps {
		c := &j.comps[i]
		if !c.seen {
			return nil, unreadable("JPEG without one of its components")
		}
		if j.progressive {
			c.rebuild()
		}
	}
	sq := j.view.square
	b := newBox(sq, side)
	pix := make([]uint8, 4*sq.Dx())
	var lines [4][]uint8
	for i := range j.comps {
		lines[i] = make([]uint8, sq.Dx())
	}
	for y := sq.Min.Y; y < sq.Max.Y; y++ {
		for i := range j.comps {
			j.comps[i].view.line(lines[i], sq.Min.X, y)
		}
		convert(pix, &lines)
		b.add(y, sq.Min.X, 1, pix)
	}
	return b.image(), nil
}

// line copies reduced pixels of row y, from x on, out of the plane.
func (p *plane) line(out []uint8, x, y int) {
	row := p.pix[(y/p.uy-p.y0*p.ny)*p.stride:][:p.stride]
	if p.ux == 1 {
		copy(out, row[x-p.x0*p.nx:])
		return
	}
	for i := range out {
		out[i] = row[(x+i)/p.ux-p.x0*p.nx]
	}
}

// colours returns what turns lines of components into pixels. Four components
// without a word from Adobe could be ink or light: that is refused.
func (j *jpeg) colours() (func(pix []uint8, lines *[4][]uint8), error) {
	switch {
	case len(j.comps) == 1:
		return fromGrey, nil
	case len(j.comps) == 3 && j.isRGB():
		return fromRGB, nil
	case len(j.comps) == 3:
		return fromYCbCr, nil
	case j.adobe == adobeRGB:
		return fromCMYK, nil
	case j.adobe == adobeYCCK:
		return fromYCCK, nil
	}
	return nil, unreadable("JPEG of four colours that does not say which")
}

func (j *jpeg) isRGB() bool {
	named := j.comps[0].id == 'R' && j.comps[1].id == 'G' && j.comps[2].id == 'B'
	return j.adobe == adobeRGB || j.adobe == adobeUnsaid && named
}

func fromGrey(pix []uint8, lines *[4][]uint8) {
	for i, v := range lines[0] {
		grey(pix[4*i:4*i+4], v)
	}
}

func fromRGB(pix []uint8, lines *[4][]uint8) {
	r, g, b := lines[0], lines[1], lines[2]
	for i := range r {
		p := pix[4*i : 4*i+4 : 4*i+4]
		p[0], p[1], p[2], p[3] = r[i], g[i], b[i], 255
	}
}

// fromYCbCr follows JFIF (ITU-T T.871, 7), in 16 bits below the point.
func fromYCbCr(pix []uint8, lines *[4][]uint8) {
	ys, cbs, crs := lines[0], lines[1], lines[2]
	cbs, crs = cbs[:len(ys)], crs[:len(ys)]
	for i, y := range ys {
		p := pix[4*i : 4*i+4 : 4*i+4]
		yy := int32(y)<<16 + 1<<15
		cb, cr := int32(cbs[i])-128, int32(crs[i])-128
		p[0] = clamp((yy + 91881*cr) >> 16)
		p[1] = clamp((yy - 22554*cb - 46802*cr) >> 16)
		p[2] = clamp((yy + 116130*cb) >> 16)
		p[3] = 255
	}
}

func clamp(v int32) uint8 {
	if uint32(v) > 255 {
		return uint8(^(v >> 31))
	}
	return uint8(v)
}

// fromCMYK reads ink as Adobe stores it: inverted, so that it is light already.
func fromCMYK(pix []uint8, lines *[4][]uint8) {
	fromRGB(pix, lines)
	darken(pix, lines[3])
}

// fromYCCK reads the same in YCbCr, which was made of the ink and not of the
// light.
func fromYCCK(pix []uint8, lines *[4][]uint8) {
	fromYCbCr(pix, lines)
	for i := range lines[0] {
		p := pix[4*i : 4*i+3 : 4*i+3]
		p[0], p[1], p[2] = ^p[0], ^p[1], ^p[2]
	}
	darken(pix, lines[3])
}

func darken(pix, black []uint8) {
	for i, k := range black {
		p := pix[4*i : 4*i+4 : 4*i+4]
		p[0], p[1], p[2] = times(p[0], k), times(p[1], k), times(p[2], k)
	}
}
