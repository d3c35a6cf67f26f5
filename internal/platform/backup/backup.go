package backup

import (
	"errors"
	"hash"
	"strings"
	"time"
)

// Errors of backups that can't be used.
var (
	// ErrNot says that the file is something else.
	ErrNot = errors.New("this is not a backup of Nameplate")
	// ErrBroken says that a part is missing or was changed.
	ErrBroken = errors.New("the backup is not whole")
	// ErrForm says that a later program has written it.
	ErrForm = errors.New("the backup was written by a newer version of Nameplate: restore it with that version")
)

// form is the version of what this package writes.
const form = 1

// Places in the file.
const (
	aboutEntry = "nameplate.json"
	keyEntry   = "key"
	tables     = "tables/"
	objects    = "blobs/"
	endEntry   = "end.json"
)

// About is what a backup is one of.
type About struct {
	Form    int       `json:"form"`
	Version string    `json:"version"` // of the program
	Schema  int64     `json:"schema"`
	At      time.Time `json:"at"`  // the moment that it shows
	Key     string    `json:"key"` // fingerprint of the key that seals its secrets
	Tables  []string  `json:"tables"`
}

// Contents are what is in a backup.
type Contents struct {
	About
	Rows  map[string]int64 `json:"rows"` // by table
	Blobs int64            `json:"blobs"`
}

// All is the number of rows.
func (c Contents) All() (n int64) {
	for _, rows := range c.Rows {
		n += rows
	}
	return n
}

// end closes a backup.
type end struct {
	Rows   map[string]int64 `json:"rows"`
	Blobs  int64            `json:"blobs"`
	SHA256 string           `json:"sha256"` // of every name and all bytes before, each with its length
}

// note takes a part into the hash.
func note(sum hash.Hash, part []byte) {
	var length [8]byte
	for i := range length {
		length[i] = byte(len(part) >> (8 * i))
	}
	sum.Write(length[:])
	sum.Write(part)
}

// tableOf is the table that an entry belongs to.
func tableOf(name string) (table string, ok bool) {
	rest, ok := strings.CutPrefix(name, tables)
	table, _, cut := strings.Cut(rest, "/")
	return table, ok && cut
}
