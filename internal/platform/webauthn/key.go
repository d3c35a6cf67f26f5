package webauthn

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"math/big"

	"github.com/fxamacker/cbor/v2"
)

// Kinds of keys by their COSE numbers (RFC 9053, RFC 8812).
const (
	es256 = -7
	edDSA = -8
	rs256 = -257
)

// algorithms are those that are offered, the preferred first.
var algorithms = []int64{es256, edDSA, rs256}

const (
	okp, ec2, rsaKey = 1, 2, 3 // COSE key types
	p256, ed255      = 1, 6    // COSE curves
	coordinateLen    = 32
	minModulus       = 2048 // bits
	maxModulus       = 8192
)

// key is a COSE_Key. What the parameters are depends on its type.
type key struct {
	Type      int64           `cbor:"1,keyasint"`
	Algorithm int64           `cbor:"3,keyasint"`
	First     cbor.RawMessage `cbor:"-1,keyasint"` // curve, or modulus
	Second    []byte          `cbor:"-2,keyasint"` // x, or exponent
	Third     []byte          `cbor:"-3,keyasint"` // y
}

// verifier reports whether a signature over a message is of its key.
type verifier func(message, signature []byte) bool

// readKey returns the algorithm of a COSE_Key and what verifies with it.
func readKey(raw []byte) (alg int64, v verifier, err error) {
	var k key
	if err := strict.Unmarshal(raw, &k); err != nil {
		return 0, nil, refused("key: %w", err)
	}
	switch {
	case k.Algorithm == es256 && k.Type == ec2 && k.curve() == p256:
		v, err = k.ec()
	case k.Algorithm == edDSA && k.Type == okp && k.curve() == ed255:
		v, err = k.ed()
	case k.Algorithm == rs256 && k.Type == rsaKey:
		v, err = k.rsa()
	default:
		return 0, nil, refused("a key of type %d for algorithm %d", k.Type, k.Algorithm)
	}
	return k.Algorithm, v, err
}

func (k key) curve() (curve int64) {
	if strict.Unmarshal(k.First, &curve) != nil {
		return 0
	}
	return curve
}

func (k key) ec() (verifier, error) {
	if len(k.Second) > coordinateLen || len(k.Third) > coordinateLen {
		return nil, refused("coordinates of %d and %d bytes", len(k.Second), len(k.Third))
	}
	// Some software leaves the zeros out that a coordinate begins with.
	point := make([]byte, 1+2*coordinateLen)
	point[0] = 4 // uncompressed
	copy(point[1+coordinateLen-len(k.Second):], k.Second)
	copy(point[1+2*coordinateLen-len(k.Third):], k.Third)
	pub, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	if err != nil {
		return nil, refused("%w", err)
	}
	return func(message, signature []byte) bool {
		sum := sha256.Sum256(message)
		return ecdsa.VerifyASN1(pub, sum[:], signature)
	}, nil
}

func (k key) ed() (verifier, error) {
	if len(k.Second) != ed25519.PublicKeySize {
		return nil, refused("a key of %d bytes", len(k.Second))
	}
	return func(message, signature []byte) bool { return ed25519.Verify(k.Second, message, signature) }, nil
}

func (k key) rsa() (verifier, error) {
	var modulus []byte
	if err := strict.Unmarshal(k.First, &modulus); err != nil {
		return nil, refused("modulus: %w", err)
	}
	n, e := new(big.Int).SetBytes(modulus), new(big.Int).SetBytes(k.Second)
	if bits := n.BitLen(); bits < minModulus || bits > maxModulus || e.BitLen() > 31 || e.Int64() < 3 || e.Bit(0) == 0 {
		return nil, refused("a modulus of %d bits, an exponent of %d", bits, e.BitLen())
	}
	pub := &rsa.PublicKey{N: n, E: int(e.Int64())}
	return func(message, signature []byte) bool {
		sum := sha256.Sum256(message)
		return rsa.VerifyPKCS1v15(pub, crypto.SHA256, sum[:], signature) == nil
	}, nil
}
