package saml

import (
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rsa"
	_ "crypto/sha1" // in RSA-OAEP, where it is no weakness
	_ "crypto/sha256"
	_ "crypto/sha512"
	"encoding/base64"
	"strings"

	"github.com/beevik/etree"
)

// Algorithms that are taken (XML Encryption 1.1, section 5).
const (
	oaepWithSHA1 = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p" // SHA-1 as the mask, and as the digest unless it says so
	oaep         = "http://www.w3.org/2009/xmlenc11#rsa-oaep"
	nsEncrypted1 = "http://www.w3.org/2009/xmlenc11#"
)

var (
	// oaepDigests has the digests of section 5.7 and, as MGF, of section 5.5.2.
	oaepDigests = map[string]crypto.Hash{
		"http://www.w3.org/2000/09/xmldsig#sha1":        crypto.SHA1,
		"http://www.w3.org/2001/04/xmlenc#sha256":       crypto.SHA256,
		"http://www.w3.org/2001/04/xmldsig-more#sha384": crypto.SHA384,
		"http://www.w3.org/2001/04/xmlenc#sha512":       crypto.SHA512,
		"http://www.w3.org/2009/xmlenc11#mgf1sha1":      crypto.SHA1,
		"http://www.w3.org/2009/xmlenc11#mgf1sha256":    crypto.SHA256,
		"http://www.w3.org/2009/xmlenc11#mgf1sha384":    crypto.SHA384,
		"http://www.w3.org/2009/xmlenc11#mgf1sha512":    crypto.SHA512,
	}
	// ciphers has those for contents, with the length of their keys.
	ciphers = map[string]struct {
		length int
		open   func(block cipher.Block, text []byte) ([]byte, bool)
	}{
		"http://www.w3.org/2001/04/xmlenc#aes128-cbc": {16, openCBC},
		"http://www.w3.org/2001/04/xmlenc#aes192-cbc": {24, openCBC},
		"http://www.w3.org/2001/04/xmlenc#aes256-cbc": {32, openCBC},
		"http://www.w3.org/2009/xmlenc11#aes128-gcm":  {16, openGCM},
		"http://www.w3.org/2009/xmlenc11#aes192-gcm":  {24, openGCM},
		"http://www.w3.org/2009/xmlenc11#aes256-gcm":  {32, openGCM},
	}
)

// decrypted is the assertion in an EncryptedAssertion.
func (p Party) decrypted(e *etree.Element) (*etree.Element, error) {
	data := child(e, nsEncrypted, "EncryptedData")
	if data == nil {
		return nil, FaultXML
	}
	keys := below(e, nsEncrypted, "EncryptedKey") // in the data, or beside it
	if len(keys) != 1 {
		return nil, FaultDecrypt
	}
	way, known := ciphers[method(data)]
	if !known {
		return nil, FaultAlgorithm
	}
	key, err := p.unwrap(keys[0])
	if err != nil {
		return nil, err
	}
	if len(key) != way.length {
		return nil, FaultDecrypt
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, FaultDecrypt
	}
	raw, ok := way.open(block, cipherValue(data))
	if !ok {
		return nil, FaultDecrypt
	}
	inner, err := parse(raw, plain)
	if err != nil || !is(inner, nsAssertion, "Assertion") {
		return nil, FaultDecrypt
	}
	return inner, nil
}

// unwrap opens a key with the one of ours that fits.
func (p Party) unwrap(e *etree.Element) ([]byte, error) {
	way := child(e, nsEncrypted, "EncryptionMethod")
	if way == nil || method(e) != oaep && method(e) != oaepWithSHA1 {
		return nil, FaultAlgorithm
	}
	digest, mask := crypto.SHA1, crypto.SHA1
	if d := child(way, nsSignature, "DigestMethod"); d != nil {
		digest = oaepDigests[attr(d, "Algorithm")]
	}
	if m := child(way, nsEncrypted1, "MGF"); m != nil && method(e) == oaep {
		mask = oaepDigests[attr(m, "Algorithm")]
	}
	if digest == 0 || mask == 0 {
		return nil, FaultAlgorithm
	}
	for _, k := range p.Keys {
		if key, err := k.Private.Decrypt(nil, cipherValue(e), &rsa.OAEPOptions{Hash: digest, MGFHash: mask}); err == nil {
			return key, nil
		}
	}
	return nil, FaultDecrypt
}

func method(e *etree.Element) string {
	if m := child(e, nsEncrypted, "EncryptionMethod"); m != nil {
		return attr(m, "Algorithm")
	}
	return ""
}

func cipherValue(e *etree.Element) []byte {
	data := child(e, nsEncrypted, "CipherData")
	if data == nil {
		return nil
	}
	raw, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text(child(data, nsEncrypted, "CipherValue"))), ""))
	if err != nil {
		return nil
	}
	return raw
}

func openGCM(block cipher.Block, text []byte) ([]byte, bool) {
	way, err := cipher.NewGCM(block)
	if err != nil || len(text) < way.NonceSize() {
		return nil, false
	}
	raw, err := way.Open(nil, text[:way.NonceSize()], text[way.NonceSize():], nil)
	return raw, err == nil
}

func openCBC(block cipher.Block, text []byte) ([]byte, bool) {
	if len(text) < 2*aes.BlockSize || len(text)%aes.BlockSize != 0 {
		return nil, false
	}
	raw := make([]byte, len(text)-aes.BlockSize)
	cipher.NewCBCDecrypter(block, text[:aes.BlockSize]).CryptBlocks(raw, text[aes.BlockSize:])
	padding := int(raw[len(raw)-1])
	if padding < 1 || padding > aes.BlockSize {
		return nil, false
	}
	return raw[:len(raw)-padding], true
}
