// Leakedgen makes the filter of leaked passwords from the npm package
// @zxcvbn-ts/language-common:
//
//	npm pack @zxcvbn-ts/language-common@4.1.3
//	go run ./leakedgen zxcvbn-ts-language-common-4.1.3.tgz leaked.bin
package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/FastFilter/xorfilter"

	"nameplate/internal/access/password/rules/leakedkey"
)

const list = "package/src/passwords.json"

func main() {
	if len(os.Args) != 3 {
		fail(errors.New("usage: leakedgen <package.tgz> <filter>"))
	}
	if err := generate(os.Args[1], os.Args[2]); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "leakedgen:", err)
	os.Exit(1)
}

func generate(from, to string) error {
	passwords, err := read(from)
	if err != nil {
		return err
	}
	filter, err := build(passwords)
	if err != nil {
		return err
	}
	if err := os.WriteFile(to, filter, 0o644); err != nil {
		return err
	}
	fmt.Printf("%d passwords, %d bytes\n", len(passwords), len(filter))
	return nil
}

// read returns the passwords in the package, which is a gzipped tar.
func read(name string) ([]string, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		return nil, err
	}
	for archive := tar.NewReader(unzipped); ; {
		head, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("no %s in %s", list, name)
		} else if err != nil {
			return nil, err
		}
		if head.Name == list {
			var passwords []string
			err := json.NewDecoder(archive).Decode(&passwords)
			return passwords, err
		}
	}
}

func build(passwords []string) ([]byte, error) {
	keys := make([]uint64, len(passwords))
	for i, p := range passwords {
		keys[i] = leakedkey.Of(p)
	}
	filter, err := xorfilter.NewBinaryFuse[uint16](keys)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = filter.Save(&out)
	return out.Bytes(), err
}
