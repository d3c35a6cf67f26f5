package shrink

// The inverse cosine transform (T.81 A.3.3), also to fewer samples than a block
// has: N samples out of the lowest N coefficients are the block as it would
// look after a perfect low-pass filter. Numbers are cos(kπ/16) in 13 bits.
const (
	cosBits = 13
	cos1    = 8035
	cos2    = 7568
	cos3    = 6811
	cos4    = 5793
	cos5    = 4551
	cos6    = 3135
	cos7    = 1598
)

// The first pass leaves two bits below the point.
const (
	firstShift  = cosBits + 1 - 2
	secondShift = cosBits + 1 + 2
)

// inverse rebuilds a block to p.nx × p.ny samples: first the columns, then the
// rows.
func inverse(block *[64]int32, out []uint8, p *plane) {
	for x := range p.nx {
		column((*[57]int32)(block[x:x+57]), p.ny)
	}
	for y := range p.ny {
		row := (*[8]int32)(block[8*y : 8*y+8])
		o := out[y*p.stride : y*p.stride+p.nx]
		switch p.nx {
		case 8:
			row8(row, (*[8]uint8)(o))
		case 4:
			row4(row, (*[4]uint8)(o))
		case 2:
			row2(row, (*[2]uint8)(o))
		default:
			o[0] = settle(row[0] * cos4)
		}
	}
}

func column(b *[57]int32, n int) {
	switch n {
	case 8:
		column8(b)
	case 4:
		column4(b)
	case 2:
		e, o := b[0]*cos4+half1, b[8]*cos4
		b[0], b[8] = (e+o)>>firstShift, (e-o)>>firstShift
	default:
		b[0] = (b[0]*cos4 + half1) >> firstShift
	}
}

const (
	half1 = 1 << (firstShift - 1)
	half2 = 1 << (secondShift - 1)
)

func settle(v int32) uint8 { return level((v + half2) >> secondShift) }

func column8(b *[57]int32) {
	if b[8]|b[16]|b[24]|b[32]|b[40]|b[48]|b[56] == 0 {
		v := (b[0]*cos4 + half1) >> firstShift
		b[0], b[8], b[16], b[24], b[32], b[40], b[48], b[56] = v, v, v, v, v, v, v, v
		return
	}
	e0, e1, e2, e3 := even(b[0], b[16], b[32], b[48], half1)
	o0, o1, o2, o3 := odd(b[8], b[24], b[40], b[56])
	b[0], b[56] = (e0+o0)>>firstShift, (e0-o0)>>firstShift
	b[8], b[48] = (e1+o1)>>firstShift, (e1-o1)>>firstShift
	b[16], b[40] = (e2+o2)>>firstShift, (e2-o2)>>firstShift
	b[24], b[32] = (e3+o3)>>firstShift, (e3-o3)>>firstShift
}

func row8(r *[8]int32, out *[8]uint8) {
	e0, e1, e2, e3 := even(r[0], r[2], r[4], r[6], 0)
	o0, o1, o2, o3 := odd(r[1], r[3], r[5], r[7])
	out[0], out[7] = settle(e0+o0), settle(e0-o0)
	out[1], out[6] = settle(e1+o1), settle(e1-o1)
	out[2], out[5] = settle(e2+o2), settle(e2-o2)
	out[3], out[4] = settle(e3+o3), settle(e3-o3)
}

// even is the part of eight samples that is the same from both ends.
func even(x0, x2, x4, x6, half int32) (e0, e1, e2, e3 int32) {
	p, m := (x0+x4)*cos4+half, (x0-x4)*cos4+half
	a, b := x2*cos2+x6*cos6, x2*cos6-x6*cos2
	return p + a, m + b, m - b, p - a
}

// odd is the part of eight samples that changes its sign from end to end.
func odd(x1, x3, x5, x7 int32) (o0, o1, o2, o3 int32) {
	return x1*cos1 + x3*cos3 + x5*cos5 + x7*cos7,
		x1*cos3 - x3*cos7 - x5*cos1 - x7*cos5,
		x1*cos5 - x3*cos1 + x5*cos7 + x7*cos3,
		x1*cos7 - x3*cos5 + x5*cos3 - x7*cos1
}

func column4(b *[57]int32) {
	e0, e1 := (b[0]+b[16])*cos4+half1, (b[0]-b[16])*cos4+half1
	o0, o1 := b[8]*cos2+b[24]*cos6, b[8]*cos6-b[24]*cos2
	b[0], b[24] = (e0+o0)>>firstShift, (e0-o0)>>firstShift
	b[8], b[16] = (e1+o1)>>firstShift, (e1-o1)>>firstShift
}

func row4(r *[8]int32, out *[4]uint8) {
	e0, e1 := (r[0]+r[2])*cos4, (r[0]-r[2])*cos4
	o0, o1 := r[1]*cos2+r[3]*cos6, r[1]*cos6-r[3]*cos2
	out[0], out[3] = settle(e0+o0), settle(e0-o0)
	out[1], out[2] = settle(e1+o1), settle(e1-o1)
}

func row2(r *[8]int32, out *[2]uint8) {
	e, o := r[0]*cos4, r[1]*cos4
	out[0], out[1] = settle(e+o), settle(e-o)
}
