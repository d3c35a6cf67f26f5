package picture

import (
	"image"
	"math"
)

// How many bits stand below the point in weights, and in a row between the two
// passes: with these, sums fit 32 bits, overshoot included.
const (
	unitBits = 14
	restBits = 7
)

// taps are the source pixels that make one pixel: the first, and the weight of
// each. Weights add up to one exactly, so that an even colour stays what it is.
type taps struct {
	first   int
	weights []int32
}

// resize returns src, a square, reduced to n × n with a Catmull-Rom filter; or
// src itself if it is no larger. It holds one row besides the two pictures.
func resize(src *image.RGBA, n int) *image.RGBA {
	side := src.Rect.Dx()
	if side <= n {
		return src
	}
	dst := image.NewRGBA(image.Rect(0, 0, n, n))
	all := tapsFor(side, n)
	row := make([]int32, 4*side)
	for y, t := range all {
		clear(row)
		for i, w := range t.weights {
			at := (t.first + i) * src.Stride
			addScaled(row, src.Pix[at:at+4*side], w)
		}
		across(dst.Pix[y*dst.Stride:(y+1)*dst.Stride], row, all)
	}
	return dst
}

func addScaled(sum []int32, pix []uint8, w int32) {
	sum = sum[:len(pix)]
	for i, v := range pix {
		sum[i] += w * int32(v)
	}
}

// across makes a row of pixels out of the weighted sum of source rows.
func across(out []uint8, row []int32, all []taps) {
	for i := range row {
		row[i] >>= unitBits - restBits
	}
	for x, t := range all {
		var r, g, b, a int32
		from := row[4*t.first:]
		for _, w := range t.weights {
			p := from[:4:4]
			r, g, b, a = r+w*p[0], g+w*p[1], b+w*p[2], a+w*p[3]
			from = from[4:]
		}
		o := out[4*x : 4*x+4 : 4*x+4]
		alpha := whole(a, 255)
		o[0], o[1], o[2], o[3] = uint8(whole(r, alpha)), uint8(whole(g, alpha)), uint8(whole(b, alpha)), uint8(alpha)
	}
}

// whole rounds v and keeps it between 0 and most: the filter overshoots at
// edges, and no colour may exceed the alpha that is multiplied into it.
func whole(v, most int32) int32 {
	const bits = unitBits + restBits
	return min(max((v+1<<(bits-1))>>bits, 0), most)
}

func tapsFor(from, to int) []taps {
	scale := float64(from) / float64(to)
	all := make([]taps, to)
	for i := range all {
		middle := (float64(i) + 0.5) * scale
		first := max(0, int(math.Ceil(middle-2*scale-0.5)))
		last := min(from-1, int(math.Floor(middle+2*scale-0.5)))
		all[i] = taps{first: first, weights: weigh(first, last, middle, scale)}
	}
	return all
}

func weigh(first, last int, middle, scale float64) []int32 {
	exact, sum := make([]float64, last-first+1), 0.0
	for k := range exact {
		exact[k] = catmullRom((float64(first+k) + 0.5 - middle) / scale)
		sum += exact[k]
	}
	weights, left := make([]int32, len(exact)), int32(1<<unitBits)
	for k, v := range exact {
		weights[k] = int32(math.Round(v / sum * (1 << unitBits)))
		left -= weights[k]
	}
	weights[len(weights)/2] += left
	return weights
}

// catmullRom is the cubic through four points with B = 0, C = 1/2.
func catmullRom(x float64) float64 {
	switch x = math.Abs(x); {
	case x < 1:
		return (1.5*x-2.5)*x*x + 1
	case x < 2:
		return ((-0.5*x+2.5)*x-4)*x + 2
	}
	return 0
}
