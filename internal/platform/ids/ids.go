// Package ids makes the identifiers that the world sees.
//
// An identifier is a TypeID (version 0.3): a prefix that says of what, an
// underscore, and a UUIDv7 (RFC 9562) as 26 signs of Crockford's base32 in
// lower case: "usr_01h455vb4pex5vsknk084sn02q". It sorts by the time it was
// made, also as text, is never reused, and is not a secret: who knows one may
// do nothing with it.
package ids

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"strings"
	"sync"
	"time"
)

// What an identifier is of.
const (
	User         = "usr"
	Organization = "org"
	Digital      = "dig" // a digital employee, who is no user
	Session      = "ses"
	Email        = "eml" // an address of a user
	Device       = "dev" // a browser that an account knows
	Provider     = "idp" // where people of an organization sign in
	Factor       = "fac" // an authenticator app, a passkey or a phone
	Webhook      = "whk" // an address that is told what changes
	Delivery     = "dlv" // of a webhook
	Client       = "cli" // a service that acts for an organization
	ClientSecret = "sec" // of a client
	Token        = "tok" // an access token of a person
	Connection   = "con" // an app that a person has allowed something
	Login        = "lgn" // a sign-in of a person at an app
	RevertKey    = "rvk" // the link of a security notice
	Entry        = "jrn" // an entry of the journal
	Job          = "job"
	Mail         = "mal"
	PushDevice   = "psh" // a browser that has allowed push
	Text         = "txt" // an SMS
	Reservation  = "rsv" // a place that a conversation has taken
	Group        = "grp" // of people, as an identity provider has it
	Provisioning = "prv" // a call of an identity provider that was refused
	Request      = "req"
	FieldRequest = "frq" // a change that somebody asks for
	Receipt      = "rcp" // of a change, until it is on every open page
)

const (
	alphabet  = "0123456789abcdefghjkmnpqrstvwxyz"
	suffixLen = 26
)

// New returns a fresh identifier with that prefix, made at now. Within a
// process each is greater than those before it, whatever the clock does.
func New(prefix string, now time.Time) string {
	return prefix + "_" + encode(process.next(now))
}

// Valid reports whether s is an identifier with that prefix, spelled as [New]
// spells it.
func Valid(prefix, s string) bool {
	suffix, ok := strings.CutPrefix(s, prefix+"_")
	if !ok || len(suffix) != suffixLen || suffix[0] > '7' { // more than 7 is more than 128 bits
		return false
	}
	for i := range suffixLen {
		if strings.IndexByte(alphabet, suffix[i]) < 0 {
			return false
		}
	}
	return true
}

// generator makes UUIDs that only grow. Those of one millisecond differ by a
// random step (RFC 9562, section 6.2, method 2), so that one does not tell the
// next.
type generator struct {
	mu     sync.Mutex
	milli  uint64 // 48 bits, of the last one
	high   uint64 // 12 bits: rand_a
	low    uint64 // 62 bits: rand_b
	random func([]byte)
}

var process = &generator{random: func(b []byte) {
	_, _ = rand.Read(b) // never fails: it ends the process instead
}}

const (
	highMask = 1<<12 - 1
	lowMask  = 1<<62 - 1
)

func (g *generator) next(now time.Time) [16]byte {
	var noise [16]byte
	g.random(noise[:])
	a, b := binary.BigEndian.Uint64(noise[:]), binary.BigEndian.Uint64(noise[8:])

	g.mu.Lock()
	defer g.mu.Unlock()
	milli := uint64(max(0, now.UnixMilli()))
	if milli > g.milli {
		g.milli, g.high, g.low = milli, a&highMask, b&lowMask
	} else {
		g.step(a, b)
	}
	return g.uuid()
}

// step goes on from the last one by 1 to 2³².
func (g *generator) step(a, b uint64) {
	g.low += 1 + a>>32
	if g.low <= lowMask {
		return
	}
	g.low &= lowMask
	if g.high++; g.high <= highMask {
		return
	}
	// The millisecond is used up: borrow from the next.
	g.milli, g.high, g.low = g.milli+1, a&highMask, b&lowMask
}

func (g *generator) uuid() (u [16]byte) {
	const version, variant = 7 << 12, 1 << 63
	binary.BigEndian.PutUint64(u[:], g.milli<<16|version|g.high)
	binary.BigEndian.PutUint64(u[8:], variant|g.low)
	return u
}

var crockford = base32.NewEncoding(alphabet).WithPadding(base32.NoPadding)

// encode writes 130 bits, the first two of them zero, in 26 signs. The library
// counts from the front, so four bytes of zeros go ahead: 20 bytes are 32
// signs, and the last 26 of those are ours.
func encode(u [16]byte) string {
	var padded [20]byte
	copy(padded[4:], u[:])
	var text [32]byte
	crockford.Encode(text[:], padded[:])
	return string(text[len(text)-suffixLen:])
}
