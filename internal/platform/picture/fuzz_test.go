package picture

import (
	"bytes"
	"errors"
	"testing"

	"github.com/gen2brain/webp"

	"nameplate/internal/platform/errs"
)

// FuzzMake holds that any bytes become four pictures of their sizes, or
// an error that says what is wrong with them.
func FuzzMake(f *testing.F) {
	small := asPNG(f, quarters(20, 30))
	f.Add(small, 0, 5, 20)
	f.Add(jpegWith(asJPEG(f, quarters(30, 20), 80), 0xe1, "Exif\x00\x00"+exif(8, "")), 1, 2, 9)
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
			if err != nil || m.Width != m.Height || m.Width != n {
				t.Fatalf("%d: %d × %d, %v", n, m.Width, m.Height, err)
			}
		}
	})
}
