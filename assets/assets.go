// Package assets holds what the browser gets beside the pages: the sheet, the
// scripts and the drawings that tools/assets makes in dist.
//
// Every file has an address that carries a hash of its content, so that it is
// kept for good and a new version is a new address. There is nothing to set.
package assets

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
)

//go:embed dist
var dist embed.FS

// kinds are the types of the files we serve, by the end of their names.
var kinds = map[string]string{
	".css": "text/css; charset=utf-8",
	".js":  "text/javascript; charset=utf-8",
	".svg": "image/svg+xml",
}

// file is one file of dist, ready to be sent.
type file struct {
	content []byte
	packed  func() []byte // the same in gzip, made when it is first asked for
	kind    string
	url     string
}

var files = load()

// load reads every file of dist once. What is embedded can be read, so a
// failure is a broken build and ends the program.
func load() map[string]*file {
	entries, err := fs.ReadDir(dist, "dist")
	if err != nil {
		panic(err)
	}
	all := make(map[string]*file, len(entries))
	for _, entry := range entries {
		content, err := fs.ReadFile(dist, path.Join("dist", entry.Name()))
		if err != nil {
			panic(err)
		}
		all[entry.Name()] = prepare(entry.Name(), content)
	}
	return all
}

func prepare(name string, content []byte) *file {
	sum := sha256.Sum256(content)
	return &file{
		content: content,
		packed:  sync.OnceValue(func() []byte { return pack(content) }),
		kind:    kinds[path.Ext(name)],
		url:     "/assets/" + hex.EncodeToString(sum[:8]) + "/" + name,
	}
}

func pack(content []byte) []byte {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		panic(err)
	}
	if _, err := w.Write(content); err != nil {
		panic(err)
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return out.Bytes()
}

// URL returns the address of the named file, such as
// "/assets/3f9a…/app.css". A name that dist does not have is a mistake in the
// program and panics.
func URL(name string) string {
	f, ok := files[name]
	if !ok {
		panic("assets: no file " + name)
	}
	return f.url
}

// File returns the content of the named file, for callers that serve it under
// an address of their own.
func File(name string) (content []byte, ok bool) {
	f, ok := files[name]
	if !ok {
		return nil, false
	}
	return f.content, true
}

// Handler serves GET and HEAD of /assets/{hash}/{file}. An address whose hash
// is not that of the present content is 404.
func Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f, ok := files[path.Base(r.URL.Path)]
		if !ok || r.URL.Path != f.url {
			http.NotFound(w, r)
			return
		}
		f.send(w, r)
	})
}

func (f *file) send(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Vary", "Accept-Encoding")
	h.Set("X-Content-Type-Options", "nosniff")
	body := f.content
	if takesGzip(r) {
		h.Set("Content-Encoding", "gzip")
		body = f.packed()
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // the client has gone; there is nobody to tell
	}
}

// takesGzip reads Accept-Encoding (RFC 9110, section 12.5.3) as far as gzip
// goes: named, and not with a weight of zero.
func takesGzip(r *http.Request) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, weight, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.EqualFold(strings.TrimSpace(name), "gzip") {
			q := strings.TrimPrefix(strings.TrimSpace(weight), "q=")
			value, err := strconv.ParseFloat(q, 64)
			return err != nil || value > 0
		}
	}
	return false
}
