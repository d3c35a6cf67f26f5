package api

import (
	"strconv"
	"strings"

	"nameplate/internal/platform/errs"
)

// ErrStale says that a change was made from another version than the present.
var ErrStale = errs.New(errs.Stale, "precondition_failed")

// ETag is the entity tag of a thing that counts its versions.
func ETag(version int64) string { return `"` + strconv.FormatInt(version, 10) + `"` }

// Version reads an If-Match header (RFC 9110, section 13.1.1); 0 is any. It
// returns ErrStale for what ETag never says.
func Version(header string) (int64, error) {
	if header == "" || header == "*" {
		return 0, nil
	}
	v, err := strconv.ParseInt(strings.Trim(header, `"`), 10, 64)
	if err != nil || v < 1 || ETag(v) != header {
		return 0, ErrStale
	}
	return v, nil
}
