package picture

import (
	"encoding/binary"
	"image"
	"image/color"
	"math"
	"testing"
)

// profile builds an ICC profile out of three colorants and one curve for all.
func profile(colorants matrix, curve []byte) []byte {
	const table = 132 + 6*12
	p := make([]byte, table)
	copy(p[16:], "RGB XYZ ")
	copy(p[36:], "acsp")
	p[131] = 6
	entry := func(i int, name string, at, size int) {
		e := p[132+12*i:]
		copy(e, name)
		binary.BigEndian.PutUint32(e[4:], uint32(at))
		binary.BigEndian.PutUint32(e[8:], uint32(size))
	}
	for i, c := range []string{"r", "g", "b"} {
		entry(i, c+"XYZ", len(p), 20)
		p = append(p, "XYZ \x00\x00\x00\x00"...)
		for k := range 3 {
			p = binary.BigEndian.AppendUint32(p, uint32(int32(math.Round(colorants[k][i]*65536))))
		}
		entry(3+i, c+"TRC", len(p), len(curve))
		p = append(p, curve...)
	}
	return p
}

func curveOf(kind string, words ...uint32) []byte {
	b := append([]byte(kind), 0, 0, 0, 0)
	for _, w := range words {
		b = binary.BigEndian.AppendUint32(b, w)
	}
	return b
}

func s15(v float64) uint32 { return uint32(int32(math.Round(v * 65536))) }

var (
	// The colorants of Display P3 and sRGB under D50, and the curve of both.
	displayP3 = matrix{{0.51512, 0.29198, 0.15710}, {0.24120, 0.69225, 0.06657}, {-0.00105, 0.04189, 0.78407}}
	sRGB      = matrix{{0.43607, 0.38515, 0.14307}, {0.22249, 0.71687, 0.06061}, {0.01392, 0.09708, 0.71410}}
	srgbCurve = curveOf("para", 3<<16, s15(2.4), s15(1/1.055), s15(0.055/1.055), s15(1/12.92), s15(0.04045))
	gamma22   = append(curveOf("curv", 1), 2, 51)
	straight1 = curveOf("curv", 0)
)

func converted(c color.RGBA, profile []byte) color.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, 1, 1))
	m.SetRGBA(0, 0, c)
	toSRGB(m, profile)
	return m.RGBAAt(0, 0)
}

func TestColoursOfAWiderSpaceBecomeSRGB(t *testing.T) {
	p3 := profile(displayP3, srgbCurve)
	for in, want := range map[color.RGBA]color.RGBA{
		{R: 255, G: 255, B: 255, A: 255}: {R: 255, G: 255, B: 255, A: 255},
		{A: 255}:                         {A: 255},
		{R: 128, G: 128, B: 128, A: 255}: {R: 128, G: 128, B: 128, A: 255},
		{R: 200, G: 100, B: 80, A: 255}:  {R: 215, G: 93, B: 73, A: 255},
		{R: 100, G: 50, B: 40, A: 128}:   {R: 108, G: 47, B: 36, A: 128},
		{R: 0, G: 255, B: 0, A: 255}:     {R: 0, G: 255, B: 0, A: 255},
		{}:                               {},
	} {
		if got := converted(in, p3); !near(got, want, 2) {
			t.Errorf("%v becomes %v, want %v", in, got, want)
		}
	}
}

func TestCurvesOfEveryKindAreUnderstood(t *testing.T) {
	table := curveOf("curv", 3)
	table = append(table, 0, 0, 0x37, 0x22, 0xff, 0xff)
	for name, c := range map[string]struct {
		curve []byte
		want  uint8
	}{
		"none": {straight1, 188}, "a gamma": {gamma22, 128}, "samples": {table, 128},
		"para 0": {curveOf("para", 0, s15(2.2)), 128},
		"para 1": {curveOf("para", 1<<16, s15(2.2), s15(1), 0), 128},
		"para 2": {curveOf("para", 2<<16, s15(1), s15(0.5), 0, s15(0.5)), 225},
		"para 4": {curveOf("para", 4<<16, s15(1), s15(1), 0, 0, 0, 0, 0), 188},
	} {
		got := converted(color.RGBA{R: 128, G: 128, B: 128, A: 255}, profile(sRGB, c.curve))
		if !near(got, color.RGBA{R: c.want, G: c.want, B: c.want, A: 255}, 2) {
			t.Errorf("%s: %v, want %d", name, got, c.want)
		}
	}
}

func TestAProfileThatIsNotUnderstoodChangesNothing(t *testing.T) {
	whole := profile(displayP3, srgbCurve)
	in := color.RGBA{R: 200, G: 100, B: 80, A: 255}
	for n := range whole {
		if got := converted(in, whole[:n]); got != in {
			t.Fatalf("%d of %d bytes give %v", n, len(whole), got)
		}
	}
	far := profile(displayP3, srgbCurve)
	binary.BigEndian.PutUint32(far[132+4:], 0xffffffff)
	for name, p := range map[string][]byte{
		"sRGB itself": profile(sRGB, srgbCurve), "a tag far away": far, "an endless table": profile(displayP3, curveOf("curv", 0xffffffff)),
		"an unknown curve": profile(displayP3, curveOf("para", 9<<16)), "no numbers": profile(displayP3, curveOf("para", 1<<16, s15(0.5), s15(-1), s15(-1))),
	} {
		if got := converted(in, p); got != in {
			t.Errorf("%s gives %v", name, got)
		}
	}
}

func TestAPhotographWithAProfileIsConverted(t *testing.T) {
	m := image.NewRGBA(image.Rect(0, 0, 64, 64))
	for i := 0; i < len(m.Pix); i += 4 {
		copy(m.Pix[i:], []uint8{200, 100, 80, 255})
	}
	data := jpegWith(asJPEG(t, m, 95), 0xe2, "ICC_PROFILE\x00\x01\x01"+string(profile(displayP3, srgbCurve)))
	got := decodeWebP(t, made(t, data, nil).Files["48.webp"]).At(20, 20)
	if want := (color.RGBA{R: 215, G: 93, B: 73, A: 255}); !near(got, want, 6) {
		t.Errorf("%v, want %v", got, want)
	}
}
