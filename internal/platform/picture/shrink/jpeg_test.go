package shrink

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	stdjpeg "image/jpeg"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// samples are small JPEGs of every coding we read: 75 × 53 pixels, which fill
// no whole number of blocks.
func samples(t testing.TB) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob("testdata/*.jpg")
	if err != nil || len(files) == 0 {
		t.Fatal("no samples", err)
	}
	all := map[string][]byte{}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all[filepath.Base(f)] = data
	}
	all["cmyk.jpg"] = adobe(all["ycck.jpg"], adobeRGB)
	return all
}

// adobe returns data with another word on how its colours are coded.
func adobe(data []byte, transform byte) []byte {
	data = bytes.Clone(data)
	data[bytes.Index(data, []byte("Adobe"))+11] = transform
	return data
}

// away returns the mean and the largest difference between got and the mean of
// the boxes of want, which starts at from.
func away(got *image.RGBA, want image.Image, from image.Point, box int) (mean float64, most int) {
	sum, n := 0, got.Rect.Dx()
	for y := range n {
		for x := range n {
			pixel := meanOf(want, from.Add(image.Pt(x*box, y*box)), box)
			for i, v := range pixel {
				d := abs(int(got.Pix[got.PixOffset(x, y)+i]) - v)
				sum, most = sum+d, max(most, d)
			}
		}
	}
	return float64(sum) / float64(4*n*n), most
}

func meanOf(m image.Image, at image.Point, box int) [4]int {
	var sum [4]int
	for y := range box {
		for x := range box {
			r, g, b, a := m.At(at.X+x, at.Y+y).RGBA()
			for i, v := range [4]uint32{r, g, b, a} {
				sum[i] += int(v >> 8)
			}
		}
	}
	for i := range sum {
		sum[i] /= box * box
	}
	return sum
}

func TestEveryCodingOfJPEGIsReadAsTheStandardDecoderReadsIt(t *testing.T) {
	for name, data := range samples(t) {
		want, err := stdjpeg.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatal(name, err)
		}
		for _, r := range []image.Rectangle{image.Rect(0, 0, 53, 53), image.Rect(22, 0, 75, 53), image.Rect(31, 17, 48, 34), image.Rect(74, 52, 75, 53)} {
			got, err := Square(data, r, 1024)
			if err != nil {
				t.Errorf("%s, %v: %v", name, r, err)
				continue
			}
			if mean, most := away(got, want, r.Min, 1); mean > 1 || most > 6 || got.Rect.Dx() != r.Dx() {
				t.Errorf("%s, %v: %v off by %.2f, at most %d", name, r, got.Rect, mean, most)
			}
		}
	}
}

func TestJPEGBlocksAreRebuiltAtAHalfAQuarterAndAnEighth(t *testing.T) {
	for name, data := range samples(t) {
		want, err := stdjpeg.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatal(name, err)
		}
		for _, factor := range []int{2, 4, 8} {
			r := image.Rect(16, 0, 64, 48)
			got, err := Square(data, r, 48/factor)
			if err != nil {
				t.Errorf("%s by %d: %v", name, factor, err)
				continue
			}
			if mean, _ := away(got, want, r.Min, factor); mean > 4 || got.Rect.Dx() != 48/factor {
				t.Errorf("%s by %d: %v off by %.2f", name, factor, got.Rect, mean)
			}
		}
	}
}

func TestAJPEGHeaderTellsSizeOrientationAndProfile(t *testing.T) {
	data := samples(t)["baseline-420.jpg"]
	tiff := "MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00"
	for _, body := range []string{"\xe2ICC_PROFILE\x00\x02\x02later", "\xe2ICC_PROFILE\x00\x01\x02first ", "\xe1Exif\x00\x00" + tiff} {
		head := []byte{0xff, 0xd8, 0xff, body[0], 0, byte(len(body) + 1)}
		data = append(append(head, body[1:]...), data[2:]...)
	}
	h, err := ReadHeader(data)
	if err != nil || h.Width != 75 || h.Height != 53 || h.Orientation != 6 || string(h.Profile) != "first later" {
		t.Errorf("%+v, %v", h, err)
	}
}

