package picture

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/gen2brain/webp"

	"nameplate/internal/platform/errs"
)

// FuzzMake holds that any bytes become four pictures of at most their size, or
// an error that says what is wrong with them.
func FuzzMake(f *testing.F) {
	files, _ := filepath.Glob("shrink/testdata/*.jpg")
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data, 0, 0, 0)
	}
	small := asPNG(f, quarters(20, 30))
	f.Add(small, 0, 5, 20)
	f.Add(pngWith(small, "eXIf", []byte(exif(7, ""))), 0, 0, 3)
	f.Add(jpegWith(asJPEG(f, quarters(30, 20), 80), 0xe1, "Exif\x00\x00"+exif(8, "")), 1, 2, 9)
	f.Add(jpegWith(asJPEG(f, quarters(30, 20), 80), 0xe2, "ICC_PROFILE\x00\x01\x01"+string(profile(displayP3, srgbCurve))), 0, 0, 0)
	f.Add([]byte("GIF89a"), 0, 0, 0)
	f.Fuzz(func(t *testing.T, data []byte, x, y, size int) {
		var crop *Crop
		if size != 0 {
			crop = &Crop{X: x, Y: y, Size: size}
		}
		set, err := newMaker().Make(t.Context(), data, crop)
		if err != nil {
			if e := (*errs.Error)(nil); !errors.As(err, &e) || e.Kind == errs.Internal {
				t.Fatal(err)
			}
			return
		}
		for _, n := range Sizes {
			m, err := webp.DecodeConfig(bytes.NewReader(set.Files[fileName(n)]))
			if err != nil || m.Width != m.Height || m.Width < 1 || m.Width > n {
				t.Fatalf("%d: %d × %d, %v", n, m.Width, m.Height, err)
			}
		}
	})
}
