package web_test

import (
	"testing"

	"nameplate/internal/platform/web"
)

func TestOnlyPathsOfOursAreReturnedTo(t *testing.T) {
	for _, good := range []string{"/", "/settings/profile", "/settings/profile?x=1#about", "/c/usr_1"} {
		if got := web.ReturnPath(good, "/no"); got != good {
			t.Errorf("%q became %q", good, got)
		}
	}
	for _, bad := range []string{
		"", "//e", "///e", `/\e`, `\\e`, `/%5Ce`, "https:e", "https://e", "\t//e", "/\t/e", "/%09/e", "/..//e", "/.//e", "@e", "e",
		"javascript:alert(1)", "data:text/html,x", "/\n/e", "/ e", " /e", "/%2F/e/../..//e", "/\x00", "/\u0085e",
	} {
		if got := web.ReturnPath(bad, "/no"); got != "/no" {
			t.Errorf("%q was taken as %q", bad, got)
		}
	}
}
