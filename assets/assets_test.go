package assets_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"nameplate/assets"
)

func get(t *testing.T, method, url, encodings string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(method, url, nil)
	if encodings != "" {
		r.Header.Set("Accept-Encoding", encodings)
	}
	w := httptest.NewRecorder()
	assets.Handler().ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, r *http.Response) []byte {
	t.Helper()
	all, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestEveryFileHasAnAddressWithItsHashAndIsKeptForGood(t *testing.T) {
	address := regexp.MustCompile(`^/assets/[0-9a-f]{16}/[a-z]+\.(css|js|svg)$`)
	kinds := map[string]string{
		"app.css":     "text/css; charset=utf-8",
		"app.js":      "text/javascript; charset=utf-8",
		"card.js":     "text/javascript; charset=utf-8",
		"embed.js":    "text/javascript; charset=utf-8",
		"icons.svg":   "image/svg+xml",
		"favicon.svg": "image/svg+xml",
	}
	for name, kind := range kinds {
		url := assets.URL(name)
		if !address.MatchString(url) {
			t.Errorf("the address of %s is %s", name, url)
		}
		answer := get(t, http.MethodGet, url, "")
		if answer.StatusCode != http.StatusOK || answer.Header.Get("Content-Type") != kind {
			t.Errorf("%s: %d, %q", name, answer.StatusCode, answer.Header.Get("Content-Type"))
		}
		if got := answer.Header.Get("Cache-Control"); got != "public, max-age=31536000, immutable" {
			t.Errorf("%s is kept %q", name, got)
		}
		want, ok := assets.File(name)
		if !ok || !bytes.Equal(body(t, answer), want) {
			t.Errorf("%s is not what its file holds", name)
		}
	}
}

func TestGzipIsSentToWhoTakesIt(t *testing.T) {
	want, _ := assets.File("app.css")
	for encodings, packed := range map[string]bool{
		"gzip":                true,
		"br, gzip;q=0.5, *":   true,
		"GZIP":                true,
		"":                    false,
		"br":                  false,
		"gzip;q=0, identity":  false,
		"gzip; q=0.0, br;q=1": false,
		"x-gzip-like":         false,
	} {
		answer := get(t, http.MethodGet, assets.URL("app.css"), encodings)
		got := body(t, answer)
		if answer.Header.Get("Vary") != "Accept-Encoding" {
			t.Errorf("%q: the answer doesn't say what it depends on", encodings)
		}
		if (answer.Header.Get("Content-Encoding") == "gzip") != packed {
			t.Errorf("%q: encoding %q", encodings, answer.Header.Get("Content-Encoding"))
			continue
		}
		if packed {
			got = unpack(t, got)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%q: the content is not that of the file", encodings)
		}
	}
}

func unpack(t *testing.T, packed []byte) []byte {
	t.Helper()
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	all, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestAnAddressWithAnotherHashIsNotFound(t *testing.T) {
	right := assets.URL("app.css")
	for _, url := range []string{
		"/assets/0000000000000000/app.css",
		strings.Replace(right, "app.css", "app.js", 1),
		strings.Replace(right, "app.css", "none.css", 1),
		right + "/",
		"/assets/app.css",
		"/x" + right,
	} {
		if answer := get(t, http.MethodGet, url, ""); answer.StatusCode != http.StatusNotFound {
			t.Errorf("%s is %d", url, answer.StatusCode)
		}
	}
}

func TestHeadAnswersWithoutABody(t *testing.T) {
	answer := get(t, http.MethodHead, assets.URL("app.js"), "")
	if answer.StatusCode != http.StatusOK || answer.Header.Get("Content-Length") == "" || len(body(t, answer)) != 0 {
		t.Errorf("HEAD is %d with %v", answer.StatusCode, answer.Header)
	}
}

func TestAFileThatDoesNotExistIsAMistakeInTheProgram(t *testing.T) {
	if _, ok := assets.File("none.js"); ok {
		t.Error("there is a file none.js")
	}
	defer func() {
		if recover() == nil {
			t.Error("URL made up an address")
		}
	}()
	assets.URL("none.js")
}
