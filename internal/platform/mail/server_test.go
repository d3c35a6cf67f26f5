package mail_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"nameplate/internal/platform/mail"
)

func TestTheAddressOfAMailServerSaysHowToSpeakToIt(t *testing.T) {
	for address, want := range map[string]mail.Server{
		"smtp://127.0.0.1:25":                     {Host: "127.0.0.1", Port: 25, Encryption: mail.Offered},
		"smtp://localhost":                        {Host: "localhost", Port: 587, Encryption: mail.Offered},
		"smtp://[::1]:2525/":                      {Host: "::1", Port: 2525, Encryption: mail.Offered},
		"smtp://mx.example.com:25":                {Host: "mx.example.com", Port: 25, Encryption: mail.Demanded},
		"smtp://10.0.0.5:25":                      {Host: "10.0.0.5", Port: 25, Encryption: mail.Demanded},
		"smtp://u:p@127.0.0.1:25":                 {Host: "127.0.0.1", Port: 25, User: "u", Password: "p", Encryption: mail.Demanded},
		"smtp://127.0.0.1:25?tls=always":          {Host: "127.0.0.1", Port: 25, Encryption: mail.Demanded},
		"smtp://mx.example.com:25?tls=never":      {Host: "mx.example.com", Port: 25, Encryption: mail.Never},
		"smtp://u:p@mx.example.com?tls=never":     {Host: "mx.example.com", Port: 587, User: "u", Password: "p", Encryption: mail.Never},
		"smtps://mx.example.com":                  {Host: "mx.example.com", Port: 465, Encryption: mail.Implicit},
		"smtps://u:p@mx.example.com?tls=always":   {Host: "mx.example.com", Port: 465, User: "u", Password: "p", Encryption: mail.Implicit},
		"smtp://z%40example.com:p%2F%3A@mx.a.com": {Host: "mx.a.com", Port: 587, User: "z@example.com", Password: "p/:", Encryption: mail.Demanded},
	} {
		got, err := mail.ParseServer(address)
		if err != nil {
			t.Errorf("%s: %v", address, err)
		} else if diff := cmp.Diff(&want, got, cmpopts.IgnoreUnexported(mail.Server{})); diff != "" {
			t.Errorf("%s: %s", address, diff)
		}
	}
}

func TestAWrongAddressOfAMailServerIsNamedWithoutItsPassword(t *testing.T) {
	for address, want := range map[string]string{
		"":                                          "has not the form smtp://user:password@host:port",
		"smtp://":                                   "has not the form smtp://user:password@host:port",
		"smtp://mx.example.com/inbox":               "has not the form smtp://user:password@host:port",
		"http://u:canary@mx.example.com":            "begins with neither smtp:// nor smtps://",
		"smtp://u:can/ary@mx.example.com":           "can't be read as an address; signs other than letters and digits in user and password are written as %XX",
		"smtp://u:canary@mx.example.com:99999":      "has a port that is not between 1 and 65535",
		"smtp://u@mx.example.com":                   "names a user and a password, or neither",
		"smtp://u:canary@mx.example.com?tls=no":     "has a tls that is neither never nor always",
		"smtp://u:canary@mx.example.com?tls=":       "has a tls that is neither never nor always",
		"smtp://u:canary@mx.example.com?ssl=on":     "has a query with more than tls=never or tls=always in it",
		"smtps://u:canary@mx.example.com?tls=never": "says smtps and tls=never",
	} {
		_, err := mail.ParseServer(address)
		if err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", address, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "canary") {
			t.Errorf("it shows the password: %v", err)
		}
	}
}

func TestASenderIsReadOrRefused(t *testing.T) {
	for given, want := range map[string]string{
		"Nameplate <post@example.com>": `"Nameplate" <post@example.com>`,
		"post@example.com":             "<post@example.com>",
		"Zoë Müller <z@example.com>":   "=?utf-8?q?Zo=C3=AB_M=C3=BCller?= <z@example.com>",
		"Nameplate":                    "",
		"":                             "",
		"a@example.com, b@example.com": "",
		"A <a@example.com>\r\nBcc: b@example.com": "",
	} {
		got, err := mail.ParseFrom(given)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: got %q, %v; want %q", given, got, err, want)
		}
	}
}
