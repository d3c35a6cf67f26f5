package secret

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

const (
	keyBytes = 32
	idBytes  = 8
)

// What can be wrong with something sealed.
var (
	// ErrUnknownKey says that it was sealed with a key that is not in the ring.
	ErrUnknownKey = errors.New("sealed with a key that is not in the ring")
	// ErrBroken says that it was changed, cut, or sealed for another place.
	ErrBroken = errors.New("sealed data is broken or belongs elsewhere")
)

// Keys is the server's key ring, newest first. The newest seals; all of them
// open. Nothing is done with a key itself, only with keys derived from it for
// one purpose each (HKDF-SHA-256, RFC 5869). Safe for concurrent use.
type Keys struct {
	ring []key
}

type key struct {
	id     []byte
	master []byte
	seal   cipher.AEAD
}

// GenerateKey returns a fresh key in the form that [ParseKeys] takes.
func GenerateKey() Secret {
	var random [keyBytes]byte
	_, _ = rand.Read(random[:]) // never fails: it ends the process instead
	return Secret(base64.StdEncoding.EncodeToString(random[:]))
}

// ParseKeys reads a ring: keys of 32 random bytes in base64, of either alphabet
// and with or without padding, the newest first, with commas between. Its
// errors say which key is wrong and why, and never what it is.
func ParseKeys(text Secret) (*Keys, error) {
	keys := &Keys{}
	for i, part := range strings.Split(text.Reveal(), ",") {
		master, err := decodeKey(strings.TrimSpace(part))
		if err != nil {
			return nil, fmt.Errorf("key %d %w", i+1, err)
		}
		k, err := newKey(master)
		if err != nil {
			return nil, err
		}
		if _, err := keys.find(k.id); err == nil {
			return nil, fmt.Errorf("key %d is there twice", i+1)
		}
		keys.ring = append(keys.ring, k)
	}
	return keys, nil
}

func decodeKey(text string) ([]byte, error) {
	if text == "" {
		return nil, errors.New("is empty")
	}
	alphabet := strings.NewReplacer("-", "+", "_", "/")
	master, err := base64.RawStdEncoding.DecodeString(alphabet.Replace(strings.TrimRight(text, "=")))
	var at base64.CorruptInputError
	switch {
	case errors.As(err, &at):
		return nil, fmt.Errorf("is not base64: look at sign %d", int64(at)+1)
	case err != nil:
		return nil, errors.New("is not base64")
	case len(master) != keyBytes:
		return nil, fmt.Errorf("has %d bytes and needs %d", len(master), keyBytes)
	case weak(master):
		return nil, errors.New("is not random")
	}
	return master, nil
}

// weak reports what no generator makes in practice: only signs that can be
// typed, or the same few bytes again and again.
func weak(master []byte) bool {
	seen := map[byte]bool{}
	typed := true
	for _, b := range master {
		seen[b] = true
		typed = typed && b >= ' ' && b <= '~'
	}
	return typed || len(seen) < keyBytes/2
}

func newKey(master []byte) (key, error) {
	id := derive(master, "nameplate key id", idBytes)
	block, err := aes.NewCipher(derive(master, "nameplate seal", keyBytes))
	if err != nil {
		return key{}, err
	}
	seal, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return key{}, err
	}
	return key{id: id, master: master, seal: seal}, nil
}

func derive(master []byte, purpose string, length int) []byte {
	derived, err := hkdf.Key(sha256.New, master, nil, purpose, length)
	if err != nil {
		panic("secret: " + err.Error()) // only for lengths above 8160
	}
	return derived
}

// Seal encrypts plain with the newest key (AES-256-GCM): one byte of version,
// eight that name the key, a random nonce, the text and its tag, 37 bytes more
// than plain. It opens only with the same aad, which says where it belongs, as
// in "factors|secret|usr_…".
func (k *Keys) Seal(plain []byte, aad string) []byte {
	newest := k.ring[0]
	head := append([]byte{sealVersion}, newest.id...)
	return newest.seal.Seal(head, nil, plain, bound(head, aad))
}

const (
	sealVersion = 1
	headLen     = 1 + idBytes
)

// Open returns what [Keys.Seal] was given, or [ErrUnknownKey] or [ErrBroken].
func (k *Keys) Open(sealed []byte, aad string) ([]byte, error) {
	if len(sealed) < headLen || sealed[0] != sealVersion {
		return nil, ErrBroken
	}
	head, body := sealed[:headLen], sealed[headLen:]
	with, err := k.find(head[1:])
	if err != nil {
		return nil, err
	}
	plain, err := with.seal.Open(nil, nil, body, bound(head, aad))
	if err != nil {
		return nil, ErrBroken
	}
	return plain, nil
}

// bound ties the text to its head too, so that no part can be exchanged.
func bound(head []byte, aad string) []byte { return append(slices.Clone(head), aad...) }

func (k *Keys) find(id []byte) (key, error) {
	for _, one := range k.ring {
		if bytes.Equal(one.id, id) {
			return one, nil
		}
	}
	return key{}, ErrUnknownKey
}

// MAC returns the HMAC-SHA-256 of data, 32 bytes, under a key that is derived
// from the newest for this purpose alone. Compare with hmac.Equal.
func (k *Keys) MAC(purpose string, data []byte) []byte { return k.ring[0].mac(purpose, data) }

// MACs returns what [Keys.MAC] returned under each key of the ring, newest
// first: while keys rotate, look for all of them.
func (k *Keys) MACs(purpose string, data []byte) [][]byte {
	all := make([][]byte, len(k.ring))
	for i, one := range k.ring {
		all[i] = one.mac(purpose, data)
	}
	return all
}

func (k key) mac(purpose string, data []byte) []byte {
	h := hmac.New(sha256.New, derive(k.master, "nameplate mac "+purpose, keyBytes))
	h.Write(data)
	return h.Sum(nil)
}

// Fingerprint names the newest key by 16 signs that tell nothing about it.
func (k *Keys) Fingerprint() string { return hex.EncodeToString(k.ring[0].id) }

// Knows reports whether the key with that fingerprint is in the ring. A
// database that was sealed with another can't be read.
func (k *Keys) Knows(fingerprint string) bool {
	id, err := hex.DecodeString(fingerprint)
	if err != nil {
		return false
	}
	_, err = k.find(id)
	return err == nil
}

// Format writes "[redacted]", whatever the verb.
func (Keys) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }
