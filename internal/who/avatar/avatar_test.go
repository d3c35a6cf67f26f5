package avatar_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"mime/multipart"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	_ "golang.org/x/image/webp"

	"nameplate/internal/app/apptest"
	"nameplate/internal/kernel/session"
)

const canary = "CANARY-4711"

func plain(w, h int) image.Image {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.Set(x, y, color.RGBA{uint8(x), uint8(y), 90, 255})
		}
	}
	return m
}

func pngOf(w, h int) []byte {
	var b bytes.Buffer
	png.Encode(&b, plain(w, h))
	return b.Bytes()
}

func jpegOf(w, h int) []byte {
	var b bytes.Buffer
	jpeg.Encode(&b, plain(w, h), nil)
	return b.Bytes()
}

// chunk is one of PNG's.
func chunk(kind string, data []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	b = append(append(b, kind...), data...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
}

// after puts chunks behind the header of a PNG.
func after(file []byte, chunks ...[]byte) []byte {
	const header = 8 + 25
	out := append([]byte{}, file[:header]...)
	for _, c := range chunks {
		out = append(out, c...)
	}
	return append(out, file[header:]...)
}

// sized lies about the size of a PNG.
func sized(file []byte, w, h uint32) []byte {
	out := append([]byte{}, file...)
	binary.BigEndian.PutUint32(out[16:], w)
	binary.BigEndian.PutUint32(out[20:], h)
	binary.BigEndian.PutUint32(out[29:], crc32.ChecksumIEEE(out[12:29]))
	return out
}

// segment puts one segment behind the start of a JPEG.
func segment(file []byte, marker byte, data string) []byte {
	s := append([]byte{0xff, marker}, binary.BigEndian.AppendUint16(nil, uint16(len(data)+2))...)
	return append(append(append([]byte{}, file[:2]...), append(s, data...)...), file[2:]...)
}

func gifOf() []byte {
	var b bytes.Buffer
	gif.Encode(&b, plain(9, 9), nil)
	return b.Bytes()
}

func put(b *apptest.Browser, kind string, data []byte) apptest.Answer {
	return b.Do(http.MethodPut, "/v1/me/avatar", kind, bytes.NewReader(data))
}

// files returns the addresses of a picture, as paths.
func files(t *testing.T, a apptest.Answer) map[string]string {
	t.Helper()
	var body struct {
		Avatar struct {
			Kind  string
			Sizes map[string]string
		}
	}
	a.To(&body)
	out := map[string]string{}
	for size, url := range body.Avatar.Sizes {
		out[size] = url[strings.Index(url, "/avatars/"):]
	}
	return out
}

func TestAPictureIsEncodedAnewInEverySize(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join("ada@example.com")
		for kind, data := range map[string][]byte{"image/png": pngOf(600, 400), "image/jpeg": jpegOf(400, 600), "": pngOf(40, 40), "text/html": jpegOf(64, 64), "image/svg+xml": pngOf(64, 64)} {
			sizes := files(t, put(me.Browser, kind, data).Want(200))
			if len(sizes) != 4 {
				t.Errorf("%s: %v", kind, sizes)
			}
			for size, path := range sizes {
				a := s.Browser().Get(path).Want(200)
				h := a.Header
				cfg, format, err := image.DecodeConfig(bytes.NewReader(a.Body))
				if err != nil || format != "webp" || fmt.Sprint(cfg.Width) != size || cfg.Height != cfg.Width {
					t.Errorf("%s: %s %dx%d %v", path, format, cfg.Width, cfg.Height, err)
				}
				if h.Get("Content-Type") != "image/webp" || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Content-Security-Policy") != "sandbox; default-src 'none'" ||
					h.Get("Cache-Control") != "public, max-age=31536000, immutable" {
					t.Errorf("%s: %v", path, h)
				}
			}
		}
	})
}

