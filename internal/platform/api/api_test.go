package api_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"nameplate/internal/app/apptest"
)

func TestABodyIsOneJSONObjectSpelledOnce(t *testing.T) {
	s := apptest.OnSQLite(t)
	me := s.Join("ada@example.com")
	before := s.Rows()
	for name, body := range map[string]string{
		"empty": "", "spaces": "   ", "not JSON": "{", "words": "hello", "trailing data": `{"bio":"x"} {"bio":"y"}`, "trailing comma": `{"bio":"x",}`, "trailing bracket": `{"bio":"x"}]`,
		"duplicate key": `{"bio":"x","bio":"y"}`, "duplicate by escape": `{"bio":"x","b\u0069o":"y"}`, "duplicate in an object": `{"visibility":{"bio":"team","bio":"public"}}`,
		"NaN": `{"bio":NaN}`, "Infinity": `{"bio":-Infinity}`, "single quotes": `{'bio':'x'}`, "comment": `{"bio":"x"/**/}`, "hexadecimal": `{"bio":0x1}`,
		"not UTF-8": "{\"bio\":\"\xff\xfe\"}", "UTF-16": "\xff\xfe{\x00}\x00", "byte order mark": "\ufeff{}", "control in a string": "{\"bio\":\"a\nb\"}", "NUL behind": "{}\x00",
		"deep objects": strings.Repeat(`{"bio":`, 5000) + "1" + strings.Repeat("}", 5000), "deep lists": `{"bio":` + strings.Repeat("[", 10000) + strings.Repeat("]", 10000) + "}",
		"33 levels": `{"bio":` + strings.Repeat("[", 33) + strings.Repeat("]", 33) + "}",
	} {
		if a := me.JSON(http.MethodPatch, "/v1/me", body); a.Status != 400 || a.Problem().Code != "malformed_request" {
			t.Errorf("%s: %d %s", name, a.Status, a.Body)
		}
	}
	for name, body := range map[string]string{"null": "null", "list": "[]", "text": `"x"`, "number": "1", "true": "true"} {
		if a := me.JSON(http.MethodPatch, "/v1/me", body); a.Status != 422 && a.Status != 400 {
			t.Errorf("%s: %d %s", name, a.Status, a.Body)
		}
	}
	for _, c := range map[string][2]string{
		"unknown": {`{"nothing":1}`, "nothing"}, "another case": {`{"BIO":"x"}`, "BIO"}, "another case beside": {`{"bio":"x","Bio":"y"}`, "Bio"}, "null is not text in a list": {`{"bio":[null]}`, "bio"},
	} {
		me.JSON(http.MethodPatch, "/v1/me", c[0]).Refused(422, "validation_failed", c[1])
	}
	if changed := apptest.Changed(before, s.Rows(), apptest.BySealer...); len(changed) > 0 {
		t.Error(changed)
	}
	for _, body := range []string{`{}`, " {\n} ", `{"bio":null}`, `{"bio":"\ud83d\ude00"}`, `{"\u0062io":"x"}`} {
		me.JSON(http.MethodPatch, "/v1/me", body).Want(200)
	}
}

func TestWhatARequestMissesIsToldFieldByField(t *testing.T) {
	s := apptest.OnSQLite(t)
	b := s.Browser()
	b.JSON(http.MethodPost, "/v1/session", `{}`).Refused(422, "validation_failed", "email", "password")
	b.JSON(http.MethodPost, "/v1/session", `{"email":1,"password":["x"]}`).Refused(422, "validation_failed", "email", "password")
	b.JSON(http.MethodPost, "/v1/signup", `{"email":"a@example.com"}`).Refused(422, "validation_failed", "password")
	a := b.JSON(http.MethodPost, "/v1/session", `{"email":"secret-canary@example.com","password":7,"secret-canary-key":"secret-canary"}`).Want(422)
	if strings.Contains(strings.ReplaceAll(string(a.Body), "secret-canary-key", ""), "secret-canary") {
		t.Errorf("a value is repeated: %s", a.Body)
	}
}

func TestABodyMustSayThatItIsJSON(t *testing.T) {
	s := apptest.OnSQLite(t)
	me := s.Join("ada@example.com")
	for kind, want := range map[string]int{
		"application/json": 200, "application/json; charset=utf-8": 200, "APPLICATION/JSON": 200, "application/merge-patch+json": 200,
		"": 415, "text/plain": 415, "application/x-www-form-urlencoded": 415, "multipart/form-data": 415, "application/xml": 415, "application/json-patch+json": 415, "json": 415, "application/json, text/plain": 415, "*/*": 415,
	} {
		if a := me.Do(http.MethodPatch, "/v1/me", kind, strings.NewReader(`{}`)); a.Status != want {
			t.Errorf("%q: %d", kind, a.Status)
		}
	}
}

func TestBodiesAreBoundedWithAndWithoutALength(t *testing.T) {
	s := apptest.OnSQLite(t)
	me := s.Join("ada@example.com")
	for _, n := range []int{64<<10 - 1, 64 << 10, 64<<10 + 1, 64<<10 + 2, 1 << 20, 16 << 20} {
		for _, chunked := range []bool{false, true} {
			body := `{"bio":"x"` + strings.Repeat(" ", n-11) + "}"
			r := me.Request(http.MethodPatch, "/v1/me", "application/json", io.MultiReader(strings.NewReader(body)))
			if !chunked {
				r.ContentLength = int64(len(body))
			}
			want := 200
			if n > 64<<10 {
				want = 413
			}
			if a := me.Send(r); a.Status != want {
				t.Errorf("%d bytes, chunked %v: %d %s", n, chunked, a.Status, a.Body)
			}
		}
	}
	for _, path := range []string{"/v1/me", "/v1/cards/x", "/sign-in"} {
		me.Do(http.MethodGet, path, "application/json", strings.NewReader(`{}`)).Want(413)
	}
}

func TestABodyThatBreaksOffIsMalformed(t *testing.T) {
	s := apptest.OnSQLite(t)
	me := s.Join("ada@example.com")
	me.From, me.Host = "127.0.0.1:9", s.Config.Base.Host
	r := me.Request(http.MethodPatch, "/v1/me", "application/json", io.MultiReader(strings.NewReader(`{"bio":`), broken{}))
	me.Send(r).Refused(400, "malformed_request")
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, fmt.Errorf("connection reset") }

func TestProblemsSpeakTheCallersLanguageAndKeepTheirCode(t *testing.T) {
	s := apptest.OnSQLite(t)
	titles := map[string]bool{}
	for _, lang := range []string{"en", "de", "de-AT,de;q=0.9,en;q=0.1", "xx", strings.Repeat("a-", 5000), "*"} {
		b := s.Browser()
		b.Header.Set("Accept-Language", lang)
		titles[b.Get("/v1/me").Refused(401, "unauthenticated").Problem().Title] = true
	}
	if len(titles) != 2 {
		t.Errorf("%v", titles)
	}
}
