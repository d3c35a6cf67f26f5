package guide

import (
	"io/fs"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"nameplate/docs"
)

func pages(t *testing.T) []Page {
	t.Helper()
	all, err := Read(docs.Guide)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestTheGuideHasPagesForEveryAudience(t *testing.T) {
	seen := map[Audience]bool{}
	for _, p := range pages(t) {
		seen[p.Audience] = true
	}
	for _, a := range audiences {
		if !seen[a] {
			t.Errorf("nothing for %s", a)
		}
	}
}

func TestPagesOfAnAudienceHaveAnOrder(t *testing.T) {
	seen := map[Audience][]int{}
	for _, p := range pages(t) {
		if slices.Contains(seen[p.Audience], p.Order) {
			t.Errorf("%s: another page for %s stands at %d too", p.Name, p.Audience, p.Order)
		}
		seen[p.Audience] = append(seen[p.Audience], p.Order)
	}
}

func TestSummariesAreOneSentence(t *testing.T) {
	for _, p := range pages(t) {
		if !strings.HasSuffix(p.Summary, ".") || strings.Contains(strings.TrimSuffix(p.Summary, "."), ". ") {
			t.Errorf("%s: %q", p.Name, p.Summary)
		}
	}
}

var href = regexp.MustCompile(`href="([^"]*)"`)

func TestLinksInsideTheGuideLeadToAPageAndItsSection(t *testing.T) {
	all := pages(t)
	for _, p := range all {
		for _, m := range href.FindAllStringSubmatch(p.HTML, -1) {
			u, err := url.Parse(m[1])
			if err != nil {
				t.Errorf("%s: %v", p.Name, err)
				continue
			}
			if u.Path != "" && !strings.HasPrefix(u.Path, base+"/") {
				continue
			}
			to := slices.IndexFunc(all, func(o Page) bool { return u.Path == o.path() || u.Path == "" && o.Name == p.Name })
			if to < 0 {
				t.Errorf("%s: %s leads to no page", p.Name, m[1])
			} else if u.Fragment != "" && !slices.ContainsFunc(all[to].Sections, func(s Section) bool { return s.Anchor == u.Fragment }) {
				t.Errorf("%s: %s leads to no section", p.Name, m[1])
			}
		}
	}
}

func TestPicturesInTheGuideAreThereAndSmall(t *testing.T) {
	const most = 500 << 10 // of all together, in the program
	shown, size := map[string]bool{}, int64(0)
	for _, p := range pages(t) {
		for _, m := range regexp.MustCompile(`<img src="pictures/([^"]*)" alt="[^"]+`).FindAllStringSubmatch(p.HTML, -1) {
			shown[m[1]] = true
		}
		if strings.Count(p.HTML, "<img ") != strings.Count(p.HTML, `<img src="pictures/`) {
			t.Errorf("%s shows a picture from elsewhere", p.Name)
		}
	}
	files, err := fs.ReadDir(docs.Guide, "guide/pictures")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		info, err := f.Info()
		if err != nil || !shown[f.Name()] {
			t.Errorf("%s is shown nowhere, %v", f.Name(), err)
			continue
		}
		size += info.Size()
		delete(shown, f.Name())
	}
	if len(shown) > 0 || size > most {
		t.Errorf("%v is missing, all are %d bytes", shown, size)
	}
}

func TestTheGuideIsWrittenInTheProductsVoice(t *testing.T) {
	tags := regexp.MustCompile(`(?s)<pre>.*?</pre>|<[^>]*>`)
	for _, p := range pages(t) {
		text := strings.ToLower(tags.ReplaceAllString(p.HTML, ""))
		for _, word := range []string{"please", "!", "simply", "just "} {
			if strings.Contains(text, word) {
				t.Errorf("%s says %q", p.Name, word)
			}
		}
	}
}

const head = "---\ntitle: A\nsummary: B.\nfor: agents\norder: 1\nkeeper: us\nchecked: 2026-11-21\n---\n"

func one(t *testing.T, body string) Page {
	t.Helper()
	all, err := Read(fstest.MapFS{"guide/a.md": {Data: []byte(head + body)}})
	if err != nil {
		t.Fatal(err)
	}
	return all[0]
}

func TestMarkupInAPageIsLeftOut(t *testing.T) {
	p := one(t, "## <i>H</i>\n\n<script>alert(1)</script>\n\na <b onclick=x>b</b> `<img src=x>` [l](javascript:alert(1))\n")
	for _, bad := range []string{"<script", "<b ", "<i>", "<img", "javascript:"} {
		if strings.Contains(p.HTML, bad) {
			t.Errorf("%q came through: %s", bad, p.HTML)
		}
	}
	if !strings.Contains(p.HTML, "&lt;img src=x&gt;") {
		t.Errorf("code is not shown as it is written: %s", p.HTML)
	}
}

func TestALinkToAFileBecomesAnAddressOfTheGuide(t *testing.T) {
	p := one(t, "[a](b.md) [c](b.md#d) [e](https://x.example/f.md) [g](/docs/api) [h](#i)\n")
	var got []string
	for _, m := range href.FindAllStringSubmatch(p.HTML, -1) {
		got = append(got, m[1])
	}
	want := []string{"/help/b", "/help/b#d", "https://x.example/f.md", "/docs/api", "#i"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestHeadingsAreTheWayAboutAPage(t *testing.T) {
	p := one(t, "## Who sees `what`\n\n### Below\n\n## Who sees what\n")
	want := []Section{{"who-sees-what", "Who sees what"}, {"who-sees-what-1", "Who sees what"}}
	if !slices.Equal(p.Sections, want) {
		t.Errorf("%+v, want %+v", p.Sections, want)
	}
}

func TestWideTablesCanBeStackedWithTheNamesOfTheirColumns(t *testing.T) {
	html := one(t, "| A | B `x` | C |\n| - | - | - |\n| 1 | 2 | 3 |\n\n| D | E |\n| - | - |\n| 4 | 5 |\n").HTML
	for _, want := range []string{`<table class="stacks">`, `<td data-th="A">1</td>`, `<td data-th="B x">2</td>`, "<table>", "<td>4</td>"} {
		if !strings.Contains(html, want) {
			t.Errorf("no %s in %s", want, html)
		}
	}
}

func TestAPageThatDoesNotSayWhatItIsEndsTheStart(t *testing.T) {
	for name, text := range map[string]string{
		"nothing":      "## A\n",
		"no end":       "---\ntitle: A\n",
		"no colon":     "---\ntitle\n---\n",
		"no title":     strings.Replace(head, "title: A\n", "", 1),
		"no keeper":    strings.Replace(head, "keeper: us\n", "", 1),
		"for nobody":   strings.Replace(head, "agents", "cats", 1),
		"no order":     strings.Replace(head, "order: 1\n", "", 1),
		"not a day":    strings.Replace(head, "2026-11-21", "yesterday", 1),
		"no such date": strings.Replace(head, "2026-11-21", "2026-11-31", 1),
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Read(fstest.MapFS{"guide/a.md": {Data: []byte(text)}}); err == nil || !strings.Contains(err.Error(), "guide/a.md") {
				t.Errorf("got %v, want an error that names the file", err)
			}
		})
	}
}
