package blob

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// ErrKey means a key or a prefix that does not follow the rules. Keys are made
// by the program, so it is a bug.
var ErrKey = errors.New("blob: malformed key")

const (
	alphabet   = "abcdefghijklmnopqrstuvwxyz0123456789/._-"
	longestKey = 200
)

// check refuses keys that are not parts of a-z, 0-9, ".", "_" and "-" between
// single slashes, none of which is empty or starts with a dot.
func check(ctx context.Context, key string) error {
	if key == "" || strings.HasSuffix(key, "/") {
		return fmt.Errorf("%w: %q", ErrKey, key)
	}
	return checkPrefix(ctx, key)
}

// checkPrefix is check for the beginning of a key.
func checkPrefix(ctx context.Context, prefix string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if len(prefix) > longestKey || !onlyAlphabet(prefix) ||
		strings.Contains("/"+prefix, "//") || strings.Contains("/"+prefix, "/.") {
		return fmt.Errorf("%w: %q", ErrKey, prefix)
	}
	return nil
}

func onlyAlphabet(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return !strings.ContainsRune(alphabet, r) }) < 0
}
