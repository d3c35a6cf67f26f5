package shrink

import "encoding/binary"

// unfilter undoes the filter of a row, whose first byte names it. near is how
// many bytes back the pixel to the left stands.
func unfilter(row, above []byte, near int) error {
	cur, up := row[1:], above[1:]
	switch row[0] {
	case 0:
	case 1:
		for i := near; i < len(cur); i++ {
			cur[i] += cur[i-near]
		}
	case 2:
		for i, u := range up {
			cur[i] += u
		}
	case 3:
		for i := range min(near, len(cur)) {
			cur[i] += up[i] / 2
		}
		for i := near; i < len(cur); i++ {
			cur[i] += uint8((int(cur[i-near]) + int(up[i])) / 2)
		}
	case 4:
		unfilterPaeth(cur, up, near)
	default:
		return unreadable("PNG row with filter %d", row[0])
	}
	return nil
}

// unfilterPaeth adds to each byte the one of its three neighbours (left, up,
// upper left) that lies nearest to left + up − upper left.
func unfilterPaeth(cur, up []byte, near int) {
	for i := range min(near, len(cur)) {
		cur[i] += up[i]
	}
	for i := near; i < len(cur); i++ {
		a, b, c := int(cur[i-near]), int(up[i]), int(up[i-near])
		da, db := b-c, a-c
		dc := abs(da + db)
		da, db = abs(da), abs(db)
		switch {
		case da <= db && da <= dc:
			cur[i] += uint8(a)
		case db <= dc:
			cur[i] += uint8(b)
		default:
			cur[i] += uint8(c)
		}
	}
}

func abs(v int) int {
	if v < 0 {
		return -v
	}
	return v
}

// times returns v scaled by a/255, rounded.
func times(v, a uint8) uint8 { return uint8((uint32(v)*uint32(a) + 127) / 255) }

// expand turns a row of samples into pixels of four bytes with alpha
// multiplied in. Samples of 16 bits keep their upper half.
func (h *pngHeader) expand(pix []uint8, row []byte) {
	switch {
	case h.kind == pngPalette:
		h.expandPalette(pix, row)
	case h.kind == pngGrey && h.depth < 8:
		h.expandFewGreys(pix, row)
	case h.hasClear:
		h.expandWithClear(pix, row)
	default:
		h.expandWhole(pix, row)
	}
}

func (h *pngHeader) expandPalette(pix []uint8, row []byte) {
	for i := range len(pix) / 4 {
		p := &h.palette[few(row, i, h.depth)]
		copy(pix[4*i:4*i+4], p[:])
	}
}

func (h *pngHeader) expandFewGreys(pix []uint8, row []byte) {
	scale := uint8(255 / (1<<h.depth - 1))
	for i := range len(pix) / 4 {
		v := few(row, i, h.depth)
		if h.hasClear && uint16(v) == h.clear[0] {
			clear(pix[4*i : 4*i+4])
			continue
		}
		grey(pix[4*i:4*i+4], v*scale)
	}
}

// few returns sample i of a row of 1, 2, 4 or 8 bits each.
func few(row []byte, i, depth int) uint8 {
	bit := i * depth
	return row[bit>>3] << (bit & 7) >> (8 - depth)
}

func grey(p []uint8, v uint8) { p[0], p[1], p[2], p[3] = v, v, v, 255 }

// expandWithClear handles grey and RGB of 8 or 16 bits in which one colour is
// transparent. The colour is compared in full depth.
func (h *pngHeader) expandWithClear(pix []uint8, row []byte) {
	n, wide := h.samples(), h.depth/8
	for i := range len(pix) / 4 {
		p, hit := pix[4*i:4*i+4], true
		for s := range n {
			at := row[(i*n+s)*wide:]
			v := uint16(at[0])
			if wide == 2 {
				v = binary.BigEndian.Uint16(at)
			}
			hit = hit && v == h.clear[s]
			p[s] = at[0]
		}
		switch {
		case hit:
			clear(p)
		case n == 1:
			grey(p, p[0])
		default:
			p[3] = 255
		}
	}
}

func (h *pngHeader) expandWhole(pix []uint8, row []byte) {
	w := h.depth / 8
	for len(pix) >= 4 {
		p := pix[:4:4]
		switch h.kind {
		case pngGrey:
			grey(p, row[0])
			row = row[w:]
		case pngRGB:
			p[0], p[1], p[2], p[3] = row[0], row[w], row[2*w], 255
			row = row[3*w:]
		case pngGreyAlpha:
			a := row[w]
			v := times(row[0], a)
			p[0], p[1], p[2], p[3] = v, v, v, a
			row = row[2*w:]
		case pngRGBA:
			a := row[3*w]
			p[0], p[1], p[2], p[3] = times(row[0], a), times(row[w], a), times(row[2*w], a), a
			row = row[4*w:]
		}
		pix = pix[4:]
	}
}
