package rules

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

const (
	leastWord  = 3 // letters of a name or of what stands before the @
	leastLabel = 4 // signs of a part of a domain: "web" and "mail" are nobody's own
)

// ownWords cuts names and addresses into the words that a password must not
// contain, folded.
func ownWords(own []string) []string {
	var words []string
	add := func(word string, least int) {
		if len([]rune(word)) >= least {
			words = append(words, word)
		}
	}
	for _, text := range own {
		text = string(fold(text))
		name := text
		if at := strings.LastIndexByte(text, '@'); at >= 0 {
			name = text[:at]
			labels := strings.Split(text[at+1:], ".")
			for _, label := range labels[:len(labels)-1] {
				add(label, leastLabel)
			}
		}
		for _, word := range strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) }) {
			add(word, leastWord)
		}
		add(strings.Join(strings.FieldsFunc(name, isSeparator), ""), leastWord)
	}
	slices.Sort(words)
	return slices.Compact(words)
}

func isSeparator(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }

// containsAny reports whether one of the words stands in pw, forwards or
// backwards, also with digits and signs for letters.
func containsAny(pw string, words []string) bool {
	typed := fold(pw)
	for _, word := range words {
		forwards := []rune(word)
		backwards := slices.Clone(forwards)
		slices.Reverse(backwards)
		if contains(typed, forwards) || contains(typed, backwards) {
			return true
		}
	}
	return false
}

func contains(typed, word []rune) bool {
	for from := 0; from+len(word) <= len(typed); from++ {
		if looksLike(typed[from:from+len(word)], word) {
			return true
		}
	}
	return false
}

// looksLike reports whether part is read as word. Figures alone are read as a
// number, unless they are just those of the word.
func looksLike(part, word []rune) bool {
	if slices.Equal(part, word) {
		return true
	}
	for i := range part {
		if letterFor(part[i]) != letterFor(word[i]) {
			return false
		}
	}
	return slices.ContainsFunc(part, unicode.IsLetter)
}

// letterFor gives signs that are written for one another the same letter.
func letterFor(r rune) rune {
	switch r {
	case '0':
		return 'o'
	case '1', '!', '|', 'l':
		return 'i'
	case '2':
		return 'z'
	case '3', '€':
		return 'e'
	case '4', '@':
		return 'a'
	case '5', '$':
		return 's'
	case '6', '9':
		return 'g'
	case '7', '+':
		return 't'
	case '8':
		return 'b'
	}
	return r
}

// fold makes small letters without accents of all that look alike.
func fold(text string) []rune {
	folded := make([]rune, 0, len(text))
	for _, r := range norm.NFKD.String(strings.ToLower(text)) {
		if !unicode.Is(unicode.Mn, r) {
			folded = append(folded, unicode.ToLower(r))
		}
	}
	return folded
}
