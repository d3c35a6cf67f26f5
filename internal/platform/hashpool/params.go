package hashpool

import (
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"strconv"

	"golang.org/x/crypto/argon2"
)

// Params is what a hash costs.
type Params struct {
	Memory  uint32 // KiB
	Time    uint32 // passes over the memory
	Threads uint8
}

// Minimum is the least that keeps passwords safe, and the default: 19 MiB, two
// passes, one thread.
var Minimum = Params{Memory: 19 << 10, Time: 2, Threads: 1}

// A hash that asks for more than this was not made here: working on it would
// break the pool's promise.
const (
	maxMemory  = 256 << 10
	maxTime    = 32
	maxThreads = 16
	maxKey     = 64
)

// Validate returns an error that says which parameter is below [Minimum], or
// above what [Pool.Verify] takes.
func (p Params) Validate() error {
	switch {
	case p.Memory < Minimum.Memory || p.Memory > maxMemory:
		return fmt.Errorf("memory is %d KiB and must be from %d to %d", p.Memory, Minimum.Memory, maxMemory)
	case p.Time < Minimum.Time || p.Time > maxTime:
		return fmt.Errorf("time is %d and must be from %d to %d", p.Time, Minimum.Time, maxTime)
	case p.Threads < Minimum.Threads || p.Threads > maxThreads:
		return fmt.Errorf("threads is %d and must be from %d to %d", p.Threads, Minimum.Threads, maxThreads)
	}
	return nil
}

// below reports whether any of it costs less than in now.
func (p Params) below(now Params) bool {
	return p.Memory < now.Memory || p.Time < now.Time || p.Threads < now.Threads
}

// ErrFormat says that a stored hash is not the PHC string of an argon2id hash,
// or asks for more than this server does.
var ErrFormat = errors.New("hashpool: not a hash that can be verified")

// phc is a hash in parts. Its text is
// $argon2id$v=19$m=<KiB>,t=<passes>,p=<threads>$<salt>$<key>, the last two in
// base64 without padding.
type phc struct {
	params Params
	salt   []byte
	key    []byte
}

func (h phc) String() string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version,
		h.params.Memory, h.params.Time, h.params.Threads, b64.EncodeToString(h.salt), b64.EncodeToString(h.key))
}

var (
	b64   = base64.RawStdEncoding.Strict()
	shape = regexp.MustCompile(`^\$argon2id\$v=19\$m=([1-9]\d{0,6}),t=([1-9]\d{0,2}),p=([1-9]\d{0,2})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$`)
)

func parse(text string) (phc, error) {
	part := shape.FindStringSubmatch(text)
	if part == nil {
		return phc{}, ErrFormat
	}
	m, t, p := number(part[1]), number(part[2]), number(part[3])
	salt, saltErr := b64.DecodeString(part[4])
	key, keyErr := b64.DecodeString(part[5])
	if saltErr != nil || keyErr != nil || len(key) < saltBytes || len(key) > maxKey || m > maxMemory || t > maxTime || p > maxThreads {
		return phc{}, ErrFormat
	}
	return phc{params: Params{Memory: m, Time: t, Threads: uint8(p)}, salt: salt, key: key}, nil
}

// number reads what the shape has already found to be at most seven digits.
func number(digits string) uint32 {
	n, _ := strconv.ParseUint(digits, 10, 32)
	return uint32(n)
}
