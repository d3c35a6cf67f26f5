package picture

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/draw"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"

	"nameplate/internal/platform/errs"
)

func crc(b []byte) uint32 { return crc32.ChecksumIEEE(b) }

func made(t testing.TB, data []byte, crop *Crop) Set {
	t.Helper()
	set, err := newMaker().Make(t.Context(), data, crop)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func TestFourSizesComeOutSquareAsWebP(t *testing.T) {
	set := made(t, asJPEG(t, quarters(900, 640), 90), nil)
	if len(set.Files) != len(Sizes) {
		t.Fatalf("%d files", len(set.Files))
	}
	for _, n := range Sizes {
		m := decodeWebP(t, set.Files[strconv.Itoa(n)+".webp"])
		if m.Bounds() != image.Rect(0, 0, n, n) {
			t.Errorf("%d.webp is %v", n, m.Bounds())
		}
		for i, want := range []color.RGBA{{R: 220, A: 255}, {G: 200, A: 255}, {B: 220, A: 255}, {R: 240, G: 240, B: 240, A: 255}} {
			x, y := n/4+i%2*n/2, n/4+i/2*n/2
			if !near(m.At(x, y), want, 12) {
				t.Errorf("%d.webp has %v at %d, %d, want %v", n, m.At(x, y), x, y, want)
			}
		}
	}
}

func TestASmallPictureComesOutInEverySizeToo(t *testing.T) {
	for _, side := range []int{60, 1} {
		set := made(t, asPNG(t, quarters(side, side)), nil)
		for _, n := range Sizes {
			if got := decodeWebP(t, set.Files[strconv.Itoa(n)+".webp"]).Bounds().Dx(); got != n {
				t.Errorf("%d.webp is %d wide", n, got)
			}
		}
	}
}

func TestEveryVersionHasANameOfItsOwn(t *testing.T) {
	m, data := newMaker(), asPNG(t, quarters(8, 8))
	seen := map[string]bool{}
	for range 5 {
		set, err := m.Make(t.Context(), data, nil)
		if err != nil {
			t.Fatal(err)
		}
		if !regexp.MustCompile(`^[a-z2-7]{26}$`).MatchString(set.Name) || seen[set.Name] {
			t.Errorf("name %q", set.Name)
		}
		seen[set.Name] = true
	}
}

// lying returns how a camera stores the upright picture m under orientation o.
func lying(m *image.RGBA, o int) *image.RGBA {
	w, h := m.Rect.Dx(), m.Rect.Dy()
	sw, sh := w, h
	if o >= 5 { // on its side
		sw, sh = h, w
	}
	out := image.NewRGBA(image.Rect(0, 0, sw, sh))
	for y := range h {
		for x := range w {
			sx, sy := [...]int{0, x, w - 1 - x, w - 1 - x, x, y, y, h - 1 - y, h - 1 - y}[o],
				[...]int{0, y, y, h - 1 - y, h - 1 - y, x, w - 1 - x, w - 1 - x, x}[o]
			out.SetRGBA(sx, sy, m.RGBAAt(x, y))
		}
	}
	return out
}

func TestAllOrientationsGiveTheSameUprightPixels(t *testing.T) {
	m := quarters(96, 64)
	draw.Draw(m, image.Rect(60, 4, 76, 20), image.Black, image.Point{}, draw.Src)
	crop := &Crop{X: 24, Y: 0, Size: 56}
	want := made(t, asPNG(t, m), crop).Files["512.webp"]
	for o := 1; o <= 8; o++ {
		photo := jpegWith(asJPEG(t, lying(m, o), 95), 0xe1, "Exif\x00\x00"+exif(o, ""))
		got := made(t, photo, crop).Files["512.webp"]
		if where, same := alike(decodeWebP(t, got), decodeWebP(t, want)); !same {
			t.Errorf("orientation %d differs at %v", o, where)
		}
	}
}

// alike compares the middles of fields of 8 × 8 pixels: at their edges the two
// codings may differ.
func alike(a, b image.Image) (image.Point, bool) {
	if a.Bounds() != b.Bounds() {
		return image.Point{}, false
	}
	for y := 4; y < a.Bounds().Dy(); y += 8 {
		for x := 4; x < a.Bounds().Dx(); x += 8 {
			if !near(a.At(x, y), b.At(x, y), 40) {
				return image.Pt(x, y), false
			}
		}
	}
	return image.Point{}, true
}

func TestACropIsTakenFromTheUprightPicture(t *testing.T) {
	lyingDown := lying(quarters(400, 200), 6)
	data := jpegWith(asJPEG(t, lyingDown, 95), 0xe1, "Exif\x00\x00"+exif(6, ""))
	for crop, want := range map[Crop]color.RGBA{
		{X: 10, Y: 10, Size: 80}:   {R: 220, A: 255},
		{X: 310, Y: 10, Size: 80}:  {G: 200, A: 255},
		{X: 20, Y: 110, Size: 90}:  {B: 220, A: 255},
		{X: 310, Y: 110, Size: 90}: {R: 240, G: 240, B: 240, A: 255},
	} {
		m := decodeWebP(t, made(t, data, &crop).Files["48.webp"])
		if !near(m.At(24, 24), want, 12) {
			t.Errorf("%v shows %v, want %v", crop, m.At(24, 24), want)
		}
	}
}

func TestACropOutsideThePictureIsRefused(t *testing.T) {
	data := asPNG(t, quarters(40, 30))
	const huge = int(^uint(0) >> 1)
	for _, crop := range []Crop{{}, {X: -1, Size: 5}, {Y: -1, Size: 5}, {X: 36, Size: 5}, {Y: 26, Size: 5}, {Size: 31}, {Size: -3},
		{X: huge, Size: 5}, {Y: huge, Size: 5}, {X: 1, Y: 1, Size: huge}} {
		if _, err := newMaker().Make(t.Context(), data, &crop); !errors.Is(err, ErrCrop) {
			t.Errorf("%v: %v", crop, err)
		}
	}
	made(t, data, &Crop{X: 10, Y: 0, Size: 30})
}

func TestNothingButPixelsSurvives(t *testing.T) {
	const secret = "52.5200N 13.4050E"
	plain := asJPEG(t, quarters(64, 64), 90)
	photo := jpegWith(plain, 0xe1, "Exif\x00\x00"+exif(1, secret))
	photo = jpegWith(photo, 0xe1, "http://ns.adobe.com/xap/1.0/\x00<x:xmpmeta>"+secret)
	photo = jpegWith(photo, 0xfe, secret)
	photo = jpegWith(photo, 0xed, "Photoshop 3.0\x00"+secret)
	photo = append(photo, "<script>"+secret...)
	drawing := asPNG(t, quarters(64, 64))
	for _, kind := range []string{"tEXt", "zTXt", "iTXt", "eXIf", "iCCP", "tIME"} {
		drawing = pngWith(drawing, kind, []byte("Comment\x00"+secret))
	}
	drawing = append(drawing, "<html><script>"+secret...)
	for name, data := range map[string][]byte{"JPEG": photo, "PNG": drawing} {
		for file, out := range made(t, data, nil).Files {
			if bytes.Contains(out, []byte(secret)) {
				t.Errorf("%s of a %s tells the secret", file, name)
			}
			if kinds := chunksOf(out); kinds != "VP8 " {
				t.Errorf("%s of a %s has chunks %s", file, name, kinds)
			}
		}
	}
}

// chunksOf lists the chunks of a WebP file.
func chunksOf(webp []byte) string {
	var kinds []string
	for b := webp[12:]; len(b) >= 8; {
		kinds = append(kinds, string(b[:4]))
		n := int(b[4]) | int(b[5])<<8 | int(b[6])<<16 | int(b[7])<<24
		b = b[min(len(b), 8+n+n%2):]
	}
	return strings.Join(kinds, " ")
}

func TestTransparencyIsKept(t *testing.T) {
	m := image.NewNRGBA(image.Rect(0, 0, 600, 600))
	draw.Draw(m, image.Rect(0, 0, 300, 600), image.NewUniform(color.NRGBA{R: 200, G: 30, B: 30, A: 255}), image.Point{}, draw.Src)
	draw.Draw(m, image.Rect(300, 0, 600, 300), image.NewUniform(color.NRGBA{R: 30, G: 30, B: 200, A: 128}), image.Point{}, draw.Src)
	out := decodeWebP(t, made(t, asPNG(t, m), nil).Files["256.webp"])
	for at, want := range map[image.Point]color.Color{
		{64, 64}: color.NRGBA{R: 200, G: 30, B: 30, A: 255}, {192, 64}: color.NRGBA{R: 30, G: 30, B: 200, A: 128}, {192, 192}: color.NRGBA{},
	} {
		if got := out.At(at.X, at.Y); !near(got, want, 12) {
			t.Errorf("%v at %v, want %v", got, at, want)
		}
	}
}

func TestWhatIsNoPictureIsRefused(t *testing.T) {
	png, photo := asPNG(t, quarters(64, 64)), asJPEG(t, quarters(64, 64), 80)
	for name, c := range map[string]struct {
		data string
		want error
	}{
		"nothing":                     {"", ErrUnsupported},
		"SVG":                         {`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`, ErrUnsupported},
		"HTML":                        {"<!doctype html><script>alert(1)</script>", ErrUnsupported},
		"GIF":                         {"GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;", ErrUnsupported},
		"WebP":                        {string(made(t, png, nil).Files["48.webp"]), ErrUnsupported},
		"BMP":                         {"BM" + strings.Repeat("\x00", 60), ErrUnsupported},
		"HTML before a PNG":           {"<!-- " + string(png), ErrUnsupported},
		"HTML behind a PNG signature": {"\x89PNG\r\n\x1a\n<html><script>alert(1)</script></html>", ErrUnreadable},
		"HTML behind a PNG header":    {string(png[:33]) + "<html><script>alert(1)</script></html>", ErrUnreadable},
		"a JPEG that is a script":     {"\xff\xd8\xff/*" + strings.Repeat("A", 200) + "*/=alert(1)", ErrUnreadable},
		"half a PNG":                  {string(png[:len(png)/2]), ErrUnreadable},
		"half a JPEG":                 {string(photo[:len(photo)/2]), ErrUnreadable},
		"two megabytes and a byte":    {strings.Repeat("A", MaxBytes+1), ErrTooLarge},
		"too large a PNG":             {string(png) + strings.Repeat("A", MaxBytes), ErrTooLarge},
	} {
		if _, err := newMaker().Make(t.Context(), []byte(c.data), nil); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func TestPixelsAreCountedBeforeTheyAreDecoded(t *testing.T) {
	for _, c := range []struct {
		w, h int
		want error
	}{
		{20000, 20000, ErrSide}, {8193, 1, ErrSide}, {1, 8193, ErrSide}, {1 << 30, 1 << 30, ErrUnreadable},
		{8192, 2930, ErrPixels}, {4899, 4899, ErrPixels}, {6000, 4001, ErrPixels},
		{6000, 4000, ErrUnreadable}, {8192, 2929, ErrUnreadable}, // let through, but there are no pixels
	} {
		allocated := allocations(func() {
			if _, err := newMaker().Make(t.Context(), pngHead(c.w, c.h), nil); !errors.Is(err, c.want) {
				t.Errorf("%d × %d: %v, want %v", c.w, c.h, err, c.want)
			}
		})
		if c.want != ErrUnreadable && allocated > 1<<20 {
			t.Errorf("%d × %d took %d bytes to refuse", c.w, c.h, allocated)
		}
	}
}

func TestABombOfFourHundredMillionPixelsIsRefusedAtOnce(t *testing.T) {
	photo := asJPEG(t, quarters(16, 16), 80)
	at := bytes.Index(photo, []byte{0xff, 0xc0})
	copy(photo[at+5:], []byte{0xff, 0xdc, 0xff, 0xdc})
	if _, err := newMaker().Make(t.Context(), photo, nil); !errors.Is(err, ErrSide) {
		t.Errorf("a JPEG of 65500²: %v", err)
	}
	text := pngWith(asPNG(t, quarters(16, 16)), "iTXt", make([]byte, 1_500_000))
	if n := allocations(func() { made(t, text, nil) }); n > 32<<20 {
		t.Errorf("a chunk of text took %d bytes", n)
	}
}

// allocations returns how many bytes f allocates in all, which bounds what it
// ever holds at once.
func allocations(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func TestAPhotographOfNineMillionPixelsStaysBelow64MiB(t *testing.T) {
	data := asJPEG(t, photograph(3000, 24), 72)
	if len(data) < MaxBytes/2 || len(data) > MaxBytes {
		t.Fatalf("the photograph has %d bytes", len(data))
	}
	if n := allocations(func() { made(t, data, nil) }); n > 64<<20 {
		t.Errorf("it allocates %d MiB", n>>20)
	}
}

func TestTruncatedPicturesAreRefusedAndNeverPanic(t *testing.T) {
	m := newMaker()
	for name, data := range map[string][]byte{"PNG": asPNG(t, photograph(300, 30)), "JPEG": asJPEG(t, photograph(300, 30), 70)} {
		end := len(data)
		if name == "PNG" {
			end -= 16 // the check sum of the pixels and the end are not waited for
		}
		for n := 0; n < end-2; n += 1 + n/64 {
			if _, err := m.Make(t.Context(), data[:n], nil); !errors.Is(err, ErrUnreadable) && !errors.Is(err, ErrUnsupported) {
				t.Fatalf("%d of %d bytes of a %s: %v", n, len(data), name, err)
			}
		}
	}
}

func TestManyAtOnceAreMadeTwoAtATime(t *testing.T) {
	m := newMaker()
	for alone, limit := range map[bool]int{false: 2, true: 1} {
		t.Run(fmt.Sprintf("alone: %v", alone), func(t *testing.T) {
			var mu sync.Mutex
			var wg sync.WaitGroup
			inside, most := 0, 0
			for range 20 {
				wg.Go(func() {
					done, err := m.enter(t.Context(), alone)
					if err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					inside++
					most = max(most, inside)
					mu.Unlock()
					runtime.Gosched()
					mu.Lock()
					inside--
					mu.Unlock()
					done()
				})
			}
			wg.Wait()
			if most > limit {
				t.Errorf("%d at once, at most %d may be", most, limit)
			}
		})
	}
}

func TestWhoGivesUpWaitingLeavesTheQueue(t *testing.T) {
	m := newMaker()
	done, err := m.enter(t.Context(), false)
	if err != nil {
		t.Fatal(err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for range 10 {
		if leave, err := m.enter(gone, true); !errors.Is(err, context.Canceled) {
			t.Fatalf("waiting ended with %v, %v", leave != nil, err)
		}
	}
	other, err := m.enter(t.Context(), false)
	if err != nil {
		t.Fatal(err)
	}
	other()
	done()
}

func TestANameThatCannotBeDrawnIsAnError(t *testing.T) {
	_, err := New(strings.NewReader("short")).Make(t.Context(), asPNG(t, quarters(8, 8)), nil)
	if err == nil || errs.KindOf(err) != errs.Internal {
		t.Errorf("made with %v", err)
	}
}

func TestPicturesThatTakeMuchMemoryAreMadeAlone(t *testing.T) {
	for name, c := range map[string]struct {
		data []byte
		want bool
	}{
		"a drawing of 24 million pixels":   {pngHead(6000, 4000), true},
		"a photograph of 9 million pixels": {asJPEG(t, photograph(3000, 9), 40), false},
		"a small drawing":                  {asPNG(t, quarters(9, 9)), false},
	} {
		h, err := readHeader(c.data)
		if err != nil || (h.weight() > heavy) != c.want {
			t.Errorf("%s weighs %d, %v", name, h.weight(), err)
		}
	}
}

func TestAJPEGOfManyEmptyPassesIsRefusedUnread(t *testing.T) {
	photo := asJPEG(t, quarters(64, 64), 80)
	end := len(photo) - 2
	for range maxScans {
		photo = append(photo, 0xff, 0xda, 0x00, 0x08, 0x01, 0x01, 0x00, 0x00, 0x3f, 0x00)
	}
	if _, err := newMaker().Make(t.Context(), append(photo, photo[end:end+2]...), nil); !errors.Is(err, ErrUnreadable) {
		t.Fatal(err)
	}
}

func TestOfAnAnimationTheFirstFrameIsTaken(t *testing.T) {
	animated := pngWith(asPNG(t, quarters(64, 64)), "acTL", []byte{0, 0, 0x13, 0x88, 0, 0, 0, 0})
	if n := allocations(func() { made(t, animated, nil) }); n > 64<<20 {
		t.Errorf("it took %d bytes", n)
	}
}
