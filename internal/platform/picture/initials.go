package picture

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// nobody stands where a name has nothing to show.
const nobody = "?"

// longest is how many characters one visible letter may be made of. The
// longest emoji families and flags stay below it; stacks of accents do not.
const longest = 16

// Initials returns what stands for a person without a picture: the first
// letter of the first and of the last word of the name, as people see letters
// (grapheme clusters, UAX #29) and in any script; at most two. Signs in front
// of a word don't count. It is "?" if nothing is left.
func Initials(name string) string {
	words := strings.Fields(strings.ToValidUTF8(name, ""))
	first, at := firstLetter(words, 1)
	if first == "" {
		return nobody
	}
	last, end := firstLetter(words, -1)
	if end == at {
		return first
	}
	return first + apart(last) + last
}

// firstLetter returns the initial of the first word that has one, from the
// front (step 1) or from the back (step -1), and which word it is.
func firstLetter(words []string, step int) (letter string, at int) {
	if step < 0 {
		at = len(words) - 1
	}
	for ; at >= 0 && at < len(words); at += step {
		if letter = initial(words[at]); letter != "" {
			return letter, at
		}
	}
	return "", at
}

// initial returns the first cluster of a word that starts with a letter, a
// digit or a symbol such as an emoji. Title case is what stands at the head of
// a name: it makes "ǆ" to "ǅ" and leaves scripts alone that have no case.
func initial(word string) string {
	for g := uniseg.NewGraphemes(word); g.Next(); {
		runes := g.Runes()
		if !unicode.In(runes[0], unicode.L, unicode.N, unicode.So, unicode.Sk) {
			continue
		}
		if len(runes) > longest {
			runes = runes[:1]
		}
		return strings.ToTitle(string(runes))
	}
	return ""
}

// apart returns what keeps a second letter from being joined to the first: in
// joining scripts the zero width non-joiner, which is part of the first
// cluster.
func apart(second string) string {
	r, _ := utf8.DecodeRuneInString(second)
	if unicode.In(r, unicode.Arabic, unicode.Syriac, unicode.Nko, unicode.Mongolian, unicode.Adlam, unicode.Thaana) {
		return "\u200c"
	}
	return ""
}

// ground is a background and the ink on it.
type ground struct{ paper, ink string }

// grounds are quiet: papers of OKLCH lightness 0.90 and chroma 0.035 at most,
// ink of lightness 0.38 in the same hue. They stand out from the plates of both
// themes, and each pair has a contrast above 7:1.
var grounds = [...]ground{
	{"#f5d5d4", "#5c3636"}, // rose
	{"#f3d7cb", "#5b3929"}, // clay
	{"#eedbc6", "#553d20"}, // sand
	{"#e6dec4", "#4d411d"}, // straw
	{"#dde1c7", "#414622"}, // sage
	{"#d1e4cf", "#314a2e"}, // moss
	{"#e9d7ed", "#4f3955"}, // heather
	{"#e4ddd4", "#4a4136"}, // stone
}

// drawInitials draws a text on a square. The drawing has no script, no style
// and no address in it.
func drawInitials(text string, g ground) []byte {
	size := 42
	if uniseg.StringWidth(text) > 2 {
		size = 34
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 96" width="96" height="96">`+
		`<rect width="96" height="96" fill="%s"/>`+
		`<text x="48" y="49" fill="%s" font-family="system-ui,sans-serif" font-size="%d" font-weight="600" text-anchor="middle" dominant-baseline="central">`,
		g.paper, g.ink, size)
	xml.EscapeText(&b, []byte(text))
	b.WriteString("</text></svg>\n")
	return b.Bytes()
}
