package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

const sources = "../../assets"

func TestDistIsWhatTheSourcesBundleTo(t *testing.T) {
	files, err := bundle(sources)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join(sources, "dist", name))
		if err != nil {
			t.Errorf("%s is missing; run: cd tools && go run ./assets", name)
			continue
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is older than its sources; run: cd tools && go run ./assets", name)
		}
	}
}

func TestDistHoldsNothingElse(t *testing.T) {
	files, err := bundle(sources)
	if err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(filepath.Join(sources, "dist"))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if _, ok := files[e.Name()]; !ok {
			t.Errorf("nothing makes %s", e.Name())
		}
	}
}

func TestNoScriptPutsDataIntoMarkup(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join(sources, "ts", "*.ts"))
	if err != nil {
		t.Fatal(err)
	}
	banned := []string{"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", `setAttribute("style"`}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, word := range banned {
			if bytes.Contains(text, []byte(word)) {
				t.Errorf("%s uses %s", filepath.Base(path), word)
			}
		}
	}
}
