package picture

import (
	"slices"
	"strconv"
	"strings"
)

// Files are the names of the files of a version.
var Files = fileNames()

func fileNames() []string {
	names := make([]string, len(Sizes))
	for i, size := range Sizes {
		names[i] = fileName(size)
	}
	return names
}

func fileName(size int) string { return strconv.Itoa(size) + ".webp" }

// IsFile reports whether name is that of a file of a version.
func IsFile(name string) bool { return slices.Contains(Files, name) }

// ValidName reports whether name can be that of a version.
func ValidName(name string) bool {
	return len(name) == 26 && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz234567") == ""
}