func TestAPageAndTheAPIChangeTheSamePicture(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join("ada@example.com")
		form := func(part, name string, data []byte, values ...string) apptest.Answer {
			var body bytes.Buffer
			w := multipart.NewWriter(&body)
			for i := 0; i < len(values); i += 2 {
				w.WriteField(values[i], values[i+1])
			}
			f, _ := w.CreateFormFile(part, name)
			f.Write(data)
			w.Close()
			if part == "file" {
				return me.Do(http.MethodPut, "/v1/me/avatar", w.FormDataContentType(), &body)
			}
			return me.Do(http.MethodPost, "/settings/profile/picture", w.FormDataContentType(), &body)
		}
		kind := func() string { return me.Get("/v1/me").Map()["avatar"].(map[string]any)["kind"].(string) }
		form("picture", `a.png/..%2f..\"`, pngOf(90, 60), "x", "0", "y", "0", "size", "60").Want(303)
		if kind() != "picture" {
			t.Error("the page set no picture")
		}
		form("file", "../../etc/passwd", jpegOf(90, 60)).Want(200)
		me.Form("/settings/profile/picture/remove").Want(303)
		if kind() != "initials" {
			t.Error("the page removed no picture")
		}
		form("picture", "a.svg", []byte("<svg/>")).Want(303)
		if page := me.Get("/settings/profile").Page(); !strings.Contains(page, "PNG") || kind() != "initials" {
			t.Error("the page does not say why")
		}
		me.Form("/settings/profile/picture", "picture", "x").Want(303)
		me.Delete("/v1/me/avatar").Want(204)
		me.Delete("/v1/me/avatar").Want(204)
	})
}

