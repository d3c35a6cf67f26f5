package main

import (
	"crypto/sha256"
	"database/sql"
	"net/http"
	"net/url"
	"path/filepath"

	_ "modernc.org/sqlite"
)

const readers = 8

// pragmas are those of Nameplate.
var pragmas = []string{
	"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(FULL)", "secure_delete(1)",
	"foreign_keys(1)", "trusted_schema(0)", "wal_autocheckpoint(0)", "temp_store(MEMORY)",
}

func pool(file string) (*sql.DB, error) {
	path := (&url.URL{Path: filepath.ToSlash(file)}).EscapedPath()
	return sql.Open("sqlite", "file:"+path+"?"+url.Values{"_pragma": pragmas}.Encode())
}

// reader finds who asks with one SELECT.
type reader struct{ find *sql.Stmt }

func openReader(file string) (*reader, error) {
	db, err := pool(file)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(readers)
	db.SetMaxIdleConns(readers)
	find, err := db.Prepare(`
		SELECT u.id, u.first_name, u.last_name, u.full_name, u.display_name, u.bio, u.phone, u.pronouns, u.locale,
			u.time_zone, u.visibility, u.picture, u.version, u.updated_at
		FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.token_hash = $1`)
	return &reader{find}, err
}

// user returns the id of the user with the cookie of the request.
func (d *reader) user(r *http.Request) (id string, err error) {
	c, err := r.Cookie("np")
	if err != nil {
		return "", err
	}
	hash := sha256.Sum256([]byte(c.Value))
	var text [11]string
	var version, updated int64
	dest := []any{&id}
	for i := range text {
		dest = append(dest, &text[i])
	}
	return id, d.find.QueryRow(hash[:]).Scan(append(dest, &version, &updated)...)
}
