package shrink

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	stdpng "image/png"
	"testing"
)

// drawing writes PNGs of every kind, of samples that look like noise.
type drawing struct {
	width, height, depth int
	kind                 uint8
	interlaced           bool
	clear                []byte // content of the tRNS chunk
	filter               byte   // of every row; 5 for each in turn
}

func (d drawing) encode() []byte {
	head := binary.BigEndian.AppendUint32(nil, uint32(d.width))
	head = binary.BigEndian.AppendUint32(head, uint32(d.height))
	lace := byte(0)
	if d.interlaced {
		lace = 1
	}
	out := append([]byte(pngSignature), pngChunk("IHDR", append(head, byte(d.depth), d.kind, 0, 0, lace))...)
	if d.kind == pngPalette {
		out = append(out, pngChunk("PLTE", noise(3<<min(d.depth, 8)))...)
	}
	if d.clear != nil {
		out = append(out, pngChunk("tRNS", d.clear)...)
	}
	packed := d.pixels()
	half := len(packed) / 2
	out = append(out, pngChunk("IDAT", packed[:half])...)
	out = append(out, pngChunk("IDAT", nil)...)
	out = append(out, pngChunk("IDAT", packed[half:])...)
	return append(out, pngChunk("IEND", nil)...)
}

// pixels writes bytes of noise under every filter: they are some picture.
func (d drawing) pixels() []byte {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	h := pngHeader{kind: d.kind, depth: d.depth}
	passes := plainPass
	if d.interlaced {
		passes = adam7
	}
	bytesOf, count := noise(1<<16), 0
	for _, p := range passes {
		n := (d.width - p.x + p.dx - 1) / p.dx
		for y := p.y; n > 0 && y < d.height; y += p.dy {
			f := d.filter
			if f == 5 {
				f = byte(count % 5)
			}
			row := bytesOf[count*31:][:h.rowBytes(n)]
			count++
			z.Write(append([]byte{f}, row...))
		}
	}
	z.Close()
	return b.Bytes()
}

func noise(n int) []byte {
	b, state := make([]byte, n), uint32(7)
	for i := range b {
		state = state*1664525 + 1013904223
		b[i] = byte(state >> 24)
	}
	return b
}

func pngChunk(kind string, body []byte) []byte {
	c := binary.BigEndian.AppendUint32(nil, uint32(len(body)))
	c = append(append(c, kind...), body...)
	return binary.BigEndian.AppendUint32(c, crc32.ChecksumIEEE(c[4:]))
}

func everyKind() []drawing {
	var all []drawing
	for kind, depths := range map[uint8][]int{pngGrey: {1, 2, 4, 8, 16}, pngRGB: {8, 16}, pngPalette: {1, 2, 4, 8}, pngGreyAlpha: {8, 16}, pngRGBA: {8, 16}} {
		for _, depth := range depths {
			d := drawing{width: 45, height: 37, kind: kind, depth: depth, filter: 5}
			all = append(all, d)
			d.interlaced = true
			all = append(all, d)
			switch kind {
			case pngGrey:
				d.clear = []byte{0, 1}
			case pngRGB:
				d.clear = []byte{0, 1, 0, 2, 0, 3}
			case pngPalette:
				d.clear = []byte{0, 128}
			}
			all = append(all, d)
		}
	}
	return all
}

func TestEveryKindOfPNGIsReadAsTheStandardDecoderReadsIt(t *testing.T) {
	for _, d := range everyKind() {
		t.Run(fmt.Sprintf("kind %d, depth %d, interlaced %v, clear %v", d.kind, d.depth, d.interlaced, d.clear), func(t *testing.T) {
			data := d.encode()
			want, err := stdpng.Decode(bytes.NewReader(data))
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range []image.Rectangle{image.Rect(0, 0, 37, 37), image.Rect(8, 0, 45, 37), image.Rect(13, 11, 33, 31), image.Rect(44, 36, 45, 37)} {
				for factor := 1; factor <= min(5, r.Dx()); factor++ {
					got, err := Square(data, r, r.Dx()/factor)
					if err != nil {
						t.Fatal(err)
					}
					from := r.Min.Add(image.Pt(r.Dx()%factor/2, r.Dx()%factor/2))
					if mean, most := away(got, want, from, factor); most > 2 || got.Rect.Dx() != r.Dx()/factor {
						t.Errorf("%v by %d: %v off by %.2f, at most %d", r, factor, got.Rect, mean, most)
					}
				}
			}
		})
	}
}

func TestOneTransparentColourIsComparedInFullDepth(t *testing.T) {
	d := drawing{width: 2, height: 1, kind: pngGrey, depth: 16}
	out := append([]byte(pngSignature), d.encode()[8:33]...)
	out = append(out, pngChunk("tRNS", []byte{0x12, 0x34})...)
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	z.Write([]byte{0, 0x12, 0x34, 0x12, 0x35})
	z.Close()
	out = append(out, pngChunk("IDAT", b.Bytes())...)
	for x, want := range []uint8{0, 255} {
		m, err := Square(out, image.Rect(x, 0, x+1, 1), 1)
		if err != nil || m.Pix[3] != want {
			t.Errorf("pixel %d: %v, %v", x, m, err)
		}
	}
}

