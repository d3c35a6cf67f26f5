package picture

import (
	"encoding/binary"
	"image"
	"math"
	"sync"
)

// Cameras and phones store colours of a wider space than the web's and say so
// in an ICC profile (ICC.1:2022). As no profile goes out, the colours must be
// turned into sRGB, or they fade. Profiles of the kind that cameras use, three
// curves and a matrix, are read; others are taken for sRGB.

type matrix [3][3]float64

// toLinearSRGB leads from the profile connection space (XYZ under D50) to
// linear sRGB under D65, adapted after Bradford.
var toLinearSRGB = matrix{
	{3.1338561, -1.6168667, -0.4906146},
	{-0.9787684, 1.9161415, 0.0334540},
	{0.0719453, -0.2289914, 1.4052427},
}

func (m matrix) times(n matrix) (p matrix) {
	for i := range 3 {
		for k := range 3 {
			p[i][k] = m[i][0]*n[0][k] + m[i][1]*n[1][k] + m[i][2]*n[2][k]
		}
	}
	return p
}

// conversion leads from 8-bit values under a profile to linear sRGB.
type conversion struct {
	curves [3][256]float64
	matrix matrix
}

// toSRGB turns the colours of m, which the ICC profile describes, into sRGB in
// place. It leaves them as they are if there is no profile it understands.
func toSRGB(m *image.RGBA, profile []byte) {
	c, ok := parseProfile(profile)
	if !ok || c.near() {
		return
	}
	levels := srgbLevels()
	for p := m.Pix; len(p) >= 4; p = p[4:] {
		if p[3] > 0 {
			c.convert(p[:4:4], levels)
		}
	}
}

func (c *conversion) convert(p []uint8, levels *[levelCount]uint8) {
	a := uint32(p[3])
	var in [3]float64
	for i := range in {
		in[i] = c.curves[i][min((uint32(p[i])*255+a/2)/a, 255)]
	}
	for i, row := range c.matrix {
		v := row[0]*in[0] + row[1]*in[1] + row[2]*in[2]
		level := levels[int(min(max(v, 0), 1)*(levelCount-1)+0.5)]
		p[i] = uint8((uint32(level)*a + 127) / 255)
	}
}

// near tells whether the profile is sRGB itself but for rounding: converting
// would only lose.
func (c *conversion) near() bool {
	for i, row := range c.matrix {
		for k, v := range row {
			want := 0.0
			if i == k {
				want = 1
			}
			if math.Abs(v-want) > 0.01 {
				return false
			}
		}
		for _, v := range []int{32, 64, 128, 192} {
			if math.Abs(c.curves[i][v]-linear(float64(v)/255)) > 0.01 {
				return false
			}
		}
	}
	return true
}

// linear undoes the curve of sRGB (IEC 61966-2-1).
func linear(v float64) float64 {
	if v <= 0.04045 {
		return v / 12.92
	}
	return math.Pow((v+0.055)/1.055, 2.4)
}

// levelCount is fine enough that no two neighbouring 8-bit levels fall together.
const levelCount = 1 << 13

var srgbLevels = sync.OnceValue(func() *[levelCount]uint8 {
	var t [levelCount]uint8
	for i := range t {
		v := float64(i) / (levelCount - 1)
		if v <= 0.0031308 {
			v *= 12.92
		} else {
			v = 1.055*math.Pow(v, 1/2.4) - 0.055
		}
		t[i] = uint8(v*255 + 0.5)
	}
	return &t
})

// parseProfile reads an RGB profile made of three curves and a matrix.
func parseProfile(p []byte) (*conversion, bool) {
	if len(p) < 132 || string(p[16:24]) != "RGB XYZ " || string(p[36:40]) != "acsp" {
		return nil, false
	}
	c := &conversion{}
	var columns matrix
	for i, name := range []string{"r", "g", "b"} {
		xyz, ok := tag(p, name+"XYZ")
		if !ok || len(xyz) < 20 {
			return nil, false
		}
		for k := range 3 {
			columns[k][i] = fixed(xyz[8+4*k:])
		}
		curve, ok := tag(p, name+"TRC")
		if !ok || !c.parseCurve(i, curve) {
			return nil, false
		}
	}
	c.matrix = toLinearSRGB.times(columns)
	return c, true
}

// tag returns the element of a profile that has the given signature.
func tag(p []byte, signature string) ([]byte, bool) {
	n := binary.BigEndian.Uint32(p[128:])
	for table := p[132:]; n > 0 && len(table) >= 12; n, table = n-1, table[12:] {
		if string(table[:4]) != signature {
			continue
		}
		at, size := uint64(binary.BigEndian.Uint32(table[4:])), uint64(binary.BigEndian.Uint32(table[8:]))
		if at+size > uint64(len(p)) {
			return nil, false
		}
		return p[at : at+size], true
	}
	return nil, false
}

// fixed reads an s15Fixed16Number.
func fixed(b []byte) float64 { return float64(int32(binary.BigEndian.Uint32(b))) / 65536 }

func (c *conversion) parseCurve(i int, b []byte) bool {
	if len(b) < 12 {
		return false
	}
	var f func(float64) float64
	switch string(b[:4]) {
	case "curv":
		f = sampled(b[8:])
	case "para":
		f = parametric(b[8:])
	}
	if f == nil {
		return false
	}
	for v := range c.curves[i] {
		y := f(float64(v) / 255)
		if math.IsNaN(y) {
			return false
		}
		c.curves[i][v] = min(max(y, 0), 1)
	}
	return true
}

// sampled reads the rest of a curveType: nothing, a gamma, or samples.
func sampled(b []byte) func(float64) float64 {
	n := int(binary.BigEndian.Uint32(b))
	b = b[4:]
	switch {
	case n == 0:
		return func(v float64) float64 { return v }
	case n > len(b)/2:
		return nil
	case n == 1:
		gamma := float64(binary.BigEndian.Uint16(b)) / 256
		return func(v float64) float64 { return math.Pow(v, gamma) }
	}
	at := func(k int) float64 { return float64(binary.BigEndian.Uint16(b[2*k:])) / 65535 }
	return func(v float64) float64 {
		v *= float64(n - 1)
		k := min(int(v), n-2)
		return at(k) + (at(k+1)-at(k))*(v-float64(k))
	}
}

// parametric reads the rest of a parametricCurveType (ICC.1 table 68). All
// five functions are one with some of its parameters left out.
func parametric(b []byte) func(float64) float64 {
	kind := binary.BigEndian.Uint16(b)
	b = b[4:]
	if kind > 4 {
		return nil
	}
	count := [...]int{1, 3, 4, 5, 7}[kind]
	if len(b) < 4*count {
		return nil
	}
	var s [7]float64
	for k := range count {
		s[k] = fixed(b[4*k:])
	}
	g, a, off, low, from, up, lift := s[0], s[1], s[2], s[3], s[4], s[5], s[6]
	switch kind {
	case 0:
		a, from = 1, math.Inf(-1)
	case 1, 2:
		up, lift, low, from = s[3], s[3], 0, -off/a
	}
	return func(v float64) float64 {
		if v >= from {
			return math.Pow(a*v+off, g) + up
		}
		return low*v + lift
	}
}
