package journal

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"time"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/secret"
)

// ToLog names the server's own log as the place for checkpoints.
const ToLog = "log:"

// Sink takes a checkpoint as a line of JSON without its end.
type Sink func(line []byte) error

// OpenSink returns the sink of that name: [ToLog] or the path of a file, which
// is only ever appended to.
func OpenSink(name string, log *slog.Logger) (Sink, error) {
	if name == ToLog {
		return func(line []byte) error {
			log.Info("checkpoint of the journal", "checkpoint", string(line))
			return nil
		}, nil
	}
	f, err := openSink(name)
	if err != nil {
		return nil, fmt.Errorf("open the place for checkpoints: %w", err)
	}
	return func(line []byte) error { return appendLine(name, line) }, f.Close()
}

func openSink(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
}

// appendLine opens the file anew each time, so that it can be moved away.
func appendLine(path string, line []byte) error {
	f, err := openSink(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := f.Write(append(bytes.Clone(line), '\n')); err != nil {
		return err
	}
	return f.Sync()
}

// signed is a checkpoint as it is sent.
type signed struct {
	Position  int64     `json:"position"`
	At        time.Time `json:"at"`
	Digest    string    `json:"digest"`    // hexadecimal
	Key       string    `json:"key"`       // base64
	Signature string    `json:"signature"` // base64
}

func (c Checkpoint) line(key ed25519.PublicKey) []byte {
	text, err := json.Marshal(signed{
		c.Position, c.At, hex.EncodeToString(c.Digest), base64.StdEncoding.EncodeToString(key), base64.StdEncoding.EncodeToString(c.Signature),
	})
	if err != nil {
		panic(err) // numbers and strings always have a form in JSON
	}
	return text
}

// Audited is what a file of checkpoints says about a journal.
type Audited struct {
	Report
	Checkpoints int64 // lines in the file
	BadLine     int64 // the first that is not ours or does not agree with the journal; 0 if none
}

// VerifyWith is [VerifyAll] and holds the journal against the checkpoints in a
// file. Those that say something else, or that this instance has not signed,
// make the journal count as not valid. A file that is not there has none.
func VerifyWith(ctx context.Context, q db.Q, keys *secret.Keys, path string) (Audited, error) {
	var a Audited
	lines, err := a.read(ctx, q, keys, path)
	if err != nil {
		return a, err
	}
	agreed := map[int64]bool{}
	a.Report, err = verifyAll(ctx, q, func(position int64, digest []byte) {
		if c, known := lines[position]; known {
			agreed[position] = bytes.Equal(c.digest, digest)
		}
	})
	for position, c := range lines {
		if !agreed[position] {
			a.blame(c.line)
		}
	}
	a.Valid = a.Valid && a.BadLine == 0
	return a, err
}

func (a *Audited) blame(line int64) {
	if a.BadLine == 0 || line < a.BadLine {
		a.BadLine = line
	}
}

// marked is a checkpoint of a file.
type marked struct {
	line   int64
	digest []byte
}

// read returns the checkpoints of a file that were signed here, by position.
func (a *Audited) read(ctx context.Context, q db.Q, keys *secret.Keys, path string) (map[int64]marked, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	key, err := ownKey(ctx, q, keys)
	if err != nil {
		return nil, err
	}
	all, lines := map[int64]marked{}, bufio.NewScanner(f)
	for lines.Scan() {
		a.Checkpoints++
		c, ok := parseLine(lines.Bytes(), key)
		before, twice := all[c.Position]
		switch {
		case !ok || twice && !bytes.Equal(before.digest, c.Digest):
			a.blame(a.Checkpoints)
		case !twice:
			all[c.Position] = marked{a.Checkpoints, c.Digest}
		}
	}
	return all, lines.Err()
}

// ownKey is the key with which this instance signs; empty while it has none.
func ownKey(ctx context.Context, q db.Q, keys *secret.Keys) (ed25519.PublicKey, error) {
	sealed, found, err := identity.Fact(ctx, q, markFact)
	if err != nil || !found {
		return nil, err
	}
	key, err := unsealKey(keys, sealed)
	if err != nil {
		return nil, err
	}
	return key.Public().(ed25519.PublicKey), nil
}

// parseLine reads a line of the file and reports whether key has signed it.
func parseLine(text []byte, key ed25519.PublicKey) (c Checkpoint, ok bool) {
	var s signed
	if json.Unmarshal(text, &s) != nil || len(key) == 0 {
		return c, false
	}
	c.Position, c.At = s.Position, s.At
	digest, err := hex.DecodeString(s.Digest)
	signature, err2 := base64.StdEncoding.DecodeString(s.Signature)
	c.Digest, c.Signature = digest, signature
	return c, err == nil && err2 == nil && ed25519.Verify(key, c.canonical(), signature)
}
