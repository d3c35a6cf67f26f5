package e2e

import (
	"fmt"
	"html/template"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/page"
)

// sheet gathers pictures of pages in a folder. Without a folder it does nothing.
type sheet struct {
	folder string
	mu     sync.Mutex
	taken  map[string]bool
}

func newSheet(folder string) *sheet { return &sheet{folder: folder, taken: map[string]bool{}} }

// take makes a picture of the whole page as it is.
func (s *sheet) take(b *tab, name, language, theme string, width int64) {
	b.t.Helper()
	if s.folder == "" {
		return
	}
	b.stretch(width, int64(eval[float64](b, `document.documentElement.scrollHeight`)))
	b.painted()
	shot := call(b, page.CaptureScreenshot, page.CaptureScreenshotParams{Format: "png"})
	file := fileOf(name, language, theme, width)
	b.must(os.MkdirAll(s.folder, 0o755))
	b.must(os.WriteFile(filepath.Join(s.folder, file), shot.Data, 0o644))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taken[file] = true
}

// picture makes a picture for the guide of what the tab shows, from a thing on.
func (b *tab) picture(name, from string) {
	b.t.Helper()
	if *guided == "" {
		return
	}
	const width, height = 1120, 700
	b.stretch(width, height)
	eval[bool](b, `(document.querySelector(%s).scrollIntoView(), true)`, from)
	b.painted()
	shot := call(b, page.CaptureScreenshot, page.CaptureScreenshotParams{Format: "webp", Quality: new(int64(60))})
	b.must(os.WriteFile(filepath.Join(*guided, name+".webp"), shot.Data, 0o644))
}

func fileOf(name, language, theme string, width int64) string {
	return fmt.Sprintf("%s.%s.%s.%d.png", strings.ReplaceAll(name, " ", "-"), language, theme, width)
}

// finish writes the contact sheet, which lays the pictures side by side: a row
// for each page and language.
func (s *sheet) finish(t *testing.T) {
	if s.folder == "" {
		return
	}
	type cell struct {
		File  string
		Width int64
	}
	type row struct {
		Title string
		Cells []cell
	}
	var rows []row
	for _, v := range views {
		for _, language := range languages {
			r := row{Title: v.name + ", " + language}
			for _, width := range widths {
				for _, theme := range themes {
					if file := fileOf(v.name, language, theme, width); s.taken[file] {
						r.Cells = append(r.Cells, cell{file, width / 3})
					}
				}
			}
			rows = append(rows, r)
		}
	}
	f, err := os.Create(filepath.Join(s.folder, "index.html"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := contact.Execute(f, rows); err != nil {
		t.Fatal(err)
	}
	t.Log("the contact sheet is " + f.Name())
}

var contact = template.Must(template.New("contact").Parse(`<!DOCTYPE html>
<html lang="en"><meta charset="utf-8"><title>Contact sheet</title>
<style>
	body { font: 14px system-ui; margin: 24px; background: #777; color: #fff }
	div { display: flex; gap: 12px; align-items: start; margin-block: 8px 32px; overflow-x: auto }
	img { flex: none; display: block }
</style>
{{range .}}<h2>{{.Title}}</h2><div>{{range .Cells}}<a href="{{.File}}"><img src="{{.File}}" width="{{.Width}}" alt="{{.File}}" loading="lazy"></a>{{end}}</div>
{{end}}</html>
`))