func TestWhatIsNoPictureIsRefusedByItsContent(t *testing.T) {
	s := apptest.OnSQLite(t)
	me := s.Join("ada@example.com")
	good := pngOf(64, 64)
	for name, c := range map[string]struct {
		data   []byte
		status []int
	}{
		"nothing":                {nil, []int{415}},
		"SVG":                    {[]byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`), []int{415}},
		"HTML":                   {[]byte("<!doctype html><script>alert(1)</script>"), []int{415}},
		"HTML behind a head":     {append([]byte("\x89PNG\r\n\x1a\n"), "<script>alert(1)</script>"...), []int{415, 422}},
		"JPEG that is script":    {[]byte("\xff\xd8\xff\xe0/*\x00*/=alert(1)//"), []int{415, 422}},
		"GIF":                    {gifOf(), []int{415}},
		"PDF":                    {[]byte("%PDF-1.7"), []int{415}},
		"WebP":                   {[]byte("RIFF\x10\x00\x00\x00WEBPVP8 "), []int{415}},
		"wide bomb":              {sized(good, 20000, 20000), []int{422}},
		"bomb of 25 megapixels":  {sized(good, 5000, 5000), []int{422}},
		"long side":              {sized(good, 8193, 1), []int{422}},
		"no side":                {sized(good, 0, 10), []int{415, 422}},
		"huge side":              {sized(good, 1<<31-1, 1<<31-1), []int{415, 422}},
		"JPEG of 65500 a side":   {bigJPEG(65500), []int{415, 422}},
		"damaged":                {append(append([]byte{}, good[:60]...), bytes.Repeat([]byte{0}, 60)...), []int{422}},
		"half of a JPEG's frame": {jpegOf(300, 300)[:200], []int{415, 422}},
		"one byte too many":      {append(append([]byte{}, good...), make([]byte, 2097153-len(good))...), []int{413}},
		"three megabytes":        {make([]byte, 3<<20), []int{413}},
	} {
		before := s.Rows()
		a := put(me.Browser, "image/png", c.data).Want(c.status...)
		a.Problem()
		if changed := apptest.Changed(before, s.Rows(), apptest.BySealer...); len(changed) > 0 {
			t.Errorf("%s: %v", name, changed)
		}
	}
	for cut := 0; cut < len(good); cut += 16 {
		if a := put(me.Browser, "image/png", good[:cut]); a.Status != 415 && a.Status != 422 {
			t.Errorf("cut at %d: %d", cut, a.Status)
		}
	}
}

// bigJPEG lies about the size of a JPEG.
func bigJPEG(side uint16) []byte {
	out := jpegOf(16, 16)
	at := bytes.Index(out, []byte{0xff, 0xc0})
	binary.BigEndian.PutUint16(out[at+5:], side)
	binary.BigEndian.PutUint16(out[at+7:], side)
	return out
}

func TestTooManyBytesWithoutALengthAreRefusedToo(t *testing.T) {
	s := apptest.OnSQLite(t)
	me := s.Join("ada@example.com")
	for _, n := range []int{2097153, 3 << 20, 9 << 20} {
		r := me.Request(http.MethodPut, "/v1/me/avatar", "image/png", struct{ *bytes.Reader }{bytes.NewReader(make([]byte, n))})
		r.ContentLength = -1
		me.Send(r).Want(413).Problem()
	}
}

func TestNothingOfTheUploadedFileIsKeptButItsPixels(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join("ada@example.com")
		text := chunk("tEXt", []byte("Comment\x00"+canary))
		long := chunk("iTXt", append([]byte("XML:com.adobe.xmp\x00\x00\x00\x00\x00"), canary+"<script>alert(1)</script>"...))
		for name, data := range map[string][]byte{
			"PNG with text":     after(pngOf(64, 64), text, long, chunk("eXIf", []byte("MM\x00*\x00\x00\x00\x08"+canary))),
			"PNG with a tail":   append(pngOf(64, 64), "<script>"+canary+"</script>"...),
			"JPEG with GPS":     segment(jpegOf(64, 64), 0xe1, "Exif\x00\x00II*\x00\x08\x00\x00\x00\x00\x00\x00\x00\x00\x00"+canary),
			"JPEG with comment": segment(jpegOf(64, 64), 0xfe, canary),
			"JPEG with XMP":     segment(jpegOf(64, 64), 0xe1, "http://ns.adobe.com/xap/1.0/\x00"+canary),
			"JPEG and archive":  append(jpegOf(64, 64), "PK\x03\x04"+canary...),
		} {
			a := put(me.Browser, "image/png", data)
			if a.Status != 200 {
				t.Errorf("%s: %d %s", name, a.Status, a.Body)
				continue
			}
			for _, path := range files(t, a) {
				if body := s.Browser().Get(path).Want(200).Body; bytes.Contains(body, []byte(canary)) || bytes.Contains(body, []byte("EXIF")) || bytes.Contains(body, []byte("XMP ")) {
					t.Errorf("%s: the picture keeps what came with it", name)
				}
			}
		}
	})
}

func TestBombsAtTheSameTimeAreRefusedInTime(t *testing.T) {
	s := apptest.OnSQLite(t)
	me := s.Join("ada@example.com")
	bomb := sized(pngOf(64, 64), 20000, 20000)
	bomb = append(bomb, make([]byte, 1_500_000)...)
	var group sync.WaitGroup
	began := s.Log.Mark()
	for range 16 {
		b := me.Copy()
		group.Go(func() {
			if a, err := b.Try(b.Request(http.MethodPut, "/v1/me/avatar", "image/png", bytes.NewReader(bomb))); err != nil || a.Status != 422 {
				t.Errorf("%d %v", a.Status, err)
			}
		})
	}
	group.Wait()
	if took := s.Log.Took(began); took > 5*time.Second { // to decode one takes three times as long
		t.Errorf("the last bomb took %v", took)
	}
}

func TestManyUploadsKeepTwoVersions(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join("ada@example.com")
		var first, last string
		for i := range 6 {
			last = files(t, put(me.Browser, "image/png", pngOf(20+i, 20)).Want(200))["48"]
			if i == 0 {
				first = last
			}
		}
		s.Clock.Advance(11 * time.Minute)
		s.Settle(func() bool { return len(s.Rows()["pictures"]) == 1 })
		s.Browser().Get(last).Want(200)
		s.Browser().Get(first).Want(404)
	})
}

func TestOnlyWhoIsSignedInSetsAPicture(t *testing.T) {
	s := apptest.OnSQLite(t)
	me := s.Join("ada@example.com")
	for _, b := range []*apptest.Browser{s.Browser(), s.Enter(me.ID, session.Half)} {
		put(b, "image/png", pngOf(20, 20)).Refused(401, "unauthenticated")
		b.Delete("/v1/me/avatar").Refused(401, "unauthenticated")
		b.Do(http.MethodPost, "/settings/profile/picture", "", bytes.NewReader(pngOf(20, 20))).Want(401)
	}
}

func TestNamesOfPicturesLeadNowhereElse(t *testing.T) {
	s := apptest.OnSQLite(t)
	me := s.Join("ada@example.com")
	name := strings.Split(files(t, put(me.Browser, "image/png", pngOf(20, 20)))["48"], "/")[2]
	for _, path := range []string{
		"/avatars/..%2f..%2fkey/48.webp", "/avatars/" + name + "/..%2f..%2fkey", "/avatars/" + name + "/47.webp", "/avatars/" + name + "/48.png", "/avatars/" + name + "%00/48.webp",
		"/avatars/" + strings.ToUpper(name) + "x/48.webp", "/avatars/" + name + "/initials.svg", "/avatars/../nameplate.db", "/avatars/" + name + "/", "/avatars/%2e%2e/48.webp",
	} {
		if a := s.Browser().Get(path); a.Status != 404 && a.Status != 301 && a.Status != 307 {
			t.Errorf("%s: %d", path, a.Status)
		}
	}
}
