// Command floor is what Nameplate is measured against: the least that a server
// in Go can do to give the same answers.
//
// It is net/http with nothing around it, the same SQLite driver with the same
// pragmas on the same schema, the same bytes out and the same rows in. It
// knows no rules, checks nothing, and trusts whoever asks. It reads its answers
// from the files of its data folder, where the benchmark has put those of
// Nameplate.
package main

import (
	"flag"
	"log"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:0", "address to listen on")
	data := flag.String("data", "", "folder with the answers and the database")
	flag.Parse()
	l, err := net.Listen("tcp", *addr)
	check(err)
	s, err := open(*data)
	check(err)
	check(http.Serve(l, s.routes()))
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// server holds the answers.
type server struct {
	card, me, page []byte
	etag           string
	headers        map[string]http.Header // of each answer, by its name
	picture        string                 // path: the file is read at each request
	reader         *reader
	writer         *writer
	streams        streams
}

func open(folder string) (s *server, err error) {
	s = &server{picture: filepath.Join(folder, "picture")}
	var etag []byte
	for name, to := range map[string]*[]byte{"card": &s.card, "me": &s.me, "page": &s.page, "etag": &etag} {
		if *to, err = os.ReadFile(filepath.Join(folder, name)); err != nil {
			return nil, err
		}
	}
	s.etag = string(etag)
	if s.headers, err = readHeaders(filepath.Join(folder, "headers")); err != nil {
		return nil, err
	}
	file := filepath.Join(folder, "nameplate.db")
	if s.reader, err = openReader(file); err != nil {
		return nil, err
	}
	s.writer, err = openWriter(file)
	return s, err
}

func (s *server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/cards/{user}", s.getCard)
	mux.HandleFunc("GET /v1/cards/{user}/live", s.live)
	mux.HandleFunc("GET /avatars/{name}/{file}", s.getPicture)
	mux.HandleFunc("GET /v1/me", s.signedIn(s.me, s.headers["me"]))
	mux.HandleFunc("GET /settings/profile", s.signedIn(s.page, s.headers["page"]))
	mux.HandleFunc("PATCH /v1/me", s.save)
	return mux
}

func (s *server) getCard(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("If-None-Match") == s.etag {
		maps.Copy(w.Header(), s.headers["304"])
		w.WriteHeader(http.StatusNotModified)
		return
	}
	answer(w, s.headers["card"], s.card)
}

func (s *server) getPicture(w http.ResponseWriter, _ *http.Request) {
	data, err := os.ReadFile(s.picture)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	answer(w, s.headers["picture"], data)
}

// signedIn answers with body once one SELECT has found the session and its
// user.
func (s *server) signedIn(body []byte, header http.Header) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if _, err := s.reader.user(r); err != nil {
			http.Error(w, err.Error(), http.StatusUnauthorized)
			return
		}
		answer(w, header, body)
	}
}
