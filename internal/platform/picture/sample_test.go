package picture

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"testing"

	"github.com/gen2brain/webp"
)

// counting is a source of names that differ.
type counting struct{ n byte }

func (c *counting) Read(b []byte) (int, error) {
	c.n++
	for i := range b {
		b[i] = c.n
	}
	return len(b), nil
}

func newMaker() *Maker { return New(&counting{}) }

// quarters paints red, green, blue and white quarters: upper left, upper right,
// lower left, lower right.
func quarters(w, h int) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	four := [2][2]color.RGBA{{{R: 220, A: 255}, {G: 200, A: 255}}, {{B: 220, A: 255}, {R: 240, G: 240, B: 240, A: 255}}}
	for y := range h {
		for x := range w {
			m.SetRGBA(x, y, four[2*y/h][2*x/w])
		}
	}
	return m
}

// photograph paints soft forms with grain, which packs about as a photograph.
func photograph(side, grain int) *image.YCbCr {
	m := image.NewYCbCr(image.Rect(0, 0, side, side), image.YCbCrSubsampleRatio420)
	noise := sha256.Sum256([]byte("grain"))
	state := binary.LittleEndian.Uint64(noise[:])
	for i := range m.Y {
		state = state*6364136223846793005 + 1442695040888963407
		x, y := i%m.YStride, i/m.YStride
		m.Y[i] = uint8(90 + (x*x/900+y*y/700)%90 + int(state>>40)%grain)
	}
	for i := range m.Cb {
		m.Cb[i], m.Cr[i] = uint8(100+i%m.CStride/40), uint8(110+i/m.CStride/40)
	}
	return m
}

func asJPEG(t testing.TB, m image.Image, quality int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: quality}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func asPNG(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// jpegWith puts a segment behind the start of a JPEG.
func jpegWith(data []byte, marker byte, body string) []byte {
	head := []byte{0xff, 0xd8, 0xff, marker, byte((len(body) + 2) >> 8), byte(len(body) + 2)}
	return append(append(head, body...), data[2:]...)
}

// exif is a TIFF structure with an orientation, a place and a thumbnail's worth
// of secrets.
func exif(orientation int, secret string) string {
	b := []byte("MM\x00*\x00\x00\x00\x08\x00\x02")
	b = append(b, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, byte(orientation), 0, 0)
	b = append(b, 0x88, 0x25, 0, 4, 0, 0, 0, 1, 0, 0, 0, 38)
	return string(b) + "\x00\x00\x00\x00" + secret
}

// pngWith puts a chunk behind the header of a PNG.
func pngWith(data []byte, kind string, body []byte) []byte {
	const header = 8 + 25
	c := pngChunk(kind, body)
	return append(append(bytes.Clone(data[:header]), c...), data[header:]...)
}

func pngChunk(kind string, body []byte) []byte {
	c := binary.BigEndian.AppendUint32(nil, uint32(len(body)))
	c = append(append(c, kind...), body...)
	return binary.BigEndian.AppendUint32(c, crc(c[4:]))
}

// pngHead is a PNG that ends where its pixels would begin.
func pngHead(w, h int) []byte {
	body := binary.BigEndian.AppendUint32(nil, uint32(w))
	body = binary.BigEndian.AppendUint32(body, uint32(h))
	b := append([]byte("\x89PNG\r\n\x1a\n"), pngChunk("IHDR", append(body, 1, 0, 0, 0, 0))...)
	return append(b, pngChunk("IDAT", nil)...)
}

// decode reads a WebP file. Its colours are stored in the narrow range of
// video, which the decoder leaves as they are.
func decodeWebP(t testing.TB, file []byte) image.Image {
	t.Helper()
	m, err := webp.Decode(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	out := image.NewNRGBA(m.Bounds())
	for y := range out.Rect.Dy() {
		for x := range out.Rect.Dx() {
			c := m.(*image.NYCbCrA).NYCbCrAAt(x, y)
			l, cb, cr := 1.164*(float64(c.Y)-16), float64(c.Cb)-128, float64(c.Cr)-128
			out.SetNRGBA(x, y, color.NRGBA{R: level(l + 1.596*cr), G: level(l - 0.392*cb - 0.813*cr), B: level(l + 2.017*cb), A: c.A})
		}
	}
	return out
}

func level(v float64) uint8 { return uint8(min(max(v+0.5, 0), 255)) }

// near tells whether two colours differ by no more than lossy coding explains.
func near(a, b color.Color, most int) bool {
	ar, ag, ab, aa := a.RGBA()
	br, bg, bb, ba := b.RGBA()
	for _, d := range [...]int{int(ar) - int(br), int(ag) - int(bg), int(ab) - int(bb), int(aa) - int(ba)} {
		if d > most<<8 || -d > most<<8 {
			return false
		}
	}
	return true
}
