package rules

import (
	"bytes"
	_ "embed"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/FastFilter/xorfilter"
	"github.com/trustelem/zxcvbn"

	"nameplate/internal/access/password/rules/leakedkey"
)

const (
	leastScore = 3

	// zxcvbn tries all readings of digits and signs as letters: the worst that
	// was found takes 60 ms at 40 code points and 190 ms at 72.
	judged = 40
)

// weak reports whether pw is easy to guess for who knows the person's words.
func weak(pw string, words []string) bool {
	return zxcvbn.PasswordStrength(head(pw, judged), words).Score < leastScore
}

func head(text string, codePoints int) string {
	for i := range text {
		if codePoints == 0 {
			return text[:i]
		}
		codePoints--
	}
	return text
}

//go:embed leaked.bin
var leakedFile []byte

var leakedFilter = mustLoad(leakedFile)

func mustLoad(file []byte) *xorfilter.BinaryFuse[uint16] {
	filter, err := xorfilter.LoadBinaryFuse[uint16](bytes.NewReader(file))
	if err != nil {
		panic("rules: the list of leaked passwords cannot be read: " + err.Error())
	}
	return filter
}

// leaked reports whether pw is on the list: as it is, without the signs at its
// end, or without the signs and digits there. What is cut off must not be the
// greater part, or a short word on the list would forbid every number behind it.
func leaked(pw string) bool {
	for _, spelled := range []string{
		pw,
		strings.TrimRightFunc(pw, isSeparator),
		strings.TrimRightFunc(pw, func(r rune) bool { return !unicode.IsLetter(r) }),
	} {
		if 2*utf8.RuneCountInString(spelled) >= utf8.RuneCountInString(pw) && leakedFilter.Contains(leakedkey.Of(spelled)) {
			return true
		}
	}
	return false
}
