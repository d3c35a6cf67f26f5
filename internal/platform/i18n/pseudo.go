package i18n

import (
	"io/fs"
	"regexp"
	"strings"

	"golang.org/x/text/language"
)

// Pseudo is the tag of the language that is English, mirrored and stretched.
const Pseudo = "ar-XB"

const (
	rightToLeftOverride = "\u202e"
	popDirectional      = "\u202c"
)

// mirroredCatalogue counts like English, which it is made from.
func mirroredCatalogue(dir fs.FS) (*catalogue, error) {
	messages, err := parse(dir, "locales/en.json")
	if err != nil {
		return nil, err
	}
	for _, m := range messages {
		for _, form := range []*string{&m.Zero, &m.One, &m.Two, &m.Few, &m.Many, &m.Other} {
			*form = mirror(*form)
		}
	}
	lang := languageOf(language.MustParse(Pseudo))
	lang.Name = mirror("English")
	return newCatalogue(lang, language.English, messages, nil)
}

// kept matches what is not words: a template's actions and the space around
// words.
var (
	kept  = regexp.MustCompile(`\{\{.*?\}\}|\s+`)
	vowel = regexp.MustCompile(`[aeiouAEIOU]`)
)

// mirror doubles the vowels of every word and turns it around for the eye; the
// letters keep their order for the ear.
func mirror(text string) string {
	var b strings.Builder
	for text != "" {
		at := kept.FindStringIndex(text)
		if at == nil {
			at = []int{len(text), len(text)}
		}
		if at[0] > 0 {
			b.WriteString(rightToLeftOverride)
			b.WriteString(vowel.ReplaceAllString(text[:at[0]], "$0$0"))
			b.WriteString(popDirectional)
		}
		b.WriteString(text[at[0]:at[1]])
		text = text[at[1]:]
	}
	return b.String()
}
