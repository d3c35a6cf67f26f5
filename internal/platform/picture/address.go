package picture

import (
	"encoding/hex"
	"hash/fnv"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// InitialsName is where the initials of a name are served: it spells them and
// the colours that the seed chooses, so that the address is as immutable as
// that of a picture and nothing has to be looked up. The seed is an identifier
// that does not change: a person keeps the colours when the name changes.
func InitialsName(name, seed string) string {
	h := fnv.New32a()
	h.Write([]byte(seed))
	tone := int(h.Sum32() % uint32(len(grounds)))
	return "i" + strconv.Itoa(tone) + hex.EncodeToString([]byte(Initials(name)))
}

// ReadInitials draws what a name from InitialsName spells, and reports false
// for anything else.
func ReadInitials(name string) (svg []byte, ok bool) {
	if len(name) < 3 || name[0] != 'i' {
		return nil, false
	}
	tone := int(name[1] - '0')
	text, err := hex.DecodeString(name[2:])
	if err != nil || name != strings.ToLower(name) || tone < 0 || tone >= len(grounds) || !short(string(text)) {
		return nil, false
	}
	return drawInitials(string(text), grounds[tone]), true
}

// short reports whether text is what Initials can return.
func short(text string) bool {
	return utf8.ValidString(text) && text != "" && len(text) <= 2*longest*utf8.UTFMax && uniseg.GraphemeClusterCount(text) <= 2
}
