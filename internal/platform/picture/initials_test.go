package picture

import (
	"encoding/xml"
	"io"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/rivo/uniseg"
)

func TestInitialsAreTheFirstLettersOfTheFirstAndTheLastWord(t *testing.T) {
	for name, want := range map[string]string{
		"Leila Haddad":          "LH",
		"leila  van den haddad": "LH",
		"Prince":                "P",
		"":                      "?",
		"   \t":                 "?",
		"— … —":                 "?",
		"\xff\xfe":              "?",
		"Zoë Åström":            "ZÅ",
		"e\u0301lodie n\u0303":  "E\u0301N\u0303",
		"ǆemal ßüß":             "ǅß",
		"(Tom) \"Ray\" O'Neil":  "TO",
		"Ada Lovelace ,":        "AL",
		"山田 太郎":                 "山太",
		"山田太郎":                  "山",
		"김 민준":                  "김민",
		"გიორგი ბერიძე":         "გბ",
		"ليلى حداد":             "ل\u200cح",
		"नेहा शर्मा":            "नेश",
		"👩🏽‍🚀 🏳️‍🌈":             "👩🏽‍🚀🏳️‍🌈",
		"🇩🇪 Deutschland":        "🇩🇪D",
		"7 of 9":                "79",
		"Z" + strings.Repeat("\u0335", 5000) + "algo": "Z",
	} {
		got := Initials(name)
		if got != want {
			t.Errorf("%q gives %q, want %q", name, got, want)
		}
		if n := uniseg.GraphemeClusterCount(got); n < 1 || n > 2 {
			t.Errorf("%q gives %d letters", name, n)
		}
	}
}

func TestTheDrawingOfInitialsIsPlainXML(t *testing.T) {
	for _, name := range []string{"Leila Haddad", "<script> &amp;", "\u0600 \u0601", "", "👨‍👩‍👧‍👦 x", "＜svg ＞"} {
		svg, ok := ReadInitials(InitialsName(name, "usr_1"))
		if !ok {
			t.Errorf("%q is not drawn", name)
		}
		d, text := xml.NewDecoder(strings.NewReader(string(svg))), ""
		for {
			token, err := d.Token()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatalf("%q: %v in %s", name, err, svg)
			}
			switch token := token.(type) {
			case xml.StartElement:
				if n := token.Name.Local; n != "svg" && n != "rect" && n != "text" {
					t.Errorf("%q: element %s", name, n)
				}
			case xml.CharData:
				text += strings.TrimSpace(string(token))
			}
		}
		if text != Initials(name) {
			t.Errorf("%q draws %q", name, text)
		}
	}
}

func TestInitialsCanBeReadOnEveryGround(t *testing.T) {
	for _, g := range grounds {
		if c := (luminance(t, g.paper) + 0.05) / (luminance(t, g.ink) + 0.05); c < 4.5 {
			t.Errorf("%s on %s has a contrast of %.2f", g.ink, g.paper, c)
		}
	}
}

// luminance is the relative luminance of WCAG 2.2.
func luminance(t *testing.T, hex string) (y float64) {
	t.Helper()
	v, err := strconv.ParseUint(hex[1:], 16, 32)
	if err != nil {
		t.Fatal(err)
	}
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		y += weight * linear(float64(v>>(16-8*i)&255)/255)
	}
	return math.Min(y, 1)
}

// linear undoes the curve of sRGB (IEC 61966-2-1); v is from 0 to 1.
func linear(v float64) float64 {
	if v <= 0.04045 {
		return v / 12.92
	}
	return math.Pow((v+0.055)/1.055, 2.4)
}
