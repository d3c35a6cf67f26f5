package mail_test

import (
	"errors"
	netmail "net/mail"
	"strings"
	"testing"

	"nameplate/internal/platform/mail"
)

func TestAnAddressIsReadAsMailIsSentToIt(t *testing.T) {
	// A host of 252 signs.
	long := strings.Repeat(strings.Repeat("a", 61)+".", 3) + strings.Repeat("a", 60) + ".co.uk"
	for typed, want := range map[string]string{
		"zoe@example.com":                        "zoe@example.com",
		"  zoe@example.com ":                     "zoe@example.com",
		"Zoe.Miller+work@Mail.EXAMPLE.com":       "Zoe.Miller+work@mail.example.com",
		"o'neil/x=1@example.museum":              "o'neil/x=1@example.museum",
		"zoe@bücher.example":                     "zoe@xn--bcher-kva.example",
		"zoe@BÜCHER.example":                     "zoe@xn--bcher-kva.example",
		"zoe@例え。テスト":                             "zoe@xn--r8jz45g.xn--zckzah",
		"zoe@xn--bcher-kva.example":              "zoe@xn--bcher-kva.example",
		strings.Repeat("a", 64) + "@example.com": strings.Repeat("a", 64) + "@example.com",
		"a@" + long:                              "a@" + long,
	} {
		got, err := mail.ParseAddress(typed)
		if err != nil || got != want {
			t.Errorf("%q: got %q, %v; want %q", typed, got, err, want)
		}
	}
}

func TestWhatIsNotAPlainAddressIsRefused(t *testing.T) {
	for name, typed := range map[string]string{
		"nothing":               "",
		"no at":                 "example.com",
		"two ats":               "a@b@example.com",
		"wide at":               "zoe＠example.com",
		"wide at in the domain": "zoe@example＠example.com",
		"nobody":                "@example.com",
		"nowhere":               "zoe@",
		"a name":                "Zoe <zoe@example.com>",
		"brackets":              "<zoe@example.com>",
		"a comment":             "zoe(work)@example.com",
		"a comment behind":      "zoe@example.com (work)",
		"quotes":                `"zoe"@example.com`,
		"a quoted at":           `"a@evil.example"@example.com`,
		"a second recipient":    "zoe@example.com,eve@evil.example",
		"a header":              "zoe@example.com\r\nBcc: eve@evil.example",
		"a header before":       "zoe\r\nBcc: eve@evil.example\r\n@example.com",
		"a line end behind":     "zoe@example.com\n",
		"a zero":                "zoe\x00@example.com",
		"a zero in the domain":  "zoe@exam\x00ple.com",
		"a tab":                 "zoe\t@example.com",
		"a space":               "zoe miller@example.com",
		"dots together":         "zoe..miller@example.com",
		"a dot first":           ".zoe@example.com",
		"a dot last":            "zoe.@example.com",
		"umlaut before the at":  "zoë@example.com",
		"an address literal":    "zoe@[192.0.2.1]",
		"an address":            "zoe@192.0.2.1",
		"a host without a dot":  "zoe@localhost",
		"an empty label":        "zoe@example..com",
		"a root":                "zoe@example.com.",
		"a dash first":          "zoe@-example.com",
		"an underscore":         "zoe@exa_mple.com",
		"a percent":             "zoe@exam%70le.com",
		"a broken punycode":     "zoe@xn--0.example",
		"a joiner":              "zoe@exam\u200dple.com",
		"mixed directions":      "zoe@aא1.example",
		"a long local part":     strings.Repeat("a", 65) + "@example.com",
		"a long label":          "zoe@" + strings.Repeat("a", 64) + ".com",
		"255 signs":             "ab@" + strings.Repeat(strings.Repeat("a", 61)+".", 3) + strings.Repeat("a", 60) + ".co.uk",
		"ten kilobytes":         "zoe@" + strings.Repeat("example.", 1250) + "com",
	} {
		if got, err := mail.ParseAddress(typed); !errors.Is(err, mail.ErrAddress) || got != "" {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
	}
}

func FuzzParseAddress(f *testing.F) {
	f.Add("zoe@example.com")
	f.Add("zoe@bücher.example")
	f.Add("0@0\xbc.A")
	f.Add("\"a@b\"@example.com\r\nX: y")
	f.Fuzz(func(t *testing.T, typed string) {
		got, err := mail.ParseAddress(typed)
		if err != nil {
			return
		}
		read, err := netmail.ParseAddress(got)
		if err != nil || read.Address != got || read.Name != "" {
			t.Fatalf("%q became %q, which others read as %v (%v)", typed, got, read, err)
		}
		if again, err := mail.ParseAddress(got); again != got || err != nil {
			t.Fatalf("%q became %q and then %q", typed, got, again)
		}
		if strings.Count(got, "@") != 1 || strings.ContainsFunc(got, func(r rune) bool { return r <= ' ' || r > '~' }) {
			t.Fatalf("%q became %q", typed, got)
		}
	})
}
