package e2e

import (
	"bytes"
	"image"
	_ "image/jpeg"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// brightest is the most that the corner of a dark page may have, of 65535.
const brightest = 20000

// TestADarkPageIsDarkFromItsFirstFrame films the way from page to page.
func TestADarkPageIsDarkFromItsFirstFrame(t *testing.T) {
	t.Parallel()
	p := newcomer(t, "Mia Berg")
	b := as(t, p)
	b.wears("dark")
	b.resize(768)
	b.open("/settings/profile")
	film := b.films(func() {
		for _, path := range []string{"/c/" + p.ID, "/dev/components", "/nowhere", "/settings/profile"} {
			b.open(path)
			b.painted()
			if !eval[bool](b, `(() => {
				const scheme = document.querySelector("meta[name=color-scheme]"), sheet = document.querySelector("link[rel=stylesheet]");
				return scheme.content === "light dark" && (scheme.compareDocumentPosition(sheet) & Node.DOCUMENT_POSITION_FOLLOWING) > 0;
			})()`) {
				t.Errorf("%s does not tell the browser, before its sheet, to wait on a dark ground", path)
			}
		}
	})
	if len(film) < 4 {
		t.Fatalf("the film has %d frames, want one of each page", len(film))
	}
	for i, frame := range film {
		if got := corner(t, frame); got > brightest {
			t.Errorf("frame %d of %d flashes: brightness %d of 65535", i+1, len(film), got)
		}
	}
}

// painted waits until the page is on the screen as it is now.
func (b *tab) painted() {
	b.t.Helper()
	eval[any](b, `new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))`)
}

// films returns the frames that are shown while act runs.
func (b *tab) films(act func()) (frames [][]byte) {
	b.t.Helper()
	var mu sync.Mutex
	b.must(chromedp.Listen(b.ctx, func(event any) {
		e, ok := event.(*page.EventScreencastFrame)
		if !ok {
			return
		}
		mu.Lock()
		frames = append(frames, e.Data)
		mu.Unlock()
		go chromedp.Call(b.ctx, page.ScreencastFrameAck, page.ScreencastFrameAckParams{SessionID: e.SessionID}) //nolint:errcheck // the tab may be gone
	}))
	call(b, page.StartScreencast, page.StartScreencastParams{Format: "jpeg", EveryNthFrame: 1})
	act()
	call(b, page.StopScreencast, struct{}{})
	mu.Lock()
	defer mu.Unlock()
	return frames
}

// corner is the brightness of a frame near its lower edge, where every page
// shows only its ground.
func corner(t testing.TB, frame []byte) uint32 {
	t.Helper()
	m, _, err := image.Decode(bytes.NewReader(frame))
	if err != nil {
		t.Fatal(err)
	}
	box := m.Bounds()
	r, g, bl, _ := m.At(box.Min.X+3, box.Max.Y-3).RGBA()
	return (r + g + bl) / 3
}
