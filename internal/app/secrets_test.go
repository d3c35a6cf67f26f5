package app_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"nameplate/internal/app/apptest"
)

// TestNoSecretReachesTheLog sends secrets through every flow, right and wrong,
// while everything is logged, and looks for them in the log, in the journal
// and in what people are shown.
func TestNoSecretReachesTheLog(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		secrets := map[string]string{"password": apptest.Password, "wrong password": "Wicked-Wrong9-Raincoat", "new password": "Walnut-Newer3-Raincoat"}
		people := map[string]string{"address": "canary-person@example.com", "bio": "canary-bio-text", "phone": "+4915199988877"}
		b := s.Browser()
		s.Join("first@example.com")
		signUp := func(b *apptest.Browser) {
			b.JSON(http.MethodPost, "/v1/signup", map[string]string{"email": people["address"], "password": secrets["password"]}).Want(201)
			letter := s.Letter(people["address"])
			secrets["link"+letter.Subject+apptest.CodeIn(letter)] = apptest.TokenIn(letter)
			secrets["code "+apptest.CodeIn(letter)] = `"` + apptest.CodeIn(letter) + `"`
		}
		signUp(s.Browser())
		token := apptest.TokenIn(s.Letter(people["address"]))
		b.Get("/verify?token=" + token)
		b.Get("/v1/signup/verify?token=" + token)
		b.Get("/set-up?token=" + token)
		b.Get("/dev/mailbox?key=" + token)
		b.Get("/nothing/at/all?password=" + url.QueryEscape(secrets["password"]))
		b.JSON(http.MethodPost, "/v1/signup/verify", map[string]string{"token": token})
		b.JSON(http.MethodPost, "/v1/signup/verify", map[string]string{"token": token, "password": secrets["new password"]}).Want(200)
		secrets["session"] = b.Session()
		b.JSON(http.MethodPost, "/v1/session", map[string]string{"email": people["address"], "password": secrets["wrong password"]})
		b.JSON(http.MethodPost, "/v1/session", `{"email":"`+people["address"]+`","password":"`+secrets["wrong password"]+`"`)
		b.JSON(http.MethodPost, "/v1/session", map[string]any{"email": 1, "password": secrets["wrong password"]})
		b.Form("/sign-in", "email", people["address"], "password", secrets["wrong password"])
		b.JSON(http.MethodPatch, "/v1/me", map[string]string{"bio": people["bio"], "phone": people["phone"]}).Want(200)
		b.JSON(http.MethodPatch, "/v1/me", map[string]string{"bio": strings.Repeat(people["bio"], 99), "phone": people["bio"]}).Want(422)
		b.Do(http.MethodPost, "/v1/session", "text/plain", strings.NewReader(secrets["wrong password"]))
		b.Do(http.MethodPost, "/sign-in", "multipart/form-data; boundary=x", strings.NewReader(secrets["wrong password"]))
		odd := b.Copy()
		odd.Header.Set("User-Agent", "agent\tcanary-agent")
		odd.Header.Set("Referer", "http://localhost/verify?token="+token)
		odd.Get("/v1/me").Want(200)
		people["new address"], people["further address"] = "canary-mover@example.net", "canary-further@example.net"
		b.JSON(http.MethodPost, "/v1/me/email-change", map[string]string{"new_email": people["new address"]}).Want(202)
		b.JSON(http.MethodPost, "/v1/me/emails", map[string]string{"email": people["further address"]}).Want(201)
		for _, to := range []string{people["address"], people["new address"], people["further address"]} {
			letter := s.Letter(to)
			secrets["code to "+to] = `"` + apptest.CodeIn(letter) + `"`
			secrets["link to "+to] = apptest.TokenIn(letter)
		}
		delete(secrets, "link to "+people["further address"]) // leads to a page that anybody may know
		b.Get("/email-change/cancel?token=" + secrets["link to "+people["address"]]).Want(200)
		b.JSON(http.MethodPost, "/v1/me/email-change/confirm", map[string]string{
			"new_code": apptest.CodeIn(s.Letter(people["new address"])), "current_code": apptest.CodeIn(s.Letter(people["address"])),
		}).Want(200)
		secrets["session after the change"] = b.Session()
		b.Form("/sign-in", "email", people["new address"], "password", secrets["new password"]).Want(303)
		secrets["second session"] = b.Session()
		secrets["known browser"] = b.Cookies["np-device"]
		b.Form("/sign-out").Want(303)

		rows := s.Rows()
		journal := strings.Join(append(rows["journal"], rows["journal_inbox"]...), "\n")
		for what, text := range secrets {
			for where, haystack := range map[string]string{"log": s.Log.String(), "journal": journal} {
				if found(haystack, text) {
					t.Errorf("the %s is in the %s", what, where)
				}
			}
		}
		for what, text := range people {
			for where, haystack := range map[string]string{"log": s.Log.String(), "journal": journal} {
				if found(haystack, text) {
					t.Errorf("the %s is in the %s", what, where)
				}
			}
		}
		if !strings.Contains(s.Log.String(), `"path":"/verify"`) {
			t.Error("the log has seen nothing")
		}
	})
}

// found looks for a text as it stands and in the forms that programs give it.
func found(haystack, text string) bool {
	for _, form := range []string{text, url.QueryEscape(text), hex.EncodeToString([]byte(text)), base64.StdEncoding.EncodeToString([]byte(text)), base64.RawURLEncoding.EncodeToString([]byte(text))} {
		if bytes.Contains([]byte(haystack), []byte(form)) {
			return true
		}
	}
	return false
}

func TestLinesOfTheLogCannotBeForged(t *testing.T) {
	s := apptest.OnSQLite(t)
	b := s.Browser()
	b.Get("/a%0a%7B%22level%22:%22ERROR%22%7D")
	b.Get("/%1b%5b31m")
	for line := range strings.Lines(s.Log.String()) {
		if !strings.HasPrefix(line, `{"time":`) {
			t.Errorf("a line of somebody else's: %q", line)
		}
	}
}

func TestLettersHoldNoTextOfStrangers(t *testing.T) {
	s := apptest.OnSQLite(t)
	s.Join("first@example.com")
	b := s.Browser()
	for _, text := range []string{"<script>alert(1)</script>", "https://evil.example/win", "{{.}} %s ${7*7}", "Click here: evil.example"} {
		b.Header.Set("User-Agent", text)
		b.JSON(http.MethodPost, "/v1/signup", map[string]string{"email": "ada@example.com", "password": apptest.Password, "display_name": text, "organization": text}).Want(201)
		letter := s.Letter("ada@example.com")
		if all := letter.Subject + letter.Text + letter.HTML; strings.Contains(all, text) || strings.Contains(all, "evil") || strings.Contains(all, "<script") {
			t.Errorf("a stranger writes mail: %s", all)
		}
	}
	for _, text := range []string{"a\r\nBcc: eve@example.com", "a\nb", "a\x00b"} {
		b.JSON(http.MethodPost, "/v1/signup", map[string]string{"email": "bob@example.com", "password": apptest.Password, "display_name": text}).Refused(422, "validation_failed", "display_name")
		b.JSON(http.MethodPost, "/v1/signup", map[string]string{"email": "bob@example.com", "password": apptest.Password, "organization": text}).Refused(422, "validation_failed", "organization")
	}
	if n := len(s.Letters("bob@example.com")) + len(s.Letters("eve@example.com")); n != 0 {
		t.Errorf("%d letters were sent", n)
	}
}
