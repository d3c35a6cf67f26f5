// Package i18n holds every text that people see.
//
// A text has a key; locales/<tag>.json gives it words in one language, with a
// description for translators. The files are embedded, read once at start and
// flattened: a text that never changes is one look-up in a map, and only those
// with arguments or plural forms are executed as templates. A language comes
// to be by adding its file. What a language lacks is said in English, and a key
// that nobody knows is shown as it is, so that a page is never empty.
//
// The language of a request travels in its context: see [With].
//
// [Pseudo] is a language nobody speaks. It is made from English at start: words
// run from right to left and are a third longer. A page that survives it has no
// text in its source and no side taken for granted.
package i18n
