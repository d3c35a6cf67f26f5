package webpush

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
)

const (
	authLen = 16
	saltLen = 16
	record  = 4096
	// overhead is what a record holds beside the text: the sign of its end and
	// the mark of the cipher.
	overhead = 1 + 16
	headLen  = saltLen + 4 + 1 + keyLen
	keyLen   = 65 // a point of P-256, uncompressed
	// MaxText is the longest text that fits into what every service takes: 4096
	// bytes (RFC 8030, section 7.2).
	MaxText = 4096 - headLen - overhead
	// step is what lengths are padded to.
	step = 512
)

// ErrKeys means that the keys of a browser are none.
var ErrKeys = errors.New("webpush: the keys of the browser are wrong")

// ErrLong is a text longer than MaxText.
var ErrLong = errors.New("webpush: the text is too long")

// Keys are those of one browser.
type Keys struct {
	Public *ecdh.PublicKey // p256dh
	Auth   []byte
}

// ParseKeys reads the keys of a browser. It returns ErrKeys for others.
func ParseKeys(public, auth []byte) (Keys, error) {
	key, err := ecdh.P256().NewPublicKey(public)
	if err != nil || len(auth) != authLen {
		return Keys{}, ErrKeys
	}
	return Keys{key, auth}, nil
}

// Encrypt makes the body of a request from a text, for one browser.
func (k Keys) Encrypt(text []byte) ([]byte, error) {
	own, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	salt := make([]byte, saltLen)
	rand.Read(salt) //nolint:errcheck // never fails
	padded := min((len(text)+step)/step*step, MaxText)
	return k.encrypt(text, padded, own, salt)
}

func (k Keys) encrypt(text []byte, padded int, own *ecdh.PrivateKey, salt []byte) ([]byte, error) {
	if len(text) > MaxText {
		return nil, ErrLong
	}
	shared, err := own.ECDH(k.Public)
	if err != nil {
		return nil, err
	}
	theirs, ours := k.Public.Bytes(), own.PublicKey().Bytes()
	ikm, err := hkdf.Key(sha256.New, shared, k.Auth, "WebPush: info\x00"+string(theirs)+string(ours), 32)
	if err != nil {
		return nil, err
	}
	key, err := hkdf.Key(sha256.New, ikm, salt, "Content-Encoding: aes128gcm\x00", 16)
	if err != nil {
		return nil, err
	}
	nonce, err := hkdf.Key(sha256.New, ikm, salt, "Content-Encoding: nonce\x00", 12)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	out := append(make([]byte, 0, headLen+padded+overhead), salt...)
	out = binary.BigEndian.AppendUint32(out, record)
	out = append(append(out, keyLen), ours...)
	plain := append(append(make([]byte, 0, padded+1), text...), 2) // the last record
	plain = append(plain, make([]byte, max(0, padded-len(text)))...)
	return gcm.Seal(out, nonce, plain, nil), nil
}
