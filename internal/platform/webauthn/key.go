package webauthn

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"math/big"
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
	okp, ec2, rsaType = 1, 2, 3 // COSE key types
	p256, ed255       = 1, 6    // COSE curves
	coordinateLen     = 32
	minModulus        = 2048 // bits
	maxModulus        = 8192
)

// Where the parameters of a COSE_Key stand. What the last three are depends on
// its type.
const (
	keyType, algorithm   = int64(1), int64(3)
	first, second, third = int64(-1), int64(-2), int64(-3) // curve, x, y; or modulus, exponent
)

// verifier reports whether a signature over a message is of its key.
type verifier func(message, signature []byte) bool

// readKey returns the algorithm of a COSE_Key and what verifies with it.
func readKey(raw []byte) (alg int64, v verifier, err error) {
	k, err := readTable(raw)
	if err != nil {
		return 0, nil, refused("key: %w", err)
	}
	alg = of[int64](k, algorithm)
	switch kind, curve := of[int64](k, keyType), of[int64](k, first); {
	case alg == es256 && kind == ec2 && curve == p256:
		v, err = ecKey(of[[]byte](k, second), of[[]byte](k, third))
	case alg == edDSA && kind == okp && curve == ed255:
		v, err = edKey(of[[]byte](k, second))
	case alg == rs256 && kind == rsaType:
		v, err = rsaKey(of[[]byte](k, first), of[[]byte](k, second))
	default:
		err = refused("a key of type %d for algorithm %d", kind, alg)
	}
	return alg, v, err
}

func ecKey(x, y []byte) (verifier, error) {
	if len(x) > coordinateLen || len(y) > coordinateLen {
		return nil, refused("coordinates of %d and %d bytes", len(x), len(y))
	}
	// Some software leaves the zeros out that a coordinate begins with.
	point := make([]byte, 1+2*coordinateLen)
	point[0] = 4 // uncompressed
	copy(point[1+coordinateLen-len(x):], x)
	copy(point[1+2*coordinateLen-len(y):], y)
	pub, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	if err != nil {
		return nil, refused("%w", err)
	}
	return func(message, signature []byte) bool {
		sum := sha256.Sum256(message)
		return ecdsa.VerifyASN1(pub, sum[:], signature)
	}, nil
}

func edKey(x []byte) (verifier, error) {
	if len(x) != ed25519.PublicKeySize {
		return nil, refused("a key of %d bytes", len(x))
	}
	return func(message, signature []byte) bool { return ed25519.Verify(x, message, signature) }, nil
}

func rsaKey(modulus, exponent []byte) (verifier, error) {
	n, e := new(big.Int).SetBytes(modulus), new(big.Int).SetBytes(exponent)
	if bits := n.BitLen(); bits < minModulus || bits > maxModulus || e.BitLen() > 31 || e.Int64() < 3 || e.Bit(0) == 0 {
		return nil, refused("a modulus of %d bits, an exponent of %d", bits, e.BitLen())
	}
	pub := &rsa.PublicKey{N: n, E: int(e.Int64())}
	return func(message, signature []byte) bool {
		sum := sha256.Sum256(message)
		return rsa.VerifyPKCS1v15(pub, crypto.SHA256, sum[:], signature) == nil
	}, nil
}
