package i18n

import (
	"strings"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// Language is one that the catalogue has.
type Language struct {
	Tag  string // BCP 47, e.g. "de"
	Dir  string // "ltr" or "rtl", as HTML's dir attribute takes it
	Name string // in the language itself, e.g. "Deutsch"
}

var rightToLeft = map[string]bool{
	"Adlm": true, "Arab": true, "Hebr": true, "Nkoo": true, "Rohg": true, "Syrc": true, "Thaa": true,
}

func languageOf(tag language.Tag) Language {
	dir := "ltr"
	if script, _ := tag.Script(); rightToLeft[script.String()] {
		dir = "rtl"
	}
	return Language{Tag: tag.String(), Dir: dir, Name: display.Self.Name(tag)}
}

// Languages returns what people may choose from, English first and the others
// by tag. [Pseudo] is not among them.
func Languages() []Language {
	all := spoken()
	list := make([]Language, len(all))
	for i, c := range all {
		list[i] = c.language
	}
	return list
}

// Known reports whether tag is exactly that of one of [Languages].
func Known(tag string) bool {
	c, ok := byTag[tag]
	return ok && c.language.Tag != Pseudo
}

// Match returns the tag of the language that suits an Accept-Language header
// (RFC 9110, section 12.5.4) best: "en" if none does or it cannot be read. A
// header that asks for [Pseudo] before all else gets it.
func Match(acceptLanguage string) string {
	if strings.HasPrefix(acceptLanguage, Pseudo) {
		return Pseudo
	}
	wanted, _, err := language.ParseAcceptLanguage(acceptLanguage)
	if err != nil {
		return catalogues[0].language.Tag
	}
	_, i, _ := matcher.Match(wanted...)
	return catalogues[i].language.Tag
}

func spoken() []*catalogue { return catalogues[:len(catalogues)-1] }

func tags(list []*catalogue) []language.Tag {
	all := make([]language.Tag, len(list))
	for i, c := range list {
		all[i] = language.MustParse(c.language.Tag)
	}
	return all
}