func TestATruncatedPNGIsRefused(t *testing.T) {
	for _, d := range everyKind() {
		data := d.encode()
		pixels := bytes.LastIndex(data, []byte("IDAT")) + 4
		for n := range pixels {
			if _, err := Square(data[:n], image.Rect(0, 0, 37, 37), 1024); !errors.Is(err, ErrUnreadable) {
				t.Fatalf("%d of %d bytes of %+v: %v", n, len(data), d, err)
			}
		}
	}
}

func TestDamagedPNGsAreReadOrRefusedButNeverPanic(t *testing.T) {
	for _, d := range everyKind() {
		data := d.encode()
		for i := 8; i < len(data); i += 1 + i/32 {
			broken := bytes.Clone(data)
			broken[i] ^= byte(0x11 << (i % 5))
			tryAll(t, fmt.Sprintf("%+v, byte %d", d, i), broken)
		}
	}
}

func TestADamagedPNGIsNoticed(t *testing.T) {
	whole := drawing{width: 45, height: 37, kind: pngPalette, depth: 4, filter: 5, clear: []byte{0, 1}}.encode()
	for _, kind := range []string{"IHDR", "PLTE", "tRNS", "IDAT"} {
		broken := bytes.Clone(whole)
		broken[bytes.Index(broken, []byte(kind))+6] ^= 1
		if _, err := Square(broken, image.Rect(0, 0, 37, 37), 1024); !errors.Is(err, ErrUnreadable) {
			t.Errorf("a wrong byte in %s: %v", kind, err)
		}
	}
}

func TestImpossiblePNGsAreRefused(t *testing.T) {
	good := drawing{width: 45, height: 37, kind: pngPalette, depth: 4, filter: 5}.encode()
	header, palette := good[8:33], pngChunk("PLTE", noise(48))
	pixels := good[bytes.Index(good, []byte("IDAT"))-4:]
	head := func(w, h uint32, rest ...byte) []byte {
		b := binary.BigEndian.AppendUint32(nil, w)
		return pngChunk("IHDR", append(binary.BigEndian.AppendUint32(b, h), rest...))
	}
	for name, parts := range map[string][][]byte{
		"no header":                {palette, pixels},
		"two headers":              {header, header, palette, pixels},
		"no palette":               {header, pixels},
		"two palettes":             {header, palette, palette, pixels},
		"a crooked palette":        {header, pngChunk("PLTE", noise(47)), pixels},
		"too large a palette":      {header, pngChunk("PLTE", noise(3*257)), pixels},
		"more clear than coloured": {header, palette, pngChunk("tRNS", noise(17)), pixels},
		"no pixels":                {header, palette, pngChunk("IEND", nil)},
		"no width":                 {head(0, 37, 4, 3, 0, 0, 0), palette, pixels},
		"no height":                {head(45, 0, 4, 3, 0, 0, 0), palette, pixels},
		"a negative width":         {head(1<<31, 37, 4, 3, 0, 0, 0), palette, pixels},
		"a palette of 16 bits":     {head(45, 37, 16, 3, 0, 0, 0), palette, pixels},
		"RGB of 4 bits":            {head(45, 37, 4, 2, 0, 0, 0), pixels},
		"colour type 5":            {head(45, 37, 8, 5, 0, 0, 0), pixels},
		"another compression":      {head(45, 37, 4, 3, 1, 0, 0), palette, pixels},
		"another filter":           {head(45, 37, 4, 3, 0, 1, 0), palette, pixels},
		"another interlacing":      {head(45, 37, 4, 3, 0, 0, 2), palette, pixels},
		"a short header":           {pngChunk("IHDR", noise(12)), palette, pixels},
		"more rows than pixels":    {head(45, 38, 4, 3, 0, 0, 0), palette, pixels},
		"not packed at all":        {header, palette, pngChunk("IDAT", noise(900))},
	} {
		data := append([]byte(pngSignature), bytes.Join(parts, nil)...)
		if _, err := Square(data, image.Rect(0, 0, 37, 37), 1024); !errors.Is(err, ErrUnreadable) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Square(drawing{width: 9, height: 9, kind: pngGrey, depth: 8, filter: 9}.encode(), image.Rect(0, 0, 9, 9), 9); !errors.Is(err, ErrUnreadable) {
		t.Errorf("filter 9: %v", err)
	}
}

func TestAColourProfileIsInflatedWithinBounds(t *testing.T) {
	good := drawing{width: 9, height: 9, kind: pngGrey, depth: 8}.encode()
	with := func(profile []byte) []byte {
		var b bytes.Buffer
		z := zlib.NewWriter(&b)
		z.Write(profile)
		z.Close()
		c := pngChunk("iCCP", append([]byte("name\x00\x00"), b.Bytes()...))
		return append(append(bytes.Clone(good[:33]), c...), good[33:]...)
	}
	if h, err := ReadHeader(with(noise(3000))); err != nil || !bytes.Equal(h.Profile, noise(3000)) {
		t.Errorf("%d bytes, %v", len(h.Profile), err)
	}
	if h, err := ReadHeader(with(make([]byte, 64<<20))); err != nil || h.Profile != nil {
		t.Errorf("a bomb gives %d bytes, %v", len(h.Profile), err)
	}
}