func TestDamagedJPEGsAreReadOrRefusedButNeverPanic(t *testing.T) {
	for name, data := range samples(t) {
		for i := 2; i < len(data); i += 3 {
			broken := bytes.Clone(data)
			broken[i] ^= byte(0x11 << (i % 5))
			tryAll(t, name, broken)
		}
	}
}

// tryAll reads a picture whole and reduced. Limits are those of the caller.
func tryAll(t *testing.T, name string, data []byte) {
	t.Helper()
	h, err := ReadHeader(data)
	if err != nil {
		if !errors.Is(err, ErrUnreadable) {
			t.Fatalf("%s: %v", name, err)
		}
		return
	}
	if h.Width*h.Height > 1<<18 {
		return
	}
	n := min(h.Width, h.Height)
	for _, side := range []int{1024, 10} {
		if _, err := Square(data, image.Rect(0, 0, n, n), side); err != nil && !errors.Is(err, ErrUnreadable) {
			t.Fatalf("%s: %v", name, err)
		}
	}
}

func TestATruncatedJPEGIsRefused(t *testing.T) {
	for name, data := range samples(t) {
		for n := range len(data) - 4 {
			if _, err := Square(data[:n], image.Rect(0, 0, 53, 53), 1024); !errors.Is(err, ErrUnreadable) {
				t.Fatalf("%d of %d bytes of %s: %v", n, len(data), name, err)
			}
		}
	}
}

func TestAJPEGThatRepeatsItsScansIsRefused(t *testing.T) {
	data := samples(t)["progressive-444.jpg"]
	binary.BigEndian.PutUint16(data[bytes.Index(data, []byte{0xff, 0xc2})+5:], 4000)
	binary.BigEndian.PutUint16(data[bytes.Index(data, []byte{0xff, 0xc2})+7:], 4000)
	var seen int
	bomb := bytes.Clone(data[:bytes.Index(data, []byte{0xff, 0xda})])
	// A table with one code, and a scan that ends its band over 16,384 blocks
	// again and again.
	bomb = append(bomb, 0xff, 0xc4, 0, 20, 0x10, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xe0)
	scan := []byte{0xff, 0xda, 0, 8, 1, data[bytes.Index(data, []byte{0xff, 0xc2})+10], 0, 1, 63, 0}
	scan = append(scan, make([]byte, 40)...)
	for len(bomb) < 2<<20 {
		bomb, seen = append(bomb, scan...), seen+1
	}
	j, err := parseJPEG(bomb)
	if err != nil {
		t.Fatal(err)
	}
	_, err = Square(bomb, image.Rect(0, 0, 1024, 1024), 1024)
	if err == nil || !strings.Contains(err.Error(), "scans") || seen < 1000 || j.width != 4000 {
		t.Errorf("%d scans: %v", seen, err)
	}
}

func TestJPEGsOfUnknownColoursAreRefused(t *testing.T) {
	data := samples(t)["ycck.jpg"]
	silent := bytes.Replace(data, []byte("Adobe"), []byte("Acorn"), 1)
	for name, data := range map[string][]byte{"no word": silent, "transform 1": adobe(data, adobeYCbCr), "transform 7": adobe(data, 7)} {
		if _, err := Square(data, image.Rect(0, 0, 53, 53), 1024); !errors.Is(err, ErrUnreadable) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestJPEGsOfKindsNobodyHasAreRefused(t *testing.T) {
	data := samples(t)["baseline-420.jpg"]
	at := bytes.Index(data, []byte{0xff, 0xc0})
	for _, kind := range []byte{0xc3, 0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf} {
		other := bytes.Clone(data)
		other[at+1] = kind
		if _, err := ReadHeader(other); !errors.Is(err, ErrUnreadable) {
			t.Errorf("kind %#x: %v", kind, err)
		}
	}
	deep := bytes.Clone(data)
	deep[at+4] = 12
	if _, err := ReadHeader(deep); !errors.Is(err, ErrUnreadable) {
		t.Errorf("12 bits: %v", err)
	}
}
