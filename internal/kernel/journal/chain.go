package journal

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
)

// first is the previous hash of a trail's first entry.
var first = make([]byte, sha256.Size)

// canonical is the form of an entry that is hashed, as the package comment
// writes it down.
func (r row) canonical() []byte {
	b := make([]byte, 0, 512)
	b = appendText(b, "nameplate.journal.1")
	b = appendText(b, r.Trail)
	b = binary.BigEndian.AppendUint64(b, uint64(r.Seq))
	b = appendText(b, r.ID)
	b = binary.BigEndian.AppendUint64(b, uint64(r.At.UnixMicro()))
	for _, text := range []string{r.Actor, r.Action, r.Target, r.Changes, r.Details, r.Origin} {
		b = appendText(b, text)
	}
	return b
}

func appendText(b []byte, text string) []byte {
	return append(binary.BigEndian.AppendUint64(b, uint64(len(text))), text...)
}

func (r row) digest() []byte {
	h := sha256.New()
	h.Write(r.PreviousHash)
	h.Write(r.canonical())
	return h.Sum(nil)
}

// link is the last entry of a trail so far.
type link struct {
	seq  int64
	hash []byte
}

// append makes r the entry after l.
func (l *link) append(r *row) {
	r.Seq, r.PreviousHash = l.seq+1, l.hash
	r.Hash = r.digest()
	l.seq, l.hash = r.Seq, r.Hash
}

// follows reports whether r is the untouched entry after l.
func (l *link) follows(r row) bool {
	return r.Seq == l.seq+1 && bytes.Equal(r.PreviousHash, l.hash) && bytes.Equal(r.Hash, r.digest())
}
