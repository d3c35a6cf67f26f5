package main

import (
	"encoding/json"
	"maps"
	"net/http"
	"os"
	"strconv"
)

// readHeaders reads those of Nameplate's answers, so that as many bytes go out
// here.
func readHeaders(file string) (all map[string]http.Header, err error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return all, json.Unmarshal(text, &all)
}

func answer(w http.ResponseWriter, header http.Header, body []byte) {
	h := w.Header()
	maps.Copy(h, header)
	h["Content-Length"] = []string{strconv.Itoa(len(body))}
	w.Write(body) //nolint:errcheck // the client has gone
}
