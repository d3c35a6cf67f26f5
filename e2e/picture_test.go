package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

func TestAPictureIsCroppedByKeyboardAndStoredOnlyByUpdate(t *testing.T) {
	t.Parallel()
	p := newcomer(t, "Mia Berg")
	b := as(t, p)
	b.open("/settings/profile")
	b.picks(choosePicture, redAndBlue(t))
	b.sees("redblue.png", "600 × 400", pictureNotStored)

	area := b.the("application", cropArea)
	b.eventually("the crop area has the focus", func() error {
		if !area.focused() {
			return errors.New("it has not")
		}
		return nil
	})
	for range 7 {
		b.keys("+")
	}
	for range 40 { // brings the left edge of the picture under the square
		b.keys(kb.ArrowRight)
	}
	b.the("button", zoomIn).click()
	if percent := b.the("slider", zoom).value(); percent != "214" {
		t.Errorf("after zooming in eight times the zoom is %s %%", percent)
	}
	if kind := p.avatarKind(t); kind != "initials" {
		t.Errorf("before Update the card shows a %s", kind)
	}
	b.leaves(b.the("button", updatePicture).click)
	b.sees(pictureSaved)
	if kind := p.avatarKind(t); kind != "picture" {
		t.Errorf("after Update the card shows %s", kind)
	}

	b.open("/c/" + p.ID)
	got := eval[[]int](b, `(async () => {
		const img = document.querySelector("article img");
		await img.decode();
		const pen = Object.assign(document.createElement("canvas"), {width: 64, height: 64}).getContext("2d");
		pen.drawImage(img, 0, 0, 64, 64);
		return [...pen.getImageData(60, 32, 1, 1).data];
	})()`)
	if got[0] < 180 || got[2] > 80 {
		t.Errorf("the right edge of the cropped picture is %v, want the red of its left third", got)
	}

	b.open("/settings/profile")
	b.leaves(b.the("button", removePicture).click)
	b.sees(pictureRemoved)
	if kind := p.avatarKind(t); kind != "initials" {
		t.Errorf("after removing it the card shows a %s", kind)
	}
}

func TestACroppedPictureCanBeGivenUp(t *testing.T) {
	t.Parallel()
	p := newcomer(t, "Mia Berg")
	b := as(t, p)
	b.open("/settings/profile")
	b.picks(choosePicture, redAndBlue(t))
	b.sees(pictureNotStored)
	b.the("button", cancel).click()
	b.seesNot(pictureNotStored, "redblue.png")
	b.leaves(b.the("link", guide).click)
	b.asks(0, "giving the picture up")
	if kind := p.avatarKind(t); kind != "initials" {
		t.Errorf("the card shows a %s", kind)
	}
}

func TestWhatIsNoPictureOfOursIsRefusedInWords(t *testing.T) {
	t.Parallel()
	b := as(t, newcomer(t, "Mia Berg"))
	b.open("/settings/profile")
	for _, c := range []struct{ name, file, words string }{
		{"too heavy", heavy(t), pictureTooHeavy},
		{"not a picture", kept(t, "notes.png", []byte("These are notes.")), pictureNone},
		{"too wide", wide(t), pictureTooLarge},
	} {
		b.picks(choosePicture, c.file)
		b.sees(c.words)
		b.seesNot(pictureNotStored)
	}
	b.picks(choosePicture, redAndBlue(t))
	b.sees(pictureNotStored)
	b.seesNot(pictureNone, pictureTooHeavy)
}

// picks presses the button that opens the file chooser and chooses a file.
func (b *tab) picks(button, path string) {
	b.t.Helper()
	call(b, page.SetInterceptFileChooserDialog, page.SetInterceptFileChooserDialogParams{Enabled: true})
	press := chromedp.Func(func(context.Context, *chromedp.Target) error { b.the("button", button).click(); return nil })
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	opened, err := chromedp.Run(ctx, chromedp.WaitEvent(page.FileChooserOpened, nil, press))
	b.must(err)
	call(b, dom.SetFileInputFiles, dom.SetFileInputFilesParams{Files: []string{path}, BackendNodeID: opened.BackendNodeID})
}

// avatarKind is what stands as the picture on the card.
func (p *person) avatarKind(t testing.TB) string {
	t.Helper()
	var card struct{ Avatar struct{ Kind string } }
	if err := json.Unmarshal([]byte(p.card(t)), &card); err != nil {
		t.Fatal(err)
	}
	return card.Avatar.Kind
}

// redAndBlue is a PNG: its left half is red, its right half is blue.
func redAndBlue(t testing.TB) string {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, 600, 400))
	draw.Draw(m, image.Rect(0, 0, 300, 400), image.NewUniform(color.RGBA{220, 20, 20, 255}), image.Point{}, draw.Src)
	draw.Draw(m, image.Rect(300, 0, 600, 400), image.NewUniform(color.RGBA{20, 20, 220, 255}), image.Point{}, draw.Src)
	var out bytes.Buffer
	if err := png.Encode(&out, m); err != nil {
		t.Fatal(err)
	}
	return kept(t, "redblue.png", out.Bytes())
}

// heavy is a JPEG of more than 2 MiB.
func heavy(t testing.TB) string {
	t.Helper()
	var out bytes.Buffer
	if err := jpeg.Encode(&out, image.NewGray(image.Rect(0, 0, 64, 64)), nil); err != nil {
		t.Fatal(err)
	}
	return kept(t, "heavy.jpg", append(out.Bytes(), make([]byte, 2<<20)...))
}

// wide is a PNG with a side of more than 8192 pixels.
func wide(t testing.TB) string {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, image.NewGray(image.Rect(0, 0, 8193, 8))); err != nil {
		t.Fatal(err)
	}
	return kept(t, "wide.png", out.Bytes())
}

func kept(t testing.TB, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
